//! Rows of the journal and of the outbox.

use diesel::prelude::*;
use uuid::Uuid;

use super::chain::{self, Hashed};
use super::event::{Actor, Draft, Event, Subject, SubjectKind};
use crate::store::columns::texts;
use crate::store::schema::{events, outbox};
use crate::store::{Connection, StoreError};
use crate::values::{HazardId, Instant};

texts!(SubjectKind);

/// A subject is stored under its id alone; the column type is that of every other id.
type SubjectId = HazardId;

#[derive(Queryable, Selectable)]
#[diesel(table_name = events)]
struct EventRow {
    subject_id: SubjectId,
    version: i64,
    subject_kind: SubjectKind,
    action: String,
    from_status: Option<String>,
    to_status: Option<String>,
    at: Instant,
    actor: String,
    payload: String,
    salt: Vec<u8>,
    previous_hash: Option<Vec<u8>>,
    hash: Vec<u8>,
}

/// Puts an event on record and into the outbox. The caller holds the transaction that also writes the row.
///
/// # Errors
/// [`StoreError::Unique`] when the thing already has an event of that version, and the other failures of the store.
pub fn append(connection: &mut Connection, draft: Draft) -> Result<(), StoreError> {
    let id = SubjectId::from_uuid(draft.subject.id);
    let previous: Option<Vec<u8>> = if draft.version > 1 {
        Some(
            events::table
                .find((id, draft.version - 1))
                .select(events::hash)
                .first(connection)?,
        )
    } else {
        None
    };
    let salt = chain::encoded(&draft.salt);
    let previous_hash = previous.as_deref().map(chain::encoded);
    let hash = chain::hash(Hashed {
        subject_kind: draft.subject.kind,
        subject_id: draft.subject.id,
        version: draft.version,
        action: draft.action,
        from: draft.from,
        to: draft.to,
        at: draft.at,
        actor: &draft.actor,
        payload: &draft.payload,
        salt: &salt,
        previous_hash: previous_hash.as_deref(),
    })?;
    diesel::insert_into(events::table)
        .values((
            events::subject_id.eq(id),
            events::version.eq(draft.version),
            events::subject_kind.eq(draft.subject.kind),
            events::action.eq(draft.action),
            events::from_status.eq(draft.from),
            events::to_status.eq(draft.to),
            events::at.eq(draft.at),
            events::actor.eq(canonical_text(&draft.actor)?),
            events::payload.eq(canonical_text(&draft.payload)?),
            events::salt.eq(draft.salt.to_vec()),
            events::previous_hash.eq(previous),
            events::hash.eq(hash.to_vec()),
        ))
        .execute(connection)?;
    diesel::insert_into(outbox::table)
        .values((
            outbox::subject_kind.eq(draft.subject.kind),
            outbox::subject_id.eq(id),
            outbox::version.eq(draft.version),
            outbox::event_type.eq(draft.event_type),
            outbox::at.eq(draft.at),
        ))
        .execute(connection)?;
    Ok(())
}

/// Events of one thing after `version`, oldest first, at most `limit`.
///
/// # Errors
/// The failures of the store.
pub fn after(
    connection: &mut Connection,
    subject: Subject,
    version: i64,
    limit: i64,
) -> Result<Vec<Event>, StoreError> {
    events::table
        .filter(events::subject_id.eq(SubjectId::from_uuid(subject.id)))
        .filter(events::version.gt(version))
        .order(events::version.asc())
        .limit(limit)
        .select(EventRow::as_select())
        .load(connection)?
        .into_iter()
        .map(EventRow::into_event)
        .collect()
}

/// The whole history of one thing, oldest first.
///
/// # Errors
/// The failures of the store.
pub fn history(connection: &mut Connection, subject: Subject) -> Result<Vec<Event>, StoreError> {
    after(connection, subject, 0, i64::MAX)
}

impl EventRow {
    fn into_event(self) -> Result<Event, StoreError> {
        let id: Uuid = self.subject_id.uuid();
        let corrupt = |what: &str| StoreError::Corrupt(format!("event {id}/{} has a bad {what}", self.version));
        Ok(Event {
            subject: Subject {
                kind: self.subject_kind,
                id,
            },
            version: self.version,
            actor: serde_json::from_str::<Actor>(&self.actor).map_err(|_| corrupt("actor"))?,
            payload: serde_json::from_str(&self.payload).map_err(|_| corrupt("payload"))?,
            salt: self.salt.as_slice().try_into().map_err(|_| corrupt("salt"))?,
            previous_hash: self
                .previous_hash
                .as_deref()
                .map(TryInto::try_into)
                .transpose()
                .map_err(|_| corrupt("previous hash"))?,
            hash: self.hash.as_slice().try_into().map_err(|_| corrupt("hash"))?,
            action: self.action,
            from: self.from_status,
            to: self.to_status,
            at: self.at,
        })
    }
}

fn canonical_text(value: &impl serde::Serialize) -> Result<String, StoreError> {
    String::from_utf8(chain::canonical(value)?).map_err(|error| StoreError::Corrupt(error.to_string()))
}
