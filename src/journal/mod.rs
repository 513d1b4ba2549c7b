//! The journal: the append-only log that every write goes through.
//!
//! A use case hands a [`Draft`] to [`append`] inside the transaction that writes the row; the event, its hash and its
//! outbox entry are then durable with the row or not at all. What happens to a tip has no entry: nobody outside hears of it.

mod chain;
mod event;
mod outbox;
mod store;

pub use chain::{encoded, verify};
pub use event::{Actor, Draft, Event, Subject, SubjectKind};
pub use outbox::{
    Bound, Horizon, Told, after as told_after, at as told_at, bound_after, horizon, is_decided, last_position,
    undecided,
};
pub use store::{Head, Heads, after, append, append_many, heads, history, walk};
