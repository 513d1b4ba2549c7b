//! Cursors that a caller can neither read meaning into nor forge.
//!
//! A list is walked by the sort key and id of the last row that was seen, never by an offset. The cursor holds them
//! with a keyed digest over the list that it belongs to, so that it cannot be edited or used on another list.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::prelude::*;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

use super::connection::AnyConnection as Connection;
use super::errors::StoreError;
use super::schema::service_keys;
use crate::values::Secret;

/// Bytes of the digest that stand before the key; 128 bits cannot be guessed.
const TAG_LENGTH: usize = 16;

/// Name of the key among those that the nodes share.
const KEY_NAME: &str = "cursor";

/// Takes off the row beyond the page, which was asked for only to learn whether another page follows, and tells from the
/// last row that is left where that page begins.
pub fn cut<T, P>(rows: &mut Vec<T>, limit: i64, place: impl FnOnce(&T) -> P) -> Option<P> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if rows.len() <= limit {
        return None;
    }
    rows.truncate(limit);
    rows.last().map(place)
}

/// The key that every node seals with; `fresh` becomes it where there is none yet. It keeps callers from forging
/// cursors and opens nothing, so it may lie beside the rows that cursors lead to.
///
/// # Errors
/// The failures of the store.
pub fn shared_key(connection: &mut Connection, fresh: [u8; 32]) -> Result<[u8; 32], StoreError> {
    let known = |connection: &mut Connection| {
        service_keys::table
            .find(KEY_NAME)
            .select(service_keys::value)
            .first::<Vec<u8>>(connection)
            .optional()
    };
    if let Some(key) = known(connection)? {
        return read_key(&key);
    }
    let kept: Result<usize, StoreError> = connection.nested(|connection| {
        Ok(diesel::insert_into(service_keys::table)
            .values((service_keys::name.eq(KEY_NAME), service_keys::value.eq(fresh.to_vec())))
            .execute(connection)?)
    });
    match kept {
        Ok(_) => Ok(fresh),
        // Another node was first; its key is the one.
        Err(StoreError::Unique(_)) => match known(connection)? {
            Some(key) => read_key(&key),
            None => Err(StoreError::Busy),
        },
        Err(error) => Err(error),
    }
}

fn read_key(bytes: &[u8]) -> Result<[u8; 32], StoreError> {
    bytes
        .try_into()
        .map_err(|_| StoreError::Corrupt("the cursor key has a bad length".to_owned()))
}

/// Seals cursors with a key that every node of one service shares.
#[derive(Debug, Clone)]
pub struct CursorSeal(Secret<[u8; 32]>);

impl CursorSeal {
    /// A seal with that key.
    pub fn new(key: [u8; 32]) -> Self {
        Self(Secret::new(key))
    }

    /// The cursor for `place` in `list`; `list` names the operation, its filters and its sort.
    ///
    /// # Errors
    /// When `place` cannot be written as JSON.
    pub fn seal<T: Serialize>(&self, list: &str, place: &T) -> Result<String, serde_json::Error> {
        let place = serde_json::to_vec(place)?;
        let mut cursor = self.tag(list, &place);
        cursor.extend_from_slice(&place);
        Ok(URL_SAFE_NO_PAD.encode(cursor))
    }

    /// The place a cursor stands for; nothing when it was not sealed here for `list`.
    pub fn open<T: DeserializeOwned>(&self, list: &str, cursor: &str) -> Option<T> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (tag, place) = bytes.split_at_checked(TAG_LENGTH)?;
        let mut mac = self.mac(list)?;
        mac.update(place);
        mac.verify_truncated_left(tag).ok()?;
        serde_json::from_slice(place).ok()
    }

    fn tag(&self, list: &str, place: &[u8]) -> Vec<u8> {
        self.mac(list).map_or_else(Vec::new, |mut mac| {
            mac.update(place);
            mac.finalize().into_bytes().into_iter().take(TAG_LENGTH).collect()
        })
    }

    /// HMAC takes a key of any length, so there always is one.
    fn mac(&self, list: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.reveal()).ok()?;
        mac.update(list.as_bytes());
        mac.update(&[0]);
        Some(mac)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_opens_only_for_its_list_and_key() {
        let seal = CursorSeal::new([7; 32]);
        let cursor = seal.seal("hazards?sort=number", &("370303-2024-000123", 5)).unwrap();
        assert_eq!(
            seal.open::<(String, i32)>("hazards?sort=number", &cursor),
            Some(("370303-2024-000123".to_owned(), 5))
        );
        assert_eq!(seal.open::<(String, i32)>("hazards?sort=-number", &cursor), None);
        assert_eq!(
            CursorSeal::new([8; 32]).open::<(String, i32)>("hazards?sort=number", &cursor),
            None
        );
    }

    #[test]
    fn a_cursor_with_any_byte_changed_is_refused() {
        let seal = CursorSeal::new([7; 32]);
        let cursor = seal.seal("list", &"place").unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
        for index in 0..bytes.len() {
            let mut forged = bytes.clone();
            forged[index] ^= 1;
            assert_eq!(seal.open::<String>("list", &URL_SAFE_NO_PAD.encode(forged)), None);
        }
        assert_eq!(seal.open::<String>("list", ""), None);
        assert_eq!(seal.open::<String>("list", "!!"), None);
    }
}
