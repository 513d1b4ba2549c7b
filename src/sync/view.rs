//! What a phone is handed: of a unit and of a hazard what is needed on the spot, and of neither who reported what.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::authorities::{Authority, AuthorityView};
use crate::checklists::{Checklist, ChecklistView};
use crate::enterprises::{Enterprise, Location, Person};
use crate::hazards::Found;
use crate::law::lifecycle::State;
use crate::law::policy::Policy;
use crate::standards::{Criterion, Standard, StandardView};
use crate::values::vocabulary::vocabulary;
use crate::values::{AreaCode, Day, EnterpriseId, HazardNumber, IndustryCode, Name, Title, Uscc};

vocabulary! {
    /// What a phone keeps.
    pub enum SyncKind in "sync_kinds" {
        Authority = "authority", "机构", "authority";
        Standard = "standard", "判定标准", "standard";
        Checklist = "checklist", "重点事项清单", "list of points to check";
        Enterprise = "enterprise", "单位", "enterprise";
        Hazard = "hazard", "未销号隐患", "open hazard";
    }
}

vocabulary! {
    /// What a phone does with a thing.
    pub enum Change in "sync_changes" {
        Upsert = "upsert", "新增或替换", "put in the place of what is there, if anything";
        Delete = "delete", "删除", "take away, if it is there";
    }
}

/// A page.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!(sample()))]
pub struct SyncView {
    /// What to do, in this order.
    #[schema(max_items = 2000)]
    pub items: Vec<ItemView>,
    /// Where the phone is afterwards: `after` of the next call, at once or another day.
    pub next_cursor: String,
    /// Whether to call again at once: false when the phone has all that was committed before this call.
    pub more: bool,
}

/// A thing and what to do with it. With `upsert` it is there, under the name of its kind; with `delete` there are kind and
/// id alone.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ItemView {
    /// What it is.
    kind: SyncKind,
    /// What it is known by: the code of an authority or a standard, the id of anything else.
    #[schema(example = "01900000-0000-7000-8000-000000000001")]
    id: String,
    /// What to do.
    change: Change,
    /// Its version, as `If-Match` wants it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 7, minimum = 1)]
    version: Option<i64>,
    /// The authority.
    #[serde(skip_serializing_if = "Option::is_none")]
    authority: Option<AuthorityView>,
    /// The standard with its clauses.
    #[serde(skip_serializing_if = "Option::is_none")]
    standard: Option<StandardView>,
    /// The list of points to check, in the version in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    checklist: Option<ChecklistView>,
    /// The unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    enterprise: Option<PocketEnterpriseView>,
    /// The hazard.
    #[serde(skip_serializing_if = "Option::is_none")]
    hazard: Option<PocketHazardView>,
}

/// A unit as a phone keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PocketEnterpriseView {
    /// Its unified social credit code.
    uscc: Uscc,
    /// Its name.
    name: Name,
    /// Its industry.
    industry: IndustryCode,
    /// Where it lies.
    area: AreaCode,
    /// Where exactly.
    address: Title,
    /// The principal person in charge (主要负责人).
    principal: Person,
    /// On the map.
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Location>,
}

/// An open hazard as a phone keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PocketHazardView {
    /// The number that people speak.
    number: HazardNumber,
    /// Where it stands.
    status: State,
    /// Id of the unit.
    enterprise: EnterpriseId,
    /// In a line.
    title: Title,
    /// Where it lies.
    area: AreaCode,
    /// Where exactly.
    address: Title,
    /// On the map.
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Location>,
    /// Clauses it is judged under.
    #[schema(example = json!(["MEM10-2023/13.1"]))]
    criteria: Vec<String>,
    /// Until when the order wants it gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_on: Option<Day>,
    /// The day on which the next running clock ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_due_on: Option<Day>,
}

impl ItemView {
    /// An authority.
    pub fn authority(authority: Authority) -> Self {
        Self {
            version: Some(authority.version),
            authority: Some(AuthorityView::from(authority.clone())),
            ..Self::of(SyncKind::Authority, authority.code, Change::Upsert)
        }
    }

    /// A standard with its clauses.
    pub fn standard(standard: Standard, clauses: Vec<Criterion>) -> Self {
        Self {
            version: Some(standard.version),
            standard: Some(StandardView::of(standard.clone(), clauses)),
            ..Self::of(SyncKind::Standard, standard.code, Change::Upsert)
        }
    }

    /// A list of points to check, in the version in force.
    pub fn checklist(checklist: Checklist) -> Self {
        Self {
            version: Some(checklist.version),
            checklist: Some(ChecklistView::from(checklist.clone())),
            ..Self::of(SyncKind::Checklist, checklist.id, Change::Upsert)
        }
    }

    /// A unit.
    pub fn enterprise(unit: Enterprise) -> Self {
        Self {
            version: Some(unit.version),
            enterprise: Some(PocketEnterpriseView {
                uscc: unit.uscc,
                name: unit.name,
                industry: unit.industry,
                area: unit.area,
                address: unit.address,
                principal: unit.principal,
                location: unit.location,
            }),
            ..Self::of(SyncKind::Enterprise, unit.id, Change::Upsert)
        }
    }

    /// An open hazard.
    pub fn hazard(found: Found, policy: &Policy) -> Self {
        let hazard = found.hazard;
        Self {
            version: Some(hazard.version),
            hazard: Some(PocketHazardView {
                next_due_on: hazard.facts(policy).next_due_on,
                due_on: hazard.supervision.map(|order| order.due_on),
                number: hazard.number,
                status: hazard.status,
                enterprise: hazard.enterprise_id,
                title: hazard.title,
                area: hazard.area,
                address: hazard.address,
                location: hazard.location,
                criteria: hazard.criteria,
            }),
            ..Self::of(SyncKind::Hazard, hazard.id, Change::Upsert)
        }
    }

    /// What is not to be had any more.
    pub fn deleted(kind: SyncKind, id: impl ToString) -> Self {
        Self::of(kind, id, Change::Delete)
    }

    fn of(kind: SyncKind, id: impl ToString, change: Change) -> Self {
        Self {
            kind,
            id: id.to_string(),
            change,
            version: None,
            authority: None,
            standard: None,
            checklist: None,
            enterprise: None,
            hazard: None,
        }
    }
}

/// What is answered.
fn sample() -> Value {
    json!({
        "items": [
            {
                "kind": "hazard",
                "id": "01900000-0000-7000-8000-000000000001",
                "change": "upsert",
                "version": 7,
                "hazard": {
                    "number": "370303-2026-000001",
                    "status": "awaiting_review",
                    "enterprise": "01900000-0000-7000-8000-000000000002",
                    "title": "污水处理站有限空间未辨识",
                    "area": "370303009001",
                    "address": "科苑街道示例路1号",
                    "criteria": ["MEM10-2023/13.1"],
                    "due_on": "2026-12-19",
                    "next_due_on": "2026-11-16",
                },
            },
            {"kind": "hazard", "id": "01900000-0000-7000-8000-000000000009", "change": "delete"},
        ],
        "next_cursor": "c2VhbGVk",
        "more": false,
    })
}
