//! Room 4: the transparency log, a tree of hashes to which every event of the ledger is added and from which none can be
//! taken, nor any changed, without everybody seeing it who kept a checkpoint.
//!
//! An entry is 32 bytes: the hash that the journal gave to an event of a hazard, or what stands for all that happened to
//! public tips within a day. Neither says anything to whoever does not know the event, so that the log can be published and
//! copied. It is read as C2SP `tlog-tiles`; checkpoints are C2SP `checkpoint`, signed by keys outside the database and
//! kept for ever.

mod append;
mod audit;
mod http;
mod keys;
mod note;
mod proof;
mod sequencer;
mod store;
mod tile;
mod tree;
mod view;

use std::path::Path;
use std::sync::Arc;

pub use audit::{AuditFault, Audited, Coverage, audit};
pub use http::configure;
pub use keys::{KeyError, LogKeys, PublicKey, known_keys, new_key};
pub use note::{Checkpoint, NoteFault};
pub use sequencer::Sequencer;
pub use store::origin;

use crate::store::{Store, StoreError};
use crate::values::Clock;

/// Why the log cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// There is nothing to sign with.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Opens the keys of the log of a database, and begins the log where there is none.
///
/// # Errors
/// When the keys are not those of the log, or cannot be read or made; and the failures of the store.
pub async fn open(store: &Store, path: &Path, clock: &Clock) -> Result<Arc<LogKeys>, LogError> {
    let log = store.read("name_of_log", store::origin).await?;
    let keys = LogKeys::open(path, log.as_deref(), clock)?;
    if log.is_some() {
        return Ok(Arc::new(keys));
    }
    let name = keys.origin().to_owned();
    let log = store
        .write("begin_log", move |connection| {
            store::begin(connection, &name)?;
            store::origin(connection)
        })
        .await?;
    // Of two nodes that begin it at once with keys of their own, one has begun nothing.
    Ok(Arc::new(LogKeys::open(path, log.as_deref(), clock)?))
}
