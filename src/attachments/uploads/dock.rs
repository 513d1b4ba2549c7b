//! Where uploads are taken in.

use std::sync::Arc;

use object_store::ObjectStore;

use crate::store::{Store, StoreError};
use crate::values::Clock;

/// What taking bytes in needs. Cloning shares it.
#[derive(Clone)]
pub struct Dock {
    /// The database.
    pub store: Store,
    /// The object store.
    pub objects: Arc<dyn ObjectStore>,
    /// Time and ids.
    pub clock: Clock,
}

impl Dock {
    /// Randomness for the salts of one transaction.
    ///
    /// # Errors
    /// When there is none.
    pub fn seed(&self) -> Result<[u8; 16], StoreError> {
        Ok(self.clock.random_bytes()?)
    }
}

/// Why bytes were not taken in.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// There is no such upload any more.
    #[error("gone")]
    Gone,
    /// There were more of them than announced.
    #[error("more bytes than announced")]
    TooMany,
    /// Somebody else brought the bytes of that place first.
    #[error("the offset moved")]
    Moved,
    /// Not the bytes that the sum of the request is of, or fewer.
    #[error("the checksum does not hold")]
    Checksum,
    /// The object store failed.
    #[error("the object store failed: {0}")]
    Objects(#[from] object_store::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
