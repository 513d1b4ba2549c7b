//! When a unit is reminded of what it owes: so many days before and after the end of a clock, after the policy.
//!
//! A reminder belongs to one clock and one due day, so that a deadline that moves has reminders of its own. Of those that
//! nobody served in time only the last is served: a pile of stale ones tells the unit nothing.

use super::deadlines::{ClockReading, ClockState, LedgerEntry, clocks};
use super::lifecycle::NoticeKind;
use super::policy::Policy;
use crate::values::{Day, Instant};

/// A reminder of one clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    /// [`NoticeKind::DeadlineNear`] or [`NoticeKind::DeadlinePassed`].
    pub kind: NoticeKind,
    /// The clock.
    pub clock: super::lifecycle::ClockKind,
    /// The day on which it ends.
    pub due_on: Day,
    /// How many days before or after.
    pub days: u32,
    /// The day on which it is served.
    pub on: Day,
}

impl Reminder {
    /// What it is served for: no two reminders of one hazard have the same.
    pub fn cause(&self) -> String {
        format!("{}:{}:{}:{}", self.kind, self.clock, self.due_on, self.days)
    }
}

/// The reminders that are owed on the day of `now`, at most one for each clock.
pub fn owed(ledger: &[LedgerEntry], policy: &Policy, now: Instant) -> Vec<Reminder> {
    of_running(ledger, policy, now)
        .filter_map(|reminders| {
            reminders
                .into_iter()
                .filter(|reminder| reminder.on <= now.day())
                .max_by_key(on)
        })
        .collect()
}

/// The first day after that of `now` on which a reminder is owed as things stand.
pub fn next(ledger: &[LedgerEntry], policy: &Policy, now: Instant) -> Option<Day> {
    of_running(ledger, policy, now)
        .flatten()
        .map(|reminder| reminder.on)
        .filter(|day| *day > now.day())
        .min()
}

fn on(reminder: &Reminder) -> Day {
    reminder.on
}

fn of_running(ledger: &[LedgerEntry], policy: &Policy, now: Instant) -> impl Iterator<Item = Vec<Reminder>> {
    clocks(ledger, policy.calendar(), now)
        .into_iter()
        .filter(|clock| clock.kind.is_of_unit() && clock.state == ClockState::Running)
        .map(|clock| of_clock(&clock, policy))
}

fn of_clock(clock: &ClockReading, policy: &Policy) -> Vec<Reminder> {
    let Some(due_on) = clock.due_on else {
        return Vec::new();
    };
    let reminder = |kind, days: u32, on| Reminder {
        kind,
        clock: clock.kind,
        due_on,
        days,
        on,
    };
    let before = policy
        .remind_days_before()
        .iter()
        .map(|days| reminder(NoticeKind::DeadlineNear, *days, due_on.minus_days(*days)));
    let after = policy
        .remind_days_after()
        .iter()
        .map(|days| reminder(NoticeKind::DeadlinePassed, *days, due_on.plus_days(*days)));
    // The notice that started or extended the clock told its end; a reminder on the same day would only repeat it.
    let told_at = clock
        .extensions
        .last()
        .map_or(clock.started_at, |extension| extension.at);
    before
        .chain(after)
        .filter(|reminder| reminder.on > told_at.day())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::deadlines::{Budget, Change, ClockStep};
    use crate::law::lifecycle::{Action, ClockKind};

    fn ledger(entries: &[(&str, Change)]) -> Vec<LedgerEntry> {
        entries
            .iter()
            .zip(1..)
            .map(|((at, change), version)| LedgerEntry {
                step: ClockStep {
                    kind: ClockKind::Rectify,
                    change: *change,
                },
                at: at.parse().unwrap(),
                action: Action::Order,
                version,
                policy: "test".to_owned(),
            })
            .collect()
    }

    fn until(day: &str) -> Change {
        Change::Start {
            budget: Budget::Until(day.parse().unwrap()),
        }
    }

    fn at(moment: &str) -> Instant {
        moment.parse().unwrap()
    }

    #[test]
    fn a_day_of_reminding_begins_at_midnight_in_shanghai() {
        let policy = Policy::embedded().unwrap();
        let ledger = ledger(&[("2026-01-05T09:00:00+08:00", until("2026-03-31"))]);
        assert_eq!(owed(&ledger, &policy, at("2026-03-23T23:59:59+08:00")), []);
        let near = owed(&ledger, &policy, at("2026-03-24T00:00:00+08:00"));
        assert_eq!(near[0].cause(), "deadline_near:rectify:2026-03-31:7");
        assert_eq!(
            next(&ledger, &policy, at("2026-03-24T00:00:00+08:00")),
            Some("2026-03-28".parse().unwrap())
        );
    }

    #[test]
    fn of_many_that_were_missed_the_last_is_owed() {
        let policy = Policy::embedded().unwrap();
        let ledger = ledger(&[("2026-01-05T09:00:00+08:00", until("2026-03-31"))]);
        let late = owed(&ledger, &policy, at("2026-04-20T09:00:00+08:00"));
        assert_eq!(late.len(), 1);
        assert_eq!(late[0].cause(), "deadline_passed:rectify:2026-03-31:15");
    }

    #[test]
    fn nobody_is_reminded_of_what_stands_or_is_over() {
        let policy = Policy::embedded().unwrap();
        for over in [Change::Pause, Change::Stop] {
            let ledger = ledger(&[
                ("2026-01-05T09:00:00+08:00", until("2026-03-31")),
                ("2026-03-01T09:00:00+08:00", over),
            ]);
            assert_eq!(owed(&ledger, &policy, at("2026-04-20T09:00:00+08:00")), []);
            assert_eq!(next(&ledger, &policy, at("2026-03-02T09:00:00+08:00")), None);
        }
    }

    #[test]
    fn a_deadline_that_moves_has_reminders_of_its_own() {
        let policy = Policy::embedded().unwrap();
        let moved = Change::Extend {
            until: "2026-05-31".parse().unwrap(),
        };
        let ledger = ledger(&[
            ("2026-01-05T09:00:00+08:00", until("2026-03-31")),
            ("2026-03-30T09:00:00+08:00", moved),
        ]);
        assert_eq!(owed(&ledger, &policy, at("2026-04-02T09:00:00+08:00")), []);
        assert_eq!(
            next(&ledger, &policy, at("2026-04-02T09:00:00+08:00")),
            Some("2026-05-24".parse().unwrap())
        );
    }

    #[test]
    fn an_extension_of_a_few_days_is_not_followed_by_what_it_told() {
        let policy = Policy::embedded().unwrap();
        let extended = Change::Extend {
            until: "2026-04-05".parse().unwrap(),
        };
        let ledger = ledger(&[
            ("2026-01-05T09:00:00+08:00", until("2026-03-31")),
            ("2026-03-31T09:00:00+08:00", extended),
        ]);
        assert_eq!(owed(&ledger, &policy, at("2026-03-31T10:00:00+08:00")), []);
        let first = owed(&ledger, &policy, at("2026-04-02T00:00:00+08:00"));
        assert_eq!(first[0].cause(), "deadline_near:rectify:2026-04-05:3");
    }

    #[test]
    fn a_term_shorter_than_a_reminder_begins_without_it() {
        let policy = Policy::embedded().unwrap();
        let ledger = ledger(&[("2026-03-26T09:00:00+08:00", until("2026-03-31"))]);
        assert_eq!(owed(&ledger, &policy, at("2026-03-26T10:00:00+08:00")), []);
        assert_eq!(
            next(&ledger, &policy, at("2026-03-26T10:00:00+08:00")),
            Some("2026-03-28".parse().unwrap())
        );
    }
}
