//! Grounds for holding somebody to account that the record itself shows (plan, item 13).
//!
//! They are proposed and not decided: nothing here opens an inquiry, people do, with `open_accountability`.

use super::deadlines::{self, Change, Extension, LedgerEntry};
use super::lifecycle::{AccountabilityGround, Action, ClockKind, Source, State, TABLE};
use super::policy::Policy;
use crate::values::vocabulary::vocabulary;
use crate::values::{Day, Instant, Quarter};

/// So many failed reviews speak for an inquiry.
const FAILED_REVIEWS: usize = 2;

vocabulary! {
    /// What on record speaks for an inquiry.
    pub enum AccountabilityReason in "accountability_reasons" {
        NoSelfCheck = "no_self_check", "未按季度自查而被他人查出隐患", "others found a hazard in a quarter without a self-check";
        TickedAsClear = "ticked_as_clear", "自查填报未发现而被他人查出隐患", "others found a hazard under a clause that the self-check before ticked as clear";
        ReviewsFailed = "reviews_failed", "两次以上复查未通过", "two reviews failed, or more";
        LastExtensionPassed = "last_extension_passed", "延期用尽后仍逾期", "past its end with no extension left";
    }
}

impl AccountabilityReason {
    /// The ground that it speaks for.
    pub fn ground(self) -> AccountabilityGround {
        match self {
            Self::NoSelfCheck => AccountabilityGround::NotInspected,
            Self::TickedAsClear => AccountabilityGround::NotFound,
            Self::ReviewsFailed | Self::LastExtensionPassed => AccountabilityGround::RefusedRectification,
        }
    }
}

/// What is known of a hazard and of its unit.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// Where it stands.
    pub state: State,
    /// Where the report came from.
    pub source: Source,
    /// The day it was found.
    pub found_on: Day,
    /// Clauses it is judged under.
    pub criteria: &'a [String],
    /// The ledger of its clocks.
    pub clocks: &'a [LedgerEntry],
    /// How the unit stood; nothing for somebody who may not know of it.
    pub unit: Option<UnitRecord>,
}

/// How a unit stood with its self-checks when a hazard was found.
#[derive(Debug, Clone)]
pub struct UnitRecord {
    /// When it was registered.
    pub registered_at: Instant,
    /// When it first filed for the quarter of the finding.
    pub filed_at: Option<Instant>,
    /// The last self-check that it had filed before the day of the finding.
    pub last: Option<LastCheck>,
}

/// A self-check as it stood before a hazard was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastCheck {
    /// Its quarter.
    pub quarter: Quarter,
    /// The version that was in force.
    pub version: i64,
    /// Clauses that it ticked as clear.
    pub cleared: Vec<String>,
}

/// A review that was not passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedReview {
    /// By which event.
    pub version: i64,
    /// When it was recorded.
    pub at: Instant,
}

/// What a proposal rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// The quarter passed without a self-check.
    NoSelfCheck {
        /// The quarter.
        quarter: Quarter,
        /// When one came, too late.
        filed_at: Option<Instant>,
    },
    /// A clause was ticked as clear.
    TickedAsClear {
        /// By which self-check.
        check: LastCheck,
        /// Clauses that it cleared and that the hazard is judged under.
        criteria: Vec<String>,
    },
    /// Reviews were not passed.
    ReviewsFailed(Vec<FailedReview>),
    /// The end came when no extension was left.
    LastExtensionPassed {
        /// Those that were granted.
        extensions: Vec<Extension>,
        /// The day that passed.
        due_on: Day,
    },
}

impl Evidence {
    /// What it shows.
    pub fn reason(&self) -> AccountabilityReason {
        match self {
            Self::NoSelfCheck { .. } => AccountabilityReason::NoSelfCheck,
            Self::TickedAsClear { .. } => AccountabilityReason::TickedAsClear,
            Self::ReviewsFailed(_) => AccountabilityReason::ReviewsFailed,
            Self::LastExtensionPassed { .. } => AccountabilityReason::LastExtensionPassed,
        }
    }
}

/// What speaks for an inquiry, in the order of the reasons; nothing in a state in which none can be opened.
pub fn propose(case: &Case<'_>, policy: &Policy, now: Instant) -> Vec<Evidence> {
    let may_be_opened = TABLE
        .iter()
        .any(|row| row.action == Action::OpenAccountability && row.from.contains(&case.state));
    if !may_be_opened {
        return Vec::new();
    }
    let unit = case.unit.as_ref().filter(|_| case.source != Source::SelfReport);
    [
        unit.and_then(|unit| no_self_check(case, unit, now)),
        unit.and_then(|unit| ticked_as_clear(case, unit)),
        reviews_failed(case),
        last_extension_passed(case, policy, now),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// While the quarter runs the unit can still file in time. Who filed late did not check in the quarter as far as the
/// record shows; who was not registered in it owed nothing.
fn no_self_check(case: &Case<'_>, unit: &UnitRecord, now: Instant) -> Option<Evidence> {
    let quarter = Quarter::of(case.found_on)?;
    let in_time = unit.filed_at.is_some_and(|at| !quarter.is_over(at));
    let owed = quarter.is_over(now) && !quarter.is_over(unit.registered_at);
    (owed && !in_time).then_some(Evidence::NoSelfCheck {
        quarter,
        filed_at: unit.filed_at,
    })
}

fn ticked_as_clear(case: &Case<'_>, unit: &UnitRecord) -> Option<Evidence> {
    let check = unit.last.as_ref()?;
    let criteria: Vec<String> = case
        .criteria
        .iter()
        .filter(|criterion| check.cleared.contains(criterion))
        .cloned()
        .collect();
    (!criteria.is_empty()).then(|| Evidence::TickedAsClear {
        check: check.clone(),
        criteria,
    })
}

/// A review that is not passed is what starts the rectification again. A reopening forgets none of them.
fn reviews_failed(case: &Case<'_>) -> Option<Evidence> {
    let failed: Vec<FailedReview> = case
        .clocks
        .iter()
        .filter(|entry| entry.action == Action::Review && entry.step.kind == ClockKind::Rectify)
        .filter(|entry| matches!(entry.step.change, Change::Start { .. }))
        .map(|entry| FailedReview {
            version: entry.version,
            at: entry.at,
        })
        .collect();
    (failed.len() >= FAILED_REVIEWS).then_some(Evidence::ReviewsFailed(failed))
}

/// The record does not forget an end that passed because the unit was done later.
fn last_extension_passed(case: &Case<'_>, policy: &Policy, now: Instant) -> Option<Evidence> {
    // A policy without extensions leaves nothing to be used up.
    let most = usize::try_from(policy.maximum_extensions().max(1)).ok()?;
    let mut granted: Vec<Extension> = Vec::new();
    let mut passed = None;
    for clock in deadlines::clocks(case.clocks, policy.calendar(), now) {
        if clock.kind != ClockKind::Rectify {
            continue;
        }
        if clock.started_by == Action::Reopen {
            granted.clear();
        }
        granted.extend(clock.extensions);
        let Some(due_on) = clock.due_on else {
            continue;
        };
        let stopped_late = clock.stopped_at.is_some_and(|at| at > due_on.end());
        if (clock.overdue || stopped_late) && granted.len() >= most {
            passed = Some(Evidence::LastExtensionPassed {
                extensions: granted.clone(),
                due_on,
            });
        }
    }
    passed
}
