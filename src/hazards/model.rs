//! A hazard and its parts.
//!
//! [`Hazard`] is what the ledger knows of one hazard, and nothing that depends on who asks. It is the fold of its events
//! (see [`super::fold`]) and is kept whole as the row's document.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use crate::enterprises::Location;
use crate::law::deadlines;
use crate::law::deadlines::LedgerEntry;
use crate::law::deadlines::moves::Move;
use crate::law::facts::{HazardFacts, ReviewerFacts, SupervisionFacts};
use crate::law::lifecycle::{
    AccountabilityGround, DismissalReason, Escalation, EvaluatedBy, OrderKind, PenaltyKind, Production, Source, State,
    SuspensionScope,
};
use crate::law::policy::Policy;
use crate::law::scope::Level;
use crate::values::vocabulary::vocabulary;
use crate::values::{
    AreaCode, AttachmentId, Day, EnterpriseId, HazardId, HazardNumber, IndustryCode, Instant, LongText, Name, Title,
    Uscc, Yuan,
};

vocabulary! {
    /// Campaigns of the plan, items 26 to 29.
    pub enum Campaign in "campaigns" {
        HotWork = "hot_work", "电气焊", "hot work";
        ConfinedSpace = "confined_space", "有限空间", "confined space";
        WorkAtHeight = "work_at_height", "高处作业", "work at height";
        OutsourcedConstruction = "outsourced_construction", "外包施工", "outsourced construction";
    }
}

/// A supervision order (督办), ordinary or listed (挂牌).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Supervision {
    /// Ordinary or listed.
    pub kind: OrderKind,
    /// Rank of the authority that supervises.
    pub level: Level,
    /// Number of the order.
    pub order_number: Title,
    /// What the order demands.
    pub requirements: LongText,
    /// Code of the authority that ordered.
    pub authority: Option<String>,
    /// When it was served.
    pub issued_at: Instant,
    /// Until when the plan is owed.
    pub plan_due_on: Day,
    /// Until when the hazard must be gone.
    pub due_on: Day,
    /// The date that the order first set.
    pub original_due_on: Day,
    /// How many extensions were granted.
    pub extensions: u32,
}

/// The rectification plan; its members are those of article 15 of order 16.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the contract names the members")]
pub struct Plan {
    /// Goals and tasks.
    pub goals: LongText,
    /// Methods and measures.
    pub measures: LongText,
    /// Funds.
    pub funding_cny: Yuan,
    /// The person in charge.
    pub responsible_person: Name,
    /// The body in charge.
    pub responsible_organization: Title,
    /// Until when the unit means to be done.
    pub due_on: Day,
    /// How people are kept safe meanwhile.
    pub safety_measures: LongText,
    /// What is done when it goes wrong.
    pub emergency_plan: LongText,
    /// When it was handed in.
    pub submitted_at: Instant,
    /// When it was approved.
    pub approved_at: Option<Instant>,
}

/// The evaluation that listed supervision or a stop of work calls for (article 18 of order 16).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Evaluation {
    /// The unit's own experts, or an agency.
    pub by: EvaluatedBy,
    /// Who evaluated.
    pub organization: Title,
    /// The finding.
    pub conclusion: LongText,
    /// The report.
    pub attachment: AttachmentId,
}

/// The unit's word that it is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Completion {
    /// What was done.
    pub summary: LongText,
    /// The day it was done.
    pub completed_on: Day,
    /// What it cost.
    pub spent_cny: Option<Yuan>,
    /// Evidence.
    pub attachments: Vec<AttachmentId>,
    /// The evaluation, where one is due.
    pub evaluation: Option<Evaluation>,
    /// When it was handed in.
    pub submitted_at: Instant,
}

/// One of those who looked on site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Reviewer {
    /// Name.
    pub name: Name,
    /// Number of the enforcement certificate.
    pub certificate_number: Name,
}

/// The on-site review of a completion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Review {
    /// Whether the hazard is gone.
    pub passed: bool,
    /// The day on site.
    pub reviewed_on: Day,
    /// Who looked.
    pub reviewers: Vec<Reviewer>,
    /// What they found.
    pub findings: LongText,
    /// Evidence.
    pub attachments: Vec<AttachmentId>,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// Subject of the token that recorded it.
    pub recorded_by: String,
    /// Name in the token that recorded it.
    pub recorded_by_name: String,
}

/// The regulator's sign-off (销号).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SignOff {
    /// The signer's words.
    pub comment: LongText,
    /// Subject of the signer's token.
    pub signed_by: String,
    /// Name of the signer.
    pub signed_by_name: String,
    /// Code of the signer's authority.
    pub authority: Option<String>,
    /// Rank of the signer's authority.
    pub level: Option<Level>,
    /// When.
    pub signed_at: Instant,
}

/// A request for more time that is not decided yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExtensionRequest {
    /// The date asked for.
    pub due_on: Day,
    /// Why.
    pub reason: LongText,
    /// How people are kept safe meanwhile.
    pub interim_measures: LongText,
    /// When it was asked.
    pub requested_at: Instant,
}

/// A stop of production in force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Suspension {
    /// Part or all of the production.
    pub scope: SuspensionScope,
    /// Number of the decision.
    pub decision_number: Title,
    /// Why.
    pub reason: LongText,
    /// Since when.
    pub since: Instant,
}

/// Why a report did not enter the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Dismissal {
    /// The ground.
    pub reason: DismissalReason,
    /// In words.
    pub comment: LongText,
    /// When.
    pub dismissed_at: Instant,
}

/// A penalty, for the unit and the person in one record (一案双罚).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Penalty {
    /// What kind.
    pub kind: PenaltyKind,
    /// Number of the decision.
    pub decision_number: Title,
    /// The day of the decision.
    pub decided_on: Day,
    /// What the unit pays, in yuan.
    pub unit_amount_cny: Option<Yuan>,
    /// The person punished.
    pub person: Option<Name>,
    /// What the person pays, in yuan.
    pub person_amount_cny: Option<Yuan>,
    /// When it was put on record.
    pub recorded_at: Instant,
}

/// An inquiry into who is to blame (责任倒查).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Accountability {
    /// The ground.
    pub ground: AccountabilityGround,
    /// What is held against whom; `null` for the unit.
    pub summary: Option<LongText>,
    /// When it was opened.
    pub opened_at: Instant,
    /// Code of the authority that opened it.
    pub authority: Option<String>,
}

/// A hazard on the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hazard {
    /// Its id.
    pub id: HazardId,
    /// Its number.
    pub number: HazardNumber,
    /// How many events it has.
    pub version: i64,
    /// Where it stands.
    pub status: State,
    /// Where the report came from. Never for the unit.
    pub source: Source,
    /// The day it was found.
    pub found_on: Day,
    /// Rank of the authority that found it; judged at confirmation.
    pub found_level: Option<Level>,
    /// The unit.
    pub enterprise_id: EnterpriseId,
    /// The unit's code.
    pub uscc: Uscc,
    /// The industry.
    pub industry: IndustryCode,
    /// Where it lies.
    pub area: AreaCode,
    /// Where exactly.
    pub address: Title,
    /// On the map.
    pub location: Option<Location>,
    /// In a line.
    pub title: Title,
    /// In full.
    pub description: LongText,
    /// Present state and cause.
    pub cause: Option<LongText>,
    /// What harm it can do.
    pub harm: Option<LongText>,
    /// How hard it is to treat.
    pub difficulty: Option<LongText>,
    /// How people are kept safe meanwhile.
    pub interim_measures: Option<LongText>,
    /// Clauses it is judged under.
    pub criteria: Vec<String>,
    /// Campaigns it belongs to.
    pub campaigns: Vec<Campaign>,
    /// Evidence of the report. Never for the unit.
    pub attachments: Vec<AttachmentId>,
    /// The order in force.
    pub supervision: Option<Supervision>,
    /// The plan.
    pub plan: Option<Plan>,
    /// The completion under review.
    pub completion: Option<Completion>,
    /// The last review.
    pub review: Option<Review>,
    /// The sign-off.
    pub sign_off: Option<SignOff>,
    /// The undecided request for more time.
    pub extension_request: Option<ExtensionRequest>,
    /// Whether the unit produces.
    pub production: Production,
    /// The stop in force.
    pub suspension: Option<Suspension>,
    /// Why it was dismissed.
    pub dismissal: Option<Dismissal>,
    /// The rung of the ladder it stands on.
    #[serde(default)]
    pub escalation: Escalation,
    /// When it climbed there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalated_at: Option<Instant>,
    /// Penalties, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub penalties: Vec<Penalty>,
    /// The inquiry into who is to blame, where one was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accountability: Option<Accountability>,
    /// Code of the authority that it was transferred to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transferred_to: Option<String>,
    /// How often it was opened again.
    pub reopened: u32,
    /// The earlier hazard that came back.
    pub recurrence_of: Option<HazardId>,
    /// The hazard it was merged into.
    pub merged_into: Option<HazardId>,
    /// When it was put on record.
    pub reported_at: Instant,
    /// Subject of the token that reported it. Never shown.
    pub reported_by: String,
    /// When somebody last changed it.
    pub updated_at: Instant,
    /// When it was signed off.
    pub closed_at: Option<Instant>,
    /// The ledger of its clocks.
    pub clocks: Vec<LedgerEntry>,
    /// How corrected calendars moved its deadlines, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<Correction>,
}

/// Deadlines that moved because another calendar came into force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// The event that says so.
    pub version: i64,
    /// When.
    pub at: Instant,
    /// Version of the policy before; nothing where nobody kept it.
    pub policy_before: Option<String>,
    /// Version of the policy since.
    pub policy: String,
    /// Every clock whose end moved.
    pub moves: Vec<Move>,
}

impl Hazard {
    /// Code of the authority in charge: that of the order, or that which it was transferred to before one.
    pub fn authority(&self) -> Option<&str> {
        match &self.supervision {
            Some(order) => order.authority.as_deref(),
            None => self.transferred_to.as_deref(),
        }
    }

    /// What the law needs to know of it, under a policy, as far as it says so itself: where its evidence stands is
    /// [`Found::facts`](super::found::Found::facts) to tell.
    pub fn facts(&self, policy: &Policy) -> HazardFacts {
        HazardFacts {
            state: self.status,
            source: self.source,
            found_on: self.found_on,
            found_level: self.found_level,
            area: self.area.clone(),
            industry: self.industry.clone(),
            unit: self.uscc.clone(),
            supervision: self.supervision.as_ref().map(|order| SupervisionFacts {
                kind: order.kind,
                level: order.level,
                plan_due_on: order.plan_due_on,
                due_on: order.due_on,
                extensions: order.extensions,
            }),
            production: self.production,
            pending_extension: self.extension_request.as_ref().map(|request| request.due_on),
            reported_by: self.reported_by.clone(),
            reviewed_by: self.review.iter().map(|review| review.recorded_by.clone()).collect(),
            reviewers: self
                .review
                .iter()
                .flat_map(|review| &review.reviewers)
                .map(|reviewer| ReviewerFacts {
                    name: reviewer.name.to_string(),
                    certificate_number: reviewer.certificate_number.to_string(),
                })
                .collect(),
            completed_on: self.completion.as_ref().map(|completion| completion.completed_on),
            escalation: self.escalation,
            accountable: self.accountability.is_some(),
            evidence_outstanding: false,
            running: deadlines::running(&self.clocks),
            next_due_on: deadlines::next_due_on(&self.clocks, policy.calendar()),
            updated_at: self.updated_at,
        }
    }
}
