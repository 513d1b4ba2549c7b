//! Carries events to their subscribers, beside the requests and on every node.
//!
//! Messages are made of what is in the outbox now and then; those that are due are taken then and whenever one has arrived,
//! and each is sent on its own. A subscription has some messages on their way at once, and one that fails has one, so that
//! neither a slow receiver nor many of them keep others waiting.

use std::sync::{Arc, Mutex, PoisonError};

use super::address::Gate;
use super::deliveries;
use super::fan_out::{self, is_behind};
use super::message;
use super::model::{Delivery, SubscriptionState};
use super::send::{ATTEMPT_LIMIT, Letter, Sender};
use super::settle::{self, Outcome};
use super::signature;
use super::store;
use super::under_way::{Place, UnderWay};
use crate::journal::{self, Horizon};
use crate::law::policy::Policy;
use crate::store::{Connection, Store, StoreError};
use crate::values::{Clock, Instant};

/// Messages of one subscription that are on their way at once, from one node.
const AT_ONCE: usize = 8;
/// How long a message that was taken is left to whoever took it, in seconds: longer than an attempt and what belongs to it.
const LOST_AFTER: i64 = 20;
const _: () = assert!(ATTEMPT_LIMIT.as_secs() + 4 < LOST_AFTER.unsigned_abs());

/// What is to be sent.
#[derive(Debug)]
pub struct Round {
    /// Messages to send now.
    pub taken: Vec<Taken>,
    /// When the message that waits longest was made.
    pub waiting_since: Option<Instant>,
}

/// A message that was taken to be sent.
#[derive(Debug)]
pub struct Taken {
    delivery: Delivery,
    /// Free again when this is dropped.
    _place: Place,
}

/// Carries events. Cloning shares the connections and the places.
#[derive(Clone)]
pub struct Courier {
    store: Store,
    clock: Clock,
    policy: Arc<Policy>,
    sender: Sender,
    under_way: UnderWay,
    horizon: Arc<Mutex<Option<Horizon>>>,
}

impl Courier {
    /// A courier over a store, who calls what the gate admits.
    pub fn new(store: Store, clock: Clock, policy: Arc<Policy>, gate: Gate) -> Self {
        Self {
            store,
            clock,
            policy,
            sender: Sender::new(gate),
            under_way: UnderWay::default(),
            horizon: Arc::default(),
        }
    }

    /// Makes messages of a part of what is in the outbox, once nothing below the horizon can come to light any more. True
    /// when there may be more of it; where nobody subscribes it reads one table that is empty.
    ///
    /// # Errors
    /// The failures of the store.
    pub async fn make_messages(&self) -> Result<bool, StoreError> {
        let is_behind = self.store.read("look_at_subscriptions", is_somebody_behind).await?;
        if !is_behind {
            return Ok(false);
        }
        let seen = self.horizon();
        let horizon = match seen {
            Some(horizon) => horizon,
            None => self.store.write("look_at_outbox", journal::horizon).await?,
        };
        self.keep_horizon(Some(horizon));
        let clock = self.clock.clone();
        let plans = self
            .store
            .read("plan_messages", move |connection| {
                if journal::is_decided(connection, horizon)? {
                    fan_out::plan(connection, &clock, horizon.position).map(Some)
                } else {
                    Ok(None)
                }
            })
            .await?;
        let Some(plans) = plans else {
            return Ok(false);
        };
        if plans.is_empty() {
            self.keep_horizon(None);
            return Ok(false);
        }
        self.store
            .write("make_messages", move |connection| {
                fan_out::carry_out(connection, &plans)
            })
            .await?;
        Ok(true)
    }

    /// Takes messages that are due, as many as have a place on their way.
    ///
    /// # Errors
    /// The failures of the store.
    pub async fn take_due(&self) -> Result<Round, StoreError> {
        let (now, under_way) = (self.clock.now(), self.under_way.clone());
        let (due, waiting_since) = self
            .store
            .read("find_due_messages", move |connection| {
                let mut due = Vec::new();
                for subscription in store::page(connection, None, None, i64::MAX)? {
                    let most = if subscription.failing_since.is_some() {
                        1
                    } else {
                        AT_ONCE
                    };
                    let free = i64::try_from(under_way.free(subscription.id, most)).unwrap_or(0);
                    let pings_only = subscription.state != SubscriptionState::Active;
                    if free > 0 {
                        due.extend(deliveries::due(connection, subscription.id, pings_only, now, free)?);
                    }
                }
                Ok::<_, StoreError>((due, deliveries::oldest_pending(connection)?))
            })
            .await?;
        let taken = if due.is_empty() {
            Vec::new()
        } else {
            self.take(due, now).await?
        };
        Ok(Round { taken, waiting_since })
    }

    /// Sends a message and writes down what became of it.
    ///
    /// # Errors
    /// The failures of the store. The message then counts as lost after a while, and is sent again.
    pub async fn deliver(&self, taken: Taken) -> Result<Outcome, StoreError> {
        let delivery = taken.delivery.clone();
        let (policy, moment) = (Arc::clone(&self.policy), self.clock.now());
        let letter = self
            .store
            .read("compose_message", move |connection| {
                letter(connection, &delivery, &policy, moment)
            })
            .await?;
        let Some(letter) = letter else {
            let id = taken.delivery.id;
            self.store
                .write("withdraw_message", move |connection| deliveries::remove(connection, id))
                .await?;
            return Ok(Outcome::Withdrawn);
        };
        let answer = self.sender.send(letter).await;
        let chance = u16::from_be_bytes(self.clock.random_bytes()?);
        let salt = self.clock.random_bytes()?;
        let (delivery, now) = (taken.delivery.clone(), self.clock.now());
        self.store
            .write("settle_message", move |connection| {
                settle::settle(connection, &delivery, answer, now, (chance, salt))
            })
            .await
    }

    fn horizon(&self) -> Option<Horizon> {
        *self.horizon.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep_horizon(&self, horizon: Option<Horizon>) {
        *self.horizon.lock().unwrap_or_else(PoisonError::into_inner) = horizon;
    }

    async fn take(&self, due: Vec<Delivery>, now: Instant) -> Result<Vec<Taken>, StoreError> {
        let lost_at = now.plus_seconds(LOST_AFTER);
        let taken = self
            .store
            .write("take_messages", move |connection| {
                let mut taken = Vec::with_capacity(due.len());
                for delivery in &due {
                    if deliveries::take(connection, delivery, lost_at)? {
                        taken.push(Delivery {
                            attempts: delivery.attempts + 1,
                            ..delivery.clone()
                        });
                    }
                }
                Ok::<_, StoreError>(taken)
            })
            .await?;
        Ok(taken
            .into_iter()
            .map(|delivery| Taken {
                _place: self.under_way.take(delivery.subscription),
                delivery,
            })
            .collect())
    }
}

impl std::fmt::Debug for Courier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Courier")
    }
}

fn is_somebody_behind(connection: &mut Connection) -> Result<bool, StoreError> {
    let subscriptions = store::page(connection, None, None, i64::MAX)?;
    if subscriptions.is_empty() {
        return Ok(false);
    }
    let last = journal::last_position(connection)?;
    Ok(subscriptions.iter().any(|subscription| is_behind(subscription, last)))
}

fn letter(
    connection: &mut Connection,
    delivery: &Delivery,
    policy: &Policy,
    moment: Instant,
) -> Result<Option<Letter>, StoreError> {
    let Some(subscription) = store::find(connection, delivery.subscription)? else {
        return Ok(None);
    };
    let id = delivery.id.to_string();
    let body = message::compose(connection, &subscription, delivery, policy)?;
    Ok(body.map(|body| Letter {
        signatures: signature::signatures(&subscription.secrets(moment), &id, moment, &body),
        url: subscription.url,
        id,
        moment,
        body,
    }))
}
