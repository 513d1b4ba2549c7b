//! The whole of a list, stride by stride, for whoever takes all of it.
//!
//! A stride looks at no more than [`WINDOW`] rows of each lane and says how far it looked, so that its cost is bound
//! whatever a filter leaves of the rows; all strides together look at each row once. Only orders whose keys never change
//! are walked like this: a row that moves while somebody walks would be met twice or never. What moves, and what only the
//! index of words finds, is put in order at once, as ids: see [`ids`].

use diesel::prelude::*;

use super::asked::Asked;
use super::{Filter, Place, Sort, Wanted, documents, gathered, met_along};
use crate::hazards::found::Found;
use crate::law::scope::Scope;
use crate::store::schema::hazards;
use crate::store::{Connection, StoreError};
use crate::values::HazardId;

/// Where a walk goes on; nothing at its end.
pub type Onward = Option<Place>;

/// What a stride met, and where the next one begins.
pub type Stride = (Vec<Found>, Onward);

/// Whether rows keep their places in the order whatever happens to them.
pub fn stands_still(sort: Sort) -> bool {
    match sort {
        Sort::ReportedAt | Sort::ReportedAtDown | Sort::Number | Sort::NumberDown => true,
        Sort::UpdatedAt | Sort::UpdatedAtDown | Sort::DueOn | Sort::DueOnDown => false,
    }
}

/// At most `limit` hazards after `place`, in an order that stands still. There may be fewer, or none, and still a place to
/// go on from.
///
/// # Errors
/// The failures of the store.
pub fn stride(
    connection: &mut Connection,
    scope: &Scope,
    filter: &Filter,
    sort: Sort,
    place: Option<&Place>,
    limit: i64,
) -> Result<Stride, StoreError> {
    let Some(asked) = Asked::of(connection, scope, filter)? else {
        return Ok((Vec::new(), None));
    };
    let wanted = Wanted {
        sort,
        place,
        rows: limit,
    };
    let full = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut met: Vec<Place> = Vec::new();
    let mut onward: Onward = None;
    for lane in &asked.lanes() {
        let (rows, end) = met_along(connection, &asked, lane, &wanted)?;
        // How far this lane was looked at; the stride ends where the first of them does.
        let seen = if rows.len() == full { rows.last().cloned() } else { end };
        onward = match (onward, seen) {
            (Some(one), Some(other)) if other.compare(&one, sort).is_lt() => Some(other),
            (None, seen) => seen,
            (onward, _) => onward,
        };
        met.extend(rows);
    }
    met.sort_by(|one, other| one.compare(other, sort));
    if let Some(end) = &onward {
        met.retain(|row| row.compare(end, sort).is_le());
    }
    if met.len() > full {
        met.truncate(full);
        onward = met.last().cloned();
    }
    Ok((documents(connection, &met)?, onward))
}

/// The ids of all that is asked for, in the order that it has at this moment: at most `most` of them.
///
/// # Errors
/// The failures of the store.
pub fn ids(
    connection: &mut Connection,
    scope: &Scope,
    filter: &Filter,
    sort: Sort,
    most: i64,
) -> Result<Vec<HazardId>, StoreError> {
    let Some(asked) = Asked::of(connection, scope, filter)? else {
        return Ok(Vec::new());
    };
    let wanted = Wanted {
        sort,
        place: None,
        rows: most,
    };
    Ok(gathered(connection, &asked, &wanted)
        .select(hazards::id)
        .load(connection)?)
}
