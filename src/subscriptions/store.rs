//! Rows of subscriptions.

use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::address::WebhookUrl;
use super::model::{DeliveryFault, DeliveryState, Standstill, Subscription, SubscriptionState};
use super::owner::Owner;
use super::signature::SigningSecret;
use crate::store::columns::texts;
use crate::store::schema::subscriptions;
use crate::store::{Connection, StoreError};
use crate::values::{Instant, SubscriptionId, Title};

texts!(WebhookUrl, SubscriptionState, Standstill, DeliveryState, DeliveryFault);

#[derive(Queryable, Selectable)]
#[diesel(table_name = subscriptions)]
struct SubscriptionRow {
    id: SubscriptionId,
    created_at: Instant,
    rights: String,
    url: WebhookUrl,
    types: String,
    description: Option<Title>,
    state: SubscriptionState,
    standstill: Option<Standstill>,
    secret: Vec<u8>,
    previous_secret: Option<Vec<u8>>,
    previous_secret_until: Option<Instant>,
    position: i64,
    late: String,
    failing_since: Option<Instant>,
    version: i64,
    updated_at: Instant,
}

/// The subscription of that id, whoever asks.
///
/// # Errors
/// The failures of the store.
pub fn find(connection: &mut Connection, id: SubscriptionId) -> Result<Option<Subscription>, StoreError> {
    subscriptions::table
        .find(id)
        .select(SubscriptionRow::as_select())
        .first(connection)
        .optional()?
        .map(SubscriptionRow::into_subscription)
        .transpose()
}

/// At most `limit` subscriptions behind `after` in the order in which they were made: those of one owner, or of everybody.
///
/// # Errors
/// The failures of the store.
pub fn page(
    connection: &mut Connection,
    owner: Option<&str>,
    after: Option<SubscriptionId>,
    limit: i64,
) -> Result<Vec<Subscription>, StoreError> {
    let mut query = subscriptions::table.into_boxed();
    if let Some(owner) = owner {
        query = query.filter(subscriptions::owner.eq(owner.to_owned()));
    }
    if let Some(after) = after {
        query = query.filter(subscriptions::id.gt(after));
    }
    query
        .order(subscriptions::id.asc())
        .limit(limit)
        .select(SubscriptionRow::as_select())
        .load(connection)?
        .into_iter()
        .map(SubscriptionRow::into_subscription)
        .collect()
}

/// How many there are.
///
/// # Errors
/// The failures of the store.
pub fn count(connection: &mut Connection) -> Result<i64, StoreError> {
    Ok(subscriptions::table.count().get_result(connection)?)
}

/// Writes a new row.
///
/// # Errors
/// The failures of the store.
pub fn insert(connection: &mut Connection, subscription: &Subscription) -> Result<(), StoreError> {
    let previous = subscription.previous_secret.as_ref();
    diesel::insert_into(subscriptions::table)
        .values((
            subscriptions::id.eq(subscription.id),
            subscriptions::owner.eq(&subscription.owner.subject),
            subscriptions::created_at.eq(subscription.created_at),
            subscriptions::rights.eq(to_json(&subscription.owner)?),
            subscriptions::url.eq(&subscription.url),
            subscriptions::types.eq(to_json(&subscription.types)?),
            subscriptions::description.eq(subscription.description.as_ref()),
            subscriptions::state.eq(subscription.state),
            subscriptions::standstill.eq(subscription.standstill),
            subscriptions::secret.eq(subscription.secret.bytes().to_vec()),
            subscriptions::previous_secret.eq(previous.map(|(secret, _)| secret.bytes().to_vec())),
            subscriptions::previous_secret_until.eq(previous.map(|(_, until)| *until)),
            subscriptions::position.eq(subscription.position),
            subscriptions::late.eq(to_json(&subscription.late)?),
            subscriptions::failing_since.eq(subscription.failing_since),
            subscriptions::version.eq(subscription.version),
            subscriptions::updated_at.eq(subscription.updated_at),
        ))
        .execute(connection)?;
    Ok(())
}

/// Writes what people change, over the version before; false when another transaction was quicker.
///
/// # Errors
/// The failures of the store.
pub fn update(connection: &mut Connection, subscription: &Subscription) -> Result<bool, StoreError> {
    let previous = subscription.previous_secret.as_ref();
    let before = subscriptions::table
        .find(subscription.id)
        .filter(subscriptions::version.eq(subscription.version - 1));
    let changed = diesel::update(before)
        .set((
            subscriptions::rights.eq(to_json(&subscription.owner)?),
            subscriptions::url.eq(&subscription.url),
            subscriptions::types.eq(to_json(&subscription.types)?),
            subscriptions::description.eq(subscription.description.as_ref()),
            subscriptions::state.eq(subscription.state),
            subscriptions::standstill.eq(subscription.standstill),
            subscriptions::secret.eq(subscription.secret.bytes().to_vec()),
            subscriptions::previous_secret.eq(previous.map(|(secret, _)| secret.bytes().to_vec())),
            subscriptions::previous_secret_until.eq(previous.map(|(_, until)| *until)),
            subscriptions::failing_since.eq(subscription.failing_since),
            subscriptions::version.eq(subscription.version),
            subscriptions::updated_at.eq(subscription.updated_at),
        ))
        .execute(connection)?;
    Ok(changed == 1)
}

/// Writes the rights that the owner's token gives now.
///
/// # Errors
/// The failures of the store.
pub fn renew_rights(connection: &mut Connection, id: SubscriptionId, owner: &Owner) -> Result<(), StoreError> {
    diesel::update(subscriptions::table.find(id))
        .set(subscriptions::rights.eq(to_json(owner)?))
        .execute(connection)?;
    Ok(())
}

/// Writes up to which place of the outbox messages were made; false when another node was quicker.
///
/// # Errors
/// The failures of the store.
pub fn advance(connection: &mut Connection, before: &Subscription, position: i64) -> Result<bool, StoreError> {
    let here = subscriptions::table
        .find(before.id)
        .filter(subscriptions::position.eq(before.position))
        .filter(subscriptions::late.eq(to_json(&before.late)?));
    let changed = diesel::update(here)
        .set((subscriptions::position.eq(position), subscriptions::late.eq("[]")))
        .execute(connection)?;
    Ok(changed == 1)
}

/// Writes since when it fails; nothing when it does not.
///
/// # Errors
/// The failures of the store.
pub fn set_failing(connection: &mut Connection, id: SubscriptionId, since: Option<Instant>) -> Result<(), StoreError> {
    diesel::update(subscriptions::table.find(id))
        .set(subscriptions::failing_since.eq(since))
        .execute(connection)?;
    Ok(())
}

/// Holds the row until the transaction ends, so that nobody removes the subscription meanwhile; false when it is gone.
///
/// # Errors
/// The failures of the store.
pub fn hold(connection: &mut Connection, id: SubscriptionId) -> Result<bool, StoreError> {
    let touched = diesel::update(subscriptions::table.find(id))
        .set(subscriptions::id.eq(id))
        .execute(connection)?;
    Ok(touched == 1)
}

/// Takes the row away; false when it is gone already.
///
/// # Errors
/// The failures of the store.
pub fn remove(connection: &mut Connection, id: SubscriptionId) -> Result<bool, StoreError> {
    let removed = diesel::delete(subscriptions::table.find(id)).execute(connection)?;
    Ok(removed == 1)
}

impl SubscriptionRow {
    fn into_subscription(self) -> Result<Subscription, StoreError> {
        let previous = match (self.previous_secret, self.previous_secret_until) {
            (Some(secret), Some(until)) => Some((secret_of(&secret)?, until)),
            _ => None,
        };
        Ok(Subscription {
            owner: from_json(&self.rights)?,
            types: from_json(&self.types)?,
            late: from_json(&self.late)?,
            secret: secret_of(&self.secret)?,
            previous_secret: previous,
            id: self.id,
            created_at: self.created_at,
            url: self.url,
            description: self.description,
            state: self.state,
            standstill: self.standstill,
            position: self.position,
            failing_since: self.failing_since,
            version: self.version,
            updated_at: self.updated_at,
        })
    }
}

fn secret_of(bytes: &[u8]) -> Result<SigningSecret, StoreError> {
    let bytes = bytes
        .try_into()
        .map_err(|_| StoreError::Corrupt("a secret has a bad length".to_owned()))?;
    Ok(SigningSecret::new(bytes))
}

fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(error.to_string()))
}
