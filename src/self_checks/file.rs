//! The use cases on one self-check: file it, put it right, read it.

use super::bodies::SelfCheckBody;
use super::model::SelfCheck;
use super::{rules, store};
use crate::enterprises::{self, Enterprise};
use crate::hazards::{self, Writing};
use crate::journal::{self, Actor, Draft, Subject};
use crate::law::refusal::{BrokenRule, Refusal};
use crate::law::scope::{Caller, READS_SELF_CHECKS, Role};
use crate::store::{Connection, Failure, StoreError};
use crate::values::{Day, EnterpriseId, Instant, Quarter, SelfCheckId};

/// What the caller sends.
#[derive(Debug, Clone)]
pub struct Filing {
    /// The unit.
    pub enterprise: EnterpriseId,
    /// The quarter.
    pub quarter: Quarter,
    /// The version that the caller saw, for a correction.
    pub expected_version: Option<i64>,
    /// The self-check, whole.
    pub body: SelfCheckBody,
    /// Its id when it is the first.
    pub fresh: SelfCheckId,
    /// Salts for the events of the hazards that it reports, one for each.
    pub salts: Vec<[u8; 16]>,
}

/// A self-check with its unit as that stands now.
#[derive(Debug, Clone)]
pub struct Found {
    /// The self-check.
    pub check: SelfCheck,
    /// The unit.
    pub unit: Enterprise,
}

/// What became of a filing.
#[derive(Debug, Clone)]
pub enum Filed {
    /// It is the first of its quarter.
    First(Found),
    /// It is a new version, or what was on record already.
    Again(Found),
}

/// Files the self-check of a quarter for the caller's own unit, or the next version of it, with the hazards that it
/// reports. What says the same as the version in force changes nothing.
///
/// # Errors
/// In this order: a unit that the caller may not know of, a role that may not, a version that was not named or is stale,
/// the rules that it breaks; and the failures of the store. Nothing is changed then, if the caller rolls back.
pub fn file(connection: &mut Connection, writing: &Writing, filing: &Filing) -> Result<Filed, Failure> {
    let unit = enterprises::find_visible(connection, &writing.caller, filing.enterprise)?;
    if !writing.caller.has(Role::Enterprise) {
        return Err(Refusal::role_not_allowed(&[Role::Enterprise]).into());
    }
    let check = match store::find(connection, unit.id, filing.quarter)? {
        Some(before) => return correct(connection, writing, filing, Found { check: before, unit }),
        None => connection.nested(|connection| first(connection, writing, filing)),
    };
    match check {
        Ok(check) => Ok(Filed::First(Found { check, unit })),
        // Another call was first; this one comes after it.
        Err(Failure::Store(error)) if is_taken(&error) => {
            let before = store::find(connection, unit.id, filing.quarter)?.ok_or(StoreError::Busy)?;
            correct(connection, writing, filing, Found { check: before, unit })
        }
        Err(failure) => Err(failure),
    }
}

/// A self-check that the caller may read.
///
/// # Errors
/// [`Refusal::NotFound`] for a unit that the caller may not know of and for one that has filed none, a role that reads
/// no self-checks; and the failures of the store.
pub fn find_visible(
    connection: &mut Connection,
    caller: &Caller,
    enterprise: EnterpriseId,
    quarter: Quarter,
) -> Result<Found, Failure> {
    let unit = enterprises::find_visible(connection, caller, enterprise)?;
    may_read(caller)?;
    let check = store::find(connection, unit.id, quarter)?.ok_or(Refusal::NotFound)?;
    Ok(Found { check, unit })
}

/// Refuses a caller who has no business in self-checks.
///
/// # Errors
/// [`Refusal::RoleNotAllowed`].
pub fn may_read(caller: &Caller) -> Result<(), Refusal> {
    if caller.has_any(READS_SELF_CHECKS) {
        Ok(())
    } else {
        Err(Refusal::role_not_allowed(READS_SELF_CHECKS))
    }
}

/// Leaves of the hazards only those that the caller may know of.
///
/// # Errors
/// The failures of the store.
pub fn shown_to(connection: &mut Connection, caller: &Caller, mut check: SelfCheck) -> Result<SelfCheck, Failure> {
    let mut known = Vec::new();
    for id in check.findings.hazards {
        if rules::known(connection, caller, id)?.is_some() {
            known.push(id);
        }
    }
    check.findings.hazards = known;
    Ok(check)
}

/// What a unit had said of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// When it first filed for the quarter; nothing when it did not.
    pub filed_at: Option<Instant>,
    /// Its last self-check before the day, in the words that it had filed until then.
    pub last: Option<SelfCheck>,
}

/// How a unit stood: whether it filed for a quarter, and what its last self-check before a day said.
///
/// # Errors
/// The failures of the store.
pub fn standing(
    connection: &mut Connection,
    enterprise: EnterpriseId,
    quarter: Quarter,
    before: Day,
) -> Result<Standing, StoreError> {
    Ok(Standing {
        filed_at: store::filed_at(connection, enterprise, quarter)?,
        last: store::last_before(connection, enterprise, before)?,
    })
}

fn first(connection: &mut Connection, writing: &Writing, filing: &Filing) -> Result<SelfCheck, Failure> {
    if filing.expected_version.is_some() {
        return Err(Refusal::Stale { current: 0 }.into());
    }
    let check = SelfCheck {
        id: filing.fresh,
        enterprise: filing.enterprise,
        quarter: filing.quarter,
        filed_at: writing.now,
        version: 1,
        updated_at: writing.now,
        findings: filing.body.findings(),
    };
    // Before the reports, so that of two calls at once the second waits here and finds what the first reported.
    store::insert(connection, &check)?;
    obey(connection, writing, filing)?;
    record(connection, writing, &check, "file")?;
    Ok(check)
}

fn correct(
    connection: &mut Connection,
    writing: &Writing,
    filing: &Filing,
    Found { check: before, unit }: Found,
) -> Result<Filed, Failure> {
    let after = SelfCheck {
        version: before.version + 1,
        updated_at: writing.now,
        findings: filing.body.findings(),
        ..before.clone()
    };
    if after.findings == before.findings {
        // Only a hazard that was reported otherwise than now can still be in the way.
        refuse(report(connection, writing, filing)?)?;
        return Ok(Filed::Again(Found { check: before, unit }));
    }
    match filing.expected_version {
        None => return Err(Refusal::VersionNotNamed.into()),
        Some(expected) if expected != before.version => {
            return Err(Refusal::Stale {
                current: before.version,
            }
            .into());
        }
        Some(_) => {}
    }
    if !store::advance(connection, &after)? {
        let current = store::find(connection, unit.id, filing.quarter)?;
        let current = current.ok_or(StoreError::Busy)?.version;
        return Err(Refusal::Stale { current }.into());
    }
    obey(connection, writing, filing)?;
    record(connection, writing, &after, "correct")?;
    Ok(Filed::Again(Found { check: after, unit }))
}

/// Holds the body against the rules and puts on record what it reports.
fn obey(connection: &mut Connection, writing: &Writing, filing: &Filing) -> Result<(), Failure> {
    let today = writing.now.day();
    let mut broken = rules::broken(connection, &writing.caller, &filing.body, filing.quarter, today)?;
    broken.extend(report(connection, writing, filing)?);
    refuse(broken)
}

fn refuse(broken: Vec<BrokenRule>) -> Result<(), Failure> {
    if broken.is_empty() {
        Ok(())
    } else {
        Err(Refusal::Rules(broken).into())
    }
}

/// Reports the hazards of the body through the door of the ledger; what the ledger holds against them is told with its
/// place in the body.
fn report(connection: &mut Connection, writing: &Writing, filing: &Filing) -> Result<Vec<BrokenRule>, Failure> {
    let mut broken = Vec::new();
    for (index, (report, salt)) in filing.body.reports.iter().zip(&filing.salts).enumerate() {
        let Some(id) = report.id else {
            continue;
        };
        let writing = Writing {
            salt: *salt,
            ..writing.clone()
        };
        let place = format!("/reports/{index}");
        let reported = hazards::report_at(connection, &writing, report, id, &place)?;
        broken.extend(reported.err().unwrap_or_default());
    }
    Ok(broken)
}

fn is_taken(error: &StoreError) -> bool {
    error.is_unique(
        "self_checks_once_a_quarter",
        "self_checks.enterprise_id, self_checks.quarter",
    )
}

fn record(
    connection: &mut Connection,
    writing: &Writing,
    check: &SelfCheck,
    action: &'static str,
) -> Result<(), StoreError> {
    journal::append(
        connection,
        Draft {
            subject: Subject::from(check.id),
            version: check.version,
            action,
            event_type: "self_check.filed".to_owned(),
            from: None,
            to: None,
            at: check.updated_at,
            actor: Actor::from(&writing.caller),
            payload: serde_json::to_value(check).map_err(|error| StoreError::Corrupt(error.to_string()))?,
            salt: writing.salt,
        },
    )
}
