//! Rows of exports.

use diesel::prelude::*;

use super::model::{Export, ExportState};
use crate::law::scope::Areas;
use crate::store::columns::texts;
use crate::store::schema::{enterprises, hazard_exports};
use crate::store::scope::{any_prefix, ranged};
use crate::store::{Connection, StoreError};
use crate::values::{AreaCode, ExportId, Instant, Prefix, Uscc};

texts!(ExportState);

#[derive(Queryable, Selectable)]
#[diesel(table_name = hazard_exports)]
struct ExportRow {
    id: ExportId,
    area: String,
    begun_at: Instant,
    asked: String,
    state: ExportState,
    rows_out: Option<i64>,
    ended_at: Option<Instant>,
}

impl ExportRow {
    fn read(self) -> Result<Export, StoreError> {
        Ok(Export {
            id: self.id,
            area: self.area,
            begun_at: self.begun_at,
            asked: serde_json::from_str(&self.asked).map_err(|error| StoreError::Corrupt(error.to_string()))?,
            state: self.state,
            rows: self.rows_out,
            ended_at: self.ended_at,
        })
    }
}

/// Writes a new row.
///
/// # Errors
/// The failures of the store.
pub fn insert(connection: &mut Connection, export: &Export) -> Result<(), StoreError> {
    let asked = serde_json::to_string(&export.asked).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    diesel::insert_into(hazard_exports::table)
        .values((
            hazard_exports::id.eq(export.id),
            hazard_exports::area.eq(&export.area),
            hazard_exports::begun_at.eq(export.begun_at),
            hazard_exports::asked.eq(asked),
            hazard_exports::state.eq(export.state),
            hazard_exports::rows_out.eq(export.rows),
            hazard_exports::ended_at.eq(export.ended_at),
        ))
        .execute(connection)?;
    Ok(())
}

/// Writes how one ended that is on its way.
///
/// # Errors
/// [`StoreError::Corrupt`] when none of that id is, and the failures of the store.
pub fn end(
    connection: &mut Connection,
    id: ExportId,
    state: ExportState,
    rows: i64,
    now: Instant,
) -> Result<(), StoreError> {
    let running = hazard_exports::table
        .filter(hazard_exports::id.eq(id))
        .filter(hazard_exports::state.eq(ExportState::Running));
    let touched = diesel::update(running)
        .set((
            hazard_exports::state.eq(state),
            hazard_exports::rows_out.eq(rows),
            hazard_exports::ended_at.eq(now),
        ))
        .execute(connection)?;
    if touched == 1 {
        Ok(())
    } else {
        Err(StoreError::Corrupt(format!("export {id} is not on its way")))
    }
}

/// Where a unit lies; nothing of a code for one that is not on the register.
///
/// # Errors
/// The failures of the store.
pub fn area_of(connection: &mut Connection, unit: &Uscc) -> Result<String, StoreError> {
    let area: Option<AreaCode> = enterprises::table
        .filter(enterprises::uscc.eq(unit))
        .select(enterprises::area)
        .first(connection)
        .optional()?;
    Ok(area.map(|area| area.to_string()).unwrap_or_default())
}

/// Exports that could reach into some areas, the newest first: at most `limit` before the one of that id.
///
/// # Errors
/// The failures of the store.
pub fn page(
    connection: &mut Connection,
    areas: &Areas,
    before: Option<ExportId>,
    limit: i64,
) -> Result<Vec<Export>, StoreError> {
    let mut query = hazard_exports::table
        .order(hazard_exports::id.desc())
        .limit(limit)
        .select(ExportRow::as_select())
        .into_boxed();
    if let Areas::Within(areas) = areas {
        let Some(within) = any_prefix(areas, ranged!(hazard_exports, area)) else {
            return Ok(Vec::new());
        };
        let wider: Vec<String> = areas.iter().flat_map(wider).collect();
        query = query.filter(within.or(hazard_exports::area.eq_any(wider)));
    }
    if let Some(before) = before {
        query = query.filter(hazard_exports::id.lt(before));
    }
    query.load(connection)?.into_iter().map(ExportRow::read).collect()
}

/// What an area lies in: everything that it begins with.
fn wider(area: &impl Prefix) -> Vec<String> {
    let text = area.as_str();
    (0..text.len())
        .filter_map(|end| text.get(..end))
        .map(str::to_owned)
        .collect()
}
