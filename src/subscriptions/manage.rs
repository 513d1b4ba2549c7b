//! The use cases of those who keep subscriptions: make, change, remove, try out, send again.

use serde_json::json;

use super::address::{Gate, WebhookUrl};
use super::bodies::{SubscriptionBody, SubscriptionPatch};
use super::deliveries;
use super::model::{Delivery, DeliveryState, Standstill, Subscription, SubscriptionState};
use super::owner::Owner;
use super::signature::SigningSecret;
use super::store;
use super::types::PING;
use crate::journal::{self, Actor, Draft, Subject, SubjectKind};
use crate::law::refusal::{BrokenRule, Refusal};
use crate::law::scope::{Caller, KEEPS_SUBSCRIPTIONS, Role};
use crate::store::{Connection, Failure, StoreError};
use crate::values::{DeliveryId, Fault, FaultCode, Faults, Instant, Patch, SubscriptionId};

/// More than a district has systems. Each has some attempts on its way at one moment, so this bounds them all.
const MOST_SUBSCRIPTIONS: i64 = 100;
/// How long a secret that was replaced signs beside the new one, in seconds: a day.
const OVERLAP: i64 = 86_400;

/// What every write needs besides its body.
#[derive(Debug, Clone)]
pub struct Keeping {
    /// The caller.
    pub caller: Caller,
    /// The moment of the write.
    pub now: Instant,
    /// Which addresses may be reached.
    pub gate: Gate,
    /// Salt of the event's hash.
    pub salt: [u8; 16],
    /// A secret that nobody has seen, for whatever needs one.
    pub fresh_secret: [u8; 32],
}

/// Makes a subscription under that id. It hears of what is committed from now on.
///
/// # Errors
/// A role that may not, an address that may not be reached, too many of them; and the failures of the store.
pub fn register(
    connection: &mut Connection,
    keeping: &Keeping,
    body: &SubscriptionBody,
    id: SubscriptionId,
) -> Result<Subscription, Failure> {
    may_keep(&keeping.caller)?;
    reachable(&keeping.gate, &body.url)?;
    if store::count(connection)? >= MOST_SUBSCRIPTIONS {
        return Err(Refusal::Rules(vec![BrokenRule::new("too_many_subscriptions", "")]).into());
    }
    let position = journal::last_position(connection)?;
    let subscription = Subscription {
        id,
        owner: Owner::from(&keeping.caller),
        created_at: keeping.now,
        url: body.url.clone(),
        types: body.types.to_vec(),
        description: body.description.clone(),
        state: SubscriptionState::Active,
        standstill: None,
        secret: SigningSecret::new(keeping.fresh_secret),
        previous_secret: None,
        position,
        late: journal::undecided(connection, position)?,
        failing_since: None,
        version: 1,
        updated_at: keeping.now,
    };
    store::insert(connection, &subscription)?;
    let actor = Actor::from(&keeping.caller);
    record(connection, &subscription, CREATED, None, (actor, keeping.salt))?;
    Ok(subscription)
}

/// Changes the subscription that the caller saw at version `expected`. A patch that changes nothing leaves no trace.
///
/// # Errors
/// As [`visible`]; a stale version, an address that may not be reached; and the failures of the store.
pub fn amend(
    connection: &mut Connection,
    keeping: &Keeping,
    id: SubscriptionId,
    expected: i64,
    patch: &SubscriptionPatch,
) -> Result<Subscription, Failure> {
    let before = called_on(connection, keeping, id)?;
    if before.version != expected {
        return Err(Refusal::Stale {
            current: before.version,
        }
        .into());
    }
    if let Patch::Value(url) = &patch.url {
        reachable(&keeping.gate, url)?;
    }
    let after = changed(&before, patch, keeping);
    if is_as_before(&before, &after) && !patch.rotate_secret {
        return Ok(before);
    }
    if !store::update(connection, &after)? {
        let current = store::find(connection, id)?.ok_or(Refusal::NotFound)?.version;
        return Err(Refusal::Stale { current }.into());
    }
    let begins_anew = after.url != before.url || before.state != SubscriptionState::Active;
    if after.state == SubscriptionState::Active && begins_anew {
        deliveries::bring_forward(connection, id, keeping.now)?;
    }
    let actor = Actor::from(&keeping.caller);
    record(connection, &after, CHANGED, None, (actor, keeping.salt))?;
    Ok(after)
}

/// Removes a subscription with its messages. Its events stay.
///
/// # Errors
/// As [`visible`], and the failures of the store.
pub fn remove(connection: &mut Connection, keeping: &Keeping, id: SubscriptionId) -> Result<(), Failure> {
    // Held before its messages go, so that nobody makes another meanwhile.
    store::hold(connection, id)?;
    let mut subscription = visible(connection, &keeping.caller, id)?;
    deliveries::remove_all(connection, id)?;
    store::remove(connection, id)?;
    subscription.version += 1;
    subscription.updated_at = keeping.now;
    let actor = Actor::from(&keeping.caller);
    Ok(record(connection, &subscription, REMOVED, None, (actor, keeping.salt))?)
}

/// Sends a ping, which tells nothing and goes out also while the subscription stands still.
///
/// # Errors
/// As [`visible`], and the failures of the store.
pub fn ping(
    connection: &mut Connection,
    keeping: &Keeping,
    id: SubscriptionId,
    fresh: DeliveryId,
) -> Result<Delivery, Failure> {
    let subscription = noted(connection, keeping, id, TESTED, fresh)?;
    let delivery = Delivery {
        id: fresh,
        subscription: subscription.id,
        position: None,
        subject: Subject {
            kind: SubjectKind::Subscription,
            // Of its own, so that one ping never waits for another.
            id: fresh.uuid(),
        },
        version: subscription.version,
        event_type: PING.to_owned(),
        at: keeping.now,
        created_at: keeping.now,
        state: DeliveryState::Pending,
        attempts: 0,
        next_at: keeping.now,
        status: None,
        fault: None,
        settled_at: None,
    };
    deliveries::insert(connection, &delivery)?;
    Ok(delivery)
}

/// Sends a message again from the beginning, under its id, whatever became of it.
///
/// # Errors
/// As [`visible`], also for a message that is none of the subscription's; and the failures of the store.
pub fn redeliver(
    connection: &mut Connection,
    keeping: &Keeping,
    id: SubscriptionId,
    delivery: DeliveryId,
) -> Result<Delivery, Failure> {
    noted(connection, keeping, id, ASKED_AGAIN, delivery)?;
    deliveries::find(connection, id, delivery)?.ok_or(Refusal::NotFound)?;
    deliveries::ask_again(connection, delivery, keeping.now)?;
    Ok(deliveries::find(connection, id, delivery)?.ok_or(Refusal::NotFound)?)
}

/// A subscription that the caller may know of: its own, or any for an operator.
///
/// # Errors
/// A role that keeps none; [`Refusal::NotFound`] for one that does not exist or is somebody else's; and the failures of the
/// store.
pub fn visible(connection: &mut Connection, caller: &Caller, id: SubscriptionId) -> Result<Subscription, Failure> {
    may_keep(caller)?;
    let found = store::find(connection, id)?;
    let visible = found.filter(|subscription| caller.has(Role::Admin) || subscription.owner.subject == caller.subject);
    Ok(visible.ok_or(Refusal::NotFound)?)
}

/// Refuses a caller who keeps no subscriptions.
///
/// # Errors
/// [`Refusal::RoleNotAllowed`].
pub fn may_keep(caller: &Caller) -> Result<(), Refusal> {
    if caller.has_any(KEEPS_SUBSCRIPTIONS) {
        Ok(())
    } else {
        Err(Refusal::role_not_allowed(KEEPS_SUBSCRIPTIONS))
    }
}

/// Stops serving a subscription for a reason that nobody asked for. Nothing happens when somebody changed it meanwhile.
///
/// # Errors
/// The failures of the store.
pub fn stand_still(
    connection: &mut Connection,
    before: &Subscription,
    reason: Standstill,
    now: Instant,
    salt: [u8; 16],
) -> Result<bool, StoreError> {
    let mut after = before.clone();
    after.state = match reason {
        Standstill::Gone => SubscriptionState::Disabled,
        Standstill::Failing | Standstill::Requested => SubscriptionState::Paused,
    };
    after.standstill = Some(reason);
    after.version += 1;
    after.updated_at = now;
    let stopped = store::update(connection, &after)?;
    if stopped {
        record(connection, &after, CHANGED, None, (Actor::service(), salt))?;
    }
    Ok(stopped)
}

/// A subscription of which the caller has a message sent, which is on record as what happened to it.
fn noted(
    connection: &mut Connection,
    keeping: &Keeping,
    id: SubscriptionId,
    what: (&'static str, &str),
    delivery: DeliveryId,
) -> Result<Subscription, Failure> {
    // Held first, so that the version read below is this transaction's own.
    store::hold(connection, id)?;
    let mut subscription = called_on(connection, keeping, id)?;
    subscription.version += 1;
    subscription.updated_at = keeping.now;
    store::update(connection, &subscription)?;
    let actor = Actor::from(&keeping.caller);
    record(connection, &subscription, what, Some(delivery), (actor, keeping.salt))?;
    Ok(subscription)
}

/// A subscription on which the caller acts. When it is the owner, what is told from now on follows the token of this call.
fn called_on(connection: &mut Connection, keeping: &Keeping, id: SubscriptionId) -> Result<Subscription, Failure> {
    let mut subscription = visible(connection, &keeping.caller, id)?;
    let now = Owner::from(&keeping.caller);
    if subscription.owner.subject == now.subject && subscription.owner != now {
        store::renew_rights(connection, id, &now)?;
        subscription.owner = now;
    }
    Ok(subscription)
}

fn reachable(gate: &Gate, url: &WebhookUrl) -> Result<(), Refusal> {
    if gate.admits_host(url) {
        Ok(())
    } else {
        Err(Refusal::Faults(Faults::from(Fault::new("/url", FaultCode::NotAllowed))))
    }
}

fn changed(before: &Subscription, patch: &SubscriptionPatch, keeping: &Keeping) -> Subscription {
    let mut after = before.clone();
    if let Patch::Value(url) = &patch.url {
        after.url = url.clone();
        after.failing_since = None;
    }
    if let Patch::Value(types) = &patch.types {
        after.types = types.to_vec();
    }
    patch.description.clone().change(&mut after.description);
    match patch.state {
        Patch::Value(SubscriptionState::Active) => {
            after.state = SubscriptionState::Active;
            after.standstill = None;
            if before.state != SubscriptionState::Active {
                after.failing_since = None;
            }
        }
        Patch::Value(SubscriptionState::Paused) if before.state == SubscriptionState::Active => {
            after.state = SubscriptionState::Paused;
            after.standstill = Some(Standstill::Requested);
        }
        Patch::Absent | Patch::Null | Patch::Value(SubscriptionState::Paused | SubscriptionState::Disabled) => {}
    }
    if patch.rotate_secret {
        let until = keeping.now.plus_seconds(OVERLAP);
        after.previous_secret = Some((before.secret.clone(), until));
        after.secret = SigningSecret::new(keeping.fresh_secret);
    }
    after.version += 1;
    after.updated_at = keeping.now;
    after
}

fn is_as_before(before: &Subscription, after: &Subscription) -> bool {
    before.url == after.url
        && before.types == after.types
        && before.description == after.description
        && before.state == after.state
}

const CREATED: (&str, &str) = ("create", "subscription.created");
const CHANGED: (&str, &str) = ("change", "subscription.changed");
const REMOVED: (&str, &str) = ("remove", "subscription.removed");
const TESTED: (&str, &str) = ("test", "subscription.tested");
const ASKED_AGAIN: (&str, &str) = ("redeliver", "subscription.redelivered");

/// The event names the host alone: path and query of an address may hold a key of the receiver.
fn record(
    connection: &mut Connection,
    subscription: &Subscription,
    (action, event_type): (&'static str, &str),
    delivery: Option<DeliveryId>,
    (actor, salt): (Actor, [u8; 16]),
) -> Result<(), StoreError> {
    journal::append(
        connection,
        Draft {
            subject: Subject::from(subscription.id),
            version: subscription.version,
            action,
            event_type: event_type.to_owned(),
            from: None,
            to: None,
            at: subscription.updated_at,
            actor,
            payload: json!({
                "owner": subscription.owner.subject,
                "host": subscription.url.host(),
                "types": subscription.types,
                "description": subscription.description,
                "state": subscription.state,
                "standstill": subscription.standstill,
                "delivery": delivery,
            }),
            salt,
        },
    )
}
