//! How often the public may do something within an hour, from one origin and all together.
//!
//! What is kept is in memory alone, under a hash of the origin with a key that ends with the process. The number of
//! origins that are kept is bounded; who has more addresses than that is limited by what all may do together.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use hmac::{Hmac, KeyInit, Mac};
use quick_cache::sync::Cache;
use sha2::Sha256;

use super::origin::Origin;
use super::problems::{Code, Problem};
use crate::values::{Instant, Secret};

/// The window, in seconds.
const HOUR: i64 = 3600;
/// Origins of one kind that are kept.
const MOST_ORIGINS: usize = 20_000;

/// A limit on one thing that the public may do.
#[derive(Debug)]
pub struct Throttle {
    key: Secret<[u8; 32]>,
    each: usize,
    together: Option<usize>,
    origins: Cache<[u8; 16], Arc<Moments>>,
    all: Moments,
}

/// Leave to do it once. It counts unless it is given back.
#[derive(Debug)]
#[must_use = "what was taken counts; give it back where it should not"]
pub struct Turn {
    at: Instant,
    origin: Arc<Moments>,
}

/// When it was done within the last hour, oldest first.
#[derive(Debug, Default)]
struct Moments(Mutex<VecDeque<Instant>>);

impl Throttle {
    /// So often in an hour from each origin, and so often from all of them where that is limited: what all may do together
    /// one can use up for the others. `key` is drawn at the start of the process.
    pub fn new(key: [u8; 32], each: usize, together: Option<usize>) -> Self {
        Self {
            key: Secret::new(key),
            each,
            together,
            origins: Cache::new(MOST_ORIGINS),
            all: Moments::default(),
        }
    }

    /// Takes a turn.
    ///
    /// # Errors
    /// `too_many_requests` with the seconds until there is one again.
    pub fn take(&self, origin: Origin, now: Instant) -> Result<Turn, Problem> {
        let of_origin = self.of(origin);
        let refused = |seconds| Problem::new(Code::TooManyRequests).after(seconds);
        of_origin.take(self.each, now).map_err(refused)?;
        let all = self.together.map_or(Ok(()), |together| self.all.take(together, now));
        if let Err(seconds) = all {
            of_origin.give_back(now);
            return Err(refused(seconds));
        }
        Ok(Turn {
            at: now,
            origin: of_origin,
        })
    }

    /// Takes a turn back that should not count.
    pub fn give_back(&self, turn: Turn) {
        turn.origin.give_back(turn.at);
        self.all.give_back(turn.at);
    }

    fn of(&self, origin: Origin) -> Arc<Moments> {
        let hash = self.hash(origin);
        self.origins
            .get_or_insert_with(&hash, || Ok::<_, std::convert::Infallible>(Arc::default()))
            .unwrap_or_default()
    }

    /// HMAC takes a key of any length, so there always is one.
    fn hash(&self, origin: Origin) -> [u8; 16] {
        let mut hash = [0; 16];
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.key.reveal()) {
            mac.update(&origin.bytes());
            for (byte, drawn) in hash.iter_mut().zip(mac.finalize().into_bytes()) {
                *byte = drawn;
            }
        }
        hash
    }
}

impl Moments {
    fn take(&self, most: usize, now: Instant) -> Result<(), u32> {
        let mut moments = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while moments.front().is_some_and(|first| first.plus_seconds(HOUR) <= now) {
            moments.pop_front();
        }
        if moments.len() >= most {
            let first = moments.front().copied().unwrap_or(now);
            let wait = first.plus_seconds(HOUR).seconds() - now.seconds();
            // A clock that was set back must not shut anybody out for longer than the window.
            return Err(u32::try_from(wait.clamp(1, HOUR)).unwrap_or(1));
        }
        moments.push_back(now);
        Ok(())
    }

    fn give_back(&self, at: Instant) {
        let mut moments = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = moments.iter().position(|moment| *moment == at) {
            moments.remove(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::FromRequest as _;
    use actix_web::dev::Payload;
    use actix_web::test::TestRequest;

    fn at(seconds: i64) -> Instant {
        Instant::from_micros(1_800_000_000_000_000)
            .unwrap()
            .plus_seconds(seconds)
    }

    fn from(address: &str) -> Origin {
        let request = TestRequest::default()
            .peer_addr(format!("{address}:1").parse().unwrap())
            .to_http_request();
        Origin::from_request(&request, &mut Payload::None).into_inner().unwrap()
    }

    fn wait(throttle: &Throttle, origin: Origin, now: Instant) -> Option<u32> {
        throttle
            .take(origin, now)
            .err()
            .and_then(|problem| problem.retry_after())
    }

    #[test]
    fn an_origin_has_its_turns_within_any_hour_and_others_have_theirs() {
        let throttle = Throttle::new([1; 32], 2, None);
        let (one, other) = (from("198.51.100.1"), from("198.51.100.2"));
        assert_eq!(wait(&throttle, one, at(0)), None);
        assert_eq!(wait(&throttle, one, at(600)), None);
        assert_eq!(wait(&throttle, one, at(700)), Some(2900));
        assert_eq!(wait(&throttle, other, at(700)), None);
        assert_eq!(wait(&throttle, one, at(3600)), None);
        assert_eq!(wait(&throttle, one, at(3601)), Some(599));
    }

    #[test]
    fn all_together_have_a_limit_and_a_refusal_takes_no_turn() {
        let throttle = Throttle::new([1; 32], 5, Some(2));
        let origins = ["198.51.100.1", "198.51.100.2", "198.51.100.3"].map(from);
        assert_eq!(wait(&throttle, origins[0], at(0)), None);
        assert_eq!(wait(&throttle, origins[1], at(0)), None);
        assert_eq!(wait(&throttle, origins[2], at(0)), Some(3600));
        for second in 3600..3602 {
            assert_eq!(wait(&throttle, origins[2], at(second)), None);
        }
    }

    #[test]
    fn what_is_given_back_does_not_count() {
        let throttle = Throttle::new([1; 32], 1, Some(1));
        for second in 0..5 {
            let turn = throttle.take(from("198.51.100.1"), at(second)).unwrap();
            throttle.give_back(turn);
        }
        assert_eq!(wait(&throttle, from("198.51.100.1"), at(5)), None);
        assert_eq!(wait(&throttle, from("198.51.100.1"), at(5)), Some(3600));
    }

    #[test]
    fn no_address_is_printed() {
        let throttle = Throttle::new([1; 32], 1, Some(1));
        let turn = throttle.take(from("198.51.100.77"), at(0)).unwrap();
        let printed = format!("{throttle:?} {turn:?} {:?}", from("198.51.100.77"));
        assert!(!printed.contains("198.51") && !printed.contains("77"), "{printed}");
    }
}
