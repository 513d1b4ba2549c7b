//! What the use cases of this room work with: unlike those of other rooms they reach for keys and objects as well as rows,
//! and for keys never within a transaction.

use std::path::Path;
use std::sync::Arc;

use object_store::ObjectStore;
use tokio::task::spawn_blocking;

use super::model::SealedTip;
use super::passphrase::Passphrases;
use super::store;
use super::vault::{Key, Vault, VaultError};
use crate::law::policy::Policy;
use crate::store::{Failure, Store, StoreError};
use crate::values::Clock;

/// The desk at which tips are heard and handled. Cloning shares it.
#[derive(Clone)]
pub struct Desk {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) policy: Arc<Policy>,
    pub(super) objects: Arc<dyn ObjectStore>,
    pub(super) vault: Arc<Vault>,
    pub(super) passphrases: Passphrases,
}

/// Whether a folder of keys that is not there may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// Not where the database knows of one: its keys would be missing.
    Keep,
    /// The old one is lost for good, and the database is to know a new one.
    GiveUp,
}

impl Desk {
    /// Opens the desk over the folder of keys, which is made at the first start.
    ///
    /// # Errors
    /// [`VaultError::Lost`] when the folder is not there although the database knows one, [`VaultError::Foreign`] when
    /// it belongs to another database, and when it or the store cannot be used.
    pub async fn open(
        store: Store,
        clock: Clock,
        policy: Arc<Policy>,
        objects: Arc<dyn ObjectStore>,
        keys: &Path,
        lost: Lost,
    ) -> Result<Self, VaultError> {
        let failed = |error: StoreError| VaultError::Folder(error.to_string());
        if lost == Lost::GiveUp {
            store.write("forget_tip_keys", store::forget).await.map_err(failed)?;
        }
        let known = store.read("known_tip_keys", store::known).await.map_err(failed)?;
        let vault = if known.is_some() {
            Vault::open(keys)?
        } else {
            Vault::open_or_make(keys, &clock)?
        };
        let mark = vault.mark();
        let is_known = store
            .write("know_tip_keys", move |connection| store::know(connection, mark))
            .await
            .map_err(failed)?;
        if !is_known {
            return Err(VaultError::Foreign);
        }
        Ok(Self {
            passphrases: Passphrases::new(&clock).map_err(failed)?,
            store,
            clock,
            policy,
            objects,
            vault: Arc::new(vault),
        })
    }

    /// The key of what is sealed.
    ///
    /// # Errors
    /// The failures of the folder; a key that is missing is a refusal.
    pub(super) async fn key_of(&self, sealed: &SealedTip) -> Result<Key, Failure> {
        let name = sealed.key.clone();
        self.with_vault(move |vault| vault.key(&name)).await
    }

    /// Works with the folder, off the workers.
    ///
    /// # Errors
    /// What `f` returns.
    pub(super) async fn with_vault<T: Send + 'static>(
        &self,
        f: impl FnOnce(&Vault) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, Failure> {
        let vault = Arc::clone(&self.vault);
        let done = spawn_blocking(move || f(&vault)).await;
        let done = done.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(done?)
    }

    /// Random bytes.
    ///
    /// # Errors
    /// When the machine has none to give.
    pub(super) fn random<const N: usize>(&self) -> Result<[u8; N], StoreError> {
        Ok(self.clock.random_bytes()?)
    }
}
