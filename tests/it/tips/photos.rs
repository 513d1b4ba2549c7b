//! Photographs: stripped before they are kept, sealed where they lie, seen by a tip officer alone.

use serde_json::{Value, json};

use super::{public, seen};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::Answer;
use crate::support::fixtures::text;
use crate::support::on_both;
use crate::support::tips::anonymous_tip;

/// What a camera wrote beside the picture.
const CANARY: &[u8] = b"36.80N 118.05E of a certain telephone";

/// A JPEG file with a position in it.
fn photograph() -> Vec<u8> {
    let segment = |marker: u8, contents: &[u8]| {
        let length = u16::try_from(contents.len() + 2).unwrap().to_be_bytes();
        [&[0xFF, marker], length.as_slice(), contents].concat()
    };
    [
        vec![0xFF, 0xD8],
        segment(0xE1, &[b"Exif\0\0", CANARY].concat()),
        segment(0xDB, &[1; 65]),
        segment(0xC0, b"\x08\x00\x10\x00\x10\x01\x01\x11\x00"),
        segment(0xFE, CANARY),
        segment(0xDA, b"\x01\x01\x00\x00\x3f\x00"),
        b"the picture itself".to_vec(),
        vec![0xFF, 0xD9],
        CANARY.to_vec(),
    ]
    .concat()
}

async fn send(app: &App, media_type: &str, bytes: Vec<u8>) -> Answer {
    let request = public(app, "/v1/tips/attachments", &Value::Null);
    request.body(media_type, bytes).send().await
}

fn holds(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|part| part == word)
}

/// Every byte that lies in the store of objects.
fn objects(app: &App) -> Vec<Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(app.objects().join("tips")) else {
        return Vec::new();
    };
    entries
        .map(|entry| std::fs::read(entry.unwrap().path()).unwrap())
        .collect()
}

on_both! {
    async fn a_photograph_is_stripped_sealed_claimed_and_shown(app: App) {
        let kept = send(&app, "image/jpeg", photograph()).await.expect_status(201).json();
        assert_eq!(kept["media_type"], "image/jpeg");
        let stored = objects(&app);
        assert_eq!(stored.len(), 1);
        for word in [CANARY, b"the picture itself", &[0xFF, 0xD8, 0xFF]] {
            assert!(!holds(&stored[0], word), "it lies sealed");
        }
        let mut body = anonymous_tip();
        body["attachments"] = json!([kept["id"]]);
        let told = app.tell(&body).await;
        let tip = seen(&app, &told, &Caller::tip_officer()).await;
        assert_eq!(tip["account"]["attachments"], json!([kept]));
        let path = format!("{}/attachments/{}", told.path(), text(&kept["id"]));
        let shown = app.get(&path).as_(&Caller::tip_officer()).send().await.expect_status(200);
        assert_eq!(shown.header("content-type"), Some("image/jpeg"));
        assert_eq!(shown.header("cache-control"), Some("no-store"));
        assert!(holds(&shown.body, b"the picture itself") && !holds(&shown.body, CANARY));
        app.get(&path).as_(&Caller::auditor()).send().await.expect_status(403).problem("role_not_allowed");
        app.get(&path).as_(&Caller::inspector()).send().await.expect_status(404).problem("not_found");
        let again = public(&app, "/v1/tips", &body).send().await.expect_status(400);
        again.faults(&[("/attachments/0", "not_found")]);
    }

    async fn what_is_no_photograph_is_refused_and_nothing_is_kept(app: App) {
        for (media_type, bytes) in [
            ("image/png", photograph()),
            ("image/jpeg", b"\xFF\xD8\xFF\xD9".to_vec()),
            ("image/heic", photograph()),
            ("application/pdf", b"%PDF-1.7".to_vec()),
            ("image/jpeg", Vec::new()),
        ] {
            send(&app, media_type, bytes).await.expect_status(415).problem("unsupported_media_type");
        }
        send(&app, "image/jpeg", vec![0; 8 * 1024 * 1024 + 1]).await.expect_status(413).problem("too_large");
        assert_eq!(objects(&app).len(), 0);
    }
}
