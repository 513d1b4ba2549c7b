//! The use case that writes: put a standard on record, or complete one that is.
//!
//! What is on record as the wording of a standard never changes. An import under a code on record may only add: clauses
//! that were left out, the wording of clauses that were paraphrased, and the day of a repeal that was not known.

use serde_json::json;

use super::bodies::StandardBody;
use super::model::{Criterion, NewStandard, Standard, StandardCode};
use super::store;
use crate::journal::{self, Actor, Draft, Subject, SubjectKind};
use crate::law::refusal::Refusal;
use crate::law::scope::{Caller, MANAGES_REFERENCE_DATA};
use crate::store::{Connection, Failure, StoreError};
use crate::values::{Fault, FaultCode, Instant, Label, StandardId};

/// What became of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// The standard is on record now.
    New(Standard),
    /// It was, and something was added.
    Completed(Standard),
}

/// Who writes, and when: what the events of one import have in common.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// Who.
    pub actor: Actor,
    /// When.
    pub at: Instant,
    /// One for the standard and one for the standard that it replaces.
    pub salts: [[u8; 16]; 2],
}

/// Puts a standard on record under a new id, or completes the one that is.
///
/// # Errors
/// A role that may not, contradictions in the body, a standard on record that says otherwise or already says it all; and
/// the failures of the store.
pub fn publish(
    connection: &mut Connection,
    caller: &Caller,
    body: &StandardBody,
    id: StandardId,
    at: Instant,
    salts: [[u8; 16]; 2],
) -> Result<Published, Failure> {
    if !caller.has_any(MANAGES_REFERENCE_DATA) {
        return Err(Refusal::role_not_allowed(MANAGES_REFERENCE_DATA).into());
    }
    let given = body.resolve().map_err(Refusal::Faults)?;
    let stamp = Stamp {
        actor: Actor::from(caller),
        at,
        salts,
    };
    let Some(before) = store::find(connection, &given.code)? else {
        return add(connection, &given, id, &stamp).map(Published::New);
    };
    if !agrees(&before, &given) {
        return Err(taken());
    }
    let clauses = store::criteria_of(connection, &given.code)?;
    let contradicted = given.criteria.iter().any(|criterion| {
        clauses
            .iter()
            .any(|known| known.code == criterion.code && !known.paraphrase && known != criterion)
    });
    if contradicted {
        return Err(taken());
    }
    complete(connection, before, &given, &clauses, &stamp)?
        .map(Published::Completed)
        .ok_or_else(taken)
}

/// Puts a standard on record that is not.
///
/// # Errors
/// A code that is taken meanwhile, a replaced standard that is younger; and the failures of the store.
pub fn add(
    connection: &mut Connection,
    given: &NewStandard,
    id: StandardId,
    stamp: &Stamp,
) -> Result<Standard, Failure> {
    let standard = Standard {
        id,
        code: given.code.clone(),
        title: given.title.clone(),
        document_number: given.document_number.clone(),
        issued_by: given.issued_by.clone(),
        effective_on: given.effective_on,
        repealed_on: given.repealed_on,
        replaces: given.replaces.clone(),
        industries: given.industries.clone(),
        version: 1,
        created_at: stamp.at,
    };
    store::insert(connection, &standard).map_err(|error| {
        // Two callers may import one code at once; the second learns it from the key.
        if error.is_unique("standards_code_key", "standards.code") {
            taken()
        } else {
            error.into()
        }
    })?;
    for (position, criterion) in (0..).zip(&given.criteria) {
        store::insert_criterion(connection, &standard.code, position, criterion)?;
    }
    let [salt, salt_of_replaced] = stamp.salts;
    record(
        connection,
        &standard,
        &given.criteria,
        "publish",
        "standard.published",
        stamp,
        salt,
    )?;
    repeal_replaced(connection, &standard, stamp, salt_of_replaced)?;
    Ok(standard)
}

/// Adds what `given` has and the record lacks; nothing when it lacks nothing. Says nothing about contradictions.
///
/// # Errors
/// A stale version, when another transaction was quicker; and the failures of the store.
pub fn complete(
    connection: &mut Connection,
    mut standard: Standard,
    given: &NewStandard,
    clauses: &[Criterion],
    stamp: &Stamp,
) -> Result<Option<Standard>, Failure> {
    let on_record = |criterion: &Criterion| clauses.iter().find(|known| known.code == criterion.code);
    let added: Vec<Criterion> = given
        .criteria
        .iter()
        .filter(|criterion| on_record(criterion).is_none())
        .cloned()
        .collect();
    let worded: Vec<Criterion> = given
        .criteria
        .iter()
        .filter(|criterion| !criterion.paraphrase && on_record(criterion).is_some_and(|known| known.paraphrase))
        .cloned()
        .collect();
    let repeals = standard.repealed_on.is_none() && given.repealed_on.is_some();
    if added.is_empty() && worded.is_empty() && !repeals {
        return Ok(None);
    }
    standard.repealed_on = standard.repealed_on.or(given.repealed_on);
    standard.version += 1;
    if !store::update(connection, &standard)? {
        return Err(stale(connection, &standard.code)?.into());
    }
    let next = i64::try_from(clauses.len()).unwrap_or(i64::MAX);
    for (position, criterion) in (next..).zip(&added) {
        store::insert_criterion(connection, &standard.code, position, criterion)?;
    }
    for criterion in &worded {
        store::word_criterion(connection, criterion)?;
    }
    let changed: Vec<Criterion> = added.into_iter().chain(worded).collect();
    let [salt, _] = stamp.salts;
    record(
        connection,
        &standard,
        &changed,
        "complete",
        "standard.completed",
        stamp,
        salt,
    )?;
    Ok(Some(standard))
}

/// A standard on record that the new one replaces ends on the day on which the new one begins.
fn repeal_replaced(
    connection: &mut Connection,
    standard: &Standard,
    stamp: &Stamp,
    salt: [u8; 16],
) -> Result<(), Failure> {
    let code: Option<StandardCode> = standard
        .replaces
        .as_ref()
        .and_then(|replaces| replaces.as_str().parse().ok());
    let Some(code) = code else {
        return Ok(());
    };
    let Some(mut replaced) = store::find(connection, &code)?.filter(|replaced| replaced.repealed_on.is_none()) else {
        return Ok(());
    };
    if replaced.effective_on > standard.effective_on {
        let fault = Fault::new("/effective_on", FaultCode::Contradiction).hinting(replaced.effective_on.to_string());
        return Err(Refusal::Faults(fault.into()).into());
    }
    replaced.repealed_on = Some(standard.effective_on);
    replaced.version += 1;
    if !store::update(connection, &replaced)? {
        return Err(stale(connection, &code)?.into());
    }
    record(connection, &replaced, &[], "repeal", "standard.repealed", stamp, salt)?;
    Ok(())
}

/// Everything that an import cannot change.
fn agrees(standard: &Standard, given: &NewStandard) -> bool {
    let mut industries = (standard.industries.clone(), given.industries.clone());
    industries.0.sort();
    industries.1.sort();
    standard.title == given.title
        && standard.document_number == given.document_number
        && standard.issued_by == given.issued_by
        && standard.effective_on == given.effective_on
        && standard.replaces == given.replaces
        && industries.0 == industries.1
        && (given.repealed_on.is_none() || standard.repealed_on.is_none() || standard.repealed_on == given.repealed_on)
}

fn taken() -> Failure {
    Refusal::Exists {
        code: "already_exists",
        detail: Label {
            zh: "该标准代码已登记；再次导入只能补充条款、条款原文或废止日期，其余内容须与登记一致",
            en: "a standard with this code is on record; an import may add clauses, the wording of paraphrased clauses or \
                 the day of a repeal, and must otherwise agree with the record",
        },
    }
    .into()
}

fn stale(connection: &mut Connection, code: &StandardCode) -> Result<Refusal, StoreError> {
    Ok(
        store::find(connection, code)?.map_or(Refusal::NotFound, |standard| Refusal::Stale {
            current: standard.version,
        }),
    )
}

fn record(
    connection: &mut Connection,
    standard: &Standard,
    criteria: &[Criterion],
    action: &'static str,
    event_type: &str,
    stamp: &Stamp,
    salt: [u8; 16],
) -> Result<(), StoreError> {
    journal::append(
        connection,
        Draft {
            subject: Subject {
                kind: SubjectKind::Standard,
                id: standard.id.uuid(),
            },
            version: standard.version,
            action,
            event_type: event_type.to_owned(),
            from: None,
            to: None,
            at: stamp.at,
            actor: stamp.actor.clone(),
            // The standard as it stands after the event, and the clauses that the event added or worded.
            payload: json!({"standard": standard, "criteria": criteria}),
            salt,
        },
    )
}
