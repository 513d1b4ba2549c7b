//! Floor 3: how HTTP is spoken. Extractors hand a handler checked values; errors become problem documents in one place.
//!
//! Absent here: any rule about hazards. Only `http.rs` files and the roof import this floor, so that use cases run from
//! the command line as they do from HTTP.

pub mod answers;
pub mod app;
pub mod body;
pub mod caller;
pub mod conditions;
pub mod filters;
pub mod idempotency;
pub mod language;
pub mod limits;
pub mod metrics;
pub mod origin;
pub mod page;
pub mod problems;
pub mod rehearsal;
pub mod request_id;
pub mod responses;
pub mod schemas;
pub mod throttle;
pub mod tokens;
pub mod turns;
