//! Rows of self-checks and of their versions.

use std::collections::HashMap;

use diesel::dsl::{case_when, exists, not};
use diesel::prelude::*;
use diesel::sql_types::Integer;
use serde::{Deserialize, Serialize};

use super::model::{CheckState, Findings, SelfCheck};
use crate::law::scope::{Areas, Scope};
use crate::store::schema::{enterprises, self_check_versions, self_checks};
use crate::store::scope::{Condition, any_prefix, covered, ranged};
use crate::store::{Connection, MultiBackend, StoreError, plan};
use crate::values::{
    AreaCode, AreaPrefix, Day, EnterpriseId, IndustryCode, IndustryPrefix, Instant, Name, Prefix as _, Quarter,
    SelfCheckId, Uscc, Vocabulary as _,
};

/// What is asked for of the units of a quarter. Values of one filter are alternatives; filters narrow each other.
#[derive(Debug, Clone)]
pub struct Filter {
    /// The quarter.
    pub quarter: Quarter,
    /// How units stand.
    pub state: Vec<CheckState>,
    /// Area prefixes.
    pub area: Vec<AreaPrefix>,
    /// Industry prefixes.
    pub industry: Vec<IndustryPrefix>,
}

/// Where a page ended: units follow each other by area, and in one area by when they were registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    area: AreaCode,
    id: EnterpriseId,
}

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

/// A row of the list.
#[derive(Debug, Clone)]
pub struct Row {
    /// The unit.
    pub unit: Unit,
    /// What it filed for the quarter, if anything.
    pub filed: Option<Filing>,
}

impl Place {
    /// The place of a row in the list.
    pub fn of(row: &Row) -> Self {
        Self {
            area: row.unit.area.clone(),
            id: row.unit.id,
        }
    }
}

type Units<'a> = enterprises::BoxedQuery<'a, MultiBackend>;

#[derive(Queryable)]
struct VersionRow {
    id: SelfCheckId,
    enterprise: EnterpriseId,
    quarter: Quarter,
    filed_at: Instant,
    version: i64,
    updated_at: Instant,
    document: String,
}

/// Selects versions of self-checks as [`VersionRow`]s; the query goes on behind it.
macro_rules! versions {
    () => {
        self_check_versions::table
            .inner_join(self_checks::table.on(self_checks::id.eq(self_check_versions::self_check_id)))
            .select((
                self_checks::id,
                self_checks::enterprise_id,
                self_checks::quarter,
                self_checks::filed_at,
                self_check_versions::version,
                self_check_versions::filed_at,
                self_check_versions::document,
            ))
    };
}

/// The version in force of a unit's self-check.
///
/// # Errors
/// The failures of the store.
pub fn find(
    connection: &mut Connection,
    enterprise: EnterpriseId,
    quarter: Quarter,
) -> Result<Option<SelfCheck>, StoreError> {
    versions!()
        .filter(self_checks::enterprise_id.eq(enterprise))
        .filter(self_checks::quarter.eq(quarter))
        .filter(self_check_versions::version.eq(self_checks::version))
        .first::<VersionRow>(connection)
        .optional()?
        .map(VersionRow::into_self_check)
        .transpose()
}

/// At most `limit` versions of a self-check after the version `after`, oldest first.
///
/// # Errors
/// The failures of the store.
pub fn versions(
    connection: &mut Connection,
    id: SelfCheckId,
    after: i64,
    limit: i64,
) -> Result<Vec<SelfCheck>, StoreError> {
    versions!()
        .filter(self_check_versions::self_check_id.eq(id))
        .filter(self_check_versions::version.gt(after))
        .order(self_check_versions::version.asc())
        .limit(limit)
        .load::<VersionRow>(connection)?
        .into_iter()
        .map(VersionRow::into_self_check)
        .collect()
}

/// When a unit first filed for a quarter.
///
/// # Errors
/// The failures of the store.
pub fn filed_at(
    connection: &mut Connection,
    enterprise: EnterpriseId,
    quarter: Quarter,
) -> Result<Option<Instant>, StoreError> {
    Ok(self_checks::table
        .filter(self_checks::enterprise_id.eq(enterprise))
        .filter(self_checks::quarter.eq(quarter))
        .select(self_checks::filed_at)
        .first(connection)
        .optional()?)
}

/// A unit's last self-check before a day, in the words that it had filed by then.
///
/// # Errors
/// The failures of the store.
pub fn last_before(
    connection: &mut Connection,
    enterprise: EnterpriseId,
    day: Day,
) -> Result<Option<SelfCheck>, StoreError> {
    versions!()
        .filter(self_checks::enterprise_id.eq(enterprise))
        .filter(self_check_versions::filed_at.lt(day.start()))
        .order((self_checks::quarter.desc(), self_check_versions::version.desc()))
        .first::<VersionRow>(connection)
        .optional()?
        .map(VersionRow::into_self_check)
        .transpose()
}

/// At most `limit` units that the scope covers, with what they filed, after `place`.
///
/// # Errors
/// The failures of the store.
pub fn page(
    connection: &mut Connection,
    scope: &Scope,
    filter: &Filter,
    place: Option<&Place>,
    limit: i64,
) -> Result<Vec<Row>, StoreError> {
    let mut units: Vec<Unit> = Vec::new();
    for stretch in stretches(scope, filter) {
        let rest = limit - i64::try_from(units.len()).unwrap_or(limit);
        if rest <= 0 {
            break;
        }
        let walk = walked(connection, scope, filter, stretch.as_ref(), place);
        let found = walk.limit(rest).select((
            enterprises::id,
            enterprises::uscc,
            enterprises::name,
            enterprises::area,
            enterprises::industry,
        ));
        units.extend(found.load::<Unit>(connection)?);
    }
    let ids: Vec<EnterpriseId> = units.iter().map(|unit| unit.id).collect();
    let mut filed: HashMap<EnterpriseId, Filing> = self_checks::table
        .inner_join(
            self_check_versions::table.on(self_check_versions::self_check_id
                .eq(self_checks::id)
                .and(self_check_versions::version.eq(self_checks::version))),
        )
        .filter(self_checks::quarter.eq(filter.quarter))
        .filter(self_checks::enterprise_id.eq_any(ids))
        .select((
            self_checks::enterprise_id,
            (
                self_checks::filed_at,
                self_checks::version,
                self_check_versions::performed_on,
            ),
        ))
        .load::<(EnterpriseId, Filing)>(connection)?
        .into_iter()
        .collect();
    Ok(units
        .into_iter()
        .map(|unit| Row {
            filed: filed.remove(&unit.id),
            unit,
        })
        .collect())
}

/// The plans of the queries that [`page`] may run, for whoever tends the indexes.
///
/// # Errors
/// The failures of the store.
pub fn plans(connection: &mut Connection, scope: &Scope, filter: &Filter) -> Result<Vec<Vec<String>>, StoreError> {
    stretches(scope, filter)
        .iter()
        .map(|stretch| {
            let walk = walked(connection, scope, filter, stretch.as_ref(), None);
            plan::of(connection, walk.limit(50).select(enterprises::id))
        })
        .collect()
}

/// Which areas the list runs through, one after the other, none lying in another; the one without a prefix is all there
/// is. Their order is that of the list, so each is a range of the index and none needs sorting.
fn stretches(scope: &Scope, filter: &Filter) -> Vec<Option<AreaPrefix>> {
    let within = match &scope.areas {
        Areas::Within(areas) if scope.unit.is_none() => Some(areas),
        Areas::Within(_) | Areas::All => None,
    };
    let mut areas: Vec<AreaPrefix> = match (within, filter.area.is_empty()) {
        (None, true) => return vec![None],
        (None, false) => filter.area.clone(),
        (Some(within), true) => within.clone(),
        (Some(within), false) => within
            .iter()
            .flat_map(|own| filter.area.iter().filter_map(move |asked| narrower(own, asked)))
            .cloned()
            .collect(),
    };
    // A prefix sorts right before what lies in it.
    areas.sort();
    areas.dedup_by(|later, kept| kept.contains(later.as_str()));
    areas.into_iter().map(Some).collect()
}

fn narrower<'p>(one: &'p AreaPrefix, other: &'p AreaPrefix) -> Option<&'p AreaPrefix> {
    if one.contains(other.as_str()) {
        Some(other)
    } else if other.contains(one.as_str()) {
        Some(one)
    } else {
        None
    }
}

/// The walk through one stretch, along the index of areas.
fn walked<'a>(
    connection: &Connection,
    scope: &Scope,
    filter: &Filter,
    stretch: Option<&AreaPrefix>,
    place: Option<&Place>,
) -> Units<'a> {
    let mut query = enterprises::table.into_boxed();
    let covered = covered!(scope, enterprises);
    if let Some(unit) = covered.unit {
        query = query.filter(unit);
    }
    if let Some(range) = any_prefix(
        stretch.map(std::slice::from_ref).unwrap_or_default(),
        ranged!(enterprises, area),
    ) {
        query = query.filter(range);
    }
    let asked = any_prefix(&filter.industry, ranged!(enterprises, industry));
    let passed_over = [covered.area, covered.industry, asked, standing_as(filter)];
    for condition in passed_over.into_iter().flatten() {
        query = query.filter(if connection.is_postgres() {
            condition
        } else {
            hidden(condition)
        });
    }
    if let Some(place) = place {
        query = query.filter(enterprises::area.ge(place.area.clone())).filter(
            enterprises::area
                .gt(place.area.clone())
                .or(enterprises::id.gt(place.id)),
        );
    }
    query.order((enterprises::area.asc(), enterprises::id.asc()))
}

/// Units that stand so. One that was registered after the quarter and filed nothing for it is not on the list at all.
fn standing_as<'a>(filter: &Filter) -> Option<Condition<'a, enterprises::table>> {
    let end = filter.quarter.last_day().end();
    let filed = self_checks::table
        .filter(self_checks::quarter.eq(filter.quarter))
        .filter(self_checks::enterprise_id.eq(enterprises::id));
    let states = if filter.state.is_empty() {
        CheckState::ALL
    } else {
        &filter.state
    };
    states
        .iter()
        .map(|state| -> Condition<'a, enterprises::table> {
            match state {
                CheckState::Missing => Box::new(enterprises::created_at.le(end).and(not(exists(filed)))),
                CheckState::Filed => Box::new(exists(filed.filter(self_checks::filed_at.le(end)))),
                CheckState::Late => Box::new(exists(filed.filter(self_checks::filed_at.gt(end)))),
            }
        })
        .reduce(|one, other| Box::new(one.or(other)))
}

/// The same condition, put so that SQLite does not look for an index that would meet it: it has no statistics to tell
/// that nearly every unit is of the industry.
fn hidden(condition: Condition<'_, enterprises::table>) -> Condition<'_, enterprises::table> {
    Box::new(case_when::<_, _, Integer>(condition, 1).otherwise(0).eq(1))
}

/// Writes a new self-check with its first version.
///
/// # Errors
/// [`StoreError::Unique`] when the unit has one of that quarter already, and the other failures of the store.
pub fn insert(connection: &mut Connection, check: &SelfCheck) -> Result<(), StoreError> {
    diesel::insert_into(self_checks::table)
        .values((
            self_checks::id.eq(check.id),
            self_checks::enterprise_id.eq(check.enterprise),
            self_checks::quarter.eq(check.quarter),
            self_checks::filed_at.eq(check.filed_at),
            self_checks::version.eq(check.version),
        ))
        .execute(connection)?;
    keep_version(connection, check)
}

/// Writes the next version; false when another transaction was quicker.
///
/// # Errors
/// The failures of the store.
pub fn advance(connection: &mut Connection, check: &SelfCheck) -> Result<bool, StoreError> {
    let before = self_checks::table
        .filter(self_checks::id.eq(check.id))
        .filter(self_checks::version.eq(check.version - 1));
    let changed = diesel::update(before)
        .set(self_checks::version.eq(check.version))
        .execute(connection)?;
    if changed == 0 {
        return Ok(false);
    }
    keep_version(connection, check)?;
    Ok(true)
}

fn keep_version(connection: &mut Connection, check: &SelfCheck) -> Result<(), StoreError> {
    let document = serde_json::to_string(&check.findings).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    diesel::insert_into(self_check_versions::table)
        .values((
            self_check_versions::self_check_id.eq(check.id),
            self_check_versions::version.eq(check.version),
            self_check_versions::filed_at.eq(check.updated_at),
            self_check_versions::performed_on.eq(check.findings.performed_on),
            self_check_versions::document.eq(document),
        ))
        .execute(connection)?;
    Ok(())
}

impl VersionRow {
    fn into_self_check(self) -> Result<SelfCheck, StoreError> {
        let findings: Findings = serde_json::from_str(&self.document)
            .map_err(|error| StoreError::Corrupt(format!("self-check {}/{}: {error}", self.id, self.version)))?;
        Ok(SelfCheck {
            id: self.id,
            enterprise: self.enterprise,
            quarter: self.quarter,
            filed_at: self.filed_at,
            version: self.version,
            updated_at: self.updated_at,
            findings,
        })
    }
}
