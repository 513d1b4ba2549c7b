//! Days in Shanghai counted by plain arithmetic, for whoever holds the service against a count of its own. A day is its
//! number since 1970-01-01.

const DAY: i64 = 86_400_000_000;
const SHANGHAI: i64 = 28_800_000_000;

/// Days since 1970 in Shanghai.
pub fn day(moment: i64) -> i64 {
    (moment + SHANGHAI).div_euclid(DAY)
}

/// The first moment of a day in Shanghai.
pub fn midnight(day: i64) -> i64 {
    day * DAY - SHANGHAI
}

/// A number of days since 1970 as a date of the Gregorian calendar.
pub fn date(days: i64) -> String {
    let mut year = 1970;
    let mut left = days;
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    while left >= 365 + i64::from(leap(year)) {
        left -= 365 + i64::from(leap(year));
        year += 1;
    }
    let lengths = [31, 28 + i64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    format!("{year:04}-{month:02}-{:02}", left + 1)
}

/// The number of a date.
pub fn number(date: &str) -> i64 {
    let mut parts = date.split('-').map(|part| part.parse::<i64>().expect("a date"));
    let mut next = || parts.next().expect("a date has three parts");
    let (year, month, day) = (next(), next(), next());
    // A year that begins in March has its leap day last.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    365 * year + leaps + (153 * month + 2) / 5 + day - 1 - 719_468
}

/// The months from the one of a day to the one of another, `2024-02`.
pub fn months(from: i64, to: i64) -> Vec<String> {
    let mut months: Vec<String> = (from..=to).map(|day| date(day)[..7].to_owned()).collect();
    months.dedup();
    months
}

/// The first and the last day of a month or of a year.
pub fn ends_of(period: &str) -> (i64, i64) {
    let inside = |day: &i64| date(*day).starts_with(period);
    let first = match period.len() {
        4 => number(&format!("{period}-01-01")),
        _ => number(&format!("{period}-01")),
    };
    let last = (first..first + 366).take_while(inside).last();
    (first, last.expect("a period has days"))
}

mod checked {
    use super::{date, ends_of, months, number};

    #[test]
    fn every_day_has_its_number_and_every_number_its_day() {
        for (number, day) in [(0, "1970-01-01"), (19_782, "2024-02-29"), (20_088, "2024-12-31")] {
            assert_eq!(date(number), day);
        }
        assert!((0..40_000).all(|day| number(&date(day)) == day));
        assert_eq!(months(19_781, 19_783), ["2024-02", "2024-03"]);
        assert_eq!(ends_of("2024-02"), (number("2024-02-01"), number("2024-02-29")));
        assert_eq!(ends_of("2024"), (number("2024-01-01"), number("2024-12-31")));
    }
}
