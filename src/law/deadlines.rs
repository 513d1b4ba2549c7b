//! Clocks: a budget and an append-only ledger, from which the due day is computed whenever it is asked for.
//!
//! Nobody can write a due day. A deadline is the end of its day in Asia/Shanghai; overdue is a matter of reading, not
//! of a job that may not have run. What is waited for, and by which action, are parameters: hazards and tips reckon alike.

mod due;
mod flat;
pub mod moves;

use serde::{Deserialize, Serialize};

use super::calendar::Calendar;
use super::lifecycle::{Action, ClockKind};
use crate::values::vocabulary::vocabulary;
use crate::values::{Day, Instant, Vocabulary};

/// How long a clock may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Budget {
    /// So many working days after the day of the start.
    WorkingDays(u32),
    /// So many days after the day of the start.
    Days(u32),
    /// Until the end of that day.
    Until(Day),
}

/// What happens to a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "change")]
pub enum Change {
    /// It runs from now, with that budget.
    Start {
        /// How long it may run.
        budget: Budget,
    },
    /// It stands until it is resumed.
    Pause,
    /// It runs on.
    Resume,
    /// Its end moves.
    Extend {
        /// To the end of that day.
        until: Day,
    },
    /// It is over.
    Stop,
}

/// What an event does to one clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "flat::Step<K>", bound(deserialize = "K: Deserialize<'de>"))]
pub struct ClockStep<K = ClockKind> {
    /// The clock.
    pub kind: K,
    /// What happens to it.
    #[serde(flatten)]
    pub change: Change,
}

/// A line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    try_from = "flat::Entry<K, A>",
    bound(deserialize = "K: Deserialize<'de>, A: Deserialize<'de>")
)]
pub struct LedgerEntry<K = ClockKind, A = Action> {
    /// What happened to which clock.
    #[serde(flatten)]
    pub step: ClockStep<K>,
    /// When.
    pub at: Instant,
    /// By which action.
    pub action: A,
    /// By which event.
    pub version: i64,
    /// Under which policy.
    pub policy: String,
}

vocabulary! {
    /// Whether a clock runs.
    pub enum ClockState in "clock_states" {
        Running = "running", "计时中", "running";
        Paused = "paused", "已暂停", "paused";
        Stopped = "stopped", "已停止", "stopped";
    }
}

/// A stretch of time in which a clock ran or stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval {
    /// Whether it ran.
    pub state: ClockState,
    /// Since when.
    pub from: Instant,
    /// Until when; nothing while it lasts.
    pub to: Option<Instant>,
    /// Days of the budget that it used up: working days or days, after the budget's kind.
    pub counted_days: u32,
}

/// A day that did not count.
pub use super::calendar::DayOff;

/// An end that was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// When.
    pub at: Instant,
    /// To the end of that day.
    pub until: Day,
    /// By which event.
    pub version: i64,
}

/// A clock, explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockReading<K = ClockKind, A = Action> {
    /// The clock.
    pub kind: K,
    /// The event that started it.
    pub begun: i64,
    /// Whether it runs.
    pub state: ClockState,
    /// Since when.
    pub started_at: Instant,
    /// By which action.
    pub started_by: A,
    /// How long it may run.
    pub budget: Budget,
    /// Until the end of which day; nothing while it is paused.
    pub due_on: Option<Day>,
    /// Whether it runs past its end.
    pub overdue: bool,
    /// When it stopped.
    pub stopped_at: Option<Instant>,
    /// By which action.
    pub stopped_by: Option<A>,
    /// Every stretch in which it ran or stood.
    pub intervals: Vec<Interval>,
    /// The days up to the due day that did not count, each with its reason.
    pub skipped: Vec<DayOff>,
    /// How its end was moved.
    pub extensions: Vec<Extension>,
    /// Policy it runs under.
    pub policy: String,
}

/// Every clock that was ever started, oldest first, each start a clock of its own. One that is started anew while it runs
/// is over at that moment.
pub fn clocks<K: Vocabulary, A: Vocabulary>(
    ledger: &[LedgerEntry<K, A>],
    calendar: &Calendar,
    now: Instant,
) -> Vec<ClockReading<K, A>> {
    let mut runs: Vec<Run<'_, K, A>> = Vec::new();
    for entry in ledger {
        let run = runs.iter_mut().rev().find(|run| run.kind() == Some(entry.step.kind));
        if matches!(entry.step.change, Change::Start { .. }) {
            if let Some(run) = run {
                run.replaced_by = Some(entry);
            }
            runs.push(Run {
                entries: vec![entry],
                replaced_by: None,
            });
        } else if let Some(run) = run {
            run.entries.push(entry);
        }
    }
    runs.iter().filter_map(|run| reading(run, calendar, now)).collect()
}

/// What happened to a clock from its start on.
struct Run<'a, K, A> {
    entries: Vec<&'a LedgerEntry<K, A>>,
    /// The next start of the same clock.
    replaced_by: Option<&'a LedgerEntry<K, A>>,
}

impl<'a, K: Vocabulary, A: Vocabulary> Run<'a, K, A> {
    fn kind(&self) -> Option<K> {
        self.entries.first().map(|first| first.step.kind)
    }

    /// What ended it.
    fn ended_by(&self) -> Option<&'a LedgerEntry<K, A>> {
        let last = self.entries.last().copied();
        last.filter(|last| last.step.change == Change::Stop)
            .or(self.replaced_by)
    }
}

/// The day on which the next running clock ends; nothing when none runs.
pub fn next_due_on<K: Vocabulary, A: Vocabulary>(ledger: &[LedgerEntry<K, A>], calendar: &Calendar) -> Option<Day> {
    ends(ledger, calendar).map(|end| end.due_on).min()
}

/// A clock that runs, and its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunningClock<K = ClockKind> {
    /// The clock.
    pub kind: K,
    /// The event that started it.
    pub begun: i64,
    /// The day of its start.
    pub started_on: Day,
    /// Until the end of which day.
    pub due_on: Day,
}

/// The clocks that run, each with its end.
pub fn ends<K: Vocabulary, A: Vocabulary>(
    ledger: &[LedgerEntry<K, A>],
    calendar: &Calendar,
) -> impl Iterator<Item = RunningClock<K>> {
    K::ALL.iter().filter_map(|kind| {
        let begun = ledger
            .iter()
            .rposition(|entry| entry.step.kind == *kind && matches!(entry.step.change, Change::Start { .. }))?;
        let run: Vec<&LedgerEntry<K, A>> = ledger
            .iter()
            .skip(begun)
            .filter(|entry| entry.step.kind == *kind)
            .collect();
        let first = run.first()?;
        let stopped = run.last().is_some_and(|last| last.step.change == Change::Stop);
        Some(RunningClock {
            kind: *kind,
            begun: first.version,
            started_on: first.at.day(),
            due_on: due::due_on(&run, calendar).filter(|_| !stopped)?,
        })
    })
}

/// The clocks that run.
pub fn running<K: Vocabulary, A: Vocabulary>(ledger: &[LedgerEntry<K, A>]) -> Vec<K> {
    let runs = |kind: &K| {
        ledger
            .iter()
            .rfind(|entry| entry.step.kind == *kind)
            .is_some_and(|entry| !matches!(entry.step.change, Change::Stop | Change::Pause))
    };
    K::ALL.iter().copied().filter(runs).collect()
}

/// Those of `steps` that change anything: a clock that does not run can be neither stopped nor extended.
pub fn effective<K: Vocabulary, A: Vocabulary>(
    steps: &[ClockStep<K>],
    ledger: &[LedgerEntry<K, A>],
) -> Vec<ClockStep<K>> {
    let runs = |kind: K| {
        ledger
            .iter()
            .rfind(|entry| entry.step.kind == kind)
            .is_some_and(|entry| entry.step.change != Change::Stop)
    };
    steps
        .iter()
        .copied()
        .filter(|step| matches!(step.change, Change::Start { .. }) || runs(step.kind))
        .collect()
}

fn reading<K: Vocabulary, A: Vocabulary>(
    run: &Run<'_, K, A>,
    calendar: &Calendar,
    now: Instant,
) -> Option<ClockReading<K, A>> {
    let first = run.entries.first()?;
    let Change::Start { budget } = first.step.change else {
        return None;
    };
    let ended_by = run.ended_by();
    let mut intervals: Vec<Interval> = Vec::new();
    let mut extensions = Vec::new();
    for entry in &run.entries {
        let next = match entry.step.change {
            Change::Start { .. } | Change::Resume => Some(ClockState::Running),
            Change::Pause => Some(ClockState::Paused),
            Change::Stop => None,
            Change::Extend { until } => {
                extensions.push(Extension {
                    at: entry.at,
                    until,
                    version: entry.version,
                });
                continue;
            }
        };
        if let Some(open) = intervals.last_mut() {
            open.to = Some(entry.at);
        }
        if let Some(state) = next {
            intervals.push(Interval {
                state,
                from: entry.at,
                to: None,
                counted_days: 0,
            });
        }
    }
    let state = match (ended_by, intervals.last_mut()) {
        (None, Some(open)) => open.state,
        (Some(end), Some(open)) => {
            open.to.get_or_insert(end.at);
            ClockState::Stopped
        }
        (_, None) => ClockState::Stopped,
    };
    for interval in &mut intervals {
        if interval.state == ClockState::Running {
            let to = interval.to.unwrap_or(now);
            interval.counted_days = counted(budget, calendar, interval.from.day(), to.day());
        }
    }
    let due_on = due::due_on(&run.entries, calendar);
    let skipped = match (budget, due_on) {
        (Budget::WorkingDays(_), Some(due)) => calendar.days_off(first.at.day(), due),
        _ => Vec::new(),
    };
    Some(ClockReading {
        kind: first.step.kind,
        begun: first.version,
        state,
        started_at: first.at,
        started_by: first.action,
        budget,
        due_on,
        overdue: state == ClockState::Running && due_on.is_some_and(|due| now > due.end()),
        stopped_at: ended_by.map(|end| end.at),
        stopped_by: ended_by.map(|end| end.action),
        intervals,
        skipped,
        extensions,
        policy: first.policy.clone(),
    })
}

fn counted(budget: Budget, calendar: &Calendar, from: Day, to: Day) -> u32 {
    match budget {
        Budget::WorkingDays(_) => calendar.working_days(from, to),
        Budget::Days(_) | Budget::Until(_) => u32::try_from(to.days_since(from)).unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::policy::Policy;

    fn entry(kind: ClockKind, change: Change, at: &str, version: i64) -> LedgerEntry {
        LedgerEntry {
            step: ClockStep { kind, change },
            at: at.parse().unwrap(),
            action: Action::Report,
            version,
            policy: "test".to_owned(),
        }
    }

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn three_working_days_over_the_spring_festival_add_up() {
        let policy = Policy::embedded().unwrap();
        let start = Change::Start {
            budget: Budget::WorkingDays(3),
        };
        // Wednesday 7 February 2024; 10 to 17 February are off, Sunday 18 February is worked.
        let ledger = [entry(ClockKind::Confirm, start, "2024-02-07T10:00:00+08:00", 1)];
        let now = "2024-02-19T23:59:59+08:00".parse().unwrap();
        let readings = clocks(&ledger, policy.calendar(), now);
        assert_eq!(readings[0].due_on, Some(day("2024-02-18")));
        assert!(readings[0].overdue);
        assert_eq!(readings[0].skipped.len(), 8);
        assert_eq!(readings[0].skipped[0].name, "春节");
        assert_eq!(next_due_on(&ledger, policy.calendar()), Some(day("2024-02-18")));
    }

    #[test]
    fn a_deadline_is_the_end_of_its_day_in_shanghai() {
        let calendar = Calendar::default();
        let start = Change::Start {
            budget: Budget::Days(10),
        };
        let ledger = [entry(ClockKind::Review, start, "2024-06-03T23:30:00+08:00", 1)];
        let overdue = |now: &str| clocks(&ledger, &calendar, now.parse().unwrap())[0].overdue;
        assert!(!overdue("2024-06-13T23:59:59+08:00"));
        assert!(overdue("2024-06-14T00:00:00+08:00"));
    }

    #[test]
    fn a_pause_gives_its_days_back_and_a_stop_ends_it() {
        let calendar = Calendar::default();
        let start = Change::Start {
            budget: Budget::Days(10),
        };
        let mut ledger = vec![
            entry(ClockKind::Review, start, "2024-06-01T09:00:00+08:00", 1),
            entry(ClockKind::Review, Change::Pause, "2024-06-04T09:00:00+08:00", 2),
        ];
        assert_eq!(next_due_on(&ledger, &calendar), None);
        ledger.push(entry(ClockKind::Review, Change::Resume, "2024-06-20T09:00:00+08:00", 3));
        assert_eq!(next_due_on(&ledger, &calendar), Some(day("2024-06-27")));
        ledger.push(entry(ClockKind::Review, Change::Stop, "2024-06-21T09:00:00+08:00", 4));
        assert_eq!(next_due_on(&ledger, &calendar), None);
        let readings = clocks(&ledger, &calendar, "2025-01-01T00:00:00Z".parse().unwrap());
        assert_eq!(readings[0].state, ClockState::Stopped);
        assert!(!readings[0].overdue);
    }

    #[test]
    fn an_extension_moves_the_end_and_a_new_start_is_a_new_clock() {
        let calendar = Calendar::default();
        let until = |text: &str| Change::Start {
            budget: Budget::Until(day(text)),
        };
        let mut ledger = vec![
            entry(ClockKind::Rectify, until("2024-07-01"), "2024-06-01T09:00:00Z", 1),
            entry(
                ClockKind::Rectify,
                Change::Extend {
                    until: day("2024-08-01"),
                },
                "2024-06-20T09:00:00Z",
                2,
            ),
        ];
        assert_eq!(next_due_on(&ledger, &calendar), Some(day("2024-08-01")));
        ledger.push(entry(ClockKind::Rectify, Change::Stop, "2024-07-20T09:00:00Z", 3));
        ledger.push(entry(
            ClockKind::Rectify,
            until("2024-09-01"),
            "2024-07-30T09:00:00Z",
            4,
        ));
        assert_eq!(next_due_on(&ledger, &calendar), Some(day("2024-09-01")));
        assert_eq!(
            clocks(&ledger, &calendar, "2024-07-31T00:00:00Z".parse().unwrap()).len(),
            2
        );
    }

    #[test]
    fn a_clock_that_is_started_anew_while_it_runs_is_over() {
        let calendar = Calendar::default();
        let start = Change::Start {
            budget: Budget::Days(10),
        };
        let ledger = [
            entry(ClockKind::Review, start, "2024-06-01T09:00:00+08:00", 1),
            entry(ClockKind::Review, start, "2024-06-05T09:00:00+08:00", 2),
        ];
        let readings = clocks(&ledger, &calendar, "2024-07-01T00:00:00Z".parse().unwrap());
        let states: Vec<(ClockState, bool)> = readings.iter().map(|clock| (clock.state, clock.overdue)).collect();
        assert_eq!(states, [(ClockState::Stopped, false), (ClockState::Running, true)]);
        assert_eq!(readings[0].stopped_at, Some(ledger[1].at));
        assert_eq!(
            (readings[0].intervals[0].to, readings[0].intervals[0].counted_days),
            (Some(ledger[1].at), 4)
        );
    }

    #[test]
    fn what_does_not_run_is_not_stopped() {
        let stop = |kind| ClockStep {
            kind,
            change: Change::Stop,
        };
        let start = Change::Start {
            budget: Budget::Days(1),
        };
        let ledger = [entry(ClockKind::Confirm, start, "2024-06-01T09:00:00Z", 1)];
        let steps = [stop(ClockKind::Confirm), stop(ClockKind::Order)];
        assert_eq!(effective(&steps, &ledger), [stop(ClockKind::Confirm)]);
    }
}
