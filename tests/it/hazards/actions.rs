//! The walk from report to sign-off, and what stands in its way.

use major_hazards::law::lifecycle::{Action, State};
use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::on_both;

/// What a caller reads of a hazard.
async fn read(app: &App, path: &str, caller: &Caller) -> Value {
    app.get(path).as_(caller).send().await.expect_status(200).json()
}

on_both! {
    async fn a_hazard_goes_from_report_to_sign_off(app: App) {
        let hazard = app.hazard_in(State::Closed).await;
        let closed = read(&app, &hazard.path(), &Caller::auditor()).await;
        assert_eq!(closed["status"], "closed");
        assert_eq!(closed["version"], 8);
        assert!(closed["closed_at"].is_string());
        assert!(closed["next_due_on"].is_null());
        assert_eq!(closed["sign_off"]["signed_by"], "regulator-1");
        let clocks = read(&app, &format!("{}/clocks", hazard.path()), &Caller::auditor()).await;
        for clock in clocks["clocks"].as_array().unwrap() {
            assert_eq!(clock["state"], "stopped", "{clock}");
        }
    }

    async fn a_hazard_shows_each_of_its_deadlines_and_what_stopped_it(app: App) {
        let hazard = app.hazard_in(State::AwaitingReview).await;
        let seen = read(&app, &hazard.path(), &Caller::auditor()).await;
        let stopped: Vec<(&str, &str)> = seen["deadlines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|clock| (clock["kind"].as_str().unwrap(), clock["stopped_by"].as_str().unwrap_or("")))
            .collect();
        let expected = [
            ("confirm", "confirm"),
            ("order", "order"),
            ("plan", "submit_plan"),
            ("rectify", "submit_completion"),
            ("plan_review", "approve_plan"),
            ("review", ""),
        ];
        assert_eq!(stopped, expected);
        let clocks = read(&app, &format!("{}/clocks", hazard.path()), &Caller::auditor()).await;
        for (short, explained) in seen["deadlines"].as_array().unwrap().iter().zip(clocks["clocks"].as_array().unwrap()) {
            for (member, value) in short.as_object().unwrap() {
                assert_eq!(*value, explained[member], "`{member}` of {short}");
            }
        }
        let list = read(&app, "/v1/hazards", &Caller::auditor()).await;
        assert!(list["items"][0].get("deadlines").is_none(), "a row of a list shows the next alone");
        assert_eq!(list["items"][0]["next_due_on"], seen["deadlines"][5]["due_on"]);
    }

    async fn a_municipal_find_is_listed_or_not_ordered_at_all(app: App) {
        let mut hazard = app.hazard().await;
        let mut confirm = app.usual_body(&hazard, Action::Confirm).await;
        confirm["found_level"] = json!("municipal");
        app.act(&hazard, Action::Confirm, &Caller::committee(), &confirm).await.expect_status(200).done();
        hazard.version += 1;
        let mut order = app.usual_body(&hazard, Action::Order).await;
        app.act(&hazard, Action::Order, &Caller::committee(), &order).await.expect_status(422).problem("municipal_find_must_be_listed");
        order["kind"] = json!("listed");
        app.act(&hazard, Action::Order, &Caller::committee(), &order).await.expect_status(422).problem("committee_orders_ordinary_only");
        order["level"] = json!("municipal");
        app.act(&hazard, Action::Order, &Caller::regulator(), &order).await.expect_status(422).problem("order_level_above_caller");
        let city = Caller::regulator().level("municipal").subject("city-regulator");
        app.act(&hazard, Action::Order, &city, &order).await.expect_status(200).done();
        hazard.version += 1;
        for action in [Action::SubmitPlan, Action::ApprovePlan] {
            app.advance(&mut hazard, action).await;
        }
        let mut completion = app.usual_body(&hazard, Action::SubmitCompletion).await;
        app.act(&hazard, Action::SubmitCompletion, &hazard.unit.officer(), &completion).await.expect_status(422).problem("evaluation_required");
        completion["evaluation"] = json!({"by": "agency", "organization": "某评价公司", "conclusion": "合格", "attachment": completion["attachments"][0]});
        app.act(&hazard, Action::SubmitCompletion, &hazard.unit.officer(), &completion).await.expect_status(200).done();
        hazard.version += 1;
        app.advance(&mut hazard, Action::Review).await;
        let comment = json!({"comment": "同意。"});
        app.act(&hazard, Action::SignOff, &Caller::regulator(), &comment).await.expect_status(403).problem("level_below_order");
        app.act(&hazard, Action::SignOff, &city, &comment).await.expect_status(200).done();
    }

    async fn whoever_reported_or_reviewed_does_not_sign_off(app: App) {
        let mut hazard = app.hazard_in(State::AwaitingReview).await;
        let both = Caller::regulator().subject("reviewing-regulator");
        let review = app.usual_body(&hazard, Action::Review).await;
        app.act(&hazard, Action::Review, &both, &review).await.expect_status(200).done();
        hazard.version += 1;
        let comment = json!({"comment": "同意。"});
        app.act(&hazard, Action::SignOff, &both, &comment).await.expect_status(403).problem("signer_reviewed");
        let named = Caller::regulator().subject("another").claim("name", json!("钱二"));
        app.act(&hazard, Action::SignOff, &named, &comment).await.expect_status(403).problem("signer_is_reviewer");
        let reporter = Caller::regulator().subject("inspector-1");
        app.act(&hazard, Action::SignOff, &reporter, &comment).await.expect_status(403).problem("signer_reported");
        app.act(&hazard, Action::SignOff, &Caller::committee(), &comment).await.expect_status(403).problem("role_not_allowed");
        app.act(&hazard, Action::SignOff, &Caller::regulator(), &comment).await.expect_status(200).done();
    }

    async fn a_failed_review_goes_back_to_work_with_a_new_date(app: App) {
        let mut hazard = app.hazard_in(State::AwaitingReview).await;
        let mut review = app.usual_body(&hazard, Action::Review).await;
        review["passed"] = json!(false);
        app.act(&hazard, Action::Review, &Caller::inspector(), &review).await.expect_status(422).problem("failed_review_needs_date");
        review["due_on"] = json!(app.day(20));
        let back = app.act(&hazard, Action::Review, &Caller::inspector(), &review).await.expect_status(200).json();
        assert_eq!(back["status"], "rectifying");
        assert_eq!(back["supervision"]["due_on"], app.day(20));
        assert_eq!(back["next_due_on"], app.day(20));
        hazard.version += 1;
        for action in [Action::SubmitCompletion, Action::Review, Action::SignOff] {
            app.advance(&mut hazard, action).await;
        }
    }

    async fn an_extension_moves_the_deadline_as_often_as_policy_allows(app: App) {
        let mut hazard = app.hazard_in(State::Rectifying).await;
        let mut due = 60;
        for _ in 0..2 {
            let mut ask = app.usual_body(&hazard, Action::RequestExtension).await;
            ask["due_on"] = json!(app.day(due));
            app.act(&hazard, Action::RequestExtension, &hazard.unit.officer(), &ask).await.expect_status(200).done();
            hazard.version += 1;
            app.act(&hazard, Action::RequestExtension, &hazard.unit.officer(), &ask).await.expect_status(422).problem("extension_pending");
            let decision = json!({"approved": true, "due_on": app.day(due), "comment": "同意。"});
            let decided = app.act(&hazard, Action::DecideExtension, &Caller::committee(), &decision).await.expect_status(200).json();
            assert_eq!(decided["supervision"]["due_on"], app.day(due));
            hazard.version += 1;
            due += 20;
        }
        let mut ask = app.usual_body(&hazard, Action::RequestExtension).await;
        ask["due_on"] = json!(app.day(due));
        app.act(&hazard, Action::RequestExtension, &hazard.unit.officer(), &ask).await.expect_status(422).problem("extensions_exhausted");
    }

    async fn a_deadline_that_passed_is_overdue_without_any_job(app: App) {
        let hazard = app.hazard_in(State::Rectifying).await;
        let before = read(&app, &hazard.path(), &Caller::auditor()).await;
        assert_eq!(before["overdue"], false);
        app.pass_days(41);
        let after = read(&app, &hazard.path(), &Caller::auditor()).await;
        assert_eq!(after["overdue"], true);
        assert_eq!(after["version"], before["version"]);
        let late = app.get("/v1/hazards?overdue=true").as_(&Caller::auditor()).send().await.items();
        assert_eq!(late.len(), 1);
        let ask = json!({"due_on": app.day(60), "reason": "迟", "interim_measures": "看守"});
        app.act(&hazard, Action::RequestExtension, &hazard.unit.officer(), &ask).await.expect_status(422).problem("deadline_passed");
    }

    async fn production_stops_and_closing_resumes_it(app: App) {
        let mut hazard = app.hazard_in(State::Rectifying).await;
        app.advance(&mut hazard, Action::SuspendProduction).await;
        assert_eq!(read(&app, &hazard.path(), &Caller::auditor()).await["production"], "partially_suspended");
        let body = app.usual_body(&hazard, Action::SuspendProduction).await;
        app.act(&hazard, Action::SuspendProduction, &Caller::regulator(), &body).await.expect_status(422).problem("already_suspended");
        let mut completion = app.usual_body(&hazard, Action::SubmitCompletion).await;
        completion["evaluation"] = json!({"by": "own_experts", "organization": "本单位", "conclusion": "合格", "attachment": completion["attachments"][0]});
        app.act(&hazard, Action::SubmitCompletion, &hazard.unit.officer(), &completion).await.expect_status(200).done();
        hazard.version += 1;
        app.advance(&mut hazard, Action::Review).await;
        app.advance(&mut hazard, Action::SignOff).await;
        assert_eq!(read(&app, &hazard.path(), &Caller::auditor()).await["production"], "running");
    }

    async fn a_reopened_hazard_is_walked_again(app: App) {
        let mut hazard = app.hazard_in(State::Closed).await;
        app.advance(&mut hazard, Action::Reopen).await;
        let open = read(&app, &hazard.path(), &Caller::auditor()).await;
        assert_eq!((open["status"].as_str(), open["reopened"].as_i64()), (Some("supervised"), Some(1)));
        assert!(open["closed_at"].is_null() && open["sign_off"].is_null() && open["plan"].is_null());
        for action in [Action::SubmitPlan, Action::ReturnPlan, Action::SubmitPlan, Action::ApprovePlan, Action::SubmitCompletion, Action::Review, Action::RejectSignOff, Action::SubmitCompletion, Action::Review, Action::SignOff] {
            app.advance(&mut hazard, action).await;
        }
    }

    async fn of_concurrent_actions_exactly_one_of_each_version_wins(app: App) {
        let hazard = app.hazard().await;
        let body = app.usual_body(&hazard, Action::Remark).await;
        let committee = Caller::committee();
        let calls = (0..16).map(|_| app.act(&hazard, Action::Remark, &committee, &body));
        let answers = futures_util::future::join_all(calls).await;
        let won = answers.iter().filter(|answer| answer.status == 200).count();
        let stale = answers.iter().filter(|answer| answer.status == 412).count();
        assert_eq!((won, stale), (1, 15));
        assert_eq!(read(&app, &hazard.path(), &Caller::auditor()).await["version"], 2);
    }

    async fn advice_dry_run_and_the_real_call_agree(app: App) {
        let hazard = app.hazard_in(State::AwaitingSignOff).await;
        for caller in Caller::of_every_role(&hazard.unit.uscc) {
            let answer = app.get(format!("{}?include=actions", hazard.path())).as_(&caller).send().await;
            if answer.status != 200 {
                answer.problem("role_not_allowed");
                continue;
            }
            let view = answer.json();
            let available: Vec<&str> = view["available_actions"].as_array().unwrap().iter().filter_map(|entry| entry["action"].as_str()).collect();
            for entry in view["actions"].as_array().unwrap() {
                let name = entry["action"].as_str().unwrap();
                let enabled = entry["enabled"].as_bool().unwrap();
                assert_eq!(enabled, available.contains(&name), "{name}");
                assert_eq!(enabled, entry["blocked_by"].as_array().unwrap().is_empty(), "{entry}");
                assert!(!entry["who_could"]["roles"].as_array().unwrap().is_empty());
                if name == "sign_off" || name == "remark" {
                    let body = if name == "sign_off" { json!({"comment": "同意。"}) } else { json!({"text": "记"}) };
                    let path = format!("{}/actions/{name}?dry_run=true", hazard.path());
                    let tried = app.post(path).as_(&caller).if_match(hazard.version).json(&body).send().await;
                    assert_eq!(tried.status == 200, enabled, "{name}: {}", tried.text());
                }
            }
        }
        assert_eq!(read(&app, &hazard.path(), &Caller::auditor()).await["version"], hazard.version);
    }

    async fn the_state_decides_what_can_be_done(app: App) {
        let hazard = app.hazard_in(State::Supervised).await;
        let refused = app.act(&hazard, Action::SignOff, &Caller::regulator(), &json!({"comment": "同意。"})).await.expect_status(409).problem("action_not_allowed");
        let allowed = refused["allowed_actions"].as_array().unwrap();
        assert!(allowed.contains(&json!("upgrade_order")) && !allowed.contains(&json!("sign_off")));
        app.post(format!("{}/actions/fly", hazard.path())).as_(&Caller::regulator()).if_match(hazard.version).json(&json!({})).send().await.expect_status(404).done();
    }
}
