//! Slots: evidence that is announced before its bytes are here, and filled when they come.
//!
//! A slot is filled by whoever declared it and by nobody else, and its digest says with which bytes. So a digest that
//! somebody has seen opens nobody's file.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::bodies::Declared;
use super::model::{Attachment, Brought, Exposure, SlotState};
use super::object::hexadecimal;
use super::record::may_upload;
use super::store;
use crate::journal::{self, Actor, Draft, Subject};
use crate::law::refusal::{BrokenRule, Refusal};
use crate::law::scope::Caller;
use crate::store::{Connection, Failure, StoreError};
use crate::values::{AttachmentId, Fault, FaultCode, Faults, Instant};

/// Declares evidence. What the caller declared before under the same id and with the same digest stands as it is; what
/// the caller has brought already is born filled. `seed` is random and used for nothing else.
///
/// # Errors
/// A role that may not, an id that is taken (its pointer is `/evidence/<index>/id`), and the failures of the store.
pub fn declare(
    connection: &mut Connection,
    caller: &Caller,
    now: Instant,
    declared: &[Declared],
    seed: [u8; 16],
) -> Result<Vec<Attachment>, Failure> {
    if declared.is_empty() {
        return Ok(Vec::new());
    }
    may_upload(caller)?;
    let digests: Vec<[u8; 32]> = declared.iter().map(|declared| declared.sha256.0).collect();
    store::hold(connection, &caller.subject, &digests)?;
    let mut slots = Vec::new();
    let mut faults = Faults::default();
    for (index, declared) in declared.iter().enumerate() {
        let slot = match store::find(connection, declared.id)? {
            None => open(connection, caller, now, declared, seed)?,
            Some(slot) => Some(slot),
        };
        match slot {
            Some(slot) if slot.uploaded_by == caller.subject && slot.sha256 == declared.sha256.0 => slots.push(slot),
            _ => faults.push(Fault::new(format!("/evidence/{index}/id"), FaultCode::Duplicate)),
        }
    }
    faults.none_or(slots).map_err(|faults| Refusal::Faults(faults).into())
}

/// A new slot; nothing when somebody else took the id meanwhile.
fn open(
    connection: &mut Connection,
    caller: &Caller,
    now: Instant,
    declared: &Declared,
    seed: [u8; 16],
) -> Result<Option<Attachment>, StoreError> {
    let mut slot = Attachment {
        id: declared.id,
        sha256: declared.sha256.0,
        size: declared.size,
        media_type: declared.media_type.clone(),
        filename: declared.filename.as_ref().map(ToString::to_string),
        uploaded_by: caller.subject.clone(),
        created_at: now,
        declared_at: Some(now),
        state: SlotState::Declared,
        version: 1,
        exposure: Exposure::default(),
    };
    match connection.nested(|connection| store::insert(connection, &slot)) {
        Ok(()) => {}
        Err(StoreError::Unique(_)) => return Ok(None),
        Err(error) => return Err(error),
    }
    append(connection, caller, &slot, ("declare", "attachment.declared"), now, seed)?;
    let here = store::brought(connection, &caller.subject, &slot.sha256)?;
    if let Some(here) = here.filter(|here| here.size == slot.size && here.media_type == slot.media_type) {
        verify(connection, caller, &mut slot, here.exposure, now, seed)?;
    }
    Ok(Some(slot))
}

/// Fills every slot that the caller declared with the digest of these bytes and that is still open, and returns the first
/// slot of that digest; nothing when the caller declared none.
///
/// # Errors
/// `evidence_differs` when none is filled because size or media type are not those of the bytes; and the failures of the
/// store.
pub fn fill(
    connection: &mut Connection,
    caller: &Caller,
    brought: &Brought,
    now: Instant,
    seed: [u8; 16],
) -> Result<Option<Attachment>, Failure> {
    store::hold(connection, &caller.subject, &[brought.sha256])?;
    let mut slots = store::declared_with(connection, &caller.subject, &brought.sha256)?;
    let mut broken = Vec::new();
    for slot in slots.iter_mut().filter(|slot| slot.state != SlotState::Verified) {
        let differing = differing(slot, brought);
        if differing.is_empty() {
            verify(connection, caller, slot, brought.exposure, now, seed)?;
        }
        let id = slot.id;
        broken.extend(
            differing
                .iter()
                .map(|member| BrokenRule::new("evidence_differs", format!("/{id}/{member}"))),
        );
    }
    let filled = slots.iter().find(|slot| slot.state == SlotState::Verified).cloned();
    if filled.is_none() && !broken.is_empty() {
        return Err(Refusal::Rules(broken).into());
    }
    Ok(filled)
}

/// Members of a slot that are not those of the bytes.
fn differing(slot: &Attachment, brought: &Brought) -> Vec<&'static str> {
    let size = (slot.size != brought.size).then_some("size");
    let media_type = (slot.media_type != brought.media_type).then_some("media_type");
    size.into_iter().chain(media_type).collect()
}

fn verify(
    connection: &mut Connection,
    caller: &Caller,
    slot: &mut Attachment,
    exposure: Exposure,
    now: Instant,
    seed: [u8; 16],
) -> Result<(), StoreError> {
    slot.state = SlotState::Verified;
    slot.version += 1;
    slot.exposure = exposure;
    store::fill(connection, slot, now)?;
    append(connection, caller, slot, ("store", "attachment.stored"), now, seed)
}

/// Puts what became of a piece of evidence into the journal.
///
/// # Errors
/// The failures of the store.
pub fn append(
    connection: &mut Connection,
    caller: &Caller,
    attachment: &Attachment,
    (action, event_type): (&'static str, &str),
    at: Instant,
    seed: [u8; 16],
) -> Result<(), StoreError> {
    let draft = Draft {
        subject: Subject::from(attachment.id),
        version: attachment.version,
        action,
        event_type: event_type.to_owned(),
        from: None,
        to: None,
        at,
        actor: Actor::from(caller),
        // The name of a file can name a person, so it stays out of the log that is never erased.
        payload: json!({
            "sha256": hexadecimal(&attachment.sha256),
            "size": attachment.size,
            "media_type": attachment.media_type,
        }),
        salt: salt(attachment.id, attachment.version, seed),
    };
    journal::append(connection, draft)
}

/// Sixteen bytes that nobody can guess who does not know the seed.
pub fn salt(id: AttachmentId, version: i64, seed: [u8; 16]) -> [u8; 16] {
    let digest = Sha256::new()
        .chain_update(seed)
        .chain_update(id.uuid().as_bytes())
        .chain_update(version.to_be_bytes())
        .finalize();
    let mut salt = [0; 16];
    salt.iter_mut().zip(digest).for_each(|(byte, chance)| *byte = chance);
    salt
}
