//! The only reader of system time and of randomness.
//!
//! Everything else is given a moment or an id, so that a test, the sample data and a replay can choose them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::Utc;
use uuid::{NoContext, Timestamp, Uuid};

use super::instant::Instant;

/// Tells the time and makes ids. Cloning shares the source.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// The clock of the machine.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `start` until [`Clock::set`] moves it; every clone moves with it.
    pub fn standing_at(start: Instant) -> Self {
        Self(Source::Set(Arc::new(AtomicI64::new(start.micros()))))
    }

    /// Moves a standing clock; the machine's clock cannot be moved and stays as it is.
    pub fn set(&self, now: Instant) {
        if let Source::Set(micros) = &self.0 {
            micros.store(now.micros(), Ordering::SeqCst);
        }
    }

    /// Now, to the microsecond.
    pub fn now(&self) -> Instant {
        let system = || {
            #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
            let now = Utc::now();
            Instant::of(now)
        };
        match &self.0 {
            Source::System => system(),
            Source::Set(micros) => Instant::from_micros(micros.load(Ordering::SeqCst)).unwrap_or_else(system),
        }
    }

    /// A new UUIDv7 of this moment: sorts by time. For everything but what a member of the public holds.
    pub fn ordered_id(&self) -> Uuid {
        let now = self.now().utc();
        let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
        Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos()))
    }

    /// A new UUIDv4, which tells nothing about when it was made.
    pub fn random_id(&self) -> Uuid {
        #[expect(clippy::disallowed_methods, reason = "the one place that draws random ids")]
        Uuid::new_v4()
    }

    /// Bytes from the machine's secure source.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn random_bytes<const N: usize>(&self) -> Result<[u8; N], getrandom::Error> {
        let mut bytes = [0; N];
        getrandom::fill(&mut bytes)?;
        Ok(bytes)
    }
}
