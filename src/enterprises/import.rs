//! Import of units from CSV or JSON lines: all of them or none, with every bad line named.
//!
//! A fault points to `/lines/<line>/<member>`; lines are counted from 1 as an editor shows them, the header of a CSV file
//! included.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::bodies::EnterpriseBody;
use super::model::Enterprise;
use super::{register, store};
use crate::law::refusal::Refusal;
use crate::law::scope::Caller;
use crate::store::{Connection, Failure};
use crate::values::{EnterpriseId, Fault, FaultCode, Faults, Instant, Uscc};

/// Units of one import: what one transaction can write without keeping other writers waiting for long.
pub const MOST_UNITS: usize = 5000;

/// A column of a CSV file: its name, and the place of its cells in the body.
struct Column {
    name: &'static str,
    member: &'static str,
    inner: Option<&'static str>,
}

const fn plain(name: &'static str) -> Column {
    Column {
        name,
        member: name,
        inner: None,
    }
}

const fn nested(name: &'static str, member: &'static str, inner: &'static str) -> Column {
    Column {
        name,
        member,
        inner: Some(inner),
    }
}

/// The columns, in any order. A cell that is empty is a member that is absent.
const COLUMNS: &[Column] = &[
    plain("uscc"),
    plain("name"),
    plain("industry"),
    plain("area"),
    plain("address"),
    nested("principal_name", "principal", "name"),
    nested("principal_phone", "principal", "phone"),
    nested("controller_name", "controller", "name"),
    nested("controller_phone", "controller", "phone"),
    plain("committee"),
    nested("latitude", "location", "latitude"),
    nested("longitude", "location", "longitude"),
];

/// Columns that every file has.
const REQUIRED: &[&str] = &["uscc", "name", "industry", "area", "address", "principal_name"];

/// How the units are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180 with a header line.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

/// What was read: the units of the good lines, and the faults of the bad ones.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sheet {
    units: Vec<(u64, EnterpriseBody)>,
    faults: Faults,
}

/// What became of an import.
#[derive(Debug, Clone, PartialEq)]
pub enum Imported {
    /// Every unit with its line.
    All(Vec<(u64, Enterprise)>),
    /// Nothing was written; these are the faults of every bad line, in the order of the lines.
    Rejected(Faults),
}

impl Sheet {
    /// Reads a file. `object` reads one line of JSON lines and says nothing when it is not one JSON object.
    pub fn read(format: Format, bytes: &[u8], object: impl Fn(&[u8]) -> Option<Value>) -> Self {
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        let mut sheet = Self::default();
        match format {
            Format::Csv => sheet.read_csv(bytes),
            Format::JsonLines => sheet.read_json_lines(bytes, object),
        }
        if sheet.units.is_empty() && sheet.faults.0.is_empty() {
            sheet.faults.push(Fault::new("/lines", FaultCode::TooFew).hinting("1"));
        }
        sheet.refuse_repetition();
        sheet
    }

    /// How many units could be read.
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// True when no unit could be read.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    fn read_json_lines(&mut self, bytes: &[u8], object: impl Fn(&[u8]) -> Option<Value>) {
        for (line, text) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
            let text = text.trim_ascii();
            if text.is_empty() {
                continue;
            }
            if self.is_full(line) {
                return;
            }
            match object(text) {
                Some(unit) => self.take(line, unit, str::to_owned),
                None => self.faults.push(
                    Fault::new(format!("/lines/{line}"), FaultCode::BadFormat)
                        .hinting("one JSON object, each member once"),
                ),
            }
        }
    }

    fn read_csv(&mut self, bytes: &[u8]) {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(bytes);
        let mut records = reader.byte_records();
        let Some(Ok(header)) = records.next() else {
            self.faults.add("/lines/1", FaultCode::Missing);
            return;
        };
        let Some(columns) = self.columns(&header) else {
            return;
        };
        let mut lines = Lines::new(bytes);
        for record in records {
            let Ok(record) = record else {
                self.faults.add("/lines", FaultCode::BadFormat);
                return;
            };
            let line = lines.of(record.position().map_or(0, csv::Position::byte));
            if self.is_full(line) {
                return;
            }
            if record.len() != columns.len() {
                let code = if record.len() > columns.len() {
                    FaultCode::TooMany
                } else {
                    FaultCode::TooFew
                };
                self.faults
                    .push(Fault::new(format!("/lines/{line}"), code).hinting(columns.len().to_string()));
                continue;
            }
            match row(&columns, &record) {
                Ok(unit) => self.take(line, unit, column_of),
                Err(column) => self
                    .faults
                    .push(Fault::new(format!("/lines/{line}/{column}"), FaultCode::BadFormat).hinting("UTF-8")),
            }
        }
    }

    /// The column of each cell; nothing, with its faults noted, when the header is not one.
    fn columns(&mut self, header: &csv::ByteRecord) -> Option<Vec<&'static Column>> {
        let mut columns: Vec<&'static Column> = Vec::new();
        let mut faults = Faults::default();
        for cell in header {
            let name = String::from_utf8_lossy(cell).trim().to_owned();
            match COLUMNS.iter().find(|column| column.name == name) {
                None => faults.push(Fault::new("/lines/1", FaultCode::UnknownField).hinting(name)),
                Some(column) if columns.iter().any(|earlier| earlier.name == column.name) => {
                    faults.push(Fault::new("/lines/1", FaultCode::Duplicate).hinting(name));
                }
                Some(column) => columns.push(column),
            }
        }
        for required in REQUIRED {
            if !columns.iter().any(|column| column.name == *required) {
                faults.push(Fault::new("/lines/1", FaultCode::Missing).hinting(*required));
            }
        }
        let whole = faults.0.is_empty();
        self.faults.0.extend(faults.0);
        whole.then_some(columns)
    }

    fn is_full(&mut self, line: u64) -> bool {
        let full = self.units.len() >= MOST_UNITS || self.faults.0.len() >= MOST_UNITS;
        if full {
            self.faults
                .push(Fault::new(format!("/lines/{line}"), FaultCode::TooMany).hinting(MOST_UNITS.to_string()));
        }
        full
    }

    fn take(&mut self, line: u64, unit: Value, place: impl Fn(&str) -> String) {
        match deserr::deserialize::<EnterpriseBody, _, Faults>(unit) {
            Ok(unit) => self.units.push((line, unit)),
            Err(faults) => self.faults.0.extend(faults.0.into_iter().map(|fault| Fault {
                pointer: format!("/lines/{line}{}", place(&fault.pointer)),
                ..fault
            })),
        }
    }

    fn refuse_repetition(&mut self) {
        let mut first: BTreeMap<&Uscc, u64> = BTreeMap::new();
        for (line, unit) in &self.units {
            if let Some(earlier) = first.get(&unit.uscc) {
                self.faults.push(
                    Fault::new(format!("/lines/{line}/uscc"), FaultCode::Duplicate)
                        .hinting(format!("/lines/{earlier}/uscc")),
                );
            } else {
                first.insert(&unit.uscc, *line);
            }
        }
    }
}

/// Counts the lines of a file up to a place in it. The reader's own count is one behind after a line that ends in CR LF.
struct Lines<'a> {
    rest: &'a [u8],
    offset: u64,
    line: u64,
}

impl<'a> Lines<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            offset: 0,
            line: 1,
        }
    }

    /// The line of the record at `offset` or behind the ends of lines that stand there; offsets must not fall.
    fn of(&mut self, offset: u64) -> u64 {
        while let Some((byte, rest)) = self.rest.split_first() {
            let ends = *byte == b'\n' || (*byte == b'\r' && rest.first() != Some(&b'\n'));
            if self.offset >= offset && !matches!(byte, b'\r' | b'\n') {
                break;
            }
            self.line += u64::from(ends);
            self.offset += 1;
            self.rest = rest;
        }
        self.line
    }
}

/// A CSV row as the body it describes, or the column whose cell is not UTF-8.
fn row(columns: &[&'static Column], record: &csv::ByteRecord) -> Result<Value, &'static str> {
    let mut unit = Map::new();
    for (column, cell) in columns.iter().zip(record) {
        let text = std::str::from_utf8(cell).map_err(|_| column.name)?.trim();
        if text.is_empty() {
            continue;
        }
        let Some(inner) = column.inner else {
            unit.insert(column.member.to_owned(), Value::from(text));
            continue;
        };
        // Text that is no number is then refused by the body's own reader.
        let number = Some(text)
            .filter(|_| column.member == "location")
            .and_then(|text| text.parse::<f64>().ok());
        let value = number.map_or_else(|| Value::from(text), Value::from);
        let outer = unit
            .entry(column.member.to_owned())
            .or_insert_with(|| Value::Object(Map::new()));
        if let Some(outer) = outer.as_object_mut() {
            outer.insert(inner.to_owned(), value);
        }
    }
    Ok(Value::Object(unit))
}

/// `/principal/name` stands in the column `principal_name`.
fn column_of(pointer: &str) -> String {
    let mut path = pointer.split('/').skip(1);
    let (member, inner) = (path.next(), path.next());
    let of_member = || COLUMNS.iter().filter(|column| Some(column.member) == member);
    // A person of whom no cell is filled in is missing in the first of its columns.
    let column = of_member()
        .find(|column| column.inner == inner)
        .or_else(|| of_member().next());
    column.map_or_else(|| pointer.to_owned(), |column| format!("/{}", column.name))
}

/// Registers every unit of a sheet, or tells everything that is wrong with it. `fresh` holds an id and a salt for each.
///
/// # Errors
/// A role that may not, a code that was taken meanwhile; and the failures of the store.
pub fn import(
    connection: &mut Connection,
    caller: &Caller,
    sheet: &Sheet,
    fresh: &[(EnterpriseId, [u8; 16])],
    now: Instant,
) -> Result<Imported, Failure> {
    register::may_manage(caller)?;
    let codes: Vec<Uscc> = sheet.units.iter().map(|(_, unit)| unit.uscc.clone()).collect();
    let taken: BTreeSet<Uscc> = store::taken(connection, &codes)?;
    let mut faults = sheet.faults.clone();
    for (line, unit) in &sheet.units {
        if taken.contains(&unit.uscc) {
            faults.push(Fault::new(format!("/lines/{line}/uscc"), FaultCode::Duplicate).hinting("already_exists"));
        }
        match register::reaches(caller, &unit.area, &unit.industry, &unit.uscc) {
            Ok(()) => {}
            Err(Refusal::Broken(broken)) => faults.0.extend(broken.into_iter().map(|broken| {
                Fault::new(format!("/lines/{line}{}", broken.pointer), FaultCode::NotAllowed)
                    .hinting(broken.guard.code())
            })),
            Err(refusal) => return Err(refusal.into()),
        }
    }
    if !faults.0.is_empty() {
        faults.0.sort_by_key(|fault| line_of(&fault.pointer));
        return Ok(Imported::Rejected(faults));
    }
    let mut units = Vec::with_capacity(sheet.units.len());
    for ((line, body), (id, salt)) in sheet.units.iter().zip(fresh) {
        units.push((*line, register::insert(connection, caller, body, *id, now, *salt)?));
    }
    Ok(Imported::All(units))
}

fn line_of(pointer: &str) -> u64 {
    pointer
        .split('/')
        .nth(2)
        .and_then(|line| line.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "uscc,name,industry,area,address,principal_name,principal_phone,latitude,longitude\n";

    fn object(bytes: &[u8]) -> Option<Value> {
        serde_json::from_slice(bytes).ok().filter(Value::is_object)
    }

    fn csv(lines: &str) -> Sheet {
        Sheet::read(Format::Csv, format!("{HEADER}{lines}").as_bytes(), object)
    }

    fn pointers(sheet: &Sheet) -> Vec<(&str, FaultCode)> {
        sheet
            .faults
            .0
            .iter()
            .map(|fault| (fault.pointer.as_str(), fault.code))
            .collect()
    }

    #[test]
    fn a_row_is_the_body_it_describes() {
        let sheet = csv("91350100M000100Y43,\"示例,单位\",C26,370303009,示例路1号,王某,,36.8,118.05\r\n");
        assert_eq!(sheet.faults.0, []);
        let (line, unit) = &sheet.units[0];
        assert_eq!((*line, unit.name.as_str()), (2, "示例,单位"));
        assert_eq!(unit.principal.phone, None);
        assert_eq!(unit.location.map(|location| location.longitude), Some(118.05));
    }

    #[test]
    fn every_bad_line_is_named_with_its_column() {
        let sheet = csv(concat!(
            "91350100M000100Y44,甲,C26,370303009,示例路1号,王某,,x,118.05\n",
            "too,few\n",
            "91350100M000100Y43,乙,26,370303009,示例路1号,,1,,\n",
        ));
        assert_eq!(
            pointers(&sheet),
            [
                ("/lines/2/latitude", FaultCode::WrongType),
                ("/lines/2/uscc", FaultCode::BadChecksum),
                ("/lines/3", FaultCode::TooFew),
                ("/lines/4/industry", FaultCode::BadFormat),
                ("/lines/4/principal_name", FaultCode::Missing),
            ]
        );
    }

    #[test]
    fn lines_are_counted_whatever_ends_them() {
        for end in ["\n", "\r\n", "\r"] {
            let lines = [
                "uscc,name,industry,area,address,principal_name",
                "\"a",
                "b\",x,x,x,x,x",
                "",
                "y,x,x,x,x,x",
            ];
            let sheet = Sheet::read(Format::Csv, lines.join(end).as_bytes(), object);
            let mut named: Vec<u64> = sheet.faults.0.iter().map(|fault| line_of(&fault.pointer)).collect();
            named.dedup();
            assert_eq!(named, [2, 5], "{end:?}");
        }
    }

    #[test]
    fn a_header_is_checked_before_anything_else() {
        let sheet = Sheet::read(Format::Csv, b"uscc,name,colour,name\n", object);
        let codes: Vec<FaultCode> = sheet.faults.0.iter().map(|fault| fault.code).collect();
        assert_eq!(codes[..2], [FaultCode::UnknownField, FaultCode::Duplicate]);
        assert_eq!(codes.iter().filter(|code| **code == FaultCode::Missing).count(), 4);
        assert!(!Sheet::read(Format::Csv, b"", object).faults.0.is_empty());
    }

    #[test]
    fn bytes_that_are_not_utf8_are_named() {
        let mut bytes = HEADER.as_bytes().to_vec();
        bytes.extend_from_slice(b"91350100M000100Y43,\xbc\xd7,C26,370303009,a,b,,,\n");
        let sheet = Sheet::read(Format::Csv, &bytes, object);
        assert_eq!(pointers(&sheet), [("/lines/2/name", FaultCode::BadFormat)]);
    }

    #[test]
    fn json_lines_are_counted_with_the_empty_ones() {
        let unit = r#"{"uscc":"91350100M000100Y43","name":"甲","industry":"C26","area":"370303009","address":"示例路1号","principal":{"name":"王某"}}"#;
        let text = format!("\u{feff}{unit}\r\n\nnot json\n{unit}\n");
        let sheet = Sheet::read(Format::JsonLines, text.as_bytes(), object);
        assert_eq!(
            pointers(&sheet),
            [
                ("/lines/3", FaultCode::BadFormat),
                ("/lines/4/uscc", FaultCode::Duplicate)
            ]
        );
        assert_eq!(
            pointers(&Sheet::read(Format::JsonLines, b"\n", object)),
            [("/lines", FaultCode::TooFew)]
        );
    }
}
