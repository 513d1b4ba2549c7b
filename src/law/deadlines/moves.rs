//! Deadlines that a corrected calendar moves, with the days that are to blame.

use serde::{Deserialize, Serialize};

use super::{LedgerEntry, ends};
use crate::law::calendar::{Calendar, DayChange};
use crate::law::lifecycle::ClockKind;
use crate::values::Day;

/// The end of one clock before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// The clock.
    pub clock: ClockKind,
    /// The event that started it.
    pub begun: i64,
    /// The day that it ended on.
    pub from: Day,
    /// The day that it ends on now.
    pub to: Day,
    /// The days that count now and did not, or the other way round. None where nobody knows the calendar before.
    pub days: Vec<DayChange>,
}

/// The running clocks that end on another day under `new` than under `old`.
pub fn moved(ledger: &[LedgerEntry], old: &Calendar, new: &Calendar) -> Vec<Move> {
    ends(ledger, old)
        .zip(ends(ledger, new))
        .filter(|(before, after)| before.due_on != after.due_on)
        .map(|(before, after)| Move {
            clock: after.kind,
            begun: after.begun,
            from: before.due_on,
            to: after.due_on,
            days: old.changes(new, after.started_on, before.due_on.max(after.due_on)),
        })
        .collect()
}

/// That the clock which ends first no longer ends on `known`; for a row that was written under a calendar nobody knows.
pub fn moved_from(ledger: &[LedgerEntry], known: Day, new: &Calendar) -> Option<Move> {
    let first = ends(ledger, new).min_by_key(|clock| clock.due_on)?;
    (first.due_on != known).then(|| Move {
        clock: first.kind,
        begun: first.begun,
        from: known,
        to: first.due_on,
        days: Vec::new(),
    })
}
