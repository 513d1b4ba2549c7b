//! JSON lines: an object for each hazard, with codes and moments as everywhere on the wire.

use std::io::{self, Write};

use serde::ser::{SerializeMap, Serializer};

use super::columns::COLUMNS;
use crate::hazards::view::HazardView;

/// Writes the line of a hazard.
///
/// # Errors
/// What the writer says.
pub fn line(mut out: impl Write, hazard: &HazardView) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::new(&mut out);
    let mut object = serializer.serialize_map(Some(COLUMNS.len()))?;
    for column in COLUMNS {
        object.serialize_entry(column.name, &(column.cell)(hazard))?;
    }
    object.end()?;
    out.write_all(b"\n")
}
