//! The keys of tips. They lie in a folder of their own and never in the database, because a backup of the database must
//! not bring an erased tip back.
//!
//! Everything that could tell who reported is sealed under a key of its tip alone. The key lies in one small file,
//! sealed itself under the master key of the folder; to destroy the file is to erase the tip, whatever copies of the
//! database there are. [`Vault`] makes, reads and destroys keys, [`rotate`] gives the folder another master key, and
//! [`Key`] seals. Only the folder's secret derives what must be the same on every node: the look-up of receipts, and
//! the receipt of a request that is repeated.

mod cipher;
mod files;
mod folder;
mod rotation;

pub use cipher::{Key, Sealed};
pub use folder::{KeyName, Standing, Vault};
pub use rotation::{Rotated, rotate};

use crate::law::refusal::Refusal;
use crate::store::{Failure, StoreError};

/// Why a key cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The folder cannot be read or written.
    #[error("the folder of tip keys cannot be used: {0}")]
    Folder(String),
    /// The folder is not there, although the database holds tips whose keys lay in it.
    #[error("the folder of tip keys is gone; bring it back, or put its copy there")]
    Lost,
    /// The folder belongs to another database.
    #[error("the folder of tip keys belongs to another database")]
    Foreign,
    /// There is no such key: it was destroyed or lost.
    #[error("the key of a tip is not in the folder")]
    Missing,
    /// What is sealed cannot be opened with its key.
    #[error("what was kept of a tip cannot be opened")]
    Broken,
    /// Somebody else gives the folder a new master key at this moment.
    #[error("the folder of tip keys is being given a new master key already")]
    Rotating,
    /// The machine has no randomness to give.
    #[error("no randomness: {0}")]
    Randomness(String),
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Missing => Self::Refusal(Refusal::Barred {
                code: "tip_key_missing",
            }),
            VaultError::Broken => Self::Store(StoreError::Corrupt(error.to_string())),
            VaultError::Folder(_)
            | VaultError::Lost
            | VaultError::Foreign
            | VaultError::Rotating
            | VaultError::Randomness(_) => Self::Store(StoreError::Unavailable(error.to_string())),
        }
    }
}
