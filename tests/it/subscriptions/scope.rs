//! A subscriber is told what its owner may read when it is told, and no word more.

use major_hazards::law::lifecycle::Action;
use serde_json::{Value, json};

use super::receiver::Receiver;
use super::until;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::FOREIGN_AREA;
use crate::support::on_both;
use crate::support::tips::{SEEN, named_tip, to_conclusion};

on_both! {
    async fn what_lies_outside_its_owners_scope_is_not_told_and_leaves_no_trace(app: App) {
        let (wide, narrow) = (Receiver::start(), Receiver::start());
        app.listen(&wide, &["hazard.*", "notice.*", "self_check.*"]).await;
        let strangers = [
            Caller::system().subject("elsewhere").areas(&[FOREIGN_AREA]),
            Caller::system().subject("another street").areas(&["370303010"]),
            Caller::system().subject("nowhere").areas(&[]),
            Caller::system().subject("another trade").industries(&["F52"]),
            Caller::admin().subject("an operator"),
        ];
        let mut others = Vec::new();
        for stranger in &strangers {
            others.push(app.subscribe(stranger, &narrow.url(), &["hazard.*", "notice.*", "self_check.*"]).await);
        }
        let mut hazard = app.hazard().await;
        for action in [Action::Confirm, Action::Order] {
            app.advance(&mut hazard, action).await;
        }
        // Three steps and a notice to each of two persons; all subscriptions are served in the same transaction.
        until("the wide one hears it", || wide.messages().len() == 5).await;
        for other in &others {
            assert_eq!(other.deliveries(&app).await, Vec::<Value>::new(), "{}", other.owner.sub());
        }
        assert_eq!(narrow.types(), Vec::<String>::new());
        let abroad = app.enterprise_in(FOREIGN_AREA, "C26").await;
        let mut body = app.report_body(&abroad);
        body["area"] = json!(FOREIGN_AREA);
        app.report(&Caller::inspector().areas(&[FOREIGN_AREA]), &abroad, &body).await;
        until("each hears of its own", || narrow.types() == ["hazard.reported"]).await;
        assert_eq!(wide.messages().len(), 5);
    }

    async fn rights_that_shrink_shrink_what_waits(app: App) {
        let receiver = Receiver::that(|_| super::receiver::Reaction::Answer(500, ""));
        let mine = app.listen(&receiver, &["hazard.reported"]).await;
        app.hazard().await;
        mine.deliveries_when(&app, "it waits", |found| found.iter().any(|one| one["fault"] == "refused")).await;
        // The owner's next call is made with a token for another district.
        let moved = mine.owner.clone().areas(&[FOREIGN_AREA]);
        app.patch(mine.path()).as_(&moved).if_match(1).json(&json!({"description": "换区"})).send().await.expect_status(200).done();
        app.pass_days(1);
        mine.deliveries_when(&app, "what waited is withdrawn", <[Value]>::is_empty).await;
        assert_eq!(receiver.messages().len(), 1);
    }

    /// Not even to a system whose owner is a tip officer besides.
    async fn no_message_carries_a_word_of_a_tip(app: App) {
        let receiver = Receiver::start();
        let owner = Caller::of("system").claim("roles", json!(["system", "tip_officer"])).subject("both");
        let mine = app.subscribe(&owner, &receiver.url(), &["hazard.*", "notice.*", "self_check.*"]).await;
        let hazard = app.hazard().await;
        let unit = hazard.unit.clone();
        let told = app.tell(&named_tip()).await;
        let mut report = app.report_body(&unit);
        report["source"] = json!("public_tip");
        let truth = json!({"substantiated": true, "summary": "属实。", "report": report});
        app.walk_tip(&told, &to_conclusion(truth)).await;
        until("both hazards are told", || receiver.messages().len() == 2).await;
        let messages = receiver.messages();
        assert!(messages.iter().all(|one| one.event_type() == "hazard.reported"));
        for message in messages {
            let text = String::from_utf8(message.raw).unwrap();
            for leak in [told.id.as_str(), told.receipt.as_str(), SEEN, "钱某某", "13812345678"] {
                assert!(!text.contains(leak), "{leak} in {text}");
            }
        }
        assert_eq!(mine.deliveries(&app).await.len(), 2);
    }
}
