//! The use case: put a piece of evidence on record whose bytes are kept already.

use super::declare::{append, fill};
use super::model::{Attachment, Brought, SlotState};
use super::store;
use crate::law::refusal::Refusal;
use crate::law::scope::{Caller, Role};
use crate::store::{Connection, Failure};
use crate::values::{AttachmentId, Instant};

/// Roles that may bring evidence: whoever reports, judges or rectifies.
pub const UPLOADS: &[Role] = &[
    Role::Enterprise,
    Role::Inspector,
    Role::Committee,
    Role::Regulator,
    Role::Office,
    Role::TipOfficer,
    Role::System,
];

/// Whether the caller may bring evidence at all.
///
/// # Errors
/// None of the caller's roles may.
pub fn may_upload(caller: &Caller) -> Result<(), Refusal> {
    if caller.has_any(UPLOADS) {
        Ok(())
    } else {
        Err(Refusal::role_not_allowed(UPLOADS))
    }
}

/// Puts evidence on record: fills what the caller declared with these bytes, or, where nothing was declared with them,
/// makes a piece of evidence of its own under the id `fresh`. `seed` is random and used for nothing else.
///
/// # Errors
/// A role that may not, bytes that are not what was declared, and the failures of the store.
pub fn record(
    connection: &mut Connection,
    caller: &Caller,
    brought: &Brought,
    fresh: AttachmentId,
    now: Instant,
    seed: [u8; 16],
) -> Result<Attachment, Failure> {
    may_upload(caller)?;
    if let Some(slot) = fill(connection, caller, brought, now, seed)? {
        return Ok(slot);
    }
    let attachment = Attachment {
        id: fresh,
        sha256: brought.sha256,
        size: brought.size,
        media_type: brought.media_type.clone(),
        filename: brought.filename.clone(),
        uploaded_by: caller.subject.clone(),
        created_at: now,
        declared_at: None,
        state: SlotState::Verified,
        version: 1,
        exposure: brought.exposure,
    };
    store::insert(connection, &attachment)?;
    append(
        connection,
        caller,
        &attachment,
        ("store", "attachment.stored"),
        now,
        seed,
    )?;
    Ok(attachment)
}
