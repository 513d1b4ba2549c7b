//! Lists of points to check: built from clauses, published whole, every version kept.

use diesel::prelude::*;
use diesel::sql_query;
use major_hazards::journal::{self, Subject};
use major_hazards::store::StoreError;
use major_hazards::store::schema::{checklist_versions, checklists as lists, outbox};
use major_hazards::values::ChecklistId;
use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::{Answer, Request};
use crate::support::fixtures::{CRITERION, text};
use crate::support::on_both;

fn body(code: &str) -> Value {
    json!({
        "code": code,
        "title": "有限空间执法检查重点事项清单",
        "kind": "enforcement",
        "industries": ["C26", "C34"],
        "items": [
            {"code": "1", "criterion": CRITERION, "text": "是否逐一辨识"},
            {"code": "1.1", "criterion": null, "text": "呼吸器是否完好"},
        ],
    })
}

fn publish(app: &App, body: &Value) -> Request {
    app.post("/v1/checklists").as_(&Caller::committee()).json(body)
}

async fn read(app: &App, path: &str) -> Answer {
    app.get(path).as_(&Caller::inspector()).send().await.expect_status(200)
}

async fn codes(app: &App, query: &str) -> Vec<String> {
    let page = read(app, &format!("/v1/checklists{query}")).await;
    page.items().iter().map(|item| text(&item["code"])).collect()
}

on_both! {
    async fn a_list_is_published_and_read_by_id_and_code(app: App) {
        let sent = body("L-1");
        let published = publish(&app, &sent).send().await.expect_status(201);
        let view = published.json();
        let id = text(&view["id"]);
        assert_eq!((published.header("location"), published.etag()), (Some(format!("/v1/checklists/{id}").as_str()), 1));
        for (member, value) in sent.as_object().expect("an object") {
            assert_eq!(&view[member], value, "{member}");
        }
        assert_eq!((&view["version"], &view["published_at"]), (&json!(1), &view["created_at"]));
        for name in [id.as_str(), "L-1"] {
            let found = read(&app, &format!("/v1/checklists/{name}")).await;
            assert_eq!((found.json(), found.etag()), (view.clone(), 1));
            let known = app.get(format!("/v1/checklists/{name}")).as_(&Caller::system()).header("if-none-match", "\"1\"");
            known.send().await.expect_status(304).done();
        }
        for nothing in ["L-2", "01900000-0000-7000-8000-00000000dead", "a%2Fb", "L-1?version=2"] {
            let answer = app.get(format!("/v1/checklists/{nothing}")).as_(&Caller::office()).send().await;
            answer.expect_status(404).problem("not_found");
        }
        let asked = app.get("/v1/checklists/L-1?version=0&colour=red").as_(&Caller::office()).send().await;
        asked.expect_status(400).faults(&[("?version", "out_of_range"), ("?colour", "unknown_field")]);
    }

    async fn a_list_is_published_by_those_who_judge(app: App) {
        for (number, caller) in Caller::of_every_role("91350100M000100Y43").iter().enumerate() {
            let answer = app.post("/v1/checklists").as_(caller).json(&body(&format!("L-{number}"))).send().await;
            if ["committee-1", "regulator-1", "office-1"].contains(&caller.sub()) {
                answer.expect_status(201).done();
            } else {
                answer.expect_status(403).problem("role_not_allowed");
            }
        }
    }

    async fn a_change_is_another_version_and_the_one_before_stays_as_it_was(app: App) {
        let first = publish(&app, &body("L-1")).send().await.expect_status(201).json();
        let again = publish(&app, &body("L-1")).send().await.expect_status(200);
        assert_eq!((again.json(), again.etag()), (first.clone(), 1), "what says the same changes nothing");
        app.pass_days(1);
        let mut changed = body("L-1");
        changed["industries"] = json!([]);
        changed["items"][1]["text"] = json!("呼吸器、三脚架是否完好");
        let second = publish(&app, &changed).send().await.expect_status(200);
        assert_eq!(second.etag(), 2);
        let second = second.json();
        assert_eq!((&second["id"], &second["created_at"]), (&first["id"], &first["created_at"]));
        assert_ne!(second["published_at"], first["published_at"]);
        assert_eq!(read(&app, "/v1/checklists/L-1").await.json(), second);
        assert_eq!(read(&app, "/v1/checklists/L-1?version=2").await.json(), second);
        let old = read(&app, "/v1/checklists/L-1?version=1").await;
        assert_eq!((old.json(), old.etag()), (first, 1));
        // Back to the first wording is a version too.
        assert_eq!(publish(&app, &body("L-1")).send().await.expect_status(200).etag(), 3);
        let mut other_kind = body("L-1");
        other_kind["kind"] = json!("self_check");
        publish(&app, &other_kind).send().await.expect_status(409).problem("already_exists");
        assert_eq!(read(&app, "/v1/checklists/L-1").await.etag(), 3);
    }

    async fn a_version_can_be_neither_changed_nor_deleted(app: App) {
        publish(&app, &body("L-1")).send().await.expect_status(201).done();
        for statement in ["UPDATE checklist_versions SET document = '{}'", "DELETE FROM checklist_versions"] {
            let refused = app.read_store(|connection| Ok::<_, StoreError>(sql_query(statement).execute(connection)?));
            assert!(format!("{refused:?}").contains("append-only"), "{statement}: {refused:?}");
        }
    }

    async fn each_version_has_its_event_and_its_entry_in_the_outbox(app: App) {
        publish(&app, &body("L-1")).send().await.expect_status(201).done();
        let mut changed = body("L-1");
        changed["title"] = json!("改过的清单");
        publish(&app, &changed).send().await.expect_status(200).done();
        let (history, told) = app.read_store(|connection| {
            let id: ChecklistId = lists::table.select(lists::id).first(connection)?;
            let told: Vec<(i64, String)> = outbox::table
                .filter(outbox::subject_kind.eq("checklist"))
                .order(outbox::position)
                .select((outbox::version, outbox::event_type))
                .load(connection)?;
            Ok::<_, StoreError>((journal::history(connection, Subject::from(id))?, told))
        }).expect("the journal is read");
        let kind = || "checklist.published".to_owned();
        assert_eq!(told, [(1, kind()), (2, kind())]);
        assert_eq!(journal::verify(&history), Ok(()));
        assert_eq!(history[1].payload["title"], "改过的清单");
        assert_eq!(history[1].actor.subject, Caller::committee().sub());
    }

    async fn everything_that_is_wrong_is_named(app: App) {
        let wrong = json!({
            "code": "01900000-0000-7000-8000-000000000009",
            "title": " ",
            "kind": "other",
            "industries": ["X"],
            "items": [{"code": "一", "criterion": "13.1", "text": ""}, {"note": "x"}],
        });
        publish(&app, &wrong).send().await.expect_status(400).faults(&[
            ("/code", "bad_format"),
            ("/title", "blank"),
            ("/kind", "unknown_value"),
            ("/industries/0", "bad_format"),
            ("/items/0/code", "bad_format"),
            ("/items/0/criterion", "bad_format"),
            ("/items/0/text", "blank"),
            ("/items/1/code", "missing"),
            ("/items/1/text", "missing"),
            ("/items/1/note", "unknown_field"),
        ]);
        let mut twice = body("L-1");
        twice["items"][1]["code"] = json!("1");
        publish(&app, &twice).send().await.expect_status(400).faults(&[("/items/1/code", "duplicate")]);
        let mut none = body("L-1");
        none["items"] = json!([]);
        publish(&app, &none).send().await.expect_status(400).faults(&[("/items", "too_few")]);
        none["items"] = (0..501).map(|n| json!({"code": format!("{n}"), "text": "是否辨识"})).collect();
        publish(&app, &none).send().await.expect_status(400).faults(&[("/items", "too_many")]);
        let mut unknown = body("L-1");
        unknown["items"][0]["criterion"] = json!("NOTHING/1");
        unknown["items"][1]["criterion"] = json!("MEM10-2023/99");
        publish(&app, &unknown).send().await.expect_status(422).faults(&[
            ("/items/0/criterion", "criterion_unknown"),
            ("/items/1/criterion", "criterion_unknown"),
        ]);
        assert!(codes(&app, "").await.is_empty());
    }

    async fn lists_are_found_by_kind_and_industry_and_walked_by_code(app: App) {
        for (code, kind, industries) in [
            ("B-1", "enforcement", json!(["C26"])),
            ("A-2", "self_check", json!(["C"])),
            ("C-3", "enforcement", json!([])),
            ("A-1", "enforcement", json!(["F52"])),
        ] {
            let mut list = body(code);
            (list["kind"], list["industries"]) = (json!(kind), industries);
            publish(&app, &list).send().await.expect_status(201).done();
        }
        assert_eq!(codes(&app, "").await, ["A-1", "A-2", "B-1", "C-3"]);
        assert_eq!(codes(&app, "?kind=self_check").await, ["A-2"]);
        assert_eq!(codes(&app, "?industry=C2614").await, ["A-2", "B-1", "C-3"]);
        assert_eq!(codes(&app, "?industry=F&kind=enforcement").await, ["A-1", "C-3"]);
        assert_eq!(codes(&app, "?industry=C27,F5").await, ["A-1", "A-2", "C-3"]);
        let mut seen = Vec::new();
        let mut query = "?limit=1".to_owned();
        loop {
            let page = read(&app, &format!("/v1/checklists{query}")).await.json();
            seen.extend(page["items"].as_array().expect("items").iter().map(|item| text(&item["code"])));
            assert!(page["items"][0].get("items").is_none(), "a row has no items");
            match page["next_cursor"].as_str() {
                Some(cursor) => query = format!("?limit=1&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(seen, ["A-1", "A-2", "B-1", "C-3"]);
        let asked = app.get("/v1/checklists?kind=other&q=x").as_(&Caller::office()).send().await;
        asked.expect_status(400).faults(&[("?kind", "unknown_value"), ("?q", "unknown_field")]);
    }

    async fn of_calls_at_once_each_other_wording_becomes_a_version_and_none_is_lost(app: App) {
        let mut asked = Vec::new();
        for number in 0..6 {
            let mut list = body("L-1");
            // Each wording is sent twice.
            list["title"] = json!(format!("第{}稿", number / 2));
            asked.push(actix_web::rt::spawn(publish(&app, &list).send()));
        }
        let mut statuses = Vec::new();
        for answer in asked {
            statuses.push(answer.await.expect("an answer").status);
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 200, 200, 200, 201]);
        let versions: Vec<(i64, String)> = app.read_store(|connection| {
            let rows = checklist_versions::table.order(checklist_versions::version.asc());
            Ok::<_, StoreError>(rows.select((checklist_versions::version, checklist_versions::document)).load(connection)?)
        }).expect("the versions are read");
        let last = read(&app, "/v1/checklists/L-1").await.etag();
        assert_eq!(versions.iter().map(|(version, _)| *version).collect::<Vec<_>>(), (1..=last).collect::<Vec<_>>());
        assert!(versions.windows(2).all(|pair| pair[0].1 != pair[1].1), "a repeat is no version");
        for draft in ["第0稿", "第1稿", "第2稿"] {
            assert!(versions.iter().any(|(_, document)| document.contains(draft)), "{draft} is lost");
        }
    }
}
