//! What a phone sends about an inspection.

use std::collections::BTreeSet;

use deserr::{Deserr, ValuePointerRef};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::FindingResult;
use crate::attachments::Declared;
use crate::checklists::{ChecklistCode, ItemCode};
use crate::hazards::{Location, ReportBody};
use crate::law::lifecycle::Source;
use crate::values::{AttachmentId, Distinct, EnterpriseId, Fault, FaultCode, Faults, LocalInstant, LongText, Name};

/// Those who inspect together.
const MOST_INSPECTORS: usize = 20;
/// Findings of one inspection, as many as a list has items.
const MOST_FINDINGS: usize = 500;
/// Hazards that one inspection may report.
const MOST_HAZARDS: usize = 50;
/// Pieces of evidence that one inspection may name, declared with it or before.
const MOST_EVIDENCE: usize = 200;

/// An inspection, whole. Its JSON form is what is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields, validate = sound -> Faults)]
pub struct InspectionBody {
    /// The unit.
    pub enterprise: EnterpriseId,
    /// The list that it was done by, in the version that the phone had.
    pub checklist: ChecklistVersion,
    /// Who inspected.
    #[schema(min_items = 1, max_items = 20)]
    pub inspectors: Vec<Inspector>,
    /// When it began, by the phone's clock.
    pub started_at: LocalInstant,
    /// When it ended, by the phone's clock; not before it began.
    pub finished_at: LocalInstant,
    /// Where, as the phone says.
    #[deserr(default)]
    pub location: Option<Location>,
    /// Point by point, none twice. A point that nothing is said of is shown as unanswered.
    #[schema(max_items = 500)]
    pub findings: Vec<Finding>,
    /// Evidence that is announced with it; its bytes come before or after.
    #[deserr(default)]
    #[serde(default)]
    #[schema(required = false, max_items = 200)]
    pub evidence: Vec<Declared>,
    /// On the whole, in words.
    #[deserr(default)]
    pub note: Option<LongText>,
}

/// A list in one of its versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct ChecklistVersion {
    /// Its code.
    pub code: ChecklistCode,
    /// The version.
    #[schema(example = 1, minimum = 1)]
    pub version: i64,
}

/// One of those who inspected. Personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct Inspector {
    /// Name.
    #[schema(example = "赵一")]
    pub name: Name,
    /// Number of the enforcement certificate.
    #[deserr(default)]
    #[schema(example = "370303001")]
    pub certificate_number: Option<Name>,
}

/// What looking at one point came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct Finding {
    /// The point, an item of the list.
    pub item: ItemCode,
    /// What it came to.
    pub result: FindingResult,
    /// In words.
    #[deserr(default)]
    pub note: Option<LongText>,
    /// Evidence: of `evidence`, or on record before.
    #[deserr(default)]
    #[serde(default)]
    #[schema(required = false, value_type = Vec<AttachmentId>, max_items = 50)]
    pub attachments: Distinct<AttachmentId, 50>,
    /// With `fail`: a major hazard that is put on record together with the inspection, under an `id` of the phone's own,
    /// of the same unit and with the source `inspection`.
    #[deserr(default)]
    pub hazard: Option<ReportBody>,
}

impl InspectionBody {
    /// Evidence that it names, each piece once, what it announces first.
    pub fn attachments(&self) -> Vec<AttachmentId> {
        let cited = self.findings.iter().flat_map(|finding| {
            let of_hazard = finding.hazard.iter().flat_map(|hazard| hazard.attachments.iter());
            finding.attachments.iter().chain(of_hazard)
        });
        let mut seen = BTreeSet::new();
        let declared = self.evidence.iter().map(|declared| declared.id);
        declared.chain(cited.copied()).filter(|id| seen.insert(*id)).collect()
    }

    /// Hazards that it reports, each with the place of its finding.
    pub fn hazards(&self) -> impl Iterator<Item = (usize, &ReportBody)> {
        let findings = self.findings.iter().enumerate();
        findings.filter_map(|(index, finding)| finding.hazard.as_ref().map(|hazard| (index, hazard)))
    }
}

fn sound(body: InspectionBody, _: ValuePointerRef<'_>) -> Result<InspectionBody, Faults> {
    let mut faults = Faults::default();
    if body.inspectors.is_empty() {
        faults.push(Fault::new("/inspectors", FaultCode::TooFew).hinting("1"));
    }
    bounded(&mut faults, "/inspectors", body.inspectors.len(), MOST_INSPECTORS);
    if body.finished_at.instant() < body.started_at.instant() {
        faults.push(Fault::new("/finished_at", FaultCode::Contradiction).hinting("started_at"));
    }
    bounded(&mut faults, "/findings", body.findings.len(), MOST_FINDINGS);
    bounded(&mut faults, "/evidence", body.attachments().len(), MOST_EVIDENCE);
    let mut ids = BTreeSet::new();
    for (index, declared) in body.evidence.iter().enumerate() {
        if !ids.insert(declared.id) {
            faults.add(format!("/evidence/{index}/id"), FaultCode::Duplicate);
        }
    }
    findings(&body, &mut faults);
    faults.none_or(body)
}

fn bounded(faults: &mut Faults, at: &str, count: usize, most: usize) {
    if count > most {
        faults.push(Fault::new(at, FaultCode::TooMany).hinting(most.to_string()));
    }
}

fn findings(body: &InspectionBody, faults: &mut Faults) {
    let mut items = BTreeSet::new();
    for (index, finding) in body.findings.iter().enumerate() {
        if !items.insert(&finding.item) {
            faults.add(format!("/findings/{index}/item"), FaultCode::Duplicate);
        }
        if finding.hazard.is_some() && finding.result != FindingResult::Fail {
            faults.push(Fault::new(format!("/findings/{index}/hazard"), FaultCode::Contradiction).hinting("result"));
        }
    }
    bounded(faults, "/findings", body.hazards().count(), MOST_HAZARDS);
    let mut ids = BTreeSet::new();
    for (index, hazard) in body.hazards() {
        let at = |member: &str| format!("/findings/{index}/hazard/{member}");
        match hazard.id {
            // Without one, an inspection that is sent again would report the hazard again.
            None => faults.add(at("id"), FaultCode::Missing),
            Some(id) if !id.is_time_ordered() => {
                faults.push(Fault::new(at("id"), FaultCode::BadFormat).hinting("UUIDv7"));
            }
            Some(id) if !ids.insert(id) => faults.add(at("id"), FaultCode::Duplicate),
            Some(_) => {}
        }
        if hazard.source != Source::Inspection {
            faults.push(Fault::new(at("source"), FaultCode::Contradiction).hinting("inspection"));
        }
        if hazard.enterprise != body.enterprise {
            faults.push(Fault::new(at("enterprise"), FaultCode::Contradiction).hinting("enterprise"));
        }
    }
}
