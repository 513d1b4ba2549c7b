//! The hash that binds an event to the one before: SHA-256 over the event as canonical JSON (RFC 8785).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::event::{Actor, Event, SubjectKind};
use crate::store::StoreError;
use crate::values::Instant;

/// What is hashed. Its member names are part of the format: whoever has an event can compute the hash again.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Hashed<'a> {
    /// Kind of the thing.
    pub subject_kind: SubjectKind,
    /// The thing.
    pub subject_id: Uuid,
    /// Place in its history.
    pub version: i64,
    /// The action.
    pub action: &'a str,
    /// Status before.
    pub from: Option<&'a str>,
    /// Status after.
    pub to: Option<&'a str>,
    /// When.
    pub at: Instant,
    /// Who.
    pub actor: &'a Actor,
    /// What.
    pub payload: &'a Value,
    /// Salt in unpadded base64url.
    pub salt: &'a str,
    /// Hash of the event before in unpadded base64url.
    pub previous_hash: Option<&'a str>,
}

/// The hash of an event.
///
/// # Errors
/// When the payload has no canonical form (a number that JSON cannot carry).
pub fn hash(hashed: Hashed<'_>) -> Result<[u8; 32], StoreError> {
    Ok(Sha256::digest(canonical(&hashed)?).into())
}

/// Canonical JSON of anything.
///
/// # Errors
/// As [`hash`].
pub fn canonical(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    serde_json_canonicalizer::to_vec(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// Bytes as the format writes them.
pub fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Checks that `events`, the whole history of one thing, are numbered from 1 and bound to each other.
///
/// # Errors
/// The version of the first event that does not fit.
pub fn verify(events: &[Event]) -> Result<(), i64> {
    let mut previous: Option<[u8; 32]> = None;
    for (expected, event) in (1..).zip(events) {
        let salt = encoded(&event.salt);
        let previous_hash = event.previous_hash.map(|hash| encoded(&hash));
        let computed = hash(Hashed {
            subject_kind: event.subject.kind,
            subject_id: event.subject.id,
            version: event.version,
            action: &event.action,
            from: event.from.as_deref(),
            to: event.to.as_deref(),
            at: event.at,
            actor: &event.actor,
            payload: &event.payload,
            salt: &salt,
            previous_hash: previous_hash.as_deref(),
        });
        let fits = event.version == expected
            && event.previous_hash == previous
            && computed.is_ok_and(|computed| computed == event.hash);
        if !fits {
            return Err(event.version);
        }
        previous = Some(event.hash);
    }
    Ok(())
}
