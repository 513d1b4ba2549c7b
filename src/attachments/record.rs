//! The use case: put a piece of evidence on record whose bytes are kept already.

use serde_json::json;

use super::model::Attachment;
use super::object::hexadecimal;
use super::store;
use crate::journal::{self, Actor, Draft, Subject};
use crate::law::refusal::Refusal;
use crate::law::scope::{Caller, Role};
use crate::store::{Connection, Failure};

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

/// Puts evidence on record.
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
            // The name of a file can name a person, so it stays out of the log that is never erased.
            payload: json!({
                "sha256": hexadecimal(&attachment.sha256),
                "size": attachment.size,
                "media_type": attachment.media_type,
            }),
            salt,
        },
    )?;
    Ok(())
}
