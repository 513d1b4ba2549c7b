//! Hazards that are named by id, for whoever heard of them elsewhere.

use diesel::prelude::*;

use crate::hazards::found::Found;
use crate::hazards::store;
use crate::law::lifecycle::State;
use crate::law::scope::Scope;
use crate::store::schema::{enterprises, hazards};
use crate::store::scope::within;
use crate::store::{Connection, StoreError};
use crate::values::HazardId;

/// Where those of `ids` stand that the scope covers.
///
/// # Errors
/// The failures of the store.
pub fn standing_within(
    connection: &mut Connection,
    scope: &Scope,
    ids: &[HazardId],
) -> Result<Vec<(HazardId, State)>, StoreError> {
    let named = hazards::table.filter(hazards::id.eq_any(ids.to_vec())).into_boxed();
    Ok(within!(named, scope, hazards)
        .select((hazards::id, hazards::status))
        .load(connection)?)
}

/// Those of `ids` that are on record, whoever asks.
///
/// # Errors
/// The failures of the store.
pub fn of_ids(connection: &mut Connection, ids: &[HazardId]) -> Result<Vec<Found>, StoreError> {
    hazards::table
        .inner_join(enterprises::table.on(enterprises::id.eq(hazards::enterprise_id)))
        .filter(hazards::id.eq_any(ids.to_vec()))
        .select((hazards::document, enterprises::name))
        .load::<(String, String)>(connection)?
        .into_iter()
        .map(|(document, name)| store::read(&document, name))
        .collect()
}
