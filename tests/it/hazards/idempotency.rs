//! A request that is sent again under the same key.

use major_hazards::law::lifecycle::{Action, State};
use serde_json::json;

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::usual_caller;
use crate::support::on_both;

on_both! {
    async fn every_write_is_answered_as_the_first_time(app: App) {
        let unit = app.enterprise().await;
        let body = app.report_body(&unit);
        let send = || app.post("/v1/hazards").as_(&Caller::inspector()).key("报告-1").json(&body).send();
        send().await.expect_status(400).problem("bad_idempotency_key");
        let send = || app.post("/v1/hazards").as_(&Caller::inspector()).key("report-1").json(&body).send();
        let first = send().await.expect_status(201);
        assert_eq!(first.header("idempotent-replayed"), None);
        let again = send().await.expect_status(201);
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(again.body, first.body);
        assert_eq!(again.header("location"), first.header("location"));
        assert_eq!(again.header("etag"), first.header("etag"));
        let mut other = body.clone();
        other["title"] = json!("另一件事");
        app.post("/v1/hazards").as_(&Caller::inspector()).key("report-1").json(&other).send().await.expect_status(422).problem("idempotency_key_reused");
        app.post("/v1/hazards").as_(&Caller::inspector().subject("another")).key("report-1").json(&other).send().await.expect_status(201).done();
        assert_eq!(app.get("/v1/hazards").as_(&Caller::auditor()).send().await.items().len(), 2);
    }

    async fn every_action_is_answered_as_the_first_time(app: App) {
        let mut hazard = app.hazard().await;
        for action in [Action::Confirm, Action::Order, Action::SubmitPlan, Action::ApprovePlan, Action::SubmitCompletion, Action::Review, Action::SignOff] {
            let body = app.usual_body(&hazard, action).await;
            let caller = usual_caller(&hazard.unit, action);
            let path = format!("{}/actions/{action}", hazard.path());
            let send = || app.post(&path).as_(&caller).if_match(hazard.version).key("k").json(&body).send();
            let first = send().await.expect_status(200);
            let again = send().await.expect_status(200);
            assert_eq!(again.body, first.body, "{action}");
            assert_eq!(again.header("idempotent-replayed"), Some("true"));
            hazard.version += 1;
        }
        let version = app.get(hazard.path()).as_(&Caller::auditor()).send().await.etag();
        assert_eq!(version, hazard.version);
    }

    async fn a_refusal_is_repeated_too_and_changes_nothing(app: App) {
        let hazard = app.hazard_in(State::Confirmed).await;
        let mut body = app.usual_body(&hazard, Action::Order).await;
        body["due_on"] = json!(app.day(-1));
        let path = format!("{}/actions/order", hazard.path());
        let send = || app.post(&path).as_(&Caller::committee()).if_match(hazard.version).key("late").json(&body).send();
        let first = send().await.expect_status(422);
        first.problem("due_in_past");
        let again = send().await.expect_status(422);
        assert_eq!(again.body, first.body);
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(app.get(hazard.path()).as_(&Caller::auditor()).send().await.etag(), hazard.version);
    }

    async fn five_at_once_have_one_effect(app: App) {
        let hazard = app.hazard().await;
        let body = app.usual_body(&hazard, Action::Confirm).await;
        let path = format!("{}/actions/confirm", hazard.path());
        let calls = (0..5).map(|_| app.post(&path).as_(&Caller::committee()).if_match(hazard.version).key("once").json(&body).send());
        let answers = futures_util::future::join_all(calls).await;
        for answer in &answers {
            match answer.status {
                200 => assert_eq!(answer.json()["version"], 2),
                _ => drop(answer.problem("idempotency_key_in_use")),
            }
        }
        assert!(answers.iter().any(|answer| answer.status == 200));
        assert_eq!(app.get(hazard.path()).as_(&Caller::auditor()).send().await.etag(), 2);
    }
}
