//! The transparency log, as whoever does not trust the service reads it: with the crates of others.

mod reader;
mod script;
mod sequence;
pub mod tampering;

use major_hazards::law::lifecycle::Action;

use self::reader::Reader;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::FOREIGN_AREA;
use crate::support::on_both;

on_both! {
    async fn every_event_of_a_hazard_is_proven_to_be_in_the_log(app: App) {
        let mut hazard = app.hazard().await;
        app.advance(&mut hazard, Action::Confirm).await;
        app.advance(&mut hazard, Action::Order).await;
        app.write_log().await;
        let reader = Reader::of(&app).await;
        let history = app.get(format!("{}/events", hazard.path())).as_(&Caller::auditor()).send().await.items();
        let proof = app
            .get(format!("/v1/log/proof?hazard={}", hazard.number))
            .as_(&Caller::auditor())
            .send()
            .await
            .expect_status(200)
            .json();
        let items = proof["items"].as_array().expect("events");
        assert_eq!(items.len(), 3);
        let checkpoint = reader.verified(proof["checkpoint"].as_str().expect("a note"));
        for (item, event) in items.iter().zip(&history) {
            assert_eq!((&item["version"], &item["entry"]), (&event["version"], &event["hash"]));
            reader::check_inclusion(item, &checkpoint);
            let path = format!("/v1/log/proof?event={}", event["hash"].as_str().expect("a hash"));
            let alone = app.get(path).send().await.expect_status(200).json();
            assert_eq!(alone["items"][0]["index"], item["index"], "whoever has the hash of an event needs no token");
            assert!(alone["items"][0].get("version").is_none());
            reader::check_inclusion(&alone["items"][0], &reader.verified(alone["checkpoint"].as_str().expect("a note")));
        }
        let pages = app.get(format!("/v1/log/proof?hazard={}&limit=2", hazard.id)).as_(&Caller::auditor()).send().await.json();
        assert_eq!(pages["items"].as_array().expect("events").len(), 2);
        let cursor = pages["next_cursor"].as_str().expect("a cursor");
        let last = app
            .get(format!("/v1/log/proof?hazard={}&limit=2&cursor={cursor}", hazard.id))
            .as_(&Caller::auditor())
            .send()
            .await
            .json();
        assert_eq!(last["items"][0], items[2]);
        assert!(last.get("next_cursor").is_none());
    }

    async fn the_log_only_grows_and_says_so(app: App) {
        app.write_log().await;
        let mut sizes = Vec::new();
        for _ in 0..3 {
            app.hazard().await;
            app.write_log().await;
            sizes.push(Reader::of(&app).await.checkpoint().size());
        }
        let reader = Reader::of(&app).await;
        for (at, old) in sizes.iter().enumerate() {
            for new in &sizes[at..] {
                let proof = app.get(format!("/v1/log/proof?from={old}&to={new}")).send().await.expect_status(200).json();
                let older = reader.checkpoint_of(&app, *old).await;
                let newer = reader.checkpoint_of(&app, *new).await;
                reader::check_growth(&proof["growth"], &older, &newer);
            }
        }
        let newest = app.get(format!("/v1/log/proof?from={}", sizes[0])).send().await.json();
        assert_eq!(newest["growth"]["to"], sizes[2]);
        app.get(format!("/v1/log/proof?from=1&to={}", sizes[2] + 1)).send().await.expect_status(404).problem("not_found");
        app.get("/v1/log/checkpoint?size=4000000000").send().await.expect_status(404).problem("not_found");
    }

    async fn the_log_can_be_copied_by_its_tiles_alone(app: App) {
        let mut hazard = app.hazard().await;
        app.advance(&mut hazard, Action::Confirm).await;
        app.write_log().await;
        let reader = Reader::of(&app).await;
        let checkpoint = reader.checkpoint();
        let entries = reader::entries_by_tiles(&app, &checkpoint).await;
        assert_eq!(reader::root_of(&entries), *checkpoint.hash());
        let listed = app.get("/v1/log/entries?limit=200").send().await.expect_status(200).items();
        let listed: Vec<_> = listed.iter().map(|item| reader::decoded(&item["entry"])).collect();
        assert_eq!(listed, entries);
        let last = checkpoint.size() - 1;
        let tile = app.get(format!("/v1/log/tile/0/000.p/{}", checkpoint.size())).send().await.expect_status(200);
        assert_eq!(tile.header("cache-control"), Some("public, max-age=31536000, immutable"));
        assert_eq!(tile.header("content-type"), Some("application/octet-stream"));
        for beyond in ["0/000", &format!("0/000.p/{}", last + 2), "entries/001.p/1", "1/000.p/1", "0/000.p/0", "x"] {
            app.get(format!("/v1/log/tile/{beyond}")).send().await.expect_status(404).problem("not_found");
        }
    }

    async fn a_proof_about_a_hazard_is_for_those_who_are_shown_its_hashes(app: App) {
        let hazard = app.hazard().await;
        app.write_log().await;
        let path = format!("/v1/log/proof?hazard={}", hazard.id);
        app.get(&path).send().await.expect_status(401).problem("unauthenticated");
        app.get(&path).as_(&hazard.unit.officer()).send().await.expect_status(403).problem("role_not_allowed");
        app.get(&path).as_(&Caller::admin()).send().await.expect_status(403).problem("role_not_allowed");
        let elsewhere = Caller::auditor().areas(&[FOREIGN_AREA]);
        app.get(&path).as_(&elsewhere).send().await.expect_status(404).problem("not_found");
        app.get("/v1/log/proof?hazard=370303-1999-000001").as_(&Caller::auditor()).send().await.expect_status(404).done();
    }

    async fn a_question_about_the_log_is_one_question(app: App) {
        for (query, parameter, code) in [
            ("", "?hazard", "missing"),
            ("to=3", "?from", "missing"),
            ("from=3&to=2", "?to", "contradiction"),
            ("hazard=x&event=y", "?event", "contradiction"),
            ("hazard=x&from=1", "?from", "contradiction"),
            ("event=AAAA", "?event", "bad_format"),
            ("from=-1", "?from", "out_of_range"),
            ("from=x", "?from", "bad_format"),
        ] {
            let answer = app.get(format!("/v1/log/proof?{query}")).send().await.expect_status(400);
            let errors = answer.json()["errors"].clone();
            assert_eq!((&errors[0]["parameter"], &errors[0]["code"]), (&parameter[1..].into(), &code.into()), "{query}");
        }
        let unknown = "A".repeat(43);
        app.get(format!("/v1/log/proof?event={unknown}")).send().await.expect_status(404).problem("not_found");
    }

    async fn what_happens_to_tips_shows_once_a_day_whether_it_happens_or_not(app: App) {
        app.write_log().await;
        let before = Reader::of(&app).await.checkpoint();
        assert_eq!(before.size(), 1, "the first day, on which nothing happened");
        app.tips().await;
        app.write_log().await;
        assert_eq!(Reader::of(&app).await.checkpoint().size(), 1 + app.events_of_hazards(), "nobody sees when");
        app.pass_days(1);
        app.write_log().await;
        let told = Reader::of(&app).await.checkpoint().size();
        assert_eq!(told, 2 + app.events_of_hazards());
        app.pass_days(1);
        app.write_log().await;
        assert_eq!(Reader::of(&app).await.checkpoint().size(), told + 1, "a day without is as a day with");
        assert_eq!(app.tip_events_outside_the_log(), 0);
    }
}
