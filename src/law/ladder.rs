//! The ladder that presses the slow: after how many working days behind the policy calls for which rung.
//!
//! It advises and nothing more: what may be done is the table's to say. Days are counted as the calendar counts them and
//! a rung is called for from the hour at which work begins, so nobody is pressed at midnight or on a holiday.

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::facts::HazardFacts;
use super::lifecycle::{Action, EscalationKind, State, TABLE};
use super::policy::Policy;
use crate::values::vocabulary::vocabulary;
use crate::values::{Day, Instant, Vocabulary};

/// Longer than any ladder; a larger number is a slip of the pen.
const MOST_WORKING_DAYS: u32 = 250;
const SECONDS_OF_AN_HOUR: i64 = 3600;

/// When policy calls for which rung.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ladder {
    work_begins_at_hour: u32,
    rungs: Vec<Rung>,
}

/// A rung, and when it is called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rung {
    /// The measure.
    pub rung: EscalationKind,
    /// How many working days behind, counted from the first day that is too late.
    pub working_days: u32,
}

/// The section of the policy, as it stands in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LadderFile {
    work_begins_at_hour: Spanned<u32>,
    rungs: Spanned<Vec<Spanned<RungFile>>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RungFile {
    rung: String,
    working_days: u32,
}

vocabulary! {
    /// In which way a hazard is behind.
    pub enum Lag in "lags" {
        Late = "late", "逾期", "a clock is past its end";
        Stalled = "stalled", "停滞", "nothing has happened for longer than the policy bears";
    }
}

/// How far a hazard is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behind {
    /// Late before stalled: a date that was missed says more than silence.
    pub lag: Lag,
    /// The last day on which it was not behind.
    pub since: Day,
    /// Days of the calendar after that one.
    pub days: i64,
    /// Of these the working days.
    pub working_days: u32,
}

/// A rung that policy calls for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// The one above that on which the hazard stands.
    pub rung: EscalationKind,
    /// Since when: the hour at which work begins, on a working day.
    pub since: Instant,
}

impl Ladder {
    /// Reads the section; `fault` takes what is wrong with the offset at which it stands.
    pub(super) fn read(file: &LadderFile, fault: &mut dyn FnMut(usize, String)) -> Self {
        if *file.work_begins_at_hour.get_ref() > 23 {
            fault(
                file.work_begins_at_hour.span().start,
                "`work_begins_at_hour` must be 0 to 23".to_owned(),
            );
        }
        let mut rungs: Vec<Rung> = Vec::new();
        for given in file.rungs.get_ref() {
            let RungFile {
                rung: code,
                working_days,
            } = given.get_ref();
            let at = given.span().start;
            let Some(kind) = EscalationKind::from_code(code) else {
                let known = EscalationKind::CODES.join("`, `");
                fault(at, format!("`{code}` is not a rung; there are `{known}`"));
                continue;
            };
            let rung = Rung {
                rung: kind,
                working_days: *working_days,
            };
            if !(1..=MOST_WORKING_DAYS).contains(&rung.working_days) {
                fault(at, format!("`{code}` must be called for after 1 to 250 working days"));
            }
            match rungs.last() {
                Some(below) if below.rung == rung.rung => fault(at, format!("`{code}` stands here twice")),
                Some(below) if below.rung > rung.rung => {
                    fault(at, format!("`{code}` must stand before `{}`", below.rung.code()));
                }
                Some(below) if below.working_days >= rung.working_days => {
                    fault(
                        at,
                        format!("`{code}` must be called for later than `{}`", below.rung.code()),
                    );
                }
                _ => {}
            }
            rungs.push(rung);
        }
        for kind in EscalationKind::ALL {
            if !rungs.iter().any(|rung| rung.rung == *kind) {
                fault(file.rungs.span().start, format!("`{}` is missing", kind.code()));
            }
        }
        Self {
            work_begins_at_hour: *file.work_begins_at_hour.get_ref(),
            rungs,
        }
    }

    /// The rungs, lowest first.
    pub fn rungs(&self) -> &[Rung] {
        &self.rungs
    }

    /// The moment of a day at which work begins.
    fn work_begins(&self, day: Day) -> Instant {
        day.start()
            .plus_seconds(i64::from(self.work_begins_at_hour) * SECONDS_OF_AN_HOUR)
    }
}

/// How far a hazard is behind; nothing while it is neither late nor stalled.
pub fn behind(facts: &HazardFacts, policy: &Policy, today: Day) -> Option<Behind> {
    let (lag, since) = lags(facts, policy, today).next()?;
    Some(Behind {
        lag,
        since,
        days: today.days_since(since),
        working_days: policy.calendar().working_days(since, today),
    })
}

/// The rung that policy calls for now: the one above that on which the hazard stands, once its hour has come. Nothing
/// where it stands as high as policy asks, or where the table knows no escalation.
pub fn called_for(facts: &HazardFacts, policy: &Policy, now: Instant) -> Option<Call> {
    next_call(facts, policy).filter(|call| call.since <= now)
}

/// The rung that policy calls for next, and from when on if nothing happens until then.
pub fn next_call(facts: &HazardFacts, policy: &Policy) -> Option<Call> {
    if !is_pressed(facts.state) {
        return None;
    }
    let next = facts.escalation.next()?;
    let rung = policy.ladder().rungs().iter().find(|rung| rung.rung == next)?;
    let since = [facts.next_due_on, facts.borne_until(policy)]
        .into_iter()
        .flatten()
        .map(|last| policy.calendar().working_days_after(last, rung.working_days))
        .map(|day| policy.ladder().work_begins(day))
        .min()?;
    Some(Call { rung: next, since })
}

/// The earliest day on which something may have fallen behind that policy calls for a rung on `today` or later.
pub fn looks_back_to(policy: &Policy, today: Day) -> Day {
    let longest = policy.ladder().rungs().iter().map(|rung| rung.working_days).max();
    let mut day = today;
    while policy.calendar().working_days(day, today) <= longest.unwrap_or_default() {
        day = day.minus_days(1);
    }
    day
}

fn lags(facts: &HazardFacts, policy: &Policy, today: Day) -> impl Iterator<Item = (Lag, Day)> {
    let late = facts.late_since(today).map(|since| (Lag::Late, since));
    let stalled = facts.stalled_since(today, policy).map(|since| (Lag::Stalled, since));
    late.into_iter().chain(stalled)
}

fn is_pressed(state: State) -> bool {
    TABLE
        .iter()
        .any(|row| row.action == Action::Escalate && row.from.contains(&state))
}
