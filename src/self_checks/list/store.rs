//! Queries of the list of a quarter.

use std::collections::HashMap;

use diesel::dsl::{case_when, exists, not};
use diesel::prelude::*;
use diesel::sql_types::Integer;

use super::{Filter, Place};
use crate::law::scope::Scope;
use crate::store::schema::{enterprises, self_check_versions, self_checks};
use crate::store::scope::{Condition, any_prefix, covered, ranged};
use crate::store::{Connection, MultiBackend, StoreError, plan};
use crate::values::{AreaCode, AreaPrefix, Day, EnterpriseId, IndustryCode, Instant, Name, Quarter, Uscc};

/// How many filings of one state count as few, so that they are gathered and not looked for along the walk.
const FEW: i64 = 4000;

/// An offset of nothing. With one, PostgreSQL looks a filing up for each unit that is met, where it would else read every
/// filing of the quarter before the first row.
const UNIT_BY_UNIT: i64 = 0;

/// Rows for which a plan is made.
const PLANNED: i64 = 51;

/// A unit of the list.
#[derive(Debug, Clone, Queryable)]
pub struct Unit {
    /// Its id.
    pub id: EnterpriseId,
    /// Its unified social credit code.
    pub uscc: Uscc,
    /// Its name.
    pub name: Name,
    /// Where it lies.
    pub area: AreaCode,
    /// Its industry.
    pub industry: IndustryCode,
}

/// What a unit filed.
#[derive(Debug, Clone, Copy, Queryable)]
pub struct Filing {
    /// When first.
    pub at: Instant,
    /// The version in force.
    pub version: i64,
    /// The day of the check by that version.
    pub performed_on: Day,
}

/// Units that have something in common in a quarter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Registered before its end, however they stand.
    Known,
    /// Registered before its end, and filed nothing.
    Missing,
    /// Filed before its end.
    InTime,
    /// Filed after its end.
    Late,
    /// Registered after its end, and filed all the same.
    Newcomers,
}

/// One query of the list.
pub struct Asked<'f> {
    /// What the caller may see.
    pub scope: &'f Scope,
    /// What is asked for.
    pub filter: &'f Filter,
    /// The area that it runs through.
    pub stretch: Option<AreaPrefix>,
    /// The units that it is about.
    pub part: Part,
    /// Whether they are few and gathered by what they filed.
    pub is_rare: bool,
    /// Where the page before ended.
    pub place: Option<&'f Place>,
}

type Units<'a> = enterprises::BoxedQuery<'a, MultiBackend>;

/// At most `limit` units of a query, in the order of the list.
///
/// # Errors
/// The failures of the store.
pub fn units(connection: &mut Connection, asked: &Asked<'_>, limit: i64) -> Result<Vec<Unit>, StoreError> {
    let query = asked.query(connection).limit(limit).select((
        enterprises::id,
        enterprises::uscc,
        enterprises::name,
        enterprises::area,
        enterprises::industry,
    ));
    Ok(query.load(connection)?)
}

/// How the engine would run a query.
///
/// # Errors
/// The failures of the store.
pub fn plan(connection: &mut Connection, asked: &Asked<'_>) -> Result<Vec<String>, StoreError> {
    let query = asked.query(connection).limit(PLANNED).select(enterprises::id);
    plan::of(connection, query)
}

/// Whether few units filed so.
///
/// # Errors
/// The failures of the store.
pub fn is_rare(connection: &mut Connection, quarter: Quarter, part: Part) -> Result<bool, StoreError> {
    let Some((from, until)) = filed_within(quarter, part) else {
        return Ok(false);
    };
    let one_too_many: Option<Instant> = self_checks::table
        .filter(self_checks::quarter.eq(quarter))
        .filter(self_checks::filed_at.ge(from).and(self_checks::filed_at.le(until)))
        .order(self_checks::filed_at.asc())
        .select(self_checks::filed_at)
        .offset(FEW)
        .limit(1)
        .first(connection)
        .optional()?;
    Ok(one_too_many.is_none())
}

/// When the units of a part filed; nothing for those who need not have. Nothing is filed before its quarter begins.
fn filed_within(quarter: Quarter, part: Part) -> Option<(Instant, Instant)> {
    match part {
        Part::Known | Part::Missing => None,
        Part::InTime => Some((quarter.first_day().start(), quarter.last_day().end())),
        Part::Late | Part::Newcomers => Some((quarter.last_day().next().start(), Day::NEVER.start())),
    }
}

/// What units filed for a quarter.
///
/// # Errors
/// The failures of the store.
pub fn filings(
    connection: &mut Connection,
    quarter: Quarter,
    units: Vec<EnterpriseId>,
) -> Result<HashMap<EnterpriseId, Filing>, StoreError> {
    let in_force = self_check_versions::self_check_id
        .eq(self_checks::id)
        .and(self_check_versions::version.eq(self_checks::version));
    let filed: Vec<(EnterpriseId, Filing)> = self_checks::table
        .inner_join(self_check_versions::table.on(in_force))
        .filter(self_checks::quarter.eq(quarter))
        .filter(self_checks::enterprise_id.eq_any(units))
        .select((
            self_checks::enterprise_id,
            (
                self_checks::filed_at,
                self_checks::version,
                self_check_versions::performed_on,
            ),
        ))
        .load(connection)?;
    Ok(filed.into_iter().collect())
}

impl Asked<'_> {
    fn query<'a>(&self, connection: &Connection) -> Units<'a> {
        let mut query = enterprises::table.into_boxed();
        let covered = covered!(self.scope, enterprises);
        if let Some(unit) = covered.unit {
            query = query.filter(unit);
        }
        let stretch = self.stretch.as_slice();
        let stretch = any_prefix(stretch, ranged!(enterprises, area));
        let industry = any_prefix(&self.filter.industry, ranged!(enterprises, industry));
        let mut passed_over = vec![covered.area, covered.industry, industry];
        if self.is_rare {
            passed_over.push(stretch);
        } else if let Some(stretch) = stretch {
            query = query.filter(stretch);
        }
        if let Some((from, until)) = filed_within(self.filter.quarter, self.part) {
            let filed = self_checks::table
                .filter(self_checks::quarter.eq(self.filter.quarter))
                .filter(self_checks::filed_at.ge(from).and(self_checks::filed_at.le(until)));
            if self.is_rare {
                query = query.filter(enterprises::id.eq_any(filed.select(self_checks::enterprise_id)));
            } else {
                let own = filed
                    .filter(self_checks::enterprise_id.eq(enterprises::id))
                    .offset(UNIT_BY_UNIT);
                passed_over.push(Some(Box::new(exists(own))));
            }
        }
        passed_over.push(self.registered());
        for condition in passed_over.into_iter().flatten() {
            query = query.filter(if connection.is_postgres() {
                condition
            } else {
                hidden(condition)
            });
        }
        if let Some(Place { area, id }) = self.place {
            query = query
                .filter(enterprises::area.ge(area.clone()))
                .filter(enterprises::area.gt(area.clone()).or(enterprises::id.gt(*id)));
        }
        query.order((enterprises::area.asc(), enterprises::id.asc()))
    }

    /// When a unit of the part was registered, and for one that is missing that it filed nothing.
    fn registered<'a>(&self) -> Option<Condition<'a, enterprises::table>> {
        let end = self.filter.quarter.last_day().end();
        match self.part {
            Part::Known => Some(Box::new(enterprises::created_at.le(end))),
            Part::Missing => {
                let filed = self_checks::table
                    .filter(self_checks::quarter.eq(self.filter.quarter))
                    .filter(self_checks::enterprise_id.eq(enterprises::id))
                    .offset(UNIT_BY_UNIT);
                Some(Box::new(enterprises::created_at.le(end).and(not(exists(filed)))))
            }
            Part::Newcomers => Some(Box::new(enterprises::created_at.gt(end))),
            Part::InTime | Part::Late => None,
        }
    }
}

/// The same condition, put so that SQLite does not look for an index that would meet it: it has no statistics to tell
/// that nearly every unit is of the industry.
fn hidden(condition: Condition<'_, enterprises::table>) -> Condition<'_, enterprises::table> {
    Box::new(case_when::<_, _, Integer>(condition, 1).otherwise(0).eq(1))
}
