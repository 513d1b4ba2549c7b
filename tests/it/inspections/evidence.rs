//! Evidence that comes before the inspection, after it, in part, or never.

use serde_json::{Value, json};

use super::{counted, read};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::{FOREIGN_AREA, photograph, text};
use crate::support::on_both;

async fn bring(app: &App, bytes: &[u8]) -> String {
    let stored = app
        .post("/v1/attachments")
        .as_(&Caller::inspector())
        .body("image/png", bytes)
        .send()
        .await;
    text(&stored.expect_status(201).json()["id"])
}

fn states(view: &Value) -> Vec<(String, String)> {
    let evidence = view["evidence"].as_array().expect("evidence");
    evidence
        .iter()
        .map(|slot| (text(&slot["id"]), text(&slot["state"])))
        .collect()
}

on_both! {
    async fn an_inspection_says_what_is_missing_until_it_has_come(app: App) {
        let (unit, list, id) = (app.enterprise().await, app.checklist().await, app.phone_id());
        let files = [photograph(app.next()), photograph(app.next())];
        let slots = files.clone().map(|bytes| app.declaration(&bytes));
        let ids = slots.clone().map(|slot| text(&slot["id"]));
        let mut body = app.inspection_body(&unit, &list);
        body["evidence"] = json!(slots);
        body["findings"][1]["attachments"] = json!([ids[1]]);
        let view = app.send_inspection(&id, &body).send().await.expect_status(201).json();
        assert_eq!((&view["missing"], &view["complete"]), (&json!(ids), &json!(false)));
        let here = |state: &str, place: usize| (ids[place].clone(), state.to_owned());
        assert_eq!(states(&view), [here("declared", 0), here("declared", 1)]);
        assert_eq!((&view["evidence"][0]["sha256"], &view["evidence"][0]["filename"]), (&slots[0]["sha256"], &slots[0]["filename"]));
        assert_eq!(bring(&app, &files[1]).await, ids[1], "the slot is filled, and no further piece made");
        let view = read(&app, &id).await;
        assert_eq!((&view["missing"], &view["complete"]), (&json!([ids[0]]), &json!(false)));
        assert_eq!(states(&view), [here("declared", 0), here("verified", 1)]);
        bring(&app, &files[0]).await;
        let view = read(&app, &id).await;
        assert_eq!((&view["missing"], &view["complete"]), (&json!([]), &json!(true)));
        let before = counted(&app);
        let again = app.send_inspection(&id, &body).send().await.expect_status(200);
        assert_eq!(again.json(), view, "a repeat tells how far its evidence has come");
        assert_eq!(counted(&app), before);
    }

    async fn what_was_brought_before_is_there_when_it_is_declared(app: App) {
        let (unit, list, id) = (app.enterprise().await, app.checklist().await, app.phone_id());
        let bytes = photograph(app.next());
        let early = bring(&app, &bytes).await;
        let slot = app.declaration(&bytes);
        let mut body = app.inspection_body(&unit, &list);
        body["evidence"] = json!([slot]);
        body["findings"][0]["attachments"] = json!([early, slot["id"]]);
        let view = app.send_inspection(&id, &body).send().await.expect_status(201).json();
        assert_eq!(view["complete"], true);
        assert_eq!(states(&view).into_iter().map(|(id, _)| json!(id)).collect::<Vec<_>>(), [slot["id"].clone(), json!(early)]);
    }

    async fn what_another_brought_fills_nobody_elses_slot(app: App) {
        let (unit, list, id) = (app.enterprise().await, app.checklist().await, app.phone_id());
        let bytes = photograph(app.next());
        let colleague = Caller::inspector().subject("inspector-2");
        let brought = app.post("/v1/attachments").as_(&colleague).body("image/png", bytes.clone()).send().await;
        brought.expect_status(201).done();
        let mut body = app.inspection_body(&unit, &list);
        body["evidence"] = json!([app.declaration(&bytes)]);
        let view = app.send_inspection(&id, &body).send().await.expect_status(201).json();
        assert_eq!(view["complete"], false);
        app.post("/v1/attachments").as_(&colleague).body("image/png", bytes.clone()).send().await.expect_status(201).done();
        assert_eq!(read(&app, &id).await["complete"], false);
        bring(&app, &bytes).await;
        assert_eq!(read(&app, &id).await["complete"], true);
    }

    async fn the_evidence_of_an_inspection_is_read_by_those_who_read_the_inspection(app: App) {
        let (unit, list, id) = (app.enterprise().await, app.checklist().await, app.phone_id());
        let bytes = photograph(app.next());
        let slot = app.declaration(&bytes);
        let path = format!("/v1/attachments/{}", text(&slot["id"]));
        let mut body = app.inspection_body(&unit, &list);
        body["evidence"] = json!([slot]);
        app.send_inspection(&id, &body).send().await.expect_status(201).done();
        bring(&app, &bytes).await;
        for caller in Caller::of_every_role(&unit.uscc) {
            let answer = app.get(&path).as_(&caller).send().await;
            let inspects = app.get(format!("/v1/inspections/{id}")).as_(&caller).send().await.status == 200;
            assert_eq!(answer.status, if inspects { 200 } else { 404 }, "{}", caller.sub());
        }
        let strangers = [
            Caller::committee().areas(&[FOREIGN_AREA]),
            Caller::committee().industries(&["F52"]),
            Caller::inspector().subject("inspector-2").areas(&[]),
            unit.officer(),
        ];
        for caller in strangers {
            app.get(&path).as_(&caller).send().await.expect_status(404).problem("not_found");
        }
    }
}
