//! Who is told what speaks for an inquiry, and what telling it changes.

use major_hazards::law::lifecycle::{Action, State};
use major_hazards::values::Vocabulary as _;
use serde_json::{Value, json};

use super::{accept, confirmed, inspected, path, proposals, proposals_to, reasons};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::{CRITERION, FOREIGN_AREA, Hazard, INDUSTRY};
use crate::support::on_both;

/// Those who may open an inquiry, and those who look after them.
const TOLD: &[&str] = &["regulator-1", "office-1", "auditor-1"];
/// Long enough for the quarter to be over.
const NEXT_QUARTER: i64 = 60;

/// All that is on record of a hazard.
async fn record(app: &App, hazard: &Hazard) -> Vec<Value> {
    let mut parts = Vec::new();
    for part in ["", "/events?limit=200", "/clocks"] {
        let answer = app
            .get(format!("{}{part}", hazard.path()))
            .as_(&Caller::auditor())
            .send()
            .await;
        parts.push(answer.expect_status(200).json());
    }
    parts
}

on_both! {
    async fn those_who_may_open_an_inquiry_are_told_and_auditors(app: App) {
        let unit = app.enterprise().await;
        let hazard = inspected(&app, &unit, &app.day(0)).await;
        app.pass_days(NEXT_QUARTER);
        let roles = json!(["regulator", "office", "auditor"]);
        for caller in Caller::of_every_role(&unit.uscc) {
            let answer = app.get(path(&hazard)).as_(&caller).send().await;
            if TOLD.contains(&caller.sub()) {
                assert_eq!(answer.expect_status(200).json()["proposals"][0]["reason"], "no_self_check");
            } else if caller.sub() == "admin-1" {
                answer.expect_status(403).any_problem();
            } else {
                let problem = answer.expect_status(403).problem("role_not_allowed");
                assert_eq!(problem["who_could"]["roles"], roles, "{}", caller.sub());
            }
        }
    }

    async fn a_unit_cannot_tell_whether_anything_is_proposed(app: App) {
        let unit = app.enterprise().await;
        let mut hazards = Vec::new();
        for source in ["self_report", "inspection", "public_tip"] {
            hazards.push(confirmed(&app, &unit, source, &app.day(0), &[CRITERION]).await);
        }
        app.pass_days(NEXT_QUARTER);
        assert_eq!(reasons(&app, &hazards[0]).await, [""; 0]);
        assert_eq!(reasons(&app, &hazards[2]).await, ["no_self_check"]);
        let mut answers = Vec::new();
        for hazard in &hazards {
            let answer = app.get(path(hazard)).as_(&unit.officer()).send().await.expect_status(403);
            let mut problem = answer.problem("role_not_allowed");
            for its_own in ["instance", "request_id"] {
                problem[its_own] = Value::Null;
            }
            answers.push(problem);
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0], answers[2]);
    }

    async fn what_a_unit_elsewhere_filed_is_not_told_by_a_hazard_here(app: App) {
        let unit = app.enterprise_in(FOREIGN_AREA, INDUSTRY).await;
        let hazard = inspected(&app, &unit, &app.day(0)).await;
        app.pass_days(NEXT_QUARTER);
        assert_eq!(proposals(&app, &hazard).await, [Value::Null; 0]);
        let both = Caller::regulator().areas(&["370303", "370304"]);
        let told = proposals_to(&app, &hazard, &both).await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["reason"], "no_self_check");
    }

    async fn nothing_is_proposed_where_no_inquiry_can_be_opened(app: App) {
        let mut hazards = Vec::new();
        for state in State::ALL {
            hazards.push((*state, app.hazard_in(*state).await));
        }
        app.pass_days(NEXT_QUARTER);
        for (state, hazard) in hazards {
            let silent = matches!(state, State::Reported | State::Dismissed | State::Merged);
            let proposed = reasons(&app, &hazard).await.contains(&"no_self_check".to_owned());
            assert_eq!(proposed, !silent, "{state}");
            let mut body = app.usual_body(&hazard, Action::OpenAccountability).await;
            body["ground"] = json!("not_inspected");
            let dry = format!("{}/actions/open_accountability?dry_run=true", hazard.path());
            let tried = app.post(dry).as_(&Caller::office()).if_match(hazard.version).json(&body).send().await;
            assert_eq!(tried.status == 200, proposed, "{state}: {}", tried.text());
        }
    }

    async fn a_proposal_changes_nothing_and_tells_when_its_ground_was_taken(app: App) {
        let unit = app.enterprise().await;
        let mut hazard = inspected(&app, &unit, &app.day(0)).await;
        app.pass_days(NEXT_QUARTER);
        let before = record(&app, &hazard).await;
        let told = proposals(&app, &hazard).await;
        assert_eq!(proposals(&app, &hazard).await, told);
        assert_eq!(record(&app, &hazard).await, before);
        assert_eq!(before[0]["accountability"], Value::Null);
        let mut other = inspected(&app, &unit, &app.day(-NEXT_QUARTER)).await;
        for (hazard, ground) in [(&mut hazard, "not_inspected"), (&mut other, "refused_rectification")] {
            let body = json!({"ground": ground, "summary": "本季度没有组织自查。"});
            accept(&app, hazard, Action::OpenAccountability, &Caller::office(), &body).await;
        }
        let opened = proposals(&app, &hazard).await;
        assert_eq!(opened[0]["inquiry_opened_at"], json!(app.clock().now().to_string()));
        assert_eq!(opened[0]["facts"], told[0]["facts"]);
        let on_another = proposals(&app, &other).await;
        assert_eq!(on_another[0]["reason"], "no_self_check");
        assert_eq!(on_another[0]["inquiry_opened_at"], Value::Null);
    }
}
