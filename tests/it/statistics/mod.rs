//! Statistics: every figure is what an independent recount from the raw events finds, for whoever asks and whatever is
//! asked, and no table points at a tip.
//!
//! `HAZARDS_TEST_STATISTICS` is how many hazards are made (150) and `HAZARDS_TEST_QUESTIONS` how many questions are
//! asked of them (400); `HAZARDS_TEST_SEED` draws others.

mod contract;
mod forecast;
mod kept;
pub mod questions;
pub mod recount;
mod secrecy;
mod slow;
pub mod world;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::days::{date, day, ends_of, midnight, months};
use crate::support::fixtures::{Unit, text};
use crate::support::journal::events_of;
use crate::support::on_both;
use crate::support::seed::{Random, number_from};
use crate::support::walk::walk;
use questions::{Asker, Question, sizes};
use recount::{Tally, Told, tell};
use world::World;

on_both! {
    async fn every_figure_is_what_the_events_say(app: App) {
        let hazards = number_from("HAZARDS_TEST_STATISTICS", 150);
        let questions = number_from("HAZARDS_TEST_QUESTIONS", 400);
        let mut world = World::make(&app, Random::of_this_run(), usize::try_from(hazards).unwrap()).await;
        let told = told(&app).await;
        enough_happened(&told);
        let seen = hold(&app, &told, &world.units, &mut world.random, questions).await;
        for what in ["shown", "hidden", "whole", "hidden whole"] {
            assert!(seen.contains(what), "the questions met nothing that is {what}");
        }
    }
}

/// Asks so many questions, and for the months and years, and holds every answer against the recount; says what kinds of
/// groups were met.
pub async fn hold(
    app: &App,
    told: &[Told],
    units: &[Unit],
    random: &mut Random,
    questions: u32,
) -> BTreeSet<&'static str> {
    let now = app.clock().now().micros();
    let askers = Asker::some(units);
    let mut seen = BTreeSet::new();
    for _ in 0..questions {
        let asker = &askers[random.index(askers.len())];
        let question = Question::draw(random, units, told, asker, now);
        let answer = app.get(question.path()).as_(&asker.caller).send().await;
        seen.extend(judge(&question, asker, told, &answer.expect_status(200).json()));
    }
    for asker in &askers {
        trend(app, asker, told).await;
        zeroing(app, asker, told).await;
    }
    seen
}

/// Every hazard as the journal tells it, with what the ledger calls overdue.
async fn told(app: &App) -> Vec<Told> {
    let office = Caller::office().areas(&["*"]);
    let overdue = walk(app, "/v1/hazards?overdue=true", &office).await;
    let overdue = overdue.iter().map(|hazard| text(&hazard["id"])).collect();
    let events = app.read_store(|connection| events_of(connection, "hazard"));
    tell(&events.expect("the journal"), &overdue)
}

/// A recount of a world in which nothing happens shows nothing.
fn enough_happened(told: &[Told]) {
    let count = |of: &dyn Fn(&Told) -> bool| told.iter().filter(|hazard| of(hazard)).count();
    let closings = |on_time: bool| -> usize {
        let periods = told.iter().flat_map(|hazard| &hazard.open);
        periods.filter(|period| period.2 == Some(on_time)).count()
    };
    for (what, found) in [
        ("opened again", count(&|hazard| hazard.open.len() > 1)),
        (
            "closed again",
            count(&|hazard| hazard.open.len() > 1 && hazard.open[1].1.is_some()),
        ),
        (
            "withdrawn when confirmed",
            count(&|hazard| {
                hazard
                    .open
                    .iter()
                    .any(|period| period.1.is_some() && period.2.is_none())
            }),
        ),
        ("listed", count(&|hazard| hazard.listed)),
        ("overdue", count(&|hazard| hazard.overdue)),
        ("come back", count(&|hazard| hazard.recurs)),
        ("punished", count(&|hazard| !hazard.penalties.is_empty())),
        ("closed in time", closings(true)),
        ("closed late", closings(false)),
    ] {
        assert!(found >= 2, "{found} hazards {what}");
    }
    let years: BTreeSet<String> = told
        .iter()
        .map(|hazard| date(day(hazard.reported))[..4].to_owned())
        .collect();
    assert!(years.len() >= 2, "{years:?}");
}

/// Holds an answer against the recount; says what kinds of groups it met.
fn judge(question: &Question, asker: &Asker, told: &[Told], answer: &Value) -> Vec<&'static str> {
    let may_know = !asker.is_unit();
    let known = told
        .iter()
        .filter(|hazard| asker.covers(hazard) && question.chooses(hazard));
    let counted = question.counted(known);
    let context = || format!("{} as {}", question.path(), asker.caller.sub());
    let all_sources = BTreeSet::from(["self_report", "inspection", "public_tip"]);
    let wanted: BTreeSet<&str> = all_sources
        .iter()
        .copied()
        .filter(|source| question.wants(source))
        .collect();
    let mut seen = Vec::new();
    let mut left: BTreeSet<String> = counted
        .groups
        .iter()
        .filter(|(_, by_source)| !question.by.is_empty() && sizes(by_source, |_| true) != [0; 7])
        .map(|(key, _)| key.clone())
        .collect();
    let mut hidden = BTreeSet::new();
    let groups = answer["groups"].as_array().expect("groups");
    for group in groups {
        let open = question.by.iter().filter(|by| **by != "source");
        let key = json!(open.map(|by| group[*by].clone()).collect::<Vec<_>>()).to_string();
        let sources = match group["source"].as_str() {
            Some(source) => BTreeSet::from([source]),
            None => wanted.clone(),
        };
        left.remove(&key);
        if group["suppressed"] == true {
            hidden.insert(key);
            continue;
        }
        seen.push("shown");
        let expected = question.shown(&counted, Some(&key), &sources, may_know);
        assert_eq!(figures(group, &question.by), expected, "{key} of {}", context());
    }
    assert!(left.is_empty(), "{left:?} are missing in {}", context());
    let codes = |group: &Value| -> Vec<Option<String>> {
        question
            .by
            .iter()
            .map(|by| group[*by].as_str().map(str::to_owned))
            .collect()
    };
    assert!(groups.is_sorted_by_key(codes), "{}", context());
    seen.extend(secrecy::judge(question, &counted, groups, &hidden, &context()));
    if answer["total"]["suppressed"] == true {
        assert!(question.splits(), "{}", context());
        seen.push("hidden whole");
    } else {
        let expected = question.shown(&counted, None, &wanted, may_know);
        assert_eq!(figures(&answer["total"], &[]), expected, "the whole of {}", context());
        seen.push("whole");
    }
    seen
}

/// A group without its codes.
fn figures(group: &Value, by: &[&str]) -> Value {
    let mut figures = group.as_object().expect("a group").clone();
    for dimension in by {
        assert!(
            figures.remove(*dimension).is_some(),
            "`{dimension}` is not there: {group}"
        );
    }
    Value::Object(figures)
}

async fn trend(app: &App, asker: &Asker, told: &[Told]) {
    // From a month in which there was nothing yet to the one after next.
    let first = told.iter().map(|hazard| day(hazard.reported)).min().expect("a hazard") - 31;
    let last = day(app.clock().now().micros()) + 31;
    let path = format!("/v1/statistics/trend?from={}&to={}", date(first), date(last));
    let answer = app.get(path).as_(&asker.caller).send().await.expect_status(200).json();
    let names = months(first, last);
    let (first, last) = (ends_of(&names[0]).0, ends_of(&names[names.len() - 1]).1);
    assert_eq!(answer["period"], json!({"from": date(first), "to": date(last)}));
    let months = answer["months"].as_array().expect("months");
    assert_eq!(
        months
            .iter()
            .filter_map(|month| month["month"].as_str())
            .collect::<Vec<_>>(),
        names
    );
    for (month, name) in months.iter().zip(&names) {
        let (first, last) = ends_of(name);
        let mut tally = Tally::default();
        for hazard in told.iter().filter(|hazard| asker.covers(hazard)) {
            tally.count(hazard, midnight(first), midnight(last + 1) - 1);
        }
        let expected = tally.shown(true);
        for (member, value) in month.as_object().expect("a month") {
            if member != "month" {
                assert_eq!(
                    *value,
                    expected[member],
                    "`{member}` of {name} as {}",
                    asker.caller.sub()
                );
            }
        }
    }
}

async fn zeroing(app: &App, asker: &Asker, told: &[Told]) {
    let answer = app.get("/v1/statistics/zeroing").as_(&asker.caller).send().await;
    let answer = answer.expect_status(200).json();
    let today = day(app.clock().now().micros());
    let own: Vec<&Told> = told.iter().filter(|hazard| asker.covers(hazard)).collect();
    let count = |from: i64, to: i64| {
        let mut tally = Tally::default();
        for hazard in &own {
            tally.count(hazard, midnight(from), midnight(to + 1) - 1);
        }
        tally.shown(true)
    };
    let years = answer["years"].as_array().expect("years");
    assert_eq!(years.len(), 3);
    for (year, expected) in years.iter().zip(["2024", "2025", "2026"]) {
        assert_eq!(year["year"].to_string(), expected);
        let (first, last) = ends_of(expected);
        if first > today {
            assert_eq!(year["open_at_end"], Value::Null, "{year}");
            continue;
        }
        let until = last.min(today);
        let counted = count(first, until);
        for (member, expected) in [
            ("new", &counted["new"]),
            ("closed", &counted["closed"]),
            ("open_at_end", &counted["open"]),
            ("open_at_start", &count(first - 1, first - 1)["open"]),
            ("days", &json!(until - first + 1)),
        ] {
            assert_eq!(
                year[member],
                *expected,
                "`{member}` of {year} as {}",
                asker.caller.sub()
            );
        }
        let at_zero = (first..=until).filter(|day| count(*day, *day)["open"] == 0).count();
        assert_eq!(year["days_at_zero"], json!(at_zero), "{year} as {}", asker.caller.sub());
    }
}
