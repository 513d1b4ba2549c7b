//! What is late or stalled: who has to be pressed, how far behind it is, and which rung policy calls for next.
//!
//! Two stretches follow each other: what is late, the longest first, then what is stalled and not late. Each is a walk of
//! the ledger's own list, and the law that judges a row is the one that lets `escalate` happen.

mod http;
mod view;

use serde::{Deserialize, Serialize};

use crate::hazards::{self, Filter, Hazard, Place, Sort};
use crate::law::deadlines;
use crate::law::ladder::{Behind, Call, Lag, behind, called_for};
use crate::law::lifecycle::{ClockKind, State};
use crate::law::policy::Policy;
use crate::law::scope::Scope;
use crate::store::{Connection, StoreError};
use crate::values::{Day, Instant, Vocabulary};

pub use http::list_slow_hazards;

/// How often one page looks for more rows when a rung is asked for that few of them call for.
const MOST_LOOKS: usize = 20;

/// What of the slow is asked for.
#[derive(Debug, Clone)]
struct Asked {
    /// Which hazards at all.
    filter: Filter,
    /// In which way they are behind; none for any.
    lags: Vec<Lag>,
    /// Whether policy calls for a rung now.
    called_for: Option<bool>,
}

/// Where a page ends: in which stretch, and where in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct End {
    lag: Lag,
    place: Option<Place>,
}

/// A hazard that is behind.
#[derive(Debug, Clone)]
struct Slow {
    hazard: Hazard,
    enterprise_name: String,
    behind: Behind,
    /// The running clock that is past its end; the one that ended first.
    clock: Option<ClockKind>,
    called_for: Option<Call>,
}

/// A page of at most `limit` rows after `end`. It may hold fewer although more follow.
fn page(
    connection: &mut Connection,
    scope: &Scope,
    asked: &Asked,
    end: Option<End>,
    limit: i64,
    (policy, now): (&Policy, Instant),
) -> Result<(Vec<Slow>, Option<End>), StoreError> {
    let mut slow: Vec<Slow> = Vec::new();
    let mut next = end.or_else(|| asked.begin(Lag::ALL));
    for _ in 0..MOST_LOOKS {
        let missing = limit - i64::try_from(slow.len()).unwrap_or(limit);
        let Some(at) = next.take_if(|_| missing > 0) else {
            break;
        };
        let (filter, sort) = stretch(&asked.filter, at.lag, policy, now.day());
        let (found, place) = hazards::page(connection, scope, &filter, sort, at.place.as_ref(), missing)?;
        let judged = found
            .into_iter()
            .filter_map(|found| judge(found, policy, now))
            .filter(|row| asked.called_for.is_none_or(|wanted| wanted == row.called_for.is_some()));
        slow.extend(judged);
        next = match place {
            Some(place) => Some(End {
                lag: at.lag,
                place: Some(place),
            }),
            None => asked.begin(following(at.lag)),
        };
    }
    Ok((slow, next))
}

impl Asked {
    /// The beginning of the first of these stretches that is asked for.
    fn begin(&self, stretches: &[Lag]) -> Option<End> {
        let mut asked = stretches
            .iter()
            .filter(|lag| self.lags.is_empty() || self.lags.contains(*lag));
        asked.next().map(|lag| End { lag: *lag, place: None })
    }
}

fn following(lag: Lag) -> &'static [Lag] {
    let place = Lag::ALL.iter().position(|other| *other == lag);
    place.and_then(|place| Lag::ALL.get(place + 1..)).unwrap_or_default()
}

/// The list that a stretch is a walk of.
fn stretch(filter: &Filter, lag: Lag, policy: &Policy, today: Day) -> (Filter, Sort) {
    let mut filter = filter.clone();
    match lag {
        Lag::Late => {
            filter.overdue = Some((true, today));
            (filter, Sort::DueOn)
        }
        Lag::Stalled => {
            filter.overdue = Some((false, today));
            filter.updated_before = Some(today.minus_days(policy.stalled_after_days()).start());
            if filter.status.is_empty() {
                filter.status = State::ALL.iter().copied().filter(|state| state.is_open()).collect();
            }
            (filter, Sort::UpdatedAt)
        }
    }
}

/// Nothing for what the law does not call behind.
fn judge(found: hazards::Found, policy: &Policy, now: Instant) -> Option<Slow> {
    let facts = found.hazard.facts(policy);
    let behind = behind(&facts, policy, now.day())?;
    let ends = deadlines::ends(&found.hazard.clocks, policy.calendar());
    let clock = ends
        .min_by_key(|clock| clock.due_on)
        .filter(|_| behind.lag == Lag::Late)
        .map(|clock| clock.kind);
    Some(Slow {
        behind,
        clock,
        called_for: called_for(&facts, policy, now),
        hazard: found.hazard,
        enterprise_name: found.enterprise_name,
    })
}
