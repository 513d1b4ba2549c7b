//! What is late or stalled: who is listed, how far behind, on which rung, and which rung policy calls for.

use major_hazards::law::lifecycle::{Action, State};
use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::{AREA, FOREIGN_AREA, INDUSTRY};
use crate::support::on_both;

async fn ask(app: &App, caller: &Caller, query: &str) -> Vec<Value> {
    let path = format!("/v1/statistics/slow?{query}");
    app.get(path).as_(caller).send().await.expect_status(200).items()
}

/// Every row, page by page.
async fn walk(app: &App, query: &str, limit: usize) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/statistics/slow?{query}&limit={limit}{cursor}");
        let page = app
            .get(path)
            .as_(&Caller::office())
            .send()
            .await
            .expect_status(200)
            .json();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= limit);
        rows.extend(items.iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return rows,
        }
    }
}

fn ids(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["id"].as_str().unwrap()).collect()
}

fn days_later(app: &App, days: i64) {
    app.clock().set(app.clock().now().plus_seconds(days * 86_400));
}

on_both! {
    async fn what_is_late_is_listed_with_its_days_and_the_rung_that_policy_calls_for(app: App) {
        let mut hazard = app.late_hazard_in(State::Supervised).await;
        app.hazard_in(State::Supervised).await;
        let rows = ask(&app, &Caller::office(), "").await;
        assert_eq!(ids(&rows), [hazard.id.as_str()]);
        let row = &rows[0];
        // Ordered sixty days ago with a plan due a week later; the long holiday of October lies between.
        assert_eq!((&row["lag"], &row["clock"], &row["since"]), (&json!("late"), &json!("plan"), &json!("2026-09-17")));
        assert_eq!((&row["days"], &row["working_days"]), (&json!(53), &json!(33)));
        assert_eq!((&row["number"], &row["status"], &row["level"]), (&json!(hazard.number), &json!("supervised"), &json!("street")));
        assert_eq!((&row["enterprise"]["id"], &row["area"]), (&json!(hazard.unit.id), &json!(AREA)));
        assert_eq!((&row["escalation"], &row["called_for"]["rung"]), (&json!("none"), &json!("letter")));
        assert_eq!(row["called_for"]["since"], "2026-09-18T01:00:00.000000Z");

        app.advance(&mut hazard, Action::Escalate).await;
        let row = ask(&app, &Caller::office(), "").await.remove(0);
        assert_eq!((&row["escalation"], &row["called_for"]["rung"]), (&json!("letter"), &json!("circular")));
        let mut closed = app.hazard_in(State::Closed).await;
        app.advance(&mut closed, Action::Reopen).await;
        assert_eq!(ask(&app, &Caller::office(), "").await.len(), 1, "what was reopened just now is not behind");
    }

    async fn what_stands_still_is_listed_after_what_is_late(app: App) {
        let still = app.hazard_in(State::Rectifying).await;
        days_later(&app, 30);
        assert_eq!(ask(&app, &Caller::office(), "").await, Vec::<Value>::new());
        let late = app.late_hazard_in(State::Supervised).await;
        days_later(&app, 1);
        let rows = ask(&app, &Caller::office(), "").await;
        assert_eq!(ids(&rows), [late.id.as_str(), still.id.as_str()]);
        let row = &rows[1];
        assert_eq!((&row["lag"], &row["clock"], &row["days"]), (&json!("stalled"), &Value::Null, &json!(1)));
        assert_eq!(row["since"], "2026-12-09");
        days_later(&app, 10);
        let rows = ask(&app, &Caller::office(), "lag=late").await;
        assert_eq!(ids(&rows), [late.id.as_str(), still.id.as_str()], "its own date has passed meanwhile");
        assert_eq!(rows[1]["clock"], "rectify");
    }

    async fn pages_hold_every_row_once_whatever_is_asked(app: App) {
        for state in [State::Rectifying, State::Reported, State::Supervised, State::Rectifying, State::Closed] {
            app.hazard_in(state).await;
        }
        let foreign = app.enterprise_in(FOREIGN_AREA, "F52").await;
        app.report(&Caller::inspector().areas(&["*"]), &foreign, &{
            let mut body = app.report_body(&foreign);
            body["area"] = json!(FOREIGN_AREA);
            body
        })
        .await;
        days_later(&app, 35);
        let mut climbing = app.hazard_in(State::Supervised).await;
        days_later(&app, 8);
        app.advance(&mut climbing, Action::Escalate).await;
        // On the letter, and policy waits for the fifth working day until it calls for more.
        days_later(&app, -6);
        let all = walk(&app, "", 200).await;
        days_later(&app, 6);
        assert_eq!(all.len(), 4, "{all:#?}");
        let all = walk(&app, "", 200).await;
        assert_eq!(all.len(), 5);
        for limit in [1, 2, 3] {
            assert_eq!(walk(&app, "", limit).await, all, "limit {limit}");
        }
        for (query, member, value) in [
            ("lag=stalled", "lag", "stalled"),
            ("lag=late", "lag", "late"),
            ("escalation=letter", "escalation", "letter"),
            ("status=reported", "status", "reported"),
        ] {
            let expected: Vec<Value> = all.iter().filter(|row| row[member] == value).cloned().collect();
            for limit in [1, 200] {
                assert_eq!(walk(&app, query, limit).await, expected, "{query}");
            }
        }
        for (query, wanted) in [("called_for=true", true), ("called_for=false", false)] {
            let expected: Vec<Value> = all.iter().filter(|row| row["called_for"].is_null() != wanted).cloned().collect();
            assert!(!expected.is_empty(), "{query}");
            for limit in [1, 2, 200] {
                assert_eq!(walk(&app, query, limit).await, expected, "{query}");
            }
        }
        for (query, rows) in [("area=370304", 0), ("area=370303", 5), ("industry=F", 0), ("level=street", 4)] {
            assert_eq!(walk(&app, query, 2).await.len(), rows, "{query}");
        }
        assert_eq!(walk(&app, &format!("industry={INDUSTRY}"), 2).await.len(), 5);
        let wide = Caller::office().areas(&["*"]);
        assert_eq!(ask(&app, &wide, "area=370304").await.len(), 1);
    }

    async fn a_unit_sees_its_own_and_who_reads_no_ledger_sees_none(app: App) {
        let one = app.late_hazard_in(State::Supervised).await;
        app.late_hazard_in(State::Supervised).await;
        assert_eq!(ids(&ask(&app, &one.unit.officer(), "").await), [one.id.as_str()]);
        assert_eq!(ask(&app, &Caller::office().areas(&["370304"]), "").await, Vec::<Value>::new());
        app.get("/v1/statistics/slow").as_(&Caller::admin()).send().await.expect_status(403).done();
        let wrong = app.get("/v1/statistics/slow?lag=lazy&limit=0").as_(&Caller::office()).send().await;
        let problem = wrong.expect_status(400).json();
        assert_eq!(problem["errors"].as_array().map(Vec::len), Some(2), "{problem}");
    }
}
