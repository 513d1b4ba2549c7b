//! The use case that writes: publish a list, or its next version.

use super::bodies::ChecklistBody;
use super::model::{Checklist, ChecklistCode};
use super::store::{self, Reference};
use crate::journal::{self, Actor, Draft, Subject};
use crate::law::refusal::{BrokenRule, Refusal};
use crate::law::scope::{Caller, PUBLISHES_CHECKLISTS};
use crate::standards;
use crate::store::{Connection, Failure, StoreError};
use crate::values::{ChecklistId, Instant, Label};

/// What became of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// It is the first version.
    First(Checklist),
    /// It is another version, or says what the version in force says.
    Again(Checklist),
}

/// Publishes a list under a new id, or the next version of the one of that code. What says the same as the version in
/// force changes nothing.
///
/// # Errors
/// A role that may not, clauses that are not on record, a list of that code and another kind; and the failures of the
/// store.
pub fn publish(
    connection: &mut Connection,
    caller: &Caller,
    body: &ChecklistBody,
    fresh: ChecklistId,
    at: Instant,
    salt: [u8; 16],
) -> Result<Published, Failure> {
    if !caller.has_any(PUBLISHES_CHECKLISTS) {
        return Err(Refusal::role_not_allowed(PUBLISHES_CHECKLISTS).into());
    }
    clauses_are_on_record(connection, body, at)?;
    if let Some(before) = held(connection, &body.code)? {
        return next(connection, caller, body, before, at, salt);
    }
    let checklist = Checklist {
        id: fresh,
        code: body.code.clone(),
        kind: body.kind,
        created_at: at,
        version: 1,
        published_at: at,
        contents: body.contents(),
    };
    let written = connection.nested(|connection| store::insert(connection, &checklist));
    match written {
        Ok(()) => {
            record(connection, caller, &checklist, salt)?;
            Ok(Published::First(checklist))
        }
        // Another call was first; this one comes after it.
        Err(error) if error.is_unique("checklists_code_key", "checklists.code") => {
            let before = held(connection, &body.code)?.ok_or(StoreError::Busy)?;
            next(connection, caller, body, before, at, salt)
        }
        Err(error) => Err(error.into()),
    }
}

/// The version in force of a list on record; whoever else publishes it waits until this transaction ends.
fn held(connection: &mut Connection, code: &ChecklistCode) -> Result<Option<Checklist>, StoreError> {
    if store::hold(connection, code)? {
        store::find(connection, &Reference::Code(code.clone()))
    } else {
        Ok(None)
    }
}

fn next(
    connection: &mut Connection,
    caller: &Caller,
    body: &ChecklistBody,
    before: Checklist,
    at: Instant,
    salt: [u8; 16],
) -> Result<Published, Failure> {
    if before.kind != body.kind {
        return Err(Refusal::Exists {
            code: "already_exists",
            detail: Label {
                zh: "该代码已用于另一类清单；清单的类别不能变更",
                en: "the code belongs to a list of the other kind; the kind of a list never changes",
            },
        }
        .into());
    }
    let contents = body.contents();
    if before.contents == contents {
        return Ok(Published::Again(before));
    }
    let after = Checklist {
        version: before.version + 1,
        published_at: at,
        contents,
        ..before
    };
    store::advance(connection, &after)?;
    record(connection, caller, &after, salt)?;
    Ok(Published::Again(after))
}

fn clauses_are_on_record(connection: &mut Connection, body: &ChecklistBody, at: Instant) -> Result<(), Failure> {
    let cited: Vec<(usize, String)> = body
        .items
        .iter()
        .enumerate()
        .filter_map(|(index, item)| item.criterion.as_ref().map(|code| (index, code.to_string())))
        .collect();
    let codes: Vec<String> = cited.iter().map(|(_, code)| code.clone()).collect();
    let facts = standards::criteria_facts(connection, &codes, at.day())?;
    let broken: Vec<BrokenRule> = cited
        .iter()
        .zip(facts)
        .filter(|(_, facts)| !facts.known)
        .map(|((index, _), _)| BrokenRule::new("criterion_unknown", format!("/items/{index}/criterion")))
        .collect();
    if broken.is_empty() {
        Ok(())
    } else {
        Err(Refusal::Rules(broken).into())
    }
}

fn record(
    connection: &mut Connection,
    caller: &Caller,
    checklist: &Checklist,
    salt: [u8; 16],
) -> Result<(), StoreError> {
    journal::append(
        connection,
        Draft {
            subject: Subject::from(checklist.id),
            version: checklist.version,
            action: "publish",
            event_type: "checklist.published".to_owned(),
            from: None,
            to: None,
            at: checklist.published_at,
            actor: Actor::from(caller),
            payload: serde_json::to_value(checklist).map_err(|error| StoreError::Corrupt(error.to_string()))?,
            salt,
        },
    )
}
