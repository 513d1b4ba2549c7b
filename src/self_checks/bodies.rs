//! What a unit sends about its self-check.

use std::collections::BTreeSet;

use deserr::{Deserr, ValuePointerRef};
use utoipa::ToSchema;

use super::model::{CheckedCriterion, Findings, Performer};
use crate::hazards::ReportBody;
use crate::values::{Day, Distinct, Fault, FaultCode, Faults, HazardId, LongText};

/// Clauses of one self-check; the longest standard has some hundred.
const MOST_RESULTS: usize = 1000;
/// Hazards that one call may report.
const MOST_REPORTS: usize = 20;

/// The self-check of a quarter, whole: a correction sends all of it again.
#[derive(Debug, Clone, PartialEq, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields, validate = sound -> Faults)]
pub struct SelfCheckBody {
    /// The day of the check, within the quarter and not in the future.
    pub performed_on: Day,
    /// Who checked.
    pub performed_by: Performer,
    /// In words.
    pub summary: LongText,
    /// Clause by clause, none twice. A `found` calls for a hazard that cites the clause or is not judged yet, among
    /// `hazards` or `reports`.
    #[schema(min_items = 1, max_items = 1000)]
    pub results: Vec<CheckedCriterion>,
    /// Hazards of the unit that are on record already.
    #[deserr(default)]
    #[schema(required = false, value_type = Vec<HazardId>, max_items = 50)]
    pub hazards: Distinct<HazardId, 50>,
    /// Hazards that are put on record together with the self-check, each under an `id` of the client's own; they are
    /// then among its `hazards`.
    #[deserr(default)]
    #[schema(required = false, max_items = 20)]
    pub reports: Vec<ReportBody>,
}

impl SelfCheckBody {
    /// What it says, with the hazards that it reports.
    pub fn findings(&self) -> Findings {
        let mut hazards = self.hazards.to_vec();
        hazards.extend(self.reported().filter(|id| !self.hazards.contains(id)));
        Findings {
            performed_on: self.performed_on,
            performed_by: self.performed_by.clone(),
            summary: self.summary.clone(),
            results: self.results.clone(),
            hazards,
        }
    }

    /// Ids of the hazards that it reports.
    pub fn reported(&self) -> impl Iterator<Item = HazardId> {
        self.reports.iter().filter_map(|report| report.id)
    }
}

fn sound(body: SelfCheckBody, _: ValuePointerRef<'_>) -> Result<SelfCheckBody, Faults> {
    let mut faults = Faults::default();
    if body.results.is_empty() {
        faults.push(Fault::new("/results", FaultCode::TooFew).hinting("1"));
    }
    if body.results.len() > MOST_RESULTS {
        faults.push(Fault::new("/results", FaultCode::TooMany).hinting(MOST_RESULTS.to_string()));
    }
    let mut criteria = BTreeSet::new();
    for (index, checked) in body.results.iter().enumerate() {
        if !criteria.insert(&checked.criterion) {
            faults.add(format!("/results/{index}/criterion"), FaultCode::Duplicate);
        }
    }
    if body.reports.len() > MOST_REPORTS {
        faults.push(Fault::new("/reports", FaultCode::TooMany).hinting(MOST_REPORTS.to_string()));
    }
    let mut ids = BTreeSet::new();
    for (index, report) in body.reports.iter().enumerate() {
        let pointer = format!("/reports/{index}/id");
        match report.id {
            // Without one, a call that is repeated would report the hazard again.
            None => faults.add(pointer, FaultCode::Missing),
            Some(id) if !id.is_time_ordered() => {
                faults.push(Fault::new(pointer, FaultCode::BadFormat).hinting("UUIDv7"));
            }
            Some(id) if !ids.insert(id) => faults.add(pointer, FaultCode::Duplicate),
            Some(_) => {}
        }
    }
    faults.none_or(body)
}
