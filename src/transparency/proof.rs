//! Proofs, all of them for the newest checkpoint, so that whoever has it needs nothing else.

use super::store::{self, Kept};
use super::tree::{self, Hash};
use crate::store::{Connection, StoreError, cut};
use crate::values::HazardId;

/// Where an event is in the log, and the proof of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inclusion {
    /// The number of the event, where it is known whose it is.
    pub version: Option<i64>,
    /// What the leaf holds: the hash of the event.
    pub entry: Hash,
    /// Index of the leaf.
    pub place: u64,
    /// The hashes beside its way up to the root.
    pub path: Vec<Hash>,
}

/// Some events of a hazard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Events {
    /// Where they are.
    pub items: Vec<Inclusion>,
    /// The version of the last, where there are more.
    pub next: Option<i64>,
}

/// That one log is the beginning of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Growth {
    /// How many entries the newer has.
    pub to: u64,
    /// The proof.
    pub path: Vec<Hash>,
}

/// What is proven, and for which checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof<T> {
    /// How many entries the log had.
    pub size: u64,
    /// The checkpoint.
    pub note: String,
    /// What is proven.
    pub proven: T,
}

/// Proves that the events of a hazard after `version` are in the log, at most `limit` of them; nothing before the first
/// checkpoint.
///
/// # Errors
/// The failures of the store.
pub fn of_hazard(
    connection: &mut Connection,
    hazard: HazardId,
    version: i64,
    limit: i64,
) -> Result<Option<Proof<Events>>, StoreError> {
    for_newest(connection, |connection, size| {
        let mut found = store::entries_of(connection, hazard, version, size, limit + 1)?;
        let next = cut(&mut found, limit, |(version, ..)| *version);
        let mut tiles = Kept::new(connection);
        let included = found.into_iter().map(|(version, place, entry)| {
            Ok(Inclusion {
                version: Some(version),
                entry,
                place,
                path: tree::inclusion(&mut tiles, place, size)?,
            })
        });
        let items = included.collect::<Result<_, StoreError>>()?;
        Ok(Some(Events { items, next }))
    })
}

/// Proves that an event is in the log, of which nothing is known but its hash; nothing where it is not.
///
/// # Errors
/// The failures of the store.
pub fn of_event(connection: &mut Connection, entry: Hash) -> Result<Option<Proof<Inclusion>>, StoreError> {
    for_newest(connection, |connection, size| {
        let Some(place) = store::place_of(connection, &entry, size)? else {
            return Ok(None);
        };
        Ok(Some(Inclusion {
            version: None,
            entry,
            place,
            path: tree::inclusion(&mut Kept::new(connection), place, size)?,
        }))
    })
}

/// Proves that the log of the size `old` is the beginning of that of the size `new`, which is the newest when it is not
/// said; nothing where the log never had these sizes in this order.
///
/// # Errors
/// The failures of the store.
pub fn of_growth(connection: &mut Connection, old: u64, new: Option<u64>) -> Result<Option<Proof<Growth>>, StoreError> {
    for_newest(connection, |connection, size| {
        let new = new.unwrap_or(size);
        if old > new || new > size {
            return Ok(None);
        }
        let path = tree::consistency(&mut Kept::new(connection), old, new)?;
        Ok(Some(Growth { to: new, path }))
    })
}

fn for_newest<T>(
    connection: &mut Connection,
    prove: impl FnOnce(&mut Connection, u64) -> Result<Option<T>, StoreError>,
) -> Result<Option<Proof<T>>, StoreError> {
    let Some((size, note)) = store::newest_checkpoint(connection)? else {
        return Ok(None);
    };
    let proven = prove(connection, size)?;
    Ok(proven.map(|proven| Proof { size, note, proven }))
}
