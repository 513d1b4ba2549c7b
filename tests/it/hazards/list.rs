//! The list: filters, sorts, pages, and who sees what.

use std::collections::BTreeSet;

use major_hazards::law::lifecycle::{Action, State};
use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::{FOREIGN_AREA, INDUSTRY};
use crate::support::on_both;

/// Ids of a list, in its order.
async fn ids(app: &App, query: &str) -> Vec<String> {
    app.get(format!("/v1/hazards{query}"))
        .as_(&Caller::auditor())
        .send()
        .await
        .expect_status(200)
        .items()
        .iter()
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Every id of a list, page by page.
async fn walk(app: &App, query: &str, mut between: impl AsyncFnMut()) -> Vec<String> {
    let mut path = format!("/v1/hazards{query}");
    let mut seen = Vec::new();
    loop {
        let page = app.get(&path).as_(&Caller::auditor()).send().await.expect_status(200);
        let document = page.json();
        seen.extend(
            document["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["id"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = document["next_cursor"].as_str() else {
            assert_eq!(page.header("link"), None);
            return seen;
        };
        assert!(page.header("link").unwrap().contains(cursor));
        path = format!("/v1/hazards{query}&cursor={cursor}");
        between().await;
    }
}

on_both! {
    async fn every_filter_narrows_to_what_it_says(app: App) {
        let closed = app.hazard_in(State::Closed).await;
        let open = app.hazard_in(State::Rectifying).await;
        let fresh = app.hazard().await;
        let today = app.day(0);
        let cases: &[(&str, &[&str])] = &[
            ("status=closed", &[&closed.id]),
            ("status=closed,rectifying", &[&closed.id, &open.id]),
            ("status=closed&status=reported", &[&closed.id, &fresh.id]),
            ("source=inspection", &[&closed.id, &open.id, &fresh.id]),
            ("source=public_tip", &[]),
            ("area=370303", &[&closed.id, &open.id, &fresh.id]),
            ("area=370304", &[]),
            ("industry=C", &[&closed.id, &open.id, &fresh.id]),
            ("industry=F", &[]),
            ("campaign=confined_space", &[&closed.id, &open.id]),
            ("campaign=hot_work", &[]),
            ("criterion=MEM10-2023/13.1", &[&closed.id, &open.id]),
            ("kind=ordinary", &[&closed.id, &open.id]),
            ("kind=listed", &[]),
            ("level=street", &[&closed.id, &open.id]),
            ("authority=zhangdian-committee", &[&closed.id, &open.id]),
            ("escalation=none", &[&closed.id, &open.id, &fresh.id]),
            ("escalation=letter", &[]),
            ("production=running", &[&closed.id, &open.id, &fresh.id]),
            ("overdue=true", &[]),
            ("overdue=false&status=rectifying", &[&open.id]),
            ("q=%E6%B1%A1%E6%B0%B4%E5%A4%84%E7%90%86", &[&closed.id, &open.id, &fresh.id]),
            ("q=%E6%9C%89%E9%99%90&status=closed", &[&closed.id]),
            ("q=%E9%94%85%E7%82%89", &[]),
        ];
        for (query, expected) in cases {
            let found: BTreeSet<String> = ids(&app, &format!("?{query}")).await.into_iter().collect();
            let expected: BTreeSet<String> = expected.iter().map(|id| (*id).to_owned()).collect();
            assert_eq!(found, expected, "{query}");
        }
        for (query, expected) in [
            (format!("enterprise={}", open.unit.id), vec![open.id.clone()]),
            (format!("uscc={}", fresh.unit.uscc), vec![fresh.id.clone()]),
            (format!("due_before={}", app.day(30)), vec![fresh.id.clone()]),
            (format!("due_after={}", app.day(31)), vec![open.id.clone()]),
            (format!("closed_from={today}&closed_to={today}"), vec![closed.id.clone()]),
            (format!("reported_from={}", app.day(1)), vec![]),
        ] {
            assert_eq!(ids(&app, &format!("?{query}")).await, expected, "{query}");
        }
        assert_eq!(ids(&app, &format!("?reported_from={today}&reported_to={today}")).await.len(), 3);
    }

    async fn an_unknown_parameter_or_value_is_refused(app: App) {
        for query in ["colour=red", "status=flying", "limit=0", "limit=201", "sort=colour", "overdue=maybe", "cursor=abc", "area=37x", "due_before=2024-13-01", "sort=number&sort=number", "q=%00"] {
            let answer = app.get(format!("/v1/hazards?{query}")).as_(&Caller::auditor()).send().await.expect_status(400);
            answer.any_problem();
        }
    }

    async fn a_walk_loses_and_doubles_nothing_while_others_write(app: App) {
        let unit = app.enterprise().await;
        let mut before = Vec::new();
        for _ in 0..9 {
            before.push(app.hazard_of(&unit).await.id);
            app.clock().set(app.clock().now().plus_seconds(1));
        }
        for sort in ["reported_at", "-reported_at", "updated_at", "-updated_at", "due_on", "-due_on", "number", "-number"] {
            let writer = app.clone();
            let unit = unit.clone();
            let seen = walk(&app, &format!("?sort={sort}&limit=2"), async move || {
                writer.hazard_of(&unit).await;
                writer.clock().set(writer.clock().now().plus_seconds(1));
            })
            .await;
            let distinct: BTreeSet<_> = seen.iter().collect();
            assert_eq!(distinct.len(), seen.len(), "{sort}: a row came twice");
            for id in &before {
                assert!(distinct.contains(id), "{sort}: a row was lost");
            }
        }
    }

    async fn a_cursor_belongs_to_its_list(app: App) {
        let unit = app.enterprise().await;
        for _ in 0..3 {
            app.hazard_of(&unit).await;
        }
        let cursor = app.get("/v1/hazards?sort=number&limit=1").as_(&Caller::auditor()).send().await.json()["next_cursor"].as_str().unwrap().to_owned();
        app.get(format!("/v1/hazards?sort=number&limit=2&cursor={cursor}")).as_(&Caller::auditor()).send().await.expect_status(200).done();
        for other in ["sort=-number", "sort=number&status=reported"] {
            app.get(format!("/v1/hazards?{other}&cursor={cursor}")).as_(&Caller::auditor()).send().await.expect_status(400).problem("bad_cursor");
        }
    }

    async fn a_stranger_another_unit_and_another_area_see_nothing(app: App) {
        let hazard = app.hazard_in(State::Rectifying).await;
        let other = app.enterprise().await;
        let abroad = Caller::inspector().areas(&["370304"]);
        let nowhere = Caller::inspector().areas(&[]);
        let other_industry = Caller::committee().industries(&["F"]);
        for path in ["", "/events", "/clocks", "?include=actions"] {
            let path = format!("{}{path}", hazard.path());
            app.get(&path).send().await.expect_status(401).problem("unauthenticated");
            for stranger in [&other.officer(), &abroad, &nowhere, &other_industry] {
                app.get(&path).as_(stranger).send().await.expect_status(404).problem("not_found");
            }
            app.get(&path).as_(&Caller::admin()).send().await.expect_status(403).problem("role_not_allowed");
            app.get(&path).as_(&hazard.unit.officer()).send().await.expect_status(200).done();
        }
        for stranger in [&other.officer(), &abroad, &nowhere, &other_industry] {
            assert!(app.get("/v1/hazards").as_(stranger).send().await.expect_status(200).items().is_empty());
            let remark = json!({"text": "x"});
            let refused = app.act(&hazard, Action::Remark, stranger, &remark).await;
            assert!(refused.status == 404, "{}", refused.text());
        }
        let whole = Caller::auditor().areas(&["*"]);
        assert_eq!(app.get("/v1/hazards").as_(&whole).send().await.items().len(), 1);
        let foreign = app.enterprise_in(FOREIGN_AREA, INDUSTRY).await;
        assert!(app.get(format!("/v1/hazards?enterprise={}", foreign.id)).as_(&Caller::auditor()).send().await.items().is_empty());
    }

    async fn a_unit_cannot_tell_a_tip_from_an_inspection(app: App) {
        let unit = app.enterprise().await;
        let inspected = app.hazard_of(&unit).await;
        let mut body = app.report_body(&unit);
        body["source"] = json!("public_tip");
        body["attachments"] = json!([app.photograph(&Caller::tip_officer()).await]);
        let told = app.report(&Caller::tip_officer(), &unit, &body).await;
        let officer = unit.officer();
        let mut views: Vec<Value> = Vec::new();
        for hazard in [&inspected, &told] {
            for path in ["", "/events", "/clocks"] {
                let answer = app.get(format!("{}{path}", hazard.path())).as_(&officer).send().await.expect_status(200);
                let text = answer.text();
                for secret in ["public_tip", "inspection", "tip_officer", "inspector", "attachments\":[\""] {
                    assert!(!text.contains(secret), "{path} shows {secret}: {text}");
                }
                let masked = text.replace(&hazard.id, "ID").replace(&hazard.number, "NUMBER");
                views.push(serde_json::from_str(&masked).unwrap());
            }
        }
        assert_eq!(views[..3], views[3..]);
        app.get("/v1/hazards?source=public_tip").as_(&officer).send().await.expect_status(400).faults(&[("?source", "not_allowed")]);
        let photograph = body["attachments"][0].as_str().unwrap();
        app.get(format!("/v1/attachments/{photograph}")).as_(&officer).send().await.expect_status(404).done();
        let seen = app.get(told.path()).as_(&Caller::regulator()).send().await.json();
        assert_eq!(seen["source"], "public_tip");
        // The way from a tip to its hazard is kept with the tip, and there is none back for anybody.
        body["tip"] = json!("5f0c1c5e-6a53-4c0e-9d0e-3f6f5f6f7a10");
        let leading_back = app.post("/v1/hazards").as_(&Caller::tip_officer()).json(&body).send().await;
        leading_back.expect_status(400).faults(&[("/tip", "unknown_field")]);
    }
}
