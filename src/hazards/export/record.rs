//! Exports are events: that one begins is durable before its first byte leaves, that it ended when its last has left.

use super::model::{Asked, Export, ExportState};
use super::store;
use crate::journal::{self, Actor, Draft, Subject};
use crate::law::scope::{Areas, Scope};
use crate::store::{Connection, StoreError};
use crate::values::{AreaPrefix, ExportId, Instant, Prefix, Vocabulary};

/// Puts on record that an export begins.
///
/// # Errors
/// The failures of the store.
pub fn begin(
    connection: &mut Connection,
    id: ExportId,
    asked: Asked,
    scope: &Scope,
    (now, salt): (Instant, [u8; 16]),
) -> Result<Export, StoreError> {
    let export = Export {
        id,
        area: reach(connection, scope)?,
        begun_at: now,
        asked,
        state: ExportState::Running,
        rows: None,
        ended_at: None,
    };
    store::insert(connection, &export)?;
    journal::append(
        connection,
        Draft {
            subject: Subject::from(id),
            version: 1,
            action: "begin",
            event_type: "hazard_export.begun".to_owned(),
            from: None,
            to: Some(export.state.code()),
            at: now,
            actor: export.asked.by.clone(),
            payload: serde_json::json!({
                "area": export.area,
                "format": export.asked.format,
                "query": export.asked.query,
            }),
            salt,
        },
    )?;
    Ok(export)
}

/// Puts on record how it ended, and how many hazards went out.
///
/// # Errors
/// The failures of the store.
pub fn end(
    connection: &mut Connection,
    id: ExportId,
    (state, rows): (ExportState, i64),
    (now, salt): (Instant, [u8; 16]),
) -> Result<(), StoreError> {
    store::end(connection, id, state, rows, now)?;
    journal::append(
        connection,
        Draft {
            subject: Subject::from(id),
            version: 2,
            action: "end",
            event_type: "hazard_export.ended".to_owned(),
            from: Some(ExportState::Running.code()),
            to: Some(state.code()),
            at: now,
            actor: Actor::service(),
            payload: serde_json::json!({"rows": rows}),
            salt,
        },
    )
}

/// What all areas of a scope begin with; of a unit where it lies.
fn reach(connection: &mut Connection, scope: &Scope) -> Result<String, StoreError> {
    if let Some(unit) = &scope.unit {
        return store::area_of(connection, unit);
    }
    Ok(match &scope.areas {
        Areas::All => String::new(),
        Areas::Within(areas) => beginning(areas),
    })
}

fn beginning(areas: &[AreaPrefix]) -> String {
    let mut areas = areas.iter().map(Prefix::as_str);
    let Some(first) = areas.next() else {
        return String::new();
    };
    let same = |one: &str, other: &str| {
        one.bytes()
            .zip(other.bytes())
            .take_while(|(one, other)| one == other)
            .count()
    };
    let length = areas.map(|area| same(first, area)).min().unwrap_or(first.len());
    first.get(..length).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reach_of_several_areas_is_what_they_begin_with() {
        let of = |areas: &[&str]| {
            let areas: Vec<AreaPrefix> = areas.iter().map(|area| area.parse().unwrap()).collect();
            beginning(&areas)
        };
        assert_eq!(of(&["370303"]), "370303");
        assert_eq!(of(&["370303", "370304"]), "37030");
        assert_eq!(of(&["370303", "11"]), "");
        assert_eq!(of(&[]), "");
    }
}
