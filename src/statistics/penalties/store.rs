//! The penalties that were decided in a period.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{Penalties, Penalty};
use crate::law::lifecycle::PenaltyKind;
use crate::statistics::asked::Period;
use crate::store::schema::{hazard_measures, hazard_penalties};
use crate::store::scope::Condition;
use crate::store::{Connection, StoreError};
use crate::values::{Day, HazardId, Instant};

/// Hazards that are looked up in one query.
const IDS: usize = 1000;

#[derive(Queryable, Selectable)]
#[diesel(table_name = hazard_penalties)]
struct Row {
    hazard_id: HazardId,
    kind: PenaltyKind,
    unit_fen: Option<i64>,
    person: bool,
    person_fen: Option<i64>,
}

/// The hazards of which a penalty was decided on a day of the period.
pub fn punished<'a>(period: Period) -> Condition<'a, hazard_measures::table> {
    let (from, to) = days(period);
    let decided = hazard_penalties::table
        .filter(hazard_penalties::decided_on.between(from, to))
        .select(hazard_penalties::hazard_id);
    Box::new(hazard_measures::hazard_id.eq_any(decided))
}

/// The penalties of some hazards that were decided on a day of the period.
///
/// # Errors
/// The failures of the store.
pub fn of(
    connection: &mut Connection,
    hazards: &[HazardId],
    period: Period,
) -> Result<HashMap<HazardId, Penalties>, StoreError> {
    let (from, to) = days(period);
    let mut penalties: HashMap<HazardId, Penalties> = HashMap::new();
    for ids in hazards.chunks(IDS) {
        let rows: Vec<Row> = hazard_penalties::table
            .filter(hazard_penalties::hazard_id.eq_any(ids.to_vec()))
            .filter(hazard_penalties::decided_on.between(from, to))
            .select(Row::as_select())
            .load(connection)?;
        for row in rows {
            penalties.entry(row.hazard_id).or_default().count(&Penalty {
                kind: row.kind,
                unit_fen: row.unit_fen,
                person: row.person,
                person_fen: row.person_fen,
            });
        }
    }
    Ok(penalties)
}

fn days(period: Period) -> (Day, Day) {
    (period.from.map_or(Day::FIRST, Instant::day), period.until.day())
}
