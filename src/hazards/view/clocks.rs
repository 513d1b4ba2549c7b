//! The clocks of a hazard on the wire: in short on the hazard, explained on their own.

use serde::Serialize;
use utoipa::ToSchema;

use crate::hazards::model::{Correction, Hazard};
use crate::law::deadlines::{self, Budget, ClockReading, ClockState};
use crate::law::lifecycle::{Action, ClockKind};
use crate::law::policy::Policy;
use crate::values::{Day, Instant};

/// A clock in short; `GET /v1/hazards/{id}/clocks` explains it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeadlineView {
    /// What is being waited for.
    pub kind: ClockKind,
    /// Whether it runs.
    pub state: ClockState,
    /// Since when.
    pub started_at: Instant,
    /// Until the end of which day; `null` while it is paused.
    pub due_on: Option<Day>,
    /// Whether it runs past its end.
    pub overdue: bool,
    /// By which action it stopped; `null` while it has not.
    pub stopped_by: Option<Action>,
}

impl DeadlineView {
    /// Every clock of a hazard that was ever started, oldest first, at a moment.
    pub fn all(hazard: &Hazard, policy: &Policy, now: Instant) -> Vec<Self> {
        let clocks = deadlines::clocks(&hazard.clocks, policy.calendar(), now).into_iter();
        clocks.map(Self::of).collect()
    }

    fn of(reading: ClockReading) -> Self {
        Self {
            kind: reading.kind,
            state: reading.state,
            started_at: reading.started_at,
            due_on: reading.due_on,
            overdue: reading.overdue,
            stopped_by: reading.stopped_by,
        }
    }
}

/// The clocks of a hazard.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClocksView {
    /// Every clock that was ever started, oldest first.
    pub clocks: Vec<ClockView>,
}

/// One clock, explained: budget, what it counted and what it skipped add up to the day on which it is due.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClockView {
    /// What is being waited for.
    pub kind: ClockKind,
    /// Whether it runs.
    pub state: ClockState,
    /// Since when.
    pub started_at: Instant,
    /// By which action.
    pub started_by: Action,
    /// How long it may run.
    pub budget: BudgetView,
    /// Until the end of which day; `null` while it is paused.
    pub due_on: Option<Day>,
    /// Whether it runs past its end.
    pub overdue: bool,
    /// When it stopped.
    pub stopped_at: Option<Instant>,
    /// By which action.
    pub stopped_by: Option<Action>,
    /// Every stretch in which it ran or stood.
    pub intervals: Vec<IntervalView>,
    /// Days up to the due day that did not count.
    pub skipped: Vec<SkippedView>,
    /// How its end was moved.
    pub extensions: Vec<ExtensionView>,
    /// How its end was moved by corrected calendars, oldest first.
    pub corrections: Vec<CorrectionView>,
    /// Version of the policy it runs under.
    #[schema(example = "2026.1")]
    pub policy: String,
}

/// How long a clock may run: exactly one of the members is there.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BudgetView {
    /// Working days after the day of the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working_days: Option<u32>,
    /// Days after the day of the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// Until the end of that day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
}

/// A stretch of time in which a clock ran or stood.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IntervalView {
    /// Whether it ran.
    pub state: ClockState,
    /// Since when.
    pub from: Instant,
    /// Until when; `null` while it lasts.
    pub to: Option<Instant>,
    /// Days of the budget that it used up.
    pub counted_days: u32,
}

/// A day that did not count.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SkippedView {
    /// The day.
    pub day: Day,
    /// The holiday, or `周末`.
    #[schema(example = "国庆节")]
    pub name: String,
}

/// An end that was moved.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExtensionView {
    /// When.
    pub at: Instant,
    /// To the end of that day.
    pub until: Day,
    /// By which event.
    pub version: i64,
}

/// An end that moved because the calendar was corrected.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CorrectionView {
    /// When.
    pub at: Instant,
    /// By which event.
    pub version: i64,
    /// From the end of that day.
    pub from: Day,
    /// To the end of that day.
    pub to: Day,
    /// Version of the policy before; `null` where nobody kept it.
    #[schema(example = "2026.1")]
    pub policy_before: Option<String>,
    /// Version of the policy since.
    #[schema(example = "2026.2")]
    pub policy: String,
    /// The days that are to blame; none where nobody kept the calendar before.
    pub days: Vec<DayChangeView>,
}

/// A day that counts now and did not, or the other way round.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DayChangeView {
    /// The day.
    pub day: Day,
    /// Why it did not count: the holiday, or `周末`; `null` for a working day.
    #[schema(example = "国庆节")]
    pub before: Option<String>,
    /// Why it does not count now; `null` for a working day.
    pub after: Option<String>,
}

impl ClocksView {
    /// The clocks of a hazard at a moment.
    pub fn of(hazard: &Hazard, policy: &Policy, now: Instant) -> Self {
        Self {
            clocks: deadlines::clocks(&hazard.clocks, policy.calendar(), now)
                .into_iter()
                .map(|reading| ClockView::of(reading, &hazard.corrections))
                .collect(),
        }
    }
}

impl ClockView {
    fn of(reading: ClockReading, corrections: &[Correction]) -> Self {
        let of_this = |correction: &Correction| {
            let moved = correction
                .moves
                .iter()
                .find(|moved| moved.clock == reading.kind && moved.begun == reading.begun)?;
            Some(CorrectionView {
                at: correction.at,
                version: correction.version,
                from: moved.from,
                to: moved.to,
                policy_before: correction.policy_before.clone(),
                policy: correction.policy.clone(),
                days: moved
                    .days
                    .iter()
                    .cloned()
                    .map(|change| DayChangeView {
                        day: change.day,
                        before: change.before,
                        after: change.after,
                    })
                    .collect(),
            })
        };
        Self {
            corrections: corrections.iter().filter_map(of_this).collect(),
            kind: reading.kind,
            state: reading.state,
            started_at: reading.started_at,
            started_by: reading.started_by,
            budget: match reading.budget {
                Budget::WorkingDays(days) => BudgetView {
                    working_days: Some(days),
                    days: None,
                    until: None,
                },
                Budget::Days(days) => BudgetView {
                    working_days: None,
                    days: Some(days),
                    until: None,
                },
                Budget::Until(day) => BudgetView {
                    working_days: None,
                    days: None,
                    until: Some(day),
                },
            },
            due_on: reading.due_on,
            overdue: reading.overdue,
            stopped_at: reading.stopped_at,
            stopped_by: reading.stopped_by,
            intervals: reading
                .intervals
                .into_iter()
                .map(|interval| IntervalView {
                    state: interval.state,
                    from: interval.from,
                    to: interval.to,
                    counted_days: interval.counted_days,
                })
                .collect(),
            skipped: reading
                .skipped
                .into_iter()
                .map(|off| SkippedView {
                    day: off.day,
                    name: off.name,
                })
                .collect(),
            extensions: reading
                .extensions
                .into_iter()
                .map(|extension| ExtensionView {
                    at: extension.at,
                    until: extension.until,
                    version: extension.version,
                })
                .collect(),
            policy: reading.policy,
        }
    }
}
