//! The walk: many strides, others who write meanwhile, receivers who go away, and how many may walk at once.

use std::collections::BTreeSet;

use major_hazards::law::lifecycle::Action;
use reqwest::Response;
use serde_json::{Value, json};

use super::{export, ids, json_lines, listed, put_on_record};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::Hazard;
use crate::support::on_both;

/// More than buffers hold between a service and somebody who does not read.
const MANY: usize = 900;

fn long_text() -> String {
    "池口加盖上锁，设专人看守。".repeat(300)
}

async fn opened(app: &App, caller: &Caller) -> Response {
    app.get("/v1/hazards/export?format=jsonl&sort=reported_at")
        .as_(caller)
        .open()
        .await
}

/// The newest export, as soon as it has ended.
async fn ended(app: &App) -> Value {
    loop {
        let exports = app
            .get("/v1/exports?limit=1")
            .as_(&Caller::auditor())
            .send()
            .await
            .items();
        if exports[0]["state"] != "running" {
            return exports[0].clone();
        }
    }
}

on_both! {
    async fn many_strides_are_one_list(app: App) {
        let (one, other) = (app.enterprise().await, app.enterprise().await);
        put_on_record(&app, &one, 1010, "措施");
        put_on_record(&app, &other, 20, "措施");
        let sorts = ["reported_at", "-reported_at", "number", "-number", "updated_at", "-updated_at", "due_on", "-due_on"];
        let filters = ["", "status=reported,closed", "area=370303009", "kind=listed", "q=%E9%9A%90%E6%82%A3"];
        for (turn, sort) in sorts.iter().enumerate() {
            for filter in filters.iter().skip(turn % 2).step_by(2) {
                let query = format!("sort={sort}&{filter}");
                let expected = ids(&listed(&app, &Caller::auditor(), &query).await);
                let lines = json_lines(&export(&app, &Caller::auditor(), &format!("format=jsonl&{query}")).await);
                assert_eq!(ids(&lines), expected, "{query}");
            }
        }
        for query in [format!("uscc={}", other.uscc), format!("uscc={},{}", one.uscc, other.uscc)] {
            let expected = ids(&listed(&app, &Caller::auditor(), &query).await);
            let lines = json_lines(&export(&app, &Caller::auditor(), &format!("format=jsonl&{query}")).await);
            assert_eq!(ids(&lines), expected, "{query}");
        }
    }

    async fn nothing_is_lost_or_doubled_while_others_write(app: App) {
        let unit = app.enterprise().await;
        let before = put_on_record(&app, &unit, MANY, &long_text());
        let mut answer = opened(&app, &Caller::auditor()).await;
        let (mut text, mut turn) = (Vec::new(), 0);
        while let Some(piece) = answer.chunk().await.expect("a piece") {
            text.extend_from_slice(&piece);
            turn += 1;
            if turn % 40 == 1 {
                app.hazard_of(&unit).await;
                let id = before[(turn * 7) % before.len()].clone();
                let version = app.get(format!("/v1/hazards/{id}")).as_(&Caller::regulator()).send().await.etag();
                let hazard = Hazard { id, number: String::new(), version, unit: unit.clone() };
                let remark = json!({"text": "已电话核实"});
                app.act(&hazard, Action::Remark, &Caller::regulator(), &remark).await.expect_status(200).done();
            }
        }
        let lines: Vec<Value> = String::from_utf8(text).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let seen = ids(&lines);
        let distinct: BTreeSet<&String> = seen.iter().collect();
        assert_eq!(distinct.len(), seen.len(), "a row came twice");
        assert!(before.iter().all(|id| distinct.contains(id)), "a row was lost");
        let export = ended(&app).await;
        assert_eq!((&export["state"], &export["rows"]), (&json!("complete"), &json!(seen.len())));
    }

    async fn whoever_goes_away_stops_it(app: App) {
        let unit = app.enterprise().await;
        put_on_record(&app, &unit, MANY, &long_text());
        let mut answer = opened(&app, &Caller::auditor()).await;
        answer.chunk().await.expect("a piece").expect("more than nothing");
        drop(answer);
        let export = ended(&app).await;
        assert_eq!(export["state"], "broken_off");
        let rows = export["rows"].as_u64().unwrap();
        assert!(0 < rows && rows < MANY.try_into().unwrap(), "{rows}");
    }

    async fn so_many_are_on_their_way_at_once(app: App) {
        let unit = app.enterprise().await;
        put_on_record(&app, &unit, MANY, &long_text());
        let (one, other, third) = (Caller::auditor(), Caller::regulator(), Caller::office());
        let mut open = Vec::new();
        for caller in [&one, &one, &other] {
            open.push(opened(&app, caller).await);
        }
        let refused = app.get("/v1/hazards/export").as_(&one).send().await.expect_status(429);
        refused.problem("too_many_requests");
        assert_eq!(refused.header("retry-after"), Some("10"));
        open.push(opened(&app, &other).await);
        let refused = app.get("/v1/hazards/export").as_(&third).send().await.expect_status(503);
        refused.problem("busy");
        assert_eq!(refused.header("retry-after"), Some("10"));
        assert!(open.iter().all(|answer| answer.status() == 200));
        drop(open);
        while app.get("/v1/hazards/export?status=closed").as_(&third).send().await.status != 200 {}
    }
}
