//! What waits in the queue, as it will be sent. The names of the members are those of the document.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// One thing that its recorder did.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Entry {
    Inspection(Inspection),
    Action(Action),
}

/// An inspection.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Inspection {
    /// Made on the phone, so that it can be sent twice.
    pub id: Uuid,
    pub body: InspectionBody,
}

/// The body of `PUT /v1/inspections/{id}`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InspectionBody {
    pub enterprise: String,
    pub checklist: ChecklistVersion,
    pub inspectors: Vec<Inspector>,
    /// By the clock of the phone, with its offset.
    pub started_at: String,
    pub finished_at: String,
    pub findings: Vec<Finding>,
    /// What is said of the photographs before their bytes are there.
    pub evidence: Vec<Evidence>,
    pub note: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChecklistVersion {
    pub code: String,
    pub version: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Inspector {
    pub name: String,
    pub certificate_number: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Finding {
    pub item: String,
    /// `pass`, `fail` or `not_applicable`.
    pub result: String,
    pub note: Option<String>,
    pub attachments: Vec<Uuid>,
    /// The body of `POST /v1/hazards`, with an id of the phone's own.
    pub hazard: Option<Value>,
}

/// A photograph, known by its digest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Evidence {
    pub id: Uuid,
    /// In hexadecimal.
    pub sha256: String,
    pub size: usize,
    pub media_type: String,
    pub filename: Option<String>,
}

/// An action on a hazard.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Action {
    /// Made on the phone, so that it can be sent twice.
    pub key: Uuid,
    pub hazard: String,
    pub name: String,
    /// The version that the recorder saw. When the hazard has moved on, the service refuses and tells what happened.
    pub version: i64,
    pub body: Value,
}

impl Inspector {
    /// From `name:certificate`, or a name alone.
    pub fn named(text: &str) -> Self {
        let (name, number) = text.split_once(':').unwrap_or((text, ""));
        Self {
            name: name.to_owned(),
            certificate_number: (!number.is_empty()).then(|| number.to_owned()),
        }
    }
}

impl Entry {
    /// The photographs that go with it.
    pub fn evidence(&self) -> &[Evidence] {
        match self {
            Self::Inspection(inspection) => &inspection.body.evidence,
            Self::Action(_) => &[],
        }
    }
}

impl Action {
    pub fn path(&self) -> String {
        format!("/v1/hazards/{}/actions/{}", self.hazard, self.name)
    }

    /// What goes into `If-Match`.
    pub fn seen(&self) -> String {
        format!("\"{}\"", self.version)
    }
}

/// An id that nobody else makes.
#[expect(
    clippy::disallowed_methods,
    reason = "a phone is not the service and has a clock of its own"
)]
pub fn fresh_id() -> Uuid {
    Uuid::now_v7()
}
