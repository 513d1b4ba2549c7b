//! Rows of evidence, and who may see them.

use diesel::prelude::*;

use super::model::Attachment;
use crate::law::lifecycle::Source;
use crate::law::scope::{Caller, Scope};
use crate::store::schema::{attachments, hazard_attachments, hazards};
use crate::store::scope::within;
use crate::store::{Connection, StoreError};
use crate::values::{AttachmentId, HazardId, Instant, Vocabulary};

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
        })
    }
}

/// Puts a piece of evidence on record.
///
/// # Errors
/// The failures of the store.
pub fn insert(connection: &mut Connection, attachment: &Attachment) -> Result<(), StoreError> {
    diesel::insert_into(attachments::table)
        .values((
            attachments::id.eq(attachment.id),
            attachments::sha256.eq(attachment.sha256.to_vec()),
            attachments::size.eq(attachment.size),
            attachments::media_type.eq(&attachment.media_type),
            attachments::filename.eq(&attachment.filename),
            attachments::uploaded_by.eq(&attachment.uploaded_by),
            attachments::created_at.eq(attachment.created_at),
        ))
        .execute(connection)?;
    Ok(())
}

/// A piece of evidence that the caller sent, or that a hazard cites which the caller may see.
///
/// # Errors
/// The failures of the store.
pub fn find_visible(
    connection: &mut Connection,
    caller: &Caller,
    id: AttachmentId,
) -> Result<Option<Attachment>, StoreError> {
    let row: Option<Row> = attachments::table
        .find(id)
        .select(Row::as_select())
        .first(connection)
        .optional()?;
    let Some(attachment) = row.map(Row::read).transpose()? else {
        return Ok(None);
    };
    let visible = attachment.uploaded_by == caller.subject || is_cited(connection, caller, id)?;
    Ok(visible.then_some(attachment))
}

/// For each id whether the caller may know of it.
///
/// # Errors
/// The failures of the store.
pub fn known(connection: &mut Connection, caller: &Caller, ids: &[AttachmentId]) -> Result<Vec<bool>, StoreError> {
    ids.iter()
        .map(|id| find_visible(connection, caller, *id).map(|found| found.is_some()))
        .collect()
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
                .execute(connection)?;
        }
    }
    Ok(())
}

fn is_cited(connection: &mut Connection, caller: &Caller, id: AttachmentId) -> Result<bool, StoreError> {
    let Some(scope) = caller.ledger_scope() else {
        return Ok(false);
    };
    let anywhere = citing(connection, &scope, id, false)?;
    if caller.sees_sources() || !anywhere {
        return Ok(anywhere);
    }
    // The evidence of a report could betray who reported; a unit sees only that of its own self-reports.
    citing(connection, &scope, id, true)
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
