//! What comes from a phone is on record with its event, and the hazards that it found with theirs.

use diesel::prelude::*;
use major_hazards::journal::{self, Subject};
use major_hazards::store::StoreError;
use major_hazards::store::schema::{inspections, outbox};
use major_hazards::values::InspectionId;
use serde_json::{Value, json};

use super::{counted, read};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::text;
use crate::support::on_both;

on_both! {
    async fn an_inspection_is_put_on_record_and_read_back(app: App) {
        let (unit, list, id) = (app.enterprise().await, app.checklist().await, app.phone_id());
        let body = app.inspection_body(&unit, &list);
        let sent = app.send_inspection(&id, &body).send().await.expect_status(201);
        assert_eq!(sent.header("location"), Some(format!("/v1/inspections/{id}").as_str()));
        let view = sent.json();
        for (member, value) in body.as_object().expect("an object") {
            if member != "enterprise" {
                assert_eq!(&view[member], value, "{member}");
            }
        }
        assert_eq!((&view["id"], &view["enterprise"]["uscc"]), (&json!(id), &json!(unit.uscc)));
        assert_eq!(view["started_at"], "2026-11-09T07:10:00+08:00", "the phone's clock, with its offset");
        assert_eq!(view["received_at"], app.clock().now().to_string());
        assert_eq!(view["sent_by"], Caller::inspector().sub());
        assert_eq!(view["unanswered"], json!(["2"]), "nothing is said of the second point");
        assert_eq!((&view["missing"], &view["complete"], &view["clock_ahead"]), (&json!([]), &json!(true), &json!(false)));
        assert_eq!(read(&app, &id).await, view);
        let answer = app.get(format!("/v1/inspections/{id}")).as_(&Caller::inspector()).send().await;
        assert_eq!(answer.expect_status(200).header("cache-control"), Some("no-store"));
    }

    async fn hazards_are_reported_by_the_same_call(app: App) {
        let (unit, list, id) = (app.enterprise().await, app.checklist().await, app.phone_id());
        let (one, other) = (app.found_hazard(&unit), app.found_hazard(&unit));
        let mut body = app.inspection_body(&unit, &list);
        body["findings"] = json!([
            {"item": "2", "result": "fail", "hazard": one},
            {"item": "1", "result": "fail", "hazard": other},
        ]);
        let view = app.send_inspection(&id, &body).send().await.expect_status(201).json();
        for (place, report) in [&one, &other].iter().enumerate() {
            let shown = &view["findings"][place]["hazard"];
            assert_eq!(shown["id"], report["id"]);
            let hazard = app.get(format!("/v1/hazards/{}", text(&shown["number"]))).as_(&Caller::committee()).send().await;
            let hazard = hazard.expect_status(200).json();
            assert_eq!((&hazard["id"], &hazard["status"]), (&report["id"], &json!("reported")));
            assert_eq!((&hazard["source"], &hazard["enterprise"]["id"]), (&json!("inspection"), &json!(unit.id)));
        }
        assert_eq!(view["findings"][0]["item"], "2", "in the order of the phone");
        // One that the phone reported by itself before is the same hazard.
        let (early, id) = (app.found_hazard(&unit), app.phone_id());
        app.report(&Caller::inspector(), &unit, &early).await;
        body["findings"] = json!([{"item": "1", "result": "fail", "hazard": early}]);
        let before = counted(&app);
        let view = app.send_inspection(&id, &body).send().await.expect_status(201).json();
        assert_eq!(view["findings"][0]["hazard"]["id"], early["id"]);
        assert_eq!(counted(&app)[3], before[3], "no hazard twice");
    }

    async fn an_inspection_has_its_event_and_its_entry_in_the_outbox(app: App) {
        let (unit, list, id) = (app.enterprise().await, app.checklist().await, app.phone_id());
        let body = app.inspection_body(&unit, &list);
        app.send_inspection(&id, &body).send().await.expect_status(201).done();
        let (history, told) = app.read_store(|connection| {
            let id: InspectionId = inspections::table.select(inspections::id).first(connection)?;
            let told: Vec<(i64, String)> = outbox::table
                .filter(outbox::subject_kind.eq("inspection"))
                .select((outbox::version, outbox::event_type))
                .load(connection)?;
            Ok::<_, StoreError>((journal::history(connection, Subject::from(id))?, told))
        }).expect("the journal is read");
        assert_eq!(told, [(1, "inspection.received".to_owned())]);
        assert_eq!(journal::verify(&history), Ok(()));
        assert_eq!((history[0].actor.subject.as_str(), history[0].action.as_str()), (Caller::inspector().sub(), "receive"));
        assert_eq!(history[0].payload["body"]["note"], body["note"]);
    }

    async fn a_clock_that_is_wrong_refuses_nothing_and_one_that_is_ahead_is_marked(app: App) {
        let (unit, list) = (app.enterprise().await, app.checklist().await);
        for (started, finished, ahead) in [
            ("1970-01-01T00:00:00Z", "1970-01-01T00:10:00Z", false),
            ("2026-11-08T16:00:00-08:00", "2026-11-08T16:59:59-08:00", false),
            ("2026-11-09T08:00:00+08:00", "2031-01-01T08:00:00+08:00", true),
            ("9999-12-31T23:59:58-12:00", "9999-12-31T23:59:59-12:00", true),
        ] {
            let mut body = app.inspection_body(&unit, &list);
            (body["started_at"], body["finished_at"]) = (json!(started), json!(finished));
            let id = app.phone_id();
            let view = app.send_inspection(&id, &body).send().await.expect_status(201).json();
            assert_eq!(view["clock_ahead"], json!(ahead), "{finished}");
            assert_eq!(read(&app, &id).await, view);
            app.send_inspection(&id, &body).send().await.expect_status(200).done();
        }
    }

    async fn an_inspection_keeps_the_version_of_the_list_that_it_was_done_by(app: App) {
        let (unit, list) = (app.enterprise().await, app.checklist().await);
        let next = json!({"code": list, "title": "第二版", "kind": "enforcement", "items": [{"code": "9", "text": "新的一条"}]});
        app.post("/v1/checklists").as_(&Caller::committee()).json(&next).send().await.expect_status(200).done();
        let (old, new) = (app.phone_id(), app.phone_id());
        let mut body = app.inspection_body(&unit, &list);
        let view = app.send_inspection(&old, &body).send().await.expect_status(201).json();
        assert_eq!((&view["checklist"]["version"], &view["unanswered"]), (&json!(1), &json!(["2"])));
        body["checklist"]["version"] = json!(2);
        app.send_inspection(&new, &body).send().await.expect_status(422).faults(&[
            ("/findings/0/item", "item_unknown"),
            ("/findings/1/item", "item_unknown"),
        ]);
        body["findings"] = json!([]);
        let view = app.send_inspection(&new, &body).send().await.expect_status(201).json();
        assert_eq!(view["unanswered"], json!(["9"]), "an inspection that says nothing shows it");
        assert_eq!(read(&app, &old).await["unanswered"], json!(["2"]));
    }

    async fn a_day_of_an_inspector_fits(app: App) {
        let unit = app.enterprise().await;
        let items: Vec<Value> = (0..200).map(|n| json!({"code": format!("{n}"), "text": "是否符合要求"})).collect();
        let list = json!({"code": "LONG", "title": "长清单", "kind": "enforcement", "items": items});
        app.post("/v1/checklists").as_(&Caller::committee()).json(&list).send().await.expect_status(201).done();
        let mut body = app.inspection_body(&unit, "LONG");
        body["evidence"] = (0..100_u32).map(|n| app.declaration(&n.to_be_bytes())).collect();
        let evidence: Vec<String> = body["evidence"].as_array().expect("a list").iter().map(|slot| text(&slot["id"])).collect();
        body["findings"] = (0..200).map(|n| json!({
            "item": format!("{n}"),
            "result": "fail",
            "note": "隐".repeat(4000),
            "attachments": [evidence[n / 2]],
        })).collect();
        assert!(body.to_string().len() > 2 * 1024 * 1024);
        let (id, before) = (app.phone_id(), counted(&app));
        let view = app.send_inspection(&id, &body).send().await.expect_status(201).json();
        assert_eq!(view["missing"].as_array().map(Vec::len), Some(100));
        assert_eq!(counted(&app)[2] - before[2], 100);
        app.send_inspection(&id, &body).send().await.expect_status(200).done();
        // Elsewhere the limit is what it was.
        let large = json!({"note": "x".repeat(1024 * 1024)});
        app.post("/v1/hazards").as_(&Caller::inspector()).json(&large).send().await.expect_status(413).problem("too_large");
    }
}
