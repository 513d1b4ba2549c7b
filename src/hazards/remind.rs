//! Reminders of what units owe, served exactly once although several nodes look for them.
//!
//! A hazard's row says on which day somebody has to look at it again. Whoever looks holds the row, serves what is owed
//! and writes the next day, all in one transaction: killed in between, it has not happened, and another does it.

use super::act;
use super::notify;
use super::store::{self, Reference};
use crate::journal;
use crate::law::policy::Policy;
use crate::law::reminders;
use crate::store::{Connection, StoreError};
use crate::values::Instant;

/// Hazards that one transaction looks at. Whoever writes meanwhile to SQLite waits for as long as they take.
const AT_ONCE: i64 = 20;

/// Serves the reminders of some hazards that are due to be looked at, and returns how many those were; none when nobody
/// has to be reminded today. To be called until it returns none.
///
/// # Errors
/// The failures of the store; nothing was served then.
pub fn remind(connection: &mut Connection, policy: &Policy, now: Instant, seed: [u8; 16]) -> Result<usize, StoreError> {
    let due: Vec<Reference> = store::to_remind(connection, now.day(), AT_ONCE)?
        .into_iter()
        .map(Reference::Id)
        .collect();
    // A row that another transaction holds is looked at again the next time.
    let held = store::hold_many(connection, &due)?;
    for found in &held {
        let hazard = &found.hazard;
        for reminder in reminders::owed(&hazard.clocks, policy, now) {
            for draft in notify::of_reminder(connection, hazard, &reminder, now, seed)? {
                journal::append(connection, draft)?;
            }
        }
        store::remind_again(connection, hazard.id, act::remind_on(hazard, policy, now))?;
    }
    Ok(held.len())
}
