//! What statistics count of a hazard: a few narrow columns, and the periods in which it was open.
//!
//! A function of the hazard alone, so that it can be counted again at any time; [`store`] keeps it in the transaction of
//! the hazard's row.

pub mod store;

use super::model::{Campaign, Hazard};
use crate::law::deadlines::{Budget, Change, LedgerEntry};
use crate::law::lifecycle::{Action, ClockKind, Escalation, OrderKind, Source, State};
use crate::law::scope::Level;
use crate::values::{AreaCode, Day, IndustryCode, Instant, Uscc, Vocabulary};

/// What is counted of one hazard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measures {
    /// Code of the unit.
    pub uscc: Uscc,
    /// Where it lies.
    pub area: AreaCode,
    /// The industry.
    pub industry: IndustryCode,
    /// Where the report came from.
    pub source: Source,
    /// Whether it names an earlier hazard of the unit that came back.
    pub recurs: bool,
    /// When it was put on record.
    pub reported_at: Instant,
    /// Where it stands.
    pub status: State,
    /// The rung of the ladder it stands on.
    pub escalation: Escalation,
    /// Whether it is under listed supervision.
    pub listed: bool,
    /// Campaigns in the order of the contract, separated by commas.
    pub campaigns: String,
    /// Rank of the supervising authority.
    pub level: Option<Level>,
    /// Code of the authority in charge.
    pub committee: Option<String>,
    /// The periods in which it was open, the first from its confirmation, each later one from a reopening.
    pub periods: Vec<Period>,
}

/// A period in which a hazard was open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Version of the event that opened it.
    pub version: i64,
    /// Since when.
    pub opened_at: Instant,
    /// How it ended; nothing while it lasts.
    pub ending: Option<Ending>,
}

/// The end of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// When.
    pub at: Instant,
    /// Whether it was signed off by the day that the order set; nothing when it was dismissed or merged.
    pub closed_on_time: Option<bool>,
}

impl Measures {
    /// What is counted of a hazard.
    pub fn of(hazard: &Hazard) -> Self {
        let order = hazard.supervision.as_ref();
        Self {
            uscc: hazard.uscc.clone(),
            area: hazard.area.clone(),
            industry: hazard.industry.clone(),
            source: hazard.source,
            recurs: hazard.recurrence_of.is_some(),
            reported_at: hazard.reported_at,
            status: hazard.status,
            escalation: hazard.escalation,
            listed: order.is_some_and(|order| order.kind == OrderKind::Listed),
            campaigns: named(&hazard.campaigns),
            level: order.map(|order| order.level),
            committee: hazard.authority().map(str::to_owned),
            periods: periods(&hazard.clocks),
        }
    }
}

fn named(campaigns: &[Campaign]) -> String {
    let among = Campaign::ALL.iter().filter(|campaign| campaigns.contains(campaign));
    among.map(|campaign| campaign.code()).collect::<Vec<_>>().join(",")
}

/// Every opening and every end moves a clock, so the ledger of the clocks tells them all; the row's own dates are
/// overwritten when a hazard is opened again.
fn periods(ledger: &[LedgerEntry]) -> Vec<Period> {
    let mut periods: Vec<Period> = Vec::new();
    let mut due: Option<Day> = None;
    for entry in ledger {
        let opens = matches!(entry.action, Action::Confirm | Action::Reopen);
        if opens && periods.last().is_none_or(|period| period.version != entry.version) {
            periods.push(Period {
                version: entry.version,
                opened_at: entry.at,
                ending: None,
            });
        }
        if entry.step.kind == ClockKind::Rectify {
            match entry.step.change {
                Change::Start {
                    budget: Budget::Until(day),
                }
                | Change::Extend { until: day } => due = Some(day),
                _ => {}
            }
        }
        let closed = entry.action == Action::SignOff;
        let ends = closed || matches!(entry.action, Action::Dismiss | Action::Merge);
        if let Some(period) = periods.last_mut().filter(|period| ends && period.ending.is_none()) {
            period.ending = Some(Ending {
                at: entry.at,
                closed_on_time: closed.then(|| due.is_some_and(|due| entry.at.day() <= due)),
            });
        }
    }
    periods
}
