//! An inspection on the wire.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::bodies::{ChecklistVersion, Finding, Inspector};
use super::model::{FindingResult, is_clock_ahead};
use super::read::Shown;
use super::store::Listed;
use crate::attachments::{AttachmentView, SlotState};
use crate::checklists::ItemCode;
use crate::hazards::Location;
use crate::law::scope::Caller;
use crate::values::{
    AreaCode, AttachmentId, EnterpriseId, HazardId, HazardNumber, IndustryCode, InspectionId, Instant, LocalInstant,
    LongText, Name, Uscc,
};

/// The unit that was inspected, as the register has it now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InspectedUnitView {
    /// Its id.
    pub id: EnterpriseId,
    /// Its unified social credit code.
    pub uscc: Uscc,
    /// Its name.
    pub name: Name,
}

/// A hazard that was reported with an inspection.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FoundHazardView {
    /// Its id.
    pub id: HazardId,
    /// Its number.
    pub number: HazardNumber,
}

/// What looking at one point came to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FindingView {
    /// The point, an item of the list.
    pub item: ItemCode,
    /// What it came to.
    pub result: FindingResult,
    /// In words.
    pub note: Option<LongText>,
    /// Evidence.
    pub attachments: Vec<AttachmentId>,
    /// The hazard that was reported; `null` also where the caller may not know of it.
    pub hazard: Option<FoundHazardView>,
}

/// An inspection (执法检查).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!(sample()))]
pub struct InspectionView {
    /// The phone's id for it.
    pub id: InspectionId,
    /// The unit.
    pub enterprise: InspectedUnitView,
    /// Where the unit lay when the inspection came.
    pub area: AreaCode,
    /// The unit's industry then.
    pub industry: IndustryCode,
    /// The list that it was done by.
    pub checklist: ChecklistVersion,
    /// Who inspected.
    pub inspectors: Vec<Inspector>,
    /// Subject of the token that sent it.
    #[schema(example = "inspector-1")]
    pub sent_by: String,
    /// When it began, by the phone's clock.
    pub started_at: LocalInstant,
    /// When it ended, by the phone's clock.
    pub finished_at: LocalInstant,
    /// When it came, by the clock of this service.
    pub received_at: Instant,
    /// True when the phone's clock showed a moment that had not come yet: its moments are not to be relied on.
    pub clock_ahead: bool,
    /// Where, as the phone says.
    pub location: Option<Location>,
    /// Point by point, in the order of the phone.
    pub findings: Vec<FindingView>,
    /// Points of the list of which nothing is said.
    pub unanswered: Vec<ItemCode>,
    /// On the whole, in words.
    pub note: Option<LongText>,
    /// Evidence that it names, and how much of each piece is here.
    pub evidence: Vec<AttachmentView>,
    /// Evidence whose bytes are still to come.
    pub missing: Vec<AttachmentId>,
    /// Whether all evidence has come.
    pub complete: bool,
}

/// An inspection as a row of the list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!(sample_row()))]
pub struct InspectionSummaryView {
    /// The phone's id for it.
    pub id: InspectionId,
    /// The unit.
    pub enterprise: InspectedUnitView,
    /// Where the unit lay when the inspection came.
    pub area: AreaCode,
    /// The unit's industry then.
    pub industry: IndustryCode,
    /// The list that it was done by.
    pub checklist: ChecklistVersion,
    /// Who inspected.
    pub inspectors: Vec<Inspector>,
    /// Subject of the token that sent it.
    #[schema(example = "inspector-1")]
    pub sent_by: String,
    /// When it began, by the phone's clock.
    pub started_at: LocalInstant,
    /// When it ended, by the phone's clock.
    pub finished_at: LocalInstant,
    /// When it came, by the clock of this service.
    pub received_at: Instant,
    /// True when the phone's clock showed a moment that had not come yet.
    pub clock_ahead: bool,
    /// Points in order.
    #[schema(minimum = 0, maximum = 500)]
    pub passed: usize,
    /// Points not in order.
    #[schema(minimum = 0, maximum = 500)]
    pub failed: usize,
    /// Points that do not apply to the unit.
    #[schema(minimum = 0, maximum = 500)]
    pub not_applicable: usize,
    /// Hazards that were reported with it.
    #[schema(minimum = 0, maximum = 50)]
    pub hazards: usize,
    /// Whether all evidence has come.
    pub complete: bool,
}

impl InspectionView {
    /// The view of one caller.
    pub fn of(shown: Shown, caller: &Caller) -> Self {
        let missing = shown.missing();
        let unanswered = shown.unanswered();
        let hazards = shown.hazards;
        let finding = |finding: Finding| FindingView {
            hazard: finding.hazard.and_then(|hazard| hazard.id).and_then(|id| {
                let number = hazards.get(&id).copied();
                number.map(|number| FoundHazardView { id, number })
            }),
            item: finding.item,
            result: finding.result,
            note: finding.note,
            attachments: finding.attachments.into_vec(),
        };
        let inspection = shown.inspection;
        let body = inspection.body;
        Self {
            id: inspection.id,
            enterprise: InspectedUnitView {
                id: shown.unit.id,
                uscc: shown.unit.uscc,
                name: shown.unit.name,
            },
            area: inspection.area,
            industry: inspection.industry,
            checklist: body.checklist,
            inspectors: body.inspectors,
            sent_by: inspection.sent_by,
            started_at: body.started_at,
            finished_at: body.finished_at,
            received_at: inspection.received_at,
            clock_ahead: is_clock_ahead(body.finished_at, inspection.received_at),
            location: body.location,
            findings: body.findings.into_iter().map(finding).collect(),
            unanswered,
            note: body.note,
            evidence: shown
                .evidence
                .iter()
                .map(|slot| AttachmentView::of(slot, caller))
                .collect(),
            complete: missing.is_empty(),
            missing,
        }
    }
}

impl Shown {
    /// Evidence whose bytes are still to come.
    pub fn missing(&self) -> Vec<AttachmentId> {
        let outstanding = self.evidence.iter().filter(|slot| slot.state != SlotState::Verified);
        outstanding.map(|slot| slot.id).collect()
    }

    /// Points of the list of which nothing is said.
    pub fn unanswered(&self) -> Vec<ItemCode> {
        let findings = &self.inspection.body.findings;
        let items = self.checklist.contents.items.iter().map(|item| &item.code);
        let silent = items.filter(|item| !findings.iter().any(|finding| finding.item == **item));
        silent.cloned().collect()
    }
}

impl From<Listed> for InspectionSummaryView {
    fn from(listed: Listed) -> Self {
        let summary = listed.summary;
        Self {
            id: listed.id,
            enterprise: InspectedUnitView {
                id: listed.enterprise,
                uscc: listed.uscc,
                name: listed.name,
            },
            area: listed.area,
            industry: listed.industry,
            checklist: listed.checklist,
            inspectors: summary.inspectors,
            sent_by: listed.sent_by,
            started_at: summary.started_at,
            finished_at: summary.finished_at,
            received_at: listed.received_at,
            clock_ahead: is_clock_ahead(summary.finished_at, listed.received_at),
            passed: summary.passed,
            failed: summary.failed,
            not_applicable: summary.not_applicable,
            hazards: summary.hazards,
            complete: listed.is_complete,
        }
    }
}

/// What a phone sends, for the document.
pub fn sample_body() -> Value {
    json!({
        "enterprise": "01900000-0000-7000-8000-000000000002",
        "checklist": {"code": "ZD-CONFINED-SPACE", "version": 1},
        "inspectors": [
            {"name": "赵一", "certificate_number": "370303001"},
            {"name": "钱二", "certificate_number": "370303002"},
        ],
        "started_at": "2026-11-02T09:00:00+08:00",
        "finished_at": "2026-11-02T10:20:00+08:00",
        "location": {"latitude": 36.80, "longitude": 118.05},
        "findings": [
            {
                "item": "1",
                "result": "fail",
                "note": "污水处理站的有限空间没有辨识。",
                "attachments": ["01900000-0000-7000-8000-000000000004"],
                "hazard": {
                    "id": "01900000-0000-7000-8000-000000000001",
                    "source": "inspection",
                    "enterprise": "01900000-0000-7000-8000-000000000002",
                    "title": "污水处理站有限空间未辨识",
                    "description": "厂区西侧污水处理站的有限空间没有辨识，没有台账和警示标志。",
                    "area": "370303009001",
                    "address": "淄博市张店区科苑街道示例路1号",
                    "found_on": "2026-11-02",
                    "criteria": ["MEM10-2023/13.1"],
                    "attachments": ["01900000-0000-7000-8000-000000000004"],
                },
            },
            {"item": "2", "result": "pass"},
        ],
        "evidence": [sample_evidence()],
        "note": "企业负责人陪同检查。",
    })
}

fn sample_evidence() -> Value {
    json!({
        "id": "01900000-0000-7000-8000-000000000004",
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "size": 245_760,
        "media_type": "image/jpeg",
        "filename": "污水处理站.jpg",
    })
}

/// What is answered.
pub fn sample() -> Value {
    let mut sample = sample_body();
    if let Some(members) = sample.as_object_mut() {
        let of_row = sample_row();
        let kept = [
            "id",
            "enterprise",
            "area",
            "industry",
            "sent_by",
            "received_at",
            "clock_ahead",
            "complete",
        ];
        members.extend(kept.map(|name| (name.to_owned(), of_row.get(name).cloned().unwrap_or_default())));
        members.insert(
            "findings".to_owned(),
            json!([
                {
                    "item": "1",
                    "result": "fail",
                    "note": "污水处理站的有限空间没有辨识。",
                    "attachments": ["01900000-0000-7000-8000-000000000004"],
                    "hazard": {"id": "01900000-0000-7000-8000-000000000001", "number": "370303-2026-000123"},
                },
                {"item": "2", "result": "pass", "note": null, "attachments": [], "hazard": null},
            ]),
        );
        members.insert("unanswered".to_owned(), json!(["3"]));
        members.insert("missing".to_owned(), json!(["01900000-0000-7000-8000-000000000004"]));
        let mut evidence = sample_evidence();
        if let Some(slot) = evidence.as_object_mut() {
            slot.insert("state".to_owned(), json!("declared"));
            slot.insert("created_at".to_owned(), json!("2026-11-02T03:30:00.000000Z"));
        }
        members.insert("evidence".to_owned(), json!([evidence]));
    }
    sample
}

/// A row of the list.
pub fn sample_row() -> Value {
    json!({
        "id": "01900000-0000-7000-8000-000000000010",
        "enterprise": {
            "id": "01900000-0000-7000-8000-000000000002",
            "uscc": "91350100M000100Y43",
            "name": "示例机械制造有限公司",
        },
        "area": "370303009001",
        "industry": "C34",
        "checklist": {"code": "ZD-CONFINED-SPACE", "version": 1},
        "inspectors": [
            {"name": "赵一", "certificate_number": "370303001"},
            {"name": "钱二", "certificate_number": "370303002"},
        ],
        "sent_by": "inspector-1",
        "started_at": "2026-11-02T09:00:00+08:00",
        "finished_at": "2026-11-02T10:20:00+08:00",
        "received_at": "2026-11-02T03:30:00.000000Z",
        "clock_ahead": false,
        "passed": 1,
        "failed": 1,
        "not_applicable": 0,
        "hazards": 1,
        "complete": false,
    })
}
