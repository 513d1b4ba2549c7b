//! A year of a district on the test's clock, from December 2023 to January 2025: midnights in Shanghai, ends of quarters and
//! of the year, a leap day, holidays that are put right in between, and some days on which the service stands still.
//!
//! Everybody acts by chance. Meanwhile and at the end what the service serves, moves and counts is held against a count of
//! the raw events that shares nothing with it.
//!
//! `HAZARDS_TEST_YEAR=2000 cargo test --test it year -- --nocapture` has so many hazards, and three units to twenty of them;
//! `HAZARDS_TEST_SEED` draws other years.

mod calendar;
mod checks;
mod deadlines;
mod district;
mod forecast;
mod parties;
mod record;
mod slow;
mod told;

use major_hazards::law::policy::Policy;
use major_hazards::values::Instant;

use crate::statistics::recount::tell;
use crate::statistics::{self};
use crate::support::app::App;
use crate::support::days::{day, midnight, number};
use crate::support::journal::events_of;
use crate::support::on_both;
use crate::support::seed::{Random, number_from};
use calendar::Calendar;
use district::District;
use parties::HOURS;
use record::records;

const HAZARDS: u32 = 110;
/// Questions of each look at the statistics.
const QUESTIONS: u32 = 40;
const FIRST: &str = "2023-12-01";
const LAST: &str = "2025-01-31";
/// The first and the last day on which hazards are reported.
const REPORTED: (&str, &str) = ("2023-12-02", "2025-01-10");
/// Nobody runs the service from the one day to the other; on the second it is there again.
const STANDSTILL: (&str, &str) = ("2024-05-01", "2024-05-06");

/// What comes in the course of the year, besides what everybody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// The service is started again, under the policy of that place.
    Restart(usize),
    /// Everything is counted.
    Count,
}

const TURNS: [(&str, Turn); 8] = [
    ("2023-12-01T00:00:00+08:00", Turn::Restart(0)),
    ("2024-02-09T09:00:00+08:00", Turn::Restart(1)),
    ("2024-02-29T23:59:59.999999+08:00", Turn::Count),
    ("2024-04-01T00:00:00+08:00", Turn::Count),
    ("2024-05-06T00:00:00+08:00", Turn::Restart(1)),
    ("2024-09-27T14:30:00+08:00", Turn::Restart(2)),
    ("2024-12-31T23:59:59.999999+08:00", Turn::Count),
    ("2025-01-31T23:59:59.999999+08:00", Turn::Count),
];

/// The policies of the year: without two holidays, with one of them, and the shipped one.
fn policies() -> [String; 3] {
    let without = |text: &str, name: &str, worked: &str, version: &str| {
        let line = text
            .lines()
            .find(|line| line.contains(name) && line.contains("2024-"))
            .expect("the holiday");
        let text = text.replace(&format!("{line}\n"), "").replace(worked, "");
        assert_ne!(text, Policy::EMBEDDED);
        text.replace("version = \"2026.1\"", &format!("version = \"{version}\""))
    };
    let shipped = Policy::EMBEDDED.to_owned();
    let autumn = without(&shipped, "国庆节", " \"2024-09-29\", \"2024-10-12\"", "2024.2");
    let spring = without(&autumn, "春节", "\"2024-02-04\", \"2024-02-18\", ", "2024.1");
    [spring.replace("2024.2", "2024.1"), autumn, shipped]
}

/// Every moment of the year at which something can happen.
fn moments() -> Vec<i64> {
    let still = number(STANDSTILL.0)..number(STANDSTILL.1);
    let days = (number(FIRST)..=number(LAST)).filter(|day| !still.contains(day));
    days.flat_map(|day| HOURS.map(|hour| midnight(day) + hour)).collect()
}

on_both! {
    async fn a_year_of_a_district_adds_up(app: App) {
        let hazards = number_from("HAZARDS_TEST_YEAR", HAZARDS);
        let begun = std::time::Instant::now();
        app.clock().set(Instant::from_micros(moments()[0]).expect("a moment"));
        let mut district = District::begin(app, Random::of_this_run(), hazards, REPORTED).await;
        district.plan_checks();
        let mut calendars: Vec<(i64, Calendar)> = Vec::new();
        let mut turns = TURNS.iter().map(|(at, turn)| (at.parse::<Instant>().expect("a moment").micros(), *turn)).peekable();
        let (mut corrected, mut slow, mut seen) = (0, 0, std::collections::BTreeSet::new());
        for moment in moments() {
            if let Some((_, Turn::Restart(place))) = turns.next_if(|turn| turn.0 == moment && turn.1 != Turn::Count) {
                corrected += restart(&mut district, moment, &policies()[place], &mut calendars).await;
            }
            district.pass(moment).await;
            if turns.next_if(|turn| turn.0 == moment).is_some() {
                let calendar = &calendars[calendars.len() - 1].1;
                let counted = count(&mut district, calendar).await;
                slow += counted.0;
                seen.extend(counted.1);
            }
        }
        assert_eq!(turns.next(), None, "a turn that never came");
        let told = at_the_end(&district, &calendars).await;
        enough_happened(&district, corrected, slow);
        assert!(["shown", "whole"].iter().all(|what| seen.contains(what)), "{seen:?}");
        eprintln!(
            "{hazards} hazards of {} units, {} actions, {told}, {corrected} ends corrected, {slow} slow, {:?}",
            district.units.len(),
            district.accepted.values().sum::<usize>(),
            begun.elapsed(),
        );
    }
}

/// The service comes back under a policy, and moves the deadlines that it moves; returns how many.
async fn restart(district: &mut District, moment: i64, policy: &str, calendars: &mut Vec<(i64, Calendar)>) -> usize {
    district
        .app
        .clock()
        .set(Instant::from_micros(moment).expect("a moment"));
    let events = |district: &District| district.app.read_store(|connection| events_of(connection, "hazard"));
    let before = records(&events(district).expect("the journal"));
    district.restart(policy).await;
    let new = Calendar::of(policy);
    let old = calendars
        .last()
        .map_or_else(|| new.clone(), |(_, calendar)| calendar.clone());
    calendars.push((moment, new.clone()));
    deadlines::judge_corrections(&before, &events(district).expect("the journal"), moment, (&old, &new))
}

/// Holds what can be asked at any time against the raw events: how many are slow, and what groups the questions met.
async fn count(district: &mut District, calendar: &Calendar) -> (usize, Vec<&'static str>) {
    let events = district.app.read_store(|connection| events_of(connection, "hazard"));
    let events = events.expect("the journal");
    let records = records(&events);
    let overdue = deadlines::judge_list(&district.app, &records, calendar).await;
    let slow = slow::judge(&district.app, &records, calendar).await;
    let told = tell(&events, &overdue);
    let seen = statistics::hold(&district.app, &told, &district.units, &mut district.random, QUESTIONS).await;
    (slow, seen.into_iter().collect())
}

/// Holds the whole year against the raw events; tells what units were told.
async fn at_the_end(district: &District, calendars: &[(i64, Calendar)]) -> String {
    let journal = |kind: &str| {
        district
            .app
            .read_store(|connection| events_of(connection, kind))
            .expect("the journal")
    };
    let events = journal("hazard");
    deadlines::judge_answers(&events, &district.answered, calendars);
    deadlines::judge_clocks(&district.app, &records(&events), &calendars[calendars.len() - 1].1).await;
    let owed = told::owed(&events, &district.looks, &district.has_controller);
    let notices = journal("notice");
    let reminders = told::judge(&owed, &told::served(&notices));
    told::judge_words(&district.app, &notices).await;
    checks::judge(&district.app, &district.units, &journal("self_check")).await;
    format!("{} notices, {reminders} of them reminders", owed.len())
}

/// A year in which nothing happens proves nothing.
fn enough_happened(district: &District, corrected: usize, slow: usize) {
    use major_hazards::law::lifecycle::Action;
    use major_hazards::values::Vocabulary as _;
    let never: Vec<&str> = Action::ALL
        .iter()
        .map(|action| action.code())
        .filter(|code| !district.accepted.contains_key(code))
        .collect();
    assert_eq!(
        never,
        Vec::<&str>::new(),
        "nobody did so all year: {:?}",
        district.accepted
    );
    assert!(corrected > 0 && slow > 0, "{corrected} ends corrected, {slow} slow");
    assert!(district.looks.iter().any(|look| day(*look) == number("2024-02-29")));
}
