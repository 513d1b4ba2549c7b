//! The way to zero, year by year, against the plan: the stock cleared by the end of 2024, the increment held down by the
//! end of 2025, a standing zero (动态清零) by the end of 2026.

use super::series::Daily;
use crate::values::Day;
use crate::values::vocabulary::vocabulary;

vocabulary! {
    /// What the plan asks of a year.
    pub enum Goal in "zeroing_goals" {
        StockCleared = "stock_cleared", "年底前存量清零", "the stock is cleared by the end of the year";
        IncrementHeldDown = "increment_held_down", "年底前遏制增量", "the increment is held down by the end of the year";
        StandingZero = "standing_zero", "年底前形成动态清零机制", "what is found is cleared as it comes, by the end of the year";
    }
}

/// The years of the plan.
pub const PLAN: [(i32, Goal); 3] = [
    (2024, Goal::StockCleared),
    (2025, Goal::IncrementHeldDown),
    (2026, Goal::StandingZero),
];

/// How a year stands against the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Year {
    /// Which.
    pub number: i32,
    /// What the plan asks of it.
    pub goal: Goal,
    /// Open when it began; nothing before it did.
    pub open_at_start: Option<i64>,
    /// Open at its end, or today while it lasts.
    pub open_at_end: Option<i64>,
    /// The increment.
    pub new: i64,
    /// The increment of each quarter.
    pub new_by_quarter: Vec<i64>,
    /// The increment of the year before.
    pub new_before: i64,
    /// Sign-offs.
    pub closed: i64,
    /// Days so far.
    pub days: i64,
    /// Days on which nothing was open at the end.
    pub days_at_zero: i64,
    /// Whether the goal was met; nothing while the year lasts.
    pub met: Option<bool>,
}

/// The years of the plan as they stand on a day.
pub fn years(daily: &Daily, today: Day) -> Vec<Year> {
    PLAN.iter()
        .filter_map(|(year, goal)| of(daily, *year, *goal, today))
        .collect()
}

fn of(daily: &Daily, year: i32, goal: Goal, today: Day) -> Option<Year> {
    let (first, last) = (Day::new(year, 1, 1)?, Day::new(year, 12, 31)?);
    let begun = first <= today;
    let so_far = last.min(today);
    let flows = daily.between(first, so_far);
    let new_before = daily
        .between(Day::new(year - 1, 1, 1)?, Day::new(year - 1, 12, 31)?)
        .new_ones();
    let quarters = [(1, 3, 31), (4, 6, 30), (7, 9, 30), (10, 12, 31)];
    let new_by_quarter = quarters
        .into_iter()
        .filter_map(|(from, to, end)| Some((Day::new(year, from, 1)?, Day::new(year, to, end)?)))
        .filter(|(from, _)| *from <= today)
        .map(|(from, to)| daily.between(from, to).new_ones())
        .collect();
    let open_at_end = begun.then(|| daily.open_at_end(so_far));
    let met = match goal {
        Goal::StockCleared | Goal::StandingZero => open_at_end == Some(0),
        Goal::IncrementHeldDown => flows.new_ones() < new_before,
    };
    Some(Year {
        number: year,
        goal,
        open_at_start: begun.then(|| daily.open_at_end(first.minus_days(1))),
        open_at_end,
        new: flows.new_ones(),
        new_by_quarter,
        new_before,
        closed: flows.closed,
        days: if begun { so_far.days_since(first) + 1 } else { 0 },
        days_at_zero: if begun { daily.days_at_zero(first, so_far) } else { 0 },
        met: (last < today).then_some(met),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::series::Flow;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn a_year_is_judged_when_it_is_over() {
        let mut daily = Daily::default();
        daily.add(Flow::Confirmed, day("2024-12-30"), 4, 0, 0);
        daily.add(Flow::Ended, day("2024-12-31"), 4, 4, 4);
        daily.add(Flow::Confirmed, day("2025-04-01"), 3, 0, 0);
        let at =
            |today: &str| -> Vec<Option<bool>> { years(&daily, day(today)).into_iter().map(|year| year.met).collect() };
        assert_eq!(at("2024-12-31"), [None, None, None]);
        assert_eq!(at("2025-01-01"), [Some(true), None, None]);
        assert_eq!(at("2027-01-01"), [Some(true), Some(true), Some(false)]);
        let on_the_last_day = years(&daily, day("2024-12-31")).remove(0);
        assert_eq!((on_the_last_day.days, on_the_last_day.days_at_zero), (366, 365));
        let second = years(&daily, day("2025-05-05")).remove(1);
        assert_eq!(second.new_by_quarter, [0, 3]);
        assert_eq!((second.open_at_start, second.open_at_end), (Some(0), Some(3)));
    }
}
