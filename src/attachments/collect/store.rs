//! Rows that are looked at, and digests that no row holds.

use diesel::prelude::*;
use diesel::sql_query;

use crate::attachments::model::Attachment;
use crate::attachments::store::find;
use crate::store::columns::UuidColumn;
use crate::store::schema::{attachments, collected_bytes, hazard_attachments, inspection_attachments};
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

/// Notes that bytes may go, where no row holds them.
///
/// # Errors
/// The failures of the store.
pub fn let_go(connection: &mut Connection, sha256: &[u8; 32]) -> Result<(), StoreError> {
    if is_held(connection, sha256)? {
        return Ok(());
    }
    let noted: Option<Vec<u8>> = collected_bytes::table
        .find(sha256.to_vec())
        .select(collected_bytes::sha256)
        .first(connection)
        .optional()?;
    if noted.is_none() {
        diesel::insert_into(collected_bytes::table)
            .values(collected_bytes::sha256.eq(sha256.to_vec()))
            .execute(connection)?;
    }
    Ok(())
}

/// Bytes that no row held when they were noted.
#[derive(Debug, Clone, Copy)]
pub struct Aside {
    /// Their digest.
    pub sha256: [u8; 32],
    /// When they were laid aside.
    pub moved_at: Option<Instant>,
    /// Whether a row holds them again.
    pub held: bool,
}

/// Bytes that wait to be laid aside, put back or removed.
///
/// # Errors
/// The failures of the store.
pub fn aside(connection: &mut Connection) -> Result<Vec<Aside>, StoreError> {
    let rows: Vec<(Vec<u8>, Option<Instant>)> = collected_bytes::table
        .select((collected_bytes::sha256, collected_bytes::moved_at))
        .order(collected_bytes::sha256.asc())
        .limit(MOST_ASIDE)
        .load(connection)?;
    let read = |(sha256, moved_at): (Vec<u8>, Option<Instant>)| {
        let sha256 = <[u8; 32]>::try_from(sha256).map_err(|_| StoreError::Corrupt("a bad digest".to_owned()))?;
        let held = is_held(connection, &sha256)?;
        Ok(Aside { sha256, moved_at, held })
    };
    rows.into_iter().map(read).collect()
}

/// How many of them are looked at in one go.
const MOST_ASIDE: i64 = 1000;

/// Writes when bytes were laid aside; nothing where they are back or gone.
///
/// # Errors
/// The failures of the store.
pub fn settle(connection: &mut Connection, sha256: &[u8; 32], moved_at: Option<Instant>) -> Result<(), StoreError> {
    let row = collected_bytes::table.find(sha256.to_vec());
    match moved_at {
        Some(_) => diesel::update(row)
            .set(collected_bytes::moved_at.eq(moved_at))
            .execute(connection)?,
        None => diesel::delete(row).execute(connection)?,
    };
    Ok(())
}

fn is_held(connection: &mut Connection, sha256: &[u8; 32]) -> Result<bool, StoreError> {
    let held: i64 = attachments::table
        .filter(attachments::sha256.eq(sha256.to_vec()))
        .count()
        .get_result(connection)?;
    Ok(held > 0)
}
