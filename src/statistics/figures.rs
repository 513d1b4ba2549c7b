//! Figures of a group, and what is derived from them. Groups are added up here, never in a text of SQL.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use super::penalties::Penalties;

/// How many took so many days.
pub type Histogram = BTreeMap<i64, i64>;

/// What was counted of a group of hazards.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Put on record.
    pub found: i64,
    /// Opened again.
    pub reopened: i64,
    /// In the stock.
    pub open: i64,
    /// Overdue today.
    pub overdue: i64,
    /// In the stock under listed supervision.
    pub listed: i64,
    /// In the stock on the rungs of the ladder, the lowest first.
    pub rungs: [i64; 4],
    /// Signed off by the day of the order.
    pub on_time: i64,
    /// Confirmed, that came back.
    pub repeated: i64,
    /// Confirmed, that the unit reported itself.
    pub self_found: i64,
    /// Confirmed, by the days that it took.
    pub to_confirm: Histogram,
    /// Signed off, by the days that it took.
    pub to_close: Histogram,
    /// What was punished.
    pub penalties: Penalties,
}

impl Figures {
    /// Confirmed.
    pub fn confirmed(&self) -> i64 {
        self.to_confirm.values().sum()
    }

    /// The increment.
    pub fn new_ones(&self) -> i64 {
        self.confirmed() + self.reopened
    }

    /// Signed off.
    pub fn closed(&self) -> i64 {
        self.to_close.values().sum()
    }

    /// What a group is judged by when it may be too small to be shown.
    pub fn sizes(&self) -> [i64; 7] {
        [
            self.found,
            self.confirmed(),
            self.reopened,
            self.closed(),
            self.open,
            self.overdue,
            self.penalties.all(),
        ]
    }

    /// True when nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.sizes().iter().all(|size| *size == 0)
    }
}

impl AddAssign<&Figures> for Figures {
    fn add_assign(&mut self, other: &Figures) {
        self.found += other.found;
        self.reopened += other.reopened;
        self.open += other.open;
        self.overdue += other.overdue;
        self.listed += other.listed;
        for (own, other) in self.rungs.iter_mut().zip(other.rungs) {
            *own += other;
        }
        self.on_time += other.on_time;
        self.repeated += other.repeated;
        self.self_found += other.self_found;
        for (own, other) in [
            (&mut self.to_confirm, &other.to_confirm),
            (&mut self.to_close, &other.to_close),
        ] {
            for (days, count) in other {
                *own.entry(*days).or_default() += count;
            }
        }
        self.penalties += &other.penalties;
    }
}

/// A share as a decimal with four places, the half rounded up; nothing of nothing.
pub fn rate(part: i64, whole: i64) -> Option<String> {
    let tenthousandths = (part * 20_000 + whole).checked_div(2 * whole)?;
    Some(format!("{}.{:04}", tenthousandths / 10_000, tenthousandths % 10_000))
}

/// The middle one; halfway between the two middle ones where their number is even. In halves of a day.
pub fn median(histogram: &Histogram) -> Option<f64> {
    let count: i64 = histogram.values().sum();
    let low = ranked(histogram, (count + 1) / 2)?;
    let high = ranked(histogram, count / 2 + 1)?;
    i32::try_from(low + high).ok().map(|sum| f64::from(sum) / 2.0)
}

/// The least that nine tenths do not exceed.
pub fn ninetieth(histogram: &Histogram) -> Option<i64> {
    let count: i64 = histogram.values().sum();
    ranked(histogram, (count * 9 + 9) / 10)
}

/// The days of the `rank`th, counted from 1.
fn ranked(histogram: &Histogram, rank: i64) -> Option<i64> {
    let mut passed = 0;
    histogram.iter().find_map(|(days, count)| {
        passed += count;
        (passed >= rank && rank > 0).then_some(*days)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(days: &[i64]) -> Histogram {
        let mut histogram = Histogram::new();
        for day in days {
            *histogram.entry(*day).or_default() += 1;
        }
        histogram
    }

    #[test]
    fn a_rate_has_four_places_and_none_without_a_whole() {
        assert_eq!(rate(0, 0), None);
        assert_eq!(rate(0, 3).as_deref(), Some("0.0000"));
        assert_eq!(rate(2, 3).as_deref(), Some("0.6667"));
        assert_eq!(rate(1, 3).as_deref(), Some("0.3333"));
        assert_eq!(rate(1, 20_000).as_deref(), Some("0.0001"));
        assert_eq!(rate(3, 3).as_deref(), Some("1.0000"));
    }

    #[test]
    fn the_middle_of_an_even_number_lies_between_two() {
        assert_eq!(median(&of(&[])), None);
        assert_eq!(median(&of(&[7])), Some(7.0));
        assert_eq!(median(&of(&[3, 1, 2])), Some(2.0));
        assert_eq!(median(&of(&[12, 13])), Some(12.5));
        assert_eq!(median(&of(&[0, 0, 1, 9])), Some(0.5));
    }

    #[test]
    fn nine_tenths_are_rounded_up() {
        assert_eq!(ninetieth(&of(&[])), None);
        assert_eq!(ninetieth(&of(&[5])), Some(5));
        assert_eq!(ninetieth(&of(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10])), Some(9));
        assert_eq!(ninetieth(&of(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])), Some(10));
    }
}
