//! Reading the outbox so that nothing is passed over.
//!
//! On PostgreSQL a position is taken when a row is written and seen when its transaction commits, so a lower position can
//! come to light after a higher one was read. Nobody therefore reads beyond a [`Horizon`] that is decided: the highest
//! position that was seen once, together with a transaction number that was drawn after it was seen. Whoever took a
//! position up to it had drawn a number of its own before, because the journal writes the event first and the outbox after
//! it. When every transaction with a lower number has ended, all these positions hold a row that can be read, or none for
//! ever. Writers do nothing for it: no column, no index, no lock. SQLite has one writer, and what is seen is decided.

mod store;

pub use store::{after, at, bound_after, horizon, is_decided, last_position, undecided};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::event::Subject;
use crate::values::Instant;

/// An entry of the outbox: an event that others may be told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its place in the outbox.
    pub position: i64,
    /// The thing.
    pub subject: Subject,
    /// The event of the thing.
    pub version: i64,
    /// What others hear, for example `hazard.closed`.
    pub event_type: String,
    /// When it happened.
    pub at: Instant,
}

/// An event in the order of the outbox, by the hash that binds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// Its place in the outbox.
    pub position: i64,
    /// The thing.
    pub id: Uuid,
    /// The event of the thing.
    pub version: i64,
    /// Hash of the event.
    pub hash: [u8; 32],
}

/// How far the outbox was seen, and by what it is told when that is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Horizon {
    /// The highest position that was seen.
    pub position: i64,
    /// Decided when every transaction with a lower number has ended; nothing where one writer follows the other.
    transaction: Option<i64>,
}
