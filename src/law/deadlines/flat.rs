//! The ledger of clocks as it is read: every line flat, with the members that its change has.
//!
//! It is written nested and flattened; to read it so would buffer every member of every line, and a hazard that was
//! closed has dozens of lines.

use serde::Deserialize;

use super::{Budget, Change, ClockStep, LedgerEntry};
use crate::values::{Day, Instant};

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Name {
    Start,
    Pause,
    Resume,
    Extend,
    Stop,
}

#[derive(Deserialize)]
pub(super) struct Step<K> {
    kind: K,
    change: Name,
    budget: Option<Budget>,
    until: Option<Day>,
}

#[derive(Deserialize)]
pub(super) struct Entry<K, A> {
    kind: K,
    change: Name,
    budget: Option<Budget>,
    until: Option<Day>,
    at: Instant,
    action: A,
    version: i64,
    policy: String,
}

impl<K> TryFrom<Step<K>> for ClockStep<K> {
    type Error = &'static str;

    fn try_from(step: Step<K>) -> Result<Self, Self::Error> {
        let change = match step.change {
            Name::Start => Change::Start {
                budget: step.budget.ok_or("a clock starts without a budget")?,
            },
            Name::Pause => Change::Pause,
            Name::Resume => Change::Resume,
            Name::Extend => Change::Extend {
                until: step.until.ok_or("a clock is extended to no day")?,
            },
            Name::Stop => Change::Stop,
        };
        Ok(Self {
            kind: step.kind,
            change,
        })
    }
}

impl<K, A> TryFrom<Entry<K, A>> for LedgerEntry<K, A> {
    type Error = &'static str;

    fn try_from(entry: Entry<K, A>) -> Result<Self, Self::Error> {
        Ok(Self {
            step: ClockStep::try_from(Step {
                kind: entry.kind,
                change: entry.change,
                budget: entry.budget,
                until: entry.until,
            })?,
            at: entry.at,
            action: entry.action,
            version: entry.version,
            policy: entry.policy,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::lifecycle::{Action, ClockKind};

    #[test]
    fn every_change_is_read_as_it_is_written() {
        let day: Day = "2026-11-09".parse().unwrap();
        for change in [
            Change::Start {
                budget: Budget::WorkingDays(3),
            },
            Change::Start {
                budget: Budget::Until(day),
            },
            Change::Pause,
            Change::Resume,
            Change::Extend { until: day },
            Change::Stop,
        ] {
            let entry = LedgerEntry {
                step: ClockStep {
                    kind: ClockKind::Review,
                    change,
                },
                at: "2026-11-09T01:00:00Z".parse().unwrap(),
                action: Action::SubmitCompletion,
                version: 7,
                policy: "2026-01".to_owned(),
            };
            let written = serde_json::to_string(&entry).unwrap();
            assert_eq!(
                serde_json::from_str::<LedgerEntry>(&written).unwrap(),
                entry,
                "{written}"
            );
        }
    }

    #[test]
    fn a_line_that_lacks_what_its_change_has_is_refused() {
        for wrong in [
            r#"{"kind":"review","change":"start"}"#,
            r#"{"kind":"review","change":"extend"}"#,
        ] {
            assert!(serde_json::from_str::<ClockStep>(wrong).is_err(), "{wrong}");
        }
    }
}
