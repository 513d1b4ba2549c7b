//! From a value of a model's row to what a copy has in its place.

use major_hazards::values::Day;
use serde_json::Value as Json;
use uuid::Uuid;

use super::Trouble;
use super::pattern::{Pattern, Slot};
use super::rows::{Cell, Value};

/// Ids that a copy replaces.
pub struct Ids {
    pub unit: Uuid,
    pub own: Vec<Uuid>,
}

/// What stands in a copy's column, by SQLite's type and value of the model's.
pub fn cell(
    table: &str,
    column: &str,
    raw: &(String, Json),
    known: &[(String, Slot)],
    ids: &Ids,
) -> Result<Cell, Trouble> {
    let (kind, value) = raw;
    let written = value.as_str().unwrap_or_default();
    Ok(match (kind.as_str(), table, column) {
        ("null" | "blob", "events", "previous_hash") => Cell::Previous,
        ("null", ..) => Cell::Fixed(Value::Null),
        ("blob", "events", "hash") => Cell::Hash,
        ("blob", "events", "salt") => Cell::Salt,
        ("blob", "attachments", "sha256") => Cell::Digest(0),
        ("blob", ..) => {
            let id = Uuid::try_parse(written)?;
            match ids.own.iter().position(|own| *own == id) {
                Some(place) => Cell::Id(place),
                None if id == ids.unit => Cell::Unit,
                None => return Err(format!("{table}.{column} names something outside its story").into()),
            }
        }
        ("integer", ..) => {
            let whole = value.as_i64().ok_or("a number is no number")?;
            if column == "at" || column.ends_with("_at") {
                Cell::Moment(whole)
            } else {
                Cell::Fixed(Value::Integer(whole))
            }
        }
        ("real", ..) => Cell::Fixed(Value::Real(value.as_f64().ok_or("a number is no number")?)),
        (_, "hazards" | "hazard_measures", "next_due_on") => Cell::Due,
        // Else the service would serve the reminders of three years when it starts.
        (_, "hazards", "remind_on") => Cell::Fixed(Value::Text(Day::NEVER.to_string())),
        (_, "hazard_search", "tokens") => Cell::Tokens,
        _ => Cell::Text(Pattern::cut(written, known)),
    })
}

/// Says which piece of evidence the row is about.
pub fn with_digest(cells: Vec<Cell>, place: usize) -> Vec<Cell> {
    cells
        .into_iter()
        .map(|cell| {
            if matches!(cell, Cell::Digest(_)) {
                Cell::Digest(place)
            } else {
                cell
            }
        })
        .collect()
}
