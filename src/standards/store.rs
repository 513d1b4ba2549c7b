//! Rows of standards and clauses.

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::{Criterion, CriterionCode, Standard, StandardCode};
use crate::law::facts::CriterionFacts;
use crate::store::columns::texts;
use crate::store::schema::{criteria, standards};
use crate::store::scope::{Condition, overlapping};
use crate::store::substring::{ESCAPE, containing, lower};
use crate::store::{Connection, MultiBackend, StoreError};
use crate::values::{Day, IndustryPrefix, Instant, LongText, Name, StandardId, Title};

texts!(CriterionCode, StandardCode);

/// Number of the advisory lock on PostgreSQL under which the catalogue is loaded; any fixed number of its own.
const CATALOGUE_LOCK: i64 = 0x4341_5441_4c4f;

/// What is asked for of either list. Values of one filter are alternatives; filters narrow each other.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Standards, for clauses.
    pub standard: Vec<StandardCode>,
    /// Applying to some part of one of these industries.
    pub industry: Vec<IndustryPrefix>,
    /// In force on that day.
    pub in_force_on: Option<Day>,
    /// Part of the title, or of article and text of a clause.
    pub q: Option<String>,
}

/// Where a page of clauses ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    standard: StandardCode,
    position: i64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = standards)]
struct StandardRow {
    id: StandardId,
    code: StandardCode,
    title: Title,
    document_number: Title,
    issued_by: Title,
    effective_on: Day,
    replaces: Option<Title>,
    industries: String,
    created_at: Instant,
    repealed_on: Option<Day>,
    version: i64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = criteria)]
struct CriterionRow {
    code: CriterionCode,
    position: i64,
    article: Name,
    text: LongText,
    paraphrase: bool,
}

/// A clause with its standard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// The clause.
    pub criterion: Criterion,
    /// Its standard.
    pub standard: Standard,
    /// Its place in the standard, from 0.
    pub position: i64,
}

/// The standard of that code.
///
/// # Errors
/// The failures of the store.
pub fn find(connection: &mut Connection, code: &StandardCode) -> Result<Option<Standard>, StoreError> {
    standards::table
        .filter(standards::code.eq(code))
        .select(StandardRow::as_select())
        .first(connection)
        .optional()?
        .map(StandardRow::into_standard)
        .transpose()
}

/// Those of `ids` that are on record.
///
/// # Errors
/// The failures of the store.
pub fn of_ids(connection: &mut Connection, ids: &[StandardId]) -> Result<Vec<Standard>, StoreError> {
    standards::table
        .filter(standards::id.eq_any(ids.to_vec()))
        .select(StandardRow::as_select())
        .load(connection)?
        .into_iter()
        .map(StandardRow::into_standard)
        .collect()
}

/// The clauses of a standard, in order.
///
/// # Errors
/// The failures of the store.
pub fn criteria_of(connection: &mut Connection, code: &StandardCode) -> Result<Vec<Criterion>, StoreError> {
    let rows: Vec<CriterionRow> = criteria::table
        .filter(criteria::standard.eq(code))
        .order(criteria::position.asc())
        .select(CriterionRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The clause of that code.
///
/// # Errors
/// The failures of the store.
pub fn find_criterion(connection: &mut Connection, code: &CriterionCode) -> Result<Option<Clause>, StoreError> {
    criteria::table
        .inner_join(standards::table.on(standards::code.eq(criteria::standard)))
        .filter(criteria::code.eq(code))
        .select((CriterionRow::as_select(), StandardRow::as_select()))
        .first(connection)
        .optional()?
        .map(into_clause)
        .transpose()
}

/// For each of `codes`, in their order: whether it is on record, and in force on the day of the find.
///
/// # Errors
/// The failures of the store.
pub fn criteria_facts(
    connection: &mut Connection,
    codes: &[String],
    found_on: Day,
) -> Result<Vec<CriterionFacts>, StoreError> {
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    let spans: BTreeMap<String, (Day, Option<Day>)> = criteria::table
        .inner_join(standards::table.on(standards::code.eq(criteria::standard)))
        .filter(criteria::code.eq_any(codes))
        .select((criteria::code, (standards::effective_on, standards::repealed_on)))
        .load(connection)?
        .into_iter()
        .collect();
    Ok(codes
        .iter()
        .map(|code| {
            let span = spans.get(code);
            CriterionFacts {
                known: span.is_some(),
                in_force: span.is_some_and(|(effective, repealed)| {
                    *effective <= found_on && repealed.is_none_or(|repealed| found_on < repealed)
                }),
            }
        })
        .collect())
}

/// At most `limit` standards by code, after the code `place`.
///
/// # Errors
/// The failures of the store.
pub fn page(
    connection: &mut Connection,
    filter: &Filter,
    place: Option<&StandardCode>,
    limit: i64,
) -> Result<Vec<Standard>, StoreError> {
    let mut query = chosen(filter);
    if let Some(q) = &filter.q {
        query = query.filter(lower(standards::title).like(containing(q)).escape(ESCAPE));
    }
    if let Some(place) = place {
        query = query.filter(standards::code.gt(place));
    }
    query
        .order(standards::code.asc())
        .limit(limit)
        .select(StandardRow::as_select())
        .load(connection)?
        .into_iter()
        .map(StandardRow::into_standard)
        .collect()
}

/// At most `limit` clauses by standard and place, after `place`.
///
/// # Errors
/// The failures of the store.
pub fn criteria_page(
    connection: &mut Connection,
    filter: &Filter,
    place: Option<&Place>,
    limit: i64,
) -> Result<Vec<Clause>, StoreError> {
    // There are few standards and many clauses: the filters of the standard choose codes, which are ranges of the index.
    let standards_chosen: Vec<StandardCode> = chosen(filter).select(standards::code).load(connection)?;
    let mut query = criteria::table
        .inner_join(standards::table.on(standards::code.eq(criteria::standard)))
        .filter(criteria::standard.eq_any(standards_chosen))
        .into_boxed();
    if let Some(q) = &filter.q {
        let pattern = containing(q);
        query = query.filter(
            lower(criteria::text)
                .like(pattern.clone())
                .escape(ESCAPE)
                .or(lower(criteria::article).like(pattern).escape(ESCAPE)),
        );
    }
    if let Some(place) = place {
        query = query.filter(criteria::standard.ge(&place.standard)).filter(
            criteria::standard
                .gt(&place.standard)
                .or(criteria::position.gt(place.position)),
        );
    }
    query
        .order((criteria::standard.asc(), criteria::position.asc()))
        .limit(limit)
        .select((CriterionRow::as_select(), StandardRow::as_select()))
        .load(connection)?
        .into_iter()
        .map(into_clause)
        .collect()
}

/// Writes a new standard.
///
/// # Errors
/// [`StoreError::Unique`] when the code is taken, and the other failures of the store.
pub fn insert(connection: &mut Connection, standard: &Standard) -> Result<(), StoreError> {
    let industries =
        serde_json::to_string(&standard.industries).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    diesel::insert_into(standards::table)
        .values((
            standards::id.eq(standard.id),
            standards::code.eq(&standard.code),
            standards::title.eq(&standard.title),
            standards::document_number.eq(&standard.document_number),
            standards::issued_by.eq(&standard.issued_by),
            standards::effective_on.eq(standard.effective_on),
            standards::replaces.eq(standard.replaces.as_ref()),
            standards::industries.eq(industries),
            standards::created_at.eq(standard.created_at),
            standards::repealed_on.eq(standard.repealed_on),
            standards::version.eq(standard.version),
        ))
        .execute(connection)?;
    Ok(())
}

/// Writes what may change of a standard, over the version before; false when another transaction was quicker.
///
/// # Errors
/// The failures of the store.
pub fn update(connection: &mut Connection, standard: &Standard) -> Result<bool, StoreError> {
    let before = standards::table
        .filter(standards::id.eq(standard.id))
        .filter(standards::version.eq(standard.version - 1));
    let changed = diesel::update(before)
        .set((
            standards::repealed_on.eq(standard.repealed_on),
            standards::version.eq(standard.version),
        ))
        .execute(connection)?;
    Ok(changed == 1)
}

/// Writes a new clause.
///
/// # Errors
/// The failures of the store.
pub fn insert_criterion(
    connection: &mut Connection,
    standard: &StandardCode,
    position: i64,
    criterion: &Criterion,
) -> Result<(), StoreError> {
    diesel::insert_into(criteria::table)
        .values((
            criteria::code.eq(&criterion.code),
            criteria::standard.eq(standard),
            criteria::position.eq(position),
            criteria::article.eq(&criterion.article),
            criteria::text.eq(&criterion.text),
            criteria::paraphrase.eq(criterion.paraphrase),
        ))
        .execute(connection)?;
    Ok(())
}

/// Puts the wording of the standard in the place of a paraphrase.
///
/// # Errors
/// The failures of the store.
pub fn word_criterion(connection: &mut Connection, criterion: &Criterion) -> Result<(), StoreError> {
    diesel::update(criteria::table.find(&criterion.code))
        .filter(criteria::paraphrase.eq(true))
        .set((
            criteria::article.eq(&criterion.article),
            criteria::text.eq(&criterion.text),
            criteria::paraphrase.eq(criterion.paraphrase),
        ))
        .execute(connection)?;
    Ok(())
}

/// Lets one node load the catalogue while others wait. SQLite's write transaction is such a lock already.
///
/// # Errors
/// The failures of the store.
pub fn lock_catalogue(connection: &mut Connection) -> Result<(), StoreError> {
    if let Connection::Postgres(inner) = connection {
        inner.batch_execute(&format!("SELECT pg_advisory_xact_lock({CATALOGUE_LOCK})"))?;
    }
    Ok(())
}

/// The standards that the filters on standards choose.
fn chosen<'a>(filter: &Filter) -> standards::BoxedQuery<'a, MultiBackend> {
    let mut query = standards::table.into_boxed();
    if !filter.standard.is_empty() {
        query = query.filter(standards::code.eq_any(filter.standard.clone()));
    }
    if let Some(day) = filter.in_force_on {
        query = query
            .filter(standards::effective_on.le(day))
            .filter(standards::repealed_on.is_null().or(standards::repealed_on.gt(day)));
    }
    let applying = filter
        .industry
        .iter()
        .flat_map(overlapping)
        .map(|pattern| -> Condition<'a, standards::table> { Box::new(standards::industries.like(pattern)) })
        .reduce(|one, other| Box::new(one.or(other)));
    match applying {
        Some(applying) => query.filter(applying),
        None => query,
    }
}

fn into_clause((criterion, standard): (CriterionRow, StandardRow)) -> Result<Clause, StoreError> {
    Ok(Clause {
        position: criterion.position,
        criterion: criterion.into(),
        standard: standard.into_standard()?,
    })
}

impl Clause {
    /// The clause as the end of a page.
    pub fn place(&self) -> Place {
        Place {
            standard: self.standard.code.clone(),
            position: self.position,
        }
    }
}

impl From<CriterionRow> for Criterion {
    fn from(row: CriterionRow) -> Self {
        Self {
            code: row.code,
            article: row.article,
            text: row.text,
            paraphrase: row.paraphrase,
        }
    }
}

impl StandardRow {
    fn into_standard(self) -> Result<Standard, StoreError> {
        Ok(Standard {
            industries: serde_json::from_str(&self.industries)
                .map_err(|error| StoreError::Corrupt(format!("standard {}: {error}", self.code)))?,
            id: self.id,
            code: self.code,
            title: self.title,
            document_number: self.document_number,
            issued_by: self.issued_by,
            effective_on: self.effective_on,
            repealed_on: self.repealed_on,
            replaces: self.replaces,
            version: self.version,
            created_at: self.created_at,
        })
    }
}
