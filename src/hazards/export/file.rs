//! The file that is written while hazards come, piece by piece.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use super::model::ExportFormat;
use super::xlsx::Workbook;
use super::{csv, jsonl};
use crate::hazards::view::HazardView;
use crate::values::Language;

/// A file on its way.
#[derive(Debug)]
pub struct File {
    language: Language,
    kind: Kind,
    pieces: Pieces,
}

#[derive(Debug)]
enum Kind {
    Csv,
    JsonLines,
    Xlsx(Box<Workbook<Pieces>>),
}

/// What was written and not taken yet. Shared, because an archive does not give its writer back before its end.
#[derive(Debug, Clone, Default)]
struct Pieces(Arc<Mutex<Vec<u8>>>);

impl Pieces {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut piece = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        piece.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl File {
    /// Begins a file. `marked` puts what tells a spreadsheet the encoding before a CSV.
    ///
    /// # Errors
    /// When the archive of a workbook cannot be begun.
    pub fn begin(format: ExportFormat, language: Language, marked: bool) -> io::Result<Self> {
        let mut pieces = Pieces::default();
        let kind = match format {
            ExportFormat::Csv => {
                if marked {
                    pieces.write_all(csv::BYTE_ORDER_MARK)?;
                }
                csv::headings(&mut pieces, language)?;
                Kind::Csv
            }
            ExportFormat::JsonLines => Kind::JsonLines,
            ExportFormat::Xlsx => Kind::Xlsx(Box::new(Workbook::begin(pieces.clone(), language)?)),
        };
        Ok(Self { language, kind, pieces })
    }

    /// Adds hazards and takes what there is to send.
    ///
    /// # Errors
    /// When the archive of a workbook cannot go on.
    pub fn add(&mut self, hazards: &[HazardView]) -> io::Result<Vec<u8>> {
        match &mut self.kind {
            Kind::Csv => csv::lines(&mut self.pieces, hazards, self.language)?,
            Kind::JsonLines => {
                for hazard in hazards {
                    jsonl::line(&mut self.pieces, hazard)?;
                }
            }
            Kind::Xlsx(workbook) => {
                for hazard in hazards {
                    workbook.add(hazard)?;
                }
            }
        }
        Ok(self.pieces.take())
    }

    /// Ends the file and takes the rest.
    ///
    /// # Errors
    /// When the archive of a workbook cannot be ended.
    pub fn finish(self) -> io::Result<Vec<u8>> {
        if let Kind::Xlsx(workbook) = self.kind {
            workbook.finish()?;
        }
        Ok(self.pieces.take())
    }
}
