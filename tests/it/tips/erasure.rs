//! The end of what is kept.

use diesel::prelude::*;
use major_hazards::law::tips::lifecycle::TipAction;
use major_hazards::store::StoreError;
use major_hazards::store::schema::{tip_photos, tip_words, tips};
use major_hazards::tips::erase_due;
use serde_json::{Value, json};

use super::{public, seen};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::on_both;
use crate::support::tips::{SEEN, Told, named_tip};

/// A tip that was declined, answered and closed.
async fn closed(app: &App) -> Told {
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
    told
}

on_both! {
    async fn when_its_time_is_over_key_words_and_way_back_are_gone_and_the_record_stays(app: App) {
        let told = closed(&app).await;
        let before = seen(&app, &told, &Caller::tip_officer()).await;
        assert_eq!((app.keys_of_tips().len(), &before["account"]["description"]), (1, &json!(SEEN)));
        let desk = app.desk().await;
        app.pass_days(366);
        assert_eq!(erase_due(&desk).await.unwrap(), 1);
        assert_eq!(erase_due(&desk).await.unwrap(), 0, "once");
        let tip = seen(&app, &told, &Caller::tip_officer()).await;
        assert_eq!(tip["account_state"], "erased");
        assert_eq!(tip["account"], Value::Null);
        for member in ["status", "received_on", "area", "declined", "closed_on"] {
            assert_eq!(tip[member], before[member], "{member}");
        }
        assert_eq!(app.keys_of_tips().len(), 0);
        let (words, photos, told_left): (i64, i64, i64) = app
            .read_store(|connection| {
                Ok::<_, StoreError>((
                    tip_words::table.count().get_result(connection)?,
                    tip_photos::table.count().get_result(connection)?,
                    tips::table.filter(tips::told.is_not_null().or(tips::contact.is_not_null())).count().get_result(connection)?,
                ))
            })
            .unwrap();
        assert_eq!((words, photos, told_left), (0, 0, 0));
        public(&app, "/v1/tips/status", &told.pair()).send().await.expect_status(403).problem("wrong_receipt");
        let reveal = app.post(format!("{}/reporter", told.path())).as_(&Caller::tip_officer());
        let refused = reveal.json(&json!({"purpose": "事后核查举报人身份信息"})).send().await;
        refused.expect_status(422).problem("tip_erased");
        let events = app.get(format!("{}/events", told.path())).as_(&Caller::auditor()).send().await;
        let actions: Vec<Value> = events.expect_status(200).items().iter().map(|event| event["action"].clone()).collect();
        assert_eq!(actions[..5], ["tell", "decline", "answer", "close", "erase"]);
    }

    async fn before_its_time_is_over_nothing_is_gone(app: App) {
        let told = closed(&app).await;
        let open = app.tell(&named_tip()).await;
        let desk = app.desk().await;
        app.pass_days(365);
        assert_eq!(erase_due(&desk).await.unwrap(), 0);
        for tip in [&told, &open] {
            assert_eq!(seen(&app, tip, &Caller::tip_officer()).await["account_state"], "shown");
        }
        assert_eq!(app.keys_of_tips().len(), 2);
    }

    async fn a_key_that_is_lost_takes_the_words_along_and_nothing_else(app: App) {
        let told = closed(&app).await;
        std::fs::remove_file(app.keys_of_tips().remove(0)).unwrap();
        let tip = seen(&app, &told, &Caller::tip_officer()).await;
        assert_eq!((&tip["account_state"], &tip["account"], &tip["status"]), (&json!("missing"), &Value::Null, &json!("closed")));
        public(&app, "/v1/tips/status", &told.pair()).send().await.expect_status(503).problem("tip_key_missing");
        let path = format!("{}/messages", told.path());
        let message = app.post(path).as_(&Caller::tip_officer()).json(&json!({"text": "在吗"})).send().await;
        message.expect_status(503).problem("tip_key_missing");
    }
}
