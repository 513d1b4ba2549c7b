//! What is foretold for thirty days is what then happens, day by day, when nobody acts: which clocks run out, and which rungs
//! are called for, over the autumn holidays.
//!
//! `HAZARDS_TEST_FORECAST=4400 cargo test --test it year::forecast -- --nocapture` looks ahead over so many hazards, which is
//! about 5,000 clocks.

use std::collections::{BTreeMap, BTreeSet};

use major_hazards::values::Instant;
use serde_json::Value;

use super::district::District;
use super::parties::HOURS;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::days::{date, midnight, number};
use crate::support::fixtures::text;
use crate::support::on_both;
use crate::support::seed::{Random, number_from};
use crate::support::walk::walk;

const HAZARDS: u32 = 150;
const REPORTED: (&str, &str) = ("2024-08-05", "2024-09-24");
/// The last Thursday of September, an hour before work begins.
const FORETOLD: (&str, i64) = ("2024-09-26", 8 * 3_600_000_000);
const AHEAD: i64 = 30;

/// How often something comes: in which area, on which day, which clock or rung.
type Coming = BTreeMap<(String, String, String), i64>;

on_both! {
    async fn thirty_days_come_as_they_were_foretold(app: App) {
        let hazards = number_from("HAZARDS_TEST_FORECAST", HAZARDS);
        let (first, today) = (number(REPORTED.0), number(FORETOLD.0));
        set(&app, midnight(first));
        let mut district = District::begin(app.clone(), Random::of_this_run(), hazards, REPORTED).await;
        for day in first..today {
            for hour in HOURS {
                district.pass(midnight(day) + hour).await;
            }
        }
        set(&app, midnight(today) + FORETOLD.1);
        let told = foretold(&app).await;
        let everything = everything(&app).await;
        let running: usize = everything.iter().map(|hazard| hazard.clocks.len()).sum();

        let (came, overdue) = watch(&app, today).await;
        assert_eq!(told, came);
        for day in today..=today + AHEAD {
            let expected = everything.iter().filter(|hazard| hazard.first_end() == Some(date(day).as_str()));
            let expected: BTreeSet<&str> = expected.map(|hazard| hazard.id.as_str()).collect();
            assert_eq!(overdue[&day].iter().map(String::as_str).collect::<BTreeSet<_>>(), expected, "after {}", date(day));
        }
        let kinds: BTreeSet<&str> = told.keys().map(|(_, _, what)| what.as_str()).collect();
        for what in ["confirm", "plan", "rectify", "review", "sign_off", "letter", "circular"] {
            assert!(kinds.contains(what), "`{what}` is not among {kinds:?}");
        }
        let (ends_and_calls, places) = (told.values().sum::<i64>(), told.len());
        eprintln!("{hazards} hazards, {running} running clocks: {ends_and_calls} foretold for {places} days of counties");
    }
}

fn set(app: &App, moment: i64) {
    app.clock().set(Instant::from_micros(moment).expect("a moment"));
}

fn office() -> Caller {
    Caller::office().areas(&["*"])
}

/// What the service foretells, without what does not come.
async fn foretold(app: &App) -> Coming {
    let path = format!("/v1/statistics/forecast?days={AHEAD}");
    let answer = app.get(path).as_(&office()).send().await.expect_status(200).json();
    let mut foretold = Coming::new();
    for area in answer["areas"].as_array().expect("areas") {
        for day in area["days"].as_array().expect("days") {
            let counts = ["clocks", "rungs"]
                .iter()
                .filter_map(|member| day[*member].as_object())
                .flatten();
            for (what, count) in counts.filter(|(_, count)| **count != 0) {
                let key = (text(&area["area"]), text(&day["day"]), what.clone());
                foretold.insert(key, count.as_i64().expect("a count"));
            }
        }
    }
    foretold
}

/// A hazard and the ends of its running clocks, which nobody moves any more.
struct Ending {
    id: String,
    clocks: BTreeMap<String, String>,
}

impl Ending {
    fn first_end(&self) -> Option<&str> {
        self.clocks.values().map(String::as_str).min()
    }
}

async fn everything(app: &App) -> Vec<Ending> {
    let mut everything = Vec::new();
    for hazard in walk(app, "/v1/hazards", &office()).await {
        let id = text(&hazard["id"]);
        let clocks = running(app, &id).await;
        let clocks = clocks
            .iter()
            .map(|clock| (text(&clock["kind"]), text(&clock["due_on"])))
            .collect();
        everything.push(Ending { id, clocks });
    }
    everything
}

async fn running(app: &App, hazard: &str) -> Vec<Value> {
    let path = format!("/v1/hazards/{hazard}/clocks");
    let answer = app.get(path).as_(&office()).send().await.expect_status(200).json();
    let clocks = answer["clocks"].as_array().expect("clocks").iter();
    clocks.filter(|clock| clock["state"] == "running").cloned().collect()
}

/// Lets the days come: what came of what is foretold, and what was overdue for the first time after each day.
async fn watch(app: &App, today: i64) -> (Coming, BTreeMap<i64, BTreeSet<String>>) {
    let mut came = Coming::new();
    let mut called: BTreeSet<(String, String)> = called_for(app).await.into_keys().collect();
    let mut late: BTreeSet<String> = overdue(app).await.into_keys().collect();
    let mut overdue_after = BTreeMap::new();
    for day in today..=today + AHEAD {
        set(app, midnight(day) + HOURS[1]);
        for (call, area) in called_for(app).await {
            if called.insert(call.clone()) {
                *came.entry((area, date(day), call.1)).or_default() += 1;
            }
        }
        set(app, midnight(day + 1));
        let now = overdue(app).await;
        overdue_after.insert(day, now.into_keys().filter(|id| late.insert(id.clone())).collect());
    }
    // Several clocks of one hazard may have run out; each says when.
    let days = date(today)..=date(today + AHEAD);
    for (id, area) in overdue(app).await {
        for clock in running(app, &id).await.iter().filter(|clock| clock["overdue"] == true) {
            let ended_on = text(&clock["due_on"]);
            if days.contains(&ended_on) {
                *came.entry((area.clone(), ended_on, text(&clock["kind"]))).or_default() += 1;
            }
        }
    }
    (came, overdue_after)
}

/// The rungs that are called for, each with the county of its hazard.
async fn called_for(app: &App) -> BTreeMap<(String, String), String> {
    let rows = walk(app, "/v1/statistics/slow?called_for=true", &office()).await;
    let call = |row: &Value| ((text(&row["id"]), text(&row["called_for"]["rung"])), county(row));
    rows.iter().map(call).collect()
}

/// What is overdue, each with its county.
async fn overdue(app: &App) -> BTreeMap<String, String> {
    let rows = walk(app, "/v1/hazards?overdue=true", &office()).await;
    rows.iter().map(|row| (text(&row["id"]), county(row))).collect()
}

fn county(row: &Value) -> String {
    text(&row["area"])[..6].to_owned()
}
