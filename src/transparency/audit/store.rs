//! Rows of the log beside those that they stand for.

use std::collections::{BTreeMap, HashSet};

use diesel::dsl::{count_star, max};
use diesel::prelude::*;
use uuid::Uuid;

use crate::journal::SubjectKind;
use crate::store::schema::{events, log_checkpoints, log_entries, log_tiles, log_tip_days, log_tip_events, outbox};
use crate::store::{Connection, StoreError};
use crate::transparency::store::{column, hash, number};
use crate::transparency::tree::{Hash, TILE};
use crate::values::HazardId;

/// An entry, and its event as the journal has it.
pub struct LoggedEvent {
    /// The entry.
    pub entry: Hash,
    /// Of which event it is; nothing for a day of tips.
    pub event: Option<(HazardId, i64)>,
    /// The hash of that event; nothing when there is none.
    pub hash: Option<Hash>,
}

/// A checkpoint as it is kept.
pub struct SignedRow {
    /// The root that the row repeats.
    pub root: Hash,
    /// The note.
    pub note: String,
}

/// What an entry for a day of tips is made of.
pub struct TipDayRow {
    /// How many events it stands for.
    pub events: u64,
    /// The root of their tree.
    pub root: Hash,
    /// The salt.
    pub salt: [u8; 32],
    /// The hashes of the events that it names, in their order; nothing in place of one that is gone.
    pub hashes: Vec<Option<Hash>>,
}

/// Entries from a place on, before another, by place.
///
/// # Errors
/// The failures of the store.
pub fn entries(connection: &mut Connection, from: u64, until: u64) -> Result<BTreeMap<u64, LoggedEvent>, StoreError> {
    type Row = (i64, Vec<u8>, Option<HazardId>, Option<i64>, Option<Vec<u8>>);
    let of_the_entry = log_entries::subject_id
        .eq(events::subject_id.nullable())
        .and(log_entries::version.eq(events::version.nullable()));
    let rows: Vec<Row> = log_entries::table
        .left_join(events::table.on(of_the_entry))
        .filter(log_entries::place.ge(column(from)?))
        .filter(log_entries::place.lt(column(until)?))
        .select((
            log_entries::place,
            log_entries::entry,
            log_entries::subject_id,
            log_entries::version,
            events::hash.nullable(),
        ))
        .load(connection)?;
    rows.into_iter()
        .map(|(place, entry, id, version, of_event)| {
            let logged = LoggedEvent {
                entry: hash(entry)?,
                event: id.zip(version),
                hash: of_event.map(hash).transpose()?,
            };
            Ok((number(place)?, logged))
        })
        .collect()
}

/// Checkpoints of more than `size` and at most `until` entries, by size.
///
/// # Errors
/// The failures of the store.
pub fn checkpoints(connection: &mut Connection, size: u64, until: u64) -> Result<BTreeMap<u64, SignedRow>, StoreError> {
    let rows: Vec<(i64, Vec<u8>, String)> = log_checkpoints::table
        .filter(log_checkpoints::size.gt(column(size)?))
        .filter(log_checkpoints::size.le(column(until)?))
        .select((log_checkpoints::size, log_checkpoints::root, log_checkpoints::note))
        .load(connection)?;
    rows.into_iter()
        .map(|(size, root, note)| {
            Ok((
                number(size)?,
                SignedRow {
                    root: hash(root)?,
                    note,
                },
            ))
        })
        .collect()
}

/// The root that is kept of a whole tile.
///
/// # Errors
/// The failures of the store.
pub fn root_of_tile(connection: &mut Connection, level: i64, place: u64) -> Result<Option<Hash>, StoreError> {
    let root: Option<Vec<u8>> = log_tiles::table
        .find((level, column(place)?))
        .select(log_tiles::hash)
        .first(connection)
        .optional()?;
    root.map(hash).transpose()
}

/// What the entry of a day of tips is made of.
///
/// # Errors
/// The failures of the store.
pub fn tip_day(connection: &mut Connection, place: u64) -> Result<Option<TipDayRow>, StoreError> {
    let place = column(place)?;
    let row: Option<(i64, Vec<u8>, Vec<u8>)> = log_tip_days::table
        .find(place)
        .select((log_tip_days::events, log_tip_days::root, log_tip_days::salt))
        .first(connection)
        .optional()?;
    let Some((count, root, salt)) = row else {
        return Ok(None);
    };
    let of_the_day = log_tip_events::subject_id
        .eq(events::subject_id)
        .and(log_tip_events::version.eq(events::version));
    let hashes: Vec<Option<Vec<u8>>> = log_tip_events::table
        .left_join(events::table.on(of_the_day))
        .filter(log_tip_events::place.eq(place))
        .order(events::hash.asc())
        .select(events::hash.nullable())
        .load(connection)?;
    let hashes = hashes.into_iter().map(|bytes| bytes.map(hash).transpose());
    Ok(Some(TipDayRow {
        events: number(count)?,
        root: hash(root)?,
        salt: hash(salt)?,
        hashes: hashes.collect::<Result<_, _>>()?,
    }))
}

/// Whether there is an entry, a checkpoint or the root of a tile that a log of that size cannot have.
///
/// # Errors
/// The failures of the store.
pub fn is_longer_than(connection: &mut Connection, size: u64) -> Result<bool, StoreError> {
    let last: Option<i64> = log_entries::table.select(max(log_entries::place)).first(connection)?;
    if last.is_some_and(|last| number(last).is_ok_and(|last| last >= size)) {
        return Ok(true);
    }
    let mut expected = 0;
    let mut whole = size / TILE;
    while whole > 0 {
        expected += whole;
        whole /= TILE;
    }
    let kept: i64 = log_tiles::table.select(count_star()).first(connection)?;
    Ok(number(kept)? != expected)
}

/// Events of hazards behind a position of the outbox.
///
/// # Errors
/// The failures of the store.
pub fn to_come(connection: &mut Connection, position: i64) -> Result<HashSet<(Uuid, i64)>, StoreError> {
    let rows: Vec<(HazardId, i64)> = outbox::table
        .filter(outbox::position.gt(position))
        .filter(outbox::subject_kind.eq(SubjectKind::Hazard))
        .select((outbox::subject_id, outbox::version))
        .load(connection)?;
    Ok(rows.into_iter().map(|(id, version)| (id.uuid(), version)).collect())
}

/// Events of hazards that are in the log, of the things from the one to the other.
///
/// # Errors
/// The failures of the store.
pub fn logged_between(
    connection: &mut Connection,
    first: Uuid,
    last: Uuid,
) -> Result<HashSet<(Uuid, i64)>, StoreError> {
    let rows: Vec<(Option<HazardId>, Option<i64>)> = log_entries::table
        .filter(log_entries::subject_id.ge(HazardId::from_uuid(first)))
        .filter(log_entries::subject_id.le(HazardId::from_uuid(last)))
        .select((log_entries::subject_id, log_entries::version))
        .load(connection)?;
    let events = rows.into_iter().filter_map(|(id, version)| id.zip(version));
    Ok(events.map(|(id, version)| (id.uuid(), version)).collect())
}
