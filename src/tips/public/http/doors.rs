//! How often the public may come, and how much of it at once.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::tips::VaultError;
use crate::values::{Clock, Instant};
use crate::web::origin::Origin;
use crate::web::problems::{Code, Problem};
use crate::web::throttle::{Throttle, Turn};

/// Tips within an hour: from one origin, and together.
const TIPS: (usize, Option<usize>) = (10, Some(1000));
/// Photographs within an hour.
const PHOTOS: (usize, Option<usize>) = (30, Some(3000));
/// Ways back within an hour, right or wrong. Together they have no limit: one could use it up for the others.
const WAYS_BACK: (usize, Option<usize>) = (120, None);
/// Wrong receipts and passphrases within an hour.
const GUESSES: (usize, Option<usize>) = (10, None);
/// Kibibytes of photographs that are on their way at one time.
const ROOM: usize = 64 * 1024;

/// The doors that stand open to everyone, and how far.
#[derive(Debug)]
pub struct Doors {
    tips: Throttle,
    photos: Throttle,
    ways_back: Throttle,
    guesses: Throttle,
    room: Arc<Semaphore>,
}

impl Doors {
    /// Opens them.
    ///
    /// # Errors
    /// When the machine has no randomness to give.
    pub fn open(clock: &Clock) -> Result<Self, VaultError> {
        let throttle = |(each, together)| {
            clock
                .random_bytes()
                .map(|key| Throttle::new(key, each, together))
                .map_err(|error| VaultError::Randomness(error.to_string()))
        };
        Ok(Self {
            tips: throttle(TIPS)?,
            photos: throttle(PHOTOS)?,
            ways_back: throttle(WAYS_BACK)?,
            guesses: throttle(GUESSES)?,
            room: Arc::new(Semaphore::new(ROOM)),
        })
    }

    /// Lets a tip in.
    ///
    /// # Errors
    /// `too_many_requests`.
    pub fn tell(&self, origin: Origin, now: Instant) -> Result<Turn, Problem> {
        self.tips.take(origin, now)
    }

    /// Lets a photograph of at most so many bytes in, for as long as what is returned is held.
    ///
    /// # Errors
    /// `too_many_requests`, and `busy` when too many are on their way.
    pub fn photo(&self, origin: Origin, now: Instant, bytes: usize) -> Result<OwnedSemaphorePermit, Problem> {
        let kibibytes = u32::try_from(bytes.div_ceil(1024)).map_err(|_| Problem::new(Code::TooLarge))?;
        let room = Arc::clone(&self.room).try_acquire_many_owned(kibibytes);
        let room = room.map_err(|_| Problem::new(Code::Busy))?;
        let _counts = self.photos.take(origin, now)?;
        Ok(room)
    }

    /// Lets somebody try a receipt and a passphrase. It counts as wrong until it is [`Doors::was_right`], however the
    /// request ends.
    ///
    /// # Errors
    /// `too_many_requests`.
    pub fn way_back(&self, origin: Origin, now: Instant) -> Result<Turn, Problem> {
        let way_back = self.ways_back.take(origin, now)?;
        match self.guesses.take(origin, now) {
            Ok(guess) => Ok(guess),
            Err(problem) => {
                self.ways_back.give_back(way_back);
                Err(problem)
            }
        }
    }

    /// It was no guess.
    pub fn was_right(&self, guess: Turn) {
        self.guesses.give_back(guess);
    }
}
