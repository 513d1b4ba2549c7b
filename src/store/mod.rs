//! Floor 2: how things are kept. One set of queries for SQLite and PostgreSQL.
//!
//! Absent here: HTTP, and any knowledge of what a hazard is. SQL is spoken here and in files named `store.rs`.

pub(crate) mod arrays;
pub mod columns;
pub mod connection;
pub mod errors;
pub mod keyset;
pub mod lock;
pub mod migrate;
mod objects;
pub mod plan;
pub mod replies;
pub mod schema;
pub mod scope;
pub mod substring;
mod together;
pub mod transaction;
mod workers;

pub use connection::{AnyConnection as Connection, DatabaseUrl, MultiBackend};
pub use errors::{Failure, StoreError};
pub use keyset::{CursorSeal, cut};
pub use objects::ObjectsUrl;
pub use replies::{Claim, Found, Outcome, Reply};
pub use together::{Batches, Command, Together};
pub use transaction::{AsStoreError, Store, Timing};
