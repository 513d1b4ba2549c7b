//! What the record itself shows against a unit is proposed to those who may open an inquiry, and decides nothing.

mod rectification;
mod rights;
mod self_checks;

use major_hazards::law::lifecycle::Action;
use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::{CRITERION, Hazard, Unit};

/// Another clause of the shipped catalogue.
const OTHER_CRITERION: &str = "MEM10-2023/3.1";

fn path(hazard: &Hazard) -> String {
    format!("{}/accountability-proposals", hazard.path())
}

/// What is proposed to a regulator of the district.
async fn proposals(app: &App, hazard: &Hazard) -> Vec<Value> {
    proposals_to(app, hazard, &Caller::regulator()).await
}

async fn proposals_to(app: &App, hazard: &Hazard, caller: &Caller) -> Vec<Value> {
    let answer = app.get(path(hazard)).as_(caller).send().await.expect_status(200).json();
    assert_eq!(answer["hazard"], json!(hazard.id));
    answer["proposals"].as_array().expect("proposals").clone()
}

async fn reasons(app: &App, hazard: &Hazard) -> Vec<String> {
    let proposals = proposals(app, hazard).await;
    let reasons = proposals.iter().map(|one| one["reason"].as_str().expect("a reason"));
    reasons.map(str::to_owned).collect()
}

/// A hazard that `source` put on record as found on that day, judged under those clauses.
async fn confirmed(app: &App, unit: &Unit, source: &str, found_on: &str, criteria: &[&str]) -> Hazard {
    let mut report = app.report_body(unit);
    report["source"] = json!(source);
    report["found_on"] = json!(found_on);
    let reporter = match source {
        "self_report" => unit.officer(),
        "public_tip" => Caller::tip_officer(),
        _ => Caller::inspector().areas(&["*"]),
    };
    let mut hazard = app.report(&reporter, unit, &report).await;
    let mut body = app.usual_body(&hazard, Action::Confirm).await;
    body["criteria"] = json!(criteria);
    accept(app, &mut hazard, Action::Confirm, &Caller::committee(), &body).await;
    hazard
}

/// A hazard that an inspection found on that day.
async fn inspected(app: &App, unit: &Unit, found_on: &str) -> Hazard {
    confirmed(app, unit, "inspection", found_on, &[CRITERION]).await
}

async fn accept(app: &App, hazard: &mut Hazard, action: Action, caller: &Caller, body: &Value) {
    app.act(hazard, action, caller, body).await.expect_status(200).done();
    hazard.version += 1;
}

fn move_to(app: &App, instant: &str) {
    app.clock().set(instant.parse().expect("a moment"));
}
