//! Lists of points to check on the wire.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::model::{Checklist, ChecklistCode, ChecklistKind, Item};
use crate::values::{ChecklistId, IndustryPrefix, Instant, Title};

/// A version of a list of points to check (重点事项清单).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!(sample()))]
pub struct ChecklistView {
    /// Its id.
    pub id: ChecklistId,
    /// What people call it.
    pub code: ChecklistCode,
    /// Its title.
    pub title: Title,
    /// Whose list it is.
    pub kind: ChecklistKind,
    /// Prefixes of the industries that it is for; empty means all.
    pub industries: Vec<IndustryPrefix>,
    /// What to check, in order.
    pub items: Vec<Item>,
    /// Its place among the versions, from 1; the entity tag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When this version was published.
    pub published_at: Instant,
    /// When the first version was published.
    pub created_at: Instant,
}

/// A list of points to check in the version in force, without its items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!(sample_summary()))]
pub struct ChecklistSummaryView {
    /// Its id.
    pub id: ChecklistId,
    /// What people call it.
    pub code: ChecklistCode,
    /// Its title.
    pub title: Title,
    /// Whose list it is.
    pub kind: ChecklistKind,
    /// Prefixes of the industries that it is for; empty means all.
    pub industries: Vec<IndustryPrefix>,
    /// The version in force.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When that version was published.
    pub published_at: Instant,
    /// When the first version was published.
    pub created_at: Instant,
}

impl From<Checklist> for ChecklistView {
    fn from(checklist: Checklist) -> Self {
        Self {
            id: checklist.id,
            code: checklist.code,
            title: checklist.contents.title,
            kind: checklist.kind,
            industries: checklist.contents.industries,
            items: checklist.contents.items,
            version: checklist.version,
            published_at: checklist.published_at,
            created_at: checklist.created_at,
        }
    }
}

impl From<Checklist> for ChecklistSummaryView {
    fn from(checklist: Checklist) -> Self {
        Self {
            id: checklist.id,
            code: checklist.code,
            title: checklist.contents.title,
            kind: checklist.kind,
            industries: checklist.contents.industries,
            version: checklist.version,
            published_at: checklist.published_at,
            created_at: checklist.created_at,
        }
    }
}

/// What callers send, for the document; a test sends it too.
pub fn sample_body() -> Value {
    json!({
        "code": "ZD-CONFINED-SPACE",
        "title": "张店区有限空间执法检查重点事项清单",
        "kind": "enforcement",
        "industries": ["C"],
        "items": sample_items(),
    })
}

fn sample_items() -> Value {
    json!([
        {"code": "1", "criterion": "MEM10-2023/13.1", "text": "有限空间是否逐一辨识、建立台账并设置警示标志"},
        {"code": "2", "criterion": "MEM10-2023/13.2", "text": "作业是否审批，是否先通风、再检测、后作业，是否有人监护"},
        {"code": "3", "criterion": null, "text": "呼吸器、三脚架是否在位、完好"},
    ])
}

/// One version as it is answered.
pub fn sample() -> Value {
    let mut sample = sample_summary();
    if let Some(members) = sample.as_object_mut() {
        members.insert("items".to_owned(), sample_items());
    }
    sample
}

/// One row of the list.
pub fn sample_summary() -> Value {
    json!({
        "id": "01900000-0000-7000-8000-000000000009",
        "code": "ZD-CONFINED-SPACE",
        "title": "张店区有限空间执法检查重点事项清单",
        "kind": "enforcement",
        "industries": ["C"],
        "version": 1,
        "published_at": "2026-11-02T01:30:00.000000Z",
        "created_at": "2026-11-02T01:30:00.000000Z",
    })
}
