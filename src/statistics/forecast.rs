//! What is to come if nobody acts: which clocks will run out, and which rungs policy will call for, by area and day.
//!
//! It asks the law that judges the day itself, so what it tells is what then happens. Of one hazard the next rung alone is
//! foretold: the one after it is called for only when that one was climbed.

mod http;
mod view;

use std::collections::BTreeMap;

use super::asked::{AreaLength, length};
use crate::hazards::{self, Filter, Hazard, Place, Sort};
use crate::law::deadlines;
use crate::law::ladder::{looks_back_to, next_call};
use crate::law::lifecycle::{ClockKind, EscalationKind, State};
use crate::law::policy::Policy;
use crate::law::scope::Scope;
use crate::store::{Connection, StoreError};
use crate::values::{Day, Instant, Vocabulary};

pub use http::get_forecast;

/// Hazards that are loaded at once.
const PAGE: i64 = 1000;

/// What is asked for.
#[derive(Debug, Clone)]
struct Asked {
    /// Of which hazards.
    filter: Filter,
    /// How areas are cut.
    area_length: AreaLength,
    /// Up to the end of this day.
    until: Day,
}

/// What comes on some days.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Coming {
    /// Clocks that run out at the end of one of these days.
    clocks: BTreeMap<ClockKind, i64>,
    /// Rungs that policy calls for from one of these days on.
    rungs: BTreeMap<EscalationKind, i64>,
}

/// By area, and there by day.
type Forecast = BTreeMap<String, BTreeMap<Day, Coming>>;

/// Looks ahead from `now`.
fn look_ahead(
    connection: &mut Connection,
    scope: &Scope,
    asked: &Asked,
    (policy, now): (&Policy, Instant),
) -> Result<Forecast, StoreError> {
    let mut forecast = Forecast::new();
    for (filter, sort) in walks(asked, policy, now.day()) {
        let mut place: Option<Place> = None;
        loop {
            let (found, next) = hazards::page(connection, scope, &filter, sort, place.as_ref(), PAGE)?;
            for hazard in found.iter().map(|found| &found.hazard) {
                let area: String = hazard.area.as_str().chars().take(cut(asked)).collect();
                foretell(hazard, asked.until, (policy, now), forecast.entry(area).or_default());
            }
            place = next;
            if place.is_none() {
                break;
            }
        }
    }
    forecast.retain(|_, days| !days.is_empty());
    Ok(forecast)
}

fn cut(asked: &Asked) -> usize {
    usize::try_from(length(asked.area_length)).unwrap_or(usize::MAX)
}

/// The lists that hold everything of which something may come: of which a clock ends by then, and of which none does but
/// which will have stood still too long.
fn walks(asked: &Asked, policy: &Policy, today: Day) -> [(Filter, Sort); 2] {
    let mut ending = asked.filter.clone();
    ending.due_before = Some(asked.until);
    let mut standing = asked.filter.clone();
    standing.due_after = Some(asked.until.next());
    standing.status = State::ALL.iter().copied().filter(|state| state.is_open()).collect();
    let bears = policy.stalled_after_days();
    let first = looks_back_to(policy, today).minus_days(bears);
    standing.updated_after = Some(first.start().plus_micros(-1));
    standing.updated_before = Some(asked.until.minus_days(bears).start());
    [(ending, Sort::DueOn), (standing, Sort::UpdatedAt)]
}

fn foretell(hazard: &Hazard, until: Day, (policy, now): (&Policy, Instant), days: &mut BTreeMap<Day, Coming>) {
    let ending = deadlines::ends(&hazard.clocks, policy.calendar());
    for clock in ending.filter(|clock| (now.day()..=until).contains(&clock.due_on)) {
        let coming = days.entry(clock.due_on).or_default();
        *coming.clocks.entry(clock.kind).or_default() += 1;
    }
    let call = next_call(&hazard.facts(policy), policy);
    if let Some(call) = call.filter(|call| call.since > now && call.since.day() <= until) {
        let coming = days.entry(call.since.day()).or_default();
        *coming.rungs.entry(call.rung).or_default() += 1;
    }
}
