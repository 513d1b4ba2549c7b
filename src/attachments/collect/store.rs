//! Rows that are looked at, and digests that no row may hold.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Binary;

use crate::attachments::model::Attachment;
use crate::attachments::store::find;
use crate::store::columns::{InstantColumn, UuidColumn};
use crate::store::schema::{attachments, hazard_attachments, inspection_attachments, loose_bytes};
use crate::store::{Connection, StoreError};
use crate::values::{AttachmentId, Instant};

/// Evidence that somebody has to look at by now, the longest waiting first.
///
/// # Errors
/// The failures of the store.
pub fn due(connection: &mut Connection, now: Instant, limit: i64) -> Result<Vec<AttachmentId>, StoreError> {
    Ok(attachments::table
        .filter(attachments::collect_at.le(now))
        .filter(attachments::collect_at.is_not_null())
        .order((attachments::collect_at.asc(), attachments::id.asc()))
        .limit(limit)
        .select(attachments::id)
        .load(connection)?)
}

/// A piece of evidence, held until the transaction ends so that nobody cites it meanwhile; nothing when somebody has
/// looked at it already.
///
/// # Errors
/// The failures of the store.
pub fn hold(connection: &mut Connection, id: AttachmentId, now: Instant) -> Result<Option<Attachment>, StoreError> {
    if let Connection::Postgres(inner) = connection {
        sql_query("SELECT id FROM attachments WHERE id = $1 FOR UPDATE")
            .bind::<UuidColumn, _>(id)
            .execute(inner)?;
    }
    let due: Option<AttachmentId> = attachments::table
        .find(id)
        .filter(attachments::collect_at.le(now))
        .select(attachments::id)
        .first(connection)
        .optional()?;
    match due {
        Some(id) => find(connection, id),
        None => Ok(None),
    }
}

/// True when a hazard or an inspection cites it.
///
/// # Errors
/// The failures of the store.
pub fn is_cited(connection: &mut Connection, id: AttachmentId) -> Result<bool, StoreError> {
    let by_hazards: i64 = hazard_attachments::table
        .filter(hazard_attachments::attachment_id.eq(id))
        .count()
        .get_result(connection)?;
    let by_inspections: i64 = inspection_attachments::table
        .filter(inspection_attachments::attachment_id.eq(id))
        .count()
        .get_result(connection)?;
    Ok(by_hazards + by_inspections > 0)
}

/// Writes when somebody has to look at it again; never, once something cites it.
///
/// # Errors
/// The failures of the store.
pub fn look_again(connection: &mut Connection, id: AttachmentId, at: Option<Instant>) -> Result<(), StoreError> {
    diesel::update(attachments::table.find(id))
        .set(attachments::collect_at.eq(at))
        .execute(connection)?;
    Ok(())
}

/// Takes it off the record.
///
/// # Errors
/// The failures of the store.
pub fn remove(connection: &mut Connection, id: AttachmentId) -> Result<(), StoreError> {
    diesel::delete(attachments::table.find(id)).execute(connection)?;
    Ok(())
}

/// Notes that bytes may be held by no row, to be looked at from then on. Whatever was noted of them before is void.
///
/// # Errors
/// The failures of the store.
pub fn note(connection: &mut Connection, sha256: &[u8; 32], due: Instant) -> Result<(), StoreError> {
    sql_query(
        "INSERT INTO loose_bytes (sha256, due_at) VALUES ($1, $2) \
         ON CONFLICT (sha256) DO UPDATE SET moved_at = NULL, due_at = excluded.due_at",
    )
    .bind::<Binary, _>(sha256.as_slice())
    .bind::<InstantColumn, _>(due)
    .execute(connection)?;
    Ok(())
}

/// Bytes that somebody has to look at.
#[derive(Debug, Clone, Copy)]
pub struct Loose {
    /// Their digest.
    pub sha256: [u8; 32],
    /// When they were laid aside.
    pub moved_at: Option<Instant>,
    /// Since when they had to be looked at.
    due: Instant,
    /// Whether a row holds them.
    pub held: bool,
}

/// Bytes that somebody has to look at by now, the longest waiting first.
///
/// # Errors
/// The failures of the store.
pub fn loose(connection: &mut Connection, now: Instant, limit: i64) -> Result<Vec<Loose>, StoreError> {
    let rows: Vec<(Vec<u8>, Option<Instant>, Instant)> = loose_bytes::table
        .filter(loose_bytes::due_at.le(now))
        .order((loose_bytes::due_at.asc(), loose_bytes::sha256.asc()))
        .limit(limit)
        .load(connection)?;
    let read = |(sha256, moved_at, due): (Vec<u8>, Option<Instant>, Instant)| {
        let sha256 = <[u8; 32]>::try_from(sha256).map_err(|_| StoreError::Corrupt("a bad digest".to_owned()))?;
        let held = is_held(connection, &sha256)?;
        Ok(Loose {
            sha256,
            moved_at,
            due,
            held,
        })
    };
    rows.into_iter().map(read).collect()
}

/// Writes that bytes were laid aside and when to look at them again, unless they were noted anew meanwhile.
///
/// # Errors
/// The failures of the store.
pub fn moved(connection: &mut Connection, bytes: &Loose, at: Instant, due: Instant) -> Result<(), StoreError> {
    diesel::update(loose_bytes::table.find(bytes.sha256.to_vec()))
        .filter(loose_bytes::due_at.eq(bytes.due))
        .set((loose_bytes::moved_at.eq(Some(at)), loose_bytes::due_at.eq(due)))
        .execute(connection)?;
    Ok(())
}

/// Takes the note away of bytes that are in their place or gone, unless they were noted anew meanwhile.
///
/// # Errors
/// The failures of the store.
pub fn settle(connection: &mut Connection, bytes: &Loose) -> Result<(), StoreError> {
    diesel::delete(loose_bytes::table.find(bytes.sha256.to_vec()))
        .filter(loose_bytes::due_at.eq(bytes.due))
        .execute(connection)?;
    Ok(())
}

fn is_held(connection: &mut Connection, sha256: &[u8; 32]) -> Result<bool, StoreError> {
    let held: i64 = attachments::table
        .filter(attachments::sha256.eq(sha256.to_vec()))
        .count()
        .get_result(connection)?;
    Ok(held > 0)
}
