//! From what an inspector fills in to what is sent: ids, digests and moments are the phone's.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use chrono::{FixedOffset, Local, SecondsFormat};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::Trouble;
use super::entry::{
    Action, ChecklistVersion, Entry, Evidence, Finding, Inspection, InspectionBody, Inspector, fresh_id,
};
use super::pocket::Pocket;
use super::queue::Queue;

/// An inspection as it is filled in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// Id or unified social credit code.
    pub unit: String,
    /// Code of the list.
    pub checklist: String,
    pub inspectors: Vec<Inspector>,
    /// Now, when absent.
    pub started_at: Option<String>,
    pub findings: Vec<Found>,
    pub note: Option<String>,
}

/// A finding as it is filled in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Found {
    pub item: String,
    pub result: String,
    pub note: Option<String>,
    #[serde(default)]
    pub photographs: Vec<PathBuf>,
    /// What is known of a hazard; the photographs show it.
    pub hazard: Option<FoundHazard>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoundHazard {
    pub title: String,
    pub description: String,
    #[serde(default)]
    pub criteria: Vec<String>,
}

/// A review as it is filled in.
#[derive(Debug, Clone)]
pub struct Reviewed {
    pub passed: bool,
    /// The day on site; today, when absent.
    pub on: Option<String>,
    pub reviewers: Vec<Inspector>,
    pub findings: String,
    /// The new date of a hazard that is not gone.
    pub due_on: Option<String>,
}

impl Draft {
    /// The inspection as it will be sent, and the bytes of its photographs in the order of its evidence.
    pub fn fill_in(self, pocket: &Pocket) -> Result<(Inspection, Vec<Vec<u8>>), Trouble> {
        let (enterprise, unit) = pocket.unit(&self.unit)?;
        // The service keeps microseconds.
        let now = Local::now().to_rfc3339_opts(SecondsFormat::Micros, false);
        let (mut evidence, mut photographs, mut findings) = (Vec::new(), Vec::new(), Vec::new());
        for found in self.findings {
            let mut attachments = Vec::new();
            for path in &found.photographs {
                let bytes = std::fs::read(path)?;
                let described = describe(path, &bytes)?;
                attachments.push(described.id);
                evidence.push(described);
                photographs.push(bytes);
            }
            let hazard = found.hazard.map(|hazard| {
                json!({
                    "id": fresh_id(),
                    "source": "inspection",
                    "enterprise": enterprise,
                    "title": hazard.title,
                    "description": hazard.description,
                    "area": unit["area"],
                    "address": unit["address"],
                    "found_on": today(),
                    "criteria": hazard.criteria,
                    "attachments": attachments,
                })
            });
            findings.push(Finding {
                item: found.item,
                result: found.result,
                note: found.note,
                attachments,
                hazard,
            });
        }
        let body = InspectionBody {
            enterprise: enterprise.to_owned(),
            checklist: ChecklistVersion {
                version: pocket.checklist(&self.checklist)?,
                code: self.checklist,
            },
            inspectors: self.inspectors,
            started_at: self.started_at.unwrap_or_else(|| now.clone()),
            finished_at: now,
            findings,
            evidence,
            note: self.note,
        };
        Ok((Inspection { id: fresh_id(), body }, photographs))
    }
}

impl Reviewed {
    /// The action on a hazard. Its version is the one that the phone saw, moved on by what waits to be sent before it.
    pub fn of(&self, hazard: &str, pocket: &Pocket, queue: &Queue) -> Result<Action, Trouble> {
        let (hazard, seen) = pocket.hazard(hazard)?;
        let mut version = seen;
        for waiting in queue.waiting()? {
            if matches!(&waiting.entry, Entry::Action(action) if action.hazard == hazard) {
                version += 1;
            }
        }
        Ok(Action {
            key: fresh_id(),
            hazard: hazard.to_owned(),
            name: "review".to_owned(),
            version,
            body: json!({
                "passed": self.passed,
                "reviewed_on": self.on.clone().map_or_else(today, Value::String),
                "reviewers": self.reviewers,
                "findings": self.findings,
                "due_on": self.due_on,
            }),
        })
    }
}

fn describe(path: &Path, bytes: &[u8]) -> Result<Evidence, Trouble> {
    let named = |part: Option<&std::ffi::OsStr>| part.and_then(|name| name.to_str()).map(str::to_owned);
    let media_type = match named(path.extension())
        .unwrap_or_default()
        .to_ascii_lowercase()
        .as_str()
    {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "webp" => "image/webp",
        _ => return Err(format!("{}: not a photograph", path.display()).into()),
    };
    Ok(Evidence {
        id: fresh_id(),
        sha256: hexadecimal(&Sha256::digest(bytes)),
        size: bytes.len(),
        media_type: media_type.to_owned(),
        filename: named(path.file_name()),
    })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The day in China, whatever the phone is set to.
fn today() -> Value {
    let offset = FixedOffset::east_opt(8 * 3600).map(|china| Local::now().with_timezone(&china).date_naive());
    json!(offset.map(|day| day.to_string()))
}
