//! Working days as the text of a policy has them, read and counted without the service.

use std::collections::BTreeSet;

use toml::Value;

use crate::support::days::number;

/// Days off and weekend days on which work is done.
#[derive(Debug, Clone)]
pub struct Calendar {
    off: BTreeSet<i64>,
    worked: BTreeSet<i64>,
}

impl Calendar {
    pub fn of(policy: &str) -> Self {
        let policy: toml::Table = policy.parse().expect("a policy is TOML");
        let years = policy["holidays"].as_table().expect("holidays by year").values();
        let mut calendar = Self {
            off: BTreeSet::new(),
            worked: BTreeSet::new(),
        };
        for year in years {
            let day = |value: &Value| number(value.as_str().expect("a date"));
            let list = |name: &str| year[name].as_array().expect("a list").iter();
            calendar.worked.extend(list("worked").map(day));
            calendar
                .off
                .extend(list("off").flat_map(|holiday| day(&holiday["from"])..=day(&holiday["to"])));
        }
        calendar
    }

    /// The so manieth working day after a day.
    pub fn after(&self, day: i64, count: i64) -> i64 {
        let place = usize::try_from(count).expect("a small number");
        match place {
            0 => day,
            _ => (day + 1..)
                .filter(|day| self.works(*day))
                .nth(place - 1)
                .expect("days do not end"),
        }
    }

    /// How many working days there are after one day up to another.
    pub fn between(&self, from: i64, to: i64) -> usize {
        (from + 1..=to).filter(|day| self.works(*day)).count()
    }

    fn works(&self, day: i64) -> bool {
        // The first of January 1970 was a Thursday.
        let weekday = (day + 3).rem_euclid(7) < 5;
        self.worked.contains(&day) || (weekday && !self.off.contains(&day))
    }
}
