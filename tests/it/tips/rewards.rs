//! Every worked example of the reward, over HTTP and to the fen, and who gets it and until when.

use major_hazards::law::tips::lifecycle::TipAction;
use serde_json::{Value, json};

use super::{report, seen, status};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::on_both;
use crate::support::tips::{Told, anonymous_tip, another_officer, named_tip, to_conclusion};

/// Fines with the reward of each, as the office works them out by hand; without a fine the least that there is.
const EXAMPLES: &[(Option<&str>, &str)] = &[
    (None, "3000.00"),
    (Some("0.00"), "3000.00"),
    (Some("10000.00"), "3000.00"),
    (Some("20000.00"), "3000.00"),
    (Some("20000.10"), "3000.02"),
    (Some("123456.78"), "18518.52"),
    (Some("2000000.00"), "300000.00"),
    (Some("5000000.00"), "300000.00"),
];

fn proposal(fine: Option<&str>) -> Value {
    match fine {
        Some(fine) => json!({"fine_cny": fine, "basis": "行政处罚决定书"}),
        None => json!({"basis": "属实，未处罚款。"}),
    }
}

/// A tip that was found true and answered.
async fn answered(app: &App, body: &Value) -> Told {
    let told = app.tell(body).await;
    let truth = json!({"substantiated": true, "summary": "属实。", "report": report(app).await});
    app.walk_tip(&told, &to_conclusion(truth)).await;
    app.walk_tip(&told, &[(TipAction::Answer, json!({"feedback": "属实，已责令整改。"}))])
        .await;
    told
}

on_both! {
    async fn every_example_comes_out_to_the_fen(app: App) {
        for (fine, amount) in EXAMPLES {
            let told = answered(&app, &anonymous_tip()).await;
            let proposed = app.act_on_tip(&told, TipAction::ProposeReward, &Caller::tip_officer(), &proposal(*fine)).await;
            assert_eq!(proposed.expect_status(200).json()["proposed_cny"], *amount, "{fine:?}");
            let waiting = status(&app, &told).await["reward"].clone();
            assert_eq!(waiting["amount_cny"], Value::Null, "nothing is promised before it is approved");
            app.walk_tip(&told, &[(TipAction::ApproveReward, json!({}))]).await;
            let expected = json!({"state": "approved", "amount_cny": amount, "claim_by": app.day(60)});
            assert_eq!(status(&app, &told).await["reward"], expected, "{fine:?}");
            app.walk_tip(&told, &[(TipAction::PayReward, told.pair())]).await;
            let paid = status(&app, &told).await["reward"].clone();
            assert_eq!((&paid["state"], &paid["amount_cny"]), (&json!("paid"), &json!(amount)));
        }
    }

    async fn whoever_proposed_a_reward_does_not_approve_it(app: App) {
        let told = answered(&app, &anonymous_tip()).await;
        app.walk_tip(&told, &[(TipAction::ProposeReward, proposal(Some("20000.10")))]).await;
        let own = app.act_on_tip(&told, TipAction::ApproveReward, &Caller::tip_officer(), &json!({})).await;
        own.expect_status(403).problem("approver_proposed_reward");
        assert_eq!(status(&app, &told).await["reward"]["state"], "proposed");
        let other = app.act_on_tip(&told, TipAction::ApproveReward, &another_officer(), &json!({})).await;
        other.expect_status(200).done();
    }

    async fn a_reward_is_paid_on_its_last_day_and_has_lapsed_on_the_next(app: App) {
        let (in_time, too_late) = (answered(&app, &anonymous_tip()).await, answered(&app, &anonymous_tip()).await);
        let promise = [(TipAction::ProposeReward, proposal(None)), (TipAction::ApproveReward, json!({}))];
        for told in [&in_time, &too_late] {
            app.walk_tip(told, &promise).await;
        }
        app.pass_days(60);
        app.walk_tip(&in_time, &[(TipAction::PayReward, in_time.pair())]).await;
        let early = app.act_on_tip(&too_late, TipAction::Close, &Caller::tip_officer(), &json!({})).await;
        early.expect_status(422).problem("reward_unsettled");
        app.pass_days(1);
        assert_eq!(status(&app, &too_late).await["reward"]["state"], "lapsed");
        let paid = app.act_on_tip(&too_late, TipAction::PayReward, &Caller::tip_officer(), &too_late.pair()).await;
        paid.expect_status(422).problem("reward_lapsed");
        for told in [&in_time, &too_late] {
            app.walk_tip(told, &[(TipAction::Close, json!({}))]).await;
        }
    }

    async fn an_anonymous_tip_is_paid_to_whoever_holds_its_receipt_and_to_nobody_else(app: App) {
        let (told, other) = (answered(&app, &anonymous_tip()).await, app.tell(&anonymous_tip()).await);
        let promise = [(TipAction::ProposeReward, proposal(None)), (TipAction::ApproveReward, json!({}))];
        app.walk_tip(&told, &promise).await;
        for claim in [
            json!({}),
            other.pair(),
            json!({"receipt": told.receipt, "passphrase": other.passphrase}),
            json!({"receipt": told.receipt}),
        ] {
            let refused = app.act_on_tip(&told, TipAction::PayReward, &Caller::tip_officer(), &claim).await;
            refused.expect_status(422).problem("claim_not_proven");
        }
        app.walk_tip(&told, &[(TipAction::PayReward, told.pair())]).await;

        let known = answered(&app, &named_tip()).await;
        app.walk_tip(&known, &promise).await;
        app.walk_tip(&known, &[(TipAction::PayReward, json!({}))]).await;
        assert_eq!(seen(&app, &known, &Caller::auditor()).await["reward"]["state"], "paid");
    }
}
