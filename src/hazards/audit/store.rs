//! Rows of the ledger beside what they should be.

use diesel::prelude::*;

use crate::hazards::measures::store::is_counted;
use crate::hazards::model::Hazard;
use crate::hazards::store::Row;
use crate::store::schema::{events, hazards};
use crate::store::{Connection, StoreError};
use crate::values::HazardId;

/// Whether the columns of a hazard's row, and what is counted of it, are those of the hazard.
///
/// # Errors
/// The failures of the store.
pub fn is_of(connection: &mut Connection, hazard: &Hazard) -> Result<bool, StoreError> {
    let kept: Row = hazards::table
        .find(hazard.id)
        .select(Row::as_select())
        .first(connection)?;
    // Its days depend on the policy too; whoever computes them again compares them.
    let (next_due_on, remind_on) = kept.days();
    let told = Row::new(hazard, next_due_on, remind_on)?;
    Ok(kept == told && is_counted(connection, hazard, next_due_on)?)
}

/// A hazard that has a row and no events.
///
/// # Errors
/// The failures of the store.
pub fn without_history(connection: &mut Connection) -> Result<Option<HazardId>, StoreError> {
    let first = events::subject_id.eq(hazards::id).and(events::version.eq(1));
    Ok(hazards::table
        .left_join(events::table.on(first))
        .filter(events::version.nullable().is_null())
        .select(hazards::id)
        .first(connection)
        .optional()?)
}
