//! A quarter of a year in Asia/Shanghai.

use std::fmt;
use std::str::FromStr;

use super::day::Day;
use super::fault::{FaultCode, text_value};
use super::instant::Instant;

/// A quarter, 2000Q1 to 9998Q4. On the wire and in the database `2024Q3`, which sorts by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter {
    first: Day,
    last: Day,
}

impl Quarter {
    /// The `number`th quarter of a year, from 1.
    pub fn new(year: i32, number: u32) -> Option<Self> {
        if !(1..=4).contains(&number) || year > 9998 {
            return None;
        }
        let first = Day::new(year, number * 3 - 2, 1)?;
        let next = if number == 4 {
            Day::new(year + 1, 1, 1)?
        } else {
            Day::new(year, number * 3 + 1, 1)?
        };
        Some(Self {
            first,
            last: next.minus_days(1),
        })
    }

    /// The quarter in which a day lies; nothing outside the years that quarters have.
    pub fn of(day: Day) -> Option<Self> {
        Self::new(day.year(), day.month().div_ceil(3))
    }

    /// Its first day; it begins with the first moment of it.
    pub fn first_day(self) -> Day {
        self.first
    }

    /// Its last day; it ends with the last moment of it.
    pub fn last_day(self) -> Day {
        self.last
    }

    /// Whether a day lies in it.
    pub fn contains(self, day: Day) -> bool {
        (self.first..=self.last).contains(&day)
    }

    /// Whether its last moment has passed.
    pub fn is_over(self, at: Instant) -> bool {
        at > self.last.end()
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}Q{}", self.first.year(), self.first.month().div_ceil(3))
    }
}

impl FromStr for Quarter {
    type Err = FaultCode;

    fn from_str(text: &str) -> Result<Self, FaultCode> {
        let (year, number) = text.split_once('Q').ok_or(FaultCode::BadFormat)?;
        let digits = |text: &str, length: usize| {
            (text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit()))
                .then(|| text.parse::<u32>().ok())
                .flatten()
                .ok_or(FaultCode::BadFormat)
        };
        let (year, number) = (digits(year, 4)?, digits(number, 1)?);
        let year = i32::try_from(year).map_err(|_| FaultCode::BadFormat)?;
        Self::new(year, number).ok_or(FaultCode::OutOfRange)
    }
}

text_value!(Quarter);

#[cfg(test)]
mod tests {
    use super::*;

    fn quarter(text: &str) -> Quarter {
        text.parse().unwrap()
    }

    #[test]
    fn a_quarter_runs_from_its_first_midnight_in_shanghai_to_its_last() {
        for (text, first, last) in [
            ("2024Q1", "2024-01-01", "2024-03-31"),
            ("2024Q2", "2024-04-01", "2024-06-30"),
            ("2024Q3", "2024-07-01", "2024-09-30"),
            ("2024Q4", "2024-10-01", "2024-12-31"),
        ] {
            let quarter = quarter(text);
            assert_eq!(quarter.to_string(), text);
            assert_eq!(quarter.first_day().to_string(), first);
            assert_eq!(quarter.last_day().to_string(), last);
        }
        assert_eq!(
            quarter("2025Q1").first_day().start().to_string(),
            "2024-12-31T16:00:00.000000Z"
        );
        assert_eq!(
            quarter("2024Q4").last_day().end().to_string(),
            "2024-12-31T15:59:59.999999Z"
        );
    }

    #[test]
    fn every_day_lies_in_one_quarter_also_in_a_leap_year() {
        let quarters: Vec<Quarter> = (2023..=2025)
            .flat_map(|year| (1..=4).filter_map(move |number| Quarter::new(year, number)))
            .collect();
        assert_eq!(quarters.len(), 12);
        for (one, next) in quarters.iter().zip(quarters.iter().skip(1)) {
            assert_eq!(one.last_day().next(), next.first_day());
            assert!(one < next && one.to_string() < next.to_string());
        }
        let leap: Day = "2024-02-29".parse().unwrap();
        let holding: Vec<String> = quarters
            .iter()
            .filter(|one| one.contains(leap))
            .map(ToString::to_string)
            .collect();
        assert_eq!(holding, ["2024Q1"]);
        for one in quarters {
            for day in [one.first_day(), one.last_day()] {
                assert_eq!(Quarter::of(day), Some(one));
            }
        }
    }

    #[test]
    fn a_quarter_is_over_with_its_last_moment_in_shanghai() {
        let over = |at: &str| quarter("2024Q4").is_over(at.parse().unwrap());
        assert!(!over("2024-12-31T23:59:59.999999+08:00"));
        assert!(over("2025-01-01T00:00:00+08:00"));
        assert!(!over("2024-12-31T15:59:59Z"));
        assert!(over("2024-12-31T16:00:00Z"));
    }

    #[test]
    fn only_a_year_and_one_of_four_is_a_quarter() {
        for wrong in [
            "2024Q0",
            "2024Q5",
            "2024q3",
            "24Q3",
            "2024-3",
            "2024Q03",
            "２０２４Q3",
            "1999Q4",
            "9999Q4",
            "",
            "Q",
        ] {
            assert!(wrong.parse::<Quarter>().is_err(), "{wrong}");
        }
    }
}
