//! How many messages of each subscription are on their way from this node.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::values::SubscriptionId;

/// Counts the places that are taken. Cloning shares the count.
#[derive(Debug, Clone, Default)]
pub struct UnderWay(Arc<Mutex<HashMap<SubscriptionId, usize>>>);

/// A place that is taken until this is dropped.
#[derive(Debug)]
pub struct Place {
    places: UnderWay,
    subscription: SubscriptionId,
}

impl UnderWay {
    /// How many of `most` places of a subscription are free.
    pub fn free(&self, subscription: SubscriptionId, most: usize) -> usize {
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        most.saturating_sub(taken.get(&subscription).copied().unwrap_or(0))
    }

    /// Takes a place.
    pub fn take(&self, subscription: SubscriptionId) -> Place {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *taken.entry(subscription).or_default() += 1;
        Place {
            places: self.clone(),
            subscription,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.subscription) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.remove(&self.subscription);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Clock;

    #[test]
    fn a_place_is_free_again_when_it_is_dropped() {
        let (places, clock) = (UnderWay::default(), Clock::system());
        let (one, other) = (SubscriptionId::new(&clock), SubscriptionId::new(&clock));
        let first = places.take(one);
        let second = places.take(one);
        assert_eq!(
            (places.free(one, 3), places.free(one, 1), places.free(other, 3)),
            (1, 0, 3)
        );
        drop(first);
        assert_eq!(places.free(one, 3), 2);
        drop(second);
        assert!(places.0.lock().unwrap().is_empty());
    }
}
