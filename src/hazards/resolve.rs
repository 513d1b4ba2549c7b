//! What the law must know of the things that a body names: clauses, evidence, another hazard.

use super::bodies::{ActionBody, ReportBody};
use super::model::Hazard;
use super::store::{self, Reference};
use crate::attachments::{self, SlotState};
use crate::authorities::{self, AuthorityCode};
use crate::law::facts::{AuthorityFacts, BodyFacts, EvidenceFacts, MergeFacts, PenaltyFacts, ReviewerFacts};
use crate::law::lifecycle::{OrderKind, PenaltyKind};
use crate::law::scope::Caller;
use crate::standards;
use crate::store::{Connection, StoreError};
use crate::values::{AttachmentId, HazardId, Title};

/// The facts of an action's body.
///
/// # Errors
/// The failures of the store.
pub fn action_facts(
    connection: &mut Connection,
    caller: &Caller,
    hazard: &Hazard,
    body: &ActionBody,
) -> Result<BodyFacts, StoreError> {
    let mut facts = BodyFacts::default();
    match body {
        ActionBody::Confirm(body) => {
            facts.criteria = standards::criteria_facts(connection, &codes(&body.criteria), hazard.found_on)?;
            facts.found_level = Some(body.found_level);
        }
        ActionBody::Merge(body) => facts.merge_into = Some(merge_facts(connection, caller, hazard, body.into)?),
        ActionBody::Order(body) => {
            facts.order_kind = Some(body.kind);
            facts.level = Some(body.level);
            facts.plan_due_on = Some(body.plan_due_on);
            facts.due_on = Some(body.due_on);
        }
        ActionBody::UpgradeOrder(body) => {
            facts.order_kind = Some(OrderKind::Listed);
            facts.level = Some(body.level);
        }
        ActionBody::SubmitPlan(body) => facts.due_on = Some(body.due_on),
        ActionBody::ReturnPlan(body) => facts.plan_due_on = Some(body.plan_due_on),
        ActionBody::RequestExtension(body) => facts.due_on = Some(body.due_on),
        ActionBody::DecideExtension(body) => {
            facts.approved = Some(body.approved);
            facts.due_on = body.due_on;
        }
        ActionBody::SuspendProduction(body) => facts.suspension = Some(body.scope),
        ActionBody::SubmitCompletion(body) => {
            facts.completed_on = Some(body.completed_on);
            facts.attachments = evidence_facts(connection, caller, &body.attachments)?;
            if let Some(evaluation) = &body.evaluation {
                facts.evaluation = evidence_facts(connection, caller, &[evaluation.attachment])?.pop();
            }
        }
        ActionBody::Review(body) => {
            facts.passed = Some(body.passed);
            facts.reviewed_on = Some(body.reviewed_on);
            facts.due_on = body.due_on;
            facts.attachments = evidence_facts(connection, caller, &body.attachments)?;
            facts.reviewers = body
                .reviewers
                .iter()
                .map(|reviewer| ReviewerFacts {
                    name: reviewer.name.to_string(),
                    certificate_number: reviewer.certificate_number.to_string(),
                })
                .collect();
        }
        ActionBody::RejectSignOff(body) => facts.due_on = Some(body.due_on),
        ActionBody::Reopen(body) => {
            facts.plan_due_on = Some(body.plan_due_on);
            facts.due_on = Some(body.due_on);
        }
        ActionBody::Escalate(body) => {
            facts.rung = Some(body.kind);
            facts.skip_reasoned = body.skip_reason.is_some();
        }
        ActionBody::Penalize(body) => {
            facts.decided_on = Some(body.decided_on);
            facts.penalty = Some(PenaltyFacts {
                is_fine: body.kind == PenaltyKind::Fine,
                unit_amount: body.unit_amount_cny.is_some(),
                person_amount: body.person_amount_cny.is_some(),
                person: body.person.is_some(),
            });
        }
        ActionBody::Transfer(body) => facts.authority = Some(authority_facts(connection, hazard, &body.authority)?),
        ActionBody::Dismiss(_)
        | ActionBody::ApprovePlan(_)
        | ActionBody::ResumeProduction(_)
        | ActionBody::SignOff(_)
        | ActionBody::OpenAccountability(_)
        | ActionBody::Remark(_) => {}
    }
    Ok(facts)
}

/// The facts of a report's body.
///
/// # Errors
/// The failures of the store.
pub fn report_facts(connection: &mut Connection, caller: &Caller, body: &ReportBody) -> Result<BodyFacts, StoreError> {
    Ok(BodyFacts {
        source: Some(body.source),
        found_on: Some(body.found_on),
        criteria: standards::criteria_facts(connection, &codes(&body.criteria), body.found_on)?,
        attachments: evidence_facts(connection, caller, &body.attachments)?,
        ..BodyFacts::default()
    })
}

/// Records which evidence the action cites, which is what makes it readable to those who may see the hazard.
///
/// # Errors
/// The failures of the store.
pub fn cite_action(connection: &mut Connection, hazard: HazardId, body: &ActionBody) -> Result<(), StoreError> {
    let cite = |connection: &mut Connection, stage: &'static str, ids: &[AttachmentId]| {
        attachments::cite(connection, hazard, stage, ids)
    };
    match body {
        ActionBody::SubmitCompletion(body) => {
            cite(connection, "completion", &body.attachments)?;
            if let Some(evaluation) = &body.evaluation {
                cite(connection, "evaluation", &[evaluation.attachment])?;
            }
            Ok(())
        }
        ActionBody::Review(body) => cite(connection, "review", &body.attachments),
        ActionBody::Confirm(_)
        | ActionBody::Dismiss(_)
        | ActionBody::Merge(_)
        | ActionBody::Order(_)
        | ActionBody::UpgradeOrder(_)
        | ActionBody::SubmitPlan(_)
        | ActionBody::ReturnPlan(_)
        | ActionBody::ApprovePlan(_)
        | ActionBody::RequestExtension(_)
        | ActionBody::DecideExtension(_)
        | ActionBody::SuspendProduction(_)
        | ActionBody::ResumeProduction(_)
        | ActionBody::SignOff(_)
        | ActionBody::RejectSignOff(_)
        | ActionBody::Reopen(_)
        | ActionBody::Escalate(_)
        | ActionBody::Penalize(_)
        | ActionBody::OpenAccountability(_)
        | ActionBody::Transfer(_)
        | ActionBody::Remark(_) => Ok(()),
    }
}

fn evidence_facts(
    connection: &mut Connection,
    caller: &Caller,
    ids: &[AttachmentId],
) -> Result<Vec<EvidenceFacts>, StoreError> {
    let standing = attachments::standing(connection, caller, ids)?;
    let facts = standing.into_iter().map(|state| match state {
        None => EvidenceFacts::Unknown,
        Some(SlotState::Declared | SlotState::Partial | SlotState::Stored) => EvidenceFacts::Outstanding,
        Some(SlotState::Verified) => EvidenceFacts::Verified,
    });
    Ok(facts.collect())
}

fn merge_facts(
    connection: &mut Connection,
    caller: &Caller,
    hazard: &Hazard,
    into: HazardId,
) -> Result<MergeFacts, StoreError> {
    let target = store::find(connection, Reference::Id(into))?.filter(|found| {
        caller
            .ledger_scope()
            .is_some_and(|scope| scope.covers(&found.hazard.area, &found.hazard.industry, &found.hazard.uscc))
    });
    Ok(MergeFacts {
        known: target.is_some(),
        same_hazard: into == hazard.id,
        open: target.as_ref().is_some_and(|found| found.hazard.status.is_open()),
        same_unit: target.is_some_and(|found| found.hazard.enterprise_id == hazard.enterprise_id),
        would_chain: store::has_merged(connection, hazard.id)?,
    })
}

fn authority_facts(connection: &mut Connection, hazard: &Hazard, code: &Title) -> Result<AuthorityFacts, StoreError> {
    let authority = match code.as_str().parse::<AuthorityCode>() {
        Ok(code) => authorities::find(connection, &code)?,
        Err(_) => None,
    };
    Ok(AuthorityFacts {
        known: authority.is_some(),
        competent: authority
            .as_ref()
            .is_some_and(|authority| authority.covers(&hazard.area, &hazard.industry)),
        level: authority.map(|authority| authority.level),
        in_charge: hazard.authority() == Some(code.as_str()),
    })
}

fn codes(criteria: &[Title]) -> Vec<String> {
    criteria.iter().map(ToString::to_string).collect()
}
