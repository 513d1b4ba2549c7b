//! Holds the log against the events that it stands for, and against what was signed.
//!
//! Everything is computed again: each entry from its event, the tree from the entries, every checkpoint from the tree and
//! the keys. What this cannot see is a log that was taken back or rewritten as a whole together with its events by somebody
//! who has the keys; for that a checkpoint that others kept is held against it.

mod store;

use std::collections::{BTreeMap, HashSet};

use uuid::Uuid;

use self::store::{LoggedEvent, SignedRow};
use super::append::{entry_of_tips, root_of_events};
use super::keys::PublicKey;
use super::note::Checkpoint;
use super::store::{Head, head, newest_checkpoint, origin};
use super::tree::{Hash, Peaks, TILE, leaf_hash};
use crate::journal::{Event, SubjectKind};
use crate::store::{Connection, StoreError};

/// Entries that are read at once.
const PAGE: u64 = 1000;

/// Why the log was not found in order.
#[derive(Debug, thiserror::Error)]
pub enum AuditFault {
    /// It cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The first difference, and where.
    #[error("{0}")]
    Differs(String),
}

/// What was found in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Audited {
    /// Entries.
    pub entries: u64,
    /// Checkpoints.
    pub checkpoints: u64,
}

/// Reads the whole log and holds it against its events, its checkpoints and, where somebody kept one elsewhere, that
/// checkpoint. Nothing when no log was begun.
///
/// # Errors
/// The first difference, and the failures of the store.
pub fn audit(
    connection: &mut Connection,
    known: &[PublicKey],
    kept: Option<&str>,
) -> Result<Option<Audited>, AuditFault> {
    if origin(connection)?.is_none() {
        return Ok(None);
    }
    let head = head(connection)?;
    let mut signed = Signed::begin(known, kept, &head)?;
    let mut tree = Peaks::default();
    let mut size = 0;
    while size < head.size {
        let until = (size + PAGE).min(head.size);
        let entries = store::entries(connection, size, until)?;
        signed.read(connection, size, until)?;
        for place in size..until {
            let found = entries
                .get(&place)
                .ok_or_else(|| differs(format!("entry {place} is missing")))?;
            check_entry(connection, place, found)?;
            let whole = tree.push(leaf_hash(&found.entry));
            check_tiles(connection, place, &whole)?;
            signed.check(place + 1, &tree.root())?;
        }
        size = until;
    }
    check_ends(connection, &head)?;
    Ok(Some(Audited {
        entries: head.size,
        checkpoints: signed.count,
    }))
}

/// An entry is the hash of its event, or stands for a day of tips.
fn check_entry(connection: &mut Connection, place: u64, found: &LoggedEvent) -> Result<(), AuditFault> {
    let Some((id, version)) = found.event else {
        return check_tips(connection, place, &found.entry);
    };
    match found.hash {
        Some(hash) if hash == found.entry => Ok(()),
        Some(_) => Err(differs(format!(
            "entry {place} is not the hash of event {id}/{version}"
        ))),
        None => Err(differs(format!("entry {place}: event {id}/{version} is gone"))),
    }
}

fn check_tips(connection: &mut Connection, place: u64, entry: &Hash) -> Result<(), AuditFault> {
    let day = store::tip_day(connection, place)?
        .ok_or_else(|| differs(format!("entry {place} stands for no event and for no day of tips")))?;
    let hashes: Option<Vec<Hash>> = day.hashes.iter().copied().collect();
    let hashes = hashes.ok_or_else(|| differs(format!("entry {place}: an event of a tip is gone")))?;
    let count = u64::try_from(hashes.len()).ok();
    if count != Some(day.events) || root_of_events(hashes.iter()) != day.root {
        return Err(differs(format!(
            "entry {place} does not stand for the events of tips that it names"
        )));
    }
    if entry_of_tips(&day.salt, &day.root) != *entry {
        return Err(differs(format!("entry {place} is not that of its day of tips")));
    }
    Ok(())
}

/// Every tile that an entry made whole is kept under its root.
fn check_tiles(connection: &mut Connection, place: u64, whole: &[Hash]) -> Result<(), AuditFault> {
    let mut tile = place;
    for (level, root) in (1..).zip(whole.iter().skip(8).step_by(8)) {
        tile /= TILE;
        if store::root_of_tile(connection, level, tile)? != Some(*root) {
            return Err(differs(format!(
                "tile {tile} below level {level} has another root than its hashes"
            )));
        }
    }
    Ok(())
}

/// Nothing lies behind the end of the log, and its end is signed.
fn check_ends(connection: &mut Connection, head: &Head) -> Result<(), AuditFault> {
    if store::is_longer_than(connection, head.size)? {
        return Err(differs(format!(
            "there are entries or tiles beyond the size of the log, {}",
            head.size
        )));
    }
    let newest = newest_checkpoint(connection)?.map_or(0, |(size, _)| size);
    if newest != head.size {
        return Err(differs(format!(
            "the log has {} entries, and its newest checkpoint speaks of {newest}",
            head.size
        )));
    }
    Ok(())
}

/// The checkpoints of a log, and the one that somebody kept.
struct Signed<'a> {
    known: &'a [PublicKey],
    rows: BTreeMap<u64, SignedRow>,
    kept: Option<Checkpoint>,
    count: u64,
}

impl<'a> Signed<'a> {
    fn begin(known: &'a [PublicKey], kept: Option<&str>, head: &Head) -> Result<Self, AuditFault> {
        let kept = kept.map(|note| Checkpoint::read(note, known)).transpose();
        let kept = kept.map_err(|fault| differs(format!("the checkpoint that was kept elsewhere: {fault}")))?;
        if let Some(kept) = kept.filter(|kept| kept.size > head.size) {
            return Err(differs(format!(
                "the checkpoint that was kept elsewhere speaks of {} entries, and the log has {}",
                kept.size, head.size
            )));
        }
        Ok(Self {
            known,
            rows: BTreeMap::new(),
            kept,
            count: 0,
        })
    }

    fn read(&mut self, connection: &mut Connection, size: u64, until: u64) -> Result<(), StoreError> {
        self.rows = store::checkpoints(connection, size, until)?;
        Ok(())
    }

    /// What was signed for that size is signed by a key of the log and says that root.
    fn check(&mut self, size: u64, root: &Hash) -> Result<(), AuditFault> {
        if self.kept.is_some_and(|kept| kept.size == size && kept.root != *root) {
            return Err(differs(format!(
                "the checkpoint of size {size} that was kept elsewhere has another root: the log was rewritten"
            )));
        }
        let Some(row) = self.rows.get(&size) else {
            return Ok(());
        };
        self.count += 1;
        let told = Checkpoint::read(&row.note, self.known)
            .map_err(|fault| differs(format!("the checkpoint of size {size}: {fault}")))?;
        let own = Checkpoint { size, root: *root };
        if told != own || row.root != *root {
            return Err(differs(format!(
                "the checkpoint of size {size} has another root than the log"
            )));
        }
        Ok(())
    }
}

/// Tells whether events are in the log.
#[derive(Debug, Default)]
pub struct Coverage {
    /// What is to be taken into the log yet; nothing where no log was begun.
    to_come: Option<HashSet<(Uuid, i64)>>,
}

impl Coverage {
    /// As the log stands now.
    ///
    /// # Errors
    /// The failures of the store.
    pub fn begin(connection: &mut Connection) -> Result<Self, StoreError> {
        if origin(connection)?.is_none() {
            return Ok(Self::default());
        }
        let position = head(connection)?.position;
        Ok(Self {
            to_come: Some(store::to_come(connection, position)?),
        })
    }

    /// The first of some events, which follow each other by thing and version, that should be in the log and is not.
    ///
    /// # Errors
    /// The failures of the store.
    pub fn missing(&self, connection: &mut Connection, events: &[Event]) -> Result<Option<(Uuid, i64)>, StoreError> {
        let (Some(first), Some(last), Some(to_come)) = (events.first(), events.last(), &self.to_come) else {
            return Ok(None);
        };
        let logged = store::logged_between(connection, first.subject.id, last.subject.id)?;
        let of_hazards = events.iter().filter(|event| event.subject.kind == SubjectKind::Hazard);
        Ok(of_hazards
            .map(|event| (event.subject.id, event.version))
            .find(|event| !logged.contains(event) && !to_come.contains(event)))
    }
}

fn differs(what: String) -> AuditFault {
    AuditFault::Differs(what)
}
