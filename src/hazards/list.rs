//! The list of hazards: filters and sorts of the contract, walked along an index.
//!
//! A page is looked for in two ways. A *walk* goes along an index that gives the order, passes over what the other
//! filters leave out, and ends when the page is full; it looks at no more than [`WINDOW`] rows of each lane. Where that
//! was not enough, or where it is known beforehand, what is asked for is rare, and it is *gathered*: found by the index of
//! a filter and then put in order. So the cost of a page is bound by the window or by what matches, and not by the size
//! of the ledger.
//!
//! Every list asks what the caller's scope asks (see [`asked`]). Pages begin after the sort key and id of the last
//! row, so a page costs the same at any depth and no row is lost or doubled while others write.

mod asked;
mod chosen;
mod memory;
mod order;
mod stride;

use std::cmp::Ordering;
use std::collections::HashMap;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use self::asked::{Asked, Lane};
pub use self::chosen::{of_ids, standing_within};
pub use self::stride::{ids, stands_still, stride};
use super::found::{Found, look_at_evidence};
use super::model::Campaign;
use super::store;
use crate::law::lifecycle::{OrderKind, Production, Source, State};
use crate::law::scope::{Level, Scope};
use crate::store::schema::{enterprises, hazards};
use crate::store::{Connection, MultiBackend, StoreError, cut};
use crate::values::vocabulary::vocabulary;
use crate::values::{AreaPrefix, Day, EnterpriseId, HazardId, HazardNumber, IndustryPrefix, Instant, Uscc};

/// How many rows a walk looks at, at most, before what is asked for counts as rare.
const WINDOW: i64 = 4000;

vocabulary! {
    /// What a list can be sorted by. A minus in front turns the order round.
    pub enum Sort in "hazard_sorts" {
        ReportedAt = "reported_at", "上报时间", "when it was put on record";
        ReportedAtDown = "-reported_at", "上报时间（倒序）", "when it was put on record, newest first";
        UpdatedAt = "updated_at", "更新时间", "when it last changed";
        UpdatedAtDown = "-updated_at", "更新时间（倒序）", "when it last changed, newest first";
        DueOn = "due_on", "最近到期日", "when the next clock ends; without one last";
        DueOnDown = "-due_on", "最近到期日（倒序）", "when the next clock ends, latest first; without one first";
        Number = "number", "编号", "number";
        NumberDown = "-number", "编号（倒序）", "number, highest first";
    }
}

/// What is asked for. Values of one filter are alternatives; filters narrow each other.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Where it stands.
    pub status: Vec<State>,
    /// Where the report came from. Never set for a unit.
    pub source: Vec<Source>,
    /// Area prefixes.
    pub area: Vec<AreaPrefix>,
    /// Industry prefixes.
    pub industry: Vec<IndustryPrefix>,
    /// Units by id.
    pub enterprise: Vec<EnterpriseId>,
    /// Units by code.
    pub uscc: Vec<Uscc>,
    /// Campaigns.
    pub campaign: Vec<Campaign>,
    /// Clauses.
    pub criterion: Vec<String>,
    /// Kinds of order.
    pub kind: Vec<OrderKind>,
    /// Ranks of the supervising authority.
    pub level: Vec<Level>,
    /// Codes of the authority that ordered.
    pub authority: Vec<String>,
    /// Rungs of the ladder.
    pub escalation: Vec<String>,
    /// Whether the unit produces.
    pub production: Vec<Production>,
    /// Whether a running clock is past its end, counted from this day.
    pub overdue: Option<(bool, Day)>,
    /// Next end of a clock on or before.
    pub due_before: Option<Day>,
    /// Next end of a clock on or after.
    pub due_after: Option<Day>,
    /// Put on record on or after.
    pub reported_from: Option<Day>,
    /// Put on record on or before.
    pub reported_to: Option<Day>,
    /// Signed off on or after.
    pub closed_from: Option<Day>,
    /// Signed off on or before.
    pub closed_to: Option<Day>,
    /// Changed after.
    pub updated_after: Option<Instant>,
    /// Changed before.
    pub updated_before: Option<Instant>,
    /// Words to look for.
    pub q: Option<String>,
}

/// Where a page ended: sort key and id of its last row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    key: Key,
    id: HazardId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Key {
    At(Instant),
    On(Day),
    Number(HazardNumber),
}

/// One page: the rows, and where to go on when there are more.
pub type Slice = (Vec<Found>, Option<Place>);

type Ledger<'a> = hazards::BoxedQuery<'a, MultiBackend>;

/// A page of at most `limit` hazards after `place`.
///
/// # Errors
/// The failures of the store.
pub fn page(
    connection: &mut Connection,
    scope: &Scope,
    filter: &Filter,
    sort: Sort,
    place: Option<&Place>,
    limit: i64,
) -> Result<Slice, StoreError> {
    let Some(asked) = Asked::of(connection, scope, filter)? else {
        return Ok((Vec::new(), None));
    };
    let wanted = Wanted {
        sort,
        place,
        rows: limit + 1,
    };
    let mut keys = match walk(connection, &asked, &wanted)? {
        Some(keys) => keys,
        None => order::places(connection, gathered(connection, &asked, &wanted), sort)?,
    };
    let next = cut(&mut keys, limit, Place::clone);
    Ok((documents(connection, &keys)?, next))
}

/// Which rows of the order are wanted.
#[derive(Clone, Copy)]
struct Wanted<'w> {
    sort: Sort,
    place: Option<&'w Place>,
    rows: i64,
}

/// Walks every lane and merges what was met; nothing when a window ended before the page was full.
fn walk(connection: &mut Connection, asked: &Asked<'_>, wanted: &Wanted<'_>) -> Result<Option<Vec<Place>>, StoreError> {
    if asked.is_words() || is_rare(connection, asked)? {
        return Ok(None);
    }
    let full = usize::try_from(wanted.rows).unwrap_or(usize::MAX);
    let mut met: Vec<Place> = Vec::new();
    let mut ends: Vec<Place> = Vec::new();
    for lane in &asked.lanes() {
        let (rows, end) = met_along(connection, asked, lane, wanted)?;
        ends.extend(end.filter(|_| rows.len() < full));
        met.extend(rows);
    }
    met.sort_by(|one, other| one.compare(other, wanted.sort));
    met.truncate(full);
    // What a window left out lies behind its end, so it is missed only where the page goes on behind it.
    let last = met.last().filter(|_| met.len() == full);
    let reached = |end: &Place| last.is_some_and(|last| last.compare(end, wanted.sort).is_le());
    Ok(ends.iter().all(reached).then_some(met))
}

/// The rows that are met along one lane, and how far it was looked at where rows of it are passed over.
fn met_along(
    connection: &mut Connection,
    asked: &Asked<'_>,
    lane: &Lane,
    wanted: &Wanted<'_>,
) -> Result<(Vec<Place>, Option<Place>), StoreError> {
    let end = if asked.passes_over(lane, wanted.sort) {
        order::places(connection, horizon(asked, lane, wanted), wanted.sort)?.pop()
    } else {
        None
    };
    let walk = walked(connection, asked, lane, wanted, end.as_ref());
    Ok((order::places(connection, walk, wanted.sort)?, end))
}

/// Whether so few rows can match that a window of a walk would cost as much as all of them.
fn is_rare(connection: &mut Connection, asked: &Asked<'_>) -> Result<bool, StoreError> {
    let Some(rows) = asked.rarity() else {
        return Ok(false);
    };
    let beyond: Option<HazardId> = rows
        .select(hazards::id)
        .offset(WINDOW)
        .limit(1)
        .first(connection)
        .optional()?;
    Ok(beyond.is_none())
}

/// The last row that a walk may look at.
fn horizon<'a>(asked: &Asked<'_>, lane: &Lane, wanted: &Wanted<'_>) -> Ledger<'a> {
    let query = begun(asked.lane(lane, wanted.sort), wanted);
    order::along(query, wanted.sort).offset(WINDOW).limit(1)
}

/// A walk along one lane.
fn walked<'a>(
    connection: &Connection,
    asked: &Asked<'_>,
    lane: &Lane,
    wanted: &Wanted<'_>,
    end: Option<&Place>,
) -> Ledger<'a> {
    let mut query = begun(asked.lane(lane, wanted.sort), wanted);
    for condition in asked.passed_over(connection, lane, wanted.sort) {
        query = query.filter(condition);
    }
    if let Some(end) = end {
        query = query.filter(order::until(wanted.sort, &end.key));
    }
    order::along(query, wanted.sort).limit(wanted.rows)
}

/// What is rare, found by an index of its own and then put in order.
fn gathered<'a>(connection: &Connection, asked: &Asked<'_>, wanted: &Wanted<'_>) -> Ledger<'a> {
    let query = begun(asked.gather(connection), wanted);
    order::afterwards(query, wanted.sort).limit(wanted.rows)
}

fn begun<'a>(query: Ledger<'a>, wanted: &Wanted<'_>) -> Ledger<'a> {
    match wanted.place {
        Some(place) => query.filter(order::after(wanted.sort, place)),
        None => query,
    }
}

/// How an engine plans the queries that [`page`] may run.
#[derive(Debug, Default)]
pub struct Plans {
    /// Of each walk, and of the look for its end.
    pub walks: Vec<Vec<String>>,
    /// Of the gathering.
    pub gathering: Vec<String>,
}

/// The plans of the queries that [`page`] may run, for whoever tends the indexes.
///
/// # Errors
/// The failures of the store.
pub fn plans(connection: &mut Connection, scope: &Scope, filter: &Filter, sort: Sort) -> Result<Plans, StoreError> {
    let Some(asked) = Asked::of(connection, scope, filter)? else {
        return Ok(Plans::default());
    };
    let wanted = Wanted {
        sort,
        place: None,
        rows: 51,
    };
    let mut plans = Plans::default();
    if !asked.is_words() {
        for lane in asked.lanes() {
            let end = order::places(connection, horizon(&asked, &lane, &wanted), sort)?.pop();
            let walk = walked(connection, &asked, &lane, &wanted, end.as_ref());
            plans.walks.push(order::plan(connection, walk, sort)?);
            plans
                .walks
                .push(order::plan(connection, horizon(&asked, &lane, &wanted), sort)?);
        }
    }
    let gathering = gathered(connection, &asked, &wanted);
    plans.gathering = order::plan(connection, gathering, sort)?;
    Ok(plans)
}

impl Place {
    /// As the engines compare: numbers as text.
    fn compare(&self, other: &Self, sort: Sort) -> Ordering {
        let up = match (&self.key, &other.key) {
            (Key::At(one), Key::At(other)) => one.cmp(other),
            (Key::On(one), Key::On(other)) => one.cmp(other),
            (Key::Number(one), Key::Number(other)) => one.to_string().cmp(&other.to_string()),
            // The places of one list have keys of one kind.
            _ => Ordering::Equal,
        };
        let up = up.then_with(|| self.id.cmp(&other.id));
        if order::is_down(sort) { up.reverse() } else { up }
    }
}

/// The hazards of a page in its order.
fn documents(connection: &mut Connection, keys: &[Place]) -> Result<Vec<Found>, StoreError> {
    let ids: Vec<HazardId> = keys.iter().map(|row| row.id).collect();
    in_order(connection, &ids)
}

/// Hazards in the order of their ids. They are loaded after the page was cut, so that no engine carries whole documents
/// through a sort.
///
/// # Errors
/// The failures of the store.
pub fn in_order(connection: &mut Connection, ids: &[HazardId]) -> Result<Vec<Found>, StoreError> {
    let mut rows: HashMap<HazardId, (String, String)> = hazards::table
        .inner_join(enterprises::table.on(enterprises::id.eq(hazards::enterprise_id)))
        .filter(hazards::id.eq_any(ids.to_vec()))
        .select((hazards::id, hazards::document, enterprises::name))
        .load::<(HazardId, String, String)>(connection)?
        .into_iter()
        .map(|(id, document, name)| (id, (document, name)))
        .collect();
    let mut found = ids
        .iter()
        .filter_map(|id| rows.remove(id))
        .map(|(document, name)| store::read(&document, name))
        .collect::<Result<Vec<_>, _>>()?;
    look_at_evidence(connection, &mut found)?;
    Ok(found)
}
