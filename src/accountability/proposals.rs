//! The use case of proposals.

use crate::enterprises;
use crate::hazards::{self, Hazard, Reference};
use crate::law::accountability::{Case, Evidence, LastCheck, UnitRecord, propose};
use crate::law::lifecycle::{Action, roles_of};
use crate::law::policy::Policy;
use crate::law::refusal::Refusal;
use crate::law::scope::{Caller, Role};
use crate::self_checks;
use crate::store::{Connection, Failure};
use crate::values::{Instant, Quarter};

/// A hazard with what speaks for an inquiry.
pub struct Proposed {
    /// The hazard.
    pub hazard: Hazard,
    /// What speaks for one.
    pub evidence: Vec<Evidence>,
}

/// What speaks for an inquiry into a hazard.
///
/// # Errors
/// [`Refusal::NotFound`] for a hazard that the caller may not know of, a role that neither opens inquiries nor audits
/// them; and the failures of the store.
pub fn of_hazard(
    connection: &mut Connection,
    caller: &Caller,
    reference: Reference,
    policy: &Policy,
    now: Instant,
) -> Result<Proposed, Failure> {
    let hazard = hazards::visible(connection, caller, reference)?.hazard;
    may_read(caller)?;
    let case = Case {
        state: hazard.status,
        source: hazard.source,
        found_on: hazard.found_on,
        criteria: &hazard.criteria,
        clocks: &hazard.clocks,
        unit: unit_record(connection, caller, &hazard)?,
    };
    let evidence = propose(&case, policy, now);
    Ok(Proposed { hazard, evidence })
}

/// Those who may open an inquiry, and those who look after them.
fn may_read(caller: &Caller) -> Result<(), Refusal> {
    let roles = [roles_of(Action::OpenAccountability), &[Role::Auditor]].concat();
    if caller.has_any(&roles) {
        Ok(())
    } else {
        Err(Refusal::role_not_allowed(&roles))
    }
}

/// A hazard can lie where the caller acts and its unit elsewhere; what such a unit filed is not the caller's to know.
fn unit_record(connection: &mut Connection, caller: &Caller, hazard: &Hazard) -> Result<Option<UnitRecord>, Failure> {
    let unit = match enterprises::find_visible(connection, caller, hazard.enterprise_id) {
        Ok(unit) => unit,
        Err(Failure::Refusal(Refusal::NotFound)) => return Ok(None),
        Err(failure) => return Err(failure),
    };
    let Some(quarter) = Quarter::of(hazard.found_on) else {
        return Ok(None);
    };
    let standing = self_checks::standing(connection, unit.id, quarter, hazard.found_on)?;
    Ok(Some(UnitRecord {
        registered_at: unit.created_at,
        filed_at: standing.filed_at,
        last: standing.last.map(|check| LastCheck {
            quarter: check.quarter,
            version: check.version,
            cleared: check.findings.cleared().map(ToString::to_string).collect(),
        }),
    }))
}
