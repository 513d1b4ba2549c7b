//! What a message holds: an event as CloudEvents 1.0 in JSON, as far as the owner of the subscription may know of it.
//!
//! It is made when it is sent, from what is on record, and is nowhere kept. What it shows of a hazard is what
//! `GET /v1/hazards/{id}` and its events show the owner, as the hazard stood after the event. Of a notice it names neither a
//! person nor what was written, with one exception: a `system` that asks for `notice.created` by name reaches people, as an
//! SMS gateway does, and is given name, telephone number and text.

use serde::Serialize;
use serde_json::{Value, json};

use super::model::{Delivery, Subscription};
use super::types::NOTICE_CREATED;
use crate::hazards::{self, Entry, EventView, HazardView, Reference, Viewing, fold};
use crate::inspections;
use crate::journal::{self, Event, Subject, SubjectKind};
use crate::law::policy::Policy;
use crate::law::scope::Caller;
use crate::notices::{self, Notice};
use crate::self_checks::{self, CheckState};
use crate::store::{Connection, Failure, StoreError};
use crate::values::{EnterpriseId, HazardId, InspectionId, Instant, Language, NoticeId, Quarter};

/// An event as CloudEvents has it in structured mode.
#[derive(Debug, Serialize)]
struct CloudEvent<'a> {
    specversion: &'static str,
    /// One for each event of a thing, whoever is told of it.
    id: String,
    source: &'static str,
    #[serde(rename = "type")]
    event_type: &'a str,
    subject: String,
    time: Instant,
    datacontenttype: &'static str,
    data: Value,
}

/// True when the owner of a subscription may know of an event of that thing now.
///
/// # Errors
/// The failures of the store.
pub fn concerns(
    connection: &mut Connection,
    reader: &Caller,
    subject: Subject,
    version: i64,
) -> Result<bool, StoreError> {
    let known = match subject.kind {
        SubjectKind::Hazard => {
            let hazard = Reference::Id(HazardId::from_uuid(subject.id));
            hazards::visible(connection, reader, hazard).map(drop)
        }
        SubjectKind::Notice => notices::visible(connection, reader, NoticeId::from_uuid(subject.id)).map(drop),
        SubjectKind::SelfCheck => {
            let (enterprise, quarter) = filed_for(&event(connection, subject, version)?)?;
            self_checks::visible(connection, reader, enterprise, quarter).map(drop)
        }
        SubjectKind::Inspection => {
            inspections::visible(connection, reader, InspectionId::from_uuid(subject.id)).map(drop)
        }
        // A ping, which tells nothing.
        SubjectKind::Subscription => Ok(()),
        // Reference data and evidence are in no message yet; of tips nobody outside the office ever hears.
        SubjectKind::Enterprise
        | SubjectKind::Authority
        | SubjectKind::Standard
        | SubjectKind::Attachment
        | SubjectKind::Checklist
        | SubjectKind::Export
        | SubjectKind::Tip => return Ok(false),
    };
    match known {
        Ok(()) => Ok(true),
        Err(Failure::Refusal(_)) => Ok(false),
        Err(Failure::Store(error)) => Err(error),
    }
}

/// The body of a message; nothing when the owner may not know of the event now.
///
/// # Errors
/// The failures of the store.
pub fn compose(
    connection: &mut Connection,
    subscription: &Subscription,
    delivery: &Delivery,
    policy: &Policy,
) -> Result<Option<Vec<u8>>, StoreError> {
    let reader = subscription.owner.reader();
    let subject = delivery.subject;
    if !concerns(connection, &reader, subject, delivery.version)? {
        return Ok(None);
    }
    let (source, data) = match subject.kind {
        SubjectKind::Hazard => ("/v1/hazards", of_hazard(connection, &reader, delivery, policy)?),
        SubjectKind::Notice => ("/v1/notices", of_notice(connection, &reader, subscription, delivery)?),
        SubjectKind::SelfCheck => ("/v1/self-checks", of_self_check(connection, &reader, delivery)?),
        SubjectKind::Inspection => ("/v1/inspections", of_inspection(connection, &reader, delivery)?),
        SubjectKind::Subscription => ("/v1/subscriptions", Some(json!({"subscription": subscription.id}))),
        SubjectKind::Enterprise
        | SubjectKind::Authority
        | SubjectKind::Standard
        | SubjectKind::Attachment
        | SubjectKind::Checklist
        | SubjectKind::Export
        | SubjectKind::Tip => return Ok(None),
    };
    let Some(data) = data else {
        return Ok(None);
    };
    let event = CloudEvent {
        specversion: "1.0",
        id: format!("{}/{}", subject.id, delivery.version),
        source,
        event_type: &delivery.event_type,
        subject: subject.id.to_string(),
        time: delivery.at,
        datacontenttype: "application/json",
        data,
    };
    let body = serde_json::to_vec(&event).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(Some(body))
}

fn of_hazard(
    connection: &mut Connection,
    reader: &Caller,
    delivery: &Delivery,
    policy: &Policy,
) -> Result<Option<Value>, StoreError> {
    let reference = Reference::Id(HazardId::from_uuid(delivery.subject.id));
    let Some(mut found) = hazards::find(connection, reference)? else {
        return Ok(None);
    };
    let mut history = journal::history(connection, delivery.subject)?;
    history.retain(|event| event.version <= delivery.version);
    let then = fold(history.iter().map(Entry::from))?;
    let (Some(then), Some(event)) = (then, history.pop()) else {
        return Ok(None);
    };
    found.hazard = then;
    let viewing = Viewing {
        caller: reader,
        now: event.at,
        policy,
        language: Language::Chinese,
        with_actions: false,
    };
    let shown = EventView::of(event, reader);
    Ok(shown.map(|event| json!({"event": event, "hazard": HazardView::of(found, viewing)})))
}

fn of_notice(
    connection: &mut Connection,
    reader: &Caller,
    subscription: &Subscription,
    delivery: &Delivery,
) -> Result<Option<Value>, StoreError> {
    let id = NoticeId::from_uuid(delivery.subject.id);
    match notices::visible(connection, reader, id) {
        Ok(notice) => Ok(Some(told_of_notice(notice, reaches_people(subscription, delivery)))),
        Err(Failure::Refusal(_)) => Ok(None),
        Err(Failure::Store(error)) => Err(error),
    }
}

/// True when taking the message is delivering the notice: the receiver is given what it needs to reach a person.
pub fn reaches_people(subscription: &Subscription, delivery: &Delivery) -> bool {
    delivery.event_type == NOTICE_CREATED && subscription.names(NOTICE_CREATED) && subscription.owner.is_system()
}

fn told_of_notice(notice: Notice, with_person: bool) -> Value {
    let mut told = json!({
        "id": notice.id,
        "number": notice.number,
        "kind": notice.kind,
        "hazard": {"id": notice.hazard_id, "number": notice.hazard_number},
        "enterprise": {"id": notice.enterprise_id, "uscc": notice.uscc},
        "recipient": {"role": notice.recipient},
        "created_at": notice.created_at,
        "acknowledged_at": notice.acknowledged.map(|acknowledged| acknowledged.at),
    });
    if with_person {
        if let Some(recipient) = told.get_mut("recipient").and_then(Value::as_object_mut) {
            recipient.insert("name".to_owned(), json!(notice.recipient_name));
            recipient.insert("phone".to_owned(), json!(notice.recipient_phone));
        }
        if let Some(members) = told.as_object_mut() {
            members.insert("content".to_owned(), json!(notice.content));
        }
    }
    json!({"notice": told})
}

/// Who checked, and which hazards not every reader may know of, stays in the service.
fn of_self_check(
    connection: &mut Connection,
    reader: &Caller,
    delivery: &Delivery,
) -> Result<Option<Value>, StoreError> {
    let event = event(connection, delivery.subject, delivery.version)?;
    let (enterprise, quarter) = filed_for(&event)?;
    let found = match self_checks::visible(connection, reader, enterprise, quarter) {
        Ok(found) => found,
        Err(Failure::Refusal(_)) => return Ok(None),
        Err(Failure::Store(error)) => return Err(error),
    };
    Ok(Some(json!({"self_check": {
        "enterprise": {"id": found.unit.id, "uscc": found.unit.uscc, "name": found.unit.name},
        "quarter": quarter,
        "state": CheckState::of(quarter, found.check.filed_at),
        "version": event.version,
        "performed_on": event.payload.get("performed_on"),
        "filed_at": found.check.filed_at,
        "updated_at": event.at,
    }})))
}

/// Who inspected, and what was written, stays in the service.
fn of_inspection(
    connection: &mut Connection,
    reader: &Caller,
    delivery: &Delivery,
) -> Result<Option<Value>, StoreError> {
    let shown = match inspections::visible(connection, reader, InspectionId::from_uuid(delivery.subject.id)) {
        Ok(shown) => shown,
        Err(Failure::Refusal(_)) => return Ok(None),
        Err(Failure::Store(error)) => return Err(error),
    };
    let body = &shown.inspection.body;
    Ok(Some(json!({"inspection": {
        "id": shown.inspection.id,
        "enterprise": {"id": shown.unit.id, "uscc": shown.unit.uscc, "name": shown.unit.name},
        "checklist": body.checklist,
        "started_at": body.started_at,
        "finished_at": body.finished_at,
        "received_at": shown.inspection.received_at,
        "hazards": shown.hazards.keys().collect::<Vec<_>>(),
        "complete": shown.missing().is_empty(),
    }})))
}

fn event(connection: &mut Connection, subject: Subject, version: i64) -> Result<Event, StoreError> {
    journal::after(connection, subject, version - 1, 1)?
        .pop()
        .ok_or_else(|| StoreError::Corrupt(format!("event {}/{version} is missing", subject.id)))
}

/// For which unit and quarter a self-check was filed, as its event says.
fn filed_for(event: &Event) -> Result<(EnterpriseId, Quarter), StoreError> {
    let member = |name: &str| event.payload.get(name).and_then(Value::as_str).unwrap_or_default();
    match (member("enterprise").parse(), member("quarter").parse()) {
        (Ok(enterprise), Ok(quarter)) => Ok((enterprise, quarter)),
        _ => Err(StoreError::Corrupt(format!(
            "event {}/{} names no unit and quarter",
            event.subject.id, event.version
        ))),
    }
}
