//! Whatever comes first: in every order in which a phone's calls arrive, with repeats between them, the end is the same.

use serde_json::{Value, json};

use super::{counted, read};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::{photograph, text};
use crate::support::on_both;
use crate::support::seed::{Random, number_from};

/// One call of a phone.
#[derive(Clone)]
enum Call {
    Inspection(String, Box<Value>),
    Photograph(Vec<u8>),
}

impl Call {
    async fn make(&self, app: &App) {
        match self {
            Self::Inspection(id, body) => {
                let answer = app.send_inspection(id, body).send().await;
                assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
            }
            Self::Photograph(bytes) => {
                let answer = app
                    .post("/v1/attachments")
                    .as_(&Caller::inspector())
                    .body("image/png", bytes.clone())
                    .send()
                    .await;
                answer.expect_status(201).done();
            }
        }
    }
}

/// What an inspection came to, without the ids that the phone drew and the moments of the service.
fn outcome(view: &Value) -> Value {
    let evidence = view["evidence"].as_array().expect("evidence").iter();
    json!({
        "findings": view["findings"].as_array().expect("findings").iter().map(|finding| json!({
            "item": finding["item"], "result": finding["result"],
            "evidence": finding["attachments"].as_array().map(Vec::len), "found": finding["hazard"].is_object(),
        })).collect::<Vec<_>>(),
        "evidence": evidence.map(|slot| json!([slot["sha256"], slot["size"], slot["state"]])).collect::<Vec<_>>(),
        "missing": view["missing"], "complete": view["complete"], "unanswered": view["unanswered"],
    })
}

on_both! {
    async fn every_order_of_arrival_comes_to_the_same(app: App) {
        let mut random = Random::of_this_run();
        let (unit, list) = (app.enterprise().await, app.checklist().await);
        let mut expected: Option<(Value, Vec<i64>)> = None;
        for round in 0..number_from("HAZARDS_TEST_ORDERS", 12) {
            // Another end behind the picture makes another file, so no round finds what the last one brought.
            let files: Vec<Vec<u8>> = (0..3).map(|n| photograph(1000 * (round + 1) + n)).collect();
            let slots: Vec<Value> = files.iter().map(|bytes| app.declaration(bytes)).collect();
            let mut hazard = app.found_hazard(&unit);
            hazard["attachments"] = json!([slots[0]["id"]]);
            let mut body = app.inspection_body(&unit, &list);
            body["findings"][1]["hazard"] = hazard;
            body["findings"][1]["attachments"] = json!([slots[0]["id"], slots[1]["id"]]);
            body["evidence"] = json!(slots);
            let id = app.phone_id();
            let mut calls: Vec<Call> = files.iter().cloned().map(Call::Photograph).collect();
            calls.push(Call::Inspection(id.clone(), Box::new(body)));
            // A phone that is unsure sends an inspection again.
            calls.push(calls[3].clone());
            for last in (1..calls.len()).rev() {
                calls.swap(last, random.index(last + 1));
            }
            let before = counted(&app);
            for call in &calls {
                call.make(&app).await;
            }
            let view = read(&app, &id).await;
            let mut outcome = outcome(&view);
            for (slot, file) in outcome["evidence"].as_array_mut().expect("evidence").iter_mut().zip(&slots) {
                assert_eq!(slot[0], file["sha256"]);
                slot[0] = json!("as declared");
            }
            assert_eq!(outcome["complete"], true);
            let hazard = app.get(format!("/v1/hazards/{}", text(&view["findings"][1]["hazard"]["id"]))).as_(&Caller::office()).send().await;
            assert_eq!(hazard.expect_status(200).json()["status"], "reported");
            let now = counted(&app);
            // Inspections, their evidence and hazards; what was brought before it was declared is a piece beside.
            let added: Vec<i64> = [0, 1, 3].iter().map(|place: &usize| now[*place] - before[*place]).collect();
            let expected = expected.get_or_insert_with(|| (outcome.clone(), added.clone()));
            assert_eq!((&outcome, &added), (&expected.0, &expected.1), "round {round}");
        }
    }
}
