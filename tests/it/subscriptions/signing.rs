//! Messages are CloudEvents 1.0, signed after Standard Webhooks; `tests/contract/webhooks` asks the published libraries.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;

use super::receiver::{Message, Receiver};
use super::until;
use crate::support::app::App;
use crate::support::on_both;

/// Which of the signatures of a message that secret has made.
fn signed_by(message: &Message, secret: &str) -> Vec<usize> {
    let key = STANDARD
        .decode(secret.strip_prefix("whsec_").expect("a secret"))
        .expect("base64");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("any key");
    mac.update(format!("{}.{}.", message.id, message.timestamp).as_bytes());
    mac.update(&message.raw);
    let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    let signatures = message.signatures.split(' ').enumerate();
    signatures
        .filter(|(_, one)| *one == expected)
        .map(|(place, _)| place)
        .collect()
}

on_both! {
    async fn an_event_arrives_as_a_signed_cloud_event(app: App) {
        let receiver = Receiver::start();
        let mine = app.listen(&receiver, &["hazard.reported"]).await;
        let hazard = app.hazard().await;
        until("the event arrives", || receiver.messages().len() == 1).await;
        let message = receiver.messages().remove(0);
        assert_eq!(message.content_type, "application/cloudevents+json");
        assert_eq!(message.timestamp, app.clock().now().seconds());
        assert_eq!(signed_by(&message, &mine.secret), [0]);
        let event = &message.event;
        assert_eq!(event["specversion"], "1.0");
        assert_eq!(event["type"], "hazard.reported");
        assert_eq!(event["source"], "/v1/hazards");
        assert_eq!(event["subject"], json!(hazard.id));
        assert_eq!(event["id"], json!(format!("{}/1", hazard.id)));
        assert_eq!(event["datacontenttype"], "application/json");
        assert_eq!(event["time"], json!(app.clock().now().to_string()));
        let shown = app.get(hazard.path()).as_(&mine.owner).send().await.expect_status(200).json();
        assert_eq!(event["data"]["hazard"], shown);
        let events = app.get(format!("{}/events", hazard.path())).as_(&mine.owner).send().await.items();
        assert_eq!(event["data"]["event"], events[0]);
        let sent = mine.deliveries_when(&app, "it is settled", |found| found[0]["state"] == "delivered").await;
        assert_eq!((&sent[0]["id"], &sent[0]["status"], &sent[0]["attempts"]), (&json!(message.id), &json!(204), &json!(1)));
    }

    async fn while_a_secret_is_replaced_both_are_believed(app: App) {
        let receiver = Receiver::start();
        let mine = app.listen(&receiver, &["hazard.*"]).await;
        let patch = json!({"rotate_secret": true});
        let changed = app.patch(mine.path()).as_(&mine.owner).if_match(1).json(&patch).send().await.expect_status(200).json();
        let fresh = changed["secret"].as_str().unwrap().to_owned();
        assert_ne!(fresh, mine.secret);
        assert!(mine.now(&app).await.get("secret").is_none());
        let test = format!("{}/test", mine.path());
        app.post(&test).as_(&mine.owner).send().await.expect_status(202).done();
        until("a ping arrives", || receiver.messages().len() == 1).await;
        let during = receiver.messages().remove(0);
        assert_eq!((signed_by(&during, &fresh), signed_by(&during, &mine.secret)), (vec![0], vec![1]));
        assert_eq!((during.event_type(), &during.event["data"]), ("ping", &json!({"subscription": mine.id})));
        app.pass_days(1);
        app.post(&test).as_(&mine.owner).send().await.expect_status(202).done();
        until("a ping arrives", || receiver.messages().len() == 2).await;
        let after = receiver.messages().remove(1);
        assert_eq!((signed_by(&after, &fresh), signed_by(&after, &mine.secret)), (vec![0], vec![]));
    }
}
