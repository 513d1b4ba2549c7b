//! Rows of lists and of their versions.

use diesel::prelude::*;

use super::model::{Checklist, ChecklistCode, ChecklistKind, Contents};
use crate::store::columns::texts;
use crate::store::schema::{checklist_versions, checklists};
use crate::store::scope::{Condition, overlapping};
use crate::store::{Connection, StoreError};
use crate::values::{ChecklistId, IndustryPrefix, Instant};

texts!(ChecklistCode, ChecklistKind);

/// What a list that is for all industries keeps of them.
const ALL_INDUSTRIES: &str = "[]";

/// How a list is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// By its id.
    Id(ChecklistId),
    /// By its code.
    Code(ChecklistCode),
}

/// What is asked for. Values of one filter are alternatives; filters narrow each other.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Whose lists.
    pub kind: Vec<ChecklistKind>,
    /// For some part of one of these industries.
    pub industry: Vec<IndustryPrefix>,
}

#[derive(Queryable)]
struct VersionRow {
    id: ChecklistId,
    code: ChecklistCode,
    kind: ChecklistKind,
    created_at: Instant,
    version: i64,
    published_at: Instant,
    document: String,
}

/// Selects versions of lists as [`VersionRow`]s; the query goes on behind it.
macro_rules! versions {
    () => {
        checklist_versions::table
            .inner_join(checklists::table.on(checklists::id.eq(checklist_versions::checklist_id)))
            .select((
                checklists::id,
                checklists::code,
                checklists::kind,
                checklists::created_at,
                checklist_versions::version,
                checklist_versions::published_at,
                checklist_versions::document,
            ))
    };
}

/// The version in force of a list.
///
/// # Errors
/// The failures of the store.
pub fn find(connection: &mut Connection, reference: &Reference) -> Result<Option<Checklist>, StoreError> {
    let in_force = versions!().filter(checklist_versions::version.eq(checklists::version));
    let row: Option<VersionRow> = match reference {
        Reference::Id(id) => in_force.filter(checklists::id.eq(id)).first(connection).optional()?,
        Reference::Code(code) => in_force
            .filter(checklists::code.eq(code))
            .first(connection)
            .optional()?,
    };
    row.map(VersionRow::into_checklist).transpose()
}

/// Those of `ids` that are on record, each in the version in force.
///
/// # Errors
/// The failures of the store.
pub fn of_ids(connection: &mut Connection, ids: &[ChecklistId]) -> Result<Vec<Checklist>, StoreError> {
    versions!()
        .filter(checklist_versions::version.eq(checklists::version))
        .filter(checklists::id.eq_any(ids.to_vec()))
        .load::<VersionRow>(connection)?
        .into_iter()
        .map(VersionRow::into_checklist)
        .collect()
}

/// One version of a list.
///
/// # Errors
/// The failures of the store.
pub fn version(
    connection: &mut Connection,
    reference: &Reference,
    version: i64,
) -> Result<Option<Checklist>, StoreError> {
    let that = versions!().filter(checklist_versions::version.eq(version));
    let row: Option<VersionRow> = match reference {
        Reference::Id(id) => that.filter(checklists::id.eq(id)).first(connection).optional()?,
        Reference::Code(code) => that.filter(checklists::code.eq(code)).first(connection).optional()?,
    };
    row.map(VersionRow::into_checklist).transpose()
}

/// At most `limit` lists, each in the version in force, by code, after the code `place`.
///
/// # Errors
/// The failures of the store.
pub fn page(
    connection: &mut Connection,
    filter: &Filter,
    place: Option<&ChecklistCode>,
    limit: i64,
) -> Result<Vec<Checklist>, StoreError> {
    let mut query = checklists::table.into_boxed();
    if !filter.kind.is_empty() {
        query = query.filter(checklists::kind.eq_any(filter.kind.clone()));
    }
    let applying = filter
        .industry
        .iter()
        .flat_map(overlapping)
        .map(|pattern| -> Condition<'_, checklists::table> { Box::new(checklists::industries.like(pattern)) })
        .reduce(|one, other| Box::new(one.or(other)));
    if let Some(applying) = applying {
        query = query.filter(applying.or(checklists::industries.eq(ALL_INDUSTRIES)));
    }
    if let Some(place) = place {
        query = query.filter(checklists::code.gt(place));
    }
    let codes: Vec<ChecklistCode> = query
        .order(checklists::code.asc())
        .limit(limit)
        .select(checklists::code)
        .load(connection)?;
    versions!()
        .filter(checklist_versions::version.eq(checklists::version))
        .filter(checklists::code.eq_any(codes))
        .order(checklists::code.asc())
        .load::<VersionRow>(connection)?
        .into_iter()
        .map(VersionRow::into_checklist)
        .collect()
}

/// Holds the row of a list until the transaction ends; false when there is none.
///
/// # Errors
/// The failures of the store.
pub fn hold(connection: &mut Connection, code: &ChecklistCode) -> Result<bool, StoreError> {
    let touched = diesel::update(checklists::table.filter(checklists::code.eq(code)))
        .set(checklists::version.eq(checklists::version))
        .execute(connection)?;
    Ok(touched == 1)
}

/// Writes a new list with its first version.
///
/// # Errors
/// [`StoreError::Unique`] when the code is taken, and the other failures of the store.
pub fn insert(connection: &mut Connection, checklist: &Checklist) -> Result<(), StoreError> {
    diesel::insert_into(checklists::table)
        .values((
            checklists::id.eq(checklist.id),
            checklists::code.eq(&checklist.code),
            checklists::kind.eq(checklist.kind),
            checklists::created_at.eq(checklist.created_at),
            checklists::industries.eq(to_json(&checklist.contents.industries)?),
            checklists::version.eq(checklist.version),
        ))
        .execute(connection)?;
    keep_version(connection, checklist)
}

/// Writes the next version of a list whose row is held.
///
/// # Errors
/// The failures of the store.
pub fn advance(connection: &mut Connection, checklist: &Checklist) -> Result<(), StoreError> {
    diesel::update(checklists::table.find(checklist.id))
        .set((
            checklists::industries.eq(to_json(&checklist.contents.industries)?),
            checklists::version.eq(checklist.version),
        ))
        .execute(connection)?;
    keep_version(connection, checklist)
}

fn keep_version(connection: &mut Connection, checklist: &Checklist) -> Result<(), StoreError> {
    diesel::insert_into(checklist_versions::table)
        .values((
            checklist_versions::checklist_id.eq(checklist.id),
            checklist_versions::version.eq(checklist.version),
            checklist_versions::published_at.eq(checklist.published_at),
            checklist_versions::document.eq(to_json(&checklist.contents)?),
        ))
        .execute(connection)?;
    Ok(())
}

fn to_json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}

impl VersionRow {
    fn into_checklist(self) -> Result<Checklist, StoreError> {
        let contents: Contents = serde_json::from_str(&self.document)
            .map_err(|error| StoreError::Corrupt(format!("checklist {}/{}: {error}", self.code, self.version)))?;
        Ok(Checklist {
            id: self.id,
            code: self.code,
            kind: self.kind,
            created_at: self.created_at,
            version: self.version,
            published_at: self.published_at,
            contents,
        })
    }
}
