//! An SMS gateway is a subscriber that asks for `notice.created` by name; nobody else is told whom a notice is for.

use major_hazards::law::lifecycle::State;
use serde_json::{Value, json};

use super::receiver::Receiver;
use super::until;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::on_both;

async fn notices(app: &App, hazard: &str, caller: &Caller) -> Vec<Value> {
    let path = format!("/v1/notices?hazard={hazard}&sort=created_at");
    app.get(path).as_(caller).send().await.expect_status(200).items()
}

on_both! {
    async fn a_gateway_is_told_whom_to_reach_and_the_notice_says_that_it_was_delivered(app: App) {
        let gateway = Receiver::start();
        let mine = app.listen(&gateway, &["notice.created"]).await;
        let hazard = app.hazard_in(State::Supervised).await;
        until("both notices arrive", || gateway.messages().len() == 2).await;
        mine.deliveries_when(&app, "both are settled", |found| found.iter().all(|one| one["state"] == "delivered")).await;
        let served = notices(&app, &hazard.id, &hazard.unit.officer()).await;
        for notice in &served {
            let messages = gateway.messages();
            let message = messages.iter().find(|one| notice["id"] == one.subject()).expect("it is told");
            let told = &message.event["data"]["notice"];
            assert_eq!(told["recipient"]["phone"], notice["recipient"]["phone"]);
            assert_eq!(told["recipient"]["name"], notice["recipient"]["name"]);
            assert_eq!(told["content"], notice["content"]);
            let channels: Vec<_> = notice["delivered"].as_array().unwrap().iter().map(|one| one["channel"].clone()).collect();
            assert_eq!(channels, [json!("service"), json!("subscription")]);
            assert_eq!(notice["version"], 2);
        }
        // Sent again it is the same delivery, and the unit can still take note.
        let path = format!("{}/deliveries/{}/redeliver", mine.path(), gateway.messages()[0].id);
        app.post(path).as_(&mine.owner).send().await.expect_status(202).done();
        until("it is sent again", || gateway.messages().len() == 3).await;
        mine.deliveries_when(&app, "it is settled", |found| found.iter().all(|one| one["state"] == "delivered")).await;
        for notice in notices(&app, &hazard.id, &hazard.unit.officer()).await {
            assert_eq!(notice["delivered"].as_array().unwrap().len(), 2);
            let path = format!("/v1/notices/{}/acknowledge", notice["id"].as_str().unwrap());
            app.post(path).as_(&hazard.unit.officer()).send().await.expect_status(200).done();
        }
    }

    async fn others_learn_that_there_is_a_notice_and_not_for_whom(app: App) {
        let (wild, operator, noted) = (Receiver::start(), Receiver::start(), Receiver::start());
        app.listen(&wild, &["notice.*"]).await;
        // An operator who is a regulator besides reads notices, and is no gateway.
        let roles = json!(["admin", "regulator"]);
        let both = Caller::of("admin").claim("roles", roles).subject("both");
        app.subscribe(&both, &operator.url(), &["notice.created"]).await;
        app.listen(&noted, &["notice.acknowledged"]).await;
        let hazard = app.hazard_in(State::Supervised).await;
        let served = notices(&app, &hazard.id, &hazard.unit.officer()).await;
        let path = format!("/v1/notices/{}/acknowledge", served[0]["id"].as_str().unwrap());
        app.post(path).as_(&hazard.unit.officer()).send().await.expect_status(200).done();
        until("all is told", || {
            wild.messages().len() == 3 && operator.messages().len() == 2 && noted.messages().len() == 1
        }).await;
        for message in wild.messages().iter().chain(&operator.messages()).chain(&noted.messages()) {
            let text = String::from_utf8(message.raw.clone()).unwrap();
            for personal in ["1380000000", "张某", "李某", "\"content\"", "officer of", "督办"] {
                assert!(!text.contains(personal), "{personal}: {text}");
            }
        }
        for notice in notices(&app, &hazard.id, &hazard.unit.officer()).await {
            assert_eq!(notice["delivered"].as_array().unwrap().len(), 1, "that is no delivery to a person");
        }
    }

    async fn a_self_check_is_told_without_who_made_it(app: App) {
        let receiver = Receiver::start();
        app.listen(&receiver, &["self_check.filed"]).await;
        let unit = app.enterprise().await;
        let path = format!("/v1/enterprises/{}/self-checks/2026Q4", unit.id);
        let body = json!({
            "performed_on": app.day(0),
            "performed_by": {"name": "王某", "position": "主要负责人"},
            "summary": "未发现重大事故隐患。",
            "results": [{"criterion": crate::support::fixtures::CRITERION, "result": "clear"}],
        });
        app.request(reqwest::Method::PUT, path).as_(&unit.officer()).json(&body).send().await.expect_status(201).done();
        until("it is told", || receiver.messages().len() == 1).await;
        let message = receiver.messages().remove(0);
        let told = &message.event["data"]["self_check"];
        assert_eq!((&told["enterprise"]["id"], &told["quarter"], &told["state"]), (&json!(unit.id), &json!("2026Q4"), &json!("filed")));
        assert_eq!((&told["performed_on"], &told["version"]), (&json!(app.day(0)), &json!(1)));
        assert!(!String::from_utf8(message.raw).unwrap().contains("王某"));
    }
}
