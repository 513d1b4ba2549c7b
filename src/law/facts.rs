//! What the law must know to decide: of the hazard, and of the body of the call.

use super::lifecycle::{ClockKind, Escalation, EscalationKind, OrderKind, Production, Source, State, SuspensionScope};
use super::policy::Policy;
use super::scope::Level;
use crate::values::{AreaCode, Day, IndustryCode, Instant, Uscc};

/// What a hazard is to the law.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HazardFacts {
    /// Where it stands.
    pub state: State,
    /// Where the report came from.
    pub source: Source,
    /// The day it was found.
    pub found_on: Day,
    /// Rank of the authority that found it; from confirmation on.
    pub found_level: Option<Level>,
    /// Where it lies.
    pub area: AreaCode,
    /// Its industry.
    pub industry: IndustryCode,
    /// The unit.
    pub unit: Uscc,
    /// The order in force.
    pub supervision: Option<SupervisionFacts>,
    /// Whether the unit produces.
    pub production: Production,
    /// The date that an undecided request asks for.
    pub pending_extension: Option<Day>,
    /// Subject of the token that reported it.
    pub reported_by: String,
    /// Subjects of the tokens that recorded the review in force.
    pub reviewed_by: Vec<String>,
    /// Those who looked on site.
    pub reviewers: Vec<ReviewerFacts>,
    /// The day on which the unit says it was done.
    pub completed_on: Option<Day>,
    /// The rung of the ladder it stands on.
    pub escalation: Escalation,
    /// Whether an inquiry into who is to blame was opened.
    pub accountable: bool,
    /// Whether bytes of evidence that it cites are still to come. Asked for while it waits for the sign-off alone.
    pub evidence_outstanding: bool,
    /// Clocks that run.
    pub running: Vec<ClockKind>,
    /// The day on which the next of them ends.
    pub next_due_on: Option<Day>,
    /// The moment of its last event.
    pub updated_at: Instant,
}

impl HazardFacts {
    /// The day on which the clock that ends first ended; nothing while none is past its end.
    pub fn late_since(&self, today: Day) -> Option<Day> {
        self.next_due_on.filter(|due| *due < today)
    }

    /// The last day on which the policy bears that nothing happens to it; nothing for what is not open.
    pub fn borne_until(&self, policy: &Policy) -> Option<Day> {
        let last = self.updated_at.day().plus_days(policy.stalled_after_days());
        self.state.is_open().then_some(last)
    }

    /// The last day on which the policy bore that nothing happened to it; nothing while it is not stalled.
    pub fn stalled_since(&self, today: Day, policy: &Policy) -> Option<Day> {
        self.borne_until(policy).filter(|last| *last < today)
    }

    /// True when a running clock is past its end.
    pub fn is_late(&self, today: Day) -> bool {
        self.late_since(today).is_some()
    }

    /// True when it is open and nothing has happened to it for longer than the policy bears.
    pub fn is_stalled(&self, today: Day, policy: &Policy) -> bool {
        self.stalled_since(today, policy).is_some()
    }
}

/// What an order is to the law.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupervisionFacts {
    /// Ordinary or listed.
    pub kind: OrderKind,
    /// Rank of the supervising authority.
    pub level: Level,
    /// Until when the plan is owed.
    pub plan_due_on: Day,
    /// Until when the hazard must be gone.
    pub due_on: Day,
    /// How many extensions were granted.
    pub extensions: u32,
}

/// Someone who looked on site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewerFacts {
    /// Name.
    pub name: String,
    /// Number of the enforcement certificate.
    pub certificate_number: String,
}

/// A clause that a body cites.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CriterionFacts {
    /// Whether it is on record.
    pub known: bool,
    /// Whether it was in force on the day the hazard was found.
    pub in_force: bool,
}

/// A piece of evidence that a body names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvidenceFacts {
    /// It is not on record, or the caller may not know that it is.
    Unknown,
    /// It was declared, and its bytes are still to come.
    Outstanding,
    /// Its bytes are here and are those that were declared.
    Verified,
}

impl EvidenceFacts {
    /// True for what is on record, with its bytes or without.
    pub fn is_known(self) -> bool {
        self != Self::Unknown
    }

    /// True for what is not on record either: that is for another guard to say.
    pub fn is_not_outstanding(self) -> bool {
        self != Self::Outstanding
    }
}

/// The hazard that a body merges into.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is the answer to one guard's question"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MergeFacts {
    /// Whether it is on record and the caller may know of it.
    pub known: bool,
    /// Whether it is the hazard itself.
    pub same_hazard: bool,
    /// Whether it is open.
    pub open: bool,
    /// Whether it is of the same unit.
    pub same_unit: bool,
    /// Whether another hazard was already merged into the one that would now be merged.
    pub would_chain: bool,
}

/// What a penalty names.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is the answer to one guard's question"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PenaltyFacts {
    /// Whether it is a fine.
    pub is_fine: bool,
    /// Whether it names what the unit pays.
    pub unit_amount: bool,
    /// Whether it names what the person pays.
    pub person_amount: bool,
    /// Whether it names the person.
    pub person: bool,
}

/// The authority that a body transfers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuthorityFacts {
    /// Whether it is on record.
    pub known: bool,
    /// Whether it is in charge of the hazard's area and industry.
    pub competent: bool,
    /// Its rank.
    pub level: Option<Level>,
    /// Whether the hazard is with it already.
    pub in_charge: bool,
}

/// What a body says, as far as a guard asks. A member that the action does not have stays at its default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BodyFacts {
    /// Clauses, in the order of the body.
    pub criteria: Vec<CriterionFacts>,
    /// The day it was found.
    pub found_on: Option<Day>,
    /// Where the report comes from.
    pub source: Option<Source>,
    /// Rank of the authority that found it.
    pub found_level: Option<Level>,
    /// Kind of the order.
    pub order_kind: Option<OrderKind>,
    /// Rank of the supervising authority.
    pub level: Option<Level>,
    /// Until when a plan is owed.
    pub plan_due_on: Option<Day>,
    /// Until when the hazard must be gone, or the plan means to be done.
    pub due_on: Option<Day>,
    /// The day it was done.
    pub completed_on: Option<Day>,
    /// The day on site.
    pub reviewed_on: Option<Day>,
    /// Whether the review was passed.
    pub passed: Option<bool>,
    /// Whether the extension is granted.
    pub approved: Option<bool>,
    /// Those who looked on site.
    pub reviewers: Vec<ReviewerFacts>,
    /// Evidence, in the order of the body.
    pub attachments: Vec<EvidenceFacts>,
    /// The report of the evaluation; nothing without an evaluation.
    pub evaluation: Option<EvidenceFacts>,
    /// The hazard to merge into.
    pub merge_into: Option<MergeFacts>,
    /// How much of the production stops.
    pub suspension: Option<SuspensionScope>,
    /// The rung to climb to.
    pub rung: Option<EscalationKind>,
    /// Whether the body says why a rung is skipped.
    pub skip_reasoned: bool,
    /// The day of a decision.
    pub decided_on: Option<Day>,
    /// What a penalty names.
    pub penalty: Option<PenaltyFacts>,
    /// The authority to transfer to.
    pub authority: Option<AuthorityFacts>,
    /// Whether the unit of a report is on record and the caller may know of it.
    pub unit_known: Option<bool>,
    /// Whether the earlier hazard of a report is one of the unit.
    pub recurrence_known: Option<bool>,
}
