//! Rows of authorities.

use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::model::{Authority, AuthorityCode};
use crate::law::scope::Level;
use crate::store::columns::texts;
use crate::store::schema::authorities;
use crate::store::scope::{Condition, overlapping};
use crate::store::{Connection, StoreError};
use crate::values::{AreaPrefix, AuthorityId, Instant, Name, Vocabulary};

texts!(AuthorityCode);

/// What is asked for. Values of one filter are alternatives; filters narrow each other.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Ranks.
    pub level: Vec<Level>,
    /// Codes of the authority above.
    pub parent: Vec<AuthorityCode>,
    /// In charge of some part of one of these areas.
    pub area: Vec<AreaPrefix>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = authorities)]
struct AuthorityRow {
    id: AuthorityId,
    code: AuthorityCode,
    created_at: Instant,
    name: Name,
    level: String,
    parent: Option<AuthorityCode>,
    areas: String,
    industries: String,
    version: i64,
    updated_at: Instant,
}

/// The authority of that code.
///
/// # Errors
/// The failures of the store.
pub fn find(connection: &mut Connection, code: &AuthorityCode) -> Result<Option<Authority>, StoreError> {
    authorities::table
        .filter(authorities::code.eq(code))
        .select(AuthorityRow::as_select())
        .first(connection)
        .optional()?
        .map(AuthorityRow::into_authority)
        .transpose()
}

/// Those of `ids` that are on record.
///
/// # Errors
/// The failures of the store.
pub fn of_ids(connection: &mut Connection, ids: &[AuthorityId]) -> Result<Vec<Authority>, StoreError> {
    authorities::table
        .filter(authorities::id.eq_any(ids.to_vec()))
        .select(AuthorityRow::as_select())
        .load(connection)?
        .into_iter()
        .map(AuthorityRow::into_authority)
        .collect()
}

/// At most `limit` authorities by code, after the code `place`.
///
/// # Errors
/// The failures of the store.
pub fn page(
    connection: &mut Connection,
    filter: &Filter,
    place: Option<&AuthorityCode>,
    limit: i64,
) -> Result<Vec<Authority>, StoreError> {
    let mut query = authorities::table.into_boxed();
    if !filter.level.is_empty() {
        let levels: Vec<&str> = filter.level.iter().map(|level| level.code()).collect();
        query = query.filter(authorities::level.eq_any(levels));
    }
    if !filter.parent.is_empty() {
        query = query.filter(authorities::parent.eq_any(filter.parent.clone()));
    }
    let in_charge = filter
        .area
        .iter()
        .flat_map(overlapping)
        .map(|pattern| -> Condition<'_, authorities::table> { Box::new(authorities::areas.like(pattern)) })
        .reduce(|one, other| Box::new(one.or(other)));
    if let Some(in_charge) = in_charge {
        query = query.filter(in_charge);
    }
    if let Some(place) = place {
        query = query.filter(authorities::code.gt(place));
    }
    query
        .order(authorities::code.asc())
        .limit(limit)
        .select(AuthorityRow::as_select())
        .load(connection)?
        .into_iter()
        .map(AuthorityRow::into_authority)
        .collect()
}

/// The highest rank among the authorities directly below that one.
///
/// # Errors
/// The failures of the store.
pub fn highest_below(connection: &mut Connection, code: &AuthorityCode) -> Result<Option<Level>, StoreError> {
    let levels: Vec<String> = authorities::table
        .filter(authorities::parent.eq(code))
        .select(authorities::level)
        .distinct()
        .load(connection)?;
    Ok(levels.iter().filter_map(|level| Level::from_code(level)).max())
}

/// Writes a new row.
///
/// # Errors
/// [`StoreError::Unique`] when the code is taken, and the other failures of the store.
pub fn insert(connection: &mut Connection, authority: &Authority) -> Result<(), StoreError> {
    diesel::insert_into(authorities::table)
        .values((
            authorities::id.eq(authority.id),
            authorities::code.eq(&authority.code),
            authorities::created_at.eq(authority.created_at),
            authorities::name.eq(&authority.name),
            authorities::level.eq(authority.level.code()),
            authorities::parent.eq(authority.parent.as_ref()),
            authorities::areas.eq(to_json(&authority.areas)?),
            authorities::industries.eq(to_json(&authority.industries)?),
            authorities::version.eq(authority.version),
            authorities::updated_at.eq(authority.updated_at),
        ))
        .execute(connection)?;
    Ok(())
}

/// Writes what may change, over the version before; false when another transaction was quicker.
///
/// # Errors
/// The failures of the store.
pub fn update(connection: &mut Connection, authority: &Authority) -> Result<bool, StoreError> {
    let before = authorities::table
        .filter(authorities::id.eq(authority.id))
        .filter(authorities::version.eq(authority.version - 1));
    let changed = diesel::update(before)
        .set((
            authorities::name.eq(&authority.name),
            authorities::level.eq(authority.level.code()),
            authorities::parent.eq(authority.parent.as_ref()),
            authorities::areas.eq(to_json(&authority.areas)?),
            authorities::industries.eq(to_json(&authority.industries)?),
            authorities::version.eq(authority.version),
            authorities::updated_at.eq(authority.updated_at),
        ))
        .execute(connection)?;
    Ok(changed == 1)
}

impl AuthorityRow {
    fn into_authority(self) -> Result<Authority, StoreError> {
        Ok(Authority {
            level: Level::from_code(&self.level)
                .ok_or_else(|| StoreError::Corrupt(format!("authority {} has no such level", self.code)))?,
            areas: from_json(&self.areas)?,
            industries: from_json(&self.industries)?,
            id: self.id,
            code: self.code,
            name: self.name,
            parent: self.parent,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(error.to_string()))
}
