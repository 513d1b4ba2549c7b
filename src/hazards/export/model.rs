//! What is on record of a part of the ledger that somebody took along.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::journal::Actor;
use crate::values::vocabulary::vocabulary;
use crate::values::{ExportId, Instant};

vocabulary! {
    /// What kind of file it is.
    pub enum ExportFormat in "export_formats" {
        Csv = "csv", "CSV 文本表格", "CSV";
        Xlsx = "xlsx", "Excel 工作簿", "workbook of a spreadsheet";
        JsonLines = "jsonl", "JSON 行", "JSON lines";
    }
}

vocabulary! {
    /// How it went.
    pub enum ExportState in "export_states" {
        Running = "running", "导出中", "on its way, or the service died meanwhile";
        Complete = "complete", "已完成", "all of it went out";
        BrokenOff = "broken_off", "中断", "broken off: the receiver went away, or a read failed";
    }
}

impl ExportFormat {
    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::JsonLines => "application/jsonl",
        }
    }
}

/// An export as it began, which never changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// Who.
    pub by: Actor,
    /// What was asked for: the parameters of the call, each with its values.
    pub query: Value,
    /// What kind of file.
    pub format: ExportFormat,
}

/// An export.
#[derive(Debug, Clone, PartialEq)]
pub struct Export {
    /// Its id.
    pub id: ExportId,
    /// What holds every area that it could reach into, as the beginning of their codes; empty for no bound.
    pub area: String,
    /// When it began.
    pub begun_at: Instant,
    /// Who took what.
    pub asked: Asked,
    /// How it went.
    pub state: ExportState,
    /// How many hazards went out, when it ended.
    pub rows: Option<i64>,
    /// When it ended.
    pub ended_at: Option<Instant>,
}
