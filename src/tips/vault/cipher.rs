//! Sealing: AES-256-GCM under a key of 32 random bytes, with a nonce drawn for each seal.
//!
//! What a seal is about goes into it (`about`), so that a sealed member cannot be put in the place of another. A key
//! seals a few dozen members in its life, far from where drawn nonces could meet.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::VaultError;
use crate::values::{Clock, Secret};

/// Bytes of a key.
pub const KEY_LENGTH: usize = 32;

const NONCE_LENGTH: usize = 12;

/// What was sealed: nonce, then what nobody can read, then the tag.
pub type Sealed = Vec<u8>;

/// A key. It is wiped from memory when it is dropped, and never printed.
#[derive(Debug, Clone)]
pub struct Key(Secret<Zeroizing<[u8; KEY_LENGTH]>>);

impl Key {
    /// The key of those bytes.
    pub fn new(bytes: [u8; KEY_LENGTH]) -> Self {
        Self(Secret::new(Zeroizing::new(bytes)))
    }

    /// The key that was sealed as those bytes.
    ///
    /// # Errors
    /// [`VaultError::Broken`] when they are none.
    pub fn of_slice(bytes: &[u8]) -> Result<Self, VaultError> {
        bytes.try_into().map(Self::new).map_err(|_| VaultError::Broken)
    }

    /// A new key.
    ///
    /// # Errors
    /// [`VaultError::Randomness`].
    pub fn draw(clock: &Clock) -> Result<Self, VaultError> {
        clock
            .random_bytes()
            .map(Self::new)
            .map_err(|error| VaultError::Randomness(error.to_string()))
    }

    /// The bytes, to be sealed under another key.
    pub fn bytes(&self) -> &[u8; KEY_LENGTH] {
        self.0.reveal()
    }

    /// Seals bytes.
    ///
    /// # Errors
    /// [`VaultError::Broken`] when there are more than the cipher can take.
    pub fn seal(&self, about: &str, mut bytes: Vec<u8>) -> Result<Sealed, VaultError> {
        let nonce = self
            .cipher()?
            .seal_in_place_append_tag(Aad::from(about), &mut bytes)
            .map_err(|_| VaultError::Broken)?;
        let mut sealed = Vec::with_capacity(NONCE_LENGTH + bytes.len());
        sealed.extend_from_slice(nonce.as_ref());
        sealed.append(&mut bytes);
        Ok(sealed)
    }

    /// Opens what was sealed under this key about the same thing.
    ///
    /// # Errors
    /// [`VaultError::Broken`] when it was not.
    pub fn open(&self, about: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let (nonce, rest) = sealed.split_at_checked(NONCE_LENGTH).ok_or(VaultError::Broken)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::Broken)?;
        let mut bytes = Zeroizing::new(rest.to_vec());
        let length = self
            .cipher()?
            .open_in_place(nonce, Aad::from(about), &mut bytes)
            .map_err(|_| VaultError::Broken)?
            .len();
        bytes.truncate(length);
        Ok(bytes)
    }

    /// Seals a value as JSON.
    ///
    /// # Errors
    /// [`VaultError::Broken`] when it has no JSON form.
    pub fn seal_value(&self, about: &str, value: &impl Serialize) -> Result<Sealed, VaultError> {
        let bytes = serde_json::to_vec(value).map_err(|_| VaultError::Broken)?;
        self.seal(about, bytes)
    }

    /// Opens a value that was sealed as JSON.
    ///
    /// # Errors
    /// [`VaultError::Broken`] when it cannot be opened or is not that value.
    pub fn open_value<T: DeserializeOwned>(&self, about: &str, sealed: &[u8]) -> Result<T, VaultError> {
        let bytes = self.open(about, sealed)?;
        serde_json::from_slice(&bytes).map_err(|_| VaultError::Broken)
    }

    fn cipher(&self) -> Result<RandomizedNonceKey, VaultError> {
        RandomizedNonceKey::new(&AES_256_GCM, self.bytes()).map_err(|_| VaultError::Broken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_under_its_key_about_its_thing_alone() {
        let (key, other) = (Key::new([7; 32]), Key::new([8; 32]));
        let sealed = key.seal("tip/1/told", b"words".to_vec()).unwrap();
        assert_eq!(key.open("tip/1/told", &sealed).unwrap().as_slice(), b"words");
        assert!(key.open("tip/2/told", &sealed).is_err());
        assert!(key.open("tip/1/contact", &sealed).is_err());
        assert!(other.open("tip/1/told", &sealed).is_err());
        for at in 0..sealed.len() {
            let mut forged = sealed.clone();
            forged[at] ^= 1;
            assert!(key.open("tip/1/told", &forged).is_err(), "byte {at}");
            assert!(key.open("tip/1/told", &sealed[..at]).is_err(), "{at} bytes");
        }
    }

    #[test]
    fn the_same_words_are_never_sealed_alike_and_never_stand_in_the_seal() {
        let key = Key::new([7; 32]);
        let seal = || key.seal("tip/1/told", b"the same words".to_vec()).unwrap();
        let (one, other) = (seal(), seal());
        assert_ne!(one, other);
        assert!(!one.windows(5).any(|part| part == b"words"));
    }

    #[test]
    fn a_key_does_not_print() {
        let printed = format!("{:?}", Key::new([77; 32]));
        assert!(!printed.contains("77"), "{printed}");
    }
}
