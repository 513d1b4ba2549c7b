//! CSV (RFC 4180) for people: headings and codes in words, days and moments as they are in Asia/Shanghai.
//!
//! A program that opens it takes a text for a formula by how it begins. Such a text gets an apostrophe in front, and so does
//! one that begins with an apostrophe, so that whoever reads the file takes one off and has what was written.

use std::borrow::Cow;
use std::io;

use ::csv::{ByteRecord, Terminator, Writer, WriterBuilder};

use super::cells::{Cell, looks_like_formula};
use super::columns::COLUMNS;
use crate::hazards::view::HazardView;
use crate::values::Language;

/// What tells a spreadsheet that the text is UTF-8.
pub const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The line of the headings.
///
/// # Errors
/// What the writer says.
pub fn headings(out: impl io::Write, language: Language) -> io::Result<()> {
    let mut writer = writer(out);
    writer.write_record(COLUMNS.iter().map(|column| column.heading.text(language)))?;
    writer.flush()
}

/// The lines of some hazards.
///
/// # Errors
/// What the writer says.
pub fn lines(out: impl io::Write, hazards: &[HazardView], language: Language) -> io::Result<()> {
    let mut writer = writer(out);
    let mut record = ByteRecord::new();
    for hazard in hazards {
        record.clear();
        for column in COLUMNS {
            record.push_field(field(&(column.cell)(hazard), language).as_bytes());
        }
        writer.write_byte_record(&record)?;
    }
    writer.flush()
}

fn writer<W: io::Write>(out: W) -> Writer<W> {
    WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out)
}

fn field(cell: &Cell, language: Language) -> Cow<'_, str> {
    match cell {
        Cell::Nothing => Cow::Borrowed(""),
        Cell::Day(day) => Cow::Owned(day.to_string()),
        Cell::Moment(moment) => Cow::Owned(moment.in_shanghai()),
        Cell::Whole(number) => Cow::Owned(number.to_string()),
        Cell::Degrees(degrees) => Cow::Owned(degrees.to_string()),
        Cell::Money(yuan) => Cow::Owned(yuan.to_string()),
        Cell::Text(_) | Cell::Texts(_) | Cell::Code(_) | Cell::Codes(_) | Cell::Truth(_) => {
            cell.words(language).map_or(Cow::Borrowed(""), defused)
        }
    }
}

fn defused(text: Cow<'_, str>) -> Cow<'_, str> {
    if looks_like_formula(&text) || text.starts_with('\'') {
        Cow::Owned(format!("'{text}"))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_begins_like_a_formula_and_none_is_lost() {
        for text in [
            "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1", "'=1", "'", "a=1",
            " =1",
        ] {
            let cell = Cell::text(text);
            let written = field(&cell, Language::Chinese);
            assert!(!looks_like_formula(&written), "{text:?} is written {written:?}");
            assert_eq!(written.strip_prefix('\'').unwrap_or(&written), text);
        }
    }

    #[test]
    fn numbers_stay_numbers() {
        let cell = Cell::Degrees(-118.05);
        assert_eq!(field(&cell, Language::Chinese), "-118.05");
    }
}
