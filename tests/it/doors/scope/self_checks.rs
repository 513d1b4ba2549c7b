//! What units filed: seen by those who see the unit and have business in it, and of its hazards only those in sight.

use std::collections::BTreeSet;

use major_hazards::law::scope::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::Seer;
use super::table::values;
use super::world::{PlacedUnit, World};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::{CRITERION, text};
use crate::support::openapi::Operation;

const QUARTER: &str = "2026Q4";
/// Hazards that one self-check names, among them some that lie elsewhere than the unit.
const NAMED: usize = 50;

/// Every unit but one in five files, and names hazards of its own.
pub(super) async fn file(app: &App, world: &World) {
    for (number, unit) in filing(world) {
        let body = json!({
            "performed_on": "2026-11-02",
            "performed_by": {"name": "王某", "position": "主要负责人"},
            "summary": "已自查。",
            "results": [{"criterion": CRITERION, "result": "clear"}],
            "hazards": named(world, number),
        });
        let put = app
            .request(Method::PUT, path(unit))
            .as_(&Caller::enterprise(unit.uscc.as_str()));
        put.json(&body).send().await.expect_status(201).done();
    }
}

fn filing(world: &World) -> impl Iterator<Item = (usize, &PlacedUnit)> {
    world.units.iter().enumerate().filter(|(number, _)| number % 5 != 2)
}

fn named(world: &World, unit: usize) -> Vec<String> {
    let own = world.hazards.iter().filter(|hazard| hazard.unit == unit);
    own.map(|hazard| hazard.id.clone()).take(NAMED).collect()
}

fn path(unit: &PlacedUnit) -> String {
    format!("/v1/enterprises/{}/self-checks/{QUARTER}", unit.id)
}

/// An operator and a tip officer see units and have no business in what they file.
fn may_read(seer: &Seer) -> bool {
    !seer.law.has(Role::Admin) && !seer.law.has(Role::TipOfficer)
}

/// The units of a list, page by page; nothing where the caller may not read it.
async fn walk(app: &App, query: &str, seer: &Seer) -> Option<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut cursor = String::new();
    loop {
        let answer = app
            .get(format!("/v1/self-checks?{query}{cursor}"))
            .as_(&seer.token)
            .send()
            .await;
        seer.sight.check(&answer);
        if answer.status == 403 {
            return None;
        }
        let page = answer.expect_status(200).json();
        for item in page["items"].as_array().expect("items") {
            assert!(found.insert(text(&item["enterprise"]["id"])), "a unit came twice");
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Some(found),
        }
    }
}

pub(super) async fn standings(app: &App, world: &World, operation: &Operation, seers: &[Seer]) {
    let mut queries = vec![format!("quarter={QUARTER}&limit=7")];
    for parameter in operation.parameters_in("query") {
        for value in values(&parameter, world) {
            queries.push(match parameter.as_str() {
                "quarter" => format!("quarter={value}"),
                _ => format!("quarter={QUARTER}&{parameter}={value}&limit=11"),
            });
        }
    }
    let mut met = 0;
    for query in queries {
        let all = walk(app, &query, &seers[0]).await.expect("an auditor may ask so");
        met += all.len();
        for seer in seers {
            let seen = walk(app, &query, seer).await;
            assert_eq!(seen.is_some(), may_read(seer), "{query} as {}", seer.token.sub());
            let own = world.unit_ids(&seer.sight);
            let expected: BTreeSet<String> = all.intersection(&own).cloned().collect();
            let expected = if may_read(seer) { expected } else { BTreeSet::new() };
            assert_eq!(seen.unwrap_or_default(), expected, "{query} as {}", seer.token.sub());
        }
    }
    assert!(met > 2 * world.units.len(), "the filters meet something");
}

pub(super) async fn filed(app: &App, world: &World, operation: &Operation, seers: &[Seer]) {
    let has_filed: BTreeSet<usize> = filing(world).map(|(number, _)| number).collect();
    let mut hidden = 0;
    for seer in seers {
        let (units, hazards) = (world.unit_ids(&seer.sight), world.hazard_ids(&seer.sight));
        for (number, unit) in world.units.iter().enumerate() {
            let path = operation.path_with(|parameter| match parameter {
                "quarter" => QUARTER.to_owned(),
                _ => unit.id.clone(),
            });
            let answer = app.get(&path).as_(&seer.token).send().await;
            seer.sight.check(&answer);
            let status = match (units.contains(&unit.id), may_read(seer), has_filed.contains(&number)) {
                (true, false, _) => 403,
                (true, true, true) => 200,
                (false, _, _) | (true, true, false) => 404,
            };
            let answer = answer.expect_status(status);
            if status != 200 {
                continue;
            }
            let view = answer.json();
            let one = view["items"].get(0).unwrap_or(&view);
            let shown: Vec<String> = one["hazards"].as_array().into_iter().flatten().map(text).collect();
            let all = named(world, number);
            let expected: Vec<String> = all.iter().filter(|id| hazards.contains(*id)).cloned().collect();
            hidden += all.len() - expected.len();
            assert_eq!(shown, expected, "{path} as {}", seer.token.sub());
            assert_ne!(one["performed_by"], Value::Null);
        }
    }
    assert!(hidden > 0, "some hazards lie out of sight of those who see their unit");
}
