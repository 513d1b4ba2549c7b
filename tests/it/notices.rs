//! What is served on whom, who takes note of it, and of what units are reminded.

use major_hazards::law::lifecycle::{Action, State};
use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::{Hazard, Unit, usual_caller};
use crate::support::on_both;

async fn notices(app: &App, hazard: &Hazard) -> Vec<Value> {
    let path = format!("/v1/notices?hazard={}&sort=created_at", hazard.id);
    app.get(path)
        .as_(&hazard.unit.officer())
        .send()
        .await
        .expect_status(200)
        .items()
}

async fn kinds(app: &App, hazard: &Hazard) -> Vec<String> {
    let served = notices(app, hazard).await;
    let principals = served
        .iter()
        .filter(|notice| notice["recipient"]["role"] == "principal");
    principals
        .map(|notice| notice["kind"].as_str().unwrap().to_owned())
        .collect()
}

async fn reminders(app: &App, hazard: &Hazard) -> Vec<String> {
    let served = kinds(app, hazard).await;
    served.into_iter().filter(|kind| kind.starts_with("deadline")).collect()
}

on_both! {
    async fn an_order_is_told_to_the_principal_and_the_controller_at_once(app: App) {
        let hazard = app.hazard_in(State::Supervised).await;
        let served = notices(&app, &hazard).await;
        let told: Vec<_> = served
            .iter()
            .map(|one| (one["recipient"]["role"].as_str().unwrap(), one["recipient"]["name"].as_str().unwrap()))
            .collect();
        assert_eq!(told, [("principal", "张某"), ("controller", "李某")]);
        for (place, notice) in served.iter().enumerate() {
            assert_eq!(notice["number"], json!(format!("{}-T{:02}", hazard.number, place + 1)));
            assert_eq!((&notice["kind"], &notice["hazard"]["id"]), (&json!("order"), &json!(hazard.id)));
            assert_eq!(notice["delivered"][0]["channel"], "service");
            assert!(notice["acknowledged"].is_null());
            let text = notice["content"].as_str().unwrap();
            for word in [hazard.number.as_str(), "污水处理站有限空间未辨识", "科安督〔2026〕12号", &app.day(40)] {
                assert!(text.contains(word), "{word}: {text}");
            }
        }
    }

    async fn each_step_that_concerns_the_unit_is_told(app: App) {
        let mut hazard = app.hazard_in(State::PlanReview).await;
        for action in [
            Action::ReturnPlan,
            Action::SubmitPlan,
            Action::ApprovePlan,
            Action::UpgradeOrder,
            Action::SuspendProduction,
            Action::ResumeProduction,
            Action::RequestExtension,
        ] {
            app.advance(&mut hazard, action).await;
        }
        let decide = app.usual_body(&hazard, Action::DecideExtension).await;
        let district = Caller::committee().level("district");
        app.act(&hazard, Action::DecideExtension, &district, &decide).await.expect_status(200).done();
        assert_eq!(
            kinds(&app, &hazard).await,
            ["order", "plan_returned", "order_upgraded", "production_suspended", "production_resumed", "extension_decided"]
        );
        let mut closed = app.hazard_in(State::AwaitingReview).await;
        let mut failed = app.usual_body(&closed, Action::Review).await;
        failed["passed"] = json!(false);
        failed["due_on"] = json!(app.day(50));
        let reviewer = Caller::inspector().subject("inspector-2");
        app.act(&closed, Action::Review, &reviewer, &failed).await.expect_status(200).done();
        closed.version += 1;
        for action in [
            Action::SubmitCompletion,
            Action::Review,
            Action::RejectSignOff,
            Action::SubmitCompletion,
            Action::Review,
            Action::SignOff,
            Action::Reopen,
        ] {
            app.advance(&mut closed, action).await;
        }
        assert_eq!(kinds(&app, &closed).await, ["order", "review_failed", "sign_off_rejected", "closed", "reopened"]);
        let mut late = app.late_hazard_in(State::Supervised).await;
        app.advance(&mut late, Action::Escalate).await;
        assert!(kinds(&app, &late).await.contains(&"escalation".to_owned()));
    }

    async fn a_unit_without_a_controller_on_record_has_its_principal_told(app: App) {
        let mut body = app.enterprise_body();
        body.as_object_mut().unwrap().remove("controller");
        let office = Caller::office().areas(&["*"]);
        let unit = app.post("/v1/enterprises").as_(&office).json(&body).send().await.expect_status(201).json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let unit = Unit { id: text(&unit["id"]), uscc: text(&unit["uscc"]) };
        let hazard = app.hazard_of_in(&unit, State::Supervised).await;
        let served = notices(&app, &hazard).await;
        assert_eq!(served.len(), 1);
        assert_eq!(served[0]["recipient"]["role"], "principal");
    }

    async fn a_refused_or_rehearsed_action_tells_nobody(app: App) {
        let hazard = app.hazard_in(State::Confirmed).await;
        let order = app.usual_body(&hazard, Action::Order).await;
        let rehearsal = format!("{}/actions/order?dry_run=true", hazard.path());
        let committee = Caller::committee();
        app.post(rehearsal).as_(&committee).if_match(hazard.version).json(&order).send().await.expect_status(200).done();
        let mut late = order.clone();
        late["due_on"] = json!(app.day(-1));
        app.act(&hazard, Action::Order, &committee, &late).await.expect_status(422).done();
        assert_eq!(notices(&app, &hazard).await, Vec::<Value>::new());
    }

    async fn a_unit_takes_note_once_and_it_stays_on_record_who_did(app: App) {
        let hazard = app.hazard_in(State::Supervised).await;
        let officer = hazard.unit.officer();
        let notice = notices(&app, &hazard).await.remove(0);
        let path = format!("/v1/notices/{}/acknowledge", notice["id"].as_str().unwrap());
        for other in [Caller::committee(), Caller::auditor()] {
            app.post(&path).as_(&other).send().await.expect_status(403).problem("role_not_allowed");
        }
        let stranger = app.enterprise().await.officer();
        app.post(&path).as_(&stranger).send().await.expect_status(404).problem("not_found");
        let noted = app.post(&path).as_(&officer).send().await.expect_status(200);
        assert_eq!(noted.etag(), 2);
        let noted = noted.json();
        assert_eq!(noted["acknowledged"]["by"], json!(officer.sub()));
        app.pass_days(1);
        let deputy = hazard.unit.officer().subject("a deputy");
        let again = app.post(&path).as_(&deputy).send().await.expect_status(200).json();
        assert_eq!(again["acknowledged"], noted["acknowledged"]);

        for (filter, expected) in [("acknowledged=true", 1), ("acknowledged=false", 1), ("recipient=principal", 1)] {
            let path = format!("/v1/notices?hazard={}&{filter}", hazard.id);
            let found = app.get(path).as_(&Caller::office()).send().await.expect_status(200).items();
            assert_eq!(found.len(), expected, "{filter}");
        }
        let one = format!("/v1/notices/{}", notice["id"].as_str().unwrap());
        assert_eq!(app.get(&one).as_(&officer).send().await.expect_status(200).json(), again);
    }

    async fn telephone_numbers_are_shown_to_the_unit_alone(app: App) {
        let hazard = app.hazard_in(State::Supervised).await;
        let list = format!("/v1/notices?hazard={}", hazard.id);
        let one = format!("/v1/notices/{}", notices(&app, &hazard).await[0]["id"].as_str().unwrap());
        for path in [list, one] {
            assert!(app.get(&path).as_(&hazard.unit.officer()).send().await.text().contains("13800000001"));
            for other in [Caller::office(), Caller::auditor(), Caller::system()] {
                assert!(!app.get(&path).as_(&other).send().await.text().contains("1380000000"), "{path}");
            }
        }
    }

    async fn reminders_come_before_and_after_the_end_and_each_comes_once(app: App) {
        let mut hazard = app.hazard_in(State::Confirmed).await;
        let mut order = app.usual_body(&hazard, Action::Order).await;
        order["plan_due_on"] = json!(app.day(40));
        app.act(&hazard, Action::Order, &Caller::committee(), &order).await.expect_status(200).done();
        hazard.version += 1;
        app.advance(&mut hazard, Action::SubmitPlan).await;
        // Until now only `rectify` runs of what the unit owes; it ends in 40 days.
        let mut expected = Vec::new();
        for day in 1..=75_i64 {
            app.pass_days(1);
            app.remind();
            app.remind();
            if [33, 37, 39].contains(&day) {
                expected.push("deadline_near");
            } else if [41, 47, 55, 70].contains(&day) {
                expected.push("deadline_passed");
            }
            assert_eq!(reminders(&app, &hazard).await, expected, "day {day}");
        }
        let last = notices(&app, &hazard).await.pop().unwrap();
        assert!(last["content"].as_str().unwrap().contains("已过30天"), "{}", last["content"]);
    }

    async fn after_a_standstill_of_the_service_only_the_last_reminder_comes(app: App) {
        let hazard = app.hazard_in(State::Rectifying).await;
        app.pass_days(60);
        app.remind();
        assert_eq!(reminders(&app, &hazard).await, ["deadline_passed"]);
        let told = notices(&app, &hazard).await.pop().unwrap();
        assert!(told["content"].as_str().unwrap().contains("已过20天"), "{}", told["content"]);
    }

    async fn an_extension_of_a_few_days_is_told_once_and_not_repeated_by_a_reminder(app: App) {
        let mut hazard = app.hazard_in(State::Rectifying).await;
        app.pass_days(38);
        app.remind();
        assert_eq!(reminders(&app, &hazard).await, ["deadline_near"]);
        for action in [Action::RequestExtension, Action::DecideExtension] {
            let mut body = app.usual_body(&hazard, action).await;
            body["due_on"] = json!(app.day(5));
            app.act(&hazard, action, &usual_caller(&hazard.unit, action), &body).await.expect_status(200).done();
            hazard.version += 1;
        }
        app.remind();
        assert_eq!(reminders(&app, &hazard).await, ["deadline_near"], "five days are left, and the decision says so");
        app.pass_days(2);
        app.remind();
        let told = notices(&app, &hazard).await.pop().unwrap();
        assert!(told["content"].as_str().unwrap().contains("距今3天"), "{}", told["content"]);
    }

    async fn what_happens_meanwhile_neither_loses_nor_doubles_a_reminder(app: App) {
        let mut hazard = app.hazard_in(State::Rectifying).await;
        app.pass_days(33);
        // The day has come and nobody has looked yet.
        app.advance(&mut hazard, Action::Remark).await;
        app.remind();
        app.advance(&mut hazard, Action::Remark).await;
        app.remind();
        assert_eq!(reminders(&app, &hazard).await, ["deadline_near"]);
        app.advance(&mut hazard, Action::SubmitCompletion).await;
        app.pass_days(10);
        app.remind();
        assert_eq!(reminders(&app, &hazard).await, ["deadline_near"]);
    }

    async fn the_service_reminds_by_itself(app: App) {
        let hazard = app.hazard_in(State::Rectifying).await;
        app.pass_days(41);
        for _ in 0..60 {
            if !reminders(&app, &hazard).await.is_empty() {
                return;
            }
            actix_web::rt::time::sleep(std::time::Duration::from_millis(500)).await;
        }
        panic!("nobody was reminded");
    }
}
