//! What stays on record of an export, and who may know of it.

use major_hazards::law::lifecycle::State;
use serde_json::{Value, json};

use super::export;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::journal::events_of;
use crate::support::on_both;

async fn seen_by(app: &App, auditor: &Caller) -> Vec<Value> {
    app.get("/v1/exports")
        .as_(auditor)
        .send()
        .await
        .expect_status(200)
        .items()
}

on_both! {
    async fn who_took_what_along_is_on_record(app: App) {
        app.hazard_in(State::Closed).await;
        app.hazard().await;
        let office = Caller::office().subject("office-7").claim("name", json!("王某"));
        export(&app, &office, "format=xlsx&status=closed&status=reported&q=%E6%9C%89%E9%99%90").await;
        let events = app.read_store(|connection| events_of(connection, "hazard_export")).unwrap();
        assert_eq!(events.iter().map(|event| event.action.as_str()).collect::<Vec<_>>(), ["begin", "end"]);
        assert_eq!(events[0].actor["subject"], "office-7");
        assert_eq!(events[0].payload["query"], json!({"format": ["xlsx"], "status": ["closed", "reported"], "q": ["有限"]}));
        assert_eq!((events[1].to.as_str(), &events[1].payload), ("complete", &json!({"rows": 2})));
        let seen = seen_by(&app, &Caller::auditor()).await.remove(0);
        assert_eq!((&seen["by"]["name"], &seen["by"]["roles"]), (&json!("王某"), &json!(["office"])));
        assert_eq!((&seen["format"], &seen["state"], &seen["rows"]), (&json!("xlsx"), &json!("complete"), &json!(2)));
        assert_eq!(seen["query"], events[0].payload["query"]);
        assert_eq!(seen["id"], events[0].subject.as_str());
    }

    async fn auditors_know_of_those_that_could_reach_into_their_areas(app: App) {
        let unit = app.enterprise().await;
        for caller in [
            Caller::regulator().subject("street").areas(&["370303009"]),
            Caller::regulator().subject("city").areas(&["3703"]),
            Caller::regulator().subject("two").areas(&["370303", "370304"]),
            Caller::regulator().subject("all").areas(&["*"]),
            Caller::regulator().subject("elsewhere").areas(&["370402"]),
            unit.officer().subject("officer"),
        ] {
            export(&app, &caller, "format=jsonl").await;
            app.clock().set(app.clock().now().plus_seconds(1));
        }
        for (areas, expected) in [
            (vec!["370303"], vec!["officer", "all", "two", "city", "street"]),
            (vec!["370304"], vec!["all", "two", "city"]),
            (vec!["370402", "11"], vec!["elsewhere", "all"]),
            (vec!["*"], vec!["officer", "elsewhere", "all", "two", "city", "street"]),
            (vec![], vec![]),
        ] {
            let seen = seen_by(&app, &Caller::auditor().areas(&areas)).await;
            let who: Vec<&str> = seen.iter().map(|one| one["by"]["subject"].as_str().unwrap()).collect();
            assert_eq!(who, expected, "{areas:?}");
        }
        for stranger in [Caller::regulator(), Caller::office(), Caller::admin(), Caller::system(), unit.officer()] {
            let refused = app.get("/v1/exports").as_(&stranger).send().await.expect_status(403);
            assert_eq!(refused.problem("role_not_allowed")["who_could"]["roles"], json!(["auditor"]));
        }
    }

    async fn exports_are_read_page_by_page(app: App) {
        for number in 0..5 {
            export(&app, &Caller::regulator().subject(&format!("regulator-{number}")), "").await;
            app.clock().set(app.clock().now().plus_seconds(1));
        }
        let (mut seen, mut path) = (Vec::new(), "/v1/exports?limit=2".to_owned());
        loop {
            let page = app.get(&path).as_(&Caller::auditor()).send().await.expect_status(200);
            seen.extend(page.items().iter().map(|one| one["by"]["subject"].as_str().unwrap().to_owned()));
            let Some(cursor) = page.json()["next_cursor"].as_str().map(ToOwned::to_owned) else { break };
            path = format!("/v1/exports?limit=2&cursor={cursor}");
        }
        assert_eq!(seen, ["regulator-4", "regulator-3", "regulator-2", "regulator-1", "regulator-0"]);
    }
}
