//! The use cases that write: register an authority, change one.

use super::bodies::{AuthorityBody, AuthorityPatch};
use super::model::{Authority, AuthorityCode};
use super::store;
use crate::journal::{self, Actor, Draft, Subject, SubjectKind};
use crate::law::guards::{Broken, Guard};
use crate::law::refusal::Refusal;
use crate::law::scope::{Areas, Caller, MANAGES_REFERENCE_DATA};
use crate::store::{Connection, Failure, StoreError};
use crate::values::{AuthorityId, Fault, FaultCode, Faults, Instant, Label, Prefix};

/// More authorities above one another than any country has; a longer line is a circle.
const LINE_LIMIT: u32 = 16;

/// Registers an authority under a new id, with a salt of its own for the event.
///
/// # Errors
/// A role that may not, areas outside the caller's, a code that is taken, an unfit parent; and the failures of the store.
pub fn register(
    connection: &mut Connection,
    caller: &Caller,
    body: &AuthorityBody,
    id: AuthorityId,
    now: Instant,
    salt: [u8; 16],
) -> Result<Authority, Failure> {
    let authority = Authority {
        id,
        code: body.code.clone(),
        name: body.name.clone(),
        level: body.level,
        parent: body.parent.clone(),
        areas: body.areas.to_vec(),
        industries: body.industries.to_vec(),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    may_manage(caller)?;
    check(connection, &authority)?;
    reaches(caller, &authority)?;
    if store::find(connection, &authority.code)?.is_some() {
        return Err(taken());
    }
    store::insert(connection, &authority).map_err(|error| {
        // Two callers may register one code at once; the second learns it from the key.
        if error.is_unique("authorities_code_key", "authorities.code") {
            taken()
        } else {
            error.into()
        }
    })?;
    record(connection, caller, &authority, "register", "authority.registered", salt)?;
    Ok(authority)
}

/// Changes the authority that the caller saw at version `expected`. A patch that changes nothing leaves no trace.
///
/// # Errors
/// Not on record, a role that may not, areas outside the caller's before or after, a stale version, an unfit parent; and
/// the failures of the store.
pub fn amend(
    connection: &mut Connection,
    caller: &Caller,
    code: &AuthorityCode,
    expected: i64,
    patch: &AuthorityPatch,
    (now, salt): (Instant, [u8; 16]),
) -> Result<Authority, Failure> {
    let before = store::find(connection, code)?.ok_or(Refusal::NotFound)?;
    may_manage(caller)?;
    reaches(caller, &before)?;
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
    after.version += 1;
    after.updated_at = now;
    check(connection, &after)?;
    reaches(caller, &after)?;
    if store::highest_below(connection, code)?.is_some_and(|highest| highest > after.level) {
        let fault = Fault::new("/level", FaultCode::Contradiction).hinting("an authority below ranks higher");
        return Err(Refusal::Faults(fault.into()).into());
    }
    if !store::update(connection, &after)? {
        let current = store::find(connection, code)?.ok_or(Refusal::NotFound)?.version;
        return Err(Refusal::Stale { current }.into());
    }
    record(connection, caller, &after, "change", "authority.changed", salt)?;
    Ok(after)
}

fn may_manage(caller: &Caller) -> Result<(), Refusal> {
    if caller.has_any(MANAGES_REFERENCE_DATA) {
        Ok(())
    } else {
        Err(Refusal::role_not_allowed(MANAGES_REFERENCE_DATA))
    }
}

/// Whoever keeps the register keeps it for its own areas and industries, as everywhere.
fn reaches(caller: &Caller, authority: &Authority) -> Result<(), Refusal> {
    let mut broken = Vec::new();
    let mut outside = |pointer: &str| {
        broken.push(Broken {
            guard: Guard::InsideScope,
            pointer: pointer.to_owned(),
        });
    };
    let area_fits = match &caller.areas {
        Areas::All => true,
        Areas::Within(own) => within(own, &authority.areas),
    };
    if !area_fits {
        outside("/areas");
    }
    let all_industries = caller.industries.is_empty();
    if !all_industries && (authority.industries.is_empty() || !within(&caller.industries, &authority.industries)) {
        outside("/industries");
    }
    if broken.is_empty() {
        Ok(())
    } else {
        Err(Refusal::Broken(broken))
    }
}

fn within<P: Prefix>(own: &[P], asked: &[P]) -> bool {
    asked
        .iter()
        .all(|asked| own.iter().any(|own| own.contains(asked.as_str())))
}

/// What the type of the body cannot say: an area at least, and a line of authorities that ends.
fn check(connection: &mut Connection, authority: &Authority) -> Result<(), Failure> {
    let mut faults = Faults::default();
    if authority.areas.is_empty() {
        faults.push(Fault::new("/areas", FaultCode::TooFew).hinting("1"));
    }
    let mut above = authority.parent.clone();
    for step in 0..LINE_LIMIT {
        let Some(code) = above else {
            break;
        };
        let parent = store::find(connection, &code)?;
        match parent {
            _ if code == authority.code => {
                faults.push(Fault::new("/parent", FaultCode::Contradiction).hinting(code.to_string()));
                above = None;
            }
            None => {
                faults.push(Fault::new("/parent", FaultCode::NotFound).hinting(code.to_string()));
                above = None;
            }
            Some(parent) => {
                if step == 0 && parent.level < authority.level {
                    faults.push(Fault::new("/level", FaultCode::Contradiction).hinting("parent"));
                }
                above = parent.parent;
            }
        }
    }
    faults.none_or(()).map_err(|faults| Refusal::Faults(faults).into())
}

fn taken() -> Failure {
    Refusal::Exists {
        code: "already_exists",
        detail: Label {
            zh: "该机构代码已登记",
            en: "an authority with this code is on record",
        },
    }
    .into()
}

fn record(
    connection: &mut Connection,
    caller: &Caller,
    authority: &Authority,
    action: &'static str,
    event_type: &str,
    salt: [u8; 16],
) -> Result<(), StoreError> {
    journal::append(
        connection,
        Draft {
            subject: Subject {
                kind: SubjectKind::Authority,
                id: authority.id.uuid(),
            },
            version: authority.version,
            action,
            event_type: event_type.to_owned(),
            from: None,
            to: None,
            at: authority.updated_at,
            actor: Actor::from(caller),
            payload: serde_json::to_value(authority).map_err(|error| StoreError::Corrupt(error.to_string()))?,
            salt,
        },
    )
}
