//! The refusal of a version that is not the present one: it tells what a `GET` of the hazard and of its history would.

use serde_json::{Value, json};

use super::viewing;
use crate::hazards::act::Writing;
use crate::hazards::found::Found;
use crate::hazards::missed;
use crate::hazards::store::Reference;
use crate::hazards::view::{EventView, HazardView};
use crate::law::refusal::Refusal;
use crate::store::{Connection, Failure, Reply};
use crate::values::Language;
use crate::web::problems::Problem;

/// What a caller saw, and how the answer is to be told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) writing: &'a Writing,
    pub(super) reference: Reference,
    pub(super) version: i64,
    pub(super) language: Language,
    pub(super) with_actions: bool,
}

/// What was written, or the refusal of a stale version as an answer. Whatever else went wrong stays what it is.
///
/// # Errors
/// Every failure but a stale version.
pub(super) fn or_told(
    connection: &mut Connection,
    written: Result<Found, Failure>,
    seen: Seen<'_>,
    accepted: impl FnOnce(Found) -> Result<Reply, Failure>,
    told: impl FnOnce(&Problem) -> Reply,
) -> Result<Reply, Failure> {
    match written {
        Ok(found) => accepted(found),
        Err(Failure::Refusal(stale @ Refusal::Stale { .. })) => Ok(told(&problem(connection, stale, seen))),
        Err(failure) => Err(failure),
    }
}

/// The refusal with what the caller missed; without it where that cannot be read.
pub(super) fn problem(connection: &mut Connection, stale: Refusal, seen: Seen<'_>) -> Problem {
    let refused = Problem::from(stale);
    // A look that fails must not take the transaction of the refusal with it.
    let members = connection.nested(|connection| members(connection, seen));
    members
        .unwrap_or_default()
        .into_iter()
        .fold(refused, |refused, (name, value)| refused.with_member(name, value))
}

fn members(connection: &mut Connection, seen: Seen<'_>) -> Result<Vec<(&'static str, Value)>, Failure> {
    let Seen {
        writing,
        language,
        with_actions,
        ..
    } = seen;
    let missed = missed::since(connection, &writing.caller, seen.reference, seen.version)?;
    let viewing = viewing(writing, language, with_actions);
    let events = missed.events.into_iter();
    let since: Vec<EventView> = events
        .filter_map(|event| EventView::of(event, &writing.caller))
        .collect();
    let current = HazardView::of(missed.found, viewing);
    let mut members = vec![("current_version", json!(current.version))];
    if missed.is_part {
        members.push(("history", json!(format!("/v1/hazards/{}/events", current.id))));
    }
    members.extend([("current", json!(current)), ("since", json!(since))]);
    Ok(members)
}
