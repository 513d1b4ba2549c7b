//! The ledger as it stood at an earlier moment: the fold of the events up to then.
//!
//! What a hazard lies in and belongs to never changes, so whoever may know of it now may know of it then. Its unit goes by its
//! present name, and deadlines are reckoned under the policy in force.

use super::act::{days, visible};
use super::fold::{self, Entry};
use super::found::Found;
use super::list::{self, Filter, Place, Sort};
use super::model::Hazard;
use super::store::Reference;
use crate::journal::{self, Subject};
use crate::law::policy::Policy;
use crate::law::refusal::Refusal;
use crate::law::scope::{Caller, Scope};
use crate::store::{Connection, Failure, StoreError};
use crate::values::Instant;

/// Events that are read at once, so that a long history is never whole in memory.
const EVENTS: i64 = 200;
/// Hazards that one page of an earlier list looks at, at most.
const LOOKED_AT: usize = 1000;

/// A hazard that the caller may know of, as it stood at that moment.
///
/// # Errors
/// As [`visible`]; [`Refusal::NotFound`] when it was not on record yet.
pub fn visible_at(
    connection: &mut Connection,
    caller: &Caller,
    reference: Reference,
    moment: Instant,
) -> Result<Found, Failure> {
    let found = visible(connection, caller, reference)?;
    Ok(stood(connection, found, moment)?.ok_or(Refusal::NotFound)?)
}

/// The hazard as it stood at that moment; nothing when it was not on record yet.
fn stood(connection: &mut Connection, found: Found, moment: Instant) -> Result<Option<Found>, StoreError> {
    if is_since(&found.hazard, moment) {
        return Ok(Some(found));
    }
    let subject = Subject::from(found.hazard.id);
    let (mut hazard, mut version) = (None, 0);
    loop {
        let events = journal::after(connection, subject, version, EVENTS)?;
        let Some(last) = events.last().map(|event| event.version) else {
            break;
        };
        for event in events.iter().take_while(|event| event.at <= moment) {
            hazard = Some(fold::apply(hazard, Entry::from(event))?);
            version = event.version;
        }
        if version < last {
            break;
        }
    }
    Ok(hazard.map(|hazard| Found { hazard, ..found }))
}

/// Whether a hazard has stood as it stands since that moment or before.
fn is_since(hazard: &Hazard, moment: Instant) -> bool {
    // A corrected calendar is nobody's change, but an event.
    let corrected = hazard.corrections.last().map(|correction| correction.at);
    hazard.updated_at <= moment && corrected.is_none_or(|at| at <= moment)
}

/// A page of the list as it stood at that moment: at most `limit` hazards after `place`. There may be fewer, or none, and
/// still a place to go on from: what stood otherwise then is rebuilt, and no page rebuilds more than [`LOOKED_AT`].
///
/// # Errors
/// The failures of the store.
pub fn page_at(
    connection: &mut Connection,
    (scope, policy, moment): (&Scope, &Policy, Instant),
    filter: &Filter,
    sort: Sort,
    mut place: Option<Place>,
    limit: i64,
) -> Result<list::Slice, StoreError> {
    let lasting = filter.lasting(moment);
    let full = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut page = Vec::new();
    let mut looked_at = 0;
    loop {
        let (met, onward) = list::stride(connection, scope, &lasting, sort, place.as_ref(), limit)?;
        for found in met {
            let here = Place::of(&found.hazard, sort);
            looked_at += 1;
            if let Some(then) = stood(connection, found, moment)? {
                let due = days(&then.hazard, policy, moment).next_due_on;
                if filter.is_met_by(&then.hazard, due) {
                    page.push(then);
                }
            }
            if page.len() == full {
                return Ok((page, Some(here)));
            }
        }
        match onward {
            Some(onward) if looked_at < LOOKED_AT => place = Some(onward),
            onward => return Ok((page, onward)),
        }
    }
}
