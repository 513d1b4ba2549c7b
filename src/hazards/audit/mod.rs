//! Whether the ledger is what the events say.

mod store;

pub use store::without_history;

use super::fold::{Entry, fold};
use crate::journal::Event;
use crate::store::{Connection, StoreError};

/// What differs between the row of a hazard and its history, which is whole; nothing when they agree.
///
/// # Errors
/// The failures of the store, and a history that this program did not write.
pub fn difference(connection: &mut Connection, history: &[Event]) -> Result<Option<&'static str>, StoreError> {
    let Some(told) = fold(history.iter().map(Entry::from))? else {
        return Ok(None);
    };
    let Some(found) = super::store::find(connection, super::store::Reference::Id(told.id))? else {
        return Ok(Some("it has events and no row"));
    };
    if found.hazard != told {
        return Ok(Some("its document is not what its events say"));
    }
    if !store::is_of(connection, &told)? {
        return Ok(Some("its row is not what its events say"));
    }
    Ok(None)
}
