//! What happened to a hazard since a caller last saw it: somebody was without a network, and acts on an old version.

use super::act;
use super::found::Found;
use super::store::Reference;
use crate::journal::{self, Event, Subject};
use crate::law::scope::Caller;
use crate::store::{Connection, Failure};

/// How many events are told, the newest; whoever missed more reads the history.
const TOLD: i64 = 20;

/// What a caller missed.
#[derive(Debug, Clone)]
pub struct Missed {
    /// The hazard as it stands.
    pub found: Found,
    /// The newest events after the version that the caller saw, oldest first.
    pub events: Vec<Event>,
    /// Whether there are older ones that the caller missed.
    pub is_part: bool,
}

/// What happened after version `seen`, which need not be one that there ever was.
///
/// # Errors
/// As [`act::visible`].
pub fn since(connection: &mut Connection, caller: &Caller, reference: Reference, seen: i64) -> Result<Missed, Failure> {
    let found = act::visible(connection, caller, reference)?;
    let oldest_told = found.hazard.version - TOLD;
    let events = journal::after(connection, Subject::from(found.hazard.id), seen.max(oldest_told), TOLD)?;
    Ok(Missed {
        found,
        events,
        is_part: seen < oldest_told,
    })
}
