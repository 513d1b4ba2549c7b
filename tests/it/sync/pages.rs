//! The pages: who may have them, what they hold, how large they are, and where cursors are good.

use diesel::connection::SimpleConnection as _;
use major_hazards::law::lifecycle::State;
use serde_json::{Value, json};

use super::phone::Phone;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::database::Database;
use crate::support::fixtures::{FOREIGN_AREA, text};
use crate::support::{on_both, on_both_databases};

on_both! {
    async fn officials_have_a_phone_and_units_do_not(app: App) {
        let hazard = app.hazard().await;
        for caller in [hazard.unit.officer(), Caller::admin(), Caller::enterprise("91350100M000100Y43")] {
            app.get("/v1/sync").as_(&caller).send().await.expect_status(403).problem("role_not_allowed");
        }
        for caller in [Caller::inspector(), Caller::committee(), Caller::regulator(), Caller::office(), Caller::auditor(), Caller::system()] {
            let mut phone = Phone::of(&caller);
            phone.catch_up(&app, 500).await;
            assert_eq!(phone.ids("hazard"), [hazard.id.clone()].into(), "{}", caller.sub());
            assert_eq!(phone.ids("enterprise"), [hazard.unit.id.clone()].into());
        }
    }

    async fn a_phone_is_handed_what_is_needed_on_the_spot(app: App) {
        let hazard = app.hazard_in(State::Rectifying).await;
        let authority = app.authority().await;
        let mut phone = Phone::of(&Caller::inspector());
        phone.catch_up(&app, 500).await;
        let item = &phone.kept[&("hazard".to_owned(), hazard.id.clone())];
        let read = app.get(hazard.path()).as_(&Caller::inspector()).send().await.json();
        assert_eq!(*item, json!({
            "kind": "hazard", "id": hazard.id, "change": "upsert", "version": hazard.version,
            "hazard": {
                "number": hazard.number, "status": "rectifying", "enterprise": hazard.unit.id, "title": read["title"],
                "area": read["area"], "address": read["address"], "criteria": read["criteria"],
                "due_on": read["supervision"]["due_on"], "next_due_on": read["next_due_on"],
            },
        }));
        let unit = app.get(format!("/v1/enterprises/{}", hazard.unit.id)).as_(&Caller::inspector()).send().await.json();
        let item = &phone.kept[&("enterprise".to_owned(), hazard.unit.id.clone())]["enterprise"];
        for member in ["uscc", "name", "industry", "area", "address", "principal"] {
            assert_eq!(item[member], unit[member]);
        }
        assert!(phone.ids("authority").contains(&authority));
        let standard = app.get("/v1/standards/MEM10-2023").as_(&Caller::inspector()).send().await.json();
        assert_eq!(phone.kept[&("standard".to_owned(), "MEM10-2023".to_owned())]["standard"], standard);
        assert_eq!(phone.ids("standard").len(), 11);
    }

    async fn lists_of_points_to_check_are_carried_in_the_version_in_force(app: App) {
        let code = app.checklist().await;
        let mut phone = Phone::of(&Caller::inspector());
        phone.catch_up(&app, 500).await;
        let read = || app.get(format!("/v1/checklists/{code}")).as_(&Caller::inspector()).send();
        let first = read().await.json();
        let id = text(&first["id"]);
        assert_eq!(phone.kept[&("checklist".to_owned(), id.clone())]["checklist"], first);
        let mut next = json!({"code": first["code"], "title": "修订", "kind": first["kind"], "items": first["items"]});
        next["industries"] = first["industries"].clone();
        app.post("/v1/checklists").as_(&Caller::committee()).json(&next).send().await.expect_status(200).done();
        let came = phone.catch_up(&app, 500).await;
        assert_eq!(came.len(), 1);
        assert_eq!((&came[0]["version"], &came[0]["checklist"]), (&json!(2), &read().await.json()));
    }

    async fn pages_are_as_small_as_they_are_asked_to_be(app: App) {
        let hazard = app.hazard().await;
        app.hazard_of(&hazard.unit).await;
        let (mut one, mut many) = (Phone::of(&Caller::inspector()), Phone::of(&Caller::inspector()));
        one.catch_up(&app, 1).await;
        many.catch_up(&app, 2000).await;
        assert_eq!(one.kept, many.kept);
        for (limit, code) in [("0", "out_of_range"), ("2001", "out_of_range"), ("x", "bad_format")] {
            let refused = app.get(format!("/v1/sync?limit={limit}")).as_(&Caller::inspector()).send().await;
            refused.expect_status(400).faults(&[("?limit", code)]);
        }
    }

    async fn whoever_has_little_in_scope_comes_along_all_the_same(app: App) {
        let mut phone = Phone::of(&Caller::inspector());
        phone.catch_up(&app, 500).await;
        let lines: Vec<String> = (0..2100)
            .map(|_| {
                let mut unit = app.enterprise_body();
                unit["area"] = json!(FOREIGN_AREA);
                unit.to_string()
            })
            .collect();
        let office = Caller::office().areas(&["*"]);
        let import = app.post("/v1/enterprises/import").as_(&office).body("application/jsonl", lines.join("\n"));
        import.send().await.expect_status(200).done();
        let mine = app.enterprise().await;
        let (items, more) = phone.step(&app, 500).await;
        assert_eq!((items.len(), more), (0, true), "one page looks at no more than so many entries");
        let items = phone.catch_up(&app, 500).await;
        assert_eq!(items.len(), 1);
        assert_eq!(items[0]["id"], mine.id.as_str());
    }

    async fn a_cursor_is_good_for_the_scope_that_it_was_made_for(app: App) {
        app.hazard().await;
        let mut phone = Phone::of(&Caller::inspector());
        phone.step(&app, 3).await;
        let in_the_midst = phone.cursor.clone();
        phone.catch_up(&app, 500).await;
        for cursor in [in_the_midst, phone.cursor.clone()] {
            for caller in [Caller::inspector().areas(&["370303", "370304"]), Caller::inspector().industries(&["C"]), Caller::inspector().areas(&["*"])] {
                let other = Phone { caller, cursor: cursor.clone(), ..Phone::of(&Caller::inspector()) };
                other.ask(&app, 500).await.expect_status(410).problem("sync_restart");
            }
            // Who holds the token does not matter, nor as what.
            let mut other = Phone { cursor, ..Phone::of(&Caller::auditor().areas(&["370303", "370303"])) };
            other.catch_up(&app, 500).await;
        }
        let list = app.get("/v1/hazards?limit=1").as_(&Caller::inspector()).send().await.json();
        assert_eq!(list["next_cursor"], Value::Null);
        for wrong in ["", "x", "c2VhbGVk"] {
            let phone = Phone { cursor: Some(wrong.to_owned()), ..Phone::of(&Caller::inspector()) };
            phone.ask(&app, 500).await.expect_status(400).faults(&[("?after", "bad_format")]);
        }
    }

    async fn pages_are_compressed_and_kept_by_nobody(app: App) {
        app.hazard().await;
        for coding in ["gzip", "br"] {
            let request = app.get("/v1/sync").as_(&Caller::inspector()).header("accept-encoding", coding);
            let answer = request.send().await.expect_status(200);
            assert_eq!(answer.header("content-encoding"), Some(coding));
            assert_eq!(answer.header("cache-control"), Some("no-store"));
        }
    }
}

on_both_databases! {
    fn a_ledger_that_was_brought_back_says_so(database: Database) {
        actix_web::rt::System::new().block_on(async {
            let app = App::start(database).await;
            app.hazard().await;
            let mut phone = Phone::of(&Caller::inspector());
            phone.catch_up(&app, 500).await;
            // What an older copy does not know of.
            app.read_store(|connection| connection.batch_execute("DELETE FROM outbox WHERE event_type = 'hazard.reported'"))
                .expect("the outbox is ours");
            phone.ask(&app, 500).await.expect_status(410).problem("sync_restart");
            phone.forget();
            phone.catch_up(&app, 500).await;
            assert_eq!(phone.ids("hazard").len(), 1);
            app.stop().await;
        });
    }
}
