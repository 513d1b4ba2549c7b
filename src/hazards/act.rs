//! The use case of every action: ask the law, fold what happened, and write the row with its event in one transaction.

use serde_json::Value;

use super::bodies::{ActionBody, AmendBody};
use super::fold::{self, AMEND, Entry, Payload};
use super::found::Found;
use super::model::Hazard;
use super::notify;
use super::resolve;
use super::store::{self, Days, Reference};
use crate::journal::{self, Actor, Draft, Subject};
use crate::law::deadlines;
use crate::law::decide::{Permit, Question, decide};
use crate::law::facts::BodyFacts;
use crate::law::lifecycle::{Action, State};
use crate::law::policy::Policy;
use crate::law::refusal::Refusal;
use crate::law::reminders;
use crate::law::scope::{Caller, Role, Scope};
use crate::store::{Connection, Failure, StoreError};
use crate::values::{Day, Instant, Label, Vocabulary};

/// What every write needs besides its body: who, when, under which policy, and the salt of the event.
#[derive(Debug, Clone)]
pub struct Writing {
    /// The caller.
    pub caller: Caller,
    /// The moment of the write.
    pub now: Instant,
    /// The policy in force.
    pub policy: std::sync::Arc<Policy>,
    /// Salt of the event's hash.
    pub salt: [u8; 16],
}

/// What the caller asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Which hazard.
    pub reference: Reference,
    /// The version that the caller saw.
    pub expected_version: i64,
    /// The action.
    pub action: Action,
    /// Its body.
    pub body: ActionBody,
}

/// Performs an action and returns the hazard as it stands after it.
///
/// # Errors
/// The refusals of the law, in this order: not to be known, not this role, stale, not in this state, a rule says no;
/// and the failures of the store. Nothing is changed then.
pub fn act(connection: &mut Connection, writing: &Writing, request: &Request) -> Result<Found, Failure> {
    let before = visible(connection, &writing.caller, request.reference)?;
    let facts = resolve::action_facts(connection, &writing.caller, &before.hazard, &request.body)?;
    let step = step(writing, &before, request, &facts)?;
    let after = step.after;
    let notice = step.permit.notice();
    store::advance(connection, step.permit, &before.hazard, &after, step.days)?;
    resolve::cite_action(connection, after.id, &request.body)?;
    journal::append(connection, step.draft)?;
    if let Some(kind) = notice {
        for draft in notify::of_action(connection, writing, kind, &after, &request.body)? {
            journal::append(connection, draft)?;
        }
    }
    Ok(before.followed_by(connection, after)?)
}

/// What an action makes of a hazard, decided and folded and not yet written.
#[derive(Debug)]
pub struct Step {
    /// The law's word for it.
    pub permit: Permit,
    /// The hazard after it.
    pub after: Hazard,
    /// What its row keeps beside it.
    pub days: Days,
    /// The event.
    pub draft: Draft,
}

/// Decides on an action and folds it, without the database.
///
/// # Errors
/// As [`act`], for a hazard that the caller may know of.
pub fn step(writing: &Writing, found: &Found, request: &Request, body: &BodyFacts) -> Result<Step, Failure> {
    let before = &found.hazard;
    let verdict = decide(&Question {
        hazard: &found.facts(&writing.policy),
        caller: &writing.caller,
        action: request.action,
        body: Some(body),
        now: writing.now,
        policy: &writing.policy,
    });
    if let Err(refusal @ Refusal::RoleNotAllowed { .. }) = verdict {
        return Err(refusal.into());
    }
    check_version(before, request.expected_version)?;
    let permit = verdict?;
    let payload = to_json(&Payload {
        body: request
            .body
            .payload()
            .map_err(|error| StoreError::Corrupt(error.to_string()))?,
        clocks: deadlines::effective(permit.clock_steps(), &before.clocks),
        policy: permit.policy_version().to_owned(),
        record: None,
    })?;
    let draft = draft(
        writing,
        before,
        request.action.code(),
        format!("hazard.{}", request.action.past_tense()),
        permit.to(),
        payload,
    );
    let after = fold::apply(Some(before.clone()), Entry::from(&draft))?;
    Ok(Step {
        days: days(&after, &writing.policy, writing.now),
        permit,
        after,
        draft,
    })
}

/// Puts the description right, until the hazard is confirmed. Whoever reported it may, and those who judge it.
///
/// # Errors
/// As [`act`]; [`Refusal::Frozen`] once the hazard is confirmed.
pub fn amend(
    connection: &mut Connection,
    writing: &Writing,
    reference: Reference,
    expected_version: i64,
    body: &AmendBody,
) -> Result<Found, Failure> {
    let before = visible(connection, &writing.caller, reference)?;
    let judges = [Role::Committee, Role::Regulator];
    let reported_it = before.hazard.reported_by == writing.caller.subject;
    if !reported_it && !writing.caller.has_any(&judges) {
        return Err(Refusal::role_not_allowed(&judges).into());
    }
    check_version(&before.hazard, expected_version)?;
    if before.hazard.status != State::Reported {
        return Err(Refusal::Frozen {
            code: "hazard_already_judged",
            detail: Label {
                zh: "隐患已作认定，描述不能再改；请使用相应操作",
                en: "the hazard has been judged; its description changes only by an action",
            },
        }
        .into());
    }
    let payload = to_json(&Payload {
        body: to_json(body)?,
        clocks: Vec::new(),
        policy: writing.policy.version().to_owned(),
        record: None,
    })?;
    let draft = draft(
        writing,
        &before.hazard,
        AMEND,
        "hazard.amended".to_owned(),
        before.hazard.status,
        payload,
    );
    let after = fold::apply(Some(before.hazard.clone()), Entry::from(&draft))?;
    store::amend(
        connection,
        &before.hazard,
        &after,
        &before.enterprise_name,
        days(&after, &writing.policy, writing.now),
    )?;
    journal::append(connection, draft)?;
    Ok(before.followed_by(connection, after)?)
}

/// A hazard that the caller may know of.
///
/// # Errors
/// [`Refusal::NoReadRight`] for a caller who may read no hazard at all, [`Refusal::NotFound`] for one outside the
/// caller's scope as for one that does not exist.
pub fn visible(connection: &mut Connection, caller: &Caller, reference: Reference) -> Result<Found, Failure> {
    // A caller without any right to read learns it before anything is looked for.
    let scope = caller.ledger_scope().ok_or(Refusal::NoReadRight)?;
    let found = store::find(connection, reference)?.ok_or(Refusal::NotFound)?;
    covered(&scope, &found.hazard)?;
    Ok(found)
}

/// Whether a hazard may be known within a scope.
///
/// # Errors
/// [`Refusal::NotFound`] when it may not.
pub fn covered(scope: &Scope, hazard: &Hazard) -> Result<(), Refusal> {
    if scope.covers(&hazard.area, &hazard.industry, &hazard.uscc) {
        Ok(())
    } else {
        Err(Refusal::NotFound)
    }
}

/// The days that a row keeps beside the hazard, so that it is found by them.
pub fn days(hazard: &Hazard, policy: &Policy, now: Instant) -> Days {
    Days {
        next_due_on: deadlines::next_due_on(&hazard.clocks, policy.calendar()).unwrap_or(Day::NEVER),
        // What is owed already may not be served yet; whoever looks will know.
        remind_on: if reminders::owed(&hazard.clocks, policy, now).is_empty() {
            remind_on(hazard, policy, now)
        } else {
            now.day()
        },
        mark: policy.mark(),
    }
}

/// The day on which the unit has to be reminded next.
pub fn remind_on(hazard: &Hazard, policy: &Policy, now: Instant) -> Day {
    reminders::next(&hazard.clocks, policy, now).unwrap_or(Day::NEVER)
}

/// Anything as JSON.
///
/// # Errors
/// When a number has no JSON form.
pub fn to_json(value: &impl serde::Serialize) -> Result<Value, StoreError> {
    serde_json::to_value(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn check_version(hazard: &Hazard, expected: i64) -> Result<(), Refusal> {
    if hazard.version == expected {
        Ok(())
    } else {
        Err(Refusal::Stale {
            current: hazard.version,
        })
    }
}

fn draft(
    writing: &Writing,
    before: &Hazard,
    action: &'static str,
    event_type: String,
    to: State,
    payload: Value,
) -> Draft {
    Draft {
        subject: Subject::from(before.id),
        version: before.version + 1,
        action,
        event_type,
        from: Some(before.status.code()),
        to: Some(to.code()),
        at: writing.now,
        actor: Actor::from(&writing.caller),
        payload,
        salt: writing.salt,
    }
}
