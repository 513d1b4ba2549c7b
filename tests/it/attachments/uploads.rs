//! Uploads in pieces: the tus protocol as a client speaks it, over a line that breaks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use diesel::prelude::*;
use futures_util::future::join_all;
use major_hazards::store::schema::uploads;
use reqwest::Method;
use serde_json::json;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use super::{hex, read};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::{Answer, Request};
use crate::support::evidence::photograph_of;
use crate::support::fixtures::photograph;
use crate::support::on_both;

const BYTES: &str = "application/offset+octet-stream";
/// More than two parts.
const LARGE: usize = 2 * 1024 * 1024 + 12_345;

/// What a client says of a photograph.
fn metadata(bytes: &[u8]) -> String {
    let encoded = |text: &str| STANDARD.encode(text);
    format!(
        "filename {},filetype {},sha256 {},note",
        encoded("照片.png"),
        encoded("image/png"),
        encoded(&hex(bytes))
    )
}

pub(super) fn beginning(app: &App, caller: &Caller, length: usize, metadata: &str) -> Request {
    app.post("/v1/uploads")
        .as_(caller)
        .header("tus-resumable", "1.0.0")
        .header("upload-length", length.to_string())
        .header("upload-metadata", metadata)
}

/// The path of a new upload of these bytes.
pub(super) async fn begin(app: &App, caller: &Caller, bytes: &[u8]) -> String {
    let begun = beginning(app, caller, bytes.len(), &metadata(bytes))
        .send()
        .await
        .expect_status(201);
    begun.header("location").expect("a place").to_owned()
}

pub(super) fn piece(app: &App, caller: &Caller, path: &str, offset: usize, bytes: &[u8]) -> Request {
    app.patch(path)
        .as_(caller)
        .header("tus-resumable", "1.0.0")
        .header("upload-offset", offset.to_string())
        .body(BYTES, bytes)
}

pub(super) async fn head(app: &App, caller: &Caller, path: &str) -> Answer {
    let asked = app
        .request(Method::HEAD, path)
        .as_(caller)
        .header("tus-resumable", "1.0.0");
    asked.send().await
}

fn end(app: &App, caller: &Caller, path: &str) -> Request {
    app.request(Method::DELETE, path)
        .as_(caller)
        .header("tus-resumable", "1.0.0")
}

fn offset(answer: &Answer) -> usize {
    answer
        .header("upload-offset")
        .expect("an offset")
        .parse()
        .expect("a number")
}

on_both! {
    async fn become_evidence_with_the_last_byte(app: App) {
        let inspector = Caller::inspector();
        let bytes = photograph_of(1, LARGE);
        let path = begin(&app, &inspector, &bytes).await;
        let mut at = 0;
        for piece_of in bytes.chunks(700_000) {
            let answer = piece(&app, &inspector, &path, at, piece_of).send().await.expect_status(204);
            at += piece_of.len();
            assert_eq!(offset(&answer), at);
            assert_eq!(answer.header("upload-attachment").is_some(), at == bytes.len());
            assert_eq!(answer.header("tus-resumable"), Some("1.0.0"));
            assert_eq!(offset(&head(&app, &inspector, &path).await.expect_status(200)), at);
        }
        let told = app.get(&path).as_(&inspector).send().await.expect_status(200).json();
        assert_eq!((&told["state"], &told["offset"]), (&json!("done"), &json!(bytes.len())));
        let evidence = read(&app, &inspector, told["attachment"].as_str().unwrap()).await.expect_status(200);
        assert_eq!(evidence.body, bytes);
        assert!(evidence.header("content-disposition").unwrap().contains("%E7%85%A7%E7%89%87.png"));
        assert_eq!(app.stored_objects(), 1, "the parts are gone");
    }

    async fn tell_what_they_can_do_and_what_was_said(app: App) {
        let inspector = Caller::inspector();
        let told = app.request(Method::OPTIONS, "/v1/uploads").as_(&inspector).send().await.expect_status(204);
        assert_eq!(told.header("tus-version"), Some("1.0.0"));
        assert_eq!(told.header("tus-extension"), Some("creation,checksum,expiration,termination"));
        assert_eq!(told.header("tus-checksum-algorithm"), Some("sha1,sha256"));
        assert_eq!(told.header("tus-max-size"), Some("536870912"));
        let bytes = photograph(1);
        let path = begin(&app, &inspector, &bytes).await;
        let told = head(&app, &inspector, &path).await.expect_status(200);
        assert_eq!(told.header("upload-metadata"), Some(metadata(&bytes).as_str()));
        assert_eq!(told.header("upload-length"), Some(bytes.len().to_string().as_str()));
        assert_eq!(told.header("cache-control"), Some("no-store"));
        assert!(told.header("upload-expires").unwrap().ends_with("GMT"));
        assert!(told.body.is_empty());
    }

    async fn move_for_one_of_those_that_bring_the_same_bytes(app: App) {
        let (other_node, inspector) = (app.another_node().await, Caller::inspector());
        let bytes = photograph_of(1, LARGE);
        let path = begin(&app, &inspector, &bytes).await;
        let nodes = [&app, &other_node];
        let sent = join_all((0..8).map(|number| piece(nodes[number % 2], &inspector, &path, 0, &bytes[..4096]).send())).await;
        let mut statuses: Vec<u16> = sent.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 409, 409, 409, 409, 409, 409, 409]);
        let rest = join_all(nodes.map(|node| piece(node, &inspector, &path, 4096, &bytes[4096..]).send())).await;
        assert!(rest.iter().any(|answer| answer.status == 204), "one of them brings it");
        let told = app.get(&path).as_(&inspector).send().await.expect_status(200).json();
        let evidence = read(&app, &inspector, told["attachment"].as_str().unwrap()).await.expect_status(200);
        assert_eq!(evidence.body, bytes);
        assert_eq!(app.stored_objects(), 1, "what lost is gone");
        other_node.stop().await;
    }

    async fn with_a_checksum_count_as_a_whole_or_not_at_all(app: App) {
        let inspector = Caller::inspector();
        let bytes = photograph_of(1, LARGE);
        let path = begin(&app, &inspector, &bytes).await;
        let wrong = format!("sha1 {}", STANDARD.encode(Sha1::digest(b"other")));
        let refused = piece(&app, &inspector, &path, 0, &bytes).header("upload-checksum", wrong).send().await;
        refused.expect_status(460).problem("checksum_mismatch");
        assert_eq!(offset(&head(&app, &inspector, &path).await), 0);
        assert_eq!(app.stored_objects(), 0, "none of it is kept");
        for unreadable in ["md5 AAAA", "sha1", "sha1 x"] {
            let refused = piece(&app, &inspector, &path, 0, &bytes).header("upload-checksum", unreadable).send().await;
            refused.expect_status(400).problem("bad_request");
        }
        let half = LARGE / 2;
        let right = format!("sha1 {}", STANDARD.encode(Sha1::digest(&bytes[..half])));
        let taken = piece(&app, &inspector, &path, 0, &bytes[..half]).header("upload-checksum", right).send().await;
        assert_eq!(offset(&taken.expect_status(204)), half);
        let right = format!("sha256 {}", STANDARD.encode(Sha256::digest(&bytes[half..])));
        let taken = piece(&app, &inspector, &path, half, &bytes[half..]).header("upload-checksum", right).send().await;
        assert!(taken.expect_status(204).header("upload-attachment").is_some());
    }

    async fn are_refused_when_they_are_not_what_was_said(app: App) {
        let inspector = Caller::inspector();
        let bytes = photograph(1);
        for (said, code, status) in [(metadata(&photograph(2)), "digest_mismatch", 422), ("filetype aW1hZ2UvanBlZw==".to_owned(), "unsupported_media_type", 415)] {
            let begun = beginning(&app, &inspector, bytes.len(), &said).send().await.expect_status(201);
            let path = begun.header("location").unwrap().to_owned();
            let refused = piece(&app, &inspector, &path, 0, &bytes).send().await;
            refused.expect_status(status).problem(code);
            let told = app.get(&path).as_(&inspector).send().await.expect_status(410).problem("upload_refused");
            assert_eq!(told["detail"], code);
            assert_eq!(head(&app, &inspector, &path).await.status, 410);
            let again = piece(&app, &inspector, &path, bytes.len(), b"").send().await;
            again.expect_status(410).problem("upload_refused");
        }
        assert_eq!(app.stored_objects(), 0, "nothing of it is kept");
    }

    async fn speak_the_protocol_strictly(app: App) {
        let inspector = Caller::inspector();
        let bytes = photograph(1);
        let path = begin(&app, &inspector, &bytes).await;
        for version in ["", "0.2.2", "2.0.0"] {
            let refused = piece(&app, &inspector, &path, 0, &bytes).header("tus-resumable", version).send().await;
            let refused = refused.expect_status(412);
            assert_eq!(refused.header("tus-version"), Some("1.0.0"));
            refused.problem("tus_version_unsupported");
        }
        let plain = piece(&app, &inspector, &path, 0, b"").body("image/png", bytes.clone()).send().await;
        plain.expect_status(415).problem("unsupported_media_type");
        piece(&app, &inspector, &path, 1, &bytes).send().await.expect_status(409).problem("offset_mismatch");
        let longer = [bytes.as_slice(), b"more"].concat();
        piece(&app, &inspector, &path, 0, &longer).send().await.expect_status(413).problem("too_large");
        assert_eq!(offset(&head(&app, &inspector, &path).await), 0);
        for (length, said, status) in [
            ("0", "filetype aW1hZ2UvcG5n", 400),
            ("-1", "filetype aW1hZ2UvcG5n", 400),
            ("x", "filetype aW1hZ2UvcG5n", 400),
            ("536870913", "filetype aW1hZ2UvcG5n", 413),
            ("10", "", 415),
            ("10", "filetype dGV4dC9odG1s", 415),
            ("10", "filetype !", 400),
            ("10", "filetype aW1hZ2UvcG5n,filename Li4vYQ==", 400),
            ("10", "filetype aW1hZ2UvcG5n,sha256 YWJj", 400),
        ] {
            let asked = beginning(&app, &inspector, 0, said).header("upload-length", length);
            asked.send().await.expect_status(status).any_problem();
        }
    }

    async fn are_begun_once_for_one_key(app: App) {
        let inspector = Caller::inspector();
        let begin = |length: usize| beginning(&app, &inspector, length, "filetype aW1hZ2UvcG5n").key("once").send();
        let first = begin(10).await.expect_status(201);
        let again = begin(10).await.expect_status(201);
        assert_eq!((first.header("location"), &first.body), (again.header("location"), &again.body));
        begin(11).await.expect_status(422).problem("idempotency_key_reused");
    }

    async fn are_their_senders_alone(app: App) {
        let (inspector, stranger) = (Caller::inspector(), Caller::inspector().subject("inspector-2"));
        let bytes = photograph(1);
        let path = begin(&app, &inspector, &bytes).await;
        assert_eq!(head(&app, &stranger, &path).await.status, 404);
        app.get(&path).as_(&stranger).send().await.expect_status(404).problem("not_found");
        piece(&app, &stranger, &path, 0, &bytes).send().await.expect_status(404).problem("not_found");
        end(&app, &stranger, &path).send().await.expect_status(404).problem("not_found");
        let auditor = beginning(&app, &Caller::auditor(), 10, "filetype aW1hZ2UvcG5n").send().await;
        auditor.expect_status(403).problem("role_not_allowed");
        piece(&app, &inspector, &path, 0, &bytes[..9]).send().await.expect_status(204).done();
        end(&app, &inspector, &path).send().await.expect_status(204).done();
        assert_eq!(head(&app, &inspector, &path).await.status, 404);
        assert_eq!(app.stored_objects(), 0);
    }

    async fn are_bounded_for_each_sender(app: App) {
        let inspector = Caller::inspector();
        let begin = |caller: Caller| beginning(&app, &caller, 10, "filetype aW1hZ2UvcG5n").send();
        let answers = join_all((0..200).map(|_| begin(inspector.clone()))).await;
        assert!(answers.iter().all(|answer| answer.status == 201));
        begin(inspector.clone()).await.expect_status(422).problem("too_many_uploads");
        begin(Caller::regulator()).await.expect_status(201).done();
        app.pass_days(8);
        begin(inspector.clone()).await.expect_status(201).done();
        app.tend_evidence().await;
        let left: i64 = app.read_store(|connection| uploads::table.count().get_result(connection)).unwrap();
        assert_eq!(left, 1, "all that have expired go at once, however many they are");
    }

    /// The slot of a photograph says how much of it has come.
    async fn fill_the_slot_that_waits_for_them(app: App) {
        let inspector = Caller::inspector();
        let bytes = photograph_of(1, LARGE);
        let slot = app.slot(&inspector, &bytes);
        assert_eq!(app.slot_state(&slot), "declared");
        let path = begin(&app, &inspector, &bytes).await;
        assert_eq!(app.slot_state(&slot), "declared");
        piece(&app, &inspector, &path, 0, &bytes[..100]).send().await.expect_status(204).done();
        assert_eq!(app.slot_state(&slot), "partial");
        end(&app, &inspector, &path).send().await.expect_status(204).done();
        assert_eq!(app.slot_state(&slot), "declared");
        let path = begin(&app, &inspector, &bytes).await;
        let last = piece(&app, &inspector, &path, 0, &bytes).send().await.expect_status(204);
        assert_eq!(last.header("upload-attachment"), Some(slot.as_str()));
        assert_eq!(app.slot_state(&slot), "verified");
    }

    async fn go_when_nobody_continues_them(app: App) {
        let inspector = Caller::inspector();
        let bytes = photograph_of(1, LARGE);
        let slot = app.slot(&inspector, &bytes);
        let path = begin(&app, &inspector, &bytes).await;
        piece(&app, &inspector, &path, 0, &bytes[..LARGE - 1]).send().await.expect_status(204).done();
        app.pass_days(6);
        app.tend_evidence().await;
        assert_eq!(offset(&head(&app, &inspector, &path).await), LARGE - 1);
        app.pass_days(2);
        assert_eq!(head(&app, &inspector, &path).await.status, 404);
        app.tend_evidence().await;
        assert_eq!(app.stored_objects(), 0);
        assert_eq!(app.slot_state(&slot), "declared");
    }
}
