//! What is told is heard without a name, a token or a trace, and a repeat of it is the same tip.

use diesel::prelude::*;
use major_hazards::store::StoreError;
use major_hazards::store::schema::{events, outbox, replies, tips};
use serde_json::{Value, json};

use super::{public, seen};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::text;
use crate::support::on_both;
use crate::support::tips::{anonymous_tip, named_tip};

on_both! {
    async fn a_tip_needs_no_token_and_answers_with_the_way_back_and_a_promise(app: App) {
        let answer = public(&app, "/v1/tips", &anonymous_tip()).send().await.expect_status(201);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        for header in ["location", "set-cookie", "etag"] {
            assert_eq!(answer.header(header), None, "{header}");
        }
        let heard = answer.json();
        let members: Vec<&String> = heard.as_object().unwrap().keys().collect();
        assert_eq!(members, ["disclosure", "passphrase", "receipt", "status"]);
        assert_eq!(heard["status"], "received");
        let groups = |member: &str, gap: char| text(&heard[member]).split(gap).map(str::len).collect::<Vec<_>>();
        assert_eq!((groups("receipt", ' '), groups("passphrase", '-')), (vec![4; 4], vec![4; 5]));
        assert_eq!(heard["disclosure"].as_array().map(Vec::len), Some(5));
        assert!(heard["disclosure"].to_string().contains("不显示姓名和电话"));
    }

    async fn an_officer_of_the_area_reads_it_with_a_random_id_and_no_hour(app: App) {
        let told = app.tell(&anonymous_tip()).await;
        assert_eq!(told.id.as_bytes()[14], b'4', "a random UUIDv4: {}", told.id);
        let tip = seen(&app, &told, &Caller::tip_officer()).await;
        for (member, value) in [
            ("status", json!("received")),
            ("received_on", json!(app.day(0))),
            ("area", json!("370303009001")),
            ("campaign", json!("confined_space")),
            ("anonymous", json!(true)),
            ("wants_reward", json!(true)),
            ("account_state", json!("shown")),
            ("version", json!(1)),
        ] {
            assert_eq!(tip[member], value, "{member}");
        }
        let account = &tip["account"];
        for member in ["description", "address", "since"] {
            assert_eq!(account[member], anonymous_tip()[member], "{member}");
        }
        assert_eq!(account["unit"]["name"], "那家电镀厂");
        let events = app.get(format!("{}/events", told.path())).as_(&Caller::auditor()).send().await;
        let events = events.expect_status(200).items();
        assert_eq!((events.len(), &events[0]["action"], &events[0]["by"]["subject"]), (1, &json!("tell"), &json!("public")));
        assert!(text(&events[0]["at"]).ends_with("T16:00:00.000000Z"), "the day began then: {}", events[0]["at"]);
    }

    async fn every_fault_of_a_tip_is_named(app: App) {
        let mut body = anonymous_tip();
        body["contact"] = json!({"name": "钱某某", "phone": "1"});
        public(&app, "/v1/tips", &body).send().await.expect_status(400).faults(&[("/contact", "contradiction")]);
        let mut body = anonymous_tip();
        body["anonymous"] = json!(false);
        public(&app, "/v1/tips", &body).send().await.expect_status(400).faults(&[("/contact", "missing")]);
        let mut body = anonymous_tip();
        body["since"] = json!(app.day(1));
        public(&app, "/v1/tips", &body).send().await.expect_status(400).faults(&[("/since", "out_of_range")]);
        let mut body = anonymous_tip();
        body["attachments"] = json!([app.clock().random_id().to_string()]);
        public(&app, "/v1/tips", &body).send().await.expect_status(400).faults(&[("/attachments/0", "not_found")]);
        let missing = public(&app, "/v1/tips", &json!({"location": {}})).send().await.expect_status(400);
        missing.faults(&[("/location", "unknown_field"), ("/description", "missing"), ("/area", "missing"), ("/anonymous", "missing")]);
        assert_eq!(app.tips().await, Vec::<String>::new());
    }

    async fn a_repeat_under_its_key_is_the_same_tip_and_nothing_is_kept_to_know_it_by(app: App) {
        let send = async |body: &Value| public(&app, "/v1/tips", body).key("a random key").send().await;
        let first = send(&named_tip()).await.expect_status(201);
        assert_eq!(first.header("idempotent-replayed"), None);
        let again = send(&named_tip()).await.expect_status(201);
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(again.json(), first.json());
        send(&anonymous_tip()).await.expect_status(422).problem("idempotency_key_reused");
        assert_eq!(app.tips().await.len(), 1);
        let other = public(&app, "/v1/tips", &named_tip()).key("another key").send().await.expect_status(201).json();
        assert_ne!(other["receipt"], first.json()["receipt"]);
        let kept: i64 = app
            .read_store(|connection| Ok::<_, StoreError>(replies::table.count().get_result(connection)?))
            .unwrap();
        assert_eq!(kept, 0, "no answer is kept");
    }

    async fn the_same_request_sent_at_once_is_one_tip(app: App) {
        let body = anonymous_tip();
        let send = || public(&app, "/v1/tips", &body).key("one key").send();
        let (one, other, third) = futures_util::join!(send(), send(), send());
        let answers: Vec<Value> = [one, other, third]
            .into_iter()
            .map(|answer| answer.expect_status(201).json())
            .collect();
        assert!(answers.iter().all(|answer| answer == &answers[0]));
        assert_eq!(app.tips().await.len(), 1);
    }

    async fn it_is_one_event_and_tells_nobody_outside(app: App) {
        app.tell(&named_tip()).await;
        let (events, outbox, receipts): (i64, i64, Vec<Option<Vec<u8>>>) = app
            .read_store(|connection| {
                Ok::<_, StoreError>((
                    events::table.filter(events::subject_kind.eq("tip")).count().get_result(connection)?,
                    outbox::table.filter(outbox::subject_kind.eq("tip")).count().get_result(connection)?,
                    tips::table.select(tips::receipt).load(connection)?,
                ))
            })
            .unwrap();
        assert_eq!((events, outbox), (1, 0));
        assert_eq!(receipts[0].as_ref().map(Vec::len), Some(32), "a digest in place of the receipt");
    }

    async fn who_tells_too_often_waits_and_others_do_not(app: App) {
        let from = |address: &str| {
            app.post("/v1/tips").header("x-forwarded-for", address).json(&anonymous_tip()).send()
        };
        for _ in 0..10 {
            from("2001:db8:1:2::1").await.expect_status(201).done();
        }
        let refused = from("2001:db8:1:2:ffff::9").await.expect_status(429);
        refused.problem("too_many_requests");
        let wait: i64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=3600).contains(&wait), "{wait}");
        from("2001:db8:1:3::1").await.expect_status(201).done();
        app.clock().set(app.clock().now().plus_seconds(wait));
        from("2001:db8:1:2::1").await.expect_status(201).done();
    }
}
