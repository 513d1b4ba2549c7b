//! A moment as somebody's own clock showed it.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, FixedOffset, SecondsFormat};

use super::fault::{FaultCode, text_value};
use super::instant::Instant;

/// A moment, cut to microseconds, with the offset from UTC of the clock that showed it. On the wire RFC 3339 with that
/// offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalInstant {
    instant: Instant,
    offset: FixedOffset,
}

impl LocalInstant {
    /// The same moment in UTC.
    pub fn instant(self) -> Instant {
        self.instant
    }
}

impl fmt::Display for LocalInstant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.instant.utc().with_timezone(&self.offset);
        f.write_str(&shown.to_rfc3339_opts(SecondsFormat::AutoSi, false))
    }
}

impl FromStr for LocalInstant {
    type Err = FaultCode;

    fn from_str(text: &str) -> Result<Self, FaultCode> {
        let moment = DateTime::parse_from_rfc3339(text).map_err(|_| FaultCode::BadFormat)?;
        Ok(Self {
            instant: Instant::of(moment.to_utc()),
            offset: *moment.offset(),
        })
    }
}

text_value!(LocalInstant);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_of_the_clock_is_kept() {
        let read: LocalInstant = "2026-11-09T09:30:00.250+08:00".parse().unwrap();
        assert_eq!(read.to_string(), "2026-11-09T09:30:00.250+08:00");
        assert_eq!(read.instant().to_string(), "2026-11-09T01:30:00.250000Z");
        let elsewhere: LocalInstant = "2026-11-09T01:30:00.250Z".parse().unwrap();
        assert_eq!(elsewhere.to_string(), "2026-11-09T01:30:00.250+00:00");
        assert_ne!(read, elsewhere, "another clock showed it");
        assert_eq!(read.instant(), elsewhere.instant());
    }

    #[test]
    fn what_was_read_is_read_again() {
        for text in [
            "2026-11-09T09:30:00+08:00",
            "2026-11-09T09:30:00.123456789-03:30",
            "2026-06-30T23:59:60Z",
            "0000-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-12:00",
        ] {
            let read: LocalInstant = text.parse().unwrap();
            assert_eq!(read.to_string().parse(), Ok(read), "{text}");
        }
        for wrong in ["2026-11-09T09:30:00", "2026-11-09", "2026-11-09T25:00:00Z", ""] {
            assert_eq!(wrong.parse::<LocalInstant>(), Err(FaultCode::BadFormat), "{wrong}");
        }
    }
}
