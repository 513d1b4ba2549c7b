//! What an answer does to a message and to its subscription.

use super::deliveries::{self, Change};
use super::manage;
use super::message;
use super::model::{Delivery, DeliveryState, Standstill, Subscription, SubscriptionState};
use super::retry;
use super::send::Answer;
use super::store;
use super::types::PING;
use crate::notices;
use crate::store::{Connection, StoreError};
use crate::values::{Instant, NoticeId};

/// What became of an attempt, for the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver took the message.
    Delivered,
    /// It did not; the message is sent again.
    Postponed,
    /// It did not, and the message was given up.
    Failed,
    /// Nothing was sent: the owner may not know of the event any more, or the subscription is gone.
    Withdrawn,
}

impl Outcome {
    /// What it is counted under.
    pub fn code(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Postponed => "postponed",
            Self::Failed => "failed",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// Writes down what became of the attempt that `delivery` was taken for. `chance` moves the next attempt, `salt` is for the
/// event that something was stopped or served.
///
/// # Errors
/// The failures of the store.
pub fn settle(
    connection: &mut Connection,
    delivery: &Delivery,
    answer: Answer,
    now: Instant,
    (chance, salt): (u16, [u8; 16]),
) -> Result<Outcome, StoreError> {
    let Some(subscription) = store::find(connection, delivery.subscription)? else {
        return Ok(Outcome::Withdrawn);
    };
    let wanted = after(delivery, answer, now, chance);
    let settled = deliveries::settle(connection, delivery.id, delivery.attempts, &wanted)?;
    if answer.fault.is_some() {
        note_failure(connection, &subscription, delivery, answer, (now, salt))?;
    } else {
        if subscription.failing_since.is_some() {
            store::set_failing(connection, subscription.id, None)?;
        }
        if settled && message::reaches_people(&subscription, delivery) {
            let notice = NoticeId::from_uuid(delivery.subject.id);
            notices::delivered(connection, notice, delivery.id, now, salt)?;
        }
    }
    Ok(match wanted.state {
        DeliveryState::Delivered => Outcome::Delivered,
        DeliveryState::Pending => Outcome::Postponed,
        DeliveryState::Failed => Outcome::Failed,
    })
}

fn after(delivery: &Delivery, answer: Answer, now: Instant, chance: u16) -> Change {
    let done = |state| (state, delivery.next_at, Some(now));
    let (state, next_at, settled_at) = if answer.fault.is_none() {
        done(DeliveryState::Delivered)
    } else {
        // Whoever tries a receiver out wants to know at once.
        let next = retry::next(delivery.attempts, now, chance, answer.wished).filter(|_| delivery.event_type != PING);
        match next {
            Some(next) => (DeliveryState::Pending, next, None),
            None => done(DeliveryState::Failed),
        }
    };
    Change {
        state,
        next_at,
        status: answer.status.map(i64::from),
        fault: answer.fault,
        settled_at,
    }
}

/// A receiver that is gone is called no more, and one that has failed for long is left alone.
fn note_failure(
    connection: &mut Connection,
    subscription: &Subscription,
    delivery: &Delivery,
    answer: Answer,
    (now, salt): (Instant, [u8; 16]),
) -> Result<(), StoreError> {
    if delivery.event_type == PING || subscription.state != SubscriptionState::Active {
        return Ok(());
    }
    let since = subscription.failing_since.unwrap_or(now);
    let reason = if answer.is_gone() {
        Some(Standstill::Gone)
    } else {
        (since.plus_seconds(retry::PATIENCE) <= now).then_some(Standstill::Failing)
    };
    if let Some(reason) = reason {
        if manage::stand_still(connection, subscription, reason, now, salt)? {
            log::warn!("subscription {} stands still: {reason}", subscription.id);
        }
    } else if subscription.failing_since.is_none() {
        store::set_failing(connection, subscription.id, Some(since))?;
    }
    Ok(())
}
