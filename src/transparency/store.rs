//! Rows of the log.

use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Bool, Nullable};

use super::note::Checkpoint;
use super::tree::{Hash, TILE, Tiles, leaf_hash};
use crate::store::arrays::over_arrays;
use crate::store::columns::UuidColumn;
use crate::store::schema::{events, log_checkpoints, log_entries, log_head, log_tiles, log_tip_days, log_tip_events};
use crate::store::{Connection, StoreError};
use crate::values::{Day, HazardId, Instant, TipId};

/// The only row of the head.
const HEAD: i64 = 1;

/// How far the log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// How many entries it has.
    pub size: u64,
    /// How far of the outbox is in it.
    pub position: i64,
    /// The last day that tips were put into it.
    pub tips_on: Option<Day>,
}

/// An entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// What the leaf holds.
    pub hash: Hash,
    /// The hazard and the number of its event; nothing for a day of tips.
    pub event: Option<(HazardId, i64)>,
}

/// An event of a tip, by its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TipEvent {
    /// The tip.
    pub id: TipId,
    /// The event.
    pub version: i64,
    /// Its hash.
    pub hash: Hash,
}

/// A day of tips as it is kept, for whoever has to show that its entry stands for its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TipDay {
    /// When it was put into the log.
    pub day: Day,
    /// What happened to tips, in the order of the hashes.
    pub events: Vec<TipEvent>,
    /// Root of the tree of these hashes.
    pub root: Hash,
    /// What keeps the entry from being guessed.
    pub salt: [u8; 32],
}

/// The name of the log; nothing before it is begun.
///
/// # Errors
/// The failures of the store.
pub fn origin(connection: &mut Connection) -> Result<Option<String>, StoreError> {
    Ok(log_head::table
        .find(HEAD)
        .select(log_head::origin)
        .first(connection)
        .optional()?)
}

/// Begins the log under a name, unless it has one.
///
/// # Errors
/// The failures of the store.
pub fn begin(connection: &mut Connection, origin: &str) -> Result<(), StoreError> {
    let begun: Result<usize, StoreError> = connection.nested(|connection| {
        Ok(diesel::insert_into(log_head::table)
            .values((
                log_head::id.eq(HEAD),
                log_head::origin.eq(origin),
                log_head::size.eq(0),
                log_head::position.eq(0),
            ))
            .execute(connection)?)
    });
    match begun {
        // Another node was first.
        Ok(_) | Err(StoreError::Unique(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// How far the log is.
///
/// # Errors
/// The failures of the store; also when it was never begun.
pub fn head(connection: &mut Connection) -> Result<Head, StoreError> {
    let (size, position, tips_on): (i64, i64, Option<Day>) = log_head::table
        .find(HEAD)
        .select((log_head::size, log_head::position, log_head::tips_on))
        .first(connection)?;
    Ok(Head {
        size: number(size)?,
        position,
        tips_on,
    })
}

/// Moves the head and holds its row until the transaction ends; false when another node was quicker.
///
/// # Errors
/// The failures of the store.
pub fn advance(connection: &mut Connection, before: &Head, after: &Head) -> Result<bool, StoreError> {
    let here = log_head::table
        .find(HEAD)
        .filter(log_head::size.eq(column(before.size)?))
        .filter(log_head::position.eq(before.position));
    let moved = diesel::update(here)
        .set((
            log_head::size.eq(column(after.size)?),
            log_head::position.eq(after.position),
            log_head::tips_on.eq(after.tips_on),
        ))
        .execute(connection)?;
    Ok(moved == 1)
}

/// Puts entries behind the first `size` ones.
///
/// # Errors
/// The failures of the store.
pub fn insert_entries(connection: &mut Connection, size: u64, entries: &[Entry]) -> Result<(), StoreError> {
    let places = column(size)?..;
    match connection {
        Connection::Postgres(inner) => {
            let mut rows = InsertEntries::default();
            for (place, entry) in places.zip(entries) {
                rows.places.push(place);
                rows.entries.push(entry.hash.to_vec());
                rows.subjects.push(entry.event.map(|(hazard, _)| hazard));
                rows.versions.push(entry.event.map(|(_, version)| version));
            }
            rows.execute(inner)?;
        }
        Connection::Sqlite(inner) => {
            for (place, entry) in places.zip(entries) {
                diesel::insert_into(log_entries::table)
                    .values((
                        log_entries::place.eq(place),
                        log_entries::entry.eq(entry.hash.to_vec()),
                        log_entries::subject_id.eq(entry.event.map(|(hazard, _)| hazard)),
                        log_entries::version.eq(entry.event.map(|(_, version)| version)),
                    ))
                    .execute(inner)?;
            }
        }
    }
    Ok(())
}

over_arrays! {
    InsertEntries: "INSERT INTO log_entries (place, entry, subject_id, version) SELECT * FROM unnest(",
    {
        places: BigInt => i64,
        entries: Binary => Vec<u8>,
        subjects: Nullable<UuidColumn> => Option<HazardId>,
        versions: Nullable<BigInt> => Option<i64>,
    },
    ")"
}

/// Keeps the root of a whole tile.
///
/// # Errors
/// The failures of the store.
pub fn insert_root_of_tile(connection: &mut Connection, level: u32, place: u64, hash: &Hash) -> Result<(), StoreError> {
    diesel::insert_into(log_tiles::table)
        .values((
            log_tiles::level.eq(i64::from(level)),
            log_tiles::place.eq(column(place)?),
            log_tiles::hash.eq(hash.to_vec()),
        ))
        .execute(connection)?;
    Ok(())
}

/// Keeps a checkpoint.
///
/// # Errors
/// The failures of the store.
pub fn insert_checkpoint(
    connection: &mut Connection,
    checkpoint: &Checkpoint,
    note: &str,
    now: Instant,
) -> Result<(), StoreError> {
    diesel::insert_into(log_checkpoints::table)
        .values((
            log_checkpoints::size.eq(column(checkpoint.size)?),
            log_checkpoints::root.eq(checkpoint.root.to_vec()),
            log_checkpoints::note.eq(note),
            log_checkpoints::signed_at.eq(now),
        ))
        .execute(connection)?;
    Ok(())
}

/// Size and note of the newest checkpoint.
///
/// # Errors
/// The failures of the store.
pub fn newest_checkpoint(connection: &mut Connection) -> Result<Option<(u64, String)>, StoreError> {
    let newest: Option<(i64, String)> = log_checkpoints::table
        .order(log_checkpoints::size.desc())
        .select((log_checkpoints::size, log_checkpoints::note))
        .first(connection)
        .optional()?;
    newest.map(|(size, note)| Ok((number(size)?, note))).transpose()
}

/// The note of the checkpoint of that size.
///
/// # Errors
/// The failures of the store.
pub fn checkpoint_of(connection: &mut Connection, size: u64) -> Result<Option<String>, StoreError> {
    Ok(log_checkpoints::table
        .find(column(size)?)
        .select(log_checkpoints::note)
        .first(connection)
        .optional()?)
}

/// At most `limit` entries from the place `from` on, before the place `until`.
///
/// # Errors
/// The failures of the store.
pub fn entries(connection: &mut Connection, from: u64, until: u64, limit: i64) -> Result<Vec<Hash>, StoreError> {
    let rows: Vec<Vec<u8>> = log_entries::table
        .filter(log_entries::place.ge(column(from)?))
        .filter(log_entries::place.lt(column(until)?))
        .order(log_entries::place.asc())
        .limit(limit)
        .select(log_entries::entry)
        .load(connection)?;
    rows.into_iter().map(hash).collect()
}

/// Where an entry is, by what it holds; before the place `until`.
///
/// # Errors
/// The failures of the store.
pub fn place_of(connection: &mut Connection, entry: &Hash, until: u64) -> Result<Option<u64>, StoreError> {
    let found: Option<i64> = log_entries::table
        .filter(log_entries::entry.eq(entry.to_vec()))
        .filter(log_entries::place.lt(column(until)?))
        .order(log_entries::place.asc())
        .select(log_entries::place)
        .first(connection)
        .optional()?;
    found.map(number).transpose()
}

/// Version, place and entry of at most `limit` events of a hazard after `version`, before the place `until`.
///
/// # Errors
/// The failures of the store.
pub fn entries_of(
    connection: &mut Connection,
    hazard: HazardId,
    version: i64,
    until: u64,
    limit: i64,
) -> Result<Vec<(i64, u64, Hash)>, StoreError> {
    let rows: Vec<(Option<i64>, i64, Vec<u8>)> = log_entries::table
        .filter(log_entries::subject_id.eq(hazard))
        .filter(log_entries::version.gt(version))
        .filter(log_entries::place.lt(column(until)?))
        .order(log_entries::version.asc())
        .limit(limit)
        .select((log_entries::version, log_entries::place, log_entries::entry))
        .load(connection)?;
    rows.into_iter()
        .map(|(version, place, entry)| Ok((version.unwrap_or_default(), number(place)?, hash(entry)?)))
        .collect()
}

/// Events of tips that no day in the log stands for yet, at most `limit`, in the order of their hashes: any other order would
/// tell which came first.
///
/// # Errors
/// The failures of the store.
pub fn tip_events_to_come(connection: &mut Connection, limit: i64) -> Result<Vec<TipEvent>, StoreError> {
    let of_the_event = log_tip_events::subject_id
        .eq(events::subject_id)
        .and(log_tip_events::version.eq(events::version));
    let rows: Vec<(TipId, i64, Vec<u8>)> = events::table
        .left_join(log_tip_events::table.on(of_the_event))
        // Written out, because an index over a part of a table serves no parameter.
        .filter(sql::<Bool>("events.subject_kind = 'tip'"))
        .filter(log_tip_events::place.nullable().is_null())
        .order(events::hash.asc())
        .limit(limit)
        .select((events::subject_id, events::version, events::hash))
        .load(connection)?;
    rows.into_iter()
        .map(|(id, version, bytes)| {
            Ok(TipEvent {
                id,
                version,
                hash: hash(bytes)?,
            })
        })
        .collect()
}

/// Keeps what the entry at `place` stands for.
///
/// # Errors
/// The failures of the store.
pub fn insert_tip_day(connection: &mut Connection, place: u64, day: &TipDay) -> Result<(), StoreError> {
    let place = column(place)?;
    let count = i64::try_from(day.events.len()).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    diesel::insert_into(log_tip_days::table)
        .values((
            log_tip_days::place.eq(place),
            log_tip_days::day.eq(day.day),
            log_tip_days::events.eq(count),
            log_tip_days::root.eq(day.root.to_vec()),
            log_tip_days::salt.eq(day.salt.to_vec()),
        ))
        .execute(connection)?;
    for event in &day.events {
        diesel::insert_into(log_tip_events::table)
            .values((
                log_tip_events::subject_id.eq(event.id),
                log_tip_events::version.eq(event.version),
                log_tip_events::place.eq(place),
            ))
            .execute(connection)?;
    }
    Ok(())
}

/// The tiles of the database. What was read once is not read again.
pub struct Kept<'a> {
    connection: &'a mut Connection,
    read: HashMap<(u32, u64), Vec<Hash>>,
}

impl<'a> Kept<'a> {
    /// The tiles as they are now.
    pub fn new(connection: &'a mut Connection) -> Self {
        Self {
            connection,
            read: HashMap::new(),
        }
    }
}

impl Tiles for Kept<'_> {
    fn hashes(&mut self, level: u32, first: u64, count: u64) -> Result<Vec<Hash>, StoreError> {
        let (place, within) = (first / TILE, first % TILE);
        let hashes = if let Some(hashes) = self.read.get(&(level, place)) {
            hashes
        } else {
            let hashes = tile(self.connection, level, place)?;
            self.read.entry((level, place)).or_insert(hashes)
        };
        let missing = || StoreError::Corrupt(format!("hashes of the log are missing on level {level} at {first}"));
        let from = usize::try_from(within).map_err(|_| missing())?;
        let to = usize::try_from(within + count).map_err(|_| missing())?;
        hashes.get(from..to).map(<[Hash]>::to_vec).ok_or_else(missing)
    }
}

/// The hashes of a tile, as many as there are.
///
/// # Errors
/// The failures of the store.
pub fn tile(connection: &mut Connection, level: u32, place: u64) -> Result<Vec<Hash>, StoreError> {
    if level == 0 {
        let entries = entries(connection, place * TILE, (place + 1) * TILE, i64::MAX)?;
        return Ok(entries.iter().map(leaf_hash).collect());
    }
    let rows: Vec<Vec<u8>> = log_tiles::table
        .filter(log_tiles::level.eq(i64::from(level)))
        .filter(log_tiles::place.ge(column(place * TILE)?))
        .filter(log_tiles::place.lt(column((place + 1) * TILE)?))
        .order(log_tiles::place.asc())
        .select(log_tiles::hash)
        .load(connection)?;
    rows.into_iter().map(hash).collect()
}

/// A hash as the database keeps it.
///
/// # Errors
/// [`StoreError::Corrupt`] when it is none.
pub fn hash(bytes: Vec<u8>) -> Result<Hash, StoreError> {
    bytes
        .try_into()
        .map_err(|_| StoreError::Corrupt("a hash of the log has a bad length".to_owned()))
}

/// A number as the database keeps it.
///
/// # Errors
/// [`StoreError::Corrupt`] when it is negative.
pub fn number(column: i64) -> Result<u64, StoreError> {
    u64::try_from(column).map_err(|_| StoreError::Corrupt("a number of the log is negative".to_owned()))
}

/// A number of the tree for the database.
///
/// # Errors
/// [`StoreError::Corrupt`] when it is larger than any log is.
pub fn column(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Corrupt("a number of the log is too large".to_owned()))
}
