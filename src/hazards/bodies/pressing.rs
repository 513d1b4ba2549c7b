//! Bodies of the actions that press, punish, inquire and hand over.

use deserr::Deserr;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::law::lifecycle::{AccountabilityGround, EscalationKind, PenaltyKind};
use crate::values::{Day, Faults, LongText, Name, Title, Yuan};

/// `escalate`: the slow are pressed, one rung at a time (plan, item 14).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct EscalateBody {
    /// The measure, higher than the rung on which the hazard stands.
    pub kind: EscalationKind,
    /// Number of the letter, circular or record.
    pub document_number: Title,
    /// Why; part of the notice.
    pub reason: LongText,
    /// Why a rung is skipped; required when one is.
    #[deserr(default)]
    pub skip_reason: Option<LongText>,
}

/// `penalize`: a penalty, for the unit and the person in one record (一案双罚; plan, items 16 and 22).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct PenalizeBody {
    /// What kind.
    pub kind: PenaltyKind,
    /// Number of the decision.
    pub decision_number: Title,
    /// The day of the decision, not in the future.
    pub decided_on: Day,
    /// What the unit pays, in yuan.
    #[deserr(default)]
    pub unit_amount_cny: Option<Yuan>,
    /// The person punished.
    #[deserr(default)]
    pub person: Option<Name>,
    /// What the person pays, in yuan.
    #[deserr(default)]
    pub person_amount_cny: Option<Yuan>,
}

/// `open_accountability`: an inquiry into who is to blame, handled like that of an accident (责任倒查; plan, item 13).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct OpenAccountabilityBody {
    /// The ground.
    pub ground: AccountabilityGround,
    /// What is held against whom; not for the unit.
    pub summary: LongText,
}

/// `transfer`: another authority takes over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct TransferBody {
    /// Code of the authority that takes over; it must be in charge of the hazard's area and industry.
    pub authority: Title,
    /// Why.
    pub reason: LongText,
}
