//! Rows of self-checks and of their versions.

use diesel::prelude::*;

use super::model::{Findings, SelfCheck};
use crate::store::schema::{self_check_versions, self_checks};
use crate::store::{Connection, StoreError};
use crate::values::{Day, EnterpriseId, Instant, Quarter, SelfCheckId};

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
