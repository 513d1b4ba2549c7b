//! Rows of messages.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::journal::{Subject, SubjectKind};
use crate::store::schema::deliveries;
use crate::store::{Connection, StoreError};
use crate::subscriptions::model::{Delivery, DeliveryFault, DeliveryState};
use crate::values::{DeliveryId, HazardId, Instant, SubscriptionId};

#[derive(Queryable, Selectable)]
#[diesel(table_name = deliveries)]
struct DeliveryRow {
    id: DeliveryId,
    subscription_id: SubscriptionId,
    position: Option<i64>,
    subject_kind: SubjectKind,
    /// A subject is stored under its id alone; the column type is that of every other id.
    subject_id: HazardId,
    version: i64,
    event_type: String,
    at: Instant,
    created_at: Instant,
    state: DeliveryState,
    attempts: i64,
    next_at: Instant,
    status: Option<i64>,
    fault: Option<DeliveryFault>,
    settled_at: Option<Instant>,
}

impl From<DeliveryRow> for Delivery {
    fn from(row: DeliveryRow) -> Self {
        Self {
            id: row.id,
            subscription: row.subscription_id,
            position: row.position,
            subject: Subject {
                kind: row.subject_kind,
                id: row.subject_id.uuid(),
            },
            version: row.version,
            event_type: row.event_type,
            at: row.at,
            created_at: row.created_at,
            state: row.state,
            attempts: row.attempts,
            next_at: row.next_at,
            status: row.status,
            fault: row.fault,
            settled_at: row.settled_at,
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// What became of them.
    pub state: Vec<DeliveryState>,
}

/// What an attempt changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What became of the message.
    pub state: DeliveryState,
    /// When it is sent next.
    pub next_at: Instant,
    /// HTTP status of the answer.
    pub status: Option<i64>,
    /// What was wrong.
    pub fault: Option<DeliveryFault>,
    /// When it was delivered or given up.
    pub settled_at: Option<Instant>,
}

/// Writes a new row.
///
/// # Errors
/// [`StoreError::Unique`] when there is a message about that event to that subscription, and the other failures of the
/// store.
pub fn insert(connection: &mut Connection, delivery: &Delivery) -> Result<(), StoreError> {
    diesel::insert_into(deliveries::table)
        .values((
            deliveries::id.eq(delivery.id),
            deliveries::subscription_id.eq(delivery.subscription),
            deliveries::position.eq(delivery.position),
            deliveries::subject_kind.eq(delivery.subject.kind),
            deliveries::subject_id.eq(HazardId::from_uuid(delivery.subject.id)),
            deliveries::version.eq(delivery.version),
            deliveries::event_type.eq(&delivery.event_type),
            deliveries::at.eq(delivery.at),
            deliveries::created_at.eq(delivery.created_at),
            deliveries::state.eq(delivery.state),
            deliveries::attempts.eq(delivery.attempts),
            deliveries::next_at.eq(delivery.next_at),
            deliveries::status.eq(delivery.status),
            deliveries::fault.eq(delivery.fault),
            deliveries::settled_at.eq(delivery.settled_at),
        ))
        .execute(connection)?;
    Ok(())
}

/// A message of a subscription.
///
/// # Errors
/// The failures of the store.
pub fn find(
    connection: &mut Connection,
    subscription: SubscriptionId,
    id: DeliveryId,
) -> Result<Option<Delivery>, StoreError> {
    let found: Option<DeliveryRow> = deliveries::table
        .find(id)
        .filter(deliveries::subscription_id.eq(subscription))
        .select(DeliveryRow::as_select())
        .first(connection)
        .optional()?;
    Ok(found.map(Delivery::from))
}

/// At most `limit` messages of a subscription that were made before `before`, the newest first.
///
/// # Errors
/// The failures of the store.
pub fn page(
    connection: &mut Connection,
    subscription: SubscriptionId,
    filter: &Filter,
    before: Option<DeliveryId>,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    let mut query = deliveries::table
        .filter(deliveries::subscription_id.eq(subscription))
        .into_boxed();
    if !filter.state.is_empty() {
        query = query.filter(deliveries::state.eq_any(filter.state.clone()));
    }
    if let Some(before) = before {
        query = query.filter(deliveries::id.lt(before));
    }
    let rows: Vec<DeliveryRow> = query
        .order(deliveries::id.desc())
        .limit(limit)
        .select(DeliveryRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(Delivery::from).collect())
}

/// At most `limit` messages of a subscription that can be sent now, the longest due first: none about a thing of which an
/// earlier message still waits. Of a subscription that stands still only pings.
///
/// # Errors
/// The failures of the store.
pub fn due(
    connection: &mut Connection,
    subscription: SubscriptionId,
    pings_only: bool,
    now: Instant,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    let earlier = diesel::alias!(deliveries as earlier);
    let waits_for_another = exists(
        earlier
            .filter(
                earlier
                    .field(deliveries::subscription_id)
                    .eq(deliveries::subscription_id),
            )
            .filter(earlier.field(deliveries::subject_id).eq(deliveries::subject_id))
            .filter(earlier.field(deliveries::state).eq(DeliveryState::Pending))
            .filter(earlier.field(deliveries::position).lt(deliveries::position)),
    );
    let mut query = deliveries::table
        .filter(deliveries::subscription_id.eq(subscription))
        .filter(deliveries::state.eq(DeliveryState::Pending))
        .filter(deliveries::next_at.le(now))
        .filter(not(waits_for_another))
        .into_boxed();
    if pings_only {
        query = query.filter(deliveries::position.is_null());
    }
    let rows: Vec<DeliveryRow> = query
        .order((deliveries::next_at.asc(), deliveries::id.asc()))
        .limit(limit)
        .select(DeliveryRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(Delivery::from).collect())
}

/// Takes a message to send it, as it was seen; false when another node was quicker. Until `lost_at` nobody else sends it.
///
/// # Errors
/// The failures of the store.
pub fn take(connection: &mut Connection, seen: &Delivery, lost_at: Instant) -> Result<bool, StoreError> {
    let taken = diesel::update(as_seen(seen.id, seen.attempts))
        .set((
            deliveries::attempts.eq(seen.attempts + 1),
            deliveries::next_at.eq(lost_at),
        ))
        .execute(connection)?;
    Ok(taken == 1)
}

/// Writes what became of the attempt of that number; false when the message was taken by another or asked for again
/// meanwhile. What was delivered stays delivered, whoever counted it as lost.
///
/// # Errors
/// The failures of the store.
pub fn settle(connection: &mut Connection, id: DeliveryId, attempt: i64, change: &Change) -> Result<bool, StoreError> {
    let values = (
        deliveries::state.eq(change.state),
        deliveries::next_at.eq(change.next_at),
        deliveries::status.eq(change.status),
        deliveries::fault.eq(change.fault),
        deliveries::settled_at.eq(change.settled_at),
    );
    let settled = if change.state == DeliveryState::Delivered {
        let pending = deliveries::table
            .find(id)
            .filter(deliveries::state.eq(DeliveryState::Pending));
        diesel::update(pending).set(values).execute(connection)?
    } else {
        diesel::update(as_seen(id, attempt)).set(values).execute(connection)?
    };
    Ok(settled == 1)
}

/// Has a message sent again from the beginning.
///
/// # Errors
/// The failures of the store.
pub fn ask_again(connection: &mut Connection, id: DeliveryId, now: Instant) -> Result<(), StoreError> {
    diesel::update(deliveries::table.find(id))
        .set((
            deliveries::state.eq(DeliveryState::Pending),
            deliveries::attempts.eq(0),
            deliveries::next_at.eq(now),
            deliveries::settled_at.eq(None::<Instant>),
        ))
        .execute(connection)?;
    Ok(())
}

/// Has everything that waits of a subscription sent now.
///
/// # Errors
/// The failures of the store.
pub fn bring_forward(
    connection: &mut Connection,
    subscription: SubscriptionId,
    now: Instant,
) -> Result<(), StoreError> {
    let waiting = deliveries::table
        .filter(deliveries::subscription_id.eq(subscription))
        .filter(deliveries::state.eq(DeliveryState::Pending))
        .filter(deliveries::next_at.gt(now));
    diesel::update(waiting)
        .set(deliveries::next_at.eq(now))
        .execute(connection)?;
    Ok(())
}

/// Takes a message away without a trace.
///
/// # Errors
/// The failures of the store.
pub fn remove(connection: &mut Connection, id: DeliveryId) -> Result<(), StoreError> {
    diesel::delete(deliveries::table.find(id)).execute(connection)?;
    Ok(())
}

/// Takes all messages of a subscription away.
///
/// # Errors
/// The failures of the store.
pub fn remove_all(connection: &mut Connection, subscription: SubscriptionId) -> Result<(), StoreError> {
    diesel::delete(deliveries::table.filter(deliveries::subscription_id.eq(subscription))).execute(connection)?;
    Ok(())
}

/// How many messages of a subscription wait.
///
/// # Errors
/// The failures of the store.
pub fn pending(connection: &mut Connection, subscription: SubscriptionId) -> Result<i64, StoreError> {
    Ok(deliveries::table
        .filter(deliveries::subscription_id.eq(subscription))
        .filter(deliveries::state.eq(DeliveryState::Pending))
        .count()
        .get_result(connection)?)
}

/// When the message that waits longest was made.
///
/// # Errors
/// The failures of the store.
pub fn oldest_pending(connection: &mut Connection) -> Result<Option<Instant>, StoreError> {
    Ok(deliveries::table
        .filter(deliveries::state.eq(DeliveryState::Pending))
        .order(deliveries::created_at.asc())
        .select(deliveries::created_at)
        .first(connection)
        .optional()?)
}

/// Takes messages away that do not wait and were made before that moment.
///
/// # Errors
/// The failures of the store.
pub fn sweep(connection: &mut Connection, before: Instant) -> Result<usize, StoreError> {
    let old = deliveries::table
        .filter(deliveries::created_at.lt(before))
        .filter(deliveries::state.ne(DeliveryState::Pending));
    Ok(diesel::delete(old).execute(connection)?)
}

type AsSeen = diesel::dsl::Filter<
    diesel::dsl::Filter<
        diesel::dsl::Find<deliveries::table, DeliveryId>,
        diesel::dsl::Eq<deliveries::state, DeliveryState>,
    >,
    diesel::dsl::Eq<deliveries::attempts, i64>,
>;

fn as_seen(id: DeliveryId, attempts: i64) -> AsSeen {
    deliveries::table
        .find(id)
        .filter(deliveries::state.eq(DeliveryState::Pending))
        .filter(deliveries::attempts.eq(attempts))
}
