//! A workbook (ECMA-376), written while the rows come: nothing of it is kept but what the compressor has not let go of.
//!
//! Texts are strings and nothing else, so no program takes one for a formula; days, moments, amounts and counts have types of
//! their own. Moments are those of clocks in Asia/Shanghai, as a sheet knows no zones. A sheet that is full is followed by
//! another.

use std::fmt::{self, Write as _};
use std::io::{self, Write};

use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use super::cells::{Cell, looks_like_formula};
use super::columns::COLUMNS;
use crate::hazards::view::HazardView;
use crate::values::{Day, Instant, Label, Language};

/// Rows of a sheet, that of the headings included; the programs take no more.
const MOST_ROWS: u32 = 1_048_576;
/// Bytes of a sheet after which another is begun: an archive written without going back holds less than 4 GiB of each.
const MOST_BYTES: u64 = 3 * 1024 * 1024 * 1024;

const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;
/// Every part but the named ones is a sheet, so that this can be said before anybody knows how many there will be.
const TYPES: &str = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>"#;
const ROOT: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
/// The looks that [`Look`] numbers, in its order.
const STYLES: &str = r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/><numFmt numFmtId="165" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="6"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"#;
const SHEET_NAMES: Label = Label {
    zh: "台账",
    en: "Ledger",
};

/// How a cell looks: the number of its format in [`STYLES`].
#[derive(Debug, Clone, Copy)]
enum Look {
    Plain,
    Heading,
    Day,
    Moment,
    Money,
    /// A text that stays one when somebody edits its cell.
    Quoted,
}

/// A workbook on its way.
pub struct Workbook<W: Write> {
    archive: ZipWriter<StreamWriter<W>>,
    language: Language,
    sheets: u32,
    row: u32,
    bytes: u64,
    text: String,
}

impl<W: Write> fmt::Debug for Workbook<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Workbook(sheet {}, row {})", self.sheets, self.row)
    }
}

impl<W: Write> Workbook<W> {
    /// Begins a workbook and its first sheet.
    ///
    /// # Errors
    /// What the writer says.
    pub fn begin(out: W, language: Language) -> io::Result<Self> {
        let mut workbook = Self {
            archive: ZipWriter::new_stream(out),
            language,
            sheets: 0,
            row: 0,
            bytes: 0,
            text: String::new(),
        };
        workbook.part("[Content_Types].xml", TYPES)?;
        workbook.part("_rels/.rels", ROOT)?;
        workbook.part("xl/styles.xml", STYLES)?;
        workbook.begin_sheet()?;
        Ok(workbook)
    }

    /// Adds the row of a hazard.
    ///
    /// # Errors
    /// What the writer says.
    pub fn add(&mut self, hazard: &HazardView) -> io::Result<()> {
        if self.row >= MOST_ROWS || self.bytes >= MOST_BYTES {
            self.end_sheet()?;
            self.begin_sheet()?;
        }
        let cells = COLUMNS.iter().map(|column| (column.cell)(hazard));
        self.write_row(cells, None)
    }

    /// Ends the sheet and names the parts.
    ///
    /// # Errors
    /// What the writer says.
    pub fn finish(mut self) -> io::Result<()> {
        self.end_sheet()?;
        let (mut sheets, mut relations) = (String::new(), String::new());
        let name = SHEET_NAMES.text(self.language);
        for sheet in 1..=self.sheets {
            // Writing to a `String` cannot fail.
            let _ = write!(
                sheets,
                r#"<sheet name="{name}{sheet}" sheetId="{sheet}" r:id="rId{sheet}"/>"#
            );
            let _ = write!(
                relations,
                r#"<Relationship Id="rId{sheet}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet{sheet}.xml"/>"#
            );
        }
        let styles = self.sheets + 1;
        self.part(
            "xl/_rels/workbook.xml.rels",
            &format!(
                r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relations}<Relationship Id="rId{styles}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#
            ),
        )?;
        self.part(
            "xl/workbook.xml",
            &format!(
                r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>{sheets}</sheets></workbook>"#
            ),
        )?;
        self.archive.finish()?;
        Ok(())
    }

    fn part(&mut self, name: &str, content: &str) -> io::Result<()> {
        self.begin_part(name)?;
        self.archive.write_all(DECLARATION.as_bytes())?;
        self.archive.write_all(content.as_bytes())
    }

    fn begin_part(&mut self, name: &str) -> io::Result<()> {
        // Deflate at its fastest: half the time of the usual level for a tenth more bytes.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(1));
        Ok(self.archive.start_file(name, options)?)
    }

    fn begin_sheet(&mut self) -> io::Result<()> {
        self.sheets += 1;
        self.row = 0;
        self.bytes = 0;
        self.begin_part(&format!("xl/worksheets/sheet{}.xml", self.sheets))?;
        let mut head = DECLARATION.to_owned();
        head.push_str(r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>"#);
        for (place, column) in (1..).zip(COLUMNS) {
            let _ = write!(
                head,
                r#"<col min="{place}" max="{place}" width="{}" customWidth="1"/>"#,
                column.width
            );
        }
        head.push_str("</cols><sheetData>");
        self.archive.write_all(head.as_bytes())?;
        let headings = COLUMNS
            .iter()
            .map(|column| Cell::text(column.heading.text(self.language)));
        self.write_row(headings.collect::<Vec<_>>().into_iter(), Some(Look::Heading))
    }

    fn end_sheet(&mut self) -> io::Result<()> {
        let last = Letters(COLUMNS.len());
        let tail = format!(
            r#"</sheetData><autoFilter ref="A1:{last}{}"/></worksheet>"#,
            self.row.max(1)
        );
        self.archive.write_all(tail.as_bytes())
    }

    fn write_row(&mut self, cells: impl Iterator<Item = Cell>, look: Option<Look>) -> io::Result<()> {
        self.row += 1;
        self.text.clear();
        let _ = write!(self.text, r#"<row r="{}">"#, self.row);
        for (place, cell) in (1..).zip(cells) {
            write_cell(&mut self.text, (place, self.row), &cell, look, self.language);
        }
        self.text.push_str("</row>");
        self.bytes += u64::try_from(self.text.len()).unwrap_or(u64::MAX);
        self.archive.write_all(self.text.as_bytes())
    }
}

/// Writes a cell at its column and row; one without a value is left out.
fn write_cell(out: &mut String, (column, row): (usize, u32), cell: &Cell, look: Option<Look>, language: Language) {
    let at = Letters(column);
    let mut value = |value: &dyn fmt::Display, look: Look| {
        // Writing to a `String` cannot fail.
        let _ = write!(out, r#"<c r="{at}{row}" s="{}"><v>{value}</v></c>"#, look.number());
    };
    match cell {
        Cell::Nothing => {}
        Cell::Day(day) => value(&serial_of_day(*day), Look::Day),
        Cell::Moment(moment) => value(&serial_of_moment(*moment), Look::Moment),
        Cell::Whole(number) => value(number, Look::Plain),
        Cell::Degrees(degrees) => value(degrees, Look::Plain),
        Cell::Money(yuan) => value(yuan, Look::Money),
        Cell::Text(_) | Cell::Texts(_) | Cell::Code(_) | Cell::Codes(_) | Cell::Truth(_) => {
            let words = cell.words(language).unwrap_or_default();
            if words.is_empty() {
                return;
            }
            let look = look.unwrap_or(if looks_like_formula(&words) {
                Look::Quoted
            } else {
                Look::Plain
            });
            let _ = write!(
                out,
                r#"<c r="{at}{row}" s="{}" t="inlineStr"><is><t xml:space="preserve">"#,
                look.number()
            );
            escape(out, &words);
            out.push_str("</t></is></c>");
        }
    }
}

impl Look {
    fn number(self) -> u8 {
        match self {
            Self::Plain => 0,
            Self::Heading => 1,
            Self::Day => 2,
            Self::Moment => 3,
            Self::Money => 4,
            Self::Quoted => 5,
        }
    }
}

/// A column by the letters of a sheet, counted from 1.
#[derive(Clone, Copy)]
struct Letters(usize);

impl fmt::Display for Letters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(before) = self.0.checked_sub(1) else {
            return Ok(());
        };
        Self(before / 26).fmt(f)?;
        let letter = u8::try_from(before % 26).unwrap_or_default();
        f.write_char(char::from(b'A' + letter))
    }
}

/// A text of XML. What no XML may hold is replaced; a text that reads like a character of a sheet's own escapes is put so
/// that it is read as it was written.
fn escape(out: &mut String, text: &str) {
    for (at, character) in text.char_indices() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            '_' if text.get(at..).is_some_and(is_escape) => out.push_str("_x005F_"),
            '\u{fffe}' | '\u{ffff}' => out.push(char::REPLACEMENT_CHARACTER),
            character if character.is_control() && !matches!(character, '\n' | '\t') => {
                out.push(char::REPLACEMENT_CHARACTER);
            }
            character => out.push(character),
        }
    }
}

/// `_x0041_` and the like.
fn is_escape(text: &str) -> bool {
    let digits = text.strip_prefix("_x").and_then(|rest| rest.split_once('_'));
    digits.is_some_and(|(digits, _)| digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

/// Days since the beginning of the sheets' calendar, 1899-12-30.
fn serial_of_day(day: Day) -> i64 {
    const DAYS_TO_2000: i64 = 36_526;
    day.days_since_2000() + DAYS_TO_2000
}

/// The same with the time of day in Asia/Shanghai as a fraction.
fn serial_of_moment(moment: Instant) -> f64 {
    const MILLISECONDS: f64 = 86_400_000.0;
    let day = moment.day();
    let into_day = (moment.micros() - day.start().micros()) / 1000;
    let whole = i32::try_from(serial_of_day(day)).unwrap_or_default();
    f64::from(whole) + f64::from(u32::try_from(into_day).unwrap_or_default()) / MILLISECONDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_letters() {
        let letters = |place| Letters(place).to_string();
        assert_eq!(
            [1, 26, 27, 52, 53, 702, 703].map(letters),
            ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
        );
    }

    #[test]
    fn days_and_moments_are_those_of_the_sheets_calendar() {
        assert_eq!(serial_of_day(Day::FIRST), 36_526);
        assert_eq!(serial_of_day("2026-11-09".parse().unwrap()), 46_335);
        let noon: Instant = "2026-11-09T04:00:00Z".parse().unwrap();
        assert!((serial_of_moment(noon) - 46_335.5).abs() < 1e-9);
    }

    #[test]
    fn a_text_is_read_as_it_was_written() {
        let mut out = String::new();
        escape(&mut out, "<a & b>\r\n_x0041_ _x _x00\u{ffff}");
        assert_eq!(out, "&lt;a &amp; b&gt;&#13;\n_x005F_x0041_ _x _x00\u{fffd}");
    }
}
