//! A moment in UTC, kept to the microsecond.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};

use super::day::Day;
use super::fault::{FaultCode, text_value};

/// A moment in UTC cut to microseconds, because PostgreSQL keeps no more and both stores must answer alike.
/// On the wire RFC 3339 with six digits and `Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(DateTime<Utc>);

impl Instant {
    /// From microseconds since 1970-01-01T00:00:00Z; nothing outside the years that the calendar knows.
    pub fn from_micros(micros: i64) -> Option<Self> {
        DateTime::from_timestamp_micros(micros).map(Self)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// Seconds since 1970-01-01T00:00:00Z, as tokens count them.
    pub fn seconds(self) -> i64 {
        self.0.timestamp()
    }

    /// The day it is in Asia/Shanghai.
    pub fn day(self) -> Day {
        Day::of(self.0)
    }

    /// `seconds` later; stays where it is when that leaves the calendar.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        self.0
            .checked_add_signed(chrono::Duration::seconds(seconds))
            .map_or(self, Self)
    }

    /// `micros` later; stays where it is when that leaves the calendar.
    #[must_use]
    pub fn plus_micros(self, micros: i64) -> Self {
        self.0
            .checked_add_signed(chrono::Duration::microseconds(micros))
            .map_or(self, Self)
    }

    /// From the form that HTTP has for a moment, `Sun, 08 Nov 2026 08:49:37 GMT`; nothing for any other text.
    pub fn from_http_date(text: &str) -> Option<Self> {
        let date = text.strip_suffix(" GMT")?;
        NaiveDateTime::parse_from_str(date, "%a, %d %b %Y %H:%M:%S")
            .ok()
            .map(|moment| Self::of(moment.and_utc()))
    }

    /// In the form that HTTP has for a moment, cut to the second.
    pub fn to_http_date(self) -> String {
        self.0.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// As a clock in Asia/Shanghai shows it, cut to the second, for people: `2026-11-08 16:49:37`.
    pub fn in_shanghai(self) -> String {
        const AHEAD: i64 = 8 * 3600;
        self.plus_seconds(AHEAD).0.format("%Y-%m-%d %H:%M:%S").to_string()
    }

    pub(super) fn of(moment: DateTime<Utc>) -> Self {
        Self::from_micros(moment.timestamp_micros()).unwrap_or(Self(moment))
    }

    pub(super) fn utc(self) -> DateTime<Utc> {
        self.0
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl FromStr for Instant {
    type Err = FaultCode;

    fn from_str(text: &str) -> Result<Self, FaultCode> {
        DateTime::parse_from_rfc3339(text)
            .map(|moment| Self::of(moment.to_utc()))
            .map_err(|_| FaultCode::BadFormat)
    }
}

text_value!(Instant);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_cut_to_microseconds_and_written_in_utc() {
        let read: Instant = "2024-06-03T08:00:00.123456789+08:00".parse().unwrap();
        assert_eq!(read.to_string(), "2024-06-03T00:00:00.123456Z");
    }

    #[test]
    fn people_read_the_clock_on_their_wall() {
        let read: Instant = "2026-11-08T16:49:37.999999Z".parse().unwrap();
        assert_eq!(read.in_shanghai(), "2026-11-09 00:49:37");
    }

    #[test]
    fn the_date_of_a_header_is_read_in_its_one_form() {
        let read = Instant::from_http_date("Sun, 08 Nov 2026 08:49:37 GMT").unwrap();
        assert_eq!(read.to_string(), "2026-11-08T08:49:37.000000Z");
        for wrong in ["Sunday, 08-Nov-26 08:49:37 GMT", "Sun, 08 Nov 2026 08:49:37", "120", ""] {
            assert_eq!(Instant::from_http_date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_day_turns_at_midnight_in_shanghai() {
        let before: Instant = "2024-06-03T15:59:59.999999Z".parse().unwrap();
        let after: Instant = "2024-06-03T16:00:00Z".parse().unwrap();
        assert_eq!(before.day().to_string(), "2024-06-03");
        assert_eq!(after.day().to_string(), "2024-06-04");
    }
}
