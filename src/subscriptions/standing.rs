//! How subscriptions stand, for whoever operates the service, and what is swept away.

use super::deliveries;
use super::model::SubscriptionState;
use super::store;
use crate::store::{Connection, StoreError};
use crate::values::Instant;

/// How long messages are kept that were delivered or given up, in seconds: thirty days.
const KEPT: i64 = 30 * 86_400;

/// How subscriptions stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// How many there are.
    pub all: usize,
    /// Of them those whose last message was not taken.
    pub failing: usize,
    /// Of them those that stand still.
    pub still: usize,
}

/// How subscriptions stand now.
///
/// # Errors
/// The failures of the store.
pub fn standing(connection: &mut Connection) -> Result<Standing, StoreError> {
    let mut standing = Standing::default();
    for subscription in store::page(connection, None, None, i64::MAX)? {
        standing.all += 1;
        if subscription.state != SubscriptionState::Active {
            standing.still += 1;
        } else if subscription.failing_since.is_some() {
            standing.failing += 1;
        }
    }
    Ok(standing)
}

/// Takes messages away that were delivered or given up and are past their time.
///
/// # Errors
/// The failures of the store.
pub fn sweep(connection: &mut Connection, now: Instant) -> Result<usize, StoreError> {
    deliveries::sweep(connection, now.plus_seconds(-KEPT))
}
