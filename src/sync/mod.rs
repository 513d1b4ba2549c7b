//! Room 4: what an inspector's phone keeps, so that it is of use where there is no network: reference data, and the units and
//! open hazards of the caller's areas and industries.
//!
//! A phone that has nothing is handed all there is, page by page along the indexes (`snapshot.rs`). Everything after that
//! are changes in the order of the outbox, each as the thing stands now (`changes.rs`). Where the first ends and the other
//! begins is decided before the first page (`step.rs`): what was being written meanwhile is handed out twice rather than
//! never. Nothing is kept here of anybody; a cursor says how far a phone has come, and for which scope.

mod changes;
mod cursor;
mod http;
mod snapshot;
mod step;
mod view;

pub use http::configure;
pub use view::{Change, SyncKind};
