//! Many calls in one request: each is what it is alone, and none has to do with the others.

use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use major_hazards::law::lifecycle::{Action, State};
use serde_json::{Value, json};

use crate::crash::writes::every_write_but_of_tips;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::Answer;
use crate::support::fixtures::{Hazard, Unit};
use crate::support::on_both;

async fn send(app: &App, caller: &Caller, batch: &Value) -> Answer {
    app.post("/v1/batch").as_(caller).json(batch).send().await
}

/// The answers to some calls.
async fn answers(app: &App, caller: &Caller, calls: &[Value]) -> Vec<Value> {
    let answer = send(app, caller, &json!({"calls": calls})).await.expect_status(200);
    answer.json()["answers"].as_array().expect("answers").clone()
}

fn statuses(answers: &[Value]) -> Vec<Value> {
    answers.iter().map(|answer| answer["status"].clone()).collect()
}

fn report(app: &App, unit: &Unit, key: &str) -> Value {
    json!({"method": "POST", "path": "/v1/hazards", "idempotency_key": key, "body": app.report_body(unit)})
}

fn remark(hazard: &Hazard, version: i64, key: &str) -> Value {
    json!({
        "method": "POST",
        "path": format!("{}/actions/remark", hazard.path()),
        "idempotency_key": key,
        "if_match": format!("\"{version}\""),
        "body": {"text": format!("备注 {key}")},
    })
}

/// Fails unless a call of a batch was answered as the request alone.
fn assert_same(alone: &Answer, called: &Value) {
    assert_eq!(called["status"], alone.status, "{}: {called}", alone.asked);
    assert_eq!(called["body"], alone.json(), "{}", alone.asked);
    for name in ["etag", "location"] {
        assert_eq!(
            called["headers"][name].as_str(),
            alone.header(name),
            "{}: {name}",
            alone.asked
        );
    }
}

on_both! {
    async fn a_write_is_the_same_alone_and_in_a_batch(app: App) {
        let mut tried = 0;
        for (turn, write) in every_write_but_of_tips(&app).await.iter().enumerate() {
            let Some((caller, call)) = write.call("the same") else { continue };
            tried += 1;
            let alone = async || write.request(&app, "the same").send().await;
            let in_a_batch = async || answers(&app, &caller, std::slice::from_ref(&call)).await.remove(0);
            if turn % 2 == 0 {
                let first = alone().await;
                let again = in_a_batch().await;
                assert!((200..300).contains(&first.status), "{}: {}", first.asked, first.text());
                assert_same(&first, &again);
                assert_eq!(again["headers"]["idempotent-replayed"], "true", "{}", write.operation);
            } else {
                let first = in_a_batch().await;
                let again = alone().await;
                assert!((200..300).contains(&again.status), "{}: {}", again.asked, again.text());
                assert_same(&again, &first);
                assert_eq!(first["headers"].get("idempotent-replayed"), None, "{}", write.operation);
                assert_eq!(again.header("idempotent-replayed"), Some("true"), "{}", write.operation);
            }
        }
        assert!(tried > 30, "only {tried} writes were called");
    }

    async fn calls_are_made_in_their_order_and_one_that_fails_takes_nothing_back(app: App) {
        let hazard = app.hazard().await;
        let calls = [
            remark(&hazard, 1, "a"),
            remark(&hazard, 1, "b"),
            remark(&hazard, 2, "c"),
            json!({"method": "POST", "path": "/v1/nothing", "idempotency_key": "d"}),
            remark(&hazard, 3, "e"),
        ];
        let first = answers(&app, &Caller::committee(), &calls).await;
        assert_eq!(statuses(&first), [200, 412, 200, 404, 200]);
        assert_eq!(first[1]["body"]["current"], first[0]["body"]);
        let again = answers(&app, &Caller::committee(), &calls).await;
        assert_eq!(statuses(&again), statuses(&first));
        for (place, (first, again)) in first.iter().zip(&again).enumerate() {
            if place != 3 {
                assert_eq!((&again["body"], &again["headers"]["idempotent-replayed"]), (&first["body"], &json!("true")));
            }
        }
        let events = app.get(format!("{}/events", hazard.path())).as_(&Caller::auditor()).send().await.items();
        let texts: Vec<&Value> = events.iter().skip(1).map(|event| &event["payload"]["body"]["text"]).collect();
        assert_eq!(texts, ["备注 a", "备注 c", "备注 e"]);
    }

    async fn what_follows_a_failure_is_left_on_request(app: App) {
        let hazard = app.hazard().await;
        let calls = [remark(&hazard, 1, "a"), remark(&hazard, 1, "b"), remark(&hazard, 2, "c")];
        let batch = json!({"calls": calls, "stop_on_failure": true});
        let answer = send(&app, &Caller::committee(), &batch).await.expect_status(200).json();
        assert_eq!(answer["answers"][1]["status"], 412);
        assert_eq!(answer["answers"][2], json!({"not_run": "stopped"}));
        assert_eq!(app.get(hazard.path()).as_(&Caller::auditor()).send().await.etag(), 2);
    }

    async fn a_refusal_within_names_its_own_call(app: App) {
        let hazard = app.hazard().await;
        let calls = json!({"calls": [
            {"method": "POST", "path": "/v1/hazards?x=1", "idempotency_key": "a", "body": {}},
            {"method": "PATCH", "path": hazard.path(), "body": {"title": "更正"}},
            {"method": "PUT", "path": hazard.path(), "body": {}},
            {"method": "POST", "path": "/v1/hazards", "idempotency_key": "b"},
        ]});
        let request = app.post("/v1/batch").as_(&Caller::auditor()).header("accept-language", "en").header("x-request-id", "outer");
        let answer = request.json(&calls).send().await.expect_status(200);
        assert_eq!(answer.header("x-request-id"), Some("outer"));
        let expected = [
            (400, "invalid_input", "/v1/hazards"),
            (428, "precondition_required", &hazard.path()),
            (405, "method_not_allowed", &hazard.path()),
            (415, "unsupported_media_type", "/v1/hazards"),
        ];
        for (place, (status, code, instance)) in expected.iter().enumerate() {
            let told = &answer.json()["answers"][place];
            assert_eq!(told["status"], *status, "{told}");
            let body = &told["body"];
            assert_eq!((&body["code"], &body["instance"]), (&json!(code), &json!(instance)));
            assert_eq!(body["request_id"], format!("outer.{place}"));
            assert!(body["title"].as_str().is_some_and(str::is_ascii), "{body}");
        }
    }

    async fn every_call_is_made_with_the_rights_of_who_sends_the_batch(app: App) {
        let hazard = app.hazard_in(State::Confirmed).await;
        let order = json!({
            "method": "POST", "path": format!("{}/actions/order", hazard.path()), "idempotency_key": "o", "if_match": "\"2\"",
            "body": app.usual_body(&hazard, Action::Order).await,
        });
        for (caller, status, code) in [
            (Caller::committee().subject("elsewhere").areas(&["370304"]), 404, "not_found"),
            (Caller::auditor(), 403, "role_not_allowed"),
            (hazard.unit.officer(), 403, "role_not_allowed"),
        ] {
            let told = answers(&app, &caller, std::slice::from_ref(&order)).await.remove(0);
            assert_eq!((&told["status"], &told["body"]["code"]), (&json!(status), &json!(code)), "as {}", caller.sub());
        }
        let batch = json!({"calls": [order]});
        app.post("/v1/batch").json(&batch).send().await.expect_status(401).problem("unauthenticated");
        assert_eq!(statuses(&answers(&app, &Caller::committee(), &[order]).await), [200]);
    }

    async fn every_fault_of_the_envelope_is_named(app: App) {
        let inspector = Caller::inspector();
        let batch = json!({"calls": [
            {"method": "GET", "path": "/v1/hazards", "idempotency_key": "a"},
            {"method": "POST", "path": "/v1/batch", "idempotency_key": "b"},
            {"method": "POST", "path": "/v1/attachments", "idempotency_key": ""},
            {"method": "POST", "path": "/v1/%62atch"},
            {"method": "PUT", "path": "/v1/tips/status", "body": [], "if_match": "\u{9690}"},
            {"path": "/healthz", "colour": "red"},
        ], "stop_on_failure": 1, "also": 2});
        send(&app, &inspector, &batch).await.expect_status(400).faults(&[
            ("/calls/0/method", "unknown_value"),
            ("/calls/1/path", "not_allowed"),
            ("/calls/2/path", "not_allowed"),
            ("/calls/2/idempotency_key", "blank"),
            ("/calls/3/path", "bad_format"),
            ("/calls/4/path", "not_allowed"),
            ("/calls/4/body", "wrong_type"),
            ("/calls/4/if_match", "bad_format"),
            ("/calls/5/path", "bad_format"),
            ("/calls/5/method", "missing"),
            ("/calls/5/colour", "unknown_field"),
            ("/stop_on_failure", "wrong_type"),
            ("/also", "unknown_field"),
        ]);
        let keyless = json!({"calls": [{"method": "POST", "path": "/v1/hazards"}]});
        send(&app, &inspector, &keyless).await.expect_status(400).faults(&[("/calls/0/idempotency_key", "missing")]);
        send(&app, &inspector, &json!({"calls": []})).await.expect_status(400).faults(&[("/calls", "too_few")]);
        let call = json!({"method": "PATCH", "path": "/v1/hazards/none"});
        let full = answers(&app, &inspector, &vec![call.clone(); 100]).await;
        assert_eq!(full.len(), 100);
        let over = json!({"calls": vec![call; 101]});
        send(&app, &inspector, &over).await.expect_status(400).faults(&[("/calls", "too_many")]);
        assert_eq!(app.get("/v1/hazards").as_(&Caller::auditor()).send().await.items().len(), 0);
    }

    async fn what_was_answered_is_not_lost_when_the_time_is_over(app: App) {
        let unit = app.enterprise().await;
        let calls = [
            json!({"method": "POST", "path": "/v1/hazards", "idempotency_key": "bad", "body": {}}),
            report(&app, &unit, "held"),
            report(&app, &unit, "late"),
        ];
        let hurried = app.node_in_haste(Duration::from_millis(1500)).await;
        let mut held = app.connect();
        held.begin_write().expect("a transaction");
        if held.is_postgres() {
            held.batch_execute("LOCK TABLE number_series IN ACCESS EXCLUSIVE MODE").expect("a lock");
        }
        let told = answers(&hurried, &Caller::inspector(), &calls).await;
        held.roll_back().expect("it is let go");
        assert_eq!((&told[0]["status"], &told[0]["body"]["code"]), (&json!(400), &json!("invalid_input")));
        assert_eq!((&told[1]["status"], &told[1]["body"]["code"]), (&json!(503), &json!("timeout")));
        assert_eq!(told[1]["headers"]["retry-after"], "1");
        assert_eq!(told[2], json!({"not_run": "out_of_time"}));
        // Sent again until what had begun has ended, each is made once.
        let mut told = answers(&hurried, &Caller::inspector(), &calls).await;
        while told[1]["status"] != 201 {
            assert!(matches!(told[1]["status"].as_i64(), Some(409 | 503)), "{}", told[1]);
            told = answers(&hurried, &Caller::inspector(), &calls).await;
        }
        assert_eq!(statuses(&told), [400, 201, 201]);
        assert_eq!(app.get("/v1/hazards").as_(&Caller::auditor()).send().await.items().len(), 2);
        hurried.stop().await;
    }

    async fn one_line_of_each_call_is_counted(app: App) {
        let hazard = app.hazard().await;
        answers(&app, &Caller::committee(), &[remark(&hazard, 1, "a"), remark(&hazard, 2, "b")]).await;
        let metrics = app.get("/metrics").as_(&Caller::admin()).send().await.text();
        for line in [
            "hazards_http_requests_total{method=\"POST\",route=\"/v1/batch\",status=\"200\"} 1",
            "hazards_http_requests_total{method=\"POST\",route=\"/v1/hazards/{id}/actions/{action}\",status=\"200\"} 2",
        ] {
            assert!(metrics.contains(line), "{line}\n{metrics}");
        }
    }
}
