//! The use case of a report: put a hazard on record, with its number.

use serde::Deserialize as _;

use super::act::{Writing, days, to_json};
use super::bodies::ReportBody;
use super::fold::{self, Entry, Payload, Record};
use super::found::Found;
use super::resolve;
use super::store::{self, Reference};
use crate::attachments;
use crate::enterprises;
use crate::journal::{self, Actor, Draft, Event, Subject};
use crate::law::decide::decide_report;
use crate::law::guards::Guard;
use crate::law::lifecycle::{Action, roles_of};
use crate::law::refusal::{BrokenRule, Refusal};
use crate::store::{Connection, Failure};
use crate::values::{Fault, Faults, HazardId, Label, Vocabulary};

/// What became of a report.
#[derive(Debug, Clone, PartialEq)]
pub enum Reported {
    /// It is on record now.
    New(Found),
    /// The same caller had sent the same report under the same id before.
    Before(Found),
}

/// Puts a hazard on record. `fresh` is its id when the client chose none.
///
/// # Errors
/// The refusals of the law, a unit or hazard that is not known, an id that is taken; and the failures of the store.
pub fn report(
    connection: &mut Connection,
    writing: &Writing,
    body: &ReportBody,
    fresh: HazardId,
) -> Result<Reported, Failure> {
    let roles = roles_of(Action::Report);
    if !writing.caller.has_any(roles) {
        return Err(Refusal::role_not_allowed(roles).into());
    }
    let id = body.id.unwrap_or(fresh);
    if let Some(before) = store::find(connection, Reference::Id(id))? {
        return repeated(connection, writing, body, before).map(Reported::Before);
    }
    let mut facts = resolve::report_facts(connection, &writing.caller, body)?;
    let enterprise = match enterprises::find_visible(connection, &writing.caller, body.enterprise) {
        Ok(enterprise) => enterprise,
        Err(Failure::Refusal(Refusal::NotFound)) => return Err(Refusal::one(Guard::UnitKnown, "/enterprise").into()),
        Err(failure) => return Err(failure),
    };
    if let Some(earlier) = body.recurrence_of {
        let found = store::find(connection, Reference::Id(earlier))?;
        facts.recurrence_known = Some(found.is_some_and(|found| found.hazard.enterprise_id == enterprise.id));
    }
    let industry = body.industry.clone().unwrap_or_else(|| enterprise.industry.clone());
    let permit = decide_report(
        &writing.caller,
        &facts,
        &body.area,
        &industry,
        &enterprise.uscc,
        writing.now,
        &writing.policy,
    )?;
    let county = body
        .area
        .county()
        .map_err(|code| Failure::from(Refusal::Faults(Fault::new("/area", code).into())))?;
    let record = Record {
        id,
        number: store::next_number(connection, county, writing.now.day().year())?,
        uscc: enterprise.uscc.clone(),
        industry,
    };
    let draft = Draft {
        subject: Subject::from(id),
        version: 1,
        action: Action::Report.code(),
        event_type: format!("hazard.{}", Action::Report.past_tense()),
        from: None,
        to: Some(permit.to().code()),
        at: writing.now,
        actor: Actor::from(&writing.caller),
        payload: to_json(&Payload {
            body: to_json(body)?,
            clocks: permit.clock_steps().to_vec(),
            policy: permit.policy_version().to_owned(),
            record: Some(record),
        })?,
        salt: writing.salt,
    };
    let hazard = fold::apply(None, Entry::from(&draft))?;
    let enterprise_name = enterprise.name.to_string();
    store::insert(
        connection,
        permit,
        &hazard,
        &enterprise_name,
        days(&hazard, &writing.policy, writing.now),
    )?;
    attachments::cite(connection, id, "report", &hazard.attachments)?;
    journal::append(connection, draft)?;
    Ok(Reported::New(Found {
        hazard,
        enterprise_name,
        evidence_outstanding: false,
    }))
}

/// Puts a hazard on record that stands within another body, at the pointer `place`, or returns what the ledger holds against
/// it, each with its place in that body.
///
/// # Errors
/// Faults of the report, placed likewise, and every refusal that no place is to blame for; and the failures of the store.
pub fn report_at(
    connection: &mut Connection,
    writing: &Writing,
    body: &ReportBody,
    id: HazardId,
    place: &str,
) -> Result<Result<Reported, Vec<BrokenRule>>, Failure> {
    let at = |pointer: &str| format!("{place}{pointer}");
    match report(connection, writing, body, id) {
        Ok(reported) => Ok(Ok(reported)),
        Err(Failure::Refusal(Refusal::Broken(guards))) => Ok(Err(guards
            .iter()
            .map(|found| BrokenRule::new(found.guard.code(), at(&found.pointer)))
            .collect())),
        Err(Failure::Refusal(Refusal::Exists { code, .. })) => Ok(Err(vec![BrokenRule::new(code, at("/id"))])),
        Err(Failure::Refusal(Refusal::Faults(Faults(faults)))) => {
            let placed = faults.into_iter().map(|mut fault| {
                fault.pointer = at(&fault.pointer);
                fault
            });
            Err(Refusal::Faults(Faults(placed.collect())).into())
        }
        Err(failure) => Err(failure),
    }
}

/// A repeat is told by the body of the first event. Whoever else chose the same id learns only that it is taken.
fn repeated(
    connection: &mut Connection,
    writing: &Writing,
    body: &ReportBody,
    before: Found,
) -> Result<Found, Failure> {
    let first = journal::after(connection, Subject::from(before.hazard.id), 0, 1)?;
    // As bodies and not as JSON, in which the journal writes a whole number without its point.
    let says_the_same = |event: &Event| {
        let kept = event.payload.get("body").map(ReportBody::deserialize);
        kept.is_some_and(|kept| kept.is_ok_and(|kept| kept == *body))
    };
    let same = first
        .first()
        .is_some_and(|event| event.actor.subject == writing.caller.subject && says_the_same(event));
    if same {
        Ok(before)
    } else {
        Err(Refusal::Exists {
            code: "already_exists",
            detail: Label {
                zh: "该编号（id）已被另一份报告使用",
                en: "the id belongs to another report",
            },
        }
        .into())
    }
}
