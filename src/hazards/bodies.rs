//! What the call of each action holds: one type per action, whose members are those of the table in the contract.
//!
//! A body is read by its own type, so every fault is found at once; it is kept in the payload of its event; and what
//! the action `requires` is read from its schema. To add one: the type, its line in [`action_bodies!`], and the
//! compiler names the rest.

mod pressing;

use deserr::Deserr;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::pressing::{EscalateBody, OpenAccountabilityBody, PenalizeBody, TransferBody};
use super::model::{Campaign, Location};
use crate::law::lifecycle::{Action, DismissalReason, EvaluatedBy, OrderKind, Source, SuspensionScope};
use crate::law::scope::Level;
use crate::values::{
    AreaCode, AttachmentId, Day, Distinct, EnterpriseId, Faults, HazardId, IndustryCode, LongText, Name, Patch, Title,
    Yuan,
};

/// Clauses that one hazard may cite.
pub type Criteria = Distinct<Title, 50>;
/// Campaigns that one hazard may belong to.
pub type Campaigns = Distinct<Campaign, 10>;
/// Evidence that one call may name.
pub type Evidence = Distinct<AttachmentId, 50>;

/// A report (`POST /v1/hazards`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct ReportBody {
    /// A UUIDv7 of the client's own, so that a repeat can be told.
    #[deserr(default)]
    pub id: Option<HazardId>,
    /// `self_report` for a unit, `inspection` for an inspector, `public_tip` for a tip officer.
    pub source: Source,
    /// The unit.
    pub enterprise: EnterpriseId,
    /// In a line.
    pub title: Title,
    /// In full.
    pub description: LongText,
    /// Where it lies.
    pub area: AreaCode,
    /// Where exactly.
    pub address: Title,
    /// The day it was found, not in the future.
    pub found_on: Day,
    /// The unit's industry when absent.
    #[deserr(default)]
    pub industry: Option<IndustryCode>,
    /// On the map.
    #[deserr(default)]
    pub location: Option<Location>,
    /// Clauses that the reporter holds broken; judged at confirmation.
    #[deserr(default)]
    #[serde(default)]
    #[schema(required = false, value_type = Vec<String>)]
    pub criteria: Criteria,
    /// Campaigns it belongs to.
    #[deserr(default)]
    #[serde(default)]
    #[schema(required = false, value_type = Vec<Campaign>)]
    pub campaigns: Campaigns,
    /// How people are kept safe meanwhile.
    #[deserr(default)]
    pub interim_measures: Option<LongText>,
    /// Evidence.
    #[deserr(default)]
    #[serde(default)]
    #[schema(required = false, value_type = Vec<AttachmentId>)]
    pub attachments: Evidence,
    /// An earlier hazard of the same unit that came back.
    #[deserr(default)]
    pub recurrence_of: Option<HazardId>,
}

/// `confirm`: judged a major hazard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct ConfirmBody {
    /// One or more clauses in force on the day the hazard was found.
    #[schema(value_type = Vec<String>)]
    pub criteria: Criteria,
    /// Rank of the authority that found it.
    pub found_level: Level,
    /// Present state and cause.
    pub cause: LongText,
    /// What harm it can do.
    pub harm: LongText,
    /// How hard it is to treat.
    pub difficulty: LongText,
    /// How people are kept safe meanwhile.
    pub interim_measures: LongText,
    /// Campaigns it belongs to; those of the report when absent.
    #[schema(value_type = Option<Vec<Campaign>>)]
    #[deserr(default)]
    pub campaigns: Option<Campaigns>,
}

/// `dismiss`: does not enter the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct DismissBody {
    /// The ground.
    pub reason: DismissalReason,
    /// In words.
    pub comment: LongText,
}

/// `merge`: the same hazard as another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct MergeBody {
    /// Another open hazard of the same unit.
    pub into: HazardId,
}

/// `order`: a supervision order is served.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct OrderBody {
    /// `ordinary`, or `listed` (挂牌督办); a find at municipal level or above must be listed.
    pub kind: OrderKind,
    /// Rank of the authority that supervises; the caller's must reach it.
    pub level: Level,
    /// Number of the order.
    pub order_number: Title,
    /// What the order demands.
    pub requirements: LongText,
    /// Until when the plan is owed.
    pub plan_due_on: Day,
    /// Until when the hazard must be gone.
    pub due_on: Day,
}

/// `upgrade_order`: an ordinary order becomes listed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct UpgradeOrderBody {
    /// Rank of the authority that now supervises.
    pub level: Level,
    /// Number of the listed order.
    pub order_number: Title,
    /// Why.
    pub reason: LongText,
}

/// `submit_plan`: the rectification plan, whole (article 15 of order 16).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct SubmitPlanBody {
    /// Goals and tasks.
    pub goals: LongText,
    /// Methods and measures.
    pub measures: LongText,
    /// Funds, in yuan.
    pub funding_cny: Yuan,
    /// The person in charge.
    pub responsible_person: Name,
    /// The body in charge.
    pub responsible_organization: Title,
    /// Until when the unit means to be done; not after the order's date.
    pub due_on: Day,
    /// How people are kept safe meanwhile.
    pub safety_measures: LongText,
    /// What is done when it goes wrong.
    pub emergency_plan: LongText,
}

/// `return_plan`: the plan is not good enough.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct ReturnPlanBody {
    /// Why.
    pub reason: LongText,
    /// Until when a better one is owed.
    pub plan_due_on: Day,
}

/// `approve_plan`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct ApprovePlanBody {
    /// In words.
    pub comment: LongText,
}

/// `request_extension`: the unit asks for more time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct RequestExtensionBody {
    /// The date asked for, later than the present one.
    pub due_on: Day,
    /// Why.
    pub reason: LongText,
    /// How people are kept safe meanwhile.
    pub interim_measures: LongText,
}

/// `decide_extension`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct DecideExtensionBody {
    /// Whether more time is given.
    pub approved: bool,
    /// The new date; required when approved.
    #[deserr(default)]
    pub due_on: Option<Day>,
    /// In words.
    pub comment: LongText,
}

/// `suspend_production`: a stop of work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct SuspendProductionBody {
    /// Part or all of the production.
    pub scope: SuspensionScope,
    /// Number of the decision.
    pub decision_number: Title,
    /// Why.
    pub reason: LongText,
}

/// `resume_production`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct ResumeProductionBody {
    /// Why.
    pub reason: LongText,
    /// Number of the decision.
    pub decision_number: Title,
}

/// The evaluation that listed supervision or a stop of work calls for (article 18 of order 16).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct EvaluationBody {
    /// The unit's own experts, or an agency.
    pub by: EvaluatedBy,
    /// Who evaluated.
    pub organization: Title,
    /// The finding.
    pub conclusion: LongText,
    /// The report.
    pub attachment: AttachmentId,
}

/// `submit_completion`: the unit says it is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct SubmitCompletionBody {
    /// What was done.
    pub summary: LongText,
    /// The day it was done.
    pub completed_on: Day,
    /// What it cost, in yuan.
    #[deserr(default)]
    pub spent_cny: Option<Yuan>,
    /// Evidence, one piece or more.
    #[schema(value_type = Vec<AttachmentId>)]
    pub attachments: Evidence,
    /// Required when the order is listed or production is suspended.
    #[deserr(default)]
    pub evaluation: Option<EvaluationBody>,
}

/// One of those who looked on site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct ReviewerBody {
    /// Name.
    pub name: Name,
    /// Number of the enforcement certificate.
    pub certificate_number: Name,
}

/// `review`: the on-site review (article 23 of order 16).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct ReviewBody {
    /// Whether the hazard is gone.
    pub passed: bool,
    /// The day on site.
    pub reviewed_on: Day,
    /// Two or more different people.
    #[schema(value_type = Vec<ReviewerBody>)]
    pub reviewers: Distinct<ReviewerBody, 20>,
    /// What they found.
    pub findings: LongText,
    /// Evidence.
    #[deserr(default)]
    #[serde(default)]
    #[schema(required = false, value_type = Vec<AttachmentId>)]
    pub attachments: Evidence,
    /// The new date; required when not passed.
    #[deserr(default)]
    pub due_on: Option<Day>,
}

/// `sign_off` (销号).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct SignOffBody {
    /// In words.
    pub comment: LongText,
}

/// `reject_sign_off`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct RejectSignOffBody {
    /// Why.
    pub reason: LongText,
    /// Until when the hazard must now be gone.
    pub due_on: Day,
}

/// `reopen`: it was not gone after all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct ReopenBody {
    /// Why.
    pub reason: LongText,
    /// Until when a new plan is owed.
    pub plan_due_on: Day,
    /// Until when the hazard must be gone.
    pub due_on: Day,
}

/// `remark`: internal, never for the unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct RemarkBody {
    /// In words.
    pub text: LongText,
}

/// `PATCH /v1/hazards/{id}`: a member that is absent stays as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct AmendBody {
    /// In a line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[deserr(default)]
    pub title: Option<Title>,
    /// In full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[deserr(default)]
    pub description: Option<LongText>,
    /// Where exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[deserr(default)]
    pub address: Option<Title>,
    /// On the map; `null` takes it away.
    #[deserr(default)]
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    #[schema(value_type = Option<Location>)]
    pub location: Patch<Location>,
    /// How people are kept safe meanwhile; `null` takes it away.
    #[deserr(default)]
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    #[schema(value_type = Option<LongText>)]
    pub interim_measures: Patch<LongText>,
    /// Clauses that the reporter holds broken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    #[deserr(default)]
    pub criteria: Option<Criteria>,
    /// Campaigns it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Campaign>>)]
    #[deserr(default)]
    pub campaigns: Option<Campaigns>,
}

/// A member of an action's body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Whether the body must hold it.
    pub required: bool,
}

/// Binds each action to its body. `report` is a call of its own.
macro_rules! action_bodies {
    ($($action:ident => $body:ident,)+) => {
        /// The body of an action, read and checked.
        #[derive(Debug, Clone, PartialEq)]
        #[expect(missing_docs, reason = "each variant is the body of the action of its name")]
        pub enum ActionBody {
            $($action($body),)+
        }

        impl ActionBody {
            /// Reads the body of `action`.
            ///
            /// # Errors
            /// Every fault of it.
            pub fn read(action: Action, json: serde_json::Value) -> Result<Self, Faults> {
                match action {
                    $(Action::$action => deserr::deserialize(json).map(Self::$action),)+
                    Action::Report => Err(not_an_action()),
                }
            }

            /// Reads the body of `action` from the payload of an event.
            ///
            /// # Errors
            /// When the payload is not one that this program wrote.
            pub fn recall(action: Action, json: serde_json::Value) -> Result<Self, serde_json::Error> {
                match action {
                    $(Action::$action => serde_json::from_value(json).map(Self::$action),)+
                    Action::Report => Err(serde::de::Error::custom("a report is not an action on a hazard")),
                }
            }

            /// The body as it stands in the payload of its event.
            ///
            /// # Errors
            /// When a number has no JSON form.
            pub fn payload(&self) -> Result<serde_json::Value, serde_json::Error> {
                match self {
                    $(Self::$action(body) => serde_json::to_value(body),)+
                }
            }
        }

        /// Name and schema of the body of `action`.
        pub fn schema(action: Action) -> (std::borrow::Cow<'static, str>, utoipa::openapi::RefOr<utoipa::openapi::Schema>) {
            use utoipa::PartialSchema;
            match action {
                $(Action::$action => ($body::name(), $body::schema()),)+
                Action::Report => (ReportBody::name(), ReportBody::schema()),
            }
        }
    };
}

action_bodies! {
    Confirm => ConfirmBody,
    Dismiss => DismissBody,
    Merge => MergeBody,
    Order => OrderBody,
    UpgradeOrder => UpgradeOrderBody,
    SubmitPlan => SubmitPlanBody,
    ReturnPlan => ReturnPlanBody,
    ApprovePlan => ApprovePlanBody,
    RequestExtension => RequestExtensionBody,
    DecideExtension => DecideExtensionBody,
    SuspendProduction => SuspendProductionBody,
    ResumeProduction => ResumeProductionBody,
    SubmitCompletion => SubmitCompletionBody,
    Review => ReviewBody,
    SignOff => SignOffBody,
    RejectSignOff => RejectSignOffBody,
    Reopen => ReopenBody,
    Escalate => EscalateBody,
    Penalize => PenalizeBody,
    OpenAccountability => OpenAccountabilityBody,
    Transfer => TransferBody,
    Remark => RemarkBody,
}

fn not_an_action() -> Faults {
    crate::values::Fault::new("", crate::values::FaultCode::NotAllowed).into()
}

/// Schemas that the bodies refer to.
pub fn body_schemas() -> Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)> {
    let mut schemas = Vec::new();
    ReportBody::schemas(&mut schemas);
    AmendBody::schemas(&mut schemas);
    ConfirmBody::schemas(&mut schemas);
    DismissBody::schemas(&mut schemas);
    OrderBody::schemas(&mut schemas);
    SubmitPlanBody::schemas(&mut schemas);
    SuspendProductionBody::schemas(&mut schemas);
    SubmitCompletionBody::schemas(&mut schemas);
    ReviewBody::schemas(&mut schemas);
    EscalateBody::schemas(&mut schemas);
    PenalizeBody::schemas(&mut schemas);
    OpenAccountabilityBody::schemas(&mut schemas);
    schemas
}

/// The members of the body of `action`, in the order of the contract.
pub fn members(action: Action) -> Vec<Member> {
    let (_, schema) = schema(action);
    members_of(schema)
}

/// The members of a body, read from its schema.
pub fn members_of(schema: utoipa::openapi::RefOr<utoipa::openapi::Schema>) -> Vec<Member> {
    use utoipa::openapi::{RefOr, Schema};
    match schema {
        RefOr::T(Schema::Object(object)) => object
            .properties
            .keys()
            .map(|name| Member {
                name: name.clone(),
                required: object.required.contains(name),
            })
            .collect(),
        RefOr::T(_) | RefOr::Ref(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::{FaultCode, Vocabulary};

    #[test]
    fn every_required_member_is_reported_missing_at_once() {
        for action in Action::ALL.iter().copied().filter(|action| *action != Action::Report) {
            let faults = ActionBody::read(action, serde_json::json!({})).unwrap_err();
            let mut missing: Vec<_> = faults
                .0
                .iter()
                .map(|fault| fault.pointer.trim_start_matches('/'))
                .collect();
            let all = members(action);
            let mut required: Vec<_> = all
                .iter()
                .filter(|member| member.required)
                .map(|member| member.name.as_str())
                .collect();
            missing.sort_unstable();
            required.sort_unstable();
            assert_eq!(missing, required, "{action}");
            assert!(faults.0.iter().all(|fault| fault.code == FaultCode::Missing));
        }
    }

    #[test]
    fn a_member_that_is_not_in_the_table_is_refused() {
        let faults = ActionBody::read(Action::SignOff, serde_json::json!({"comment": "好", "extra": 1})).unwrap_err();
        assert_eq!(faults.0[0].pointer, "/extra");
        assert_eq!(faults.0[0].code, FaultCode::UnknownField);
    }
}
