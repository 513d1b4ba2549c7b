//! Rows of tips.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::{Kept, Record, SealedTip, Standing, Tip};
use super::vault::KeyName;
use crate::hazards::Campaign;
use crate::law::refusal::Refusal;
use crate::law::scope::Areas;
use crate::law::tips::decide::TipPermit;
use crate::law::tips::lifecycle::TipState;
use crate::store::columns::texts;
use crate::store::schema::{events, service_keys, tips};
use crate::store::scope::{any_prefix, ranged};
use crate::store::{Connection, Failure, StoreError};
use crate::values::{AreaCode, AreaPrefix, Day, HazardId, TipId};

texts!(TipState);

/// Name of the folder's mark among what all nodes share.
const MARK: &str = "tip_keys";

#[derive(Queryable, Selectable)]
#[diesel(table_name = tips)]
struct Row {
    id: TipId,
    area: AreaCode,
    campaign: Option<Campaign>,
    received_on: Day,
    anonymous: bool,
    wants_feedback: bool,
    wants_reward: bool,
    version: i64,
    status: TipState,
    standing: String,
    hazard_id: Option<HazardId>,
    key_name: Option<String>,
    told: Option<Vec<u8>>,
    contact: Option<Vec<u8>>,
}

impl Row {
    fn read(self) -> Result<Kept, StoreError> {
        let corrupt = |what: &str| StoreError::Corrupt(format!("a tip has a bad {what}"));
        let standing: Standing = serde_json::from_str(&self.standing).map_err(|_| corrupt("standing"))?;
        let sealed = match (self.key_name, self.told) {
            (Some(name), Some(told)) => Some(SealedTip {
                key: name.parse().map_err(|_| corrupt("key"))?,
                told,
                contact: self.contact,
            }),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return Err(corrupt("seal")),
        };
        Ok(Kept {
            tip: Tip {
                id: self.id,
                version: self.version,
                status: self.status,
                record: Record {
                    area: self.area,
                    campaign: self.campaign,
                    received_on: self.received_on,
                    anonymous: self.anonymous,
                    wants_feedback: self.wants_feedback,
                    wants_reward: self.wants_reward,
                },
                standing,
            },
            hazard: self.hazard_id,
            sealed,
        })
    }
}

/// What a new tip brings along besides what stands in the open.
pub struct NewSeals<'a> {
    /// Keyed digest of the receipt.
    pub receipt: [u8; 32],
    /// Argon2id hash of the passphrase.
    pub passphrase: &'a str,
    /// What is sealed.
    pub sealed: &'a SealedTip,
}

/// Knows the folder of keys by its mark; the first that is shown is the one. False when it is another.
///
/// # Errors
/// The failures of the store.
pub fn know(connection: &mut Connection, mark: [u8; 32]) -> Result<bool, StoreError> {
    if let Some(known) = known(connection)? {
        return Ok(known == mark);
    }
    let kept: Result<usize, StoreError> = connection.nested(|connection| {
        Ok(diesel::insert_into(service_keys::table)
            .values((service_keys::name.eq(MARK), service_keys::value.eq(mark.to_vec())))
            .execute(connection)?)
    });
    match kept {
        Ok(_) => Ok(true),
        // Another node was first; its folder is the one.
        Err(StoreError::Unique(_)) => Ok(known(connection)?.is_some_and(|known| known == mark)),
        Err(error) => Err(error),
    }
}

/// The mark of the folder of keys that belongs to the database.
///
/// # Errors
/// The failures of the store.
pub fn known(connection: &mut Connection) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(service_keys::table
        .find(MARK)
        .select(service_keys::value)
        .first(connection)
        .optional()?)
}

/// Takes another folder of keys for the one of the database, because the one it knew is lost.
///
/// # Errors
/// The failures of the store.
pub fn forget(connection: &mut Connection) -> Result<(), StoreError> {
    diesel::delete(service_keys::table.find(MARK)).execute(connection)?;
    Ok(())
}

/// Puts a new tip on record.
///
/// # Errors
/// [`StoreError::Unique`] when the receipt is taken, and the other failures of the store.
pub fn insert(
    connection: &mut Connection,
    _permit: TipPermit,
    tip: &Tip,
    new: &NewSeals<'_>,
) -> Result<(), StoreError> {
    diesel::insert_into(tips::table)
        .values((
            tips::id.eq(tip.id),
            tips::area.eq(&tip.record.area),
            tips::campaign.eq(tip.record.campaign),
            tips::received_on.eq(tip.record.received_on),
            tips::anonymous.eq(tip.record.anonymous),
            tips::wants_feedback.eq(tip.record.wants_feedback),
            tips::wants_reward.eq(tip.record.wants_reward),
            tips::version.eq(tip.version),
            tips::status.eq(tip.status),
            tips::standing.eq(document(tip)?),
            tips::erase_on.eq(Day::NEVER),
            tips::receipt.eq(new.receipt.to_vec()),
            tips::passphrase.eq(new.passphrase),
            tips::key_name.eq(new.sealed.key.to_string()),
            tips::told.eq(&new.sealed.told),
            tips::contact.eq(&new.sealed.contact),
        ))
        .execute(connection)?;
    Ok(())
}

/// True when the receipt of a new tip was taken.
pub fn is_taken(error: &StoreError) -> bool {
    error.is_unique("tips_receipt_key", "tips.receipt")
}

/// Writes a tip that an action advanced, and the hazard that it was found to tell of. The row must still stand where the
/// permit found it.
///
/// # Errors
/// [`Refusal::Stale`] when another transaction was first, and the failures of the store.
pub fn advance(
    connection: &mut Connection,
    permit: TipPermit,
    before: &Tip,
    after: &Tip,
    hazard: Option<HazardId>,
    erase_on: Day,
) -> Result<(), Failure> {
    debug_assert_eq!(permit.to(), after.status);
    follow(connection, before, after)?;
    diesel::update(tips::table.find(after.id))
        .set((
            hazard.map(|hazard| tips::hazard_id.eq(hazard)),
            tips::erase_on.eq(erase_on),
        ))
        .execute(connection)?;
    Ok(())
}

/// Writes a tip to which something was added that changes nothing of where it stands: a message, a refused opening.
///
/// # Errors
/// As [`advance`].
pub fn follow(connection: &mut Connection, before: &Tip, after: &Tip) -> Result<(), Failure> {
    let place = tips::table
        .filter(tips::id.eq(before.id))
        .filter(tips::version.eq(before.version))
        .filter(tips::status.eq(before.status));
    let touched = diesel::update(place)
        .set((
            tips::version.eq(after.version),
            tips::status.eq(after.status),
            tips::standing.eq(document(after)?),
        ))
        .execute(connection)?;
    if touched == 1 {
        return Ok(());
    }
    let current = tips::table.find(before.id).select(tips::version).first(connection)?;
    Err(Refusal::Stale { current }.into())
}

/// A tip.
///
/// # Errors
/// The failures of the store.
pub fn find(connection: &mut Connection, id: TipId) -> Result<Option<Kept>, StoreError> {
    tips::table
        .find(id)
        .select(Row::as_select())
        .first(connection)
        .optional()?
        .map(Row::read)
        .transpose()
}

/// The tip of a receipt, by its keyed digest.
///
/// # Errors
/// The failures of the store.
pub fn find_by_receipt(connection: &mut Connection, receipt: [u8; 32]) -> Result<Option<Kept>, StoreError> {
    tips::table
        .filter(tips::receipt.eq(receipt.to_vec()))
        .select(Row::as_select())
        .first(connection)
        .optional()?
        .map(Row::read)
        .transpose()
}

/// The hash of the passphrase of a receipt. Nothing else is read, so that a receipt which exists is found as fast as one
/// that does not.
///
/// # Errors
/// The failures of the store.
pub fn passphrase_of(connection: &mut Connection, receipt: [u8; 32]) -> Result<Option<String>, StoreError> {
    let found: Option<Option<String>> = tips::table
        .filter(tips::receipt.eq(receipt.to_vec()))
        .select(tips::passphrase)
        .first(connection)
        .optional()?;
    Ok(found.flatten())
}

/// Whether the receipt of a claim is that of the tip.
///
/// # Errors
/// The failures of the store.
pub fn is_receipt_of(connection: &mut Connection, id: TipId, receipt: [u8; 32]) -> Result<bool, StoreError> {
    let found: Option<TipId> = tips::table
        .filter(tips::receipt.eq(receipt.to_vec()))
        .select(tips::id)
        .first(connection)
        .optional()?;
    Ok(found == Some(id))
}

/// Whether another tip that came before that day was found to tell of the same hazard.
///
/// # Errors
/// The failures of the store.
pub fn told_before(connection: &mut Connection, id: TipId, hazard: HazardId, day: Day) -> Result<bool, StoreError> {
    let earlier: Option<TipId> = tips::table
        .filter(tips::hazard_id.eq(hazard))
        .filter(tips::id.ne(id))
        .filter(tips::received_on.lt(day))
        .select(tips::id)
        .first(connection)
        .optional()?;
    Ok(earlier.is_some())
}

/// What is asked for in a list. Values of one filter are alternatives; filters narrow each other.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Where tips stand.
    pub status: Vec<TipState>,
    /// Area prefixes.
    pub area: Vec<AreaPrefix>,
    /// Campaigns.
    pub campaign: Vec<Campaign>,
    /// Hazards that they were found to tell of.
    pub hazard: Vec<HazardId>,
}

/// A place in a list.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Place {
    received_on: Day,
    id: TipId,
}

impl From<&Kept> for Place {
    fn from(kept: &Kept) -> Self {
        Self {
            received_on: kept.tip.record.received_on,
            id: kept.tip.id,
        }
    }
}

/// Tips of some areas, the newest day first, behind a place.
///
/// # Errors
/// The failures of the store.
pub fn page(
    connection: &mut Connection,
    areas: &Areas,
    filter: &Filter,
    behind: Option<&Place>,
    limit: i64,
) -> Result<Vec<Kept>, StoreError> {
    let mut query = tips::table.select(Row::as_select()).into_boxed();
    if let Areas::Within(prefixes) = areas {
        match any_prefix(prefixes, ranged!(tips, area)) {
            Some(covered) => query = query.filter(covered),
            None => return Ok(Vec::new()),
        }
    }
    if let Some(asked) = any_prefix(&filter.area, ranged!(tips, area)) {
        query = query.filter(asked);
    }
    if !filter.status.is_empty() {
        query = query.filter(tips::status.eq_any(filter.status.clone()));
    }
    if !filter.campaign.is_empty() {
        query = query.filter(tips::campaign.eq_any(filter.campaign.clone()));
    }
    if !filter.hazard.is_empty() {
        query = query.filter(tips::hazard_id.eq_any(filter.hazard.clone()));
    }
    if let Some(place) = behind {
        query = query.filter(
            tips::received_on
                .lt(place.received_on)
                .or(tips::received_on.eq(place.received_on).and(tips::id.lt(place.id))),
        );
    }
    query
        .order((tips::received_on.desc(), tips::id.desc()))
        .limit(limit)
        .load(connection)?
        .into_iter()
        .map(Row::read)
        .collect()
}

/// A tip that has a row and no events.
///
/// # Errors
/// The failures of the store.
pub fn without_history(connection: &mut Connection) -> Result<Option<TipId>, StoreError> {
    let first = events::subject_id.eq(tips::id).and(events::version.eq(1));
    Ok(tips::table
        .left_join(events::table.on(first))
        .filter(events::version.nullable().is_null())
        .select(tips::id)
        .first(connection)
        .optional()?)
}

/// Tips whose time is over on that day.
///
/// # Errors
/// The failures of the store.
pub fn due_to_erase(connection: &mut Connection, today: Day, limit: i64) -> Result<Vec<(TipId, KeyName)>, StoreError> {
    let due: Vec<(TipId, Option<String>)> = tips::table
        .filter(tips::erase_on.lt(today))
        .filter(tips::key_name.is_not_null())
        .order((tips::erase_on.asc(), tips::id.asc()))
        .limit(limit)
        .select((tips::id, tips::key_name))
        .load(connection)?;
    due.into_iter()
        .filter_map(|(id, name)| Some((id, name?)))
        .map(|(id, name)| match name.parse() {
            Ok(name) => Ok((id, name)),
            Err(_) => Err(StoreError::Corrupt("a tip has a bad key".to_owned())),
        })
        .collect()
}

/// Takes away everything that is sealed, once; false when it is gone already.
///
/// # Errors
/// [`Refusal::Stale`] when the tip moved meanwhile, and the failures of the store.
pub fn erase(connection: &mut Connection, before: &Tip, after: &Tip) -> Result<(), Failure> {
    follow(connection, before, after)?;
    diesel::update(tips::table.find(after.id))
        .set((
            tips::erase_on.eq(Day::NEVER),
            tips::receipt.eq(None::<Vec<u8>>),
            tips::passphrase.eq(None::<String>),
            tips::key_name.eq(None::<String>),
            tips::told.eq(None::<Vec<u8>>),
            tips::contact.eq(None::<Vec<u8>>),
        ))
        .execute(connection)?;
    Ok(())
}

/// Whether a tip on record is sealed under the key of that name.
///
/// # Errors
/// The failures of the store.
pub fn is_key_of_a_tip(connection: &mut Connection, name: &KeyName) -> Result<bool, StoreError> {
    let found: Option<TipId> = tips::table
        .filter(tips::key_name.eq(name.to_string()))
        .select(tips::id)
        .first(connection)
        .optional()?;
    Ok(found.is_some())
}

/// Names of the keys of every tip that is not erased.
///
/// # Errors
/// The failures of the store.
pub fn names_of_keys(connection: &mut Connection) -> Result<Vec<String>, StoreError> {
    let names: Vec<Option<String>> = tips::table
        .filter(tips::key_name.is_not_null())
        .select(tips::key_name)
        .load(connection)?;
    Ok(names.into_iter().flatten().collect())
}

fn document(tip: &Tip) -> Result<String, StoreError> {
    serde_json::to_string(&tip.standing).map_err(|error| StoreError::Corrupt(error.to_string()))
}
