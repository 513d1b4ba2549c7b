//! An inspection with what stands around it now: its unit, the list that it was done by, its hazards and its evidence.

use std::collections::BTreeMap;

use super::model::Inspection;
use super::store;
use crate::attachments::{self, Attachment};
use crate::checklists::{self, Checklist, Reference};
use crate::enterprises::{self, Enterprise};
use crate::hazards;
use crate::law::refusal::Refusal;
use crate::law::scope::{Caller, READS_INSPECTIONS, Scope};
use crate::store::{Connection, Failure, StoreError};
use crate::values::{HazardId, HazardNumber, InspectionId};

/// An inspection as one caller is shown it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// What was sent.
    pub inspection: Inspection,
    /// The unit, as the register has it now.
    pub unit: Enterprise,
    /// The list in the version that it was done by.
    pub checklist: Checklist,
    /// Its hazards, as far as the caller may know of them.
    pub hazards: BTreeMap<HazardId, HazardNumber>,
    /// Its evidence, as far as that has come.
    pub evidence: Vec<Attachment>,
}

/// What the caller may see of inspections.
///
/// # Errors
/// [`Refusal::RoleNotAllowed`] for a unit and for whoever else has no business in them.
pub fn scope(caller: &Caller) -> Result<Scope, Refusal> {
    let scope = caller.ledger_scope().filter(|_| caller.has_any(READS_INSPECTIONS));
    scope.ok_or_else(|| Refusal::role_not_allowed(READS_INSPECTIONS))
}

/// An inspection that the caller may read, as the caller is shown it.
///
/// # Errors
/// A role that reads none, [`Refusal::NotFound`] for one outside the caller's scope as for one that does not exist; and the
/// failures of the store.
pub fn visible(connection: &mut Connection, caller: &Caller, id: InspectionId) -> Result<Shown, Failure> {
    let scope = scope(caller)?;
    let inspection = store::find_within(connection, &scope, id)?.ok_or(Refusal::NotFound)?;
    shown(connection, caller, inspection)
}

/// An inspection as the caller is shown it.
///
/// # Errors
/// The failures of the store.
pub fn shown(connection: &mut Connection, caller: &Caller, inspection: Inspection) -> Result<Shown, Failure> {
    let body = &inspection.body;
    let missing = |what: &str| StoreError::Corrupt(format!("inspection {} has no {what}", inspection.id));
    let unit = enterprises::find(connection, body.enterprise)?.ok_or_else(|| missing("unit"))?;
    let list = Reference::Id(inspection.checklist);
    let checklist =
        checklists::version(connection, &list, body.checklist.version)?.ok_or_else(|| missing("checklist"))?;
    let mut numbers = BTreeMap::new();
    for id in body.hazards().filter_map(|(_, hazard)| hazard.id) {
        match hazards::visible(connection, caller, hazards::Reference::Id(id)) {
            Ok(found) => {
                numbers.insert(id, found.hazard.number);
            }
            Err(Failure::Refusal(Refusal::NotFound)) => {}
            Err(failure) => return Err(failure),
        }
    }
    let evidence = attachments::slots(connection, &body.attachments())?;
    Ok(Shown {
        hazards: numbers,
        unit,
        checklist,
        evidence,
        inspection,
    })
}
