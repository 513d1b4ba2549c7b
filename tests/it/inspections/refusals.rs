//! What is refused, every fault named, and that nothing is left of it.

use serde_json::json;

use super::counted;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::{FOREIGN_AREA, INDUSTRY, text};
use crate::support::on_both;

on_both! {
    async fn everything_that_cannot_be_understood_is_named(app: App) {
        let (unit, list, id) = (app.enterprise().await, app.checklist().await, app.phone_id());
        let wrong = json!({
            "enterprise": "x",
            "checklist": {"code": "清单", "edition": 1},
            "inspectors": [{"name": " ", "phone": "1"}],
            "started_at": "2026-11-09 07:10",
            "finished_at": "2026-11-09T07:10:00",
            "location": {"latitude": 91, "longitude": 118.05},
            "findings": [{"item": "a b", "result": "bad", "attachments": ["x"], "hazard": {"source": "inspection"}}, {}],
            "evidence": [{"id": "x", "sha256": "00", "size": "1"}],
            "received_at": "2026-11-09T00:00:00Z",
        });
        app.send_inspection(&id, &wrong).send().await.expect_status(400).faults(&[
            ("/enterprise", "bad_format"),
            ("/checklist/code", "bad_format"),
            ("/checklist/version", "missing"),
            ("/checklist/edition", "unknown_field"),
            ("/inspectors/0/name", "blank"),
            ("/inspectors/0/phone", "unknown_field"),
            ("/started_at", "bad_format"),
            ("/finished_at", "bad_format"),
            ("/location/latitude", "out_of_range"),
            ("/findings/0/item", "bad_format"),
            ("/findings/0/result", "unknown_value"),
            ("/findings/0/attachments/0", "bad_format"),
            ("/findings/0/hazard/enterprise", "missing"),
            ("/findings/0/hazard/title", "missing"),
            ("/findings/0/hazard/description", "missing"),
            ("/findings/0/hazard/area", "missing"),
            ("/findings/0/hazard/address", "missing"),
            ("/findings/0/hazard/found_on", "missing"),
            ("/findings/1/item", "missing"),
            ("/findings/1/result", "missing"),
            ("/evidence/0/id", "bad_format"),
            ("/evidence/0/sha256", "bad_format"),
            ("/evidence/0/size", "wrong_type"),
            ("/evidence/0/media_type", "missing"),
            ("/received_at", "unknown_field"),
        ]);
        app.send_inspection(&id, &json!({})).send().await.expect_status(400).faults(&[
            ("/enterprise", "missing"),
            ("/checklist", "missing"),
            ("/inspectors", "missing"),
            ("/started_at", "missing"),
            ("/finished_at", "missing"),
            ("/findings", "missing"),
        ]);
        let body = app.inspection_body(&unit, &list);
        for wrong in ["5f0c1c5e-6a53-4c0e-9d0e-3f6f5f6f7a10", "370303-2026-000001"] {
            app.send_inspection(wrong, &body).send().await.expect_status(400).faults(&[("?id", "bad_format")]);
        }
    }

    async fn members_that_contradict_each_other_are_all_named(app: App) {
        let (unit, other, list) = (app.enterprise().await, app.enterprise().await, app.checklist().await);
        let mut body = app.inspection_body(&unit, &list);
        body["inspectors"] = json!([]);
        body["finished_at"] = json!("2026-11-09T07:09:59.999999+08:00");
        let slot = app.declaration(b"a");
        body["evidence"] = json!([slot, slot]);
        let (mut nameless, mut random, named) = (app.found_hazard(&unit), app.found_hazard(&unit), app.found_hazard(&unit));
        nameless.as_object_mut().expect("an object").remove("id");
        random["id"] = json!("5f0c1c5e-6a53-4c0e-9d0e-3f6f5f6f7a10");
        let (mut tip, foreign) = (app.found_hazard(&unit), app.found_hazard(&other));
        tip["source"] = json!("public_tip");
        body["findings"] = json!([
            {"item": "1", "result": "fail", "hazard": nameless},
            {"item": "2", "result": "fail", "hazard": random},
            {"item": "1", "result": "fail", "hazard": named},
            {"item": "3", "result": "fail", "hazard": named},
            {"item": "4", "result": "pass", "hazard": tip},
            {"item": "5", "result": "fail", "hazard": foreign},
        ]);
        app.send_inspection(&app.phone_id(), &body).send().await.expect_status(400).faults(&[
            ("/inspectors", "too_few"),
            ("/finished_at", "contradiction"),
            ("/evidence/1/id", "duplicate"),
            ("/findings/2/item", "duplicate"),
            ("/findings/4/hazard", "contradiction"),
            ("/findings/0/hazard/id", "missing"),
            ("/findings/1/hazard/id", "bad_format"),
            ("/findings/3/hazard/id", "duplicate"),
            ("/findings/4/hazard/source", "contradiction"),
            ("/findings/5/hazard/enterprise", "contradiction"),
        ]);
        let mut crowded = app.inspection_body(&unit, &list);
        crowded["inspectors"] = (0..21).map(|_| json!({"name": "赵一"})).collect();
        crowded["findings"] = (0..501).map(|n| json!({"item": format!("{n}"), "result": "pass"})).collect();
        crowded["evidence"] = (0..201_u32).map(|n| app.declaration(&n.to_be_bytes())).collect();
        app.send_inspection(&app.phone_id(), &crowded).send().await.expect_status(400).faults(&[
            ("/inspectors", "too_many"),
            ("/findings", "too_many"),
            ("/evidence", "too_many"),
        ]);
        let mut reporting = app.inspection_body(&unit, &list);
        reporting["findings"] = (0..51).map(|n| json!({"item": format!("{n}"), "result": "fail", "hazard": app.found_hazard(&unit)})).collect();
        app.send_inspection(&app.phone_id(), &reporting).send().await.expect_status(400).faults(&[("/findings", "too_many")]);
    }

    async fn every_rule_that_says_no_is_named_and_nothing_is_left(app: App) {
        let (unit, list, id) = (app.enterprise().await, app.checklist().await, app.phone_id());
        let hidden = app.photograph(&unit.officer()).await;
        let (good, mut bad) = (app.found_hazard(&unit), app.found_hazard(&unit));
        bad["found_on"] = json!("2026-11-10");
        bad["criteria"] = json!(["NOTHING/1"]);
        bad["attachments"] = json!([hidden]);
        let mut body = app.inspection_body(&unit, &list);
        let slot = app.declaration(b"a");
        body["evidence"] = json!([slot]);
        body["findings"] = json!([
            {"item": "1", "result": "fail", "hazard": good, "attachments": [slot["id"]]},
            {"item": "2", "result": "fail", "hazard": bad, "attachments": [hidden, "01900000-0000-7000-8000-00000000dead"]},
            {"item": "7", "result": "pass"},
        ]);
        let before = counted(&app);
        for request in [app.send_inspection(&id, &body), app.send_inspection(&id, &body).key("k")] {
            request.send().await.expect_status(422).faults(&[
                ("/findings/2/item", "item_unknown"),
                ("/findings/1/attachments/0", "attachment_unknown"),
                ("/findings/1/attachments/1", "attachment_unknown"),
                ("/findings/1/hazard/found_on", "found_in_future"),
                ("/findings/1/hazard/criteria/0", "criterion_unknown"),
                ("/findings/1/hazard/attachments/0", "attachment_unknown"),
            ]);
        }
        assert_eq!(counted(&app), before, "what was put on record on the way is taken back");
        let mut body = app.inspection_body(&unit, &list);
        let mut elsewhere = app.found_hazard(&unit);
        elsewhere["area"] = json!(FOREIGN_AREA);
        body["findings"] = json!([{"item": "1", "result": "fail", "hazard": elsewhere}]);
        let refused = app.send_inspection(&id, &body).send().await.expect_status(403);
        refused.faults(&[("/findings/0/hazard/area", "outside_scope")]);
        assert_eq!(counted(&app), before);
        // A unit out of sight is as unknown as one that does not exist.
        let abroad = app.enterprise_in(FOREIGN_AREA, INDUSTRY).await;
        let before = counted(&app);
        for unknown in [abroad.id.as_str(), "01900000-0000-7000-8000-00000000dead"] {
            let mut body = app.inspection_body(&unit, &list);
            body["enterprise"] = json!(unknown);
            body["checklist"]["version"] = json!(2);
            body["evidence"] = json!([app.declaration(b"b")]);
            app.send_inspection(&app.phone_id(), &body).send().await.expect_status(422).faults(&[
                ("/enterprise", "enterprise_unknown"),
                ("/checklist", "checklist_unknown"),
            ]);
        }
        assert_eq!(counted(&app), before);
        app.send_inspection(&id, &app.inspection_body(&unit, &list)).send().await.expect_status(201).done();
    }

    async fn ids_that_others_took_are_refused_with_their_place(app: App) {
        let (unit, list) = (app.enterprise().await, app.checklist().await);
        let taken = app.found_hazard(&unit);
        app.report(&Caller::inspector().subject("inspector-2"), &unit, &taken).await;
        let slot = app.declaration(b"a");
        let mut theirs = app.inspection_body(&unit, &list);
        theirs["evidence"] = json!([slot]);
        let other = app.send_inspection(&app.phone_id(), &theirs).as_(&Caller::inspector().subject("inspector-2"));
        other.send().await.expect_status(201).done();
        let before = counted(&app);
        let mut body = app.inspection_body(&unit, &list);
        body["findings"] = json!([{"item": "1", "result": "fail", "hazard": taken}]);
        let refused = app.send_inspection(&app.phone_id(), &body).send().await.expect_status(409);
        refused.faults(&[("/findings/0/hazard/id", "already_exists")]);
        body["findings"] = json!([]);
        body["evidence"] = json!([app.declaration(b"b"), slot]);
        let refused = app.send_inspection(&app.phone_id(), &body).send().await.expect_status(400);
        refused.faults(&[("/evidence/1/id", "duplicate")]);
        assert!(!refused.text().contains(&text(&slot["sha256"])), "and nothing more is told of it");
        assert_eq!(counted(&app), before);
    }
}
