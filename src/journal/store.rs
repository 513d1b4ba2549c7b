//! Rows of the journal and of the outbox.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use uuid::Uuid;

use super::chain::{self, Hashed};
use super::event::{Actor, Draft, Event, Subject, SubjectKind};
use crate::store::arrays::over_arrays;
use crate::store::columns::{InstantColumn, UuidColumn, texts};
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

/// Puts an event on record and, where others may hear of it, into the outbox. The caller holds the transaction that also writes the row.
///
/// # Errors
/// [`StoreError::Unique`] when the thing already has an event of that version, and the other failures of the store.
pub fn append(connection: &mut Connection, draft: Draft) -> Result<(), StoreError> {
    let before = Head::before(&draft);
    let previous = match before {
        Some(head) => heads(connection, &[head])?.remove(&head.id),
        None => None,
    };
    let sealed = seal(draft, previous)?;
    insert(connection, &sealed)
}

/// The last event of a thing, which the next one is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Head {
    /// The thing.
    pub id: Uuid,
    /// The version of that event.
    pub version: i64,
}

impl Head {
    fn before(draft: &Draft) -> Option<Self> {
        (draft.version > 1).then_some(Self {
            id: draft.subject.id,
            version: draft.version - 1,
        })
    }
}

/// The hashes of last events, by thing.
pub type Heads = HashMap<Uuid, [u8; 32]>;

/// Reads the hashes that the next events of some things are bound to.
///
/// # Errors
/// [`StoreError::Corrupt`] when one of the events is missing, and the other failures of the store.
pub fn heads(connection: &mut Connection, wanted: &[Head]) -> Result<Heads, StoreError> {
    let rows: Vec<(SubjectId, Vec<u8>)> = match connection {
        Connection::Postgres(inner) => {
            let mut query = FindHeads::default();
            for head in wanted {
                query.ids.push(SubjectId::from_uuid(head.id));
                query.versions.push(head.version);
            }
            query.load(inner)?
        }
        Connection::Sqlite(inner) => {
            let mut rows = Vec::with_capacity(wanted.len());
            for head in wanted {
                let id = SubjectId::from_uuid(head.id);
                let hash = events::table
                    .find((id, head.version))
                    .select(events::hash)
                    .first(inner)?;
                rows.push((id, hash));
            }
            rows
        }
    };
    let mut heads = Heads::with_capacity(rows.len());
    for (id, hash) in rows {
        let bad = |_| StoreError::Corrupt(format!("the last event of {id} has a bad hash"));
        heads.insert(id.uuid(), hash.try_into().map_err(bad)?);
    }
    match wanted.iter().find(|head| !heads.contains_key(&head.id)) {
        Some(head) => Err(StoreError::Corrupt(format!(
            "event {}/{} is missing",
            head.id, head.version
        ))),
        None => Ok(heads),
    }
}

/// Puts events on record in their order. `heads` holds the hash of the last event of every thing that has one, and
/// afterwards that of the new one.
///
/// # Errors
/// As [`append`].
pub fn append_many(connection: &mut Connection, drafts: Vec<Draft>, heads: &mut Heads) -> Result<(), StoreError> {
    let mut sealed = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let id = draft.subject.id;
        let event = seal(draft, heads.get(&id).copied())?;
        heads.insert(id, event.hash);
        sealed.push(event);
    }
    match connection {
        Connection::Postgres(inner) => insert_many(inner, sealed),
        Connection::Sqlite(_) => sealed.iter().try_for_each(|event| insert(connection, event)),
    }
}

/// An event as it goes on record.
struct Sealed {
    draft: Draft,
    actor: String,
    payload: String,
    previous: Option<[u8; 32]>,
    hash: [u8; 32],
}

fn seal(draft: Draft, previous: Option<[u8; 32]>) -> Result<Sealed, StoreError> {
    let salt = chain::encoded(&draft.salt);
    let previous_hash = previous.as_ref().map(|hash| chain::encoded(hash));
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
    Ok(Sealed {
        actor: canonical_text(&draft.actor)?,
        payload: canonical_text(&draft.payload)?,
        draft,
        previous,
        hash,
    })
}

fn insert(connection: &mut Connection, event: &Sealed) -> Result<(), StoreError> {
    let draft = &event.draft;
    let id = SubjectId::from_uuid(draft.subject.id);
    diesel::insert_into(events::table)
        .values((
            events::subject_id.eq(id),
            events::version.eq(draft.version),
            events::subject_kind.eq(draft.subject.kind),
            events::action.eq(draft.action),
            events::from_status.eq(draft.from),
            events::to_status.eq(draft.to),
            events::at.eq(draft.at),
            events::actor.eq(&event.actor),
            events::payload.eq(&event.payload),
            events::salt.eq(draft.salt.to_vec()),
            events::previous_hash.eq(event.previous.map(|hash| hash.to_vec())),
            events::hash.eq(event.hash.to_vec()),
        ))
        .execute(connection)?;
    if !draft.subject.kind.is_told() {
        return Ok(());
    }
    // After the event: whoever reads the outbox relies on it, see `outbox.rs`.
    diesel::insert_into(outbox::table)
        .values((
            outbox::subject_kind.eq(draft.subject.kind),
            outbox::subject_id.eq(id),
            outbox::version.eq(draft.version),
            outbox::event_type.eq(&draft.event_type),
            outbox::at.eq(draft.at),
        ))
        .execute(connection)?;
    Ok(())
}

fn insert_many(connection: &mut diesel::PgConnection, sealed: Vec<Sealed>) -> Result<(), StoreError> {
    if sealed.is_empty() {
        return Ok(());
    }
    let mut events = InsertEvents::default();
    let mut outbox = InsertOutbox::default();
    for event in sealed {
        let draft = event.draft;
        let id = SubjectId::from_uuid(draft.subject.id);
        if draft.subject.kind.is_told() {
            outbox.kinds.push(draft.subject.kind);
            outbox.ids.push(id);
            outbox.versions.push(draft.version);
            outbox.event_types.push(draft.event_type);
            outbox.moments.push(draft.at);
        }
        events.ids.push(id);
        events.versions.push(draft.version);
        events.kinds.push(draft.subject.kind);
        events.actions.push(draft.action.to_owned());
        events.from.push(draft.from.map(ToOwned::to_owned));
        events.to.push(draft.to.map(ToOwned::to_owned));
        events.moments.push(draft.at);
        events.actors.push(event.actor);
        events.payloads.push(event.payload);
        events.salts.push(draft.salt.to_vec());
        events.previous.push(event.previous.map(|hash| hash.to_vec()));
        events.hashes.push(event.hash.to_vec());
    }
    // In this order: whoever reads the outbox relies on it, see `outbox.rs`.
    events.execute(connection)?;
    outbox.execute(connection)?;
    Ok(())
}

over_arrays! {
    FindHeads: "SELECT events.subject_id, events.hash FROM unnest(",
    { ids: UuidColumn => SubjectId, versions: BigInt => i64 },
    ") AS head (subject_id, version) JOIN events USING (subject_id, version)"
}

impl diesel::query_builder::Query for FindHeads {
    type SqlType = (UuidColumn, Binary);
}

over_arrays! {
    InsertEvents: "INSERT INTO events (subject_id, version, subject_kind, action, from_status, to_status, at, actor, \
                   payload, salt, previous_hash, hash) SELECT * FROM unnest(",
    {
        ids: UuidColumn => SubjectId,
        versions: BigInt => i64,
        kinds: Text => SubjectKind,
        actions: Text => String,
        from: Nullable<Text> => Option<String>,
        to: Nullable<Text> => Option<String>,
        moments: InstantColumn => Instant,
        actors: Text => String,
        payloads: Text => String,
        salts: Binary => Vec<u8>,
        previous: Nullable<Binary> => Option<Vec<u8>>,
        hashes: Binary => Vec<u8>,
    },
    ")"
}

over_arrays! {
    InsertOutbox: "INSERT INTO outbox (subject_kind, subject_id, version, event_type, at) SELECT * FROM unnest(",
    {
        kinds: Text => SubjectKind,
        ids: UuidColumn => SubjectId,
        versions: BigInt => i64,
        event_types: Text => String,
        moments: InstantColumn => Instant,
    },
    ")"
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

/// At most `limit` events of all things behind one, those of one thing together and in their order.
///
/// # Errors
/// The failures of the store, and an event that cannot be read.
pub fn walk(connection: &mut Connection, after: Option<(Uuid, i64)>, limit: i64) -> Result<Vec<Event>, StoreError> {
    let mut query = events::table
        .order((events::subject_id.asc(), events::version.asc()))
        .limit(limit)
        .select(EventRow::as_select())
        .into_boxed();
    if let Some((id, version)) = after {
        let id = SubjectId::from_uuid(id);
        let behind = events::subject_id.gt(id).or(events::version.gt(version));
        query = query.filter(events::subject_id.ge(id)).filter(behind);
    }
    query.load(connection)?.into_iter().map(EventRow::into_event).collect()
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
