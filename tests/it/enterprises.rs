//! The register of units: kept by the office, seen by those whom a unit concerns.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::{Answer, Request};
use crate::support::fixtures::{AREA, FOREIGN_AREA, text, uscc};
use crate::support::on_both;

const CSV: &str = "text/csv";
const JSON_LINES: &str = "application/jsonl";
const COLUMNS: &str = "uscc,name,industry,area,address,principal_name,principal_phone,controller_name,controller_phone,committee,latitude,longitude";

fn register(app: &App, body: &Value) -> Request {
    app.post("/v1/enterprises").as_(&Caller::office()).json(body)
}

fn change(app: &App, id: &str, version: i64, patch: &Value) -> Request {
    app.patch(format!("/v1/enterprises/{id}"))
        .as_(&Caller::office())
        .if_match(version)
        .json(patch)
}

fn import(app: &App, media_type: &str, file: impl Into<Vec<u8>>) -> Request {
    app.post("/v1/enterprises/import")
        .as_(&Caller::office())
        .body(media_type, file)
}

fn read(app: &App, id: &str, caller: &Caller) -> Request {
    app.get(format!("/v1/enterprises/{id}")).as_(caller)
}

fn names_of(page: &Answer) -> Vec<String> {
    page.items().iter().map(|item| text(&item["name"])).collect()
}

async fn names(app: &App, query: &str, caller: &Caller) -> Vec<String> {
    names_of(
        &app.get(format!("/v1/enterprises{query}"))
            .as_(caller)
            .send()
            .await
            .expect_status(200),
    )
}

async fn unit(app: &App, name: &str, area: &str, industry: &str) -> Value {
    let mut body = app.enterprise_body();
    body["name"] = json!(name);
    body["area"] = json!(area);
    body["industry"] = json!(industry);
    let everywhere = Caller::office().areas(&["*"]);
    app.post("/v1/enterprises")
        .as_(&everywhere)
        .json(&body)
        .send()
        .await
        .expect_status(201)
        .json()
}

on_both! {
    async fn are_registered_and_read(app: App) {
        let mut body = app.enterprise_body();
        body["committee"] = json!("keyuan-committee-industry");
        body["location"] = json!({"latitude": 36.8, "longitude": 118.05});
        let created = register(&app, &body).send().await.expect_status(201);
        let view = created.json();
        let id = text(&view["id"]);
        assert_eq!(created.header("location"), Some(format!("/v1/enterprises/{id}").as_str()));
        assert_eq!((created.etag(), &view["version"]), (1, &json!(1)));
        for (member, value) in body.as_object().expect("an object") {
            assert_eq!(&view[member], value, "{member}");
        }
        let again = read(&app, &id, &Caller::committee()).send().await.expect_status(200);
        assert_eq!(again.json(), view);
        assert_eq!(again.header("cache-control"), Some("no-store"));
        read(&app, &id, &Caller::committee()).header("if-none-match", "\"1\"").send().await.expect_status(304).done();
        for nothing in ["01900000-0000-7000-8000-00000000dead", "nothing"] {
            read(&app, nothing, &Caller::office()).send().await.expect_status(404).problem("not_found");
        }
    }

    async fn need_no_phone_controller_or_place(app: App) {
        let mut body = app.enterprise_body();
        body["principal"] = json!({"name": "张某"});
        body["controller"] = json!({"name": "李某"});
        let view = register(&app, &body).send().await.expect_status(201).json();
        assert_eq!(view["principal"], json!({"name": "张某", "phone": null}));
        assert_eq!(view["controller"], json!({"name": "李某", "phone": null}));
        let mut bare = app.enterprise_body();
        bare["controller"] = Value::Null;
        let view = register(&app, &bare).send().await.expect_status(201).json();
        assert_eq!((&view["controller"], &view["location"], &view["committee"]), (&Value::Null, &Value::Null, &Value::Null));
    }

    async fn are_registered_once(app: App) {
        let body = app.enterprise_body();
        let first = register(&app, &body).key("k").send().await.expect_status(201);
        let again = register(&app, &body).key("k").send().await.expect_status(201);
        assert_eq!((again.header("idempotent-replayed"), &again.body), (Some("true"), &first.body));
        register(&app, &body).send().await.expect_status(409).problem("already_exists");
        register(&app, &app.enterprise_body()).key("k").send().await.expect_status(422).problem("idempotency_key_reused");
    }

    async fn say_everything_that_is_wrong_with_them(app: App) {
        let mut wrong = app.enterprise_body();
        wrong["uscc"] = json!("91350100M000100Y44");
        wrong["industry"] = json!("26");
        wrong["area"] = json!("3703");
        wrong["principal"] = json!({"phone": "1", "fax": "2"});
        wrong["location"] = json!({"latitude": 91, "longitude": "x"});
        wrong["owner"] = json!("x");
        register(&app, &wrong).send().await.expect_status(400).faults(&[
            ("/uscc", "bad_checksum"),
            ("/industry", "bad_format"),
            ("/area", "bad_format"),
            ("/principal/name", "missing"),
            ("/principal/fax", "unknown_field"),
            ("/location/longitude", "wrong_type"),
            ("/owner", "unknown_field"),
        ]);
        let mut nowhere = app.enterprise_body();
        nowhere["location"] = json!({"latitude": 91, "longitude": -181});
        register(&app, &nowhere).send().await.expect_status(400).faults(&[
            ("/location/latitude", "out_of_range"),
            ("/location/longitude", "out_of_range"),
        ]);
    }

    async fn are_kept_by_the_office_and_the_operator_where_they_act(app: App) {
        for caller in Caller::of_every_role(&uscc(900)) {
            let answer = app.post("/v1/enterprises").as_(&caller).json(&app.enterprise_body()).send().await;
            if caller.sub() == "office-1" || caller.sub() == "admin-1" {
                answer.expect_status(201).done();
            } else {
                answer.expect_status(403).problem("role_not_allowed");
            }
        }
        let mut foreign = app.enterprise_body();
        foreign["area"] = json!(FOREIGN_AREA);
        register(&app, &foreign).send().await.expect_status(403).faults(&[("/area", "outside_scope")]);
        let of_trade = Caller::office().industries(&["F"]);
        let answer = app.post("/v1/enterprises").as_(&of_trade).json(&app.enterprise_body()).send().await;
        answer.expect_status(403).faults(&[("/industry", "outside_scope")]);
    }

    async fn are_seen_by_those_whom_they_concern(app: App) {
        let own = unit(&app, "甲", AREA, "C26").await;
        let other = unit(&app, "乙", FOREIGN_AREA, "C26").await;
        let (own_id, other_id) = (text(&own["id"]), text(&other["id"]));
        let officer = Caller::enterprise(own["uscc"].as_str().expect("a code"));
        for caller in [officer.clone(), Caller::inspector(), Caller::auditor(), Caller::system(), Caller::tip_officer()] {
            read(&app, &own_id, &caller).send().await.expect_status(200).done();
            read(&app, &other_id, &caller).send().await.expect_status(404).problem("not_found");
            assert_eq!(names(&app, "", &caller).await, ["甲"], "{}", caller.sub());
            assert!(names(&app, "?q=乙", &caller).await.is_empty(), "{}", caller.sub());
        }
        assert_eq!(names(&app, "", &Caller::admin()).await.len(), 2);
        for caller in [Caller::inspector().areas(&[]), Caller::inspector().industries(&["F"]), Caller::enterprise(&uscc(901))] {
            read(&app, &own_id, &caller).send().await.expect_status(404).done();
            assert!(names(&app, "", &caller).await.is_empty());
        }
        let unnamed = Caller::of("enterprise").without("areas");
        let answer = app.get("/v1/enterprises").as_(&unnamed).send().await;
        assert!(matches!(answer.status, 401 | 403), "a unit's token without its code: {}", answer.status);
    }

    async fn change_member_by_member(app: App) {
        let before = register(&app, &app.enterprise_body()).send().await.expect_status(201).json();
        let id = text(&before["id"]);
        let changed = change(&app, &id, 1, &json!({
            "name": "新名有限公司",
            "principal": {"phone": null},
            "controller": null,
            "committee": "keyuan-committee-industry",
            "location": {"latitude": 36.8, "longitude": 118},
        })).send().await.expect_status(200);
        assert_eq!(changed.etag(), 2);
        let view = changed.json();
        assert_eq!(view["name"], "新名有限公司");
        assert_eq!(view["principal"], json!({"name": before["principal"]["name"], "phone": null}));
        assert_eq!(view["controller"], Value::Null);
        assert_eq!((&view["uscc"], &view["address"]), (&before["uscc"], &before["address"]));
        let moved = change(&app, &id, 2, &json!({"location": {"longitude": 118.5}})).send().await.expect_status(200).json();
        assert_eq!(moved["location"], json!({"latitude": 36.8, "longitude": 118.5}));
        let same = change(&app, &id, 3, &json!({"name": "新名有限公司"})).send().await.expect_status(200);
        assert_eq!(same.etag(), 3, "nothing changed, so nothing was written");
        let stale = change(&app, &id, 2, &json!({"name": "旧"})).send().await.expect_status(412);
        assert_eq!(stale.problem("stale_version")["current_version"], 3);
        let blind = app.patch(format!("/v1/enterprises/{id}")).as_(&Caller::office()).json(&json!({"name": "盲"}));
        blind.send().await.expect_status(428).problem("precondition_required");
        change(&app, &id, 3, &json!({"uscc": uscc(902), "id": id, "fax": "1"})).send().await.expect_status(400).faults(&[
            ("/uscc", "read_only"),
            ("/id", "read_only"),
            ("/fax", "unknown_field"),
        ]);
        change(&app, &id, 3, &json!({"name": null, "principal": null, "controller": {"phone": "1"}, "location": {"latitude": null}}))
            .send().await.expect_status(400).faults(&[
                ("/name", "missing"),
                ("/principal", "missing"),
                ("/controller/name", "missing"),
                ("/location/latitude", "missing"),
            ]);
    }

    async fn are_changed_by_those_who_keep_them(app: App) {
        let own = unit(&app, "甲", AREA, "C26").await;
        let id = text(&own["id"]);
        let patch = json!({"name": "改"});
        let ask = |caller: Caller| app.patch(format!("/v1/enterprises/{id}")).as_(&caller).if_match(1).json(&patch);
        let officer = Caller::enterprise(own["uscc"].as_str().expect("a code"));
        for caller in [officer, Caller::inspector(), Caller::committee(), Caller::regulator(), Caller::auditor()] {
            ask(caller).send().await.expect_status(403).problem("role_not_allowed");
        }
        ask(Caller::office().areas(&[FOREIGN_AREA])).send().await.expect_status(404).problem("not_found");
        ask(Caller::enterprise(&uscc(903))).send().await.expect_status(404).problem("not_found");
        change(&app, &id, 1, &json!({"area": FOREIGN_AREA})).send().await.expect_status(403).problem("outside_scope");
        ask(Caller::admin()).send().await.expect_status(200).done();
    }

    async fn are_changed_by_one_of_those_who_saw_the_same_version(app: App) {
        let id = text(&unit(&app, "甲", AREA, "C26").await["id"]);
        let mut asked = Vec::new();
        for number in 0..6 {
            let request = change(&app, &id, 1, &json!({"name": format!("改{number}")}));
            asked.push(actix_web::rt::spawn(request.send()));
        }
        let mut statuses = Vec::new();
        for answer in asked {
            statuses.push(answer.await.expect("an answer").status);
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412, 412, 412, 412, 412]);
        assert_eq!(read(&app, &id, &Caller::office()).send().await.etag(), 2);
    }

    async fn are_found_by_filters(app: App) {
        for (name, area, industry) in [
            ("Alpha 泵业", "370303009001", "C3441"),
            ("beta 化工", "370303009002", "C26"),
            ("丙商贸", "370303001001", "F52"),
        ] {
            unit(&app, name, area, industry).await;
        }
        let office = Caller::office();
        assert_eq!(names(&app, "", &office).await, ["Alpha 泵业", "beta 化工", "丙商贸"]);
        assert_eq!(names(&app, "?sort=-name", &office).await, ["丙商贸", "beta 化工", "Alpha 泵业"]);
        assert_eq!(names(&app, "?area=370303009", &office).await, ["Alpha 泵业", "beta 化工"]);
        assert_eq!(names(&app, "?area=370303009002,370303001&industry=F", &office).await, ["丙商贸"]);
        assert_eq!(names(&app, "?q=ALPHA", &office).await, ["Alpha 泵业"], "ASCII letters are found in any case");
        assert_eq!(names(&app, "?q=化工", &office).await, ["beta 化工"]);
        assert!(names(&app, "?q=%25", &office).await.is_empty(), "a wildcard means itself");
        let known = app.get("/v1/enterprises?q=beta").as_(&office).send().await.items();
        let code = text(&known[0]["uscc"]);
        assert_eq!(names(&app, &format!("?uscc={code}"), &office).await, ["beta 化工"]);
        let asked = app.get("/v1/enterprises?area=3&uscc=x&sort=size&limit=201&page=2").as_(&office).send().await;
        asked.expect_status(400).faults(&[
            ("?area", "bad_format"),
            ("?uscc", "bad_format"),
            ("?sort", "unknown_value"),
            ("?limit", "out_of_range"),
            ("?page", "unknown_field"),
        ]);
    }

    async fn are_walked_while_others_are_registered(app: App) {
        let office = Caller::office();
        for name in ["b", "d", "d", "d", "f", "h"] {
            unit(&app, name, AREA, "C26").await;
        }
        for (sort, expected) in [("name", ["b", "d", "d", "d", "f", "h"]), ("-name", ["h", "f", "d", "d", "d", "b"])] {
            let mut seen = Vec::new();
            let mut ids = std::collections::BTreeSet::new();
            let mut path = format!("/v1/enterprises?limit=2&q=&sort={sort}").replace("&q=", "");
            loop {
                let page = app.get(&path).as_(&office).send().await.expect_status(200);
                for item in page.items() {
                    assert!(ids.insert(text(&item["id"])), "none twice");
                    seen.push(text(&item["name"]));
                }
                // Before the place in either order, so the walk must not meet them.
                unit(&app, if sort == "name" { "a" } else { "z" }, AREA, "C26").await;
                let Some(cursor) = page.json()["next_cursor"].as_str().map(str::to_owned) else {
                    break;
                };
                path = format!("/v1/enterprises?limit=2&sort={sort}&cursor={cursor}");
            }
            let walked: Vec<_> = seen.iter().filter(|name| *name != "a").collect();
            assert_eq!(walked, expected.iter().collect::<Vec<_>>(), "none lost: {sort}");
        }
    }

    async fn are_imported_from_csv(app: App) {
        let file = format!(
            "\u{feff}{COLUMNS}\r\n{},\"甲,有限公司\",C26,{AREA},示例路1号,王某,13900001001,李某,,keyuan-committee-industry,36.8,118.05\r\n\
             {},乙有限公司,F52,{AREA},示例路2号,赵某,,,,,,\r\n",
            uscc(910),
            uscc(911)
        );
        let answer = import(&app, "text/csv; charset=utf-8", file.clone()).key("k").send().await.expect_status(200);
        let imported = answer.json();
        assert_eq!(imported["imported"], 2);
        assert_eq!((&imported["items"][0]["line"], &imported["items"][1]["line"]), (&json!(2), &json!(3)));
        let first = read(&app, &text(&imported["items"][0]["id"]), &Caller::office()).send().await.expect_status(200).json();
        assert_eq!((&first["name"], &first["uscc"]), (&json!("甲,有限公司"), &json!(uscc(910))));
        assert_eq!(first["controller"], json!({"name": "李某", "phone": null}));
        assert_eq!(first["location"], json!({"latitude": 36.8, "longitude": 118.05}));
        let again = import(&app, "text/csv; charset=utf-8", file.clone()).key("k").send().await.expect_status(200);
        assert_eq!((again.header("idempotent-replayed"), &again.body), (Some("true"), &answer.body));
        let problem = import(&app, CSV, file).send().await.expect_status(422);
        problem.problem("import_rejected");
        problem.faults(&[("/lines/2/uscc", "duplicate"), ("/lines/3/uscc", "duplicate")]);
    }

    async fn are_imported_from_json_lines(app: App) {
        let (one, two) = (app.enterprise_body(), app.enterprise_body());
        for media_type in [JSON_LINES, "application/x-ndjson"] {
            let file = format!("{one}\n\n{two}");
            let answer = import(&app, media_type, file).send().await;
            if media_type == JSON_LINES {
                assert_eq!(answer.expect_status(200).json()["imported"], 2);
            } else {
                answer.expect_status(422).faults(&[("/lines/1/uscc", "duplicate"), ("/lines/3/uscc", "duplicate")]);
            }
        }
        assert_eq!(names(&app, "", &Caller::office()).await.len(), 2);
    }

    async fn are_imported_all_or_none_with_every_bad_line_named(app: App) {
        let known = unit(&app, "已登记", AREA, "C26").await;
        let file = format!(
            "{COLUMNS}\n\
             {good},好,C26,{AREA},示例路1号,王某,,,,,,\n\
             91350100M000100Y44,,26,{AREA},示例路1号,,1,,,,x,118\n\
             too,few\n\
             {good},重复,C26,{AREA},示例路1号,王某,,,,,,\n\
             {outside},外区,C26,{FOREIGN_AREA},示例路1号,王某,,,,,,\n\
             {known},已登记,C26,{AREA},示例路1号,王某,,,,,,\n",
            good = uscc(920),
            outside = uscc(921),
            known = known["uscc"].as_str().expect("a code"),
        );
        let answer = import(&app, CSV, file).send().await.expect_status(422);
        answer.problem("import_rejected");
        answer.faults(&[
            ("/lines/3/uscc", "bad_checksum"),
            ("/lines/3/name", "missing"),
            ("/lines/3/industry", "bad_format"),
            ("/lines/3/principal_name", "missing"),
            ("/lines/3/latitude", "wrong_type"),
            ("/lines/4", "too_few"),
            ("/lines/5/uscc", "duplicate"),
            ("/lines/6/area", "not_allowed"),
            ("/lines/7/uscc", "duplicate"),
        ]);
        assert_eq!(names(&app, "", &Caller::admin()).await, ["已登记"], "nothing was written");
        let one = app.enterprise_body();
        let lines = format!("{one}\n{{\"uscc\": 1}}\nnot json\n[1]\n{{\"uscc\":\"a\",\"uscc\":\"b\"}}\n");
        let answer = import(&app, JSON_LINES, lines).send().await.expect_status(422);
        let document = answer.problem("import_rejected");
        let pointers: Vec<_> = document["errors"].as_array().expect("errors").iter().map(|error| text(&error["pointer"])).collect();
        for line in ["/lines/2/uscc", "/lines/3", "/lines/4", "/lines/5"] {
            assert!(pointers.iter().any(|pointer| pointer == line), "{line}: {pointers:?}");
        }
        assert_eq!(names(&app, "", &Caller::admin()).await, ["已登记"], "nothing was written");
    }

    async fn imports_are_checked_and_bounded(app: App) {
        import(&app, "application/json", "{}").send().await.expect_status(415).problem("unsupported_media_type");
        import(&app, CSV, "").send().await.expect_status(422).problem("import_rejected");
        import(&app, JSON_LINES, "\n\n").send().await.expect_status(422).problem("import_rejected");
        import(&app, CSV, COLUMNS).send().await.expect_status(422).problem("import_rejected");
        import(&app, CSV, "name,colour\n").send().await.expect_status(422).problem("import_rejected");
        import(&app, CSV, b"uscc,\xff\n".to_vec()).send().await.expect_status(422).problem("import_rejected");
        let mut long = format!("{COLUMNS}\n");
        for number in 0..5001 {
            writeln!(long, "{},单位{number},C26,{AREA},示例路,王某,,,,,,", uscc(100_000 + number)).unwrap();
        }
        import(&app, CSV, long).send().await.expect_status(422).faults(&[("/lines/5002", "too_many")]);
        import(&app, CSV, vec![b'x'; 20 * 1024 * 1024 + 1]).send().await.expect_status(413).problem("too_large");
        let inspector = app.post("/v1/enterprises/import").as_(&Caller::inspector()).body(CSV, COLUMNS);
        inspector.send().await.expect_status(403).problem("role_not_allowed");
        assert!(names(&app, "", &Caller::admin()).await.is_empty(), "nothing was written");
    }
}
