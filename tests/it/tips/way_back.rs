//! The way back: receipt and passphrase show little, and let the tipster and the officer speak.

use major_hazards::law::tips::lifecycle::TipAction;
use serde_json::{Value, json};

use super::{public, seen, status};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::on_both;
use crate::support::tips::{SEEN, anonymous_tip};

on_both! {
    async fn the_status_shows_how_it_stands_and_neither_what_was_told_nor_where(app: App) {
        let told = app.tell(&anonymous_tip()).await;
        let shown = status(&app, &told).await;
        assert_eq!(shown["status"], "received");
        assert_eq!(shown["received_on"], app.day(0));
        assert_eq!(shown["reward"], json!({"state": "none", "amount_cny": null, "claim_by": null}));
        assert_eq!((&shown["feedback"], &shown["messages"]), (&Value::Null, &json!([])));
        let text = shown.to_string();
        for word in [SEEN, "370303009001", "电镀厂", told.id.as_str()] {
            assert!(!text.contains(word), "{word}");
        }
    }

    async fn however_the_pair_was_noted_it_opens(app: App) {
        let told = app.tell(&anonymous_tip()).await;
        let noted = json!({
            "receipt": told.receipt.replace(' ', "-"),
            "passphrase": told.passphrase.to_lowercase().replace('-', " "),
        });
        public(&app, "/v1/tips/status", &noted).send().await.expect_status(200).done();
    }

    async fn a_slip_of_the_pen_is_told_from_a_wrong_pair(app: App) {
        let told = app.tell(&anonymous_tip()).await;
        let other_digit = if told.receipt.starts_with('9') { "8" } else { "9" };
        let slip = json!({"receipt": format!("{other_digit}{}", &told.receipt[1..]), "passphrase": told.passphrase});
        public(&app, "/v1/tips/status", &slip).send().await.expect_status(400).faults(&[("/receipt", "bad_checksum")]);
        let other = app.tell(&anonymous_tip()).await;
        let mixed = json!({"receipt": told.receipt, "passphrase": other.passphrase});
        let unknown = json!({"receipt": "4821 9034 7756 1202", "passphrase": told.passphrase});
        let wrong = public(&app, "/v1/tips/status", &mixed).send().await.expect_status(403);
        let none = public(&app, "/v1/tips/status", &unknown).send().await.expect_status(403);
        let without_id = |mut problem: Value| {
            problem.as_object_mut().unwrap().remove("request_id");
            problem
        };
        assert_eq!(without_id(wrong.problem("wrong_receipt")), without_id(none.problem("wrong_receipt")));
    }

    async fn ten_wrong_guesses_within_an_hour_are_the_end_from_there_and_from_nowhere_else(app: App) {
        let told = app.tell(&anonymous_tip()).await;
        let wrong = json!({"receipt": told.receipt, "passphrase": "ACDE-FHJK-MNPR-TUVW-XY34"});
        let from = |address: &str, body: &Value| {
            app.post("/v1/tips/status").header("forwarded", format!("for={address}")).json(body).send()
        };
        for _ in 0..10 {
            from("198.51.100.1", &wrong).await.expect_status(403).done();
            // What is right does not count and takes nothing away.
            from("198.51.100.9", &told.pair()).await.expect_status(200).done();
        }
        let refused = from("198.51.100.1", &told.pair()).await.expect_status(429);
        refused.problem("too_many_requests");
        assert!(refused.header("retry-after").is_some());
        from("198.51.100.2", &told.pair()).await.expect_status(200).done();
        app.clock().set(app.clock().now().plus_seconds(3600));
        from("198.51.100.1", &told.pair()).await.expect_status(200).done();
    }

    async fn tipster_and_officer_speak_with_each_other(app: App) {
        let told = app.tell(&anonymous_tip()).await;
        let question = json!({"text": "请问是几号车间？"});
        let path = format!("{}/messages", told.path());
        let asked = app.post(&path).as_(&Caller::tip_officer()).json(&question).send().await.expect_status(201);
        assert_eq!((asked.etag(), &asked.json()["account"]), (2, &Value::Null));
        let mut reply = told.pair();
        reply["text"] = json!("三号车间，北门进。");
        let answered = public(&app, "/v1/tips/messages", &reply).send().await.expect_status(201).json();
        let expected = json!([
            {"author": "officer", "written_on": app.day(0), "text": "请问是几号车间？"},
            {"author": "tipster", "written_on": app.day(0), "text": "三号车间，北门进。"},
        ]);
        assert_eq!(answered["messages"], expected);
        assert_eq!(status(&app, &told).await["messages"], expected);
        let tip = seen(&app, &told, &Caller::tip_officer()).await;
        assert_eq!((&tip["account"]["messages"], &tip["version"]), (&expected, &json!(3)));
        for caller in [Caller::auditor(), Caller::committee()] {
            let refused = app.post(&path).as_(&caller).json(&question).send().await;
            assert!(matches!(refused.status, 403 | 404), "{}", refused.text());
        }
    }

    async fn a_message_that_is_repeated_is_there_once(app: App) {
        let told = app.tell(&anonymous_tip()).await;
        let send = async |text: &str| {
            let mut body = told.pair();
            body["text"] = json!(text);
            public(&app, "/v1/tips/messages", &body).key("key of a message").send().await
        };
        send("一").await.expect_status(201).done();
        let again = send("一").await.expect_status(201);
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(again.json()["messages"].as_array().map(Vec::len), Some(1));
        send("二").await.expect_status(422).problem("idempotency_key_reused");
    }

    async fn the_tipster_reads_the_answer_of_the_office(app: App) {
        let told = app.tell(&anonymous_tip()).await;
        app.walk_tip(&told, &[
            (TipAction::Decline, json!({"reason": "not_ours", "referred_to": "张店区消防救援大队"})),
            (TipAction::Answer, json!({"feedback": "已移送消防部门办理。"})),
        ]).await;
        let shown = status(&app, &told).await;
        assert_eq!(shown["status"], "answered");
        assert_eq!(shown["feedback"], "已移送消防部门办理。");
        assert_eq!(shown["referred_to"], "张店区消防救援大队");
    }
}
