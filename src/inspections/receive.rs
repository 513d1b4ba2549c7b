//! The use case that writes: an inspection comes from a phone.

use serde_json::{Value, json};

use super::bodies::InspectionBody;
use super::differ::differences;
use super::model::Inspection;
use super::{rules, store};
use crate::attachments;
use crate::checklists::{self, Reference};
use crate::enterprises::{self, Enterprise};
use crate::hazards::{self, Writing};
use crate::journal::{self, Actor, Draft, Subject};
use crate::law::guards::Guard;
use crate::law::lifecycle::Source;
use crate::law::refusal::{BrokenRule, Refusal};
use crate::store::{Connection, Failure, StoreError};
use crate::values::{InspectionId, Label};

/// What a phone sends.
#[derive(Debug, Clone)]
pub struct Sending {
    /// The phone's id for it.
    pub id: InspectionId,
    /// The inspection, whole.
    pub body: InspectionBody,
    /// Salts for the events of the hazards that it reports, one for each.
    pub salts: Vec<[u8; 16]>,
    /// Random, for the events of the evidence that it announces.
    pub seed: [u8; 16],
}

/// What became of it.
#[derive(Debug, Clone)]
pub enum Received {
    /// It is on record now.
    New(Inspection),
    /// The same caller had sent the same before.
    Before(Inspection),
}

/// Puts an inspection on record, with the evidence that it announces and the hazards that it reports.
///
/// # Errors
/// In this order: a role that may not, an id under which something else is on record, the rules that it breaks; and the
/// failures of the store. Nothing is changed then, if the caller rolls back.
pub fn receive(connection: &mut Connection, writing: &Writing, sending: &Sending) -> Result<Received, Failure> {
    let sender = Source::Inspection.reporter();
    if !writing.caller.has(sender) {
        return Err(Refusal::role_not_allowed(&[sender]).into());
    }
    if let Some(before) = store::find(connection, sending.id)? {
        return repeated(writing, sending, before).map(Received::Before);
    }
    match connection.nested(|connection| first(connection, writing, sending)) {
        Ok(inspection) => Ok(Received::New(inspection)),
        // The same call was first on another line; this one comes after it.
        Err(Failure::Store(error)) if error.is_unique("inspections_pkey", "inspections.id") => {
            let before = store::find(connection, sending.id)?.ok_or(StoreError::Busy)?;
            repeated(writing, sending, before).map(Received::Before)
        }
        Err(failure) => Err(failure),
    }
}

/// Whoever else chose the same id learns only that it is taken.
fn repeated(writing: &Writing, sending: &Sending, before: Inspection) -> Result<Inspection, Failure> {
    if before.sent_by != writing.caller.subject {
        return Err(Refusal::Exists {
            code: "already_exists",
            detail: Label {
                zh: "该编号（id）已被另一次检查使用",
                en: "the id belongs to another inspection",
            },
        }
        .into());
    }
    let pointers = differences(&to_json(&before.body)?, &to_json(&sending.body)?);
    if pointers.is_empty() {
        Ok(before)
    } else {
        Err(Refusal::Differs {
            code: "inspection_differs",
            pointers,
        }
        .into())
    }
}

fn first(connection: &mut Connection, writing: &Writing, sending: &Sending) -> Result<Inspection, Failure> {
    let body = &sending.body;
    let unit = unit(connection, writing, body)?;
    let list = Reference::Code(body.checklist.code.clone());
    let checklist = checklists::version(connection, &list, body.checklist.version)?;
    let inspection = unit
        .as_ref()
        .zip(checklist.as_ref())
        .map(|(unit, checklist)| Inspection {
            id: sending.id,
            uscc: unit.uscc.clone(),
            area: unit.area.clone(),
            industry: unit.industry.clone(),
            checklist: checklist.id,
            sent_by: writing.caller.subject.clone(),
            received_at: writing.now,
            body: body.clone(),
        });
    // Before all else, so that of two calls at once the second waits here and finds what the first put on record.
    if let Some(inspection) = &inspection {
        store::insert(connection, inspection)?;
    }
    let mut broken = Vec::new();
    if unit.is_none() {
        broken.push(BrokenRule::new(Guard::UnitKnown.code(), "/enterprise"));
    }
    broken.extend(rules::of_checklist(body, checklist.as_ref()));
    attachments::declare(connection, &writing.caller, writing.now, &body.evidence, sending.seed)?;
    broken.extend(rules::of_evidence(connection, &writing.caller, body)?);
    broken.extend(report(connection, writing, sending)?);
    match inspection.filter(|_| broken.is_empty()) {
        Some(inspection) => {
            store::attach(connection, inspection.id, &body.attachments())?;
            record(connection, writing, &inspection)?;
            Ok(inspection)
        }
        None => Err(Refusal::Rules(broken).into()),
    }
}

/// The unit, when the caller may know of it.
fn unit(connection: &mut Connection, writing: &Writing, body: &InspectionBody) -> Result<Option<Enterprise>, Failure> {
    match enterprises::find_visible(connection, &writing.caller, body.enterprise) {
        Ok(unit) => Ok(Some(unit)),
        Err(Failure::Refusal(Refusal::NotFound)) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Reports the hazards of the findings through the door of the ledger; what the ledger holds against them is told with its
/// place in the body.
fn report(connection: &mut Connection, writing: &Writing, sending: &Sending) -> Result<Vec<BrokenRule>, Failure> {
    let mut broken = Vec::new();
    for ((index, hazard), salt) in sending.body.hazards().zip(&sending.salts) {
        let Some(id) = hazard.id else {
            continue;
        };
        let writing = Writing {
            salt: *salt,
            ..writing.clone()
        };
        let place = format!("/findings/{index}/hazard");
        let reported = hazards::report_at(connection, &writing, hazard, id, &place)?;
        broken.extend(reported.err().unwrap_or_default());
    }
    Ok(broken)
}

fn record(connection: &mut Connection, writing: &Writing, inspection: &Inspection) -> Result<(), StoreError> {
    let mut body = inspection.body.clone();
    for declared in &mut body.evidence {
        // The name of a file can name a person, so it stays out of the log that is never erased.
        declared.filename = None;
    }
    journal::append(
        connection,
        Draft {
            subject: Subject::from(inspection.id),
            version: 1,
            action: "receive",
            event_type: "inspection.received".to_owned(),
            from: None,
            to: None,
            at: inspection.received_at,
            actor: Actor::from(&writing.caller),
            payload: json!({
                "uscc": inspection.uscc,
                "area": inspection.area,
                "industry": inspection.industry,
                "body": to_json(&body)?,
            }),
            salt: writing.salt,
        },
    )
}

fn to_json(body: &InspectionBody) -> Result<Value, StoreError> {
    serde_json::to_value(body).map_err(|error| StoreError::Corrupt(error.to_string()))
}
