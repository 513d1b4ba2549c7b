//! Who keeps subscriptions, and what a subscription may say.

use serde_json::json;

use super::receiver::Receiver;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::on_both;

const URL: &str = "https://receiver.example/hook";

on_both! {
    async fn a_subscription_is_made_read_changed_and_removed(app: App) {
        let owner = Caller::system();
        let body = json!({"url": URL, "types": ["hazard.*", "notice.created"], "description": "短信网关"});
        let made = app.post("/v1/subscriptions").as_(&owner).json(&body).send().await.expect_status(201);
        assert_eq!(made.etag(), 1);
        let location = made.header("location").unwrap().to_owned();
        let mut made = made.json();
        let secret = made.as_object_mut().unwrap().remove("secret").unwrap();
        assert!(secret.as_str().unwrap().starts_with("whsec_"), "{secret}");
        assert_eq!((&made["state"], &made["owner"]), (&json!("active"), &json!("system-1")));
        let read = app.get(&location).as_(&owner).send().await.expect_status(200);
        assert_eq!(read.json(), made, "and the secret is not shown again");

        let patch = json!({"types": ["hazard.closed"], "description": null, "state": "paused"});
        let changed = app.patch(&location).as_(&owner).if_match(1).json(&patch).send().await.expect_status(200);
        assert_eq!(changed.etag(), 2);
        let changed = changed.json();
        assert_eq!((&changed["state"], &changed["state_reason"]), (&json!("paused"), &json!("requested")));
        assert_eq!((&changed["types"], &changed["description"]), (&json!(["hazard.closed"]), &json!(null)));
        let again = app.patch(&location).as_(&owner).if_match(2).json(&patch).send().await.expect_status(200);
        assert_eq!(again.etag(), 2, "what changes nothing leaves no trace");
        app.patch(&location).as_(&owner).if_match(1).json(&patch).send().await.expect_status(412).problem("stale_version");

        app.request(reqwest::Method::DELETE, &location).as_(&owner).send().await.expect_status(204).done();
        app.get(&location).as_(&owner).send().await.expect_status(404).problem("not_found");
        app.request(reqwest::Method::DELETE, &location).as_(&owner).send().await.expect_status(404).done();
    }

    async fn a_subscription_is_its_owners_and_the_operators(app: App) {
        let receiver = Receiver::start();
        let mine = app.listen(&receiver, &["hazard.*"]).await;
        let operators = app.subscribe(&Caller::admin(), URL, &["hazard.*"]).await;
        app.post(format!("{}/test", mine.path())).as_(&mine.owner).send().await.expect_status(202).done();
        let ping = mine.deliveries_when(&app, "a ping is sent", |found| found[0]["state"] == "delivered").await.remove(0);
        let redeliver = format!("{}/deliveries/{}/redeliver", mine.path(), ping["id"].as_str().unwrap());
        let patch = json!({"description": "不是我的"});
        let other = Caller::system().subject("another system");
        for foreign in [other.clone(), Caller::system().subject("elsewhere").areas(&["*"])] {
            for path in [mine.path(), format!("{}/deliveries", mine.path())] {
                app.get(&path).as_(&foreign).send().await.expect_status(404).problem("not_found");
            }
            app.patch(mine.path()).as_(&foreign).if_match(1).json(&patch).send().await.expect_status(404).done();
            for path in [format!("{}/test", mine.path()), redeliver.clone()] {
                app.post(&path).as_(&foreign).send().await.expect_status(404).problem("not_found");
            }
            app.request(reqwest::Method::DELETE, mine.path()).as_(&foreign).send().await.expect_status(404).done();
            assert_eq!(app.get("/v1/subscriptions").as_(&foreign).send().await.items().len(), 0);
        }
        let unit = app.enterprise().await;
        for role in Caller::of_every_role(&unit.uscc).iter().filter(|role| !["system-1", "admin-1"].contains(&role.sub())) {
            for path in ["/v1/subscriptions".to_owned(), mine.path()] {
                app.get(&path).as_(role).send().await.expect_status(403).problem("role_not_allowed");
            }
            let body = json!({"url": URL, "types": ["hazard.*"]});
            app.post("/v1/subscriptions").as_(role).json(&body).send().await.expect_status(403).problem("role_not_allowed");
        }
        let both = app.get("/v1/subscriptions").as_(&Caller::admin()).send().await.expect_status(200).items();
        assert_eq!(both.len(), 2);
        let of_mine = app.get("/v1/subscriptions").as_(&mine.owner).send().await.expect_status(200).items();
        assert_eq!((of_mine.len(), &of_mine[0]["id"]), (1, &json!(mine.id)));
        app.get(operators.path()).as_(&mine.owner).send().await.expect_status(404).done();
        app.post(&redeliver).as_(&Caller::admin()).send().await.expect_status(202).done();
        // Each time that somebody had a message sent is on record.
        app.patch(mine.path()).as_(&Caller::admin()).if_match(3).json(&patch).send().await.expect_status(200).done();
        assert_eq!(mine.now(&app).await["owner"], "system-1", "who changes it does not become its owner");
        // Of another subscription the message is as unknown as one that does not exist.
        let elsewhere = redeliver.replace(&mine.id, &operators.id);
        app.post(&elsewhere).as_(&Caller::admin()).send().await.expect_status(404).problem("not_found");
    }

    async fn every_fault_of_a_subscription_is_told(app: App) {
        let owner = Caller::system();
        let make = |body: serde_json::Value| app.post("/v1/subscriptions").as_(&owner).json(&body).send();
        make(json!({})).await.faults(&[("/url", "missing"), ("/types", "missing")]);
        make(json!({"url": "ftp://x", "types": []})).await.faults(&[("/url", "bad_format")]);
        make(json!({"url": URL, "types": []})).await.faults(&[("/types", "too_few")]);
        make(json!({"url": URL, "types": ["hazard.*", "hazard.*"]})).await.faults(&[("/types/1", "duplicate")]);
        make(json!({"url": "http://u:p@receiver.example/", "types": ["tip.received", "tip.*", "*"]}))
            .await
            .faults(&[("/url", "bad_format"), ("/types/0", "unknown_value"), ("/types/1", "unknown_value"), ("/types/2", "unknown_value")]);
        make(json!({"url": URL, "types": ["hazard.*"], "secret": "whsec_x"})).await.faults(&[("/secret", "unknown_field")]);
        let mine = app.subscribe(&owner, URL, &["hazard.*"]).await;
        let change = |patch: serde_json::Value| app.patch(mine.path()).as_(&owner).if_match(1).json(&patch).send();
        change(json!({"url": null, "types": null, "state": null}))
            .await
            .faults(&[("/url", "missing"), ("/types", "missing"), ("/state", "missing")]);
        change(json!({"state": "disabled"})).await.faults(&[("/state", "unknown_value")]);
        change(json!({"owner": "me", "secret": "x", "colour": 1}))
            .await
            .faults(&[("/owner", "read_only"), ("/secret", "read_only"), ("/colour", "unknown_field")]);
        change(json!({"url": "http://10.0.0.1/"})).await.faults(&[("/url", "not_allowed")]);
        assert_eq!(mine.now(&app).await["version"], 1);
    }

    async fn a_subscription_made_again_under_its_key_is_one(app: App) {
        let owner = Caller::system();
        let body = json!({"url": URL, "types": ["hazard.*"]});
        let make = || app.post("/v1/subscriptions").as_(&owner).key("sms").json(&body).send();
        let first = make().await.expect_status(201);
        let again = make().await.expect_status(201);
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(first.body, again.body);
        assert_eq!(app.get("/v1/subscriptions").as_(&owner).send().await.items().len(), 1);
    }
}
