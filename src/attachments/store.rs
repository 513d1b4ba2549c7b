//! Rows of evidence, and who may see them.

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_query;
use diesel::sql_types::BigInt;

use super::model::{Attachment, Exposure, ExposureLocation, SlotState};
use crate::law::lifecycle::Source;
use crate::law::scope::{Caller, READS_INSPECTIONS, Scope};
use crate::store::columns::texts;
use crate::store::schema::{attachments, hazard_attachments, hazards, inspection_attachments, inspections};
use crate::store::scope::within;
use crate::store::{Connection, StoreError, lock};
use crate::values::{AttachmentId, HazardId, InspectionId, Instant, Vocabulary};

/// How long evidence waits to be cited, in days.
const COLLECTED_AFTER_DAYS: i64 = 30;

texts!(SlotState);

#[derive(Queryable, Selectable)]
#[diesel(table_name = attachments)]
struct Row {
    id: AttachmentId,
    sha256: Vec<u8>,
    size: i64,
    media_type: String,
    filename: Option<String>,
    uploaded_by: String,
    created_at: Instant,
    declared_at: Option<Instant>,
    state: SlotState,
    version: i64,
    captured_at: Option<Instant>,
    latitude: Option<f64>,
    longitude: Option<f64>,
}

impl Row {
    fn read(self) -> Result<Attachment, StoreError> {
        Ok(Attachment {
            sha256: self
                .sha256
                .as_slice()
                .try_into()
                .map_err(|_| StoreError::Corrupt(format!("attachment {} has a bad digest", self.id)))?,
            id: self.id,
            size: self.size,
            media_type: self.media_type,
            filename: self.filename,
            uploaded_by: self.uploaded_by,
            created_at: self.created_at,
            declared_at: self.declared_at,
            state: self.state,
            version: self.version,
            exposure: Exposure {
                captured_at: self.captured_at,
                location: self
                    .latitude
                    .zip(self.longitude)
                    .map(|(latitude, longitude)| ExposureLocation { latitude, longitude }),
            },
        })
    }
}

/// Holds what the caller brings and declares with these digests until the transaction ends, so that a declaration and
/// the bytes that come at the same moment on another node find each other.
///
/// # Errors
/// The failures of the store.
pub fn hold(connection: &mut Connection, owner: &str, digests: &[[u8; 32]]) -> Result<(), StoreError> {
    // On SQLite there is one writer.
    let Connection::Postgres(inner) = connection else {
        return Ok(());
    };
    let number = |digest: &[u8; 32]| lock::number_of(&[owner.as_bytes(), digest]);
    let mut numbers: Vec<i64> = digests.iter().map(number).collect();
    // In one order, so that nobody waits for whom they keep waiting.
    numbers.sort_unstable();
    for number in numbers {
        sql_query("SELECT pg_advisory_xact_lock($1)")
            .bind::<BigInt, _>(number)
            .execute(inner)?;
    }
    Ok(())
}

/// Puts a piece of evidence on record.
///
/// # Errors
/// [`StoreError::Unique`] when the id is taken, and the failures of the store.
pub fn insert(connection: &mut Connection, attachment: &Attachment) -> Result<(), StoreError> {
    let location = attachment.exposure.location;
    diesel::insert_into(attachments::table)
        .values((
            attachments::id.eq(attachment.id),
            attachments::sha256.eq(attachment.sha256.to_vec()),
            attachments::size.eq(attachment.size),
            attachments::media_type.eq(&attachment.media_type),
            attachments::filename.eq(&attachment.filename),
            attachments::uploaded_by.eq(&attachment.uploaded_by),
            attachments::created_at.eq(attachment.created_at),
            attachments::declared_at.eq(attachment.declared_at),
            attachments::state.eq(attachment.state),
            attachments::version.eq(attachment.version),
            attachments::captured_at.eq(attachment.exposure.captured_at),
            attachments::latitude.eq(location.map(|location| location.latitude)),
            attachments::longitude.eq(location.map(|location| location.longitude)),
            attachments::collect_at.eq(Some(collect_at(attachment.created_at))),
        ))
        .execute(connection)?;
    Ok(())
}

/// Writes that the bytes of a slot are here.
///
/// # Errors
/// The failures of the store.
pub fn fill(connection: &mut Connection, slot: &Attachment, now: Instant) -> Result<(), StoreError> {
    let location = slot.exposure.location;
    diesel::update(attachments::table.find(slot.id))
        .set((
            attachments::state.eq(slot.state),
            attachments::version.eq(slot.version),
            attachments::captured_at.eq(slot.exposure.captured_at),
            attachments::latitude.eq(location.map(|location| location.latitude)),
            attachments::longitude.eq(location.map(|location| location.longitude)),
            attachments::collect_at.eq(Some(collect_at(now))),
        ))
        .execute(connection)?;
    Ok(())
}

/// When somebody looks whether anything cites what came at that moment.
fn collect_at(came_at: Instant) -> Instant {
    came_at.plus_seconds(COLLECTED_AFTER_DAYS * 86_400)
}

/// A piece of evidence, whoever asks.
///
/// # Errors
/// The failures of the store.
pub fn find(connection: &mut Connection, id: AttachmentId) -> Result<Option<Attachment>, StoreError> {
    let row: Option<Row> = attachments::table
        .find(id)
        .select(Row::as_select())
        .first(connection)
        .optional()?;
    row.map(Row::read).transpose()
}

/// What somebody brought with that digest, whose bytes are here.
///
/// # Errors
/// The failures of the store.
pub fn brought(connection: &mut Connection, owner: &str, sha256: &[u8; 32]) -> Result<Option<Attachment>, StoreError> {
    let row: Option<Row> = attachments::table
        .filter(attachments::sha256.eq(sha256.to_vec()))
        .filter(attachments::uploaded_by.eq(owner))
        .filter(attachments::state.eq(SlotState::Verified))
        .order(attachments::id.asc())
        .select(Row::as_select())
        .first(connection)
        .optional()?;
    row.map(Row::read).transpose()
}

/// Slots that somebody declared with that digest, filled or not, in the order of their ids.
///
/// # Errors
/// The failures of the store.
pub fn declared_with(
    connection: &mut Connection,
    owner: &str,
    sha256: &[u8; 32],
) -> Result<Vec<Attachment>, StoreError> {
    let rows: Vec<Row> = attachments::table
        .filter(attachments::sha256.eq(sha256.to_vec()))
        .filter(attachments::uploaded_by.eq(owner))
        .filter(attachments::declared_at.is_not_null())
        .order(attachments::id.asc())
        .select(Row::as_select())
        .load(connection)?;
    rows.into_iter().map(Row::read).collect()
}

/// A piece of evidence that the caller sent or declared, or that a hazard cites or an inspection names which the caller
/// may see.
///
/// # Errors
/// The failures of the store.
pub fn find_visible(
    connection: &mut Connection,
    caller: &Caller,
    id: AttachmentId,
) -> Result<Option<Attachment>, StoreError> {
    let Some(attachment) = find(connection, id)? else {
        return Ok(None);
    };
    let visible = attachment.uploaded_by == caller.subject || is_cited(connection, caller, id)?;
    Ok(visible.then_some(attachment))
}

/// For each id how much of it is here; nothing for what the caller may not know of.
///
/// # Errors
/// The failures of the store.
pub fn standing(
    connection: &mut Connection,
    caller: &Caller,
    ids: &[AttachmentId],
) -> Result<Vec<Option<SlotState>>, StoreError> {
    ids.iter()
        .map(|id| find_visible(connection, caller, *id).map(|found| found.map(|found| found.state)))
        .collect()
}

/// Pieces of evidence, whoever asks, in the order of `ids`; what is not on record is left out.
///
/// # Errors
/// The failures of the store.
pub fn slots(connection: &mut Connection, ids: &[AttachmentId]) -> Result<Vec<Attachment>, StoreError> {
    let rows: Vec<Row> = attachments::table
        .filter(attachments::id.eq_any(ids.to_vec()))
        .select(Row::as_select())
        .load(connection)?;
    let mut slots = rows.into_iter().map(Row::read).collect::<Result<Vec<_>, _>>()?;
    let place = |slot: &Attachment| ids.iter().position(|id| *id == slot.id);
    slots.sort_by_key(place);
    Ok(slots)
}

/// Pieces of evidence whose bytes are here, at most `limit` behind one, in the order of their ids.
///
/// # Errors
/// The failures of the store.
pub fn brought_after(
    connection: &mut Connection,
    after: Option<AttachmentId>,
    limit: i64,
) -> Result<Vec<Attachment>, StoreError> {
    let mut query = attachments::table
        .filter(attachments::state.eq(SlotState::Verified))
        .order(attachments::id.asc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(attachments::id.gt(after));
    }
    query.load(connection)?.into_iter().map(Row::read).collect()
}

/// Those of the hazards that cite evidence whose bytes are still to come.
///
/// # Errors
/// The failures of the store.
pub fn awaited_by(connection: &mut Connection, hazards: &[HazardId]) -> Result<Vec<HazardId>, StoreError> {
    Ok(hazard_attachments::table
        .inner_join(attachments::table.on(attachments::id.eq(hazard_attachments::attachment_id)))
        .filter(hazard_attachments::hazard_id.eq_any(hazards.to_vec()))
        .filter(attachments::state.ne(SlotState::Verified))
        .select(hazard_attachments::hazard_id)
        .distinct()
        .load(connection)?)
}

/// Records that a hazard cites evidence at a stage: `report`, `completion`, `evaluation` or `review`.
///
/// # Errors
/// The failures of the store.
pub fn cite(
    connection: &mut Connection,
    hazard: HazardId,
    stage: &'static str,
    ids: &[AttachmentId],
) -> Result<(), StoreError> {
    for id in ids {
        let cited: Option<String> = hazard_attachments::table
            .find((*id, hazard, stage))
            .select(hazard_attachments::stage)
            .first(connection)
            .optional()?;
        // A hazard that was reopened may cite the same evidence again.
        if cited.is_none() {
            diesel::insert_into(hazard_attachments::table)
                .values((
                    hazard_attachments::attachment_id.eq(*id),
                    hazard_attachments::hazard_id.eq(hazard),
                    hazard_attachments::stage.eq(stage),
                ))
                .execute(connection)
                .map_err(collected_meanwhile)?;
        }
    }
    Ok(())
}

/// Evidence that was collected since it was looked up: the next look does not find it.
fn collected_meanwhile(error: DieselError) -> StoreError {
    match error {
        DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => StoreError::Conflict(error),
        error => error.into(),
    }
}

fn is_cited(connection: &mut Connection, caller: &Caller, id: AttachmentId) -> Result<bool, StoreError> {
    let Some(scope) = caller.ledger_scope() else {
        return Ok(false);
    };
    let anywhere = citing(connection, &scope, id, false)?;
    if caller.has_any(READS_INSPECTIONS) && !anywhere {
        return is_of_inspection(connection, &scope, id);
    }
    if caller.sees_sources() || !anywhere {
        return Ok(anywhere);
    }
    // The evidence of a report could betray who reported; a unit sees only that of its own self-reports.
    citing(connection, &scope, id, true)
}

/// Whether an inspection within the scope names it.
fn is_of_inspection(connection: &mut Connection, scope: &Scope, id: AttachmentId) -> Result<bool, StoreError> {
    let naming = inspection_attachments::table
        .filter(inspection_attachments::attachment_id.eq(id))
        .select(inspection_attachments::inspection_id);
    let found: Option<InspectionId> = within!(inspections::table.into_boxed(), scope, inspections)
        .filter(inspections::id.eq_any(naming))
        .select(inspections::id)
        .first(connection)
        .optional()?;
    Ok(found.is_some())
}

fn citing(connection: &mut Connection, scope: &Scope, id: AttachmentId, blind: bool) -> Result<bool, StoreError> {
    let cited = hazard_attachments::table
        .filter(hazard_attachments::attachment_id.eq(id))
        .select((hazard_attachments::hazard_id, hazard_attachments::stage))
        .load::<(HazardId, String)>(connection)?;
    for (hazard, stage) in cited {
        let seen = within!(hazards::table.into_boxed(), scope, hazards)
            .filter(hazards::id.eq(hazard))
            .select(hazards::source)
            .first::<String>(connection)
            .optional()?;
        let open = |source: &str| !blind || stage != "report" || source == Source::SelfReport.code();
        if seen.is_some_and(|source| open(&source)) {
            return Ok(true);
        }
    }
    Ok(false)
}
