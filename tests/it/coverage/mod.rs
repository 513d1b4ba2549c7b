//! No operation without a test of who may not use it: the document is walked, so one that is new fails here until it
//! has its row in `table.rs`.

mod exports;
mod inspections;
mod scene;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use major_hazards::law::lifecycle::ClockKind;
use major_hazards::values::Vocabulary as _;
use serde_json::{Value, json};

use self::scene::Scene;
use self::table::{Stranger, Thing, rows, stranger_to};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::Answer;
use crate::support::fixtures::{AREA, FOREIGN_AREA};
use crate::support::on_both;
use crate::support::openapi::Operation;

/// The quarter in which the tests play.
const QUARTER: &str = "2026Q4";

on_both! {
    async fn every_operation_has_its_row(app: App) {
        let documented: BTreeSet<String> = app
            .operations()
            .await
            .into_iter()
            .map(|operation| operation.id)
            .collect();
        let listed: BTreeSet<String> = rows().into_keys().collect();
        let missing: Vec<_> = documented.difference(&listed).collect();
        assert!(
            missing.is_empty(),
            "say in `STRANGERS` what these are to a stranger: {missing:?}"
        );
        let gone: Vec<_> = listed.difference(&documented).collect();
        assert!(gone.is_empty(), "these are not in the document: {gone:?}");
    }

    async fn nobody_without_a_token_gets_in(app: App) {
        for operation in app.operations().await {
            let path = operation.path_to_nothing();
            let open = stranger_to(&operation) == Some(Stranger::Open);
            assert_eq!(
                operation.needs_token(),
                !open,
                "{}: document and `STRANGERS` differ",
                operation.name()
            );
            if open {
                continue;
            }
            for token in [None, Some("Bearer x.y.z"), Some("Basic YTpi")] {
                let mut request = app.request(operation.method.clone(), &path);
                if let Some(token) = token {
                    request = request.header("authorization", token);
                }
                let answer = request.send().await.expect_status(401);
                let code = if token.is_some_and(|token| token.starts_with("Bearer")) {
                    "invalid_token"
                } else {
                    "unauthenticated"
                };
                answer.problem(code);
                let challenge = answer.header("www-authenticate").unwrap_or_default();
                assert!(
                    challenge.starts_with("Bearer realm="),
                    "{}: {challenge}",
                    operation.name()
                );
                assert!(
                    operation.answer(401).is_some(),
                    "{}: 401 is not documented",
                    operation.name()
                );
            }
        }
    }

    async fn a_thing_of_others_is_as_if_it_were_not_there(app: App) {
        let scene = Scene::set(&app).await;
        for operation in app.operations().await {
            let Some(Stranger::Thing(thing)) = stranger_to(&operation) else {
                continue;
            };
            for caller in scene.strangers(thing) {
                let absent = ask(&app, &operation, "01900000-0000-7000-8000-00000000dead", &caller).await;
                let absent_number = ask(&app, &operation, "370303-1999-000001", &caller).await;
                for name in scene.names(thing) {
                    let hidden = ask(&app, &operation, &name, &caller).await;
                    assert_eq!(
                        hidden.status,
                        404,
                        "{} as {}: {}",
                        hidden.asked,
                        caller.sub(),
                        hidden.text()
                    );
                    let like = if name.len() == 36 { &absent } else { &absent_number };
                    assert_eq!(
                        without_names(&hidden),
                        without_names(like),
                        "{} as {}",
                        hidden.asked,
                        caller.sub()
                    );
                }
            }
            let insider = scene.insider(thing);
            for name in scene.names(thing) {
                let seen = ask(&app, &operation, &name, &insider).await;
                assert_ne!(seen.status, 404, "the insider sees it: {} {}", seen.asked, seen.text());
            }
        }
    }

    async fn a_list_leaves_out_what_is_not_ones_own(app: App) {
        let scene = Scene::set(&app).await;
        for operation in app.operations().await {
            if stranger_to(&operation) != Some(Stranger::List) {
                continue;
            }
            let thing = if operation.path.contains("tips") {
                Thing::Tip
            } else if operation.path.contains("notices") {
                Thing::Notice
            } else if operation.id.contains("hazards") {
                Thing::Hazard
            } else {
                Thing::Enterprise
            };
            let now = app.clock().now();
            if operation.id == "list_slow_hazards" {
                app.clock().set(now.plus_seconds(60 * 86_400));
            }
            let id = &scene.names(thing)[0];
            let lists = async |caller: &Caller, query: &str| {
                let answer = app
                    .get(format!("{}{query}", operation.path))
                    .as_(caller)
                    .send()
                    .await
                    .expect_status(200);
                answer.items().iter().any(|item| item["id"] == id.as_str())
            };
            let mut queries = vec![String::new(), "?limit=200".to_owned()];
            for (name, value) in [
                ("area", AREA),
                ("uscc", scene.hazard.unit.uscc.as_str()),
                ("enterprise", scene.hazard.unit.id.as_str()),
                ("q", "有限空间"),
            ] {
                if (name == "area" || thing != Thing::Enterprise) && operation.parameters_in("query").iter().any(|known| known == name) {
                    queries.push(format!("?{name}={value}"));
                }
            }
            for query in queries {
                assert!(
                    lists(&scene.insider(thing), &query).await,
                    "the insider finds it with `{query}`"
                );
                for caller in scene.strangers(thing) {
                    if thing == Thing::Tip && caller.reads_no_tips() {
                        let path = format!("{}{query}", operation.path);
                        app.get(path).as_(&caller).send().await.expect_status(403).problem("role_not_allowed");
                        continue;
                    }
                    assert!(
                        !lists(&caller, &query).await,
                        "{} finds it with `{query}`",
                        caller.sub()
                    );
                }
            }
            app.clock().set(now);
        }
    }

    async fn how_units_stand_is_told_to_those_whom_they_concern(app: App) {
        let scene = Scene::set(&app).await;
        let id = scene.hazard.unit.id.as_str();
        for operation in app.operations().await {
            if stranger_to(&operation) != Some(Stranger::Standings) {
                continue;
            }
            let ask = async |caller: &Caller, query: &str| {
                let path = format!("{}?quarter={QUARTER}{query}", operation.path);
                app.get(path).as_(caller).send().await
            };
            for query in ["", "&limit=200", "&state=filed", &format!("&area={AREA}"), "&industry=C26"] {
                let seen = ask(&scene.insider(Thing::SelfCheck), query).await.expect_status(200);
                assert!(seen.items().iter().any(|item| item["enterprise"]["id"] == id), "{}", seen.asked);
                for caller in scene.strangers(Thing::SelfCheck) {
                    let answer = ask(&caller, query).await;
                    if caller.sub().starts_with("tip_officer") {
                        answer.expect_status(403).problem("role_not_allowed");
                    } else {
                        assert!(
                            answer.expect_status(200).items().iter().all(|item| item["enterprise"]["id"] != id),
                            "{} with `{query}`",
                            caller.sub()
                        );
                    }
                }
            }
        }
    }

    async fn a_count_leaves_out_what_is_not_ones_own(app: App) {
        let scene = Scene::set(&app).await;
        for operation in app.operations().await {
            if stranger_to(&operation) != Some(Stranger::Count) {
                continue;
            }
            let counts = async |caller: &Caller| {
                let answer = app.get(operation.path.as_str()).as_(caller).send().await;
                counted(&answer.expect_status(200).json())
            };
            assert!(counts(&scene.insider(Thing::Hazard)).await > 0, "{}", operation.name());
            for caller in scene.strangers(Thing::Hazard) {
                assert_eq!(counts(&caller).await, 0, "{} as {}", operation.name(), caller.sub());
            }
            let operator = app.get(operation.path.as_str()).as_(&Caller::admin()).send().await;
            operator.expect_status(403).any_problem();
        }
    }

    async fn what_the_office_keeps_is_kept_by_the_office(app: App) {
        let scene = Scene::set(&app).await;
        let others = [
            scene.hazard.unit.officer(),
            Caller::inspector(),
            Caller::committee(),
            Caller::regulator(),
            Caller::tip_officer(),
            Caller::auditor(),
            Caller::system(),
        ];
        for operation in app.operations().await {
            if stranger_to(&operation) != Some(Stranger::Office) {
                continue;
            }
            for caller in &others {
                let answer = ask(&app, &operation, &scene.hazard.unit.id, caller).await;
                assert!(
                    matches!(answer.status, 403 | 404),
                    "{} as {}: {} {}",
                    answer.asked,
                    caller.sub(),
                    answer.status,
                    answer.text()
                );
                answer.any_problem();
            }
        }
    }

    async fn what_those_who_judge_publish_is_published_by_nobody_else(app: App) {
        let scene = Scene::set(&app).await;
        let others = [
            scene.hazard.unit.officer(),
            Caller::inspector(),
            Caller::tip_officer(),
            Caller::auditor(),
            Caller::system(),
            Caller::admin(),
        ];
        for operation in app.operations().await {
            if stranger_to(&operation) != Some(Stranger::Committee) {
                continue;
            }
            for caller in &others {
                let answer = ask(&app, &operation, &scene.hazard.unit.id, caller).await;
                answer.expect_status(403).problem("role_not_allowed");
            }
            ask(&app, &operation, &scene.hazard.unit.id, &Caller::committee()).await.expect_status(201).done();
        }
    }

    async fn a_subscription_is_nobodys_but_its_owners(app: App) {
        let scene = Scene::set(&app).await;
        let body = json!({"url": "https://receiver.example/", "types": ["hazard.*"]});
        let owner = Caller::system().subject("the owner");
        let made = app.post("/v1/subscriptions").as_(&owner).json(&body).send().await.expect_status(201).json();
        let id = made["id"].as_str().expect("an id");
        let other = Caller::system().areas(&["*"]);
        for operation in app.operations().await {
            if stranger_to(&operation) != Some(Stranger::Owned) {
                continue;
            }
            for caller in scene.strangers(Thing::Hazard) {
                if !caller.sub().starts_with("system") {
                    let refused = ask(&app, &operation, id, &caller).await.expect_status(403);
                    refused.problem("role_not_allowed");
                }
            }
            if operation.parameters_in("path").is_empty() {
                continue;
            }
            let hidden = ask(&app, &operation, id, &other).await.expect_status(404);
            let absent = ask(&app, &operation, "01900000-0000-7000-8000-00000000dead", &other).await;
            assert_eq!(without_names(&hidden), without_names(&absent), "{}", operation.name());
        }
        let read = app.get(format!("/v1/subscriptions/{id}")).as_(&owner).send().await.expect_status(200);
        assert_eq!(read.json()["version"], 1);
    }

    async fn a_phone_is_told_of_nothing_that_is_not_its_owners(app: App) {
        let scene = Scene::set(&app).await;
        let ask = async |caller: &Caller| app.get("/v1/sync?limit=2000").as_(caller).send().await;
        let (hazard, unit) = (scene.hazard.id.as_str(), scene.hazard.unit.id.as_str());
        let seen = ask(&scene.insider(Thing::Hazard)).await.expect_status(200).text();
        assert!(seen.contains(hazard) && seen.contains(unit));
        for caller in scene.strangers(Thing::Hazard) {
            let answer = ask(&caller).await;
            if caller.sub().starts_with("officer") || caller.sub().starts_with("a unit") {
                answer.expect_status(403).problem("role_not_allowed");
            } else {
                let told = answer.expect_status(200).text();
                assert!(!told.contains(hazard) && !told.contains(unit), "{}", caller.sub());
            }
        }
    }

    async fn a_report_is_made_where_one_is_at_home(app: App) {
        let scene = Scene::set(&app).await;
        let unit = &scene.hazard.unit;
        let mut own = app.report_body(unit);
        own["source"] = json!("self_report");
        let cases = [
            (
                Caller::inspector().subject("elsewhere").areas(&[FOREIGN_AREA]),
                app.report_body(unit),
            ),
            (Caller::inspector().subject("nowhere").areas(&[]), app.report_body(unit)),
            (
                Caller::inspector().subject("of another trade").industries(&["F52"]),
                app.report_body(unit),
            ),
            (scene.other_unit.clone(), own.clone()),
        ];
        for (caller, body) in cases {
            let answer = app.post("/v1/hazards").as_(&caller).json(&body).send().await;
            assert!(
                (400..500).contains(&answer.status),
                "{}: {}",
                caller.sub(),
                answer.status
            );
            answer.any_problem();
        }
        for caller in [
            Caller::committee(),
            Caller::regulator(),
            Caller::office(),
            Caller::auditor(),
            Caller::system(),
            Caller::admin(),
        ] {
            let answer = app
                .post("/v1/hazards")
                .as_(&caller)
                .json(&app.report_body(unit))
                .send()
                .await;
            answer.expect_status(403).any_problem();
        }
        app.report(&unit.officer(), unit, &own).await;
    }
}

/// Everything that an answer counts as confirmed, or as a clock that will run out, however it is grouped.
fn counted(answer: &Value) -> i64 {
    match answer {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| match value.as_i64() {
                Some(count) if name == "new" || ClockKind::CODES.contains(&name.as_str()) => count,
                _ => counted(value),
            })
            .sum(),
        Value::Array(entries) => entries.iter().map(counted).sum(),
        _ => 0,
    }
}

/// Calls the operation on the thing of that name, with a body that is right.
async fn ask(app: &App, operation: &Operation, name: &str, caller: &Caller) -> Answer {
    // A photograph of a tip goes by both names.
    let (name, photo) = name.split_once('/').unwrap_or((name, name));
    let path = operation.path_with(|parameter| match parameter {
        "photo" => photo.to_owned(),
        "code" => "NOTHING".to_owned(),
        "quarter" => QUARTER.to_owned(),
        _ => name.to_owned(),
    });
    let mut request = app.request(operation.method.clone(), path).as_(caller);
    if operation
        .parameters_in("header")
        .iter()
        .any(|header| header.eq_ignore_ascii_case("if-match"))
    {
        request = request.if_match(2);
    }
    if operation.takes_json() {
        request = request.json(&operation.examples("application/json")[0]);
    } else if operation.says.get("requestBody").is_some() {
        let bodies = operation.says["requestBody"]["content"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        let media_type = bodies.keys().next().cloned().unwrap_or_default();
        let example = operation
            .examples(&media_type)
            .first()
            .and_then(Value::as_str)
            .unwrap_or("x")
            .to_owned();
        request = request.body(&media_type, example);
    }
    request.send().await
}

/// An answer without what names the request: status, the members of the document, and the names of the headers.
fn without_names(answer: &Answer) -> (u16, BTreeMap<String, Value>, Vec<String>) {
    let mut document = answer.json();
    let members = document.as_object_mut().expect("a problem document");
    members.remove("instance");
    members.remove("request_id");
    let members = members
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let mut headers: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
    headers.sort();
    (answer.status, members, headers)
}
