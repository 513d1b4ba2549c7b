//! Random histories of clocks: budgets, pauses, extensions and stops, under calendars that are corrected, around the
//! ends of years and leap days.

use std::collections::BTreeSet;

use major_hazards::law::calendar::Calendar;
use major_hazards::law::deadlines::{Budget, Change, ClockState, ClockStep, LedgerEntry, clocks};
use major_hazards::law::lifecycle::{Action, ClockKind};
use major_hazards::values::{Day, Instant, Vocabulary as _};
use serde_json::{Value, json};

use crate::support::seed::Random;

/// Where histories begin, some days earlier or later.
const ANCHORS: &[&str] = &[
    "2023-12-28",
    "2024-02-08",
    "2024-02-28",
    "2024-09-30",
    "2024-12-30",
    "2025-01-27",
    "2025-12-31",
    "2026-02-13",
    "2026-11-09",
    "2027-12-30",
    "2028-02-28",
];
const KINDS: &[ClockKind] = &[ClockKind::Confirm, ClockKind::Review, ClockKind::Rectify];
const LONGEST_LEDGER: u64 = 12;

/// Days off and worked weekend days.
#[derive(Debug, Clone)]
pub struct Days {
    off: BTreeSet<Day>,
    worked: BTreeSet<Day>,
}

/// What happened to some clocks, and a moment from which to look back.
#[derive(Debug, Clone)]
pub struct History {
    pub ledger: Vec<LedgerEntry>,
    pub now: Instant,
}

impl Days {
    /// Holidays as a year has them, on days that no notice ever named.
    pub fn random(random: &mut Random) -> Self {
        let mut days = Self {
            off: BTreeSet::new(),
            worked: BTreeSet::new(),
        };
        let mut day = first_day();
        while day.year() < 2029 {
            day = day.plus_days(small(random, 60) + 1);
            for _ in 0..=random.below(9) {
                days.off.insert(day);
                day = day.next();
            }
            days.worked.extend(weekend(day.plus_days(small(random, 20))));
        }
        days
    }

    /// The same with some days put right.
    pub fn corrected(&self, random: &mut Random) -> Self {
        let mut days = self.clone();
        for _ in 0..=random.below(40) {
            let day = first_day().plus_days(small(random, 1900));
            if !days.off.remove(&day) {
                days.off.insert(day);
            }
            days.worked.remove(&day);
            days.worked.extend(weekend(first_day().plus_days(small(random, 1900))));
        }
        days
    }

    /// As the law knows it.
    pub fn calendar(&self) -> Calendar {
        let mut calendar = Calendar::default();
        let years: BTreeSet<i32> = self.off.iter().chain(&self.worked).map(|day| day.year()).collect();
        for year in years {
            let of_year = |days: &BTreeSet<Day>| {
                days.iter()
                    .copied()
                    .filter(|day| day.year() == year)
                    .collect::<Vec<_>>()
            };
            let off = of_year(&self.off).into_iter().map(|day| (day, "假日".to_owned()));
            calendar.add_year(year, off, of_year(&self.worked));
        }
        calendar
    }

    /// As the script reads it.
    pub fn line(&self, name: &str) -> Value {
        json!({"calendar": name, "off": self.off, "worked": self.worked})
    }
}

impl History {
    /// Something that could happen to clocks: what stands is resumed, what runs paused, and what is over left alone.
    pub fn random(random: &mut Random) -> Self {
        let anchor: Day = ANCHORS[random.index(ANCHORS.len())].parse().unwrap();
        let mut at = anchor.minus_days(10).plus_days(small(random, 20)).start();
        let mut ledger: Vec<LedgerEntry> = Vec::new();
        for version in 1..=i64::try_from(random.below(LONGEST_LEDGER)).unwrap() + 1 {
            at = later(at, random);
            let kind = KINDS[random.index(KINDS.len())];
            let change = change(standing(&ledger, kind), at.day(), random);
            ledger.push(LedgerEntry {
                step: ClockStep { kind, change },
                at,
                action: Action::Report,
                version,
                policy: "test".to_owned(),
            });
        }
        let now = later(at, random);
        Self { ledger, now }
    }

    /// As the script reads it.
    pub fn line(&self, number: usize, calendars: [&str; 2]) -> Value {
        json!({"history": number, "calendars": calendars, "now": self.now, "ledger": self.ledger})
    }

    /// What the law says of every clock, in the form of the script's answer.
    pub fn told(&self, calendar: &Calendar) -> Value {
        let clocks = clocks(&self.ledger, calendar, self.now);
        let told = clocks
            .into_iter()
            .map(|clock| json!([clock.kind, clock.state, clock.due_on, clock.overdue]));
        told.collect()
    }
}

fn standing(ledger: &[LedgerEntry], kind: ClockKind) -> ClockState {
    let last = ledger
        .iter()
        .rev()
        .find(|entry| entry.step.kind == kind && !matches!(entry.step.change, Change::Extend { .. }));
    match last.map(|entry| entry.step.change) {
        None | Some(Change::Stop) => ClockState::Stopped,
        Some(Change::Pause) => ClockState::Paused,
        Some(_) => ClockState::Running,
    }
}

fn change(state: ClockState, today: Day, random: &mut Random) -> Change {
    let until = |random: &mut Random| today.plus_days(small(random, 90));
    match (state, random.below(10)) {
        (ClockState::Stopped, _) | (_, 0) => Change::Start {
            budget: match random.below(3) {
                0 => Budget::Days(small(random, 60)),
                1 => Budget::Until(until(random)),
                _ => Budget::WorkingDays(small(random, 30)),
            },
        },
        (_, 1 | 2) => Change::Extend { until: until(random) },
        (_, 3) => Change::Stop,
        (ClockState::Paused, _) => Change::Resume,
        _ => Change::Pause,
    }
}

/// The same moment, a second around midnight, or some time of the next days or weeks.
fn later(at: Instant, random: &mut Random) -> Instant {
    let seconds = |random: &mut Random, most| i64::try_from(random.below(most)).unwrap();
    match random.below(8) {
        0 => at,
        1 => at.day().plus_days(small(random, 12)).end().max(at),
        2 => at.day().plus_days(small(random, 12)).next().start(),
        3 => at.plus_seconds(1),
        4 => at.plus_seconds(seconds(random, 40 * 86_400)),
        _ => at.plus_seconds(seconds(random, 6 * 86_400)),
    }
}

fn weekend(day: Day) -> Option<Day> {
    Some(day).filter(|day| day.is_weekend())
}

fn first_day() -> Day {
    Day::new(2023, 12, 1).unwrap()
}

fn small(random: &mut Random, bound: u64) -> u32 {
    u32::try_from(random.below(bound)).unwrap()
}

#[test]
fn histories_hold_everything_that_can_happen_to_a_clock() {
    let mut random = Random::of_this_run();
    let histories: Vec<History> = (0..2000).map(|_| History::random(&mut random)).collect();
    let entries = || histories.iter().flat_map(|history| &history.ledger);
    let happens = |wanted: fn(&Change) -> bool| entries().filter(|entry| wanted(&entry.step.change)).count() > 200;
    assert!(happens(|change| matches!(
        change,
        Change::Start {
            budget: Budget::WorkingDays(_)
        }
    )));
    assert!(happens(|change| matches!(
        change,
        Change::Start {
            budget: Budget::Days(_)
        }
    )));
    assert!(happens(|change| matches!(
        change,
        Change::Start {
            budget: Budget::Until(_)
        }
    )));
    assert!(happens(|change| matches!(change, Change::Pause)));
    assert!(happens(|change| matches!(change, Change::Resume)));
    assert!(happens(|change| matches!(change, Change::Extend { .. })));
    assert!(happens(|change| matches!(change, Change::Stop)));
    let leap_days = entries().filter(|entry| entry.at.day().to_string().ends_with("-02-29"));
    assert!(leap_days.count() > 20);
    let years = entries().filter(|entry| entry.at.day().next().year() > entry.at.day().year());
    assert!(years.count() > 20);
    assert!(KINDS.iter().all(|kind| ClockKind::ALL.contains(kind)));
}
