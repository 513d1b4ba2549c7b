//! Answers kept for a repeated idempotency key.
//!
//! An answer is kept in the transaction of its effect: either both are durable or neither is. A key belongs to one
//! caller and one operation, and lives for [`KEPT_SECONDS`].

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::Connection;
use super::errors::StoreError;
use super::schema::replies;
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
    let Some(row) = row else {
        return Ok(Found::Nothing);
    };
    if row.at.plus_seconds(KEPT_SECONDS) <= now {
        forget(connection, claim)?;
        return Ok(Found::Nothing);
    }
    if row.digest != claim.digest {
        return Ok(Found::OtherBody);
    }
    let corrupt = |what: &str| StoreError::Corrupt(format!("a kept reply has a bad {what}"));
    Ok(Found::Replay(Reply {
        status: u16::try_from(row.status).map_err(|_| corrupt("status"))?,
        headers: serde_json::from_str(&row.headers).map_err(|_| corrupt("header list"))?,
        body: row.body,
    }))
}

/// Keeps the answer of a claim.
///
/// # Errors
/// [`StoreError::Unique`] when another transaction kept one meanwhile, and the other failures of the store.
pub fn keep(connection: &mut Connection, claim: &Claim, reply: &Reply, now: Instant) -> Result<(), StoreError> {
    let headers = serde_json::to_string(&reply.headers).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    diesel::insert_into(replies::table)
        .values((
            replies::caller.eq(&claim.caller),
            replies::operation.eq(&claim.operation),
            replies::key.eq(&claim.key),
            replies::digest.eq(claim.digest.to_vec()),
            replies::status.eq(i64::from(reply.status)),
            replies::headers.eq(headers),
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
    let mut hash = Sha256::new();
    for part in [&claim.caller, &claim.operation, &claim.key] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let digest: [u8; 32] = hash.finalize().into();
    let (first, _) = digest.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
    i64::from_be_bytes(*first)
}

diesel::define_sql_function! {
    /// True when this transaction now holds the lock of that number.
    fn pg_try_advisory_xact_lock(number: BigInt) -> Bool;
}
