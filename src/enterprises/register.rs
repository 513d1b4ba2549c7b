//! The use cases on one unit: find it, register it, change it.

use serde_json::Value;

use super::bodies::{EnterpriseBody, EnterprisePatch};
use super::model::Enterprise;
use super::store;
use crate::journal::{self, Actor, Draft, Subject};
use crate::law::guards::{Broken, Guard};
use crate::law::refusal::Refusal;
use crate::law::scope::{Caller, MANAGES_REFERENCE_DATA, Scope};
use crate::store::{Connection, Failure, StoreError};
use crate::values::{AreaCode, EnterpriseId, IndustryCode, Instant, Label, Uscc};

/// Events of a unit that are read at once.
const AT_ONCE: i64 = 100;

/// The unit, when the caller may know of it.
///
/// # Errors
/// [`Refusal::NotFound`] when it does not exist or lies outside the caller's scope, [`Refusal::NoReadRight`] for a caller
/// who reads no unit at all; and the failures of the store.
pub fn find_visible(connection: &mut Connection, caller: &Caller, id: EnterpriseId) -> Result<Enterprise, Failure> {
    let scope = caller.register_scope().ok_or(Refusal::NoReadRight)?;
    let unit = store::find(connection, id)?.ok_or(Refusal::NotFound)?;
    if scope.covers(&unit.area, &unit.industry, &unit.uscc) {
        Ok(unit)
    } else {
        Err(Refusal::NotFound.into())
    }
}

/// Whether a unit lay in a scope after one of its events from `version` on.
///
/// # Errors
/// The failures of the store.
pub fn was_within(
    connection: &mut Connection,
    scope: &Scope,
    id: EnterpriseId,
    version: i64,
) -> Result<bool, StoreError> {
    let mut after = version - 1;
    loop {
        let events = journal::after(connection, Subject::from(id), after, AT_ONCE)?;
        let Some(last) = events.last() else {
            return Ok(false);
        };
        after = last.version;
        if events.iter().any(|event| lay_within(scope, &event.payload)) {
            return Ok(true);
        }
    }
}

/// The payload of each event is the unit as it stood then.
fn lay_within(scope: &Scope, unit: &Value) -> bool {
    let member = |name: &str| unit.get(name).and_then(Value::as_str).unwrap_or_default();
    match (
        member("area").parse(),
        member("industry").parse(),
        member("uscc").parse(),
    ) {
        (Ok(area), Ok(industry), Ok(uscc)) => scope.covers(&area, &industry, &uscc),
        _ => false,
    }
}

/// Registers a unit under a new id, with a salt of its own for the event.
///
/// # Errors
/// A role that may not, an area or industry outside the caller's, a unified social credit code that is taken; and the
/// failures of the store.
pub fn register(
    connection: &mut Connection,
    caller: &Caller,
    body: &EnterpriseBody,
    id: EnterpriseId,
    now: Instant,
    salt: [u8; 16],
) -> Result<Enterprise, Failure> {
    may_manage(caller)?;
    reaches(caller, &body.area, &body.industry, &body.uscc)?;
    if !store::taken(connection, std::slice::from_ref(&body.uscc))?.is_empty() {
        return Err(taken());
    }
    insert(connection, caller, body, id, now, salt)
}

/// Changes the unit that the caller saw at version `expected`. A patch that changes nothing leaves no trace.
///
/// # Errors
/// Not visible, a role that may not, a stale version, an area or industry outside the caller's after the change; and the
/// failures of the store.
pub fn amend(
    connection: &mut Connection,
    caller: &Caller,
    id: EnterpriseId,
    expected: i64,
    patch: &EnterprisePatch,
    (now, salt): (Instant, [u8; 16]),
) -> Result<Enterprise, Failure> {
    let before = find_visible(connection, caller, id)?;
    may_manage(caller)?;
    if before.version != expected {
        return Err(Refusal::Stale {
            current: before.version,
        }
        .into());
    }
    let mut after = patch.applied_to(&before).map_err(Refusal::Faults)?;
    if after == before {
        return Ok(before);
    }
    reaches(caller, &after.area, &after.industry, &after.uscc)?;
    after.version += 1;
    after.updated_at = now;
    if !store::update(connection, &after)? {
        let current = store::find(connection, id)?.ok_or(Refusal::NotFound)?.version;
        return Err(Refusal::Stale { current }.into());
    }
    record(connection, caller, &after, "change", "enterprise.changed", salt)?;
    Ok(after)
}

/// Writes a unit that was checked: row and event.
///
/// # Errors
/// A code that was taken meanwhile; and the failures of the store.
pub fn insert(
    connection: &mut Connection,
    caller: &Caller,
    body: &EnterpriseBody,
    id: EnterpriseId,
    now: Instant,
    salt: [u8; 16],
) -> Result<Enterprise, Failure> {
    let body = body.clone();
    let unit = Enterprise {
        id,
        uscc: body.uscc,
        name: body.name,
        industry: body.industry,
        area: body.area,
        address: body.address,
        principal: body.principal,
        controller: body.controller,
        committee: body.committee,
        location: body.location,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    store::insert(connection, &unit).map_err(|error| {
        // Two callers may register one unit at once; the second learns it from the key.
        if error.is_unique("enterprises_uscc_key", "enterprises.uscc") {
            taken()
        } else {
            error.into()
        }
    })?;
    record(connection, caller, &unit, "register", "enterprise.registered", salt)?;
    Ok(unit)
}

/// Refuses a caller who does not keep the register.
///
/// # Errors
/// [`Refusal::RoleNotAllowed`].
pub fn may_manage(caller: &Caller) -> Result<(), Refusal> {
    if caller.has_any(MANAGES_REFERENCE_DATA) {
        Ok(())
    } else {
        Err(Refusal::role_not_allowed(MANAGES_REFERENCE_DATA))
    }
}

/// Refuses a place or industry in which the caller may not act. The caller said it, so nothing is given away.
///
/// # Errors
/// The guard of the law that says so.
pub fn reaches(caller: &Caller, area: &AreaCode, industry: &IndustryCode, uscc: &Uscc) -> Result<(), Refusal> {
    let scope = caller.register_scope().ok_or(Refusal::NoReadRight)?;
    if scope.covers(area, industry, uscc) {
        return Ok(());
    }
    let pointer = if scope.areas.cover(area) { "/industry" } else { "/area" };
    Err(Refusal::Broken(vec![Broken {
        guard: Guard::InsideScope,
        pointer: pointer.to_owned(),
    }]))
}

fn taken() -> Failure {
    Refusal::Exists {
        code: "already_exists",
        detail: Label {
            zh: "该统一社会信用代码已登记",
            en: "a unit with this unified social credit code is on record",
        },
    }
    .into()
}

fn record(
    connection: &mut Connection,
    caller: &Caller,
    unit: &Enterprise,
    action: &'static str,
    event_type: &str,
    salt: [u8; 16],
) -> Result<(), StoreError> {
    journal::append(
        connection,
        Draft {
            subject: Subject::from(unit.id),
            version: unit.version,
            action,
            event_type: event_type.to_owned(),
            from: None,
            to: None,
            at: unit.updated_at,
            actor: Actor::from(caller),
            payload: serde_json::to_value(unit).map_err(|error| StoreError::Corrupt(error.to_string()))?,
            salt,
        },
    )
}
