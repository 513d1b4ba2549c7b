//! Every refusal that only public tips know. Last of all, because an erasure takes place a year later.

use major_hazards::law::policy::Policy;
use major_hazards::law::tips::lifecycle::TipAction;
use major_hazards::tips::erase_due;
use major_hazards::values::Vocabulary as _;
use serde_json::{Value, json};

use super::problems::Lab;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::Request;
use crate::support::tips::{Told, anonymous_tip, another_officer, named_tip, to_conclusion, usual_officer};

pub(super) async fn provoke(lab: &Lab) {
    the_public(lab).await;
    verification(lab).await;
    rewards(lab).await;
    second_officer(lab).await;
    erasure(lab).await;
}

/// Asks for an action in the version that the tip has.
async fn refused(lab: &Lab, code: &str, told: &Told, action: TipAction, body: &Value) {
    let version = lab.app.version_of_tip(&told.id).await;
    lab.refused(code, || {
        let path = format!("{}/actions/{}", told.path(), action.code());
        let request = lab.app.post(path).as_(&usual_officer(action)).if_match(version);
        request.json(body)
    })
    .await;
}

async fn truth(app: &App) -> Value {
    let unit = app.enterprise().await;
    let mut report = app.report_body(&unit);
    report["source"] = json!("public_tip");
    json!({"substantiated": true, "summary": "属实。", "report": report})
}

async fn found_true(app: &App) -> Told {
    let told = app.tell(&anonymous_tip()).await;
    app.walk_tip(&told, &to_conclusion(truth(app).await)).await;
    told
}

async fn the_public(lab: &Lab) {
    let app = &lab.app;
    let told = app.tell(&anonymous_tip()).await;
    let wrong = json!({"receipt": told.receipt, "passphrase": "ACDE-FHJK-MNPR-TUVW-XY34"});
    lab.refused("wrong_receipt", || app.public("/v1/tips/status").json(&wrong))
        .await;
    let from_one_place = || {
        let request = app.post("/v1/tips/status").header("x-forwarded-for", "198.51.100.1");
        request.json(&wrong)
    };
    for _ in 0..10 {
        from_one_place().send().await.expect_status(403).done();
    }
    lab.refused("too_many_requests", from_one_place).await;
    let message = || {
        let request = app
            .post(format!("{}/messages", told.path()))
            .as_(&Caller::tip_officer());
        request.json(&json!({"text": "请补充。"}))
    };
    for _ in 0..100 {
        message().send().await.expect_status(201).done();
    }
    lab.refused("tip_messages_full", message).await;
    let known = app.keys_of_tips();
    let lost = app.tell(&anonymous_tip()).await;
    let new = app.keys_of_tips().into_iter().find(|key| !known.contains(key));
    std::fs::remove_file(new.expect("a new key")).expect("the file is ours");
    lab.refused("tip_key_missing", || app.public("/v1/tips/status").json(&lost.pair()))
        .await;
}

async fn verification(lab: &Lab) {
    let app = &lab.app;
    let told = app.tell(&anonymous_tip()).await;
    refused(
        lab,
        "referral_required",
        &told,
        TipAction::Decline,
        &json!({"reason": "not_ours"}),
    )
    .await;
    let [accept, start, _] = to_conclusion(json!({}));
    app.walk_tip(&told, &[accept, start]).await;
    let neither = json!({"substantiated": true, "summary": "属实。"});
    refused(lab, "finding_required", &told, TipAction::Conclude, &neither).await;
    let unknown = json!({"substantiated": true, "summary": "属实。", "hazard": "01900000-0000-7000-8000-00000000dead"});
    refused(lab, "finding_unknown", &told, TipAction::Conclude, &unknown).await;
    let unasked =
        json!({"substantiated": false, "summary": "不属实。", "hazard": "01900000-0000-7000-8000-00000000dead"});
    refused(lab, "finding_not_expected", &told, TipAction::Conclude, &unasked).await;
    let extend = json!({"reason": "等待检测报告。"});
    let late = app.tell(&anonymous_tip()).await;
    let [accept, start, _] = to_conclusion(json!({}));
    app.walk_tip(&late, &[accept, start]).await;
    let now = app.clock().now();
    app.pass_days(61);
    refused(lab, "verification_overdue", &late, TipAction::Extend, &extend).await;
    app.clock().set(now);
    app.walk_tip(&told, &[(TipAction::Extend, extend.clone())]).await;
    refused(lab, "verification_extended_already", &told, TipAction::Extend, &extend).await;
}

async fn rewards(lab: &Lab) {
    let app = &lab.app;
    let basis = json!({"basis": "属实。"});
    let untrue = app.tell(&anonymous_tip()).await;
    let conclusion = json!({"substantiated": false, "summary": "不属实。"});
    app.walk_tip(&untrue, &to_conclusion(conclusion)).await;
    app.walk_tip(&untrue, &[(TipAction::Answer, json!({"feedback": "不属实。"}))])
        .await;
    refused(lab, "not_found_true", &untrue, TipAction::ProposeReward, &basis).await;
    let told = found_true(app).await;
    app.pass_days(1);
    let later = app.tell(&anonymous_tip()).await;
    let tip = app.get(told.path()).as_(&Caller::tip_officer()).send().await.json();
    let same = json!({"substantiated": true, "summary": "属实。", "hazard": tip["hazard"]});
    app.walk_tip(&later, &to_conclusion(same)).await;
    refused(lab, "not_first_to_tell", &later, TipAction::ProposeReward, &basis).await;
    refused(lab, "no_reward_proposed", &told, TipAction::ApproveReward, &json!({})).await;
    refused(lab, "reward_not_approved", &told, TipAction::PayReward, &json!({})).await;
    app.walk_tip(&told, &[(TipAction::ProposeReward, basis.clone())]).await;
    let version = app.version_of_tip(&told.id).await;
    lab.refused("approver_proposed_reward", || {
        let path = format!("{}/actions/approve_reward", told.path());
        app.post(path)
            .as_(&Caller::tip_officer())
            .if_match(version)
            .json(&json!({}))
    })
    .await;
    app.walk_tip(
        &told,
        &[
            (TipAction::ApproveReward, json!({})),
            (TipAction::Answer, json!({"feedback": "属实。"})),
        ],
    )
    .await;
    refused(lab, "reward_decided_already", &told, TipAction::ProposeReward, &basis).await;
    refused(lab, "claim_not_proven", &told, TipAction::PayReward, &json!({})).await;
    refused(lab, "reward_unsettled", &told, TipAction::Close, &json!({})).await;
    refused(lab, "no_reveal_asked", &told, TipAction::ApproveReveal, &json!({})).await;
    let now = app.clock().now();
    app.pass_days(61);
    refused(lab, "reward_lapsed", &told, TipAction::PayReward, &told.pair()).await;
    app.clock().set(now);
}

async fn second_officer(lab: &Lab) {
    let strict = Policy::EMBEDDED.replace("second_officer_for_reveal = false", "second_officer_for_reveal = true");
    let node = lab
        .app
        .node_under(Policy::parse(&strict).expect("the policy is right"))
        .await;
    let told = node.tell(&named_tip()).await;
    let reveal = |language: &str| -> Request {
        let request = node
            .post(format!("{}/reporter", told.path()))
            .as_(&Caller::tip_officer());
        let request = request.header("accept-language", language);
        request.json(&json!({"purpose": "发放举报奖励前核对领取人身份"}))
    };
    let (chinese, english) = (reveal("zh-CN").send().await, reveal("en").send().await);
    lab.answered("second_officer_required", &chinese, &english);
    let approve = async |language: &str| {
        let version = node.version_of_tip(&told.id).await;
        let path = format!("{}/actions/approve_reveal", told.path());
        let request = node.post(path).as_(&Caller::tip_officer()).if_match(version);
        request
            .header("accept-language", language)
            .json(&json!({}))
            .send()
            .await
    };
    let (chinese, english) = (approve("zh-CN").await, approve("en").await);
    lab.answered("approver_asked_reveal", &chinese, &english);
    let approved = node
        .act_on_tip(&told, TipAction::ApproveReveal, &another_officer(), &json!({}))
        .await;
    approved.expect_status(200).done();
    node.stop().await;
}

async fn erasure(lab: &Lab) {
    let app = &lab.app;
    let told = app.tell(&named_tip()).await;
    app.walk_tip(
        &told,
        &[
            (TipAction::Decline, json!({"reason": "no_substance"})),
            (TipAction::Answer, json!({"feedback": "没有可供核查的线索。"})),
            (TipAction::Close, json!({})),
        ],
    )
    .await;
    let desk = app.desk().await;
    app.pass_days(366);
    assert_eq!(erase_due(&desk).await.expect("it is erased"), 1);
    lab.refused("tip_erased", || {
        let request = app
            .post(format!("{}/reporter", told.path()))
            .as_(&Caller::tip_officer());
        request.json(&json!({"purpose": "事后核查举报人身份信息"}))
    })
    .await;
}
