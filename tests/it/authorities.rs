//! Authorities: who is in charge of what, kept by the office.

use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::{Answer, Request};
use crate::support::on_both;

fn body(code: &str) -> Value {
    json!({"code": code, "name": format!("机构 {code}"), "level": "street", "areas": ["370303009"]})
}

fn register(app: &App, body: &Value) -> Request {
    app.post("/v1/authorities").as_(&Caller::office()).json(body)
}

fn change(app: &App, code: &str, version: i64, patch: &Value) -> Request {
    app.patch(format!("/v1/authorities/{code}"))
        .as_(&Caller::office())
        .if_match(version)
        .json(patch)
}

async fn codes(app: &App, query: &str) -> Vec<String> {
    let answer = app
        .get(format!("/v1/authorities{query}"))
        .as_(&Caller::inspector())
        .send()
        .await;
    codes_of(&answer.expect_status(200))
}

fn codes_of(page: &Answer) -> Vec<String> {
    page.items()
        .iter()
        .map(|item| item["code"].as_str().expect("a code").to_owned())
        .collect()
}

on_both! {
    async fn are_registered_and_read_by_anyone_with_a_token(app: App) {
        let mut office = body("keyuan-office");
        office["level"] = json!("district");
        register(&app, &office).send().await.expect_status(201).done();
        let mut committee = body("keyuan-committee");
        committee["parent"] = json!("keyuan-office");
        committee["industries"] = json!(["C"]);
        let created = register(&app, &committee).send().await.expect_status(201);
        assert_eq!(created.header("location"), Some("/v1/authorities/keyuan-committee"));
        assert_eq!(created.etag(), 1);
        for caller in Caller::of_every_role("91350100M000100Y43") {
            let read = app.get("/v1/authorities/keyuan-committee").as_(&caller).send().await.expect_status(200);
            assert_eq!(read.json(), created.json());
        }
        let view = created.json();
        for (member, value) in committee.as_object().expect("an object") {
            assert_eq!(&view[member], value, "{member}");
        }
        assert_eq!(view["version"], 1);
        let known = app.get("/v1/authorities/keyuan-committee").as_(&Caller::auditor()).header("if-none-match", "\"1\"");
        assert_eq!(known.send().await.expect_status(304).etag(), 1);
        app.get("/v1/authorities/nobody").as_(&Caller::office()).send().await.expect_status(404).problem("not_found");
        app.get("/v1/authorities/no%20code").as_(&Caller::office()).send().await.expect_status(404).problem("not_found");
    }

    async fn are_kept_by_the_office_and_the_operator(app: App) {
        for (number, caller) in Caller::of_every_role("91350100M000100Y43").iter().enumerate() {
            let body = body(&format!("a-{number}"));
            let answer = app.post("/v1/authorities").as_(caller).json(&body).send().await;
            if caller.sub() == "office-1" || caller.sub() == "admin-1" {
                answer.expect_status(201).done();
            } else {
                let problem = answer.expect_status(403).problem("role_not_allowed");
                assert_eq!(problem["who_could"]["roles"], json!(["office", "admin"]));
            }
        }
    }

    async fn are_kept_within_ones_own_areas_and_industries(app: App) {
        let mut outside = body("elsewhere");
        outside["areas"] = json!(["370303009", "370304"]);
        register(&app, &outside).send().await.expect_status(403).problem("outside_scope").as_object().expect("whole");
        outside["areas"] = json!(["3703"]);
        register(&app, &outside).send().await.expect_status(403).done();
        let chemicals = Caller::office().industries(&["C26"]);
        let of = |industries: Value| {
            let mut body = body("trade");
            body["industries"] = industries;
            app.post("/v1/authorities").as_(&chemicals).json(&body)
        };
        of(json!([])).send().await.expect_status(403).faults(&[("/industries", "outside_scope")]);
        of(json!(["C"])).send().await.expect_status(403).done();
        of(json!(["C26", "C261"])).send().await.expect_status(201).done();
        let everywhere = Caller::office().areas(&["*"]);
        let foreign = json!({"code": "foreign", "name": "外区", "level": "district", "areas": ["370304"]});
        app.post("/v1/authorities").as_(&everywhere).json(&foreign).send().await.expect_status(201).done();
        change(&app, "foreign", 1, &json!({"name": "改名"})).send().await.expect_status(403).problem("outside_scope");
    }

    async fn are_registered_once(app: App) {
        register(&app, &body("one")).send().await.expect_status(201).done();
        register(&app, &body("one")).send().await.expect_status(409).problem("already_exists");
        let first = register(&app, &body("two")).key("k").send().await.expect_status(201);
        let again = register(&app, &body("two")).key("k").send().await.expect_status(201);
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(again.body, first.body);
        register(&app, &body("three")).key("k").send().await.expect_status(422).problem("idempotency_key_reused");
    }

    async fn say_everything_that_is_wrong_with_them(app: App) {
        let wrong = json!({"code": "a b", "name": " ", "level": "moon", "areas": ["37030"], "colour": 1});
        register(&app, &wrong).send().await.expect_status(400).faults(&[
            ("/code", "bad_format"),
            ("/name", "blank"),
            ("/level", "unknown_value"),
            ("/areas/0", "bad_format"),
            ("/colour", "unknown_field"),
        ]);
        register(&app, &json!({})).send().await.expect_status(400).faults(&[
            ("/code", "missing"),
            ("/name", "missing"),
            ("/level", "missing"),
            ("/areas", "missing"),
        ]);
        let mut nowhere = body("nowhere");
        nowhere["areas"] = json!([]);
        nowhere["parent"] = json!("nobody");
        register(&app, &nowhere).send().await.expect_status(400).faults(&[("/areas", "too_few"), ("/parent", "not_found")]);
    }

    async fn stand_below_those_that_rank_no_lower(app: App) {
        register(&app, &body("street")).send().await.expect_status(201).done();
        let mut district = body("district");
        district["level"] = json!("district");
        district["parent"] = json!("street");
        register(&app, &district).send().await.expect_status(400).faults(&[("/level", "contradiction")]);
        let mut below = body("below");
        below["parent"] = json!("street");
        register(&app, &below).send().await.expect_status(201).done();
        // Neither itself nor a circle is above an authority.
        for parent in ["street", "below"] {
            let answer = change(&app, "street", 1, &json!({"parent": parent})).send().await;
            answer.expect_status(400).faults(&[("/parent", "contradiction")]);
        }
        change(&app, "below", 1, &json!({"level": "district"})).send().await.expect_status(400).done();
        change(&app, "street", 1, &json!({"level": "district"})).send().await.expect_status(200).done();
        change(&app, "below", 1, &json!({"level": "district"})).send().await.expect_status(200).done();
        let lowered = change(&app, "street", 2, &json!({"level": "street"})).send().await;
        lowered.expect_status(400).faults(&[("/level", "contradiction")]);
    }

    async fn change_member_by_member(app: App) {
        register(&app, &body("above")).send().await.expect_status(201).done();
        let mut first = body("one");
        first["parent"] = json!("above");
        first["industries"] = json!(["C"]);
        register(&app, &first).send().await.expect_status(201).done();
        let changed = change(&app, "one", 1, &json!({"name": "新名", "parent": null, "industries": null})).send().await;
        let changed = changed.expect_status(200);
        assert_eq!(changed.etag(), 2);
        let view = changed.json();
        assert_eq!((&view["name"], &view["parent"]), (&json!("新名"), &Value::Null));
        assert_eq!((&view["industries"], &view["areas"]), (&json!([]), &json!(["370303009"])));
        let same = change(&app, "one", 2, &json!({"name": "新名"})).send().await.expect_status(200);
        assert_eq!(same.etag(), 2, "nothing changed, so nothing was written");
        let stale = change(&app, "one", 1, &json!({"name": "旧名"})).send().await.expect_status(412);
        assert_eq!(stale.problem("stale_version")["current_version"], 2);
        let blind = app.patch("/v1/authorities/one").as_(&Caller::office()).json(&json!({"name": "盲改"}));
        blind.send().await.expect_status(428).problem("precondition_required");
        change(&app, "one", 2, &json!({"code": "two", "name": null, "areas": [], "x": 1})).send().await.expect_status(400).faults(&[
            ("/code", "read_only"),
            ("/x", "unknown_field"),
        ]);
        change(&app, "one", 2, &json!({"name": null})).send().await.expect_status(400).faults(&[("/name", "missing")]);
        change(&app, "one", 2, &json!({"areas": []})).send().await.expect_status(400).faults(&[("/areas", "too_few")]);
        change(&app, "nobody", 1, &json!({})).send().await.expect_status(404).problem("not_found");
        let inspector = app.patch("/v1/authorities/one").as_(&Caller::inspector()).if_match(2).json(&json!({"name": "x"}));
        inspector.send().await.expect_status(403).problem("role_not_allowed");
    }

    async fn are_listed_by_code_with_filters(app: App) {
        let everywhere = Caller::office().areas(&["*"]);
        for (code, level, parent, areas) in [
            ("city", "municipal", None, json!(["3703"])),
            ("zhangdian", "district", Some("city"), json!(["370303"])),
            ("keyuan", "street", Some("zhangdian"), json!(["370303009"])),
            ("linzi", "district", Some("city"), json!(["370305"])),
        ] {
            let body = json!({"code": code, "name": code, "level": level, "parent": parent, "areas": areas});
            app.post("/v1/authorities").as_(&everywhere).json(&body).send().await.expect_status(201).done();
        }
        assert_eq!(codes(&app, "").await, ["city", "keyuan", "linzi", "zhangdian"]);
        assert_eq!(codes(&app, "?level=district,street").await, ["keyuan", "linzi", "zhangdian"]);
        assert_eq!(codes(&app, "?level=district&parent=city&area=370303").await, ["zhangdian"]);
        // In charge of some part of the area: those above it, those within it.
        assert_eq!(codes(&app, "?area=370303009001").await, ["city", "keyuan", "zhangdian"]);
        assert_eq!(codes(&app, "?area=3703").await, ["city", "keyuan", "linzi", "zhangdian"]);
        assert_eq!(codes(&app, "?area=370304,370305").await, ["city", "linzi"]);
        let asked = app.get("/v1/authorities?level=moon&area=1&colour=red&limit=0").as_(&everywhere).send().await;
        asked.expect_status(400).faults(&[
            ("?level", "unknown_value"),
            ("?area", "bad_format"),
            ("?colour", "unknown_field"),
            ("?limit", "out_of_range"),
        ]);
    }

    async fn are_walked_while_others_are_registered(app: App) {
        for number in 0..7 {
            register(&app, &body(&format!("m-{number}"))).send().await.expect_status(201).done();
        }
        let mut seen = Vec::new();
        let mut path = "/v1/authorities?limit=2".to_owned();
        loop {
            let page = app.get(&path).as_(&Caller::system()).send().await.expect_status(200);
            seen.extend(codes_of(&page));
            register(&app, &body(&format!("a-{}", seen.len()))).send().await.expect_status(201).done();
            let Some(cursor) = page.json()["next_cursor"].as_str().map(str::to_owned) else {
                assert_eq!(page.header("link"), None);
                break;
            };
            path = format!("/v1/authorities?limit=2&cursor={cursor}");
            assert_eq!(page.header("link"), Some(format!("<{path}>; rel=\"next\"").as_str()));
        }
        let expected: Vec<String> = (0..7).map(|number| format!("m-{number}")).collect();
        assert_eq!(seen, expected, "none lost, none twice");
        let stolen = path.replace("/v1/authorities?limit=2", "/v1/authorities?level=street");
        app.get(stolen).as_(&Caller::system()).send().await.expect_status(400).problem("bad_cursor");
    }
}
