//! Answers kept for a repeated idempotency key.
//!
//! An answer is kept in the transaction of its effect: either both are durable or neither is. A key belongs to one
//! caller and one operation, and lives for [`KEPT_SECONDS`]. [`once`] is the way to use it for one request,
//! [`look_many`] and [`keep_many`] are its halves for a batch.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};
use serde::Serialize;

use super::Connection;
use super::arrays::over_arrays;
use super::columns::InstantColumn;
use super::errors::{Failure, StoreError};
use super::lock;
use super::schema::replies;
use crate::law::refusal::Refusal;
use crate::values::Instant;

/// How long an answer is kept: 72 hours.
pub const KEPT_SECONDS: i64 = 72 * 3600;

/// A caller's claim that this request is the one it sent before under the same key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Claim {
    /// Who sent it.
    pub caller: String,
    /// Method and path.
    pub operation: String,
    /// The `Idempotency-Key`.
    pub key: String,
    /// SHA-256 of the request.
    pub digest: [u8; 32],
}

/// An answer as it went out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Header names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

/// What is known of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The key is new.
    Nothing,
    /// It was answered; this is the answer.
    Replay(Reply),
    /// The key was used for another request.
    OtherBody,
    /// Another node is working on it.
    InUse,
}

/// What a request comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was carried out, or refused, now.
    First(Reply),
    /// It was before; this is the answer of then.
    Again(Reply),
    /// Its key was used for another request.
    OtherBody,
    /// Another node is working on it.
    InUse,
}

impl Reply {
    /// A JSON answer.
    ///
    /// # Errors
    /// When `body` cannot be written as JSON.
    pub fn json(status: u16, body: &impl Serialize) -> Result<Self, StoreError> {
        Ok(Self {
            status,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: serde_json::to_vec(body).map_err(|error| StoreError::Corrupt(error.to_string()))?,
        })
    }

    /// The same answer with a header more.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The same answer with the version as its entity tag.
    #[must_use]
    pub fn tagged(self, version: i64) -> Self {
        self.with("etag", format!("\"{version}\""))
    }
}

/// Runs `f`, once for each claim; without a claim it just runs. `refused` words a refusal, which is kept as an answer
/// like any other.
///
/// # Errors
/// What `f` and `refused` return, and the failures of the store.
pub fn once(
    connection: &mut Connection,
    claim: Option<&Claim>,
    now: Instant,
    f: impl FnOnce(&mut Connection) -> Result<Reply, Failure>,
    refused: impl FnOnce(Refusal) -> Result<Reply, Failure>,
) -> Result<Outcome, Failure> {
    let Some(claim) = claim else {
        return f(connection).map(Outcome::First);
    };
    match look(connection, claim, now)? {
        Found::Replay(reply) => return Ok(Outcome::Again(reply)),
        Found::OtherBody => return Ok(Outcome::OtherBody),
        Found::InUse => return Ok(Outcome::InUse),
        Found::Nothing => {}
    }
    let reply = match connection.nested(f) {
        Ok(reply) => reply,
        Err(Failure::Refusal(refusal)) => refused(refusal)?,
        Err(Failure::Store(error)) => return Err(error.into()),
    };
    match keep(connection, claim, &reply, now) {
        // Another node kept an answer under the key meanwhile; the whole transaction is tried again and finds it.
        Err(StoreError::Unique(_)) => Err(StoreError::Busy.into()),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(Outcome::First(reply)),
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = replies)]
struct ReplyRow {
    digest: Vec<u8>,
    status: i64,
    headers: String,
    body: Vec<u8>,
    at: Instant,
}

/// Looks a claim up and, on PostgreSQL, holds it until the transaction ends, so that of two nodes only one goes on.
///
/// # Errors
/// The failures of the store.
pub fn look(connection: &mut Connection, claim: &Claim, now: Instant) -> Result<Found, StoreError> {
    if let Connection::Postgres(inner) = connection {
        let held: bool = diesel::select(pg_try_advisory_xact_lock(lock_number(claim))).get_result(inner)?;
        if !held {
            return Ok(Found::InUse);
        }
    }
    let row: Option<ReplyRow> = replies::table
        .filter(replies::caller.eq(&claim.caller))
        .filter(replies::operation.eq(&claim.operation))
        .filter(replies::key.eq(&claim.key))
        .select(ReplyRow::as_select())
        .first(connection)
        .optional()?;
    match row {
        None => Ok(Found::Nothing),
        Some(row) if row.is_over(now) => {
            forget(connection, claim)?;
            Ok(Found::Nothing)
        }
        Some(row) => row.read(claim),
    }
}

impl ReplyRow {
    fn is_over(&self, now: Instant) -> bool {
        self.at.plus_seconds(KEPT_SECONDS) <= now
    }

    fn read(self, claim: &Claim) -> Result<Found, StoreError> {
        if self.digest != claim.digest {
            return Ok(Found::OtherBody);
        }
        let corrupt = |what: &str| StoreError::Corrupt(format!("a kept reply has a bad {what}"));
        Ok(Found::Replay(Reply {
            status: u16::try_from(self.status).map_err(|_| corrupt("status"))?,
            headers: serde_json::from_str(&self.headers).map_err(|_| corrupt("header list"))?,
            body: self.body,
        }))
    }
}

/// Looks many claims up and answers them in their order. A claim whose answer is past its time counts as in use here:
/// [`look`] forgets it.
///
/// Nothing keeps another node from answering the same claim meanwhile; then [`keep_many`] fails.
///
/// # Errors
/// The failures of the store.
pub fn look_many(connection: &mut Connection, claims: &[&Claim], now: Instant) -> Result<Vec<Found>, StoreError> {
    let mut rows: HashMap<Place, ReplyRow> = HashMap::new();
    match connection {
        Connection::Postgres(inner) => {
            let mut query = LookMany::default();
            for claim in claims {
                query.callers.push(claim.caller.clone());
                query.operations.push(claim.operation.clone());
                query.keys.push(claim.key.clone());
            }
            let found: Vec<(String, String, String, ReplyRow)> = query.load(inner)?;
            rows.extend(
                found
                    .into_iter()
                    .map(|(caller, operation, key, row)| ((caller, operation, key), row)),
            );
        }
        Connection::Sqlite(inner) => {
            for claim in claims {
                let found: Option<ReplyRow> = replies::table
                    .find((&claim.caller, &claim.operation, &claim.key))
                    .select(ReplyRow::as_select())
                    .first(inner)
                    .optional()?;
                rows.extend(found.map(|row| (place(claim), row)));
            }
        }
    }
    claims
        .iter()
        .map(|claim| match rows.remove(&place(claim)) {
            None => Ok(Found::Nothing),
            Some(row) if row.is_over(now) => Ok(Found::InUse),
            Some(row) => row.read(claim),
        })
        .collect()
}

type Place = (String, String, String);

fn place(claim: &Claim) -> Place {
    (claim.caller.clone(), claim.operation.clone(), claim.key.clone())
}

over_arrays! {
    LookMany: "SELECT replies.caller, replies.operation, replies.key, replies.digest, replies.status, replies.headers, \
               replies.body, replies.at FROM unnest(",
    { callers: Text => String, operations: Text => String, keys: Text => String },
    ") AS claim (caller, operation, key) JOIN replies USING (caller, operation, key)"
}

impl diesel::query_builder::Query for LookMany {
    type SqlType = (Text, Text, Text, (Binary, BigInt, Text, Binary, InstantColumn));
}

/// Keeps the answers of many claims, each with its moment.
///
/// # Errors
/// As [`keep`].
pub fn keep_many(connection: &mut Connection, answers: &[(&Claim, &Reply, Instant)]) -> Result<(), StoreError> {
    let Connection::Postgres(inner) = connection else {
        return answers
            .iter()
            .try_for_each(|(claim, reply, now)| keep(connection, claim, reply, *now));
    };
    let mut rows = KeepMany::default();
    for (claim, reply, now) in answers {
        rows.callers.push(claim.caller.clone());
        rows.operations.push(claim.operation.clone());
        rows.keys.push(claim.key.clone());
        rows.digests.push(claim.digest.to_vec());
        rows.statuses.push(i64::from(reply.status));
        rows.headers.push(headers_text(reply)?);
        rows.bodies.push(reply.body.clone());
        rows.moments.push(*now);
    }
    if !answers.is_empty() {
        rows.execute(inner)?;
    }
    Ok(())
}

over_arrays! {
    KeepMany: "INSERT INTO replies (caller, operation, key, digest, status, headers, body, at) SELECT * FROM unnest(",
    {
        callers: Text => String,
        operations: Text => String,
        keys: Text => String,
        digests: Binary => Vec<u8>,
        statuses: BigInt => i64,
        headers: Text => String,
        bodies: Binary => Vec<u8>,
        moments: InstantColumn => Instant,
    },
    ")"
}

fn headers_text(reply: &Reply) -> Result<String, StoreError> {
    serde_json::to_string(&reply.headers).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// Keeps the answer of a claim.
///
/// # Errors
/// [`StoreError::Unique`] when another transaction kept one meanwhile, and the other failures of the store.
pub fn keep(connection: &mut Connection, claim: &Claim, reply: &Reply, now: Instant) -> Result<(), StoreError> {
    diesel::insert_into(replies::table)
        .values((
            replies::caller.eq(&claim.caller),
            replies::operation.eq(&claim.operation),
            replies::key.eq(&claim.key),
            replies::digest.eq(claim.digest.to_vec()),
            replies::status.eq(i64::from(reply.status)),
            replies::headers.eq(headers_text(reply)?),
            replies::body.eq(&reply.body),
            replies::at.eq(now),
        ))
        .execute(connection)?;
    Ok(())
}

/// Forgets the answers that are past their time and returns how many.
///
/// # Errors
/// The failures of the store.
pub fn sweep(connection: &mut Connection, now: Instant) -> Result<usize, StoreError> {
    let oldest = now.plus_seconds(-KEPT_SECONDS);
    Ok(diesel::delete(replies::table.filter(replies::at.le(oldest))).execute(connection)?)
}

fn forget(connection: &mut Connection, claim: &Claim) -> Result<(), StoreError> {
    diesel::delete(
        replies::table
            .filter(replies::caller.eq(&claim.caller))
            .filter(replies::operation.eq(&claim.operation))
            .filter(replies::key.eq(&claim.key)),
    )
    .execute(connection)?;
    Ok(())
}

fn lock_number(claim: &Claim) -> i64 {
    lock::number_of(&[&claim.caller, &claim.operation, &claim.key].map(String::as_bytes))
}

diesel::define_sql_function! {
    /// True when this transaction now holds the lock of that number.
    fn pg_try_advisory_xact_lock(number: BigInt) -> Bool;
}
