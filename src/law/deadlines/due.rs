//! When a clock ends: what is left of its budget, laid on from where it last began to run.
//!
//! A day counts when the clock ran at its first moment: the day of a start or a resumption does not, that of a pause does.
//! So no day counts twice, whatever stands still over a weekend.

use super::{Budget, Change, LedgerEntry};
use crate::law::calendar::Calendar;
use crate::values::Day;

/// The day at whose end a run of one clock is over; nothing while it stands.
pub(super) fn due_on<K, A>(run: &[&LedgerEntry<K, A>], calendar: &Calendar) -> Option<Day> {
    let mut left = Budget::Days(0);
    let mut runs_since: Option<Day> = None;
    // An end that passed while the clock ran: no later pause brings it back.
    let mut passed: Option<Day> = None;
    for entry in run {
        let day = entry.at.day();
        match entry.step.change {
            Change::Start { budget } => {
                left = budget;
                runs_since = Some(day);
                passed = None;
            }
            Change::Pause => {
                if let Some(since) = runs_since.take() {
                    let end = laid(left, since, calendar);
                    if end < day {
                        passed = passed.or(Some(end));
                    } else {
                        left = rest(left, since, day, calendar);
                    }
                }
            }
            Change::Resume => runs_since = runs_since.or(Some(day)),
            Change::Extend { until } => {
                passed = None;
                left = match runs_since {
                    Some(_) => Budget::Until(until),
                    None => Budget::Days(days(day, until)),
                };
            }
            Change::Stop => {}
        }
    }
    runs_since.map(|since| passed.unwrap_or_else(|| laid(left, since, calendar)))
}

fn laid(left: Budget, since: Day, calendar: &Calendar) -> Day {
    match left {
        Budget::WorkingDays(days) => calendar.working_days_after(since, days),
        Budget::Days(days) => since.plus_days(days),
        Budget::Until(day) => day,
    }
}

/// What a pause on `day` leaves of a budget that is not used up.
fn rest(left: Budget, since: Day, day: Day, calendar: &Calendar) -> Budget {
    match left {
        Budget::WorkingDays(working) => Budget::WorkingDays(working.saturating_sub(calendar.working_days(since, day))),
        Budget::Days(whole) => Budget::Days(whole.saturating_sub(days(since, day))),
        Budget::Until(end) => Budget::Days(days(day, end)),
    }
}

fn days(from: Day, to: Day) -> u32 {
    u32::try_from(to.days_since(from)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::deadlines::{ClockStep, next_due_on};
    use crate::law::lifecycle::{Action, ClockKind};
    use crate::law::policy::Policy;

    fn end(budget: Budget, steps: &[(&str, Change)]) -> Option<String> {
        let start = ("2026-11-05T10:00:00+08:00", Change::Start { budget });
        let ledger: Vec<LedgerEntry> = std::iter::once(&start)
            .chain(steps)
            .zip(1..)
            .map(|((at, change), version)| LedgerEntry {
                step: ClockStep {
                    kind: ClockKind::SignOff,
                    change: *change,
                },
                at: at.parse().unwrap(),
                action: Action::Review,
                version,
                policy: "test".to_owned(),
            })
            .collect();
        let policy = Policy::embedded().unwrap();
        next_due_on(&ledger, policy.calendar()).map(|day| day.to_string())
    }

    fn until(day: &str) -> Change {
        Change::Extend {
            until: day.parse().unwrap(),
        }
    }

    // Thursday 5 November 2026 is the day of every start; no holiday is near.

    #[test]
    fn a_pause_over_a_weekend_gives_its_working_days_back_once() {
        let five = Budget::WorkingDays(5);
        assert_eq!(end(five, &[]).unwrap(), "2026-11-12");
        let friday = ("2026-11-06T18:00:00+08:00", Change::Pause);
        // On Friday one of five was used; Saturday and Sunday never count.
        for (resumed, expected) in [
            ("2026-11-08T23:59:59+08:00", "2026-11-12"),
            ("2026-11-09T09:00:00+08:00", "2026-11-13"),
            ("2026-11-11T09:00:00+08:00", "2026-11-17"),
        ] {
            assert_eq!(
                end(five, &[friday, (resumed, Change::Resume)]).unwrap(),
                expected,
                "{resumed}"
            );
        }
        let twice = [
            friday,
            ("2026-11-07T09:00:00+08:00", Change::Resume),
            ("2026-11-08T09:00:00+08:00", Change::Pause),
            ("2026-11-09T09:00:00+08:00", Change::Resume),
        ];
        assert_eq!(end(five, &twice).unwrap(), "2026-11-13");
        let days = [friday, ("2026-11-09T09:00:00+08:00", Change::Resume)];
        assert_eq!(end(Budget::Days(10), &days).unwrap(), "2026-11-18");
    }

    #[test]
    fn an_extension_and_a_pause_say_the_same_in_either_order() {
        let pause = |day: &str| (format!("2026-11-{day}T09:00:00+08:00"), Change::Pause);
        let resume = |day: &str| (format!("2026-11-{day}T09:00:00+08:00"), Change::Resume);
        let extend = |day: &str, to: &str| (format!("2026-11-{day}T09:00:00+08:00"), until(to));
        let ten = |steps: &[(String, Change)]| {
            let steps: Vec<(&str, Change)> = steps.iter().map(|(at, change)| (at.as_str(), *change)).collect();
            end(Budget::Days(10), &steps)
        };
        // A clock that stands has no end, extended or not.
        assert_eq!(ten(&[extend("06", "2026-11-20"), pause("10")]), None);
        assert_eq!(ten(&[pause("06"), extend("10", "2026-11-20")]), None);
        // Five days of standing move an end that was set before or meanwhile, and none that was set after.
        assert_eq!(
            ten(&[extend("06", "2026-11-20"), pause("10"), resume("15")]).unwrap(),
            "2026-11-25"
        );
        assert_eq!(
            ten(&[pause("06"), extend("10", "2026-11-20"), resume("15")]).unwrap(),
            "2026-11-25"
        );
        assert_eq!(
            ten(&[pause("06"), resume("15"), extend("16", "2026-11-20")]).unwrap(),
            "2026-11-20"
        );
    }

    #[test]
    fn a_pause_does_not_bring_an_end_back_that_has_passed() {
        let late = [
            ("2026-11-20T09:00:00+08:00", Change::Pause),
            ("2026-11-25T09:00:00+08:00", Change::Resume),
        ];
        for budget in [Budget::Days(10), Budget::Until("2026-11-15".parse().unwrap())] {
            assert_eq!(end(budget, &late).unwrap(), "2026-11-15");
        }
        assert_eq!(end(Budget::WorkingDays(5), &late).unwrap(), "2026-11-12");
        let extended = [late[0], late[1], ("2026-11-26T09:00:00+08:00", until("2026-12-10"))];
        assert_eq!(end(Budget::Days(10), &extended).unwrap(), "2026-12-10");
    }

    #[test]
    fn a_pause_on_the_last_day_leaves_the_day_of_resumption() {
        let steps = [
            ("2026-11-15T09:00:00+08:00", Change::Pause),
            ("2026-11-25T09:00:00+08:00", Change::Resume),
        ];
        for budget in [Budget::Days(10), Budget::Until("2026-11-15".parse().unwrap())] {
            assert_eq!(end(budget, &steps).unwrap(), "2026-11-25");
        }
    }
}
