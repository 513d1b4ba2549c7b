//! Opening an identity: for a purpose, by whom the law lets, and never without a line for the auditors.

use major_hazards::law::policy::Policy;
use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::Answer;
use crate::support::on_both;
use crate::support::tips::{SEEN, Told, anonymous_tip, another_officer, named_tip};
use major_hazards::law::tips::lifecycle::TipAction;

const PURPOSE: &str = "发放举报奖励前核对领取人身份";

async fn reveal(app: &App, told: &Told, caller: &Caller) -> Answer {
    let request = app.post(format!("{}/reporter", told.path())).as_(caller);
    request.json(&json!({"purpose": PURPOSE})).send().await
}

/// Action, subject, purpose and refusal of every event after the first.
async fn trail(app: &App, told: &Told) -> Vec<(String, String, Value, Value)> {
    let events = app
        .get(format!("{}/events", told.path()))
        .as_(&Caller::auditor())
        .send()
        .await;
    let events = events.expect_status(200).items();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    events
        .iter()
        .skip(1)
        .map(|event| {
            let payload = &event["payload"];
            (
                text(&event["action"]),
                text(&event["by"]["subject"]),
                payload["purpose"].clone(),
                payload["refused"].clone(),
            )
        })
        .collect()
}

/// A node that asks for another officer before it opens an identity.
async fn strict(app: &App) -> App {
    let policy = Policy::EMBEDDED.replace("second_officer_for_reveal = false", "second_officer_for_reveal = true");
    assert!(policy.contains("second_officer_for_reveal = true"));
    app.node_under(Policy::parse(&policy).expect("the policy is right"))
        .await
}

/// A node that opens an identity to one officer alone.
async fn lenient(app: &App) -> App {
    let policy = Policy::EMBEDDED.replace("second_officer_for_reveal = true", "second_officer_for_reveal = false");
    assert!(policy.contains("second_officer_for_reveal = false"));
    app.node_under(Policy::parse(&policy).expect("the policy is right"))
        .await
}

on_both! {
    async fn an_opening_is_on_record_with_its_purpose_and_without_what_was_opened(app: App) {
        let node = lenient(&app).await;
        let told = node.tell(&named_tip()).await;
        let opened = reveal(&node, &told, &Caller::tip_officer()).await.expect_status(200);
        assert_eq!(opened.header("cache-control"), Some("no-store"));
        assert_eq!(
            opened.json(),
            json!({"anonymous": false, "name": "钱某某", "phone": "13812345678", "description": SEEN})
        );
        let again = node.post(format!("{}/reporter", told.path())).as_(&Caller::tip_officer()).key("k");
        again.json(&json!({"purpose": PURPOSE})).send().await.expect_status(200).done();
        let again = node.post(format!("{}/reporter", told.path())).as_(&Caller::tip_officer()).key("k");
        let again = again.json(&json!({"purpose": PURPOSE})).send().await.expect_status(200);
        assert_eq!(again.header("idempotent-replayed"), None, "the answer is kept by nobody");
        let line = ("reveal".to_owned(), "tip_officer-1".to_owned(), json!(PURPOSE), Value::Null);
        assert_eq!(trail(&node, &told).await, vec![line; 3]);
        node.stop().await;
    }

    async fn of_an_anonymous_tip_there_is_nobody_to_open(app: App) {
        let node = lenient(&app).await;
        let told = node.tell(&anonymous_tip()).await;
        let opened = reveal(&node, &told, &Caller::tip_officer()).await.expect_status(200).json();
        assert_eq!(opened, json!({"anonymous": true, "name": null, "phone": null, "description": SEEN}));
        node.stop().await;
    }

    async fn a_purpose_must_be_stated(app: App) {
        let told = app.tell(&named_tip()).await;
        for purpose in ["", "好奇", "          x"] {
            let request = app.post(format!("{}/reporter", told.path())).as_(&Caller::tip_officer());
            let refused = request.json(&json!({"purpose": purpose})).send().await.expect_status(400);
            assert!(refused.text().contains("/purpose"), "{}", refused.text());
        }
    }

    async fn a_refusal_is_on_record_as_well(app: App) {
        let told = app.tell(&named_tip()).await;
        let refused = reveal(&app, &told, &Caller::auditor()).await.expect_status(403);
        refused.problem("role_not_allowed");
        assert!(!refused.text().contains("钱某某"));
        let line = ("refuse_reveal".to_owned(), "auditor-1".to_owned(), json!(PURPOSE), json!("role_not_allowed"));
        assert_eq!(trail(&app, &told).await, [line]);
    }

    async fn where_policy_demands_it_another_officer_approves_first_and_once(app: App) {
        let node = strict(&app).await;
        let told = node.tell(&named_tip()).await;
        let officer = Caller::tip_officer();
        reveal(&node, &told, &officer).await.expect_status(403).problem("second_officer_required");
        let own = node.act_on_tip(&told, TipAction::ApproveReveal, &officer, &json!({})).await;
        own.expect_status(403).problem("approver_asked_reveal");
        node.act_on_tip(&told, TipAction::ApproveReveal, &another_officer(), &json!({})).await.expect_status(200).done();
        assert_eq!(reveal(&node, &told, &officer).await.expect_status(200).json()["name"], "钱某某");
        reveal(&node, &told, &officer).await.expect_status(403).problem("second_officer_required");
        let actions: Vec<String> = trail(&node, &told).await.into_iter().map(|line| line.0).collect();
        assert_eq!(actions, ["refuse_reveal", "approve_reveal", "reveal", "refuse_reveal"]);
        node.stop().await;
    }
}
