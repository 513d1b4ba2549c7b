//! One step of the log: entries at its end, the tiles that they make whole, and a checkpoint, in one transaction.
//!
//! The head is moved first, over the one that the step was planned on. So of two nodes one comes too late and adds nothing,
//! and a node that dies in between has added nothing either.

use sha2::{Digest, Sha256};

use super::keys::LogKeys;
use super::note::Checkpoint;
use super::store::{self, Entry, Head, Kept, TipDay, TipEvent};
use super::tree::{Hash, Peaks, TILE, leaf_hash, root};
use crate::store::{Connection, StoreError};
use crate::values::{Day, Instant};

/// What a step adds.
#[derive(Debug, Clone)]
pub enum Addition {
    /// Events of hazards, in the order of the outbox, up to a position of it.
    Events {
        /// The events.
        entries: Vec<Entry>,
        /// The position.
        position: i64,
    },
    /// A day of tips.
    Tips(TipDay),
}

/// Takes a step from where the log was when it was planned; false when it is there no more, and nothing was added.
///
/// # Errors
/// The failures of the store.
pub fn append(
    connection: &mut Connection,
    before: &Head,
    addition: &Addition,
    keys: &LogKeys,
    now: Instant,
) -> Result<bool, StoreError> {
    let (entries, position, tips_on) = match addition {
        Addition::Events { entries, position } => (entries.clone(), *position, before.tips_on),
        Addition::Tips(day) => (vec![day.entry()], before.position, Some(day.day)),
    };
    let added = u64::try_from(entries.len()).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let after = Head {
        size: before.size + added,
        position,
        tips_on,
    };
    if !store::advance(connection, before, &after)? {
        return Ok(false);
    }
    if after.size == before.size {
        return Ok(true);
    }
    store::insert_entries(connection, before.size, &entries)?;
    if let Addition::Tips(day) = addition {
        store::insert_tip_day(connection, before.size, day)?;
    }
    finish_tiles(connection, before.size, after.size)?;
    let checkpoint = Checkpoint {
        size: after.size,
        root: root(&mut Kept::new(connection), 0, after.size)?,
    };
    store::insert_checkpoint(connection, &checkpoint, &checkpoint.sign(keys), now)?;
    Ok(true)
}

/// Keeps the roots of the tiles that became whole between two sizes, level by level.
fn finish_tiles(connection: &mut Connection, before: u64, after: u64) -> Result<(), StoreError> {
    let (mut from, mut to) = (before / TILE, after / TILE);
    for level in 0.. {
        if from == to {
            break;
        }
        for place in from..to {
            let whole: Peaks = store::tile(connection, level, place)?.into_iter().collect();
            store::insert_root_of_tile(connection, level + 1, place, &whole.root())?;
        }
        (from, to) = (from / TILE, to / TILE);
    }
    Ok(())
}

impl TipDay {
    /// A day on which this happened to tips.
    pub fn new(day: Day, events: Vec<TipEvent>, salt: [u8; 32]) -> Self {
        let root = root_of_events(events.iter().map(|event| &event.hash));
        Self {
            day,
            events,
            root,
            salt,
        }
    }

    /// What stands for it in the log. Without the salt nobody can tell a day on which nothing happened from another, nor a
    /// day of tips from an event of a hazard.
    pub fn entry(&self) -> Entry {
        Entry {
            hash: entry_of_tips(&self.salt, &self.root),
            event: None,
        }
    }
}

/// The root of the tree of the hashes of events, in their order.
pub fn root_of_events<'a>(hashes: impl Iterator<Item = &'a Hash>) -> Hash {
    hashes.map(leaf_hash).collect::<Peaks>().root()
}

/// What stands in the log for the events of tips under a root.
pub fn entry_of_tips(salt: &[u8; 32], root: &Hash) -> Hash {
    let mut hash = Sha256::new();
    hash.update(salt);
    hash.update(root);
    hash.finalize().into()
}
