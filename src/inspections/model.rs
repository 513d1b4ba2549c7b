//! An inspection, as it stands on record.

use serde::{Deserialize, Serialize};

use super::bodies::{Finding, InspectionBody, Inspector};
use crate::values::vocabulary::vocabulary;
use crate::values::{AreaCode, ChecklistId, IndustryCode, InspectionId, Instant, LocalInstant, Uscc};

vocabulary! {
    /// What looking at one point came to.
    pub enum FindingResult in "finding_results" {
        Pass = "pass", "符合", "in order";
        Fail = "fail", "不符合", "not in order";
        NotApplicable = "not_applicable", "不适用", "does not apply to the unit";
    }
}

/// An inspection. Nothing of it ever changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection {
    /// The phone's id for it; the stream of its event.
    pub id: InspectionId,
    /// Unified social credit code of the unit.
    pub uscc: Uscc,
    /// Where the unit lay when it came.
    pub area: AreaCode,
    /// The unit's industry then.
    pub industry: IndustryCode,
    /// The list that it was done by.
    pub checklist: ChecklistId,
    /// Subject of the token that sent it.
    pub sent_by: String,
    /// When it came, by the clock of this service.
    pub received_at: Instant,
    /// What was sent.
    pub body: InspectionBody,
}

/// What a list shows of an inspection. Its JSON form is kept beside the document, so that a page reads no documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Who inspected.
    pub inspectors: Vec<Inspector>,
    /// When it began, by the phone's clock.
    pub started_at: LocalInstant,
    /// When it ended, by the phone's clock.
    pub finished_at: LocalInstant,
    /// Points in order.
    pub passed: usize,
    /// Points not in order.
    pub failed: usize,
    /// Points that do not apply to the unit.
    pub not_applicable: usize,
    /// Hazards that were reported with it.
    pub hazards: usize,
}

impl Summary {
    /// What a list shows of what was sent.
    pub fn of(body: &InspectionBody) -> Self {
        let count = |wanted: fn(&&Finding) -> bool| body.findings.iter().filter(wanted).count();
        Self {
            inspectors: body.inspectors.clone(),
            started_at: body.started_at,
            finished_at: body.finished_at,
            passed: count(|finding| finding.result == FindingResult::Pass),
            failed: count(|finding| finding.result == FindingResult::Fail),
            not_applicable: count(|finding| finding.result == FindingResult::NotApplicable),
            hazards: count(|finding| finding.hazard.is_some()),
        }
    }
}

/// Whether the phone's clock showed a moment that had not come yet. One that is slow cannot be told from a phone that was
/// without a network.
pub fn is_clock_ahead(finished_at: LocalInstant, received_at: Instant) -> bool {
    finished_at.instant() > received_at
}
