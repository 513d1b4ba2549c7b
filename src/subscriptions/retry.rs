//! When a message that was not taken is sent again, and when it is given up.
//!
//! The first pauses are short, for a receiver that restarts; each is four times the one before, up to sixteen hours. After
//! three days, less half an hour, the message is a dead letter. A tenth is added or taken off at random, so that messages
//! that failed together do not come back together.

use crate::values::Instant;

/// The pause behind the first attempt, in seconds.
const FIRST_PAUSE: i64 = 5;
/// How much longer each pause is than the one before.
const GROWTH: i64 = 4;
/// The longest pause, in seconds.
const LONGEST_PAUSE: i64 = 16 * 3600;
/// How often a message is sent before it is given up.
pub const ATTEMPTS: i64 = 12;
/// The longest pause that a receiver may ask for, in seconds.
const LONGEST_WISH: i64 = 24 * 3600;

/// How long a subscription may fail without a single success before it is paused, in seconds: five days, longer than any
/// message is tried.
pub const PATIENCE: i64 = 5 * 86_400;

/// The moment of the next attempt behind the attempt of that number; nothing when it was the last. `random` is any number,
/// `wished` is when the receiver asked to be called again.
pub fn next(attempt: i64, now: Instant, random: u16, wished: Option<Instant>) -> Option<Instant> {
    if attempt >= ATTEMPTS {
        return None;
    }
    let grown = (1..attempt).fold(FIRST_PAUSE, |pause, _| (pause * GROWTH).min(LONGEST_PAUSE));
    let spread = grown * 1_000_000 / 5;
    let micros = grown * 1_000_000 - spread / 2 + spread * i64::from(random) / i64::from(u16::MAX);
    let own = now.plus_micros(micros);
    let latest = now.plus_seconds(LONGEST_WISH);
    Some(wished.map_or(own, |wished| wished.min(latest).max(own)))
}

/// What `Retry-After` asks for: seconds from now, or a date.
pub fn wished(header: &str, now: Instant) -> Option<Instant> {
    match header.trim().parse::<u32>() {
        Ok(seconds) => Some(now.plus_seconds(seconds.into())),
        Err(_) => Instant::from_http_date(header.trim()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: &str = "2026-11-09T04:00:00.000000Z";

    fn pause(attempt: i64, random: u16, wished: Option<Instant>) -> Option<i64> {
        let noon: Instant = NOON.parse().unwrap();
        next(attempt, noon, random, wished).map(|then| (then.micros() - noon.micros()) / 1_000_000)
    }

    #[test]
    fn pauses_grow_for_three_days() {
        let middle = u16::MAX / 2;
        let pauses: Vec<i64> = (1..ATTEMPTS)
            .map(|attempt| pause(attempt, middle, None).unwrap() + 1)
            .collect();
        assert_eq!(pauses[..4], [5, 20, 80, 320]);
        assert_eq!(pauses[pauses.len() - 1], LONGEST_PAUSE);
        let hours = pauses.iter().sum::<i64>() / 3600;
        assert_eq!(hours, 71);
        assert_eq!(pause(ATTEMPTS, middle, None), None);
    }

    #[test]
    fn chance_moves_a_pause_by_a_tenth_at_most() {
        assert_eq!(pause(3, 0, None), Some(72));
        assert_eq!(pause(3, u16::MAX, None), Some(88));
    }

    #[test]
    fn a_receiver_may_ask_for_a_longer_pause_within_bounds() {
        let noon: Instant = NOON.parse().unwrap();
        let asked = |header: &str| pause(1, 0, wished(header, noon));
        assert_eq!(asked("120"), Some(120));
        assert_eq!(asked("Mon, 09 Nov 2026 04:01:00 GMT"), Some(60));
        assert_eq!(asked("0"), Some(4));
        assert_eq!(asked("4000000000"), Some(LONGEST_WISH));
        for nonsense in ["soon", "-5", "1e9", "99999999999999999999", ""] {
            assert_eq!(asked(nonsense), Some(4), "{nonsense}");
        }
    }
}
