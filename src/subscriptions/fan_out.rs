//! From the outbox to messages: for each subscription one for each event that its owner asked for and may know of.
//!
//! What is to be made is found out by reading, so that whoever writes to the ledger waits for inserts alone. The row of a
//! subscription says how far its messages were made. Whoever makes them moves that place in the same transaction, over the
//! place that it saw: killed in between, it has not happened, and of two nodes one comes too late and makes none.

use std::collections::BTreeSet;

use super::deliveries;
use super::message;
use super::model::{Delivery, DeliveryState, Subscription, SubscriptionState};
use super::store;
use crate::journal::{self, Told};
use crate::store::{Connection, StoreError};
use crate::values::{Clock, DeliveryId, Instant};

/// Entries of the outbox that are looked at for one subscription at once.
const AT_ONCE: i64 = 100;
/// Messages that wait of one subscription before no more are made of what is in the outbox.
const MOST_WAITING: i64 = 1000;

/// What is to be made for one subscription.
#[derive(Debug, Clone)]
pub struct Plan {
    before: Subscription,
    reached: i64,
    messages: Vec<Delivery>,
}

/// True when messages to that subscription can be made of what lies up to `until`.
pub fn is_behind(subscription: &Subscription, until: i64) -> bool {
    let begins = !subscription.late.is_empty() && subscription.position <= until;
    subscription.state == SubscriptionState::Active && (begins || subscription.position < until)
}

/// What is to be made of the outbox up to `until`, which must be decided: a part of it for each subscription. To be carried
/// out and asked for again until there is nothing.
///
/// # Errors
/// The failures of the store.
pub fn plan(connection: &mut Connection, clock: &Clock, until: i64) -> Result<Vec<Plan>, StoreError> {
    let mut plans = Vec::new();
    for subscription in store::page(connection, None, None, i64::MAX)? {
        if is_behind(&subscription, until) && deliveries::pending(connection, subscription.id)? < MOST_WAITING {
            plans.push(plan_of(connection, clock, subscription, until)?);
        }
    }
    Ok(plans)
}

/// Makes what was planned. A subscription that another node was quicker with, or that somebody removed, is left out.
///
/// # Errors
/// The failures of the store; nothing was made then.
pub fn carry_out(connection: &mut Connection, plans: &[Plan]) -> Result<(), StoreError> {
    for plan in plans {
        // First, because it holds the row.
        if store::advance(connection, &plan.before, plan.reached)? {
            for message in &plan.messages {
                deliveries::insert(connection, message)?;
            }
        }
    }
    Ok(())
}

fn plan_of(
    connection: &mut Connection,
    clock: &Clock,
    subscription: Subscription,
    until: i64,
) -> Result<Plan, StoreError> {
    let mut entries = journal::told_at(connection, &subscription.late)?;
    let behind = journal::told_after(connection, subscription.position, until, AT_ONCE)?;
    let is_part = i64::try_from(behind.len()).is_ok_and(|found| found == AT_ONCE);
    let reached = behind.last().filter(|_| is_part).map_or(until, |last| last.position);
    entries.extend(behind);
    let (reader, now) = (subscription.owner.reader(), clock.now());
    let mut messages = Vec::new();
    // Of a thing that may not be known now no event is told, and none has to be looked at twice.
    let mut hidden = BTreeSet::new();
    for entry in entries.iter().filter(|entry| subscription.covers(&entry.event_type)) {
        if hidden.contains(&entry.subject.id) {
            continue;
        }
        if message::concerns(connection, &reader, entry.subject, entry.version)? {
            messages.push(message_of(&subscription, entry, DeliveryId::new(clock), now));
        } else {
            hidden.insert(entry.subject.id);
        }
    }
    Ok(Plan {
        before: subscription,
        reached,
        messages,
    })
}

fn message_of(subscription: &Subscription, entry: &Told, id: DeliveryId, now: Instant) -> Delivery {
    Delivery {
        id,
        subscription: subscription.id,
        position: Some(entry.position),
        subject: entry.subject,
        version: entry.version,
        event_type: entry.event_type.clone(),
        at: entry.at,
        created_at: now,
        state: DeliveryState::Pending,
        attempts: 0,
        next_at: now,
        status: None,
        fault: None,
        settled_at: None,
    }
}
