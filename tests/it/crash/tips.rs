//! Writes on public tips: those of the public, and one for each action of the office.

use major_hazards::law::tips::lifecycle::TipAction;
use major_hazards::tips;
use major_hazards::values::Vocabulary as _;
use serde_json::json;

use super::writes::Write;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::tips::{Told, anonymous_tip, named_tip, usual_officer};

/// Each can be done now, in any order.
pub async fn every_write(app: &App) -> Vec<Write> {
    let mut tip = anonymous_tip();
    tip.as_object_mut().expect("an object").remove("since");
    let mut message = app.tell(&tip).await.pair();
    message["text"] = json!("昨天夜里又下去了两个人。");
    let spoken_to = app.tell(&tip).await;
    let question = json!({"text": "请问是几号车间？"});
    // Whoever shows a token where none is needed is the public all the same.
    let anybody = Caller::system;
    let mut writes = vec![
        Write::json("POST /v1/tips", "/v1/tips".to_owned(), anybody(), None, &tip),
        Write::json(
            "POST /v1/tips/messages",
            "/v1/tips/messages".to_owned(),
            anybody(),
            None,
            &message,
        ),
        Write::json(
            "POST /v1/tips/{id}/messages",
            format!("{}/messages", spoken_to.path()),
            Caller::tip_officer(),
            None,
            &question,
        ),
    ];
    for action in TipAction::ALL.iter().filter(|action| tips::schema(**action).is_some()) {
        writes.push(of_action(app, *action).await);
    }
    writes
}

async fn of_action(app: &App, action: TipAction) -> Write {
    let (told, body) = if action == TipAction::ApproveReveal {
        (waiting_for_leave(app).await, json!({}))
    } else {
        app.tip_awaiting(action).await
    };
    let operation = format!("POST /v1/tips/{{id}}/actions/{}", action.code());
    let path = format!("{}/actions/{}", told.path(), action.code());
    let version = app.version_of_tip(&told.id).await;
    let write = Write::json(&operation, path, usual_officer(action), Some(version), &body);
    match action {
        TipAction::Decline => write.or(r#"{"reason": "already_known"}"#),
        // With the hazard that it reports.
        TipAction::Conclude => write.with_events(2),
        TipAction::Extend | TipAction::Answer | TipAction::ProposeReward => write,
        TipAction::Tell
        | TipAction::Accept
        | TipAction::StartVerification
        | TipAction::ApproveReward
        | TipAction::PayReward
        | TipAction::Close
        | TipAction::ApproveReveal
        | TipAction::Reveal => write.or("{ }"),
    }
}

/// A tip of which an officer asked for the identity and was told that another must approve.
async fn waiting_for_leave(app: &App) -> Told {
    let mut tip = named_tip();
    tip.as_object_mut().expect("an object").remove("since");
    let told = app.tell(&tip).await;
    let reveal = app
        .post(format!("{}/reporter", told.path()))
        .as_(&Caller::tip_officer());
    let refused = reveal
        .json(&json!({"purpose": "发放举报奖励前核对领取人身份"}))
        .send()
        .await;
    refused.expect_status(403).problem("second_officer_required");
    told
}
