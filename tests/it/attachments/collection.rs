//! What becomes of evidence that nothing cites.

use diesel::prelude::*;
use futures_util::future::join_all;
use major_hazards::journal::{self, Subject};
use major_hazards::store::schema::inspection_attachments;
use major_hazards::values::{AttachmentId, HazardId};
use serde_json::json;

use super::uploads::{begin, piece};
use super::{read, upload};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::evidence::photograph_of;
use crate::support::fixtures::{photograph, text};
use crate::support::on_both;

async fn bring(app: &App, caller: &Caller, bytes: &[u8]) -> String {
    let stored = upload(app, caller, "image/png", bytes).send().await.expect_status(201);
    text(&stored.json()["id"])
}

fn last_action(app: &App, id: &str) -> String {
    let id: AttachmentId = id.parse().unwrap();
    let events = app
        .read_store(|connection| journal::history(connection, Subject::from(id)))
        .unwrap();
    events.last().expect("events").action.clone()
}

on_both! {
    async fn goes_a_month_after_it_came_and_its_bytes_a_day_later(app: App) {
        let inspector = Caller::inspector();
        let id = bring(&app, &inspector, &photograph(1)).await;
        app.pass_days(29);
        app.tend_evidence().await;
        read(&app, &inspector, &id).await.expect_status(200).done();
        app.pass_days(1);
        app.tend_evidence().await;
        read(&app, &inspector, &id).await.expect_status(404).problem("not_found");
        assert_eq!(last_action(&app, &id), "collect");
        assert_eq!(app.stored_objects(), 1, "the bytes are laid aside");
        app.pass_days(1);
        app.tend_evidence().await;
        assert_eq!(app.stored_objects(), 0);
    }

    async fn stays_when_something_cites_it(app: App) {
        let inspector = Caller::inspector();
        let [reported, inspected] = [1, 2].map(photograph);
        let (reported, inspected) = (bring(&app, &inspector, &reported).await, bring(&app, &inspector, &inspected).await);
        let unit = app.enterprise().await;
        let mut body = app.report_body(&unit);
        body["attachments"] = json!([reported]);
        app.report(&inspector, &unit, &body).await;
        let cited: AttachmentId = inspected.parse().unwrap();
        diesel::insert_into(inspection_attachments::table)
            .values((
                inspection_attachments::attachment_id.eq(cited),
                inspection_attachments::inspection_id.eq(HazardId::new(&app.clock())),
            ))
            .execute(&mut app.connect())
            .unwrap();
        for _ in 0..3 {
            app.pass_days(31);
            app.tend_evidence().await;
        }
        for id in [&reported, &inspected] {
            read(&app, &inspector, id).await.expect_status(200).done();
        }
    }

    async fn leaves_bytes_that_another_row_holds(app: App) {
        let (one, other) = (Caller::inspector(), Caller::regulator());
        let bytes = photograph(1);
        let early = bring(&app, &one, &bytes).await;
        app.pass_days(20);
        let late = bring(&app, &other, &bytes).await;
        app.pass_days(10);
        app.tend_evidence().await;
        read(&app, &one, &early).await.expect_status(404).problem("not_found");
        assert_eq!(read(&app, &other, &late).await.expect_status(200).body, bytes);
        assert_eq!(app.stored_objects(), 1);
    }

    /// Somebody brings the same bytes while they are laid aside, on either node.
    async fn gives_bytes_back_to_whoever_comes_for_them(app: App) {
        let (other_node, inspector) = (app.another_node().await, Caller::inspector());
        let bytes = photograph(1);
        bring(&app, &inspector, &bytes).await;
        app.pass_days(30);
        app.tend_evidence().await;
        let again = bring(&other_node, &inspector, &bytes).await;
        for _ in 0..3 {
            app.pass_days(1);
            futures_util::join!(app.tend_evidence(), other_node.tend_evidence());
            assert_eq!(read(&app, &inspector, &again).await.expect_status(200).body, bytes);
        }
        assert_eq!(app.stored_objects(), 1, "and nothing is left aside");
        other_node.stop().await;
    }

    /// Bytes that were laid aside after somebody had counted on them are read where they are, and put back.
    async fn finds_bytes_that_were_laid_aside_under_a_row(app: App) {
        let inspector = Caller::inspector();
        let bytes = photograph(1);
        bring(&app, &inspector, &bytes).await;
        app.pass_days(30);
        app.tend_evidence().await;
        let again = bring(&app, &inspector, &bytes).await;
        // As when the move of a slow node comes after the bytes were put into their place anew.
        let folder = app.objects();
        let digest = super::hex(&bytes);
        let place = folder.join(&digest[..2]).join(&digest[2..]);
        std::fs::rename(&place, folder.join("collected").join(&digest)).unwrap();
        assert_eq!(read(&app, &inspector, &again).await.expect_status(200).body, bytes);
        app.pass_days(1);
        app.tend_evidence().await;
        assert!(place.exists(), "they are back");
        assert_eq!(read(&app, &inspector, &again).await.expect_status(200).body, bytes);
    }

    async fn takes_bytes_whose_row_never_came(app: App) {
        let inspector = Caller::inspector();
        let [kept, refused] = [1, 2].map(photograph);
        upload(&app, &inspector, "image/png", &kept).key("one").send().await.expect_status(201).done();
        let again = upload(&app, &inspector, "image/png", &refused).key("one").send().await;
        again.expect_status(422).problem("idempotency_key_reused");
        assert_eq!(app.stored_objects(), 2);
        for left in [2, 1] {
            app.pass_days(1);
            app.tend_evidence().await;
            assert_eq!(app.stored_objects(), left);
        }
    }

    async fn keeps_bytes_that_many_bring_at_once(app: App) {
        let callers: Vec<Caller> = (0..8).map(|number| Caller::inspector().subject(&format!("inspector-{number}"))).collect();
        let bytes = photograph(1);
        let ids = join_all(callers.iter().map(|caller| bring(&app, caller, &bytes))).await;
        for _ in 0..2 {
            app.pass_days(1);
            app.tend_evidence().await;
        }
        for (caller, id) in callers.iter().zip(&ids) {
            assert!(read(&app, caller, id).await.expect_status(200).body == bytes);
        }
    }

    async fn waits_for_bytes_that_are_on_their_way(app: App) {
        let inspector = Caller::inspector();
        let bytes = photograph_of(1, 5000);
        let slot = app.slot(&inspector, &bytes);
        app.pass_days(27);
        let path = begin(&app, &inspector, &bytes).await;
        piece(&app, &inspector, &path, 0, &bytes[..100]).send().await.expect_status(204).done();
        app.pass_days(4);
        app.tend_evidence().await;
        let last = piece(&app, &inspector, &path, 100, &bytes[100..]).send().await.expect_status(204);
        assert_eq!(last.header("upload-attachment"), Some(slot.as_str()));
        app.pass_days(29);
        app.tend_evidence().await;
        read(&app, &inspector, &slot).await.expect_status(200).done();
        app.pass_days(1);
        app.tend_evidence().await;
        read(&app, &inspector, &slot).await.expect_status(404).problem("not_found");
    }
}
