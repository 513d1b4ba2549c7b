//! Working days: weekends, public holidays, and the days that make up for them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::values::Day;

/// Why a day does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayOff {
    /// The day.
    pub day: Day,
    /// The holiday's name, or `周末`.
    pub name: String,
}

/// A day that counts in one calendar and not in another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayChange {
    /// The day.
    pub day: Day,
    /// Why it did not count; nothing where it did.
    pub before: Option<String>,
    /// Why it does not count now; nothing where it does.
    pub after: Option<String>,
}

/// Days off and make-up working days, by year. A year that is not in it counts weekends only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    years: BTreeSet<i32>,
    holidays: BTreeMap<Day, String>,
    working: BTreeSet<Day>,
}

/// What an ordinary Saturday or Sunday is called.
const WEEKEND: &str = "周末";

impl Calendar {
    /// Takes a year in: its holidays by name, and the weekend days on which work is done.
    pub fn add_year(&mut self, year: i32, holidays: impl IntoIterator<Item = (Day, String)>, working: Vec<Day>) {
        self.years.insert(year);
        self.holidays.extend(holidays);
        self.working.extend(working);
    }

    /// True when the holidays of that year are known.
    pub fn knows(&self, year: i32) -> bool {
        self.years.contains(&year)
    }

    /// The years whose holidays are known.
    pub fn years(&self) -> impl Iterator<Item = i32> + '_ {
        self.years.iter().copied()
    }

    /// True on a day that counts.
    pub fn is_working_day(&self, day: Day) -> bool {
        self.reason_off(day).is_none()
    }

    /// Why the day does not count; nothing for a working day.
    pub fn reason_off(&self, day: Day) -> Option<&str> {
        if self.working.contains(&day) {
            return None;
        }
        self.holidays
            .get(&day)
            .map(String::as_str)
            .or_else(|| day.is_weekend().then_some(WEEKEND))
    }

    /// The `count`th working day after `day`.
    pub fn working_days_after(&self, day: Day, count: u32) -> Day {
        let mut reached = day;
        let mut left = count;
        while left > 0 && reached < Day::NEVER {
            reached = reached.next();
            if self.is_working_day(reached) {
                left -= 1;
            }
        }
        reached
    }

    /// How many days after `from` up to `to` count.
    pub fn working_days(&self, from: Day, to: Day) -> u32 {
        let days = after(from, to).filter(|day| self.is_working_day(*day));
        u32::try_from(days.count()).unwrap_or(u32::MAX)
    }

    /// The days after `from` up to `to` that count here and not in `new`, or the other way round.
    pub fn changes(&self, new: &Self, from: Day, to: Day) -> Vec<DayChange> {
        after(from, to)
            .map(|day| DayChange {
                day,
                before: self.reason_off(day).map(str::to_owned),
                after: new.reason_off(day).map(str::to_owned),
            })
            .filter(|change| change.before.is_some() != change.after.is_some())
            .collect()
    }

    /// The days after `from` up to `to` that do not count, each with its reason.
    pub fn days_off(&self, from: Day, to: Day) -> Vec<DayOff> {
        let off = |day| {
            self.reason_off(day).map(|name| DayOff {
                day,
                name: name.to_owned(),
            })
        };
        after(from, to).filter_map(off).collect()
    }
}

fn after(from: Day, to: Day) -> impl Iterator<Item = Day> {
    std::iter::successors(Some(from), move |day| (*day < to).then(|| day.next())).skip(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::policy::Policy;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn holidays_do_not_count_and_make_up_days_do() {
        let policy = Policy::embedded().unwrap();
        let calendar = policy.calendar();
        // National day 2024: off from the 1st to the 7th, made up for on Saturday the 12th.
        assert_eq!(calendar.working_days_after(day("2024-09-30"), 1), day("2024-10-08"));
        assert_eq!(calendar.working_days_after(day("2024-10-11"), 1), day("2024-10-12"));
        assert_eq!(calendar.working_days_after(day("2024-10-12"), 1), day("2024-10-14"));
        // Sunday 29 September 2024 was worked.
        assert_eq!(calendar.working_days_after(day("2024-09-27"), 2), day("2024-09-30"));
    }

    #[test]
    fn a_year_that_is_not_known_counts_weekends_only() {
        let calendar = Calendar::default();
        assert!(!calendar.knows(2031));
        assert_eq!(calendar.working_days_after(day("2031-01-03"), 1), day("2031-01-06"));
    }
}
