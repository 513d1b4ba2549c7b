//! A unit on the wire.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::model::{Enterprise, Location, Person};
use crate::values::{AreaCode, EnterpriseId, IndustryCode, Instant, Name, Title, Uscc};

/// A unit (生产经营单位).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!(sample()))]
pub struct EnterpriseView {
    /// Its id.
    pub id: EnterpriseId,
    /// Its unified social credit code.
    pub uscc: Uscc,
    /// Its name.
    pub name: Name,
    /// Its industry.
    pub industry: IndustryCode,
    /// Where it lies.
    pub area: AreaCode,
    /// Where exactly.
    pub address: Title,
    /// The principal person in charge (主要负责人).
    pub principal: Person,
    /// The actual controller (实际控制人).
    pub controller: Option<Person>,
    /// Code of the committee in charge.
    pub committee: Option<Name>,
    /// On the map.
    pub location: Option<Location>,
    /// How many events it has; the entity tag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was registered.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// What an import wrote.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!(sample_import()))]
pub struct ImportView {
    /// How many units.
    #[schema(minimum = 1)]
    pub imported: usize,
    /// Each of them, in the order of the lines.
    pub items: Vec<ImportedView>,
}

/// A unit of an import.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportedView {
    /// The line it stood on, counted from 1.
    #[schema(minimum = 1)]
    pub line: u64,
    /// Its id.
    pub id: EnterpriseId,
    /// Its unified social credit code.
    pub uscc: Uscc,
}

impl From<Enterprise> for EnterpriseView {
    fn from(unit: Enterprise) -> Self {
        Self {
            id: unit.id,
            uscc: unit.uscc,
            name: unit.name,
            industry: unit.industry,
            area: unit.area,
            address: unit.address,
            principal: unit.principal,
            controller: unit.controller,
            committee: unit.committee,
            location: unit.location,
            version: unit.version,
            created_at: unit.created_at,
            updated_at: unit.updated_at,
        }
    }
}

impl From<Vec<(u64, Enterprise)>> for ImportView {
    fn from(units: Vec<(u64, Enterprise)>) -> Self {
        Self {
            imported: units.len(),
            items: units
                .into_iter()
                .map(|(line, unit)| ImportedView {
                    line,
                    id: unit.id,
                    uscc: unit.uscc,
                })
                .collect(),
        }
    }
}

/// What callers send, for the document; a test sends it too.
pub fn sample_body() -> Value {
    json!({
        "uscc": "91350100M000100Y43",
        "name": "示例机械制造有限公司",
        "industry": "C34",
        "area": "370303009001",
        "address": "淄博市张店区科苑街道示例路1号",
        "principal": {"name": "王某", "phone": "13900001001"},
        "controller": {"name": "李某", "phone": "13900001002"},
        "committee": "keyuan-committee-industry",
        "location": {"latitude": 36.8, "longitude": 118.05},
    })
}

/// What is answered.
pub fn sample() -> Value {
    let mut sample = sample_body();
    if let Some(members) = sample.as_object_mut() {
        members.insert("id".to_owned(), json!("01900000-0000-7000-8000-000000000002"));
        members.insert("version".to_owned(), json!(1));
        members.insert("created_at".to_owned(), json!("2026-11-02T01:30:00.000000Z"));
        members.insert("updated_at".to_owned(), json!("2026-11-02T01:30:00.000000Z"));
    }
    sample
}

/// What an import is answered with.
pub fn sample_import() -> Value {
    json!({
        "imported": 1,
        "items": [{"line": 2, "id": "01900000-0000-7000-8000-000000000002", "uscc": "91350100M000100Y43"}],
    })
}

/// A CSV file of units, for the document; a test sends it too.
pub const SAMPLE_CSV: &str = "uscc,name,industry,area,address,principal_name,principal_phone,controller_name,\
controller_phone,committee,latitude,longitude\n\
91350100M000100Y43,示例机械制造有限公司,C34,370303009001,淄博市张店区科苑街道示例路1号,王某,13900001001,李某,13900001002,\
keyuan-committee-industry,36.8,118.05\n";
