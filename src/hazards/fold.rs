//! A hazard as the fold of its events.
//!
//! The row on the ledger is this fold, written at each event; a hazard at an earlier moment is the same fold over fewer
//! events. The fold decides nothing: what an event says has happened.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bodies::{ActionBody, AmendBody, ReportBody};
use super::model::{
    Accountability, Completion, Correction, Dismissal, Evaluation, ExtensionRequest, Hazard, Penalty, Plan, Review,
    Reviewer, SignOff, Supervision, Suspension,
};
use crate::journal::{Actor, Draft, Event};
use crate::law::deadlines::moves::Move;
use crate::law::deadlines::{ClockStep, LedgerEntry};
use crate::law::lifecycle::{Action, Escalation, OrderKind, Production, State, SuspensionScope};
use crate::store::StoreError;
use crate::values::{Day, HazardId, HazardNumber, IndustryCode, Instant, Uscc, Vocabulary};

/// Name of the event that a PATCH leaves; it is not an action of the lifecycle.
pub const AMEND: &str = "amend";

/// Name of the event that a corrected calendar leaves where it moves a deadline; it is no action of anybody.
pub const CORRECT: &str = "correct_deadlines";

/// What a corrected calendar moved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CorrectBody {
    /// Version of the policy before; nothing where nobody kept it.
    pub policy_before: Option<String>,
    /// Every clock whose end moved.
    pub moves: Vec<Move>,
}

/// What the payload of a hazard's event holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Payload {
    /// The body of the call.
    pub body: Value,
    /// What the event did to the clocks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<ClockStep>,
    /// Version of the policy that the clocks run under.
    pub policy: String,
    /// What the service added to a report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<Record>,
}

/// What a report gets when it is put on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its id.
    pub id: HazardId,
    /// Its number.
    pub number: HazardNumber,
    /// The unit's code.
    pub uscc: Uscc,
    /// The industry, the unit's when the report named none.
    pub industry: IndustryCode,
}

/// The members of an event that the fold reads, whether it is on record already or about to be.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    version: i64,
    action: &'a str,
    to: Option<&'a str>,
    at: Instant,
    actor: &'a Actor,
    payload: &'a Value,
}

impl<'a> From<&'a Event> for Entry<'a> {
    fn from(event: &'a Event) -> Self {
        Self {
            version: event.version,
            action: &event.action,
            to: event.to.as_deref(),
            at: event.at,
            actor: &event.actor,
            payload: &event.payload,
        }
    }
}

impl<'a> From<&'a Draft> for Entry<'a> {
    fn from(draft: &'a Draft) -> Self {
        Self {
            version: draft.version,
            action: draft.action,
            to: draft.to,
            at: draft.at,
            actor: &draft.actor,
            payload: &draft.payload,
        }
    }
}

/// The hazard after all of `events`, which are its whole history or the beginning of it; nothing when there are none.
///
/// # Errors
/// When an event is not one that this program wrote.
pub fn fold<'a>(events: impl IntoIterator<Item = Entry<'a>>) -> Result<Option<Hazard>, StoreError> {
    events
        .into_iter()
        .try_fold(None, |hazard, entry| apply(hazard, entry).map(Some))
}

/// The hazard after one more event; `hazard` is nothing before the first.
///
/// # Errors
/// As [`fold`].
pub fn apply(hazard: Option<Hazard>, entry: Entry<'_>) -> Result<Hazard, StoreError> {
    let corrupt = |what: &dyn std::fmt::Display| {
        StoreError::Corrupt(format!(
            "event {} (`{}`) cannot be folded: {what}",
            entry.version, entry.action
        ))
    };
    let payload = Payload::deserialize(entry.payload).map_err(|error| corrupt(&error))?;
    let status = entry
        .to
        .and_then(State::from_code)
        .ok_or_else(|| corrupt(&"it has no status"))?;
    let mut hazard = match (hazard, entry.action) {
        (None, "report") => {
            let body = ReportBody::deserialize(&payload.body).map_err(|error| corrupt(&error))?;
            let record = payload.record.clone().ok_or_else(|| corrupt(&"it has no number"))?;
            reported(body, record, &entry)
        }
        (Some(mut hazard), AMEND) => {
            let body = AmendBody::deserialize(&payload.body).map_err(|error| corrupt(&error))?;
            amend(&mut hazard, body);
            hazard
        }
        (Some(mut hazard), CORRECT) => {
            let body = CorrectBody::deserialize(&payload.body).map_err(|error| corrupt(&error))?;
            hazard.corrections.push(Correction {
                version: entry.version,
                at: entry.at,
                policy_before: body.policy_before,
                policy: payload.policy.clone(),
                moves: body.moves,
            });
            hazard
        }
        (Some(mut hazard), action) => {
            let action = Action::from_code(action).ok_or_else(|| corrupt(&"the action is unknown"))?;
            let body = ActionBody::recall(action, payload.body.clone()).map_err(|error| corrupt(&error))?;
            advance(&mut hazard, body, &entry);
            hazard
        }
        (None, _) => return Err(corrupt(&"the history does not begin with a report")),
    };
    hazard.version = entry.version;
    hazard.status = status;
    if entry.action != CORRECT {
        // A hazard that stands still must not look as though somebody had seen to it.
        hazard.updated_at = entry.at;
    }
    let action = Action::from_code(entry.action);
    for step in payload.clocks {
        let action = action.ok_or_else(|| corrupt(&"only an action moves a clock"))?;
        hazard.clocks.push(LedgerEntry {
            step,
            at: entry.at,
            action,
            version: entry.version,
            policy: payload.policy.clone(),
        });
    }
    Ok(hazard)
}

fn reported(body: ReportBody, record: Record, entry: &Entry<'_>) -> Hazard {
    Hazard {
        id: record.id,
        number: record.number,
        version: entry.version,
        status: State::Reported,
        source: body.source,
        found_on: body.found_on,
        found_level: None,
        enterprise_id: body.enterprise,
        uscc: record.uscc,
        industry: record.industry,
        area: body.area,
        address: body.address,
        location: body.location,
        title: body.title,
        description: body.description,
        cause: None,
        harm: None,
        difficulty: None,
        interim_measures: body.interim_measures,
        criteria: body.criteria.iter().map(ToString::to_string).collect(),
        campaigns: body.campaigns.into_vec(),
        attachments: body.attachments.into_vec(),
        supervision: None,
        plan: None,
        completion: None,
        review: None,
        sign_off: None,
        extension_request: None,
        production: Production::Running,
        suspension: None,
        dismissal: None,
        escalation: Escalation::None,
        escalated_at: None,
        penalties: Vec::new(),
        accountability: None,
        transferred_to: None,
        reopened: 0,
        recurrence_of: body.recurrence_of,
        merged_into: None,
        reported_at: entry.at,
        reported_by: entry.actor.subject.clone(),
        updated_at: entry.at,
        closed_at: None,
        clocks: Vec::new(),
        corrections: Vec::new(),
    }
}

fn amend(hazard: &mut Hazard, body: AmendBody) {
    if let Some(title) = body.title {
        hazard.title = title;
    }
    if let Some(description) = body.description {
        hazard.description = description;
    }
    if let Some(address) = body.address {
        hazard.address = address;
    }
    body.location.change(&mut hazard.location);
    body.interim_measures.change(&mut hazard.interim_measures);
    if let Some(criteria) = body.criteria {
        hazard.criteria = criteria.iter().map(ToString::to_string).collect();
    }
    if let Some(campaigns) = body.campaigns {
        hazard.campaigns = campaigns.into_vec();
    }
}

#[expect(clippy::too_many_lines, reason = "one arm per action; each is short")]
fn advance(hazard: &mut Hazard, body: ActionBody, entry: &Entry<'_>) {
    match body {
        ActionBody::Confirm(body) => {
            hazard.criteria = body.criteria.iter().map(ToString::to_string).collect();
            hazard.found_level = Some(body.found_level);
            hazard.cause = Some(body.cause);
            hazard.harm = Some(body.harm);
            hazard.difficulty = Some(body.difficulty);
            hazard.interim_measures = Some(body.interim_measures);
            if let Some(campaigns) = body.campaigns {
                hazard.campaigns = campaigns.into_vec();
            }
        }
        ActionBody::Dismiss(body) => {
            hazard.dismissal = Some(Dismissal {
                reason: body.reason,
                comment: body.comment,
                dismissed_at: entry.at,
            });
        }
        ActionBody::Merge(body) => hazard.merged_into = Some(body.into),
        ActionBody::Order(body) => {
            hazard.supervision = Some(Supervision {
                kind: body.kind,
                level: body.level,
                order_number: body.order_number,
                requirements: body.requirements,
                authority: entry.actor.organization.clone(),
                issued_at: entry.at,
                plan_due_on: body.plan_due_on,
                due_on: body.due_on,
                original_due_on: body.due_on,
                extensions: 0,
            });
        }
        ActionBody::UpgradeOrder(body) => {
            if let Some(order) = &mut hazard.supervision {
                order.kind = OrderKind::Listed;
                order.level = body.level;
                order.order_number = body.order_number;
                order.authority.clone_from(&entry.actor.organization);
            }
        }
        ActionBody::SubmitPlan(body) => {
            hazard.plan = Some(Plan {
                goals: body.goals,
                measures: body.measures,
                funding_cny: body.funding_cny,
                responsible_person: body.responsible_person,
                responsible_organization: body.responsible_organization,
                due_on: body.due_on,
                safety_measures: body.safety_measures,
                emergency_plan: body.emergency_plan,
                submitted_at: entry.at,
                approved_at: None,
            });
        }
        ActionBody::ReturnPlan(body) => {
            hazard.plan = None;
            if let Some(order) = &mut hazard.supervision {
                order.plan_due_on = body.plan_due_on;
            }
        }
        ActionBody::ApprovePlan(_) => {
            if let Some(plan) = &mut hazard.plan {
                plan.approved_at = Some(entry.at);
            }
        }
        ActionBody::RequestExtension(body) => {
            hazard.extension_request = Some(ExtensionRequest {
                due_on: body.due_on,
                reason: body.reason,
                interim_measures: body.interim_measures,
                requested_at: entry.at,
            });
        }
        ActionBody::DecideExtension(body) => {
            hazard.extension_request = None;
            if let (true, Some(due_on), Some(order)) = (body.approved, body.due_on, &mut hazard.supervision) {
                order.due_on = due_on;
                order.extensions += 1;
            }
        }
        ActionBody::SuspendProduction(body) => {
            hazard.production = match body.scope {
                SuspensionScope::Partial => Production::PartiallySuspended,
                SuspensionScope::Full => Production::Suspended,
            };
            hazard.suspension = Some(Suspension {
                scope: body.scope,
                decision_number: body.decision_number,
                reason: body.reason,
                since: entry.at,
            });
        }
        ActionBody::ResumeProduction(_) => resume(hazard),
        ActionBody::SubmitCompletion(body) => {
            hazard.extension_request = None;
            hazard.review = None;
            hazard.completion = Some(Completion {
                summary: body.summary,
                completed_on: body.completed_on,
                spent_cny: body.spent_cny,
                attachments: body.attachments.into_vec(),
                evaluation: body.evaluation.map(|evaluation| Evaluation {
                    by: evaluation.by,
                    organization: evaluation.organization,
                    conclusion: evaluation.conclusion,
                    attachment: evaluation.attachment,
                }),
                submitted_at: entry.at,
            });
        }
        ActionBody::Review(body) => {
            if !body.passed {
                hazard.completion = None;
                move_deadline(hazard, body.due_on);
            }
            hazard.review = Some(Review {
                passed: body.passed,
                reviewed_on: body.reviewed_on,
                reviewers: body
                    .reviewers
                    .into_vec()
                    .into_iter()
                    .map(|reviewer| Reviewer {
                        name: reviewer.name,
                        certificate_number: reviewer.certificate_number,
                    })
                    .collect(),
                findings: body.findings,
                attachments: body.attachments.into_vec(),
                recorded_at: entry.at,
                recorded_by: entry.actor.subject.clone(),
                recorded_by_name: entry.actor.name.clone(),
            });
        }
        ActionBody::SignOff(body) => {
            hazard.closed_at = Some(entry.at);
            hazard.sign_off = Some(SignOff {
                comment: body.comment,
                signed_by: entry.actor.subject.clone(),
                signed_by_name: entry.actor.name.clone(),
                authority: entry.actor.organization.clone(),
                level: entry.actor.level,
                signed_at: entry.at,
            });
            resume(hazard);
        }
        ActionBody::RejectSignOff(body) => {
            hazard.completion = None;
            hazard.review = None;
            move_deadline(hazard, Some(body.due_on));
        }
        ActionBody::Reopen(body) => {
            hazard.plan = None;
            hazard.completion = None;
            hazard.review = None;
            hazard.sign_off = None;
            hazard.closed_at = None;
            hazard.reopened += 1;
            if let Some(order) = &mut hazard.supervision {
                order.plan_due_on = body.plan_due_on;
                order.due_on = body.due_on;
                order.original_due_on = body.due_on;
                order.extensions = 0;
            }
        }
        ActionBody::Escalate(body) => {
            hazard.escalation = body.kind.into();
            hazard.escalated_at = Some(entry.at);
        }
        ActionBody::Penalize(body) => hazard.penalties.push(Penalty {
            kind: body.kind,
            decision_number: body.decision_number,
            decided_on: body.decided_on,
            unit_amount_cny: body.unit_amount_cny,
            person: body.person,
            person_amount_cny: body.person_amount_cny,
            recorded_at: entry.at,
        }),
        ActionBody::OpenAccountability(body) => {
            hazard.accountability = Some(Accountability {
                ground: body.ground,
                summary: Some(body.summary),
                opened_at: entry.at,
                authority: entry.actor.organization.clone(),
            });
        }
        ActionBody::Transfer(body) => {
            let authority = Some(body.authority.to_string());
            if let Some(order) = &mut hazard.supervision {
                order.authority.clone_from(&authority);
            }
            hazard.transferred_to = authority;
        }
        ActionBody::Remark(_) => {}
    }
}

fn resume(hazard: &mut Hazard) {
    hazard.production = Production::Running;
    hazard.suspension = None;
}

fn move_deadline(hazard: &mut Hazard, due_on: Option<Day>) {
    if let (Some(due_on), Some(order)) = (due_on, &mut hazard.supervision) {
        order.due_on = due_on;
    }
}
