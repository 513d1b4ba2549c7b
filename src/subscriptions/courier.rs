//! Carries events to their subscribers, beside the requests and on every node.
//!
//! A round makes messages of what is in the outbox, takes those that are due and hands them out; each is then sent on its
//! own. A subscription has some messages on their way at once, and one that fails has one, so that neither a slow receiver
//! nor many of them keep others waiting.

use std::sync::{Arc, Mutex, PoisonError};

use super::address::Gate;
use super::deliveries;
use super::fan_out::{self, is_behind};
use super::message;
use super::model::{Delivery, Subscription, SubscriptionState};
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

/// What a round found.
#[derive(Debug, Default)]
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

    /// One round. Where nobody subscribes it reads one table that is empty.
    ///
    /// # Errors
    /// The failures of the store.
    pub async fn round(&self) -> Result<Round, StoreError> {
        let (subscriptions, last) = self
            .store
            .read("look_at_subscriptions", |connection| {
                let subscriptions = store::page(connection, None, None, i64::MAX)?;
                let last = if subscriptions.is_empty() {
                    0
                } else {
                    journal::last_position(connection)?
                };
                Ok::<_, StoreError>((subscriptions, last))
            })
            .await?;
        if subscriptions.is_empty() {
            return Ok(Round::default());
        }
        if subscriptions.iter().any(|subscription| is_behind(subscription, last)) {
            self.make_messages().await?;
        }
        self.take_due(subscriptions).await
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
        let random = |error: getrandom::Error| StoreError::Unavailable(error.to_string());
        let chance = u16::from_be_bytes(self.clock.random_bytes().map_err(random)?);
        let salt = self.clock.random_bytes().map_err(random)?;
        let (delivery, now) = (taken.delivery.clone(), self.clock.now());
        self.store
            .write("settle_message", move |connection| {
                settle::settle(connection, &delivery, answer, now, (chance, salt))
            })
            .await
    }

    /// Makes messages up to a horizon, once nothing below it can come to light any more.
    async fn make_messages(&self) -> Result<(), StoreError> {
        let seen = *self.horizon.lock().unwrap_or_else(PoisonError::into_inner);
        let horizon = match seen {
            Some(horizon) => horizon,
            None => self.store.write("look_at_outbox", journal::horizon).await?,
        };
        let decided = self
            .store
            .read("decide_outbox", move |connection| {
                journal::is_decided(connection, horizon)
            })
            .await?;
        *self.horizon.lock().unwrap_or_else(PoisonError::into_inner) = (!decided).then_some(horizon);
        if !decided {
            return Ok(());
        }
        loop {
            let clock = self.clock.clone();
            let plans = self
                .store
                .read("plan_messages", move |connection| {
                    fan_out::plan(connection, &clock, horizon.position)
                })
                .await?;
            if plans.is_empty() {
                return Ok(());
            }
            self.store
                .write("make_messages", move |connection| {
                    fan_out::carry_out(connection, &plans)
                })
                .await?;
        }
    }

    async fn take_due(&self, subscriptions: Vec<Subscription>) -> Result<Round, StoreError> {
        let now = self.clock.now();
        let free: Vec<(Subscription, i64)> = subscriptions
            .into_iter()
            .map(|subscription| {
                let most = if subscription.failing_since.is_some() {
                    1
                } else {
                    AT_ONCE
                };
                let free = self.under_way.free(subscription.id, most);
                (subscription, i64::try_from(free).unwrap_or(0))
            })
            .collect();
        let (due, waiting_since) = self
            .store
            .read("find_due_messages", move |connection| {
                let mut due = Vec::new();
                for (subscription, free) in free.iter().filter(|(_, free)| *free > 0) {
                    let pings_only = subscription.state != SubscriptionState::Active;
                    due.extend(deliveries::due(connection, subscription.id, pings_only, now, *free)?);
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
