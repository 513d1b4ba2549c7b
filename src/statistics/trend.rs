//! Month by month: what came, what went, and what stood at the end.

use super::series::{Daily, Flows};
use crate::values::Day;

/// Months of one answer, at most.
pub const MOST_MONTHS: i64 = 120;

/// A month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month {
    /// Its first day.
    pub first: Day,
    /// What happened in it.
    pub flows: Flows,
    /// What was open at its end.
    pub open: i64,
}

/// The first day of a day's month.
pub fn first_of_month(day: Day) -> Day {
    let text = day.to_string();
    let month = text.get(..8).map(|month| format!("{month}01"));
    month.and_then(|first| first.parse().ok()).unwrap_or(day)
}

/// The first day of the month after.
pub fn next_month(first: Day) -> Day {
    first_of_month(first.plus_days(31))
}

/// How many months there are from the one of a day to the one of another.
pub fn months_between(from: Day, to: Day) -> i64 {
    let index = |day: Day| {
        let month: i64 = day
            .to_string()
            .get(5..7)
            .and_then(|month| month.parse().ok())
            .unwrap_or_default();
        i64::from(day.year()) * 12 + month
    };
    index(to) - index(from) + 1
}

/// The months from the one of a day to the one of another.
pub fn months(daily: &Daily, from: Day, to: Day) -> Vec<Month> {
    let mut months = Vec::new();
    let mut first = first_of_month(from);
    for _ in 0..months_between(from, to).clamp(0, MOST_MONTHS) {
        let next = next_month(first);
        let last = next.minus_days(1);
        months.push(Month {
            first,
            flows: daily.between(first, last),
            open: daily.open_at_end(last),
        });
        first = next;
    }
    months
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn months_follow_each_other_across_years_and_leap_days() {
        let months = months(&Daily::default(), day("2023-12-31"), day("2024-03-01"));
        let firsts: Vec<String> = months.iter().map(|month| month.first.to_string()).collect();
        assert_eq!(firsts, ["2023-12-01", "2024-01-01", "2024-02-01", "2024-03-01"]);
        assert_eq!(months_between(day("2024-03-01"), day("2024-02-29")), 0);
        assert_eq!(months_between(day("2024-03-01"), day("2024-03-31")), 1);
    }
}
