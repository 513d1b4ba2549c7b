//! The slow are pressed, the guilty punished and held to account, and a hazard goes to another authority.

use major_hazards::law::lifecycle::{Action, State};
use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::Hazard;
use crate::support::on_both;

/// Longer than the terms that the usual order sets.
const LONG: i64 = 60;
/// One day longer than the shipped policy bears without an event.
const STALLED: i64 = 31;

async fn escalate(app: &App, hazard: &Hazard, body: &Value) -> crate::support::client::Answer {
    app.act(hazard, Action::Escalate, &Caller::office(), body).await
}

fn rung(kind: &str) -> Value {
    json!({"kind": kind, "document_number": "科安函〔2027〕8号", "reason": "逾期未整改。"})
}

fn pointer(problem: &Value) -> &str {
    problem["errors"][0]["pointer"].as_str().expect("a pointer")
}

on_both! {
    async fn the_ladder_is_climbed_rung_by_rung_by_those_who_are_late(app: App) {
        let mut hazard = app.hazard_in(State::Rectifying).await;
        escalate(&app, &hazard, &rung("letter")).await.expect_status(422).problem("neither_late_nor_stalled");
        app.pass_days(LONG);
        let late = app.get(hazard.path()).as_(&Caller::office()).send().await.expect_status(200).json();
        assert_eq!((&late["escalation"], &late["overdue"]), (&json!("none"), &json!(true)));

        let skipping = escalate(&app, &hazard, &rung("interview")).await.expect_status(422);
        assert_eq!(pointer(&skipping.problem("skipped_rung_needs_reason")), "/skip_reason");
        let pressed = escalate(&app, &hazard, &rung("letter")).await.expect_status(200).json();
        assert_eq!(pressed["escalation"], "letter");
        hazard.version += 1;
        let again = escalate(&app, &hazard, &rung("letter")).await.expect_status(422);
        assert_eq!(pointer(&again.problem("rung_not_higher")), "/kind");

        let mut interview = rung("interview");
        interview["skip_reason"] = json!("同一单位另有三处重大隐患逾期。");
        escalate(&app, &hazard, &interview).await.expect_status(200).done();
        hazard.version += 1;
        escalate(&app, &hazard, &rung("circular")).await.expect_status(422).problem("rung_not_higher");
        escalate(&app, &hazard, &rung("exposure")).await.expect_status(200).done();
        let list = app.get("/v1/hazards?escalation=exposure").as_(&Caller::office()).send().await.expect_status(200);
        assert_eq!(list.json()["items"][0]["id"], json!(hazard.id));

        let top = app.get(format!("{}?include=actions", hazard.path())).as_(&Caller::office()).send().await;
        let actions = top.expect_status(200).json()["actions"].clone();
        let advice = actions.as_array().unwrap().iter().find(|one| one["action"] == "escalate").unwrap().clone();
        assert_eq!((&advice["enabled"], &advice["blocked_by"][0]["code"]), (&json!(false), &json!("rung_not_higher")));
    }

    async fn what_stands_still_is_pressed_before_it_is_late(app: App) {
        let mut hazard = app.hazard_in(State::Confirmed).await;
        let mut order = app.usual_body(&hazard, Action::Order).await;
        order["plan_due_on"] = json!(app.day(299));
        order["due_on"] = json!(app.day(300));
        app.act(&hazard, Action::Order, &Caller::committee(), &order).await.expect_status(200).done();
        hazard.version += 1;
        app.pass_days(STALLED - 1);
        escalate(&app, &hazard, &rung("letter")).await.expect_status(422).problem("neither_late_nor_stalled");
        app.pass_days(1);
        escalate(&app, &hazard, &rung("letter")).await.expect_status(200).done();
        hazard.version += 1;
        escalate(&app, &hazard, &rung("circular")).await.expect_status(422).problem("neither_late_nor_stalled");
    }

    async fn unit_and_person_are_punished_in_one_record(app: App) {
        let mut hazard = app.hazard_in(State::Supervised).await;
        let regulator = Caller::regulator();
        let usual = app.usual_body(&hazard, Action::Penalize).await;
        for (member, value, code, at) in [
            ("decided_on", json!(app.day(1)), "decided_in_future", "/decided_on"),
            ("decided_on", json!(app.day(-1)), "decided_before_found", "/decided_on"),
            ("person", Value::Null, "personal_amount_needs_person", "/person"),
        ] {
            let mut body = usual.clone();
            body[member] = value;
            let refused = app.act(&hazard, Action::Penalize, &regulator, &body).await.expect_status(422);
            assert_eq!(pointer(&refused.problem(code)), at);
        }
        let nothing = json!({"kind": "fine", "decision_number": "罚1", "decided_on": app.day(0)});
        app.act(&hazard, Action::Penalize, &regulator, &nothing)
            .await
            .expect_status(422)
            .problem("fine_needs_amount");
        app.advance(&mut hazard, Action::Penalize).await;
        let warning = json!({"kind": "warning", "decision_number": "警1", "decided_on": app.day(0)});
        app.act(&hazard, Action::Penalize, &regulator, &warning).await.expect_status(200).done();
        for caller in [Caller::auditor(), hazard.unit.officer()] {
            let seen = app.get(hazard.path()).as_(&caller).send().await.expect_status(200).json();
            let [fine, warning] = seen["penalties"].as_array().unwrap().as_slice() else {
                panic!("{}", seen["penalties"]);
            };
            assert_eq!(fine["unit_amount_cny"], "50000.00");
            assert_eq!((&fine["person"], &fine["person_amount_cny"]), (&json!("张某"), &json!("10000.00")));
            assert_eq!(warning["kind"], "warning");
        }
    }

    async fn what_an_inquiry_holds_against_whom_is_not_for_the_unit(app: App) {
        let mut hazard = app.hazard_in(State::Closed).await;
        app.advance(&mut hazard, Action::OpenAccountability).await;
        let body = app.usual_body(&hazard, Action::OpenAccountability).await;
        app.act(&hazard, Action::OpenAccountability, &Caller::office(), &body)
            .await
            .expect_status(422)
            .problem("accountability_already_open");
        let official = app.get(hazard.path()).as_(&Caller::auditor()).send().await.expect_status(200).json();
        assert_eq!(official["accountability"]["summary"], body["summary"]);
        let events = format!("{}/events", hazard.path());
        let told = body["summary"].as_str().unwrap();
        assert!(app.get(&events).as_(&Caller::auditor()).send().await.text().contains(told));
        for path in [hazard.path(), events] {
            let seen = app.get(&path).as_(&hazard.unit.officer()).send().await.expect_status(200);
            assert!(seen.text().contains("refused_rectification"), "{path}");
            assert!(!seen.text().contains(told), "{path}");
        }
    }

    async fn another_authority_gets_the_time_that_is_its_own_and_moves_no_date_of_the_order(app: App) {
        let mut hazard = app.hazard_in(State::PlanReview).await;
        let regulator = Caller::regulator();
        let clocks = format!("{}/clocks", hazard.path());
        let before = app.get(&clocks).as_(&regulator).send().await.expect_status(200).json();
        let due = |clocks: &Value, kind: &str| {
            let all = clocks["clocks"].as_array().unwrap();
            let running = all.iter().rfind(|clock| clock["kind"] == kind && clock["state"] == "running").unwrap();
            running["due_on"].clone()
        };
        app.pass_days(3);
        let body = app.usual_body(&hazard, Action::Transfer).await;
        for (authority, code) in [
            (json!({"code": "other-area", "level": "national", "areas": ["370304"]}), "authority_not_competent"),
            (
                json!({"code": "other-trade", "level": "national", "areas": ["370303"], "industries": ["A"]}),
                "authority_not_competent",
            ),
        ] {
            let mut authority = authority;
            authority["name"] = json!("别的机构");
            let office = Caller::office().areas(&["*"]);
            app.post("/v1/authorities").as_(&office).json(&authority).send().await.expect_status(201).done();
            let to = json!({"authority": authority["code"], "reason": "移交。"});
            let refused = app.act(&hazard, Action::Transfer, &regulator, &to).await.expect_status(422);
            assert_eq!(pointer(&refused.problem(code)), "/authority");
        }
        for unknown in ["nobody", "没有这个机构"] {
            let to = json!({"authority": unknown, "reason": "移交。"});
            app.act(&hazard, Action::Transfer, &regulator, &to).await.expect_status(422).problem("authority_unknown");
        }
        app.act(&hazard, Action::Transfer, &regulator, &body).await.expect_status(200).done();
        hazard.version += 1;
        app.act(&hazard, Action::Transfer, &regulator, &body).await.expect_status(422).problem("authority_unchanged");

        let after = app.get(&clocks).as_(&regulator).send().await.expect_status(200).json();
        assert_eq!(due(&after, "rectify"), due(&before, "rectify"));
        assert!(due(&after, "plan_review").as_str() > due(&before, "plan_review").as_str(), "{after}");
        let code = body["authority"].as_str().unwrap();
        let found = app.get(format!("/v1/hazards?authority={code}")).as_(&regulator).send().await.expect_status(200);
        assert_eq!(found.json()["items"][0]["id"], json!(hazard.id));
    }

    async fn a_report_is_handed_over_before_it_is_judged(app: App) {
        let mut hazard = app.hazard().await;
        let body = app.usual_body(&hazard, Action::Transfer).await;
        app.act(&hazard, Action::Transfer, &Caller::office(), &body).await.expect_status(200).done();
        hazard.version += 1;
        let code = body["authority"].as_str().unwrap();
        let list = format!("/v1/hazards?authority={code}");
        let found = app.get(&list).as_(&Caller::office()).send().await.expect_status(200);
        assert_eq!(found.json()["items"][0]["id"], json!(hazard.id));
        // The clock of those who handed it over is over; another one runs.
        let clocks = app.get(format!("{}/clocks", hazard.path())).as_(&Caller::office()).send().await;
        let clocks = clocks.expect_status(200).json()["clocks"].clone();
        let told: Vec<_> = clocks.as_array().unwrap().iter().map(|clock| (&clock["kind"], &clock["state"], &clock["stopped_by"])).collect();
        let (confirm, transfer) = (json!("confirm"), json!("transfer"));
        assert_eq!(told, [(&confirm, &json!("stopped"), &transfer), (&confirm, &json!("running"), &Value::Null)]);
        app.advance(&mut hazard, Action::Confirm).await;
        app.advance(&mut hazard, Action::Order).await;
        let seen = app.get(hazard.path()).as_(&Caller::office()).send().await.expect_status(200).json();
        assert_ne!(seen["supervision"]["authority"], json!(code));
    }
}
