//! What is to come if nobody acts: the clocks that run out and the rungs that are called for, by area and day.

use major_hazards::law::lifecycle::{Action, State};
use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::{FOREIGN_AREA, Hazard};
use crate::support::on_both;

async fn forecast(app: &App, caller: &Caller, query: &str) -> Value {
    let path = format!("/v1/statistics/forecast?{query}");
    app.get(path).as_(caller).send().await.expect_status(200).json()
}

fn days_later(app: &App, days: i64) {
    app.clock().set(app.clock().now().plus_seconds(days * 86_400));
}

/// The days on which something comes, as the answer names them.
fn days(forecast: &Value) -> Vec<(String, String)> {
    let areas = forecast["areas"].as_array().expect("areas").iter();
    let days = areas.flat_map(|area| area["days"].as_array().expect("days"));
    days.map(|day| (text(&day["day"]), coming(day))).collect()
}

/// What comes, without what does not: `plan 1, letter 2`.
fn coming(of: &Value) -> String {
    let members = ["clocks", "rungs"]
        .into_iter()
        .filter_map(|member| of[member].as_object());
    let counted = members.flatten().filter(|(_, count)| **count != 0);
    let mut told: Vec<String> = counted.map(|(what, count)| format!("{what} {count}")).collect();
    told.sort();
    told.join(", ")
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn pair(day: &str, coming: &str) -> (String, String) {
    (day.to_owned(), coming.to_owned())
}

async fn order(app: &App, plan_due_in: i64, due_in: i64) -> Hazard {
    let mut hazard = app.hazard_in(State::Confirmed).await;
    let mut body = app.usual_body(&hazard, Action::Order).await;
    body["plan_due_on"] = json!(app.day(plan_due_in));
    body["due_on"] = json!(app.day(due_in));
    let answer = app.act(&hazard, Action::Order, &Caller::committee(), &body).await;
    answer.expect_status(200).done();
    hazard.version += 1;
    hazard
}

on_both! {
    async fn clocks_run_out_and_rungs_are_called_for_on_the_days_foretold(app: App) {
        // Monday 9 November 2026.
        order(&app, 4, 25).await;
        let office = Caller::office();
        let seen = forecast(&app, &office, "").await;
        assert_eq!(seen["period"], json!({"from": "2026-11-09", "to": "2026-12-09"}));
        // The plan ends on Friday; the letter is called for on the first working day after it.
        let foretold = [
            pair("2026-11-13", "plan 1"),
            pair("2026-11-16", "letter 1"),
            pair("2026-12-04", "rectify 1"),
        ];
        assert_eq!(days(&seen), foretold);
        assert_eq!(coming(&seen), "letter 1, plan 1, rectify 1");
        assert_eq!(days(&forecast(&app, &office, "days=6").await), foretold[..1]);
        assert_eq!(days(&forecast(&app, &office, "days=7").await), foretold[..2]);

        days_later(&app, 7);
        let called = app.get("/v1/statistics/slow").as_(&office).send().await.expect_status(200).items();
        assert_eq!(called[0]["called_for"]["since"], "2026-11-16T01:00:00.000000Z");
        assert_eq!(days(&forecast(&app, &office, "").await), foretold[2..], "what is called for is no longer to come");
    }

    async fn what_stands_still_is_called_for_when_it_was_borne_long_enough(app: App) {
        order(&app, 80, 85).await;
        // Thirty days are borne; 9 December is a Wednesday.
        let seen = forecast(&app, &Caller::office(), "days=90").await;
        let foretold = [
            pair("2026-12-10", "letter 1"),
            pair("2027-01-28", "plan 1"),
            pair("2027-02-02", "rectify 1"),
        ];
        assert_eq!(days(&seen), foretold);
        let near = forecast(&app, &Caller::office(), "days=31").await;
        assert_eq!(days(&near), foretold[..1]);
        assert_eq!(days(&forecast(&app, &Caller::office(), "days=30").await), []);
    }

    async fn the_rung_after_the_next_waits_until_that_was_climbed(app: App) {
        let mut hazard = order(&app, 4, 25).await;
        days_later(&app, 8);
        app.advance(&mut hazard, Action::Escalate).await;
        // The fifth working day after the 13th; nobody is asked for an interview on the tenth.
        let foretold = [pair("2026-11-20", "circular 1"), pair("2026-12-04", "rectify 1")];
        assert_eq!(days(&forecast(&app, &Caller::office(), "").await), foretold);
    }

    async fn areas_are_cut_and_each_caller_is_told_of_their_own(app: App) {
        let one = order(&app, 4, 25).await;
        let foreign = app.enterprise_in(FOREIGN_AREA, "F52").await;
        let mut body = app.report_body(&foreign);
        body["area"] = json!(FOREIGN_AREA);
        app.report(&Caller::inspector().areas(&["*"]), &foreign, &body).await;
        let everyone = Caller::office().areas(&["*"]);
        let areas = |seen: &Value| -> Vec<(String, String)> {
            let areas = seen["areas"].as_array().expect("areas").iter();
            areas.map(|area| (text(&area["area"]), coming(area))).collect()
        };
        let here = pair("370303", "letter 1, plan 1, rectify 1");
        let there = pair("370304", "confirm 1");
        assert_eq!(areas(&forecast(&app, &everyone, "").await), [here.clone(), there.clone()]);
        assert_eq!(
            areas(&forecast(&app, &everyone, "area_length=4").await),
            [pair("3703", "confirm 1, letter 1, plan 1, rectify 1")]
        );
        for (query, expected) in [("area=370304", vec![there]), ("industry=G", vec![]), ("level=municipal", vec![])] {
            assert_eq!(areas(&forecast(&app, &everyone, query).await), expected, "{query}");
        }
        assert_eq!(areas(&forecast(&app, &Caller::office(), "").await), std::slice::from_ref(&here));
        assert_eq!(areas(&forecast(&app, &one.unit.officer(), "").await), [here]);
        let nobody = app.get("/v1/statistics/forecast").as_(&Caller::admin()).send().await;
        nobody.expect_status(403).done();
        for wrong in ["days=0", "days=91", "days=soon", "area_length=5"] {
            let path = format!("/v1/statistics/forecast?{wrong}");
            app.get(path).as_(&everyone).send().await.expect_status(400).any_problem();
        }
    }
}
