//! What a unit is told when something happens to one of its hazards, and of what it is reminded.

use serde_json::{Map, Value, json};

use super::act::Writing;
use super::bodies::ActionBody;
use super::model::Hazard;
use super::samples;
use crate::enterprises::{self, Enterprise, Person};
use crate::journal::{Actor, Draft};
use crate::law::lifecycle::{Action, ClockKind, NoticeKind, OrderKind, TABLE};
use crate::law::reminders::Reminder;
use crate::notices::{self, Matter, Recipient, Serving, TemplateFault, check_templates};
use crate::store::{Connection, StoreError};
use crate::values::{Day, Instant, Name, Vocabulary};

/// Serves the notice that an action calls for; the events are for the caller to put on record.
///
/// # Errors
/// The failures of the store.
pub fn of_action(
    connection: &mut Connection,
    writing: &Writing,
    kind: NoticeKind,
    after: &Hazard,
    body: &ActionBody,
) -> Result<Vec<Draft>, StoreError> {
    let due_on = after.supervision.as_ref().map(|order| order.due_on);
    let unit = unit(connection, after)?;
    let serving = Serving {
        matter: matter(after, &unit),
        kind,
        cause: format!("event:{}", after.version),
        persons: persons(&unit),
        facts: facts(body, due_on),
        now: writing.now,
        actor: Actor::from(&writing.caller),
        seed: writing.salt,
    };
    notices::serve(connection, &serving)
}

/// Serves a reminder; the events are for the caller to put on record.
///
/// # Errors
/// The failures of the store.
pub fn of_reminder(
    connection: &mut Connection,
    hazard: &Hazard,
    reminder: &Reminder,
    now: Instant,
    seed: [u8; 16],
) -> Result<Vec<Draft>, StoreError> {
    let unit = unit(connection, hazard)?;
    let serving = Serving {
        matter: matter(hazard, &unit),
        kind: reminder.kind,
        cause: reminder.cause(),
        persons: persons(&unit),
        facts: facts_of_reminder(reminder, now.day()),
        now,
        actor: Actor::service(),
        seed,
    };
    notices::serve(connection, &serving)
}

/// Fills every template in with the example of its action.
///
/// # Errors
/// The first that cannot be filled in.
pub fn check(today: Day) -> Result<(), TemplateFault> {
    check_templates(
        |kind| {
            let action = TABLE.iter().find(|row| row.notice == Some(kind)).map(|row| row.action);
            match action {
                Some(action) => example(action, today),
                None => facts_of_reminder(
                    &Reminder {
                        kind,
                        clock: ClockKind::Rectify,
                        due_on: today,
                        days: 1,
                        on: today,
                    },
                    today,
                ),
            }
        },
        today,
    )
}

fn example(action: Action, today: Day) -> Map<String, Value> {
    ActionBody::read(action, samples::action(action)).map_or_else(|_| Map::new(), |body| facts(&body, Some(today)))
}

fn unit(connection: &mut Connection, hazard: &Hazard) -> Result<Enterprise, StoreError> {
    enterprises::find(connection, hazard.enterprise_id)?
        .ok_or_else(|| StoreError::Corrupt(format!("the unit of hazard {} is not on record", hazard.id)))
}

fn matter(hazard: &Hazard, unit: &Enterprise) -> Matter {
    Matter {
        hazard: hazard.id,
        number: hazard.number,
        title: hazard.title.to_string(),
        enterprise: unit.id,
        uscc: hazard.uscc.clone(),
        unit: unit.name.to_string(),
        area: hazard.area.clone(),
        industry: hazard.industry.clone(),
    }
}

/// A unit without an actual controller on record has its principal alone to be told.
fn persons(unit: &Enterprise) -> Vec<(Recipient, Name, Option<String>)> {
    let told = |recipient, person: &Person| {
        let phone = person.phone.as_ref().map(ToString::to_string);
        (recipient, person.name.clone(), phone)
    };
    let controller = unit.controller.as_ref();
    std::iter::once(told(Recipient::Principal, &unit.principal))
        .chain(controller.map(|person| told(Recipient::Controller, person)))
        .collect()
}

/// The days are those on the day of serving: a reminder that comes late must not tell the unit a wrong number.
fn facts_of_reminder(reminder: &Reminder, today: Day) -> Map<String, Value> {
    object(json!({
        "clock": reminder.clock.label().zh,
        "due_on": reminder.due_on,
        "days": reminder.due_on.days_since(today).abs(),
    }))
}

/// What a template may say of an action. `due_on` is until when the hazard must be gone after it.
fn facts(body: &ActionBody, due_on: Option<Day>) -> Map<String, Value> {
    object(match body {
        ActionBody::Order(body) => json!({
            "order_kind": body.kind.label().zh,
            "level": body.level.label().zh,
            "order_number": body.order_number,
            "requirements": body.requirements,
            "plan_due_on": body.plan_due_on,
            "due_on": body.due_on,
        }),
        ActionBody::UpgradeOrder(body) => json!({
            "order_kind": OrderKind::Listed.label().zh,
            "level": body.level.label().zh,
            "order_number": body.order_number,
            "reason": body.reason,
            "due_on": due_on,
        }),
        ActionBody::ReturnPlan(body) => json!({"reason": body.reason, "plan_due_on": body.plan_due_on}),
        ActionBody::DecideExtension(body) => json!({
            "decision": if body.approved { "同意" } else { "不同意" },
            "comment": body.comment,
            "due_on": due_on,
        }),
        ActionBody::SuspendProduction(body) => json!({
            "scope": body.scope.label().zh,
            "decision_number": body.decision_number,
            "reason": body.reason,
        }),
        ActionBody::ResumeProduction(body) => {
            json!({"decision_number": body.decision_number, "reason": body.reason})
        }
        ActionBody::Review(body) => json!({"findings": body.findings, "due_on": due_on}),
        ActionBody::RejectSignOff(body) => json!({"reason": body.reason, "due_on": body.due_on}),
        ActionBody::Reopen(body) => {
            json!({"reason": body.reason, "plan_due_on": body.plan_due_on, "due_on": body.due_on})
        }
        ActionBody::Escalate(body) => json!({
            "rung": body.kind.label().zh,
            "document_number": body.document_number,
            "reason": body.reason,
        }),
        ActionBody::Confirm(_)
        | ActionBody::Dismiss(_)
        | ActionBody::Merge(_)
        | ActionBody::SubmitPlan(_)
        | ActionBody::ApprovePlan(_)
        | ActionBody::RequestExtension(_)
        | ActionBody::SubmitCompletion(_)
        | ActionBody::SignOff(_)
        | ActionBody::Penalize(_)
        | ActionBody::OpenAccountability(_)
        | ActionBody::Transfer(_)
        | ActionBody::Remark(_) => Value::Null,
    })
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_says_what_its_action_gives_it() {
        check("2026-11-23".parse().unwrap()).unwrap();
    }
}
