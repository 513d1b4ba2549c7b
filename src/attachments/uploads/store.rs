//! Rows of uploads.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::model::{Part, Upload, UploadState};
use crate::attachments::model::SlotState;
use crate::journal::Actor;
use crate::store::columns::texts;
use crate::store::schema::{attachments, upload_parts, uploads};
use crate::store::{Connection, StoreError};
use crate::values::{AttachmentId, Instant, UploadId};

texts!(UploadState);

#[derive(Queryable, Selectable)]
#[diesel(table_name = uploads)]
struct Row {
    id: UploadId,
    owner: String,
    actor: String,
    length: i64,
    media_type: String,
    filename: Option<String>,
    sha256: Option<Vec<u8>>,
    metadata: String,
    created_at: Instant,
    received: i64,
    state: UploadState,
    attachment_id: Option<AttachmentId>,
    refusal: Option<String>,
    expires_at: Instant,
}

impl Row {
    fn read(self) -> Result<Upload, StoreError> {
        let corrupt = |what: &str| StoreError::Corrupt(format!("upload {}: {what}", self.id));
        let actor: Actor = serde_json::from_str(&self.actor).map_err(|error| corrupt(&error.to_string()))?;
        let sha256 = self.sha256.as_deref().map(<[u8; 32]>::try_from).transpose();
        Ok(Upload {
            sha256: sha256.map_err(|_| corrupt("a bad digest"))?,
            actor,
            id: self.id,
            owner: self.owner,
            length: self.length,
            media_type: self.media_type,
            filename: self.filename,
            metadata: self.metadata,
            created_at: self.created_at,
            received: self.received,
            state: self.state,
            attachment_id: self.attachment_id,
            refusal: self.refusal,
            expires_at: self.expires_at,
        })
    }
}

/// Puts a new upload on record.
///
/// # Errors
/// The failures of the store.
pub fn insert(connection: &mut Connection, upload: &Upload) -> Result<(), StoreError> {
    let actor = serde_json::to_string(&upload.actor).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    diesel::insert_into(uploads::table)
        .values((
            uploads::id.eq(upload.id),
            uploads::owner.eq(&upload.owner),
            uploads::actor.eq(actor),
            uploads::length.eq(upload.length),
            uploads::media_type.eq(&upload.media_type),
            uploads::filename.eq(&upload.filename),
            uploads::sha256.eq(upload.sha256.map(|sha256| sha256.to_vec())),
            uploads::metadata.eq(&upload.metadata),
            uploads::created_at.eq(upload.created_at),
            uploads::received.eq(upload.received),
            uploads::state.eq(upload.state),
            uploads::expires_at.eq(upload.expires_at),
        ))
        .execute(connection)?;
    Ok(())
}

/// An upload, whoever asks.
///
/// # Errors
/// The failures of the store.
pub fn find(connection: &mut Connection, id: UploadId) -> Result<Option<Upload>, StoreError> {
    let row: Option<Row> = uploads::table
        .find(id)
        .select(Row::as_select())
        .first(connection)
        .optional()?;
    row.map(Row::read).transpose()
}

/// An upload of that sender which has not expired.
///
/// # Errors
/// The failures of the store.
pub fn find_of(
    connection: &mut Connection,
    owner: &str,
    id: UploadId,
    now: Instant,
) -> Result<Option<Upload>, StoreError> {
    let found = find(connection, id)?;
    Ok(found.filter(|upload| upload.owner == owner && upload.expires_at > now))
}

/// How many uploads of that sender are on their way.
///
/// # Errors
/// The failures of the store.
pub fn count_unfinished(connection: &mut Connection, owner: &str, now: Instant) -> Result<i64, StoreError> {
    Ok(uploads::table
        .filter(uploads::owner.eq(owner))
        .filter(uploads::expires_at.gt(now))
        .filter(
            uploads::state
                .eq(UploadState::Open)
                .or(uploads::state.eq(UploadState::Whole)),
        )
        .count()
        .get_result(connection)?)
}

/// Moves the offset past parts that are durable; false when it does not stand any more where the first of them begins.
///
/// # Errors
/// The failures of the store.
pub fn advance(
    connection: &mut Connection,
    upload: &Upload,
    parts: &[Part],
    expires_at: Instant,
) -> Result<bool, StoreError> {
    let received = upload.received + parts.iter().map(|part| part.size).sum::<i64>();
    let state = if received == upload.length {
        UploadState::Whole
    } else {
        UploadState::Open
    };
    let place = uploads::table
        .find(upload.id)
        .filter(uploads::received.eq(upload.received))
        .filter(uploads::state.eq(UploadState::Open));
    let moved = diesel::update(place)
        .set((
            uploads::received.eq(received),
            uploads::state.eq(state),
            uploads::expires_at.eq(expires_at),
        ))
        .execute(connection)?;
    if moved == 0 {
        return Ok(false);
    }
    for part in parts {
        diesel::insert_into(upload_parts::table)
            .values((
                upload_parts::upload_id.eq(upload.id),
                upload_parts::start.eq(part.start),
                upload_parts::size.eq(part.size),
                upload_parts::object.eq(&part.object),
            ))
            .execute(connection)?;
    }
    Ok(true)
}

/// The parts of an upload in the order of their bytes.
///
/// # Errors
/// The failures of the store.
pub fn parts(connection: &mut Connection, id: UploadId) -> Result<Vec<Part>, StoreError> {
    let rows: Vec<(i64, i64, String)> = upload_parts::table
        .filter(upload_parts::upload_id.eq(id))
        .order(upload_parts::start.asc())
        .select((upload_parts::start, upload_parts::size, upload_parts::object))
        .load(connection)?;
    let read = |(start, size, object)| Part { start, size, object };
    Ok(rows.into_iter().map(read).collect())
}

/// Writes what became of an upload whose bytes were all here.
///
/// # Errors
/// The failures of the store.
pub fn settle(connection: &mut Connection, upload: &Upload) -> Result<(), StoreError> {
    diesel::update(uploads::table.find(upload.id))
        .set((
            uploads::state.eq(upload.state),
            uploads::attachment_id.eq(upload.attachment_id),
            uploads::refusal.eq(&upload.refusal),
            uploads::expires_at.eq(upload.expires_at),
        ))
        .execute(connection)?;
    diesel::delete(upload_parts::table.filter(upload_parts::upload_id.eq(upload.id))).execute(connection)?;
    Ok(())
}

/// Takes an upload off the record; its objects are gone already.
///
/// # Errors
/// The failures of the store.
pub fn remove(connection: &mut Connection, id: UploadId) -> Result<(), StoreError> {
    diesel::delete(upload_parts::table.filter(upload_parts::upload_id.eq(id))).execute(connection)?;
    diesel::delete(uploads::table.find(id)).execute(connection)?;
    Ok(())
}

/// Uploads that have expired, the oldest first.
///
/// # Errors
/// The failures of the store.
pub fn expired(connection: &mut Connection, now: Instant, limit: i64) -> Result<Vec<Upload>, StoreError> {
    let rows: Vec<Row> = uploads::table
        .filter(uploads::expires_at.le(now))
        .order((uploads::expires_at.asc(), uploads::id.asc()))
        .limit(limit)
        .select(Row::as_select())
        .load(connection)?;
    rows.into_iter().map(Row::read).collect()
}

/// Uploads whose bytes are all here and of which nothing has become yet, that expire by `left`: the longest waiting first.
///
/// # Errors
/// The failures of the store.
pub fn whole(connection: &mut Connection, left: Instant, limit: i64) -> Result<Vec<Upload>, StoreError> {
    let rows: Vec<Row> = uploads::table
        // In the words of its index; with a parameter in them SQLite would not know the index again.
        .filter(sql::<Bool>("uploads.state = 'whole'"))
        .filter(uploads::expires_at.le(left))
        .order((uploads::expires_at.asc(), uploads::id.asc()))
        .limit(limit)
        .select(Row::as_select())
        .load(connection)?;
    rows.into_iter().map(Row::read).collect()
}

/// Those of the ids under which an upload is on record.
///
/// # Errors
/// The failures of the store.
pub fn on_record(connection: &mut Connection, ids: &[UploadId]) -> Result<Vec<UploadId>, StoreError> {
    Ok(uploads::table
        .filter(uploads::id.eq_any(ids.to_vec()))
        .select(uploads::id)
        .load(connection)?)
}

/// Writes of the slots that somebody declared with a digest how much of it is on its way.
///
/// # Errors
/// The failures of the store.
pub fn tell_slots(connection: &mut Connection, owner: &str, sha256: Option<[u8; 32]>) -> Result<(), StoreError> {
    let Some(sha256) = sha256 else {
        return Ok(());
    };
    let under_way: Vec<(UploadState, i64)> = uploads::table
        .filter(uploads::owner.eq(owner))
        .filter(uploads::sha256.eq(sha256.to_vec()))
        .select((uploads::state, uploads::received))
        .load(connection)?;
    let any = |is: fn(&(UploadState, i64)) -> bool| under_way.iter().any(is);
    let state = if any(|(state, _)| *state == UploadState::Whole) {
        SlotState::Stored
    } else if any(|(state, received)| *state == UploadState::Open && *received > 0) {
        SlotState::Partial
    } else {
        SlotState::Declared
    };
    let waiting = attachments::table
        .filter(attachments::sha256.eq(sha256.to_vec()))
        .filter(attachments::uploaded_by.eq(owner))
        .filter(attachments::state.ne(SlotState::Verified))
        .filter(attachments::state.ne(state));
    diesel::update(waiting)
        .set(attachments::state.eq(state))
        .execute(connection)?;
    Ok(())
}
