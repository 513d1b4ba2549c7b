//! A calendar day in Asia/Shanghai.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveTime, Utc, Weekday};

use super::fault::{FaultCode, text_value};
use super::instant::Instant;

/// China keeps one offset all year and has had no summer time since 1991; no date before 2000 enters the ledger.
const SHANGHAI_OFFSET_SECONDS: i32 = 8 * 3600;

/// A calendar day in Asia/Shanghai, 2000-01-01 to 9999-12-31. On the wire `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(NaiveDate);

impl Day {
    /// Before every day that enters the ledger, or the first that may.
    pub const FIRST: Self = match NaiveDate::from_ymd_opt(2000, 1, 1) {
        Some(date) => Self(date),
        None => Self(NaiveDate::MIN),
    };

    /// Later than every day that a deadline can fall on; what a column holds where nothing is due.
    pub const NEVER: Self = match NaiveDate::from_ymd_opt(9999, 12, 31) {
        Some(date) => Self(date),
        None => Self(NaiveDate::MAX),
    };

    /// The day of that year, month and day of month.
    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day)
            .filter(|date| (2000..=9999).contains(&date.year()))
            .map(Self)
    }

    pub(super) fn of(moment: DateTime<Utc>) -> Self {
        FixedOffset::east_opt(SHANGHAI_OFFSET_SECONDS).map_or(Self(moment.date_naive()), |offset| {
            Self(moment.with_timezone(&offset).date_naive())
        })
    }

    /// The last microsecond of the day: a deadline is met until then.
    pub fn end(self) -> Instant {
        self.next().start().plus_micros(-1)
    }

    /// The first moment of the day.
    pub fn start(self) -> Instant {
        let midnight = self.0.and_time(NaiveTime::MIN).and_utc();
        Instant::of(midnight - chrono::Duration::seconds(i64::from(SHANGHAI_OFFSET_SECONDS)))
    }

    /// The year.
    pub fn year(self) -> i32 {
        self.0.year()
    }

    /// The month, from 1.
    pub fn month(self) -> u32 {
        self.0.month()
    }

    /// True on Saturday and Sunday.
    pub fn is_weekend(self) -> bool {
        matches!(self.0.weekday(), Weekday::Sat | Weekday::Sun)
    }

    /// The day after; the last day of the calendar stays itself.
    #[must_use]
    pub fn next(self) -> Self {
        self.plus_days(1)
    }

    /// `days` later; the last day of the calendar where that leaves it.
    #[must_use]
    pub fn plus_days(self, days: u32) -> Self {
        self.0
            .checked_add_days(Days::new(u64::from(days)))
            .map_or(Self::NEVER, Self)
    }

    /// `days` earlier; stays itself where that leaves the calendar.
    #[must_use]
    pub fn minus_days(self, days: u32) -> Self {
        self.0.checked_sub_days(Days::new(u64::from(days))).map_or(self, Self)
    }

    /// Whole days from `earlier` to this one; negative when this one is earlier.
    pub fn days_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).num_days()
    }

    /// Days since 2000-01-01, as PostgreSQL counts dates.
    pub fn days_since_2000(self) -> i64 {
        NaiveDate::from_ymd_opt(2000, 1, 1).map_or(0, |epoch| (self.0 - epoch).num_days())
    }

    /// The day that many days after 2000-01-01.
    pub fn from_days_since_2000(days: i64) -> Option<Self> {
        let epoch = NaiveDate::from_ymd_opt(2000, 1, 1)?;
        epoch.checked_add_signed(chrono::Duration::try_days(days)?).map(Self)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Day {
    type Err = FaultCode;

    fn from_str(text: &str) -> Result<Self, FaultCode> {
        if text.len() != 10 {
            return Err(FaultCode::BadFormat);
        }
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| FaultCode::BadFormat)?;
        Self::new(date.year(), date.month(), date.day()).ok_or(FaultCode::OutOfRange)
    }
}

text_value!(Day);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_just_before_the_next_begins() {
        let day = Day::new(2024, 2, 29).unwrap();
        assert_eq!(day.start().to_string(), "2024-02-28T16:00:00.000000Z");
        assert_eq!(day.end().to_string(), "2024-02-29T15:59:59.999999Z");
        assert_eq!(day.end().day(), day);
    }

    #[test]
    fn only_real_days_are_read() {
        assert!("2024-02-30".parse::<Day>().is_err());
        assert!("2024-2-3".parse::<Day>().is_err());
        assert_eq!("1999-12-31".parse::<Day>(), Err(FaultCode::OutOfRange));
        assert_eq!("2024-12-31".parse::<Day>().unwrap().next().to_string(), "2025-01-01");
    }
}
