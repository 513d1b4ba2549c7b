//! Rows of the outbox, as whoever tells others reads them.

use diesel::dsl::max;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};

use super::{Bound, Horizon, Told};
use crate::journal::event::{Subject, SubjectKind};
use crate::store::schema::{events, outbox};
use crate::store::{Connection, StoreError};
use crate::values::{HazardId, Instant};

/// How many positions before the last are looked through for ones that are not decided. Only what is being written at one
/// moment can be among them.
const LOOKED_BACK: i64 = 1000;

#[derive(Queryable, Selectable)]
#[diesel(table_name = outbox)]
struct ToldRow {
    position: i64,
    subject_kind: SubjectKind,
    /// A subject is stored under its id alone; the column type is that of every other id.
    subject_id: HazardId,
    version: i64,
    event_type: String,
    at: Instant,
}

impl From<ToldRow> for Told {
    fn from(row: ToldRow) -> Self {
        Self {
            position: row.position,
            subject: Subject {
                kind: row.subject_kind,
                id: row.subject_id.uuid(),
            },
            version: row.version,
            event_type: row.event_type,
            at: row.at,
        }
    }
}

#[derive(QueryableByName)]
struct TransactionRow {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct DecidedRow {
    #[diesel(sql_type = Bool)]
    decided: bool,
}

/// The highest position that can be seen; 0 for an empty outbox.
///
/// # Errors
/// The failures of the store.
pub fn last_position(connection: &mut Connection) -> Result<i64, StoreError> {
    let last: Option<i64> = outbox::table.select(max(outbox::position)).first(connection)?;
    Ok(last.unwrap_or(0))
}

/// Looks how far the outbox can be seen. In a transaction that has written nothing yet: its number must be drawn after the
/// look.
///
/// # Errors
/// The failures of the store.
pub fn horizon(connection: &mut Connection) -> Result<Horizon, StoreError> {
    let position = last_position(connection)?;
    let transaction = match connection {
        Connection::Postgres(inner) => {
            let drawn = diesel::sql_query("SELECT pg_current_xact_id()::text::bigint AS number");
            Some(drawn.get_result::<TransactionRow>(inner)?.number)
        }
        Connection::Sqlite(_) => None,
    };
    Ok(Horizon { position, transaction })
}

/// Whether nothing up to the horizon can come to light any more.
///
/// # Errors
/// The failures of the store.
pub fn is_decided(connection: &mut Connection, horizon: Horizon) -> Result<bool, StoreError> {
    match (connection, horizon.transaction) {
        (Connection::Postgres(inner), Some(number)) => Ok(diesel::sql_query(
            "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint >= $1 AS decided",
        )
        .bind::<BigInt, _>(number)
        .get_result::<DecidedRow>(inner)?
        .decided),
        (Connection::Postgres(_) | Connection::Sqlite(_), _) => Ok(true),
    }
}

/// At most `limit` entries behind the position `after`, up to the position `until`.
///
/// # Errors
/// The failures of the store.
pub fn after(connection: &mut Connection, after: i64, until: i64, limit: i64) -> Result<Vec<Told>, StoreError> {
    let rows: Vec<ToldRow> = outbox::table
        .filter(outbox::position.gt(after))
        .filter(outbox::position.le(until))
        .order(outbox::position.asc())
        .limit(limit)
        .select(ToldRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(Told::from).collect())
}

/// The hashes of at most `limit` events of that kind behind the position `after`, up to the position `until`.
///
/// # Errors
/// [`StoreError::Corrupt`] when an event is gone, and the other failures of the store.
pub fn bound_after(
    connection: &mut Connection,
    kind: SubjectKind,
    after: i64,
    until: i64,
    limit: i64,
) -> Result<Vec<Bound>, StoreError> {
    let of_the_entry = events::subject_id
        .eq(outbox::subject_id)
        .and(events::version.eq(outbox::version));
    let rows: Vec<(i64, HazardId, i64, Option<Vec<u8>>)> = outbox::table
        .left_join(events::table.on(of_the_entry))
        .filter(outbox::subject_kind.eq(kind))
        .filter(outbox::position.gt(after))
        .filter(outbox::position.le(until))
        .order(outbox::position.asc())
        .limit(limit)
        .select((
            outbox::position,
            outbox::subject_id,
            outbox::version,
            events::hash.nullable(),
        ))
        .load(connection)?;
    rows.into_iter()
        .map(|(position, id, version, hash)| {
            let hash = hash.and_then(|hash| hash.try_into().ok());
            Ok(Bound {
                position,
                id: id.uuid(),
                version,
                hash: hash.ok_or_else(|| StoreError::Corrupt(format!("event {id}/{version} is missing")))?,
            })
        })
        .collect()
}

/// The entries at those positions, in their order.
///
/// # Errors
/// The failures of the store.
pub fn at(connection: &mut Connection, positions: &[i64]) -> Result<Vec<Told>, StoreError> {
    let rows: Vec<ToldRow> = outbox::table
        .filter(outbox::position.eq_any(positions.to_vec()))
        .order(outbox::position.asc())
        .select(ToldRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(Told::from).collect())
}

/// Positions before `last` that hold nothing yet: those of transactions that still run, and of such as were taken back.
///
/// # Errors
/// The failures of the store.
pub fn undecided(connection: &mut Connection, last: i64) -> Result<Vec<i64>, StoreError> {
    let first = (last - LOOKED_BACK).max(0);
    let seen: Vec<i64> = outbox::table
        .filter(outbox::position.gt(first))
        .filter(outbox::position.le(last))
        .order(outbox::position.asc())
        .select(outbox::position)
        .load(connection)?;
    let mut missing = Vec::new();
    let mut expected = first + 1;
    for position in seen {
        missing.extend(expected..position);
        expected = position + 1;
    }
    Ok(missing)
}
