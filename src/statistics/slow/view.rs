//! What is late or stalled on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use super::Slow;
use crate::hazards::UnitView;
use crate::law::ladder::Lag;
use crate::law::lifecycle::{ClockKind, Escalation, EscalationKind, State};
use crate::law::scope::Level;
use crate::values::{AreaCode, Day, HazardId, HazardNumber, IndustryCode, Instant, Title};

/// A hazard that is late or stalled.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SlowHazardView {
    /// Its id.
    pub id: HazardId,
    /// Its number.
    pub number: HazardNumber,
    /// In a line.
    pub title: Title,
    /// The unit.
    pub enterprise: UnitView,
    /// The industry.
    pub industry: IndustryCode,
    /// Where it lies.
    pub area: AreaCode,
    /// Where it stands.
    pub status: State,
    /// Rank of the supervising authority; `null` before an order.
    pub level: Option<Level>,
    /// `late` before `stalled`: a date that was missed says more than silence.
    pub lag: Lag,
    /// `late`: the running clock that ended first; `null` for what is stalled.
    pub clock: Option<ClockKind>,
    /// The last day on which it was not behind.
    pub since: Day,
    /// Days of the calendar after that one.
    #[schema(minimum = 1, example = 11)]
    pub days: i64,
    /// Of these the working days.
    #[schema(minimum = 0, example = 3)]
    pub working_days: u32,
    /// The rung on which it stands.
    pub escalation: Escalation,
    /// The rung that policy calls for now; `null` while it calls for none. It advises: whether the rung may be climbed is
    /// what `escalate` says.
    pub called_for: Option<CalledForView>,
}

/// A rung that policy calls for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CalledForView {
    /// The one above that on which the hazard stands.
    pub rung: EscalationKind,
    /// Since when: the hour at which work begins, on a working day.
    pub since: Instant,
}

impl From<Slow> for SlowHazardView {
    fn from(slow: Slow) -> Self {
        let hazard = slow.hazard;
        Self {
            id: hazard.id,
            number: hazard.number,
            title: hazard.title,
            enterprise: UnitView {
                id: hazard.enterprise_id,
                uscc: hazard.uscc,
                name: slow.enterprise_name,
            },
            industry: hazard.industry,
            area: hazard.area,
            status: hazard.status,
            level: hazard.supervision.map(|order| order.level),
            lag: slow.behind.lag,
            clock: slow.clock,
            since: slow.behind.since,
            days: slow.behind.days,
            working_days: slow.behind.working_days,
            escalation: hazard.escalation,
            called_for: slow.called_for.map(|call| CalledForView {
                rung: call.rung,
                since: call.since,
            }),
        }
    }
}
