//! The list of hazards: filters and sorts of the contract as one query.
//!
//! Every list begins with the caller's scope (see [`ledger`]); there is no other beginning. Pages are walked by the
//! sort key and id of the last row, so a page costs the same at any depth and no row is lost or doubled while others
//! write.

use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use serde::{Deserialize, Serialize};

use super::model::Campaign;
use super::search;
use super::store::{self, Found};
use crate::law::lifecycle::{OrderKind, Production, Source, State};
use crate::law::scope::{Level, Scope};
use crate::store::schema::{enterprises, hazard_campaigns, hazard_criteria, hazards};
use crate::store::scope::{Condition, any_prefix, ranged, within};
use crate::store::{Connection, MultiBackend, StoreError};
use crate::values::vocabulary::vocabulary;
use crate::values::{AreaPrefix, Day, EnterpriseId, HazardId, HazardNumber, IndustryPrefix, Instant, Uscc};

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

/// The part of the ledger that a scope covers. Every query of more than one hazard begins here.
pub fn ledger<'a>(scope: &Scope) -> Ledger<'a> {
    let query = hazards::table.into_boxed();
    within!(query, scope, hazards)
}

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
    let query = filtered(connection, ledger(scope), filter);
    let mut keys: Vec<Keys> = sorted(query, sort, place)
        .limit(limit + 1)
        .select(Keys::as_select())
        .load(connection)?;
    let more = i64::try_from(keys.len()).is_ok_and(|found| found > limit);
    if more {
        keys.pop();
    }
    let next = keys.last().filter(|_| more).map(|last| last.place(sort));
    Ok((documents(connection, &keys)?, next))
}

/// What a row is sorted by. A cursor is made of these and not of the document, which may have moved on meanwhile.
#[derive(Queryable, Selectable)]
#[diesel(table_name = hazards)]
struct Keys {
    id: HazardId,
    reported_at: Instant,
    updated_at: Instant,
    next_due_on: Day,
    number: HazardNumber,
}

impl Keys {
    fn place(&self, sort: Sort) -> Place {
        let key = match sort {
            Sort::ReportedAt | Sort::ReportedAtDown => Key::At(self.reported_at),
            Sort::UpdatedAt | Sort::UpdatedAtDown => Key::At(self.updated_at),
            Sort::DueOn | Sort::DueOnDown => Key::On(self.next_due_on),
            Sort::Number | Sort::NumberDown => Key::Number(self.number),
        };
        Place { key, id: self.id }
    }
}

/// The hazards of a page in its order. They are loaded after it was cut, so that no engine carries whole documents
/// through a sort.
fn documents(connection: &mut Connection, keys: &[Keys]) -> Result<Vec<Found>, StoreError> {
    let ids: Vec<HazardId> = keys.iter().map(|row| row.id).collect();
    let mut rows: HashMap<HazardId, (String, String)> = hazards::table
        .inner_join(enterprises::table.on(enterprises::id.eq(hazards::enterprise_id)))
        .filter(hazards::id.eq_any(ids))
        .select((hazards::id, hazards::document, enterprises::name))
        .load::<(HazardId, String, String)>(connection)?
        .into_iter()
        .map(|(id, document, name)| (id, (document, name)))
        .collect();
    keys.iter()
        .filter_map(|row| rows.remove(&row.id))
        .map(|(document, name)| store::read(&document, name))
        .collect()
}

fn filtered<'a>(connection: &Connection, mut query: Ledger<'a>, filter: &Filter) -> Ledger<'a> {
    if !filter.status.is_empty() {
        query = query.filter(hazards::status.eq_any(filter.status.clone()));
    }
    if !filter.source.is_empty() {
        query = query.filter(hazards::source.eq_any(filter.source.clone()));
    }
    if let Some(any) = any_prefix(&filter.area, ranged!(hazards, area)) {
        query = query.filter(any);
    }
    if let Some(any) = any_prefix(&filter.industry, ranged!(hazards, industry)) {
        query = query.filter(any);
    }
    if !filter.enterprise.is_empty() {
        query = query.filter(hazards::enterprise_id.eq_any(filter.enterprise.clone()));
    }
    if !filter.uscc.is_empty() {
        query = query.filter(hazards::uscc.eq_any(filter.uscc.clone()));
    }
    if !filter.campaign.is_empty() {
        let tagged = hazard_campaigns::table
            .filter(hazard_campaigns::campaign.eq_any(filter.campaign.clone()))
            .select(hazard_campaigns::hazard_id);
        query = query.filter(hazards::id.eq_any(tagged));
    }
    if !filter.criterion.is_empty() {
        let tagged = hazard_criteria::table
            .filter(hazard_criteria::criterion.eq_any(filter.criterion.clone()))
            .select(hazard_criteria::hazard_id);
        query = query.filter(hazards::id.eq_any(tagged));
    }
    if !filter.kind.is_empty() {
        query = query.filter(hazards::supervision_kind.eq_any(filter.kind.clone()));
    }
    if !filter.level.is_empty() {
        query = query.filter(hazards::supervision_level.eq_any(filter.level.clone()));
    }
    if !filter.authority.is_empty() {
        query = query.filter(hazards::supervision_authority.eq_any(filter.authority.clone()));
    }
    if !filter.escalation.is_empty() {
        query = query.filter(hazards::escalation.eq_any(filter.escalation.clone()));
    }
    if !filter.production.is_empty() {
        query = query.filter(hazards::production.eq_any(filter.production.clone()));
    }
    match filter.overdue {
        Some((true, today)) => query = query.filter(hazards::next_due_on.lt(today)),
        Some((false, today)) => query = query.filter(hazards::next_due_on.ge(today)),
        None => {}
    }
    if let Some(day) = filter.due_before {
        query = query.filter(hazards::next_due_on.le(day));
    }
    if let Some(day) = filter.due_after {
        query = query
            .filter(hazards::next_due_on.ge(day))
            .filter(hazards::next_due_on.lt(Day::NEVER));
    }
    if let Some(day) = filter.reported_from {
        query = query.filter(hazards::reported_at.ge(day.start()));
    }
    if let Some(day) = filter.reported_to {
        query = query.filter(hazards::reported_at.le(day.end()));
    }
    if let Some(day) = filter.closed_from {
        query = query.filter(hazards::closed_at.ge(day.start()));
    }
    if let Some(day) = filter.closed_to {
        query = query.filter(hazards::closed_at.le(day.end()));
    }
    if let Some(moment) = filter.updated_after {
        query = query.filter(hazards::updated_at.gt(moment));
    }
    if let Some(q) = &filter.q {
        query = query.filter(holding(connection, q));
    }
    query
}

/// The one place where a list speaks each engine's own language: full-text search has none in common.
fn holding<'a>(connection: &Connection, q: &str) -> Condition<'a, hazards::table> {
    let terms = search::terms(q);
    if terms.is_empty() {
        return Box::new(sql::<Bool>("1 = 0"));
    }
    if connection.is_postgres() {
        Box::new(
            sql::<Bool>("hazards.id IN (SELECT hazard_id FROM hazard_search WHERE to_tsvector('simple', tokens) @@ to_tsquery('simple', ")
                .bind::<Text, _>(search::postgres_query(&terms))
                .sql("))"),
        )
    } else {
        Box::new(
            sql::<Bool>("hazards.id IN (SELECT hazard_id FROM hazard_search WHERE hazard_search MATCH ")
                .bind::<Text, _>(search::sqlite_query(&terms))
                .sql(")"),
        )
    }
}

/// Orders by one column and the id, beginning after a place. The first bound alone is a range of the index; the second
/// steps over what the last page showed of its end.
macro_rules! walk {
    ($query:expr, $column:expr, up, $after:expr) => {{
        let mut query = $query;
        if let Some((key, id)) = $after {
            query = query
                .filter($column.ge(key))
                .filter($column.gt(key).or(hazards::id.gt(id)));
        }
        query.order(($column.asc(), hazards::id.asc()))
    }};
    ($query:expr, $column:expr, down, $after:expr) => {{
        let mut query = $query;
        if let Some((key, id)) = $after {
            query = query
                .filter($column.le(key))
                .filter($column.lt(key).or(hazards::id.lt(id)));
        }
        query.order(($column.desc(), hazards::id.desc()))
    }};
}

fn sorted<'a>(query: Ledger<'a>, sort: Sort, place: Option<&Place>) -> Ledger<'a> {
    let at = place.and_then(|place| match place.key {
        Key::At(moment) => Some((moment, place.id)),
        Key::On(_) | Key::Number(_) => None,
    });
    let on = place.and_then(|place| match place.key {
        Key::On(day) => Some((day, place.id)),
        Key::At(_) | Key::Number(_) => None,
    });
    let number = place.and_then(|place| match place.key {
        Key::Number(number) => Some((number, place.id)),
        Key::At(_) | Key::On(_) => None,
    });
    match sort {
        Sort::ReportedAt => walk!(query, hazards::reported_at, up, at),
        Sort::ReportedAtDown => walk!(query, hazards::reported_at, down, at),
        Sort::UpdatedAt => walk!(query, hazards::updated_at, up, at),
        Sort::UpdatedAtDown => walk!(query, hazards::updated_at, down, at),
        Sort::DueOn => walk!(query, hazards::next_due_on, up, on),
        Sort::DueOnDown => walk!(query, hazards::next_due_on, down, on),
        Sort::Number => walk!(query, hazards::number, up, number),
        Sort::NumberDown => walk!(query, hazards::number, down, number),
    }
}
