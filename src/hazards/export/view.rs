//! An export on the wire.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::model::{Export, ExportFormat, ExportState};
use crate::hazards::view::ActorView;
use crate::values::{ExportId, Instant};

/// A part of the ledger that somebody took along.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExportView {
    /// Its id; the stream of its events.
    pub id: ExportId,
    /// Who.
    pub by: ActorView,
    /// What every area that it could reach into begins with; empty for no bound.
    #[schema(example = "370303")]
    pub area: String,
    /// What kind of file.
    pub format: ExportFormat,
    /// What was asked for: the parameters of the call, each with its values.
    #[schema(value_type = Object, example = json!({"status": ["closed"], "format": ["csv"]}))]
    pub query: Value,
    /// How it went.
    pub state: ExportState,
    /// How many hazards went out; `null` until it ended.
    pub rows: Option<i64>,
    /// When it began, before its first byte left.
    pub begun_at: Instant,
    /// When it ended.
    pub ended_at: Option<Instant>,
}

impl From<Export> for ExportView {
    fn from(export: Export) -> Self {
        Self {
            id: export.id,
            by: export.asked.by.into(),
            area: export.area,
            format: export.asked.format,
            query: export.asked.query,
            state: export.state,
            rows: export.rows,
            begun_at: export.begun_at,
            ended_at: export.ended_at,
        }
    }
}
