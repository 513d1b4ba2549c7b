//! What happened day by day, and what stood at the end of each: the ground of the trend and of the way to zero.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use crate::values::Day;

/// What can happen to a hazard on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// It is put on record.
    Found,
    /// It is confirmed, and open from then on.
    Confirmed,
    /// It is opened again.
    Reopened,
    /// It ends to be open.
    Ended,
}

/// What happened in a stretch of days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flows {
    /// Put on record.
    pub found: i64,
    /// Confirmed.
    pub confirmed: i64,
    /// Opened again.
    pub reopened: i64,
    /// Ended, however.
    pub ended: i64,
    /// Of these, signed off.
    pub closed: i64,
    /// Of these, by the day of the order.
    pub on_time: i64,
}

impl Flows {
    /// The increment.
    pub fn new_ones(&self) -> i64 {
        self.confirmed + self.reopened
    }
}

impl AddAssign for Flows {
    fn add_assign(&mut self, other: Self) {
        self.found += other.found;
        self.confirmed += other.confirmed;
        self.reopened += other.reopened;
        self.ended += other.ended;
        self.closed += other.closed;
        self.on_time += other.on_time;
    }
}

/// Day by day, from the first on which something happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Daily(BTreeMap<Day, Flows>);

impl Daily {
    /// Adds what happened on a day.
    pub fn add(&mut self, flow: Flow, day: Day, count: i64, closed: i64, on_time: i64) {
        let flows = self.0.entry(day).or_default();
        match flow {
            Flow::Found => flows.found += count,
            Flow::Confirmed => flows.confirmed += count,
            Flow::Reopened => flows.reopened += count,
            Flow::Ended => {
                flows.ended += count;
                flows.closed += closed;
                flows.on_time += on_time;
            }
        }
    }

    /// What happened from a day to another, both included.
    pub fn between(&self, from: Day, to: Day) -> Flows {
        let mut sum = Flows::default();
        if from <= to {
            self.0.range(from..=to).for_each(|(_, flows)| sum += *flows);
        }
        sum
    }

    /// What was open at the end of a day.
    pub fn open_at_end(&self, day: Day) -> i64 {
        self.0
            .range(..=day)
            .map(|(_, flows)| flows.new_ones() - flows.ended)
            .sum()
    }

    /// On how many of the days from one to another nothing was open at the end.
    pub fn days_at_zero(&self, from: Day, to: Day) -> i64 {
        let mut open = self.open_at_end(from);
        let mut zero = 0;
        let mut day = from;
        while day <= to {
            if day > from {
                open += self.0.get(&day).map_or(0, |flows| flows.new_ones() - flows.ended);
            }
            zero += i64::from(open == 0);
            let next = day.next();
            if next == day {
                break;
            }
            day = next;
        }
        zero
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn the_stock_is_what_began_less_what_ended() {
        let mut daily = Daily::default();
        daily.add(Flow::Found, day("2024-12-30"), 3, 0, 0);
        daily.add(Flow::Confirmed, day("2024-12-31"), 2, 0, 0);
        daily.add(Flow::Ended, day("2025-01-02"), 2, 1, 1);
        daily.add(Flow::Reopened, day("2025-01-04"), 1, 0, 0);
        assert_eq!(daily.open_at_end(day("2024-12-30")), 0);
        assert_eq!(daily.open_at_end(day("2024-12-31")), 2);
        assert_eq!(daily.open_at_end(day("2025-01-03")), 0);
        assert_eq!(daily.days_at_zero(day("2024-12-29"), day("2025-01-05")), 4);
        let new_year = daily.between(day("2025-01-01"), day("2025-01-31"));
        assert_eq!((new_year.ended, new_year.closed, new_year.new_ones()), (2, 1, 1));
        assert_eq!(daily.between(day("2025-01-31"), day("2025-01-01")), Flows::default());
    }
}
