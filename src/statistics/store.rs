//! Counting: one walk over the narrow rows of `hazard_measures`, and one over the few later periods in
//! `hazard_reopenings`.
//!
//! The text of these queries is put together from moments, lengths and codes of the program; nothing that a caller
//! wrote stands in it. What a caller may see and asks for are conditions beside it, as in a list.

use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use super::asked::{Asked, Dimension, Filter, Grouping, length};
use super::figures::Figures;
use super::penalties::store as penalties;
use super::series::{Daily, Flow};
use crate::law::lifecycle::Source;
use crate::law::scope::Scope;
use crate::store::columns::UuidColumn;
use crate::store::schema::{enterprises, hazard_measures, hazard_reopenings};
use crate::store::scope::{Condition, any_prefix, ranged, within};
use crate::store::{Connection, MultiBackend, StoreError};
use crate::values::{Day, HazardId, Instant, Uscc, Vocabulary};

/// Microseconds that Shanghai is ahead of UTC.
const AHEAD: i64 = 8 * 3600 * 1_000_000;
const DAY: i64 = 24 * 3600 * 1_000_000;
/// Days from 1970-01-01 to 2000-01-01.
const DAYS_TO_2000: i64 = 10_957;
/// In place of a dimension that is not asked for.
const NOTHING: &str = "CAST(NULL AS TEXT)";
/// Hazards that are looked up in one query.
const IDS: usize = 1000;
/// Rungs of the ladder above none, the lowest first.
const RUNGS: [&str; 4] = ["letter", "circular", "interview", "exposure"];

/// Codes of the dimensions of a group, in their order, as they stand in a row.
pub type Key = [Option<String>; 2];

/// What was counted under one key of what came from one source.
#[derive(Debug, Clone)]
pub struct Counted {
    /// The dimensions but the source.
    pub key: Key,
    /// Where the reports came from, when that is told apart.
    pub source: Option<Source>,
    /// The figures.
    pub figures: Figures,
}

/// Declares the row of a walk: its members and their types on both sides.
macro_rules! row {
    ($(#[$meta:meta])* $name:ident, $columns:ident: { $($member:ident: $column:ty => $value:ty,)+ }) => {
        type $columns = ($($column,)+);

        $(#[$meta])*
        #[derive(Queryable)]
        struct $name {
            $($member: $value,)+
        }
    };
}

row! {
    /// Hazards of one key that took as long as each other and of which the same holds.
    Row, Columns: {
        first: Nullable<Text> => Option<String>,
        second: Nullable<Text> => Option<String>,
        source: Nullable<Text> => Option<Source>,
        to_confirm: Nullable<BigInt> => Option<i64>,
        to_close: Nullable<BigInt> => Option<i64>,
        holds: BigInt => i64,
        hazards: BigInt => i64,
    }
}

row! {
    /// A hazard of which more is kept than its row, and the group that it counts in.
    Keyed, KeyedColumns: {
        hazard_id: UuidColumn => HazardId,
        first: Nullable<Text> => Option<String>,
        second: Nullable<Text> => Option<String>,
        source: Nullable<Text> => Option<Source>,
        listed: Bool => bool,
        escalation: Text => String,
    }
}

/// A day, how many, how many of them by a sign-off, and how many of those on time.
type Flows = (BigInt, BigInt, BigInt, BigInt);

/// What can hold of a hazard in a period, a bit for each.
#[derive(Debug, Clone, Copy)]
enum Holds {
    Found,
    Open,
    Listed,
    Overdue,
    OnTime,
    Repeated,
    SelfFound,
    /// On a rung of [`RUNGS`], the first of four bits.
    Rung,
}

impl Holds {
    fn bit(self) -> u32 {
        match self {
            Self::Found => 0,
            Self::Open => 1,
            Self::Listed => 2,
            Self::Overdue => 3,
            Self::OnTime => 4,
            Self::Repeated => 5,
            Self::SelfFound => 6,
            Self::Rung => 7,
        }
    }
}

impl Row {
    fn add_to(&self, figures: &mut Figures) {
        let count = |bit: u32| (self.holds >> bit & 1) * self.hazards;
        figures.found += count(Holds::Found.bit());
        figures.open += count(Holds::Open.bit());
        figures.listed += count(Holds::Listed.bit());
        figures.overdue += count(Holds::Overdue.bit());
        figures.on_time += count(Holds::OnTime.bit());
        figures.repeated += count(Holds::Repeated.bit());
        figures.self_found += count(Holds::SelfFound.bit());
        for (bit, rung) in (Holds::Rung.bit()..).zip(&mut figures.rungs) {
            *rung += count(bit);
        }
        for (histogram, days) in [
            (&mut figures.to_confirm, self.to_confirm),
            (&mut figures.to_close, self.to_close),
        ] {
            if let Some(days) = days {
                *histogram.entry(days).or_default() += self.hazards;
            }
        }
    }
}

/// Counts what is asked for within a scope.
///
/// # Errors
/// The failures of the store.
pub fn count(connection: &mut Connection, scope: &Scope, asked: &Asked) -> Result<Vec<Counted>, StoreError> {
    // Sources are told apart only after what is small was found, so here all of them are counted.
    let filter = Filter {
        source: Vec::new(),
        ..asked.filter.clone()
    };
    let units = units(connection, &filter)?;
    let chosen = chosen(&filter, units.as_deref()).into_iter();
    let mut counted: HashMap<(Key, Option<Source>), Figures> = HashMap::new();
    let mut add = |row: Row| {
        let figures = counted
            .entry(([row.first.clone(), row.second.clone()], row.source))
            .or_default();
        row.add_to(figures);
    };
    // PostgreSQL groups in memory, and every row would have to cross the wire. SQLite would sort all rows to group them,
    // which holds them all in memory and takes twice as long as to take them up here, one after the other.
    if connection.is_postgres() {
        let walk = hazard_measures::table
            .group_by(sql::<Text>("1, 2, 3, 4, 5, 6"))
            .select(sql::<Columns>(&first_periods(asked, "count(*)")))
            .into_boxed::<MultiBackend>();
        let rows: Vec<Row> = chosen
            .fold(within!(walk, scope, hazard_measures), QueryDsl::filter)
            .load(connection)?;
        rows.into_iter().for_each(&mut add);
    } else {
        let walk = hazard_measures::table
            .select(sql::<Columns>(&first_periods(asked, "1")))
            .into_boxed::<MultiBackend>();
        let rows = chosen
            .fold(within!(walk, scope, hazard_measures), QueryDsl::filter)
            .load_iter::<Row, _>(connection)?;
        for row in rows {
            add(row?);
        }
    }
    let keys = keys(asked).join(", ");
    for later in later_periods(connection, scope, &filter, units.as_deref(), &keys)? {
        let figures = later.figures(asked);
        *counted.entry((later.key, later.source)).or_default() += &figures;
    }
    let punished = conditions(&filter, units.as_deref(), penalties::punished(asked.period));
    let punished = keyed(connection, scope, punished, &keys)?;
    let ids: Vec<HazardId> = punished.iter().map(|hazard| hazard.hazard_id).collect();
    let mut of_hazards = penalties::of(connection, &ids, asked.period)?;
    for hazard in punished {
        let figures = counted
            .entry(([hazard.first, hazard.second], hazard.source))
            .or_default();
        figures.penalties += &of_hazards.remove(&hazard.hazard_id).unwrap_or_default();
    }
    Ok(counted
        .into_iter()
        .map(|((key, source), figures)| Counted { key, source, figures })
        .collect())
}

/// Codes of the units of a filter by unit; nothing when there is none.
fn units(connection: &mut Connection, filter: &Filter) -> Result<Option<Vec<Uscc>>, StoreError> {
    if filter.enterprise.is_empty() {
        return Ok(None);
    }
    let named = enterprises::table.filter(enterprises::id.eq_any(filter.enterprise.clone()));
    Ok(Some(named.select(enterprises::uscc).load(connection)?))
}

/// A period after the first, of a hazard that is asked for.
struct Later {
    key: Key,
    source: Option<Source>,
    listed: bool,
    escalation: String,
    opened_at: i64,
    ended_at: Option<i64>,
    closed_on_time: Option<bool>,
}

impl Later {
    fn figures(&self, asked: &Asked) -> Figures {
        let until = asked.period.until.micros();
        let from = asked.period.from.map_or(i64::MIN, Instant::micros);
        let in_period = |moment: i64| (from..=until).contains(&moment);
        let open = self.opened_at <= until && self.ended_at.is_none_or(|ended| ended > until);
        let closed = self.ended_at.filter(|ended| in_period(*ended));
        let mut figures = Figures {
            reopened: i64::from(in_period(self.opened_at)),
            open: i64::from(open),
            listed: i64::from(open && self.listed),
            on_time: i64::from(closed.is_some() && self.closed_on_time == Some(true)),
            to_close: closed
                .map(|ended| (day_number(ended) - day_number(self.opened_at), 1))
                .into_iter()
                .collect(),
            ..Figures::default()
        };
        for (count, rung) in figures.rungs.iter_mut().zip(RUNGS) {
            *count = i64::from(open && self.escalation == rung);
        }
        figures
    }
}

/// The hazards of which all that holds, each with its group.
fn keyed(
    connection: &mut Connection,
    scope: &Scope,
    conditions: Vec<Condition<'_, hazard_measures::table>>,
    keys: &str,
) -> Result<Vec<Keyed>, StoreError> {
    let walk = hazard_measures::table
        .select(sql::<KeyedColumns>(&format!(
            "hazard_measures.hazard_id, {keys}, hazard_measures.listed, hazard_measures.escalation"
        )))
        .into_boxed::<MultiBackend>();
    Ok(conditions
        .into_iter()
        .fold(within!(walk, scope, hazard_measures), QueryDsl::filter)
        .load(connection)?)
}

/// The few hazards that were opened again, and when.
fn later_periods(
    connection: &mut Connection,
    scope: &Scope,
    filter: &Filter,
    units: Option<&[Uscc]>,
    keys: &str,
) -> Result<Vec<Later>, StoreError> {
    let reopened = hazard_measures::hazard_id.eq_any(hazard_reopenings::table.select(hazard_reopenings::hazard_id));
    let hazards = keyed(connection, scope, conditions(filter, units, Box::new(reopened)), keys)?;
    let by_id: HashMap<HazardId, &Keyed> = hazards.iter().map(|hazard| (hazard.hazard_id, hazard)).collect();
    let ids: Vec<HazardId> = by_id.keys().copied().collect();
    let mut later = Vec::new();
    for ids in ids.chunks(IDS) {
        let rows: Vec<(HazardId, i64, Option<i64>, Option<bool>)> = hazard_reopenings::table
            .filter(hazard_reopenings::hazard_id.eq_any(ids.to_vec()))
            .select((
                hazard_reopenings::hazard_id,
                hazard_reopenings::opened_at,
                hazard_reopenings::ended_at,
                hazard_reopenings::closed_on_time,
            ))
            .load(connection)?;
        later.extend(
            rows.into_iter()
                .filter_map(|(id, opened_at, ended_at, closed_on_time)| {
                    let hazard = by_id.get(&id)?;
                    Some(Later {
                        key: [hazard.first.clone(), hazard.second.clone()],
                        source: hazard.source,
                        listed: hazard.listed,
                        escalation: hazard.escalation.clone(),
                        opened_at,
                        ended_at,
                        closed_on_time,
                    })
                }),
        );
    }
    Ok(later)
}

/// What a filter asks of a row, and one thing more.
fn conditions<'a>(
    filter: &Filter,
    units: Option<&[Uscc]>,
    more: Condition<'a, hazard_measures::table>,
) -> Vec<Condition<'a, hazard_measures::table>> {
    let mut conditions = chosen(filter, units);
    conditions.push(more);
    conditions
}

/// What a filter asks of a row.
fn chosen<'a>(filter: &Filter, units: Option<&[Uscc]>) -> Vec<Condition<'a, hazard_measures::table>> {
    let mut conditions: Vec<Condition<'a, hazard_measures::table>> = Vec::new();
    if let Some(units) = units {
        conditions.push(Box::new(hazard_measures::uscc.eq_any(units.to_vec())));
    }
    conditions.extend(any_prefix(&filter.area, ranged!(hazard_measures, area)));
    conditions.extend(any_prefix(&filter.industry, ranged!(hazard_measures, industry)));
    if !filter.status.is_empty() {
        conditions.push(Box::new(hazard_measures::status.eq_any(filter.status.clone())));
    }
    if !filter.level.is_empty() {
        let level = hazard_measures::level.assume_not_null();
        conditions.push(Box::new(level.eq_any(filter.level.clone())));
    }
    let condition = |within| -> Condition<'a, hazard_measures::table> { Box::new(within) };
    let campaigns = filter.campaign.iter().map(|campaign| {
        let within = format!(
            "(',' || hazard_measures.campaigns || ',') LIKE '%,{},%'",
            campaign.code()
        );
        condition(sql::<Bool>(&within))
    });
    conditions.extend(campaigns.reduce(|one, other| Box::new(one.or(other))));
    conditions
}

/// The selection of the walk over first periods; `hazards` says how many a row stands for.
fn first_periods(asked: &Asked, hazards: &str) -> String {
    let in_period = |moment: &str| in_period(asked, moment);
    let confirmed = in_period("hazard_measures.confirmed_at");
    let closed = format!(
        "hazard_measures.closed_on_time IS NOT NULL AND {}",
        in_period("hazard_measures.ended_at")
    );
    let until = asked.period.until.micros();
    let open = format!(
        "hazard_measures.confirmed_at <= {until} AND (hazard_measures.ended_at IS NULL OR hazard_measures.ended_at > {until})"
    );
    let overdue = format!(
        "hazard_measures.reported_at <= {until} AND hazard_measures.next_due_on < '{}'",
        asked.today
    );
    let mut holds = vec![
        bit(Holds::Found.bit(), &in_period("hazard_measures.reported_at")),
        bit(Holds::Open.bit(), &open),
        bit(Holds::Listed.bit(), &format!("hazard_measures.listed AND {open}")),
        bit(Holds::Overdue.bit(), &overdue),
        bit(
            Holds::OnTime.bit(),
            &format!("hazard_measures.closed_on_time AND {closed}"),
        ),
        bit(
            Holds::Repeated.bit(),
            &format!("hazard_measures.recurs AND {confirmed}"),
        ),
        bit(
            Holds::SelfFound.bit(),
            &format!("hazard_measures.source = '{}' AND {confirmed}", Source::SelfReport),
        ),
    ];
    holds.extend(
        (Holds::Rung.bit()..)
            .zip(RUNGS)
            .map(|(place, rung)| bit(place, &format!("hazard_measures.escalation = '{rung}' AND {open}"))),
    );
    let mut columns = keys(asked);
    columns.push(format!(
        "CASE WHEN {confirmed} THEN {} END",
        days("hazard_measures.reported_at", "hazard_measures.confirmed_at")
    ));
    columns.push(format!(
        "CASE WHEN {closed} THEN {} END",
        days("hazard_measures.confirmed_at", "hazard_measures.ended_at")
    ));
    columns.push(format!("CAST({} AS BIGINT)", holds.join(" + ")));
    columns.push(hazards.to_owned());
    columns.join(", ")
}

fn bit(place: u32, condition: &str) -> String {
    format!("CASE WHEN {condition} THEN {} ELSE 0 END", 1_u32 << place)
}

/// Two dimensions, or nothing in their place, and the source where it is told apart.
fn keys(asked: &Asked) -> Vec<String> {
    let mut keys: Vec<String> = asked.grouping.open().map(|by| dimension(by, &asked.grouping)).collect();
    keys.resize(2, NOTHING.to_owned());
    let source = if asked.splits_sources() {
        "hazard_measures.source"
    } else {
        NOTHING
    };
    keys.push(source.to_owned());
    keys
}

fn dimension(by: Dimension, grouping: &Grouping) -> String {
    match by {
        Dimension::Area => format!("substr(hazard_measures.area, 1, {})", length(grouping.area_length)),
        Dimension::Industry => format!(
            "substr(hazard_measures.industry, 1, {})",
            length(grouping.industry_length)
        ),
        Dimension::Source => "hazard_measures.source".to_owned(),
        Dimension::Status => "hazard_measures.status".to_owned(),
        Dimension::Campaign => "hazard_measures.campaigns".to_owned(),
        Dimension::Committee => "hazard_measures.committee".to_owned(),
        Dimension::Level => "hazard_measures.level".to_owned(),
        Dimension::Month => format!("CAST({} AS TEXT)", day("hazard_measures.reported_at")),
    }
}

fn in_period(asked: &Asked, moment: &str) -> String {
    let until = asked.period.until.micros();
    match asked.period.from {
        Some(from) => format!("{moment} BETWEEN {} AND {until}", from.micros()),
        None => format!("{moment} <= {until}"),
    }
}

fn counted(condition: &str) -> String {
    format!("count(CASE WHEN {condition} THEN 1 END)")
}

/// Days since 1970 in Shanghai.
fn day_number(micros: i64) -> i64 {
    (micros + AHEAD) / DAY
}

/// The same in SQL.
fn day(moment: &str) -> String {
    format!("(({moment} + {AHEAD}) / {DAY})")
}

fn days(from: &str, to: &str) -> String {
    format!("{} - {}", day(to), day(from))
}

/// The day that many days after 1970-01-01.
///
/// # Errors
/// When there is none.
pub fn day_of(days_since_1970: i64) -> Result<Day, StoreError> {
    Day::from_days_since_2000(days_since_1970 - DAYS_TO_2000)
        .ok_or_else(|| StoreError::Corrupt(format!("day {days_since_1970} is in no calendar")))
}

/// What happened on each day, as far back as the ledger goes.
///
/// # Errors
/// The failures of the store.
pub fn daily(connection: &mut Connection, scope: &Scope, filter: &Filter) -> Result<Daily, StoreError> {
    let units = units(connection, filter)?;
    let mut daily = Daily::default();
    for (flow, moment) in [
        (Flow::Found, "hazard_measures.reported_at"),
        (Flow::Confirmed, "hazard_measures.confirmed_at"),
        (Flow::Ended, "hazard_measures.ended_at"),
    ] {
        let columns = format!(
            "{}, count(*), count(hazard_measures.closed_on_time), {}",
            day(moment),
            counted("hazard_measures.closed_on_time")
        );
        let walk = hazard_measures::table
            .group_by(sql::<Text>("1"))
            .select(sql::<Flows>(&columns))
            .into_boxed::<MultiBackend>()
            .filter(sql::<Bool>(&format!("{moment} IS NOT NULL")));
        let rows: Vec<(i64, i64, i64, i64)> = chosen(filter, units.as_deref())
            .into_iter()
            .fold(within!(walk, scope, hazard_measures), QueryDsl::filter)
            .load(connection)?;
        for (day, count, closed, on_time) in rows {
            daily.add(flow, day_of(day)?, count, closed, on_time);
        }
    }
    let keys = [NOTHING; 3].join(", ");
    for later in later_periods(connection, scope, filter, units.as_deref(), &keys)? {
        daily.add(Flow::Reopened, day_of(day_number(later.opened_at))?, 1, 0, 0);
        if let Some(ended) = later.ended_at {
            let on_time = i64::from(later.closed_on_time == Some(true));
            daily.add(Flow::Ended, day_of(day_number(ended))?, 1, 1, on_time);
        }
    }
    Ok(daily)
}
