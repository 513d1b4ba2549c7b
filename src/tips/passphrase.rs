//! Hashing passphrases: Argon2id, off the workers, few at a time because each takes 19 MiB, and for as long where there
//! is nothing to compare with as where there is.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Argon2, PasswordHash};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

use super::receipt::Passphrase;
use crate::store::StoreError;
use crate::values::Clock;

/// Hashes at one time.
const AT_ONCE: usize = 2;
/// Requests that may wait for their turn.
const WAITING: usize = 64;
/// How long one may wait.
const PATIENCE: Duration = Duration::from_secs(10);

/// Hashes passphrases and compares with hashes.
#[derive(Debug, Clone)]
pub struct Passphrases(Arc<Gate>);

#[derive(Debug)]
struct Gate {
    turns: Arc<Semaphore>,
    waiting: Semaphore,
    /// The hash of a passphrase that nobody holds.
    nobodys: String,
}

impl Passphrases {
    /// With a hash of its own to compare with where there is none.
    ///
    /// # Errors
    /// When the machine has no randomness or memory to give.
    pub fn new(clock: &Clock) -> Result<Self, StoreError> {
        let bytes = clock.random_bytes()?;
        Ok(Self(Arc::new(Gate {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: Semaphore::new(WAITING),
            nobodys: hash(&Passphrase::of_bytes(bytes), clock.random_bytes()?)?,
        })))
    }

    /// The hash of a passphrase, as it is kept.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when too many wait already.
    pub async fn hash(&self, passphrase: Passphrase, salt: [u8; 16]) -> Result<String, StoreError> {
        let turn = self.0.turn().await?;
        // The turn is over when the work is, although the caller may have gone.
        let hashed = spawn_blocking(move || {
            let hashed = hash(&passphrase, salt);
            drop(turn);
            hashed
        });
        hashed.await.map_err(unavailable)?
    }

    /// Whether a passphrase is the one of a hash. Where there is no hash it takes as long to find that it is not.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when too many wait already, [`StoreError::Corrupt`] when the hash is none.
    pub async fn is(&self, passphrase: Passphrase, kept: Option<String>) -> Result<bool, StoreError> {
        let turn = self.0.turn().await?;
        let exists = kept.is_some();
        let hash = kept.unwrap_or_else(|| self.0.nobodys.clone());
        let same = spawn_blocking(move || {
            let same = verify(&passphrase, &hash);
            drop(turn);
            same
        });
        Ok(same.await.map_err(unavailable)?? && exists)
    }
}

impl Gate {
    async fn turn(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let _place = self.waiting.try_acquire().map_err(|_| StoreError::Busy)?;
        tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned())
            .await
            .map_err(|_| StoreError::Busy)?
            .map_err(unavailable)
    }
}

fn hash(passphrase: &Passphrase, salt: [u8; 16]) -> Result<String, StoreError> {
    Argon2::default()
        .hash_password_with_salt(passphrase.characters().as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(unavailable)
}

fn verify(passphrase: &Passphrase, hash: &str) -> Result<bool, StoreError> {
    let hash = PasswordHash::new(hash).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let same = Argon2::default().verify_password(passphrase.characters().as_bytes(), &hash);
    Ok(same.is_ok())
}

fn unavailable(error: impl std::fmt::Display) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passphrase(byte: u8) -> Passphrase {
        Passphrase::of_bytes([byte; 32])
    }

    fn run(test: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.unwrap().block_on(test);
    }

    #[test]
    fn only_the_right_passphrase_fits_and_only_where_there_is_a_hash() {
        run(async {
            let passphrases = Passphrases::new(&Clock::system()).unwrap();
            let kept = passphrases.hash(passphrase(1), [5; 16]).await.unwrap();
            assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
            assert!(passphrases.is(passphrase(1), Some(kept.clone())).await.unwrap());
            assert!(!passphrases.is(passphrase(2), Some(kept)).await.unwrap());
            assert!(!passphrases.is(passphrase(1), None).await.unwrap());
            assert!(passphrases.is(passphrase(1), Some("none".to_owned())).await.is_err());
        });
    }

    #[test]
    fn no_more_wait_than_there_is_room_for() {
        run(async {
            let passphrases = Passphrases::new(&Clock::system()).unwrap();
            let held = passphrases
                .0
                .waiting
                .acquire_many(u32::try_from(WAITING).unwrap())
                .await
                .unwrap();
            let refused = passphrases.hash(passphrase(1), [5; 16]).await;
            assert!(matches!(refused, Err(StoreError::Busy)));
            drop(held);
            assert!(passphrases.hash(passphrase(1), [5; 16]).await.is_ok());
        });
    }
}
