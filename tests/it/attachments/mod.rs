//! Evidence: bytes that come back as they were sent, to those who may see them.

mod collection;
mod slots;
mod thumbnails;
mod uploads;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use major_hazards::law::lifecycle::State;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::{Answer, Request};
use crate::support::fixtures::{CRITERION, FOREIGN_AREA, photograph, text};
use crate::support::{hexadecimal, on_both};

const JPEG: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9";
const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";

fn upload(app: &App, caller: &Caller, media_type: &str, bytes: &[u8]) -> Request {
    app.post("/v1/attachments").as_(caller).body(media_type, bytes)
}

async fn read(app: &App, caller: &Caller, id: &str) -> Answer {
    app.get(format!("/v1/attachments/{id}")).as_(caller).send().await
}

on_both! {
    async fn come_back_as_they_were_sent(app: App) {
        let inspector = Caller::inspector();
        for (media_type, bytes) in [
            ("image/png", photograph(1)),
            ("image/jpeg", JPEG.to_vec()),
            ("application/pdf", PDF.to_vec()),
        ] {
            let answer = upload(&app, &inspector, media_type, &bytes)
                .send()
                .await
                .expect_status(201);
            let stored = answer.json();
            let id = text(&stored["id"]);
            assert_eq!(
                answer.header("location"),
                Some(format!("/v1/attachments/{id}").as_str())
            );
            assert_eq!(stored["sha256"], hex(&bytes));
            assert_eq!(stored["size"], bytes.len());
            assert_eq!(stored["media_type"], media_type);
            let read = read(&app, &inspector, &id).await.expect_status(200);
            assert_eq!(read.body, bytes);
            assert_eq!(read.header("content-type"), Some(media_type));
            assert_eq!(read.header("content-length"), Some(bytes.len().to_string().as_str()));
            assert_eq!(read.header("x-content-type-options"), Some("nosniff"));
        }
    }

    async fn of_the_same_bytes_are_stored_once(app: App) {
        let bytes = photograph(1);
        let mut ids = Vec::new();
        for caller in [Caller::inspector(), Caller::committee()] {
            let stored = upload(&app, &caller, "image/png", &bytes)
                .send()
                .await
                .expect_status(201)
                .json();
            assert_eq!(stored["sha256"], hex(&bytes));
            ids.push(text(&stored["id"]));
        }
        assert_ne!(ids[0], ids[1], "each upload is a piece of evidence of its own");
        assert_eq!(app.stored_objects(), 1, "the bytes are stored once");
    }

    async fn are_checked_against_the_digest_that_was_sent(app: App) {
        let inspector = Caller::inspector();
        let bytes = photograph(1);
        let digest = format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(&bytes)));
        upload(&app, &inspector, "image/png", &bytes)
            .header("content-digest", &digest)
            .send()
            .await
            .expect_status(201)
            .done();
        let other = photograph(2);
        let refused = upload(&app, &inspector, "image/png", &other)
            .header("content-digest", &digest)
            .send()
            .await;
        refused.expect_status(422).problem("digest_mismatch");
        assert_eq!(app.stored_objects(), 1, "what was refused is not kept");
        for malformed in ["sha-256", "sha-256=:x:", "sha-256=::", "nonsense"] {
            let answer = upload(&app, &inspector, "image/png", &other)
                .header("content-digest", malformed)
                .send()
                .await;
            assert!(matches!(answer.status, 400 | 422), "{malformed}: {}", answer.status);
            answer.any_problem();
        }
    }

    async fn are_what_they_say_they_are(app: App) {
        let inspector = Caller::inspector();
        for (media_type, bytes) in [
            ("image/png", JPEG),
            ("image/png", b"<html><script>alert(1)</script></html>".as_slice()),
            ("text/html", b"<html></html>".as_slice()),
            ("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>".as_slice()),
            ("application/octet-stream", b"\x7fELF\x02\x01\x01\x00".as_slice()),
            ("application/x-msdownload", b"MZ\x90\x00".as_slice()),
            ("application/pdf", b"MZ\x90\x00".as_slice()),
            ("nonsense", PDF),
        ] {
            let answer = upload(&app, &inspector, media_type, bytes).send().await;
            answer.expect_status(415).problem("unsupported_media_type");
        }
        let empty = upload(&app, &inspector, "image/png", b"").send().await;
        assert!((400..500).contains(&empty.status), "{}", empty.status);
        empty.any_problem();
        assert_eq!(app.stored_objects(), 0, "what was refused is not kept");
    }

    async fn are_bounded(app: App) {
        let limit = 20 * 1024 * 1024;
        let mut bytes = photograph(1);
        bytes.resize(limit + 1, 0);
        let answer = upload(&app, &Caller::inspector(), "image/png", &bytes).send().await;
        answer.expect_status(413).problem("too_large");
        assert_eq!(app.stored_objects(), 0, "what was refused is not kept");
        bytes.truncate(limit);
        upload(&app, &Caller::inspector(), "image/png", &bytes)
            .send()
            .await
            .expect_status(201)
            .done();
    }

    async fn are_read_in_ranges(app: App) {
        let inspector = Caller::inspector();
        let bytes = photograph(7);
        let stored = upload(&app, &inspector, "image/png", &bytes)
            .send()
            .await
            .expect_status(201)
            .json();
        let path = format!("/v1/attachments/{}", text(&stored["id"]));
        let size = bytes.len();
        let last = size - 1;
        for (range, from, to) in [
            ("bytes=0-3".to_owned(), 0, 3),
            ("bytes=4-".to_owned(), 4, last),
            ("bytes=-4".to_owned(), size - 4, last),
            (format!("bytes=2-{}", size + 100), 2, last),
            (format!("bytes=-{}", size + 100), 0, last),
            (format!("bytes={last}-{last}"), last, last),
        ] {
            let answer = app
                .get(&path)
                .as_(&inspector)
                .header("range", &range)
                .send()
                .await
                .expect_status(206);
            assert_eq!(answer.body, bytes[from..=to], "{range}");
            assert_eq!(
                answer.header("content-range"),
                Some(format!("bytes {from}-{to}/{size}").as_str()),
                "{range}"
            );
        }
        for range in [
            format!("bytes={size}-"),
            "bytes=-0".to_owned(),
            "bytes=99999999999999999999-".to_owned(),
        ] {
            let answer = app.get(&path).as_(&inspector).header("range", &range).send().await;
            let answer = answer.expect_status(416);
            assert_eq!(
                answer.header("content-range"),
                Some(format!("bytes */{size}").as_str()),
                "{range}"
            );
            answer.problem("range_not_satisfiable");
        }
        // A range that cannot be read is as if it were absent (RFC 9110, 14.2).
        for range in ["lines=1-2", "bytes=3-1", "bytes=a-b", "bytes", ""] {
            let answer = app
                .get(&path)
                .as_(&inspector)
                .header("range", range)
                .send()
                .await
                .expect_status(200);
            assert_eq!(answer.body, bytes, "{range}");
        }
    }

    async fn keep_their_name(app: App) {
        let inspector = Caller::inspector();
        let named =
            upload(&app, &inspector, "image/png", &photograph(1)).header("x-filename", "UTF-8''%E7%85%A7%E7%89%87.png");
        let stored = named.send().await.expect_status(201).json();
        assert_eq!(stored["filename"], "照片.png");
        let answer = read(&app, &inspector, &text(&stored["id"])).await.expect_status(200);
        let disposition = answer.header("content-disposition").expect("a disposition").to_owned();
        assert!(
            disposition.contains("filename*=UTF-8''%E7%85%A7%E7%89%87.png"),
            "{disposition}"
        );
        for name in [
            "UTF-8''..%2F..%2Fpasswd",
            "UTF-8''a%00b",
            "UTF-8''%ff",
            "UTF-8''a%0D%0Ab",
            "UTF-8''",
        ] {
            let answer = upload(&app, &inspector, "image/png", &photograph(2))
                .header("x-filename", name)
                .send()
                .await;
            answer.expect_status(400).any_problem();
        }
    }

    async fn are_stored_once_for_one_key(app: App) {
        let inspector = Caller::inspector();
        let first = upload(&app, &inspector, "image/png", &photograph(1))
            .key("photo-1")
            .send()
            .await
            .expect_status(201);
        let again = upload(&app, &inspector, "image/png", &photograph(1))
            .key("photo-1")
            .send()
            .await
            .expect_status(201);
        assert_eq!(first.body, again.body);
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        let other = upload(&app, &inspector, "image/png", &photograph(2))
            .key("photo-1")
            .send()
            .await;
        other.expect_status(422).problem("idempotency_key_reused");
    }

    async fn are_seen_by_those_who_see_what_cites_them(app: App) {
        let unit = app.enterprise().await;
        let officer = unit.officer();
        let photo = app.photograph(&officer).await;
        read(&app, &officer, &photo).await.expect_status(200).done();
        let inspector = Caller::inspector();
        read(&app, &inspector, &photo)
            .await
            .expect_status(404)
            .problem("not_found");

        let mut body = app.report_body(&unit);
        body["source"] = json!("self_report");
        body["criteria"] = json!([CRITERION]);
        body["attachments"] = json!([photo]);
        app.report(&officer, &unit, &body).await;
        read(&app, &inspector, &photo).await.expect_status(200).done();

        let foreign = Caller::inspector().subject("inspector-9").areas(&[FOREIGN_AREA]);
        let other_unit = app.enterprise().await.officer();
        let colleague = Caller::enterprise(&unit.uscc).subject("another officer");
        read(&app, &colleague, &photo).await.expect_status(200).done();
        for stranger in [foreign, other_unit, Caller::admin()] {
            let hidden = read(&app, &stranger, &photo).await;
            let absent = read(&app, &stranger, "01900000-0000-7000-8000-00000000dead").await;
            assert_eq!(hidden.status, absent.status, "{}", stranger.sub());
            assert_eq!(
                hidden.any_problem()["code"],
                absent.any_problem()["code"],
                "{}",
                stranger.sub()
            );
            assert!(
                matches!(hidden.status, 403 | 404),
                "{}: {}",
                stranger.sub(),
                hidden.status
            );
        }
    }

    /// An inspector's photographs would tell the unit that it was an inspection and not a tip.
    async fn of_a_report_are_not_for_the_unit(app: App) {
        let unit = app.enterprise().await;
        let photo = app.photograph(&Caller::inspector()).await;
        let mut body = app.report_body(&unit);
        body["attachments"] = json!([photo]);
        let hazard = app.report(&Caller::inspector(), &unit, &body).await;
        app.get(hazard.path())
            .as_(&unit.officer())
            .send()
            .await
            .expect_status(200)
            .done();
        read(&app, &unit.officer(), &photo)
            .await
            .expect_status(404)
            .problem("not_found");
    }

    /// Somebody else's evidence is not made one's own by citing it.
    async fn of_others_cannot_be_cited(app: App) {
        let hazard = app.hazard_in(State::Rectifying).await;
        let strange = app.photograph(&app.enterprise().await.officer()).await;
        let mut body = app
            .usual_body(&hazard, major_hazards::law::lifecycle::Action::SubmitCompletion)
            .await;
        body["attachments"] = json!([strange]);
        let officer = hazard.unit.officer();
        let answer = app
            .act(
                &hazard,
                major_hazards::law::lifecycle::Action::SubmitCompletion,
                &officer,
                &body,
            )
            .await;
        let refused = answer.expect_status(422);
        body["attachments"] = json!(["01900000-0000-7000-8000-00000000dead"]);
        let absent = app
            .act(
                &hazard,
                major_hazards::law::lifecycle::Action::SubmitCompletion,
                &officer,
                &body,
            )
            .await;
        assert_eq!(
            refused.any_problem()["code"],
            absent.expect_status(422).any_problem()["code"]
        );
    }
}

fn hex(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}
