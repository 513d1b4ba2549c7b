//! What every handler is given: one value, passed down, in place of process-wide statics.

use std::sync::Arc;

use ipnet::IpNet;
use object_store::ObjectStore;

use super::idempotency::InFlight;
use super::limits::Limits;
use super::metrics::Metrics;
use super::tokens::Tokens;
use super::turns::Turns;
use crate::law::policy::Policy;
use crate::store::{CursorSeal, Store, StoreError};
use crate::values::Clock;

/// The running service, as a handler sees it.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub store: Store,
    /// Time and ids.
    pub clock: Clock,
    /// The policy in force.
    pub policy: Arc<Policy>,
    /// Seals cursors.
    pub seal: Arc<CursorSeal>,
    /// Verifies tokens.
    pub tokens: Arc<Tokens>,
    /// The bytes of attachments.
    pub objects: Arc<dyn ObjectStore>,
    /// Bounds of a request.
    pub limits: Limits,
    /// Ranges of the closed network that webhooks may reach.
    pub webhook_ranges: Arc<[IpNet]>,
    /// Whose word on where a request comes from is taken.
    pub trusted_proxies: Arc<Vec<IpNet>>,
    /// Idempotency keys that are being worked on here.
    pub in_flight: Arc<InFlight>,
    /// Exports that are on their way here.
    pub exports: Arc<Turns>,
    /// Counts and times.
    pub metrics: Arc<Metrics>,
}

impl App {
    /// Bytes that nobody can guess, for the salt of an event.
    ///
    /// # Errors
    /// When the machine has no randomness to give.
    pub fn random<const N: usize>(&self) -> Result<[u8; N], StoreError> {
        Ok(self.clock.random_bytes()?)
    }
}
