//! What the rules say of a self-check, beyond its shape.

use super::bodies::SelfCheckBody;
use super::model::CheckResult;
use crate::hazards::{self, Hazard, Reference};
use crate::law::lifecycle::State;
use crate::law::refusal::{BrokenRule, Refusal};
use crate::law::scope::Caller;
use crate::standards;
use crate::store::{Connection, Failure};
use crate::values::{Day, HazardId, Quarter};

/// Every rule that the body breaks.
///
/// # Errors
/// The failures of the store.
pub fn broken(
    connection: &mut Connection,
    caller: &Caller,
    body: &SelfCheckBody,
    quarter: Quarter,
    today: Day,
) -> Result<Vec<BrokenRule>, Failure> {
    let mut broken = Vec::new();
    if !quarter.contains(body.performed_on) {
        broken.push(BrokenRule::new("performed_outside_quarter", "/performed_on"));
    }
    if body.performed_on > today {
        broken.push(BrokenRule::new("performed_in_future", "/performed_on"));
    }
    let codes: Vec<String> = body
        .results
        .iter()
        .map(|checked| checked.criterion.to_string())
        .collect();
    let criteria = standards::criteria_facts(connection, &codes, body.performed_on)?;
    for (index, criterion) in criteria.iter().enumerate() {
        let pointer = format!("/results/{index}/criterion");
        if !criterion.known {
            broken.push(BrokenRule::new("criterion_unknown", pointer));
        } else if !criterion.in_force {
            broken.push(BrokenRule::new("criterion_not_in_force", pointer));
        }
    }
    let mut named = Vec::new();
    for (index, id) in body.hazards.iter().enumerate() {
        match known(connection, caller, *id)? {
            Some(hazard) => named.push(hazard),
            // What the same call reports is on record only afterwards.
            None if body.reported().any(|reported| reported == *id) => {}
            None => broken.push(BrokenRule::new("hazard_unknown", format!("/hazards/{index}"))),
        }
    }
    for (index, checked) in body.results.iter().enumerate() {
        let bears_out = |hazard: &Hazard| {
            hazard.status == State::Reported || hazard.criteria.iter().any(|code| code == checked.criterion.as_str())
        };
        // A report is not judged yet, so it may come under any clause.
        let borne_out = !body.reports.is_empty() || named.iter().any(bears_out);
        if checked.result == CheckResult::Found && !borne_out {
            broken.push(BrokenRule::new(
                "found_without_hazard",
                format!("/results/{index}/result"),
            ));
        }
    }
    Ok(broken)
}

/// A hazard that the caller may know of; a unit knows of its own.
///
/// # Errors
/// The failures of the store.
pub fn known(connection: &mut Connection, caller: &Caller, id: HazardId) -> Result<Option<Hazard>, Failure> {
    match hazards::visible(connection, caller, Reference::Id(id)) {
        Ok(found) => Ok(Some(found.hazard)),
        Err(Failure::Refusal(Refusal::NotFound)) => Ok(None),
        Err(failure) => Err(failure),
    }
}
