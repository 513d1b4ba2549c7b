//! Which policies there were, and which row follows which.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{Kept, Known};
use crate::hazards::store::Days;
use crate::law::policy::Policy;
use crate::law::reckoning::Mark;
use crate::store::schema::{hazard_measures, hazards, policies};
use crate::store::{Connection, StoreError};
use crate::values::{Day, HazardId};

/// Brings a policy into force: that of the node which started last.
///
/// # Errors
/// The failures of the store.
pub fn adopt(connection: &mut Connection, policy: &Policy) -> Result<(), StoreError> {
    let last: Option<(i64, i64)> = policies::table
        .order((policies::adopted.desc(), policies::mark.desc()))
        .select((policies::mark, policies::adopted))
        .first(connection)
        .optional()?;
    let mark = policy.mark().0;
    let adopted = match last {
        Some((last, adopted)) if last == mark => adopted,
        Some((_, adopted)) => adopted + 1,
        None => 1,
    };
    let reckoning =
        serde_json::to_string(policy.reckoning()).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let renewed = |connection: &mut Connection| {
        diesel::update(policies::table.find(mark))
            .set((policies::version.eq(policy.version()), policies::adopted.eq(adopted)))
            .execute(connection)
    };
    if renewed(connection)? == 1 {
        return Ok(());
    }
    let kept: Result<usize, StoreError> = connection.nested(|connection| {
        Ok(diesel::insert_into(policies::table)
            .values((
                policies::mark.eq(mark),
                policies::reckoning.eq(&reckoning),
                policies::version.eq(policy.version()),
                policies::adopted.eq(adopted),
            ))
            .execute(connection)?)
    });
    match kept {
        Ok(_) => Ok(()),
        // Another node that starts with the same policy was first.
        Err(StoreError::Unique(_)) => Ok(renewed(connection).map(drop)?),
        Err(error) => Err(error),
    }
}

/// The policy that was adopted last.
///
/// # Errors
/// The failures of the store.
pub(super) fn in_force(connection: &mut Connection) -> Result<Option<Mark>, StoreError> {
    let mark: Option<i64> = policies::table
        .order((policies::adopted.desc(), policies::mark.desc()))
        .select(policies::mark)
        .first(connection)
        .optional()?;
    Ok(mark.map(Mark))
}

/// A policy that was in force once; nothing where it was never kept.
///
/// # Errors
/// The failures of the store.
pub(super) fn known(connection: &mut Connection, mark: Mark) -> Result<Option<Known>, StoreError> {
    let row: Option<(String, String)> = policies::table
        .find(mark.0)
        .select((policies::version, policies::reckoning))
        .first(connection)
        .optional()?;
    row.map(|(version, reckoning)| {
        Ok(Known {
            version,
            reckoning: serde_json::from_str(&reckoning).map_err(|error| StoreError::Corrupt(error.to_string()))?,
        })
    })
    .transpose()
}

/// Some hazards with a running clock whose days were computed under another policy.
///
/// # Errors
/// The failures of the store.
pub(super) fn behind(connection: &mut Connection, mark: Mark, limit: i64) -> Result<Vec<HazardId>, StoreError> {
    // An index knows what is less and what is more, not what is other.
    let mut ids: Vec<HazardId> = hazard_measures::table
        .filter(hazard_measures::reckoned_by.lt(mark.0))
        .limit(limit)
        .select(hazard_measures::hazard_id)
        .load(connection)?;
    if ids.is_empty() {
        ids = hazard_measures::table
            .filter(hazard_measures::reckoned_by.gt(mark.0))
            .limit(limit)
            .select(hazard_measures::hazard_id)
            .load(connection)?;
    }
    Ok(ids)
}

/// What the rows of some hazards keep, of those alone that another policy than `mark` computed.
///
/// # Errors
/// The failures of the store.
pub(super) fn kept(
    connection: &mut Connection,
    ids: &[HazardId],
    mark: Mark,
) -> Result<HashMap<HazardId, Kept>, StoreError> {
    let mut kept = HashMap::with_capacity(ids.len());
    for id in ids {
        let row: Option<(Day, Day, Option<i64>)> = hazards::table
            .inner_join(hazard_measures::table.on(hazard_measures::hazard_id.eq(hazards::id)))
            .filter(hazards::id.eq(id))
            .filter(hazard_measures::reckoned_by.ne(mark.0))
            .select((hazards::next_due_on, hazards::remind_on, hazard_measures::reckoned_by))
            .first(connection)
            .optional()?;
        if let Some((next_due_on, remind_on, Some(by))) = row {
            let mark = Mark(by);
            kept.insert(
                *id,
                Kept {
                    next_due_on,
                    remind_on,
                    mark,
                },
            );
        }
    }
    Ok(kept)
}

/// Writes the days of a hazard of which no deadline moved, and that they follow a policy.
///
/// # Errors
/// The failures of the store.
pub(super) fn mark(connection: &mut Connection, id: HazardId, kept: &Kept, days: Days) -> Result<(), StoreError> {
    if (kept.next_due_on, kept.remind_on) != (days.next_due_on, days.remind_on) {
        diesel::update(hazards::table.find(id))
            .set((
                hazards::next_due_on.eq(days.next_due_on),
                hazards::remind_on.eq(days.remind_on),
            ))
            .execute(connection)?;
    }
    diesel::update(hazard_measures::table.find(id))
        .set((
            hazard_measures::next_due_on.eq(days.next_due_on),
            hazard_measures::reckoned_by.eq(days.mark.0),
        ))
        .execute(connection)?;
    Ok(())
}
