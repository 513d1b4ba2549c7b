//! A self-check on the wire.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::file::Found;
use super::list::Row;
use super::model::{CheckState, CheckedCriterion, Performer, SelfCheck};
use crate::enterprises::Enterprise;
use crate::values::{AreaCode, Day, EnterpriseId, HazardId, IndustryCode, Instant, LongText, Name, Quarter, Uscc};

/// The unit of a self-check, as the register has it now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CheckedUnitView {
    /// Its id.
    pub id: EnterpriseId,
    /// Its unified social credit code.
    pub uscc: Uscc,
    /// Its name.
    pub name: Name,
    /// Where it lies.
    pub area: AreaCode,
    /// Its industry.
    pub industry: IndustryCode,
}

/// A version of a quarterly self-check (季度自查).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!(sample()))]
pub struct SelfCheckView {
    /// The unit.
    pub enterprise: CheckedUnitView,
    /// The quarter.
    pub quarter: Quarter,
    /// `filed` or `late`, by when the first version came.
    pub state: CheckState,
    /// Its place among the versions, from 1; the entity tag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// The day of the check.
    pub performed_on: Day,
    /// Who checked.
    pub performed_by: Performer,
    /// In words.
    pub summary: LongText,
    /// Clause by clause.
    pub results: Vec<CheckedCriterion>,
    /// Hazards that were found, as far as the caller may know of them.
    pub hazards: Vec<HazardId>,
    /// When the first version was filed.
    pub filed_at: Instant,
    /// When this version was filed.
    pub updated_at: Instant,
}

/// How a unit stands with the self-check of a quarter.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!(sample_row()))]
pub struct SelfCheckStateView {
    /// The unit.
    pub enterprise: CheckedUnitView,
    /// The quarter.
    pub quarter: Quarter,
    /// How it stands.
    pub state: CheckState,
    /// When the first version was filed.
    pub filed_at: Option<Instant>,
    /// The day of the check, by the version in force.
    pub performed_on: Option<Day>,
    /// The version in force.
    #[schema(minimum = 1)]
    pub version: Option<i64>,
}

impl SelfCheckView {
    /// A version of a unit's self-check.
    pub fn of(check: SelfCheck, unit: Enterprise) -> Self {
        let findings = check.findings;
        Self {
            enterprise: CheckedUnitView {
                id: unit.id,
                uscc: unit.uscc,
                name: unit.name,
                area: unit.area,
                industry: unit.industry,
            },
            quarter: check.quarter,
            state: CheckState::of(check.quarter, check.filed_at),
            version: check.version,
            performed_on: findings.performed_on,
            performed_by: findings.performed_by,
            summary: findings.summary,
            results: findings.results,
            hazards: findings.hazards,
            filed_at: check.filed_at,
            updated_at: check.updated_at,
        }
    }
}

impl From<Found> for SelfCheckView {
    fn from(found: Found) -> Self {
        Self::of(found.check, found.unit)
    }
}

impl SelfCheckStateView {
    /// A row of the list of a quarter.
    pub fn of(row: Row, quarter: Quarter) -> Self {
        let (unit, filed) = (row.unit, row.filed);
        Self {
            enterprise: CheckedUnitView {
                id: unit.id,
                uscc: unit.uscc,
                name: unit.name,
                area: unit.area,
                industry: unit.industry,
            },
            quarter,
            state: filed.map_or(CheckState::Missing, |filed| CheckState::of(quarter, filed.at)),
            filed_at: filed.map(|filed| filed.at),
            performed_on: filed.map(|filed| filed.performed_on),
            version: filed.map(|filed| filed.version),
        }
    }
}

/// What a unit sends, for the document.
pub fn sample_body() -> Value {
    json!({
        "performed_on": "2026-11-02",
        "performed_by": {"name": "王某", "position": "主要负责人"},
        "summary": "按判定标准逐条自查，污水处理站有限空间未辨识，已上报。",
        "results": [
            {"criterion": "MEM10-2023/3.1", "result": "clear"},
            {"criterion": "MEM10-2023/13.1", "result": "found"},
        ],
        "hazards": [],
        "reports": [{
            "id": "01900000-0000-7000-8000-000000000001",
            "source": "self_report",
            "enterprise": "01900000-0000-7000-8000-000000000002",
            "title": "污水处理站有限空间未辨识",
            "description": "厂区西侧污水处理站的有限空间没有辨识，没有台账和警示标志。",
            "area": "370303009001",
            "address": "淄博市张店区科苑街道示例路1号",
            "found_on": "2026-11-02",
            "criteria": ["MEM10-2023/13.1"],
        }],
    })
}

fn sample_unit() -> Value {
    json!({
        "id": "01900000-0000-7000-8000-000000000002",
        "uscc": "91350100M000100Y43",
        "name": "示例机械制造有限公司",
        "area": "370303009001",
        "industry": "C34",
    })
}

/// What is answered.
pub fn sample() -> Value {
    let mut sample = sample_body();
    if let Some(members) = sample.as_object_mut() {
        members.remove("reports");
        members.insert("hazards".to_owned(), json!(["01900000-0000-7000-8000-000000000001"]));
        members.insert("enterprise".to_owned(), sample_unit());
        members.insert("quarter".to_owned(), json!("2026Q4"));
        members.insert("state".to_owned(), json!("filed"));
        members.insert("version".to_owned(), json!(1));
        members.insert("filed_at".to_owned(), json!("2026-11-02T01:30:00.000000Z"));
        members.insert("updated_at".to_owned(), json!("2026-11-02T01:30:00.000000Z"));
    }
    sample
}

/// A row of the list.
pub fn sample_row() -> Value {
    json!({
        "enterprise": sample_unit(),
        "quarter": "2026Q4",
        "state": "missing",
        "filed_at": null,
        "performed_on": null,
        "version": null,
    })
}
