//! In which order messages come, and how often.

use std::collections::BTreeSet;

use major_hazards::law::lifecycle::{Action, State};
use serde_json::json;

use super::receiver::{Reaction, Receiver};
use super::until;
use crate::support::app::App;
use crate::support::on_both;

on_both! {
    async fn events_of_one_hazard_wait_for_each_other_and_not_for_those_of_another(app: App) {
        let receiver = Receiver::start();
        let mine = app.listen(&receiver, &["hazard.*"]).await;
        let unit = app.enterprise().await;
        let mut stuck = app.hazard_of(&unit).await;
        let id = stuck.id.clone();
        receiver.react(move |message| {
            let sticks = message.subject() == id && message.event["data"]["event"]["version"] == 2;
            Reaction::Answer(if sticks { 500 } else { 200 }, "")
        });
        for action in [Action::Confirm, Action::Order, Action::SubmitPlan] {
            app.advance(&mut stuck, action).await;
        }
        let free = app.hazard_of_in(&unit, State::Supervised).await;
        let of = |id: &str| -> Vec<i64> {
            let messages = receiver.messages();
            let about = messages.iter().filter(|message| message.subject() == id);
            about.map(|message| message.event["data"]["event"]["version"].as_i64().unwrap()).collect()
        };
        until("the other hazard is told", || of(&free.id) == [1, 2, 3]).await;
        until("the first attempt is made", || of(&stuck.id) == [1, 2]).await;
        let waiting = mine.deliveries_when(&app, "the attempt is settled", |found| {
            found.iter().any(|one| one["fault"] == "refused")
        }).await;
        let waits = |one: &&serde_json::Value| one["state"] == "pending" && one["subject"] == json!(stuck.id);
        assert_eq!(waiting.iter().filter(waits).count(), 3);
        let refused = receiver.messages();
        let refused = refused.iter().find(|one| one.subject() == stuck.id && one.event["data"]["event"]["version"] == 2);
        let refused = refused.unwrap().clone();
        receiver.react(|_| Reaction::Answer(200, ""));
        app.clock().set(app.clock().now().plus_seconds(10));
        until("the rest follows in order", || of(&stuck.id) == [1, 2, 2, 3, 4]).await;
        let messages = receiver.messages();
        let again = messages.iter().filter(|one| one.id == refused.id).collect::<Vec<_>>();
        assert_eq!(again.len(), 2, "a repeat has the same id");
        assert_eq!(again[0].event, again[1].event, "and says the same");
        let ids: BTreeSet<&str> = messages.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(ids.len(), messages.len() - 1);
    }

    async fn what_is_not_taken_is_sent_again_for_three_days_and_on_request(app: App) {
        let receiver = Receiver::that(|_| Reaction::Answer(500, ""));
        let mine = app.listen(&receiver, &["hazard.reported"]).await;
        app.hazard().await;
        let mut attempts = 0;
        let begun = app.clock().now();
        let dead = loop {
            attempts += 1;
            until("an attempt is made", || receiver.messages().len() == attempts).await;
            let sent = mine.deliveries_when(&app, "the attempt is settled", |found| {
                found[0]["attempts"] == attempts && (found[0]["state"] == "failed" || found[0]["fault"] == "refused" && {
                    let next: major_hazards::values::Instant = found[0]["next_at"].as_str().unwrap().parse().unwrap();
                    // While it is on its way it counts as lost after twenty seconds sharp.
                    next != app.clock().now().plus_seconds(20)
                })
            }).await.remove(0);
            if sent["state"] == "failed" {
                break sent;
            }
            app.clock().set(sent["next_at"].as_str().unwrap().parse().unwrap());
        };
        assert_eq!(attempts, 12);
        let hours = (app.clock().now().seconds() - begun.seconds()) / 3600;
        assert!((62..80).contains(&hours), "{hours}");
        assert_eq!((&dead["status"], &dead["next_at"]), (&json!(500), &json!(null)));
        assert!(mine.now(&app).await["failing_since"].is_string());

        receiver.react(|_| Reaction::Answer(202, ""));
        let path = format!("{}/deliveries/{}/redeliver", mine.path(), dead["id"].as_str().unwrap());
        let asked = app.post(&path).as_(&mine.owner).send().await.expect_status(202).json();
        assert_eq!((&asked["state"], &asked["attempts"]), (&json!("pending"), &json!(0)));
        mine.deliveries_when(&app, "it is delivered", |found| found[0]["state"] == "delivered").await;
        let messages = receiver.messages();
        assert!(messages.iter().all(|one| one.id == messages[0].id && one.event == messages[0].event));
        assert!(mine.now(&app).await["failing_since"].is_null());
        let failed = format!("{}/deliveries?state=failed", mine.path());
        assert_eq!(app.get(failed).as_(&mine.owner).send().await.items().len(), 0);
    }

    async fn a_subscription_that_fails_for_long_is_paused_and_goes_on_where_it_stood(app: App) {
        let receiver = Receiver::that(|_| Reaction::Answer(500, ""));
        let mine = app.listen(&receiver, &["hazard.*"]).await;
        let mut hazard = app.hazard().await;
        mine.deliveries_when(&app, "it failed", |found| found.iter().any(|one| one["fault"] == "refused")).await;
        app.pass_days(5);
        for _ in 0..1200 {
            if mine.now(&app).await["state"] == "paused" {
                break;
            }
            actix_web::rt::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        let paused = mine.now(&app).await;
        assert_eq!((&paused["state"], &paused["state_reason"]), (&json!("paused"), &json!("failing")));
        app.advance(&mut hazard, Action::Confirm).await;
        receiver.react(|_| Reaction::Answer(200, ""));
        let before = receiver.messages().len();
        app.post(format!("{}/test", mine.path())).as_(&mine.owner).send().await.expect_status(202).done();
        until("a paused subscription can be tried out", || receiver.types().last().unwrap() == "ping").await;
        assert_eq!(receiver.messages().len(), before + 1, "and nothing else is sent");
        let version = paused["version"].as_i64().unwrap() + 1;
        let patch = json!({"state": "active"});
        app.patch(mine.path()).as_(&mine.owner).if_match(version).json(&patch).send().await.expect_status(200).done();
        until("what waited is sent", || receiver.types()[before + 1..] == ["hazard.reported", "hazard.confirmed"]).await;
    }
}
