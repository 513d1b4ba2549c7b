//! The use case: put a piece of evidence on record.

use super::model::Attachment;
use super::store;
use crate::journal::{self, Actor, Draft, Subject};
use crate::law::refusal::Refusal;
use crate::law::scope::{Caller, Role};
use crate::store::{Connection, Failure, StoreError};

/// Roles that may send evidence: whoever reports, judges or rectifies.
pub const UPLOADS: &[Role] = &[
    Role::Enterprise,
    Role::Inspector,
    Role::Committee,
    Role::Regulator,
    Role::TipOfficer,
    Role::Office,
    Role::System,
];

/// Whether the caller may send evidence at all.
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

/// Puts evidence on record whose bytes are in the object store already.
///
/// # Errors
/// A role that may not, and the failures of the store.
pub fn record(
    connection: &mut Connection,
    caller: &Caller,
    attachment: &Attachment,
    salt: [u8; 16],
) -> Result<(), Failure> {
    may_upload(caller)?;
    store::insert(connection, attachment)?;
    journal::append(
        connection,
        Draft {
            subject: Subject::from(attachment.id),
            version: 1,
            action: "store",
            event_type: "attachment.stored".to_owned(),
            from: None,
            to: None,
            at: attachment.created_at,
            actor: Actor::from(caller),
            payload: serde_json::to_value(attachment.stored_event())
                .map_err(|error| StoreError::Corrupt(error.to_string()))?,
            salt,
        },
    )?;
    Ok(())
}
