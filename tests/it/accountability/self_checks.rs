//! Grounds that rest on what the unit filed, or did not, of itself.

use reqwest::Method;
use serde_json::{Value, json};

use super::{OTHER_CRITERION, confirmed, inspected, move_to, proposals, reasons};
use crate::support::app::App;
use crate::support::client::Request;
use crate::support::fixtures::{CRITERION, Unit};
use crate::support::on_both;

/// The last moment of 2026 in Shanghai.
const LAST_MOMENT: &str = "2026-12-31T23:59:59.999999+08:00";
/// The first of 2027.
const FIRST_MOMENT: &str = "2027-01-01T00:00:00+08:00";

fn check(app: &App, unit: &Unit, quarter: &str, results: &[(&str, &str)]) -> Request {
    let results: Vec<Value> = results
        .iter()
        .map(|(criterion, result)| json!({"criterion": criterion, "result": result}))
        .collect();
    let performed_on = if quarter == "2026Q3" {
        "2026-09-05"
    } else {
        "2026-11-02"
    };
    let body = json!({
        "performed_on": performed_on,
        "performed_by": {"name": "王某", "position": "主要负责人"},
        "summary": "按判定标准逐条自查。",
        "results": results,
    });
    let path = format!("/v1/enterprises/{}/self-checks/{quarter}", unit.id);
    app.request(Method::PUT, path).as_(&unit.officer()).json(&body)
}

async fn file(app: &App, unit: &Unit, quarter: &str, results: &[(&str, &str)]) {
    check(app, unit, quarter, results)
        .send()
        .await
        .expect_status(201)
        .done();
}

async fn correct(app: &App, unit: &Unit, version: i64, results: &[(&str, &str)]) {
    let call = check(app, unit, "2026Q4", results).if_match(version);
    call.send().await.expect_status(200).done();
}

/// A unit that was on record in the third quarter.
async fn old_unit(app: &App) -> Unit {
    let past = app.node_days_ago(60).await;
    let unit = past.enterprise().await;
    past.stop().await;
    unit
}

on_both! {
    async fn a_quarter_without_a_self_check_is_told_once_it_is_over_in_shanghai(app: App) {
        let unit = app.enterprise().await;
        let hazard = inspected(&app, &unit, "2026-11-09").await;
        move_to(&app, LAST_MOMENT);
        assert_eq!(reasons(&app, &hazard).await, [""; 0], "the unit can still file in time");
        move_to(&app, FIRST_MOMENT);
        let proposed = proposals(&app, &hazard).await;
        assert_eq!(
            json!(proposed),
            json!([{
                "ground": "not_inspected",
                "reason": "no_self_check",
                "facts": {
                    "quarter": "2026Q4", "filed_at": null, "self_check": null, "criteria": [], "reviews": [],
                    "extensions": [], "due_on": null,
                },
                "inquiry_opened_at": null,
            }])
        );
    }

    async fn who_filed_in_time_checked_and_who_filed_late_did_not(app: App) {
        let (prompt, tardy) = (app.enterprise().await, app.enterprise().await);
        let of_prompt = inspected(&app, &prompt, "2026-11-09").await;
        let of_tardy = inspected(&app, &tardy, "2026-11-09").await;
        move_to(&app, LAST_MOMENT);
        file(&app, &prompt, "2026Q4", &[(CRITERION, "clear")]).await;
        move_to(&app, FIRST_MOMENT);
        file(&app, &tardy, "2026Q4", &[(CRITERION, "clear")]).await;
        correct(&app, &prompt, 1, &[(CRITERION, "not_applicable")]).await;
        assert_eq!(reasons(&app, &of_prompt).await, [""; 0], "a correction takes nothing away");
        let proposed = proposals(&app, &of_tardy).await;
        assert_eq!(proposed.len(), 1);
        assert_eq!(proposed[0]["reason"], "no_self_check");
        assert_eq!(proposed[0]["facts"]["filed_at"], "2026-12-31T16:00:00.000000Z");
        correct(&app, &tardy, 1, &[(CRITERION, "not_applicable")]).await;
        assert_eq!(proposals(&app, &of_tardy).await, proposed, "who filed late stays late");
    }

    async fn the_quarter_is_that_of_the_day_on_which_the_hazard_was_found(app: App) {
        let unit = old_unit(&app).await;
        file(&app, &unit, "2026Q4", &[(CRITERION, "not_applicable")]).await;
        let before = inspected(&app, &unit, "2026-09-30").await;
        let after = inspected(&app, &unit, "2026-10-01").await;
        move_to(&app, FIRST_MOMENT);
        let proposed = proposals(&app, &before).await;
        assert_eq!(proposed.len(), 1);
        assert_eq!(proposed[0]["facts"]["quarter"], "2026Q3");
        assert_eq!(reasons(&app, &after).await, [""; 0]);
    }

    async fn a_unit_that_was_not_on_record_in_the_quarter_owed_no_self_check(app: App) {
        let unit = app.enterprise().await;
        let hazard = inspected(&app, &unit, "2026-09-20").await;
        assert_eq!(reasons(&app, &hazard).await, [""; 0]);
        let known = inspected(&app, &old_unit(&app).await, "2026-09-20").await;
        assert_eq!(reasons(&app, &known).await, ["no_self_check"]);
    }

    async fn what_the_unit_found_itself_speaks_against_nobody(app: App) {
        let (silent, blind) = (app.enterprise().await, app.enterprise().await);
        file(&app, &blind, "2026Q4", &[(CRITERION, "clear")]).await;
        app.pass_days(1);
        let mut proposed = Vec::new();
        for source in ["self_report", "inspection", "public_tip"] {
            let of_silent = confirmed(&app, &silent, source, "2026-11-10", &[CRITERION]).await;
            let of_blind = confirmed(&app, &blind, source, "2026-11-10", &[CRITERION]).await;
            proposed.push((of_silent, of_blind));
        }
        move_to(&app, FIRST_MOMENT);
        let (own, inspection, tip) = (&proposed[0], &proposed[1], &proposed[2]);
        assert_eq!(reasons(&app, &own.0).await, [""; 0]);
        assert_eq!(reasons(&app, &own.1).await, [""; 0]);
        assert_eq!(reasons(&app, &tip.0).await, ["no_self_check"]);
        assert_eq!(reasons(&app, &tip.1).await, ["ticked_as_clear"]);
        assert_eq!(proposals(&app, &inspection.0).await, proposals(&app, &tip.0).await, "by whom is not told");
        assert_eq!(proposals(&app, &inspection.1).await, proposals(&app, &tip.1).await, "by whom is not told");
    }

    async fn a_clause_that_the_last_self_check_before_had_cleared_is_told(app: App) {
        let unit = app.enterprise().await;
        let clear = [(CRITERION, "clear"), (OTHER_CRITERION, "not_applicable")];
        file(&app, &unit, "2026Q4", &clear).await;
        let of_that_day = inspected(&app, &unit, "2026-11-09").await;
        assert_eq!(reasons(&app, &of_that_day).await, [""; 0], "nothing had been filed before the day");
        app.pass_days(1);
        let hazard = confirmed(&app, &unit, "inspection", "2026-11-10", &[OTHER_CRITERION, CRITERION]).await;
        let proposed = proposals(&app, &hazard).await;
        assert_eq!(
            json!(proposed),
            json!([{
                "ground": "not_found",
                "reason": "ticked_as_clear",
                "facts": {
                    "quarter": null, "filed_at": null,
                    "self_check": {"enterprise": unit.id, "quarter": "2026Q4", "version": 1},
                    "criteria": [CRITERION], "reviews": [], "extensions": [], "due_on": null,
                },
                "inquiry_opened_at": null,
            }])
        );
        let other = confirmed(&app, &unit, "inspection", "2026-11-10", &[OTHER_CRITERION]).await;
        assert_eq!(reasons(&app, &other).await, [""; 0], "that clause was not cleared");
    }

    async fn a_self_check_counts_as_it_stood_before_the_day(app: App) {
        let unit = app.enterprise().await;
        file(&app, &unit, "2026Q4", &[(CRITERION, "clear")]).await;
        app.pass_days(1);
        let first = inspected(&app, &unit, "2026-11-10").await;
        let told = proposals(&app, &first).await;
        assert_eq!(told[0]["facts"]["self_check"]["version"], 1);
        correct(&app, &unit, 1, &[(CRITERION, "not_applicable")]).await;
        assert_eq!(proposals(&app, &first).await, told, "a correction does not reach back");
        app.pass_days(1);
        let second = inspected(&app, &unit, "2026-11-11").await;
        assert_eq!(reasons(&app, &second).await, [""; 0], "the correction had taken the tick away");
        correct(&app, &unit, 2, &[(CRITERION, "clear")]).await;
        app.pass_days(1);
        let third = inspected(&app, &unit, "2026-11-12").await;
        assert_eq!(proposals(&app, &third).await[0]["facts"]["self_check"]["version"], 3);
        assert_eq!(reasons(&app, &second).await, [""; 0]);
    }

    async fn only_the_last_self_check_speaks(app: App) {
        let unit = old_unit(&app).await;
        file(&app, &unit, "2026Q3", &[(CRITERION, "clear")]).await;
        app.pass_days(1);
        let hazard = inspected(&app, &unit, "2026-11-10").await;
        let told = proposals(&app, &hazard).await;
        assert_eq!(told[0]["facts"]["self_check"]["quarter"], "2026Q3");
        file(&app, &unit, "2026Q4", &[(CRITERION, "not_applicable")]).await;
        app.pass_days(1);
        let later = inspected(&app, &unit, "2026-11-11").await;
        assert_eq!(reasons(&app, &later).await, [""; 0]);
        assert_eq!(proposals(&app, &hazard).await, told);
    }
}
