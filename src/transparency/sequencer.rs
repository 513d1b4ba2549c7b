//! Takes committed events into the log, beside the requests and on every node.
//!
//! What happened to hazards is taken in the order of the outbox, up to what is decided, and so within a second. What happened
//! to tips must not be dated by the log, which is public: it is taken once a day, under one entry that stands for
//! whatever there was since the day before. There is one on each day, also when nothing happened.

use std::sync::{Arc, Mutex, PoisonError};

use super::append::{Addition, append};
use super::keys::LogKeys;
use super::store::{self, Entry, Head, TipDay};
use crate::journal::{self, Bound, Horizon, SubjectKind};
use crate::store::{Store, StoreError};
use crate::values::{Clock, Day, HazardId};

/// Events that are taken in one step.
const AT_ONCE: i64 = 1000;
/// Events of tips that one day can stand for; what is more waits for the next.
const MOST_OF_TIPS: i64 = 10_000;

/// Takes events into the log. Cloning shares what it saw.
#[derive(Clone)]
pub struct Sequencer {
    store: Store,
    clock: Clock,
    keys: Arc<LogKeys>,
    horizon: Arc<Mutex<Option<Horizon>>>,
}

impl Sequencer {
    /// A sequencer over a store, which signs with these keys.
    pub fn new(store: Store, clock: Clock, keys: Arc<LogKeys>) -> Self {
        Self {
            store,
            clock,
            keys,
            horizon: Arc::default(),
        }
    }

    /// Takes some of what is not in the log yet. True when there may be more of it.
    ///
    /// # Errors
    /// The failures of the store.
    pub async fn step(&self) -> Result<bool, StoreError> {
        let (head, last) = self
            .store
            .read("look_at_log", |connection| {
                Ok::<_, StoreError>((store::head(connection)?, journal::last_position(connection)?))
            })
            .await?;
        let today = self.clock.now().day();
        if head.tips_on.is_none_or(|day| day < today) {
            return self.take_tips(head, today).await;
        }
        if head.position >= last {
            self.keep_horizon(None);
            return Ok(false);
        }
        self.take_events(head).await
    }

    async fn take_events(&self, head: Head) -> Result<bool, StoreError> {
        let horizon = match self.horizon().filter(|seen| seen.position > head.position) {
            Some(horizon) => horizon,
            // Two statements that are transactions of their own: the number is drawn after the look.
            None => self.store.read("look_at_outbox", journal::horizon).await?,
        };
        self.keep_horizon(Some(horizon));
        let found = self
            .store
            .read("plan_log", move |connection| {
                if journal::is_decided(connection, horizon)? {
                    let until = horizon.position;
                    journal::bound_after(connection, SubjectKind::Hazard, head.position, until, AT_ONCE).map(Some)
                } else {
                    Ok::<_, StoreError>(None)
                }
            })
            .await?;
        let Some(found) = found else {
            return Ok(false);
        };
        let is_part = i64::try_from(found.len()).is_ok_and(|count| count == AT_ONCE);
        let position = found
            .last()
            .filter(|_| is_part)
            .map_or(horizon.position, |last| last.position);
        let entries = found.iter().map(entry).collect();
        // What came meanwhile waits for the next look: each step makes a checkpoint, and each of those is kept for ever.
        Ok(self.append(head, Addition::Events { entries, position }).await? && is_part)
    }

    async fn take_tips(&self, head: Head, today: Day) -> Result<bool, StoreError> {
        let salt = self.clock.random_bytes()?;
        let day = self
            .store
            .read("plan_tips_of_log", move |connection| {
                let events = store::tip_events_to_come(connection, MOST_OF_TIPS)?;
                Ok::<_, StoreError>(TipDay::new(today, events, salt))
            })
            .await?;
        self.append(head, Addition::Tips(day)).await
    }

    async fn append(&self, head: Head, addition: Addition) -> Result<bool, StoreError> {
        let (keys, now) = (Arc::clone(&self.keys), self.clock.now());
        self.store
            .write("append_to_log", move |connection| {
                append(connection, &head, &addition, &keys, now)
            })
            .await
    }

    fn horizon(&self) -> Option<Horizon> {
        *self.horizon.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep_horizon(&self, horizon: Option<Horizon>) {
        *self.horizon.lock().unwrap_or_else(PoisonError::into_inner) = horizon;
    }
}

impl std::fmt::Debug for Sequencer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sequencer")
    }
}

fn entry(event: &Bound) -> Entry {
    Entry {
        hash: event.hash,
        event: Some((HazardId::from_uuid(event.id), event.version)),
    }
}
