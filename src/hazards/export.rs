//! Taking the ledger along: everything that a list would show, as one file.
//!
//! What stands in it is read from the same view as every other answer, so a unit finds no more in it than on its list; which
//! members of it become columns is [`columns`] to say, and no person is among them. It goes out while it is read, stride
//! by stride ([`walk`]), so that neither a transaction nor the memory knows how long it is. That somebody takes it along is on
//! record before the first byte leaves ([`record`]).

mod cells;
mod columns;
mod csv;
mod file;
mod jsonl;
mod model;
mod record;
mod store;
mod view;
mod walk;
mod xlsx;

pub use file::File;
pub use model::{Asked, ExportFormat, ExportState};
pub use record::{begin, end};
pub use store::page;
pub use view::ExportView;
pub use walk::{Broken, Walk};
