//! What a list asks of a row, condition by condition, and which of them lead along an index.

use diesel::dsl::{case_when, exists, sql};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer, Text};

use super::{Filter, Ledger, Sort};
use crate::hazards::search;
use crate::law::lifecycle::{Escalation, OrderKind, Production, Source, State};
use crate::law::scope::{Level, Scope};
use crate::store::schema::{enterprises, hazard_campaigns, hazard_criteria, hazards};
use crate::store::scope::{Condition, any_prefix, covered, ranged};
use crate::store::{Connection, StoreError};
use crate::values::{Day, Uscc, Vocabulary};

/// A list of more units than this is not walked unit by unit.
const UNIT_LANES: usize = 20;

/// What a condition is about. Those that leave least come first: SQLite keeps no statistics of values, so what is
/// gathered is found by the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum By {
    Words,
    Unit,
    Authority,
    Criterion,
    Area,
    Industry,
    Escalation,
    Production,
    Level,
    Campaign,
    Kind,
    Source,
    DueOn,
    ClosedAt,
    UpdatedAt,
    ReportedAt,
    Status,
    Scope,
    Common,
}

/// The part of the ledger that one walk goes along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lane {
    /// All of it.
    Whole,
    /// One status.
    Status(State),
    /// One unit.
    Unit(Uscc),
}

/// How a condition is to be met: row by row on a walk, or as a set that an index gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Walk,
    Gather,
}

/// What is asked for within a scope.
pub struct Asked<'f> {
    scope: &'f Scope,
    filter: &'f Filter,
    /// Only these units; nothing for any.
    units: Option<Vec<Uscc>>,
    /// Only these statuses; nothing for any.
    statuses: Option<Vec<State>>,
}

type Named<'a> = (By, Condition<'a, hazards::table>);

impl<'f> Asked<'f> {
    /// Reads a filter; nothing when no row can meet it.
    ///
    /// # Errors
    /// The failures of the store.
    pub fn of(connection: &mut Connection, scope: &'f Scope, filter: &'f Filter) -> Result<Option<Self>, StoreError> {
        let mut units: Option<Vec<Uscc>> = scope.unit.clone().map(|unit| vec![unit]);
        if !filter.uscc.is_empty() {
            units = Some(narrowed(units, &filter.uscc));
        }
        if !filter.enterprise.is_empty() {
            let named: Vec<Uscc> = enterprises::table
                .filter(enterprises::id.eq_any(filter.enterprise.clone()))
                .select(enterprises::uscc)
                .load(connection)?;
            units = Some(narrowed(units, &named));
        }
        let mut statuses = (!filter.status.is_empty()).then(|| distinct(&filter.status));
        // A clock runs while a hazard is open and only then; a hazard has its day of closing while it is closed.
        if matches!(filter.overdue, Some((true, _))) || filter.due_before.is_some() || filter.due_after.is_some() {
            let open: Vec<State> = State::ALL.iter().copied().filter(|state| state.is_open()).collect();
            statuses = Some(narrowed(statuses, &open));
        }
        if filter.closed_from.is_some() || filter.closed_to.is_some() {
            statuses = Some(narrowed(statuses, &[State::Closed]));
        }
        // The newest hazards have no order yet; a walk that begins with them would pass over all of them.
        if !(filter.kind.is_empty() && filter.level.is_empty()) {
            let ordered: Vec<State> = State::ALL.iter().copied().filter(|state| state.is_ordered()).collect();
            statuses = Some(narrowed(statuses, &ordered));
        }
        let none = units.as_ref().is_some_and(Vec::is_empty) || statuses.as_ref().is_some_and(Vec::is_empty);
        Ok((!none).then_some(Self {
            scope,
            filter,
            units,
            statuses,
        }))
    }

    /// Whether words are looked for: only their own index finds them.
    pub fn is_words(&self) -> bool {
        self.filter.q.is_some()
    }

    /// Rows that meet the one condition that a walk would have to read a row for and that has an index of its own; nothing
    /// when none is asked for.
    pub fn rarity<'a>(&self) -> Option<Ledger<'a>> {
        let indexed = [
            By::Authority,
            By::Escalation,
            By::Production,
            By::Level,
            By::Kind,
            By::Source,
        ];
        let asked = self.conditions(Manner::Gather).into_iter();
        asked
            .filter(|(by, _)| indexed.contains(by))
            .min_by_key(|(by, _)| *by)
            .map(|(_, condition)| hazards::table.into_boxed().filter(condition))
    }

    /// The walks that together meet every row that is asked for.
    pub fn lanes(&self) -> Vec<Lane> {
        match (&self.units, &self.statuses) {
            (Some(units), _) if units.len() <= UNIT_LANES => units.iter().cloned().map(Lane::Unit).collect(),
            (_, Some(statuses)) => statuses.iter().copied().map(Lane::Status).collect(),
            _ => vec![Lane::Whole],
        }
    }

    /// The rows of a lane, and of the range of its order that is asked for.
    pub fn lane<'a>(&self, lane: &Lane, sort: Sort) -> Ledger<'a> {
        let query = hazards::table.into_boxed();
        let query = match lane {
            Lane::Whole => query,
            Lane::Status(status) => query.filter(hazards::status.eq(*status)),
            Lane::Unit(unit) => query.filter(hazards::uscc.eq(unit.clone())),
        };
        self.ranges()
            .into_iter()
            .filter(|(by, _)| sorts_by(sort, *by))
            .fold(query, |query, (_, range)| query.filter(range))
    }

    /// Whether a walk along the lane passes rows over.
    pub fn passes_over(&self, lane: &Lane, sort: Sort) -> bool {
        let manner = Manner::Walk;
        let asked = self.ranges().into_iter().chain(self.conditions(manner));
        asked.map(|(by, _)| by).any(|by| !leads(lane, sort, by))
    }

    /// What a walk along the lane asks of each row that it meets.
    pub fn passed_over<'a>(
        &self,
        connection: &Connection,
        lane: &Lane,
        sort: Sort,
    ) -> Vec<Condition<'a, hazards::table>> {
        let asked = self.ranges().into_iter().chain(self.conditions(Manner::Walk));
        asked
            .filter(|(by, _)| !leads(lane, sort, *by))
            .map(|(_, condition)| {
                if plans_by_values(connection) {
                    condition
                } else {
                    hidden(condition)
                }
            })
            .collect()
    }

    /// All that is asked for, as a set that an index gives.
    pub fn gather<'a>(&self, connection: &Connection) -> Ledger<'a> {
        let mut asked: Vec<Named<'a>> = self.conditions(Manner::Gather);
        asked.extend(self.ranges());
        if let Some(q) = &self.filter.q {
            asked.push((By::Words, holding(connection, q)));
        }
        let first = asked.iter().map(|(by, _)| *by).min();
        asked
            .into_iter()
            .fold(hazards::table.into_boxed(), |query, (by, condition)| {
                if plans_by_values(connection) || Some(by) == first {
                    query.filter(condition)
                } else {
                    query.filter(hidden(condition))
                }
            })
    }

    fn conditions<'a>(&self, manner: Manner) -> Vec<Named<'a>> {
        let filter = self.filter;
        let mut asked: Vec<Named<'a>> = Vec::new();
        let covered = covered!(self.scope, hazards);
        // A unit's own scope is among `units`, which every query keeps to.
        asked.extend(covered.area.map(|area| (By::Scope, area)));
        asked.extend(covered.industry.map(|industry| (By::Scope, industry)));
        asked.extend(any_prefix(&filter.area, ranged!(hazards, area)).map(|area| (By::Area, area)));
        asked.extend(any_prefix(&filter.industry, ranged!(hazards, industry)).map(|industry| (By::Industry, industry)));
        if let Some(units) = &self.units {
            asked.push((By::Unit, Box::new(hazards::uscc.eq_any(units.clone()))));
        }
        if let Some(statuses) = &self.statuses {
            asked.push((By::Status, Box::new(hazards::status.eq_any(statuses.clone()))));
        }
        macro_rules! one_of {
            ($by:ident, $values:ident, $column:expr) => {
                if !filter.$values.is_empty() {
                    asked.push((By::$by, Box::new($column.eq_any(filter.$values.clone()))));
                }
            };
            // The index holds the rare values alone, so it is of use when no other is asked for, and then only where
            // the query says so in the words of the index.
            ($by:ident, $values:ident, $column:expr, $rare:literal, $is_rare:expr) => {
                if !filter.$values.is_empty() {
                    let wanted = $column.eq_any(filter.$values.clone());
                    let rare = filter.$values.iter().all($is_rare);
                    asked.push(if rare && manner == Manner::Gather {
                        (By::$by, Box::new(sql::<Bool>($rare).and(wanted)))
                    } else {
                        (By::Common, Box::new(wanted))
                    });
                }
            };
        }
        one_of!(Authority, authority, hazards::supervision_authority.assume_not_null());
        one_of!(
            Source,
            source,
            hazards::source,
            "hazards.source = 'public_tip'",
            |source| *source == Source::PublicTip
        );
        one_of!(
            Kind,
            kind,
            hazards::supervision_kind.assume_not_null(),
            "hazards.supervision_kind = 'listed'",
            |kind| *kind == OrderKind::Listed
        );
        one_of!(
            Level,
            level,
            hazards::supervision_level.assume_not_null(),
            "hazards.supervision_level IN ('municipal', 'provincial', 'national')",
            |level| *level >= Level::Municipal
        );
        one_of!(
            Escalation,
            escalation,
            hazards::escalation,
            "hazards.escalation <> 'none'",
            |rung| rung != Escalation::None.code()
        );
        one_of!(
            Production,
            production,
            hazards::production,
            "hazards.production <> 'running'",
            |production| *production != Production::Running
        );
        macro_rules! tagged {
            ($by:ident, $values:ident, $tags:ident, $tag:ident) => {
                if !filter.$values.is_empty() {
                    let tags = $tags::table.filter($tags::$tag.eq_any(filter.$values.clone()));
                    asked.push((
                        By::$by,
                        match manner {
                            Manner::Walk => Box::new(exists(tags.filter($tags::hazard_id.eq(hazards::id)))),
                            Manner::Gather => Box::new(hazards::id.eq_any(tags.select($tags::hazard_id))),
                        },
                    ));
                }
            };
        }
        tagged!(Campaign, campaign, hazard_campaigns, campaign);
        tagged!(Criterion, criterion, hazard_criteria, criterion);
        asked
    }

    fn ranges<'a>(&self) -> Vec<Named<'a>> {
        let filter = self.filter;
        let mut asked: Vec<Named<'a>> = Vec::new();
        match filter.overdue {
            Some((true, today)) => asked.push((By::DueOn, Box::new(hazards::next_due_on.lt(today)))),
            Some((false, today)) => asked.push((By::DueOn, Box::new(hazards::next_due_on.ge(today)))),
            None => {}
        }
        if let Some(day) = filter.due_before {
            asked.push((By::DueOn, Box::new(hazards::next_due_on.le(day))));
        }
        if let Some(day) = filter.due_after {
            let running = hazards::next_due_on.ge(day).and(hazards::next_due_on.lt(Day::NEVER));
            asked.push((By::DueOn, Box::new(running)));
        }
        if let Some(day) = filter.reported_from {
            asked.push((By::ReportedAt, Box::new(hazards::reported_at.ge(day.start()))));
        }
        if let Some(day) = filter.reported_to {
            asked.push((By::ReportedAt, Box::new(hazards::reported_at.le(day.end()))));
        }
        if let Some(day) = filter.closed_from {
            let closed = hazards::closed_at.assume_not_null().ge(day.start());
            asked.push((By::ClosedAt, Box::new(closed)));
        }
        if let Some(day) = filter.closed_to {
            let closed = hazards::closed_at.assume_not_null().le(day.end());
            asked.push((By::ClosedAt, Box::new(closed)));
        }
        if let Some(moment) = filter.updated_after {
            asked.push((By::UpdatedAt, Box::new(hazards::updated_at.gt(moment))));
        }
        if let Some(moment) = filter.updated_before {
            asked.push((By::UpdatedAt, Box::new(hazards::updated_at.lt(moment))));
        }
        asked
    }
}

/// Whether the lane or its order already sees to what a condition is about.
fn leads(lane: &Lane, sort: Sort, by: By) -> bool {
    match by {
        By::Unit => matches!(lane, Lane::Unit(_)),
        By::Status => matches!(lane, Lane::Status(_)),
        by => sorts_by(sort, by),
    }
}

fn sorts_by(sort: Sort, by: By) -> bool {
    match sort {
        Sort::ReportedAt | Sort::ReportedAtDown => by == By::ReportedAt,
        Sort::UpdatedAt | Sort::UpdatedAtDown => by == By::UpdatedAt,
        Sort::DueOn | Sort::DueOnDown => by == By::DueOn,
        Sort::Number | Sort::NumberDown => false,
    }
}

/// Whether the engine knows which values are rare. SQLite does not, and takes any index on a column that is compared
/// for a good one.
fn plans_by_values(connection: &Connection) -> bool {
    connection.is_postgres()
}

/// The same condition, put so that SQLite does not look for an index that would meet it.
fn hidden(condition: Condition<'_, hazards::table>) -> Condition<'_, hazards::table> {
    Box::new(case_when::<_, _, Integer>(condition, 1).otherwise(0).eq(1))
}

fn narrowed<T: Clone + PartialEq>(known: Option<Vec<T>>, more: &[T]) -> Vec<T> {
    let more = distinct(more);
    match known {
        None => more,
        Some(known) => known.into_iter().filter(|one| more.contains(one)).collect(),
    }
}

fn distinct<T: Clone + PartialEq>(values: &[T]) -> Vec<T> {
    let mut distinct: Vec<T> = Vec::with_capacity(values.len());
    for value in values {
        if !distinct.contains(value) {
            distinct.push(value.clone());
        }
    }
    distinct
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
