//! Whether what stands in the open of a tip is what its events say.

use super::fold::{Entry, fold};
use super::store;
use crate::journal::Event;
use crate::store::{Connection, StoreError};

/// What differs between the row of a tip and its history, which is whole; nothing when they agree.
///
/// # Errors
/// The failures of the store, and a history that this program did not write.
pub fn difference(connection: &mut Connection, history: &[Event]) -> Result<Option<&'static str>, StoreError> {
    let Some(told) = fold(history.iter().map(Entry::from))? else {
        return Ok(None);
    };
    match store::find(connection, told.id)? {
        None => Ok(Some("it has events and no row")),
        Some(kept) if kept.tip != told => Ok(Some("its row is not what its events say")),
        Some(_) => Ok(None),
    }
}
