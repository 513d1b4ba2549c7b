//! Grounds that rest on how a hazard was rectified.

use major_hazards::law::lifecycle::{Action, State};
use serde_json::json;

use super::{accept, move_to, proposals, reasons};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::{Hazard, usual_caller};
use crate::support::on_both;

/// The last day of the second extension.
const END: &str = "2027-01-20";
/// Its last moment in Shanghai.
const LAST_MOMENT: &str = "2027-01-20T23:59:59.999999+08:00";
/// The moment after.
const TOO_LATE: &str = "2027-01-21T00:00:00+08:00";

/// A review finds that the hazard is still there.
async fn fail_review(app: &App, hazard: &mut Hazard) {
    let mut body = app.usual_body(hazard, Action::Review).await;
    body["passed"] = json!(false);
    body["due_on"] = json!(app.day(50));
    let caller = usual_caller(&hazard.unit, Action::Review);
    accept(app, hazard, Action::Review, &caller, &body).await;
}

async fn extend(app: &App, hazard: &mut Hazard, due_on: &str, approved: bool) {
    let mut request = app.usual_body(hazard, Action::RequestExtension).await;
    request["due_on"] = json!(due_on);
    let officer = hazard.unit.officer();
    accept(app, hazard, Action::RequestExtension, &officer, &request).await;
    let mut decision = json!({"approved": approved, "comment": "已审核。"});
    if approved {
        decision["due_on"] = json!(due_on);
    }
    accept(app, hazard, Action::DecideExtension, &Caller::committee(), &decision).await;
}

/// A hazard under rectification with the two extensions that the shipped policy allows.
async fn used_up(app: &App) -> Hazard {
    let mut hazard = app.hazard_in(State::Rectifying).await;
    extend(app, &mut hazard, "2027-01-05", true).await;
    extend(app, &mut hazard, END, true).await;
    hazard
}

on_both! {
    async fn two_failed_reviews_are_told_and_one_is_not(app: App) {
        let mut hazard = app.hazard_in(State::AwaitingReview).await;
        fail_review(&app, &mut hazard).await;
        let first = hazard.version;
        assert_eq!(reasons(&app, &hazard).await, [""; 0]);
        app.advance(&mut hazard, Action::SubmitCompletion).await;
        assert_eq!(reasons(&app, &hazard).await, [""; 0]);
        fail_review(&app, &mut hazard).await;
        let proposed = proposals(&app, &hazard).await;
        assert_eq!(
            json!(proposed),
            json!([{
                "ground": "refused_rectification",
                "reason": "reviews_failed",
                "facts": {
                    "quarter": null, "filed_at": null, "self_check": null, "criteria": [],
                    "reviews": [
                        {"version": first, "recorded_at": "2026-11-09T01:00:00.000000Z"},
                        {"version": hazard.version, "recorded_at": "2026-11-09T01:00:00.000000Z"},
                    ],
                    "extensions": [], "due_on": null,
                },
                "inquiry_opened_at": null,
            }])
        );
    }

    async fn reviews_that_were_passed_do_not_count(app: App) {
        let mut hazard = app.hazard_in(State::AwaitingReview).await;
        fail_review(&app, &mut hazard).await;
        for action in [Action::SubmitCompletion, Action::Review, Action::RejectSignOff] {
            app.advance(&mut hazard, action).await;
        }
        for action in [Action::SubmitCompletion, Action::Review, Action::SignOff] {
            app.advance(&mut hazard, action).await;
        }
        assert_eq!(reasons(&app, &hazard).await, [""; 0]);
    }

    async fn a_reopening_forgets_no_failed_review(app: App) {
        let mut hazard = app.hazard_in(State::AwaitingReview).await;
        fail_review(&app, &mut hazard).await;
        for action in [Action::SubmitCompletion, Action::Review, Action::SignOff, Action::Reopen] {
            app.advance(&mut hazard, action).await;
        }
        for action in [Action::SubmitPlan, Action::ApprovePlan, Action::SubmitCompletion] {
            app.advance(&mut hazard, action).await;
        }
        assert_eq!(reasons(&app, &hazard).await, [""; 0]);
        fail_review(&app, &mut hazard).await;
        assert_eq!(reasons(&app, &hazard).await, ["reviews_failed"]);
    }

    async fn an_end_that_passed_with_no_extension_left_is_told(app: App) {
        let mut hazard = used_up(&app).await;
        move_to(&app, LAST_MOMENT);
        assert_eq!(told(&app, &hazard).await, 0, "the day is not over");
        move_to(&app, TOO_LATE);
        let proposed = proposals(&app, &hazard).await;
        let last = proposed.last().expect("a proposal");
        assert_eq!((&last["ground"], &last["reason"]), (&json!("refused_rectification"), &json!("last_extension_passed")));
        assert_eq!(last["facts"]["due_on"], END);
        let granted = last["facts"]["extensions"].as_array().expect("extensions");
        let ends: Vec<_> = granted.iter().map(|one| one["until"].as_str().expect("a day")).collect();
        assert_eq!(ends, ["2027-01-05", END]);
        assert_eq!(granted[1]["version"], json!(hazard.version));
        app.advance(&mut hazard, Action::SubmitCompletion).await;
        assert_eq!(told(&app, &hazard).await, 1, "who was done too late was late");
    }

    async fn who_is_done_within_the_last_extension_is_not_told(app: App) {
        let mut hazard = used_up(&app).await;
        move_to(&app, LAST_MOMENT);
        app.advance(&mut hazard, Action::SubmitCompletion).await;
        move_to(&app, TOO_LATE);
        assert_eq!(told(&app, &hazard).await, 0);
    }

    async fn an_end_that_passed_with_an_extension_left_is_only_late(app: App) {
        let mut once = app.hazard_in(State::Rectifying).await;
        extend(&app, &mut once, END, true).await;
        let mut refused = app.hazard_in(State::Rectifying).await;
        extend(&app, &mut refused, END, true).await;
        extend(&app, &mut refused, "2027-02-20", false).await;
        move_to(&app, TOO_LATE);
        for hazard in [once, refused] {
            assert_eq!(told(&app, &hazard).await, 0);
            let read = app.get(hazard.path()).as_(&Caller::auditor()).send().await.expect_status(200).json();
            assert_eq!(read["overdue"], true);
        }
    }

    async fn a_failed_review_gives_no_new_extension(app: App) {
        let mut hazard = used_up(&app).await;
        app.advance(&mut hazard, Action::SubmitCompletion).await;
        fail_review(&app, &mut hazard).await;
        let due = app.day(50);
        move_to(&app, &format!("{due}T23:59:59.999999+08:00"));
        assert_eq!(told(&app, &hazard).await, 0);
        app.pass_days(1);
        assert_eq!(told(&app, &hazard).await, 1);
    }

    async fn a_reopened_hazard_has_its_extensions_again(app: App) {
        let mut hazard = used_up(&app).await;
        for action in [Action::SubmitCompletion, Action::Review, Action::SignOff, Action::Reopen] {
            app.advance(&mut hazard, action).await;
        }
        app.pass_days(100);
        assert_eq!(told(&app, &hazard).await, 0);
    }
}

/// How often the passing of the last extension is proposed.
async fn told(app: &App, hazard: &Hazard) -> usize {
    let reasons = reasons(app, hazard).await;
    reasons
        .iter()
        .filter(|reason| *reason == "last_extension_passed")
        .count()
}
