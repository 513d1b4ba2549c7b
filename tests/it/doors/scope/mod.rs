//! Who sees what: for every read operation of the document and each of many callers, what is seen is exactly what
//! `Scope::covers` says, whichever page, filter or order; and what is not seen is answered as what does not exist.
//!
//! By default each caller tries a ninth of the filters, turn about, and a sample of single things. All of them:
//!
//! `HAZARDS_TEST_SCOPE=all cargo test --test it doors::scope`

mod exports;
mod inspections;
mod log;
mod phones;
mod self_checks;
mod table;
mod tips;
pub mod world;

use std::collections::BTreeSet;

use major_hazards::law::scope::{Caller as LawCaller, KEEPS_SUBSCRIPTIONS, Role};
use reqwest::Method;
use serde_json::{Value, json};

use self::table::{Reading, reading, values};
use self::world::{Canary, HAZARDS, Sight, World, law_caller};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::{Answer, Request};
use crate::support::on_both;
use crate::support::openapi::Operation;

const NOTHING: &str = "01900000-0000-7000-8000-00000000dead";
const NO_NUMBER: &str = "370303-2026-009999";

/// Those who open inquiries, and those who look after them.
const READS_PROPOSALS: &[Role] = &[Role::Regulator, Role::Office, Role::Auditor];

/// Each caller tries one filter of so many.
const SHARE: usize = 3;

/// Somebody who looks.
struct Seer {
    token: Caller,
    law: LawCaller,
    sight: Sight,
}

fn seers(app: &App, world: &World) -> Vec<Seer> {
    let callers = vec![
        Caller::auditor().areas(&["*"]),
        Caller::regulator(),
        Caller::regulator()
            .subject("two areas")
            .areas(&["370304", "370303010"])
            .level("municipal"),
        Caller::inspector().areas(&["370303009001"]),
        Caller::inspector().subject("no area").areas(&[]),
        Caller::inspector().subject("claims no area").without("areas"),
        Caller::committee().industries(&["C"]),
        Caller::committee()
            .subject("one trade")
            .areas(&["37"])
            .industries(&["C2614", "F52"]),
        Caller::office().subject("city").areas(&["3703"]).level("municipal"),
        Caller::tip_officer().areas(&["370402", "110101"]),
        Caller::tip_officer()
            .subject("one street")
            .areas(&["370303009"])
            .industries(&["F52"]),
        Caller::auditor().subject("another district").areas(&["370304"]),
        Caller::system().areas(&["370305"]),
        Caller::admin(),
        Caller::enterprise(world.units[0].uscc.as_str()).subject("officer of the first"),
        Caller::enterprise(world.units[21].uscc.as_str())
            .subject("officer of another")
            .areas(&["*"]),
    ];
    let read = |token: Caller| {
        let law = law_caller(app, &token);
        let sight = world.sight(&law);
        Seer { token, law, sight }
    };
    callers.into_iter().map(read).collect()
}

fn everything() -> bool {
    std::env::var("HAZARDS_TEST_SCOPE").is_ok_and(|wish| wish == "all")
}

on_both! {
    async fn each_caller_sees_exactly_what_the_scope_covers(app: App) {
        let world = World::make(&app).await;
        let office = json!({"code": "zhangdian-office", "name": "区安委办", "level": "district", "areas": ["370303"], "industries": []});
        app.post("/v1/authorities").as_(&Caller::office().areas(&["*"])).json(&office).send().await.expect_status(201).done();
        let points = json!({"code": "ZD-1", "title": "重点事项清单", "kind": "enforcement", "items": [{"code": "1", "text": "是否辨识"}]});
        app.post("/v1/checklists").as_(&Caller::committee()).json(&points).send().await.expect_status(201).done();
        self_checks::file(&app, &world).await;
        let inspected = inspections::file(&app, &world).await;
        let told = tips::tell(&app).await;
        app.write_log().await;
        let seers = seers(&app, &world);
        let operations = app.operations().await;
        for operation in operations.iter().filter(|one| one.method == Method::GET) {
            match reading(&operation.id) {
                Reading::Public(names) => public(&app, operation, names, &seers).await,
                Reading::Proofs => log::proofs(&app, &world, &seers).await,
                Reading::Hazards | Reading::Units => list(&app, &world, operation, &seers).await,
                Reading::File => exports::file(&app, &world, operation, &seers).await,
                Reading::Hazard | Reading::Proposals | Reading::Unit => things(&app, &world, operation, &seers).await,
                Reading::Standings => self_checks::standings(&app, &world, operation, &seers).await,
                Reading::SelfCheck => self_checks::filed(&app, &world, operation, &seers).await,
                Reading::Inspections if operation.id == "list_inspections" => {
                    inspections::list(&app, &world, &inspected, operation, &seers).await;
                }
                Reading::Inspections => inspections::things(&app, &world, &inspected, operation, &seers).await,
                Reading::Attachment => attachments(&app, &world, operation, &seers).await,
                Reading::Upload => upload(&app, operation, &seers).await,
                Reading::Notices if operation.id == "list_notices" => notices(&app, &world, &seers).await,
                Reading::Phone => phones::carried(&app, &world, &seers).await,
                Reading::Subscriptions => subscriptions(&app, operation, &seers).await,
                Reading::Counts => counts(&app, &world, operation, &seers).await,
                Reading::Tips if operation.id == "list_tips" => tips::list(&app, &told, operation, &seers).await,
                Reading::Tips => tips::things(&app, &told, operation, &seers).await,
                Reading::Exports => exports::taken(&app, operation, &seers).await,
                // Asked for each notice of the list; and last, as it takes place a year later.
                Reading::Notices | Reading::Slow | Reading::Thumbnail => {}
            }
        }
        let actions: Vec<&Operation> = operations
            .iter()
            .filter(|one| one.path.starts_with("/v1/hazards/{id}"))
            .collect();
        for seer in &seers {
            hidden_is_absent(&app, &world, &actions, seer).await;
        }
        for operation in operations.iter().filter(|one| one.method == Method::GET) {
            if reading(&operation.id) == Reading::Slow {
                slow(&app, &world, operation, &seers).await;
            }
        }
    }
}

/// Whoever keeps subscriptions sees those, and nobody a word of the ledger.
async fn subscriptions(app: &App, operation: &Operation, seers: &[Seer]) {
    let path = operation.path_with(|_| NOTHING.to_owned());
    for seer in seers {
        let answer = app.get(&path).as_(&seer.token).send().await;
        let keeps = seer.law.has_any(KEEPS_SUBSCRIPTIONS);
        let expected = match (keeps, operation.id.as_str()) {
            (false, _) => 403,
            (true, "list_subscriptions") => 200,
            (true, _) => 404,
        };
        assert_eq!(answer.status, expected, "{} as {}", answer.asked, seer.token.sub());
        assert!(
            Canary::found_in(&answer).is_empty(),
            "{}: {}",
            answer.asked,
            answer.text()
        );
    }
}

/// What everyone may read holds no canary at all.
async fn public(app: &App, operation: &Operation, names: &[&str], seers: &[Seer]) {
    for name in names {
        let path = operation.path_with(|_| (*name).to_owned());
        for seer in seers {
            let answer = app.get(&path).as_(&seer.token).send().await;
            let allowed = answer.status == 200 || names.len() > 1;
            assert!(allowed, "{}: {}", answer.asked, answer.text());
            assert!(
                Canary::found_in(&answer).is_empty(),
                "{}: {}",
                answer.asked,
                answer.text()
            );
            seer.sight.check(&answer);
        }
    }
}

/// Every id of a list, page by page; nothing where the caller may not ask so.
async fn walk(app: &App, path: &str, query: &str, seer: &Seer) -> Option<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut cursor = String::new();
    loop {
        let answer = app.get(format!("{path}?{query}{cursor}")).as_(&seer.token).send().await;
        seer.sight.check(&answer);
        if answer.status != 200 {
            assert!(
                matches!(answer.status, 400 | 403),
                "{}: {}",
                answer.asked,
                answer.text()
            );
            return None;
        }
        let page = answer.json();
        for item in page["items"].as_array().expect("items") {
            if seer.law.is_enterprise() && path.ends_with("hazards") {
                tells_no_source(item);
            }
            let id = item["id"].as_str().expect("an id").to_owned();
            assert!(found.insert(id), "{}: a row came twice", answer.asked);
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Some(found),
        }
    }
}

/// A unit is shown the same members of every hazard, and of where it came from nothing.
fn tells_no_source(item: &Value) {
    assert!(item["source"].is_null() && item.get("source").is_some(), "{item}");
    assert_eq!(item["attachments"], json!([]), "{item}");
    assert!(item.get("tip").is_none(), "{item}");
}

/// A year later most of the ledger is behind; each sees of it what lies in their sight, whatever is asked.
async fn slow(app: &App, world: &World, operation: &Operation, seers: &[Seer]) {
    app.clock().set(app.clock().now().plus_seconds(400 * 86_400));
    let mut queries = vec!["limit=97".to_owned()];
    for parameter in operation.parameters_in("query") {
        let values = values(&parameter, world).into_iter();
        queries.extend(values.map(|value| format!("limit=97&{parameter}={value}")));
    }
    for (turn, query) in queries.iter().enumerate() {
        let all = walk(app, &operation.path, query, &seers[0]).await.unwrap_or_default();
        assert!(turn > 0 || all.len() > HAZARDS / 4, "only {} are behind", all.len());
        for seer in seers {
            let own = world.hazard_ids(&seer.sight);
            let seen = walk(app, &operation.path, query, seer).await.unwrap_or_default();
            let expected: BTreeSet<String> = all.intersection(&own).cloned().collect();
            assert_eq!(seen, expected, "{query} as {}", seer.token.sub());
        }
    }
}

async fn list(app: &App, world: &World, operation: &Operation, seers: &[Seer]) {
    let hazards = reading(&operation.id) == Reading::Hazards;
    let own = |seer: &Seer| {
        if hazards {
            world.hazard_ids(&seer.sight)
        } else {
            world.unit_ids(&seer.sight)
        }
    };
    let everyone = &seers[0];
    let sorts: &[&str] = if hazards {
        &[
            "reported_at",
            "-reported_at",
            "updated_at",
            "-updated_at",
            "due_on",
            "-due_on",
            "number",
            "-number",
        ]
    } else {
        &["name", "-name", "uscc", "-uscc"]
    };
    for (turn, seer) in seers.iter().enumerate() {
        let path = &operation.path;
        let query = format!("sort={}&limit=97", sorts[turn % sorts.len()]);
        let seen = walk(app, path, &query, seer).await;
        assert_eq!(
            seen.unwrap_or_default(),
            own(seer),
            "{path}?{query} as {}",
            seer.token.sub()
        );
    }
    assert!(!hazards || own(everyone).len() == HAZARDS);
    let mut filters = Vec::new();
    for parameter in operation.parameters_in("query") {
        filters.extend(
            values(&parameter, world)
                .into_iter()
                .map(|value| format!("{parameter}={value}")),
        );
    }
    for (index, filter) in filters.iter().enumerate() {
        let query = format!("{filter}&limit=200");
        let all = walk(app, &operation.path, &query, everyone)
            .await
            .expect("an auditor may ask so");
        for (turn, seer) in seers.iter().enumerate().skip(1) {
            if !everything() && (index + turn) % SHARE != 0 {
                continue;
            }
            let seen = walk(app, &operation.path, &query, seer).await;
            let forbidden = (seer.law.is_enterprise() && filter.starts_with("source="))
                || (hazards && seer.law.ledger_scope().is_none());
            assert_eq!(seen.is_none(), forbidden, "{query} as {}", seer.token.sub());
            let expected: BTreeSet<String> = all.intersection(&own(seer)).cloned().collect();
            assert_eq!(
                seen.unwrap_or_default(),
                if forbidden { BTreeSet::new() } else { expected },
                "{query} as {}",
                seer.token.sub()
            );
        }
    }
}

/// Single things, by every name they have: seen or not as the scope says.
async fn things(app: &App, world: &World, operation: &Operation, seers: &[Seer]) {
    let of_hazard = reading(&operation.id) != Reading::Unit;
    for (turn, seer) in seers.iter().enumerate() {
        let known = if of_hazard {
            world.hazard_ids(&seer.sight)
        } else {
            world.unit_ids(&seer.sight)
        };
        let may_read = reading(&operation.id) != Reading::Proposals || seer.law.has_any(READS_PROPOSALS);
        let step = if everything() || !of_hazard { 1 } else { 61 };
        let things: Vec<(String, Option<String>)> = if of_hazard {
            let placed = world
                .hazards
                .iter()
                .map(|hazard| (hazard.id.clone(), Some(hazard.number.clone())));
            placed.skip(turn).step_by(step).collect()
        } else {
            world.units.iter().map(|unit| (unit.id.clone(), None)).collect()
        };
        for (id, number) in things {
            let refused = if of_hazard && seer.law.ledger_scope().is_none() {
                403
            } else {
                404
            };
            let status = match (known.contains(&id), may_read) {
                (true, true) => 200,
                (true, false) => 403,
                (false, _) => refused,
            };
            for name in [Some(&id), number.as_ref()].into_iter().flatten() {
                let path = operation.path_with(|_| name.clone());
                let answer = app.get(&path).as_(&seer.token).send().await;
                assert_eq!(
                    answer.status,
                    status,
                    "{path} as {}: {}",
                    seer.token.sub(),
                    answer.text()
                );
                seer.sight.check(&answer);
            }
        }
    }
}

/// Evidence is seen by whoever sent it and by whoever may see the hazard; a unit sees only what it sent.
async fn attachments(app: &App, world: &World, operation: &Operation, seers: &[Seer]) {
    let mut cited = 0;
    for (number, hazard) in world.hazards.iter().enumerate() {
        let Some(photograph) = &hazard.photograph else { continue };
        cited += 1;
        let path = operation.path_with(|_| photograph.clone());
        let sender = app.get(&path).as_(&hazard.reporter).send().await.expect_status(200);
        assert_eq!(Canary::found_in(&sender).len(), 1, "the name of the file is a canary");
        for seer in seers {
            let covered = seer.sight.hazards[number];
            let own_report = hazard.reporter.sub() == seer.token.sub();
            let answer = app.get(&path).as_(&seer.token).send().await;
            if !seer.law.is_enterprise() {
                let status = if covered || own_report { 200 } else { 404 };
                assert_eq!(answer.status, status, "{path} as {}", seer.token.sub());
            }
            seer.sight.check(&answer);
        }
    }
    assert!(cited > 10, "evidence is cited");
}

/// An upload is seen by whoever sends it and by nobody else.
async fn upload(app: &App, operation: &Operation, seers: &[Seer]) {
    let sender = Caller::inspector().subject("the sender");
    let id = app.upload_of(&sender).await;
    let path = operation.path_with(|_| id.clone());
    app.get(&path).as_(&sender).send().await.expect_status(200).done();
    for seer in seers {
        app.get(&path)
            .as_(&seer.token)
            .send()
            .await
            .expect_status(404)
            .problem("not_found");
    }
}

/// A caller counts what the scope covers, and is told no word of it.
async fn counts(app: &App, world: &World, operation: &Operation, seers: &[Seer]) {
    for seer in seers {
        let answer = app.get(&operation.path).as_(&seer.token).send().await;
        seer.sight.check(&answer);
        assert!(
            Canary::found_in(&answer).is_empty(),
            "{}: {}",
            answer.asked,
            answer.text()
        );
        if seer.law.ledger_scope().is_none() {
            answer.expect_status(403).any_problem();
            continue;
        }
        let counted = answer.expect_status(200).json();
        if operation.id == "get_hazard_statistics" {
            let covered = world.hazard_ids(&seer.sight).len();
            assert_eq!(counted["total"]["found"], json!(covered), "as {}", seer.token.sub());
        }
    }
}

/// A notice is seen by whoever may see its hazard, in the list and alone.
async fn notices(app: &App, world: &World, seers: &[Seer]) {
    let mut of_hazards: Vec<(String, String)> = Vec::new();
    let mut cursor = String::new();
    loop {
        let everyone = &seers[0].token;
        let page = app
            .get(format!("/v1/notices?limit=200{cursor}"))
            .as_(everyone)
            .send()
            .await;
        let page = page.expect_status(200).json();
        for item in page["items"].as_array().expect("items") {
            let text = |value: &Value| value.as_str().expect("an id").to_owned();
            of_hazards.push((text(&item["id"]), text(&item["hazard"]["id"])));
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert!(of_hazards.len() > 10, "notices were served");
    for (turn, seer) in seers.iter().enumerate() {
        let covered = world.hazard_ids(&seer.sight);
        let expected: BTreeSet<String> = of_hazards
            .iter()
            .filter(|(_, hazard)| covered.contains(hazard))
            .map(|(notice, _)| notice.clone())
            .collect();
        let sort = if turn % 2 == 0 { "created_at" } else { "-created_at" };
        let seen = walk(app, "/v1/notices", &format!("sort={sort}&limit=37"), seer).await;
        assert_eq!(seen.is_none(), seer.law.ledger_scope().is_none());
        assert_eq!(seen.unwrap_or_default(), expected, "notices as {}", seer.token.sub());
        for (notice, _) in of_hazards.iter().skip(turn).step_by(61) {
            let answer = app.get(format!("/v1/notices/{notice}")).as_(&seer.token).send().await;
            let status = match seer.law.ledger_scope() {
                None => 403,
                Some(_) if expected.contains(notice) => 200,
                Some(_) => 404,
            };
            assert_eq!(answer.status, status, "{} as {}", answer.asked, seer.token.sub());
            seer.sight.check(&answer);
        }
    }
}

/// For every operation on one hazard: what the caller may not know of is answered as what does not exist.
async fn hidden_is_absent(app: &App, world: &World, operations: &[&Operation], seer: &Seer) {
    let known = world.hazard_ids(&seer.sight);
    let hidden: Vec<_> = world
        .hazards
        .iter()
        .filter(|hazard| !known.contains(&hazard.id))
        .step_by(977)
        .take(2)
        .collect();
    for operation in operations {
        for change in [
            None,
            Some(("if-none-match", "*")),
            Some(("if-none-match", "\"1\"")),
            Some(("head", "")),
        ] {
            if change.is_some() && operation.method != Method::GET {
                continue;
            }
            let absent = ask(app, operation, NOTHING, seer, change).await;
            let absent_number = ask(app, operation, NO_NUMBER, seer, change).await;
            for hazard in &hidden {
                for (name, like) in [(&hazard.id, &absent), (&hazard.number, &absent_number)] {
                    let answer = ask(app, operation, name, seer, change).await;
                    assert_eq!(
                        unnamed(&answer),
                        unnamed(like),
                        "{} as {}",
                        answer.asked,
                        seer.token.sub()
                    );
                    assert!(
                        matches!(answer.status, 403 | 404),
                        "{}: {}",
                        answer.asked,
                        answer.text()
                    );
                    assert!(
                        Canary::found_in(&answer).is_empty(),
                        "{}: {}",
                        answer.asked,
                        answer.text()
                    );
                }
            }
        }
    }
}

async fn ask(app: &App, operation: &Operation, name: &str, seer: &Seer, change: Option<(&str, &str)>) -> Answer {
    let path = operation.path_with(|_| name.to_owned());
    let method = if change.is_some_and(|(what, _)| what == "head") {
        Method::HEAD
    } else {
        operation.method.clone()
    };
    let mut request: Request = app.request(method, path).as_(&seer.token);
    if operation.method != Method::GET {
        request = request.if_match(1).json(&operation.examples("application/json")[0]);
    }
    if let Some((header, value)) = change.filter(|(what, _)| *what != "head") {
        request = request.header(header, value);
    }
    request.send().await
}

/// An answer without what names the request: status, headers and body.
fn unnamed(answer: &Answer) -> (u16, Vec<(String, String)>, Value) {
    let mut headers: Vec<(String, String)> = answer
        .headers
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "x-request-id" | "date"))
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    headers.sort();
    let mut body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if let Some(members) = body.as_object_mut() {
        members.remove("instance");
        members.remove("request_id");
    }
    (answer.status, headers, body)
}
