//! Quarterly self-checks: what a unit files, what is refused, what is kept, and who is named for not having filed.

mod corrections;
mod filing;
mod list;
mod plans;
mod refusals;
mod rights;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::client::Request;
use crate::support::fixtures::{CRITERION, Unit};

/// The quarter in which the tests play.
const QUARTER: &str = "2026Q4";
/// Another clause of the shipped catalogue.
const OTHER_CRITERION: &str = "MEM10-2023/3.1";

fn path(unit: &Unit, quarter: &str) -> String {
    format!("/v1/enterprises/{}/self-checks/{quarter}", unit.id)
}

/// A self-check of that day that found nothing.
fn clear_on(day: &str) -> Value {
    json!({
        "performed_on": day,
        "performed_by": {"name": "王某", "position": "主要负责人"},
        "summary": "按判定标准逐条自查，未发现重大事故隐患。",
        "results": [
            {"criterion": CRITERION, "result": "clear"},
            {"criterion": OTHER_CRITERION, "result": "not_applicable"},
        ],
    })
}

/// The unit's officer files it.
fn file(app: &App, unit: &Unit, quarter: &str, body: &Value) -> Request {
    app.request(Method::PUT, path(unit, quarter))
        .as_(&unit.officer())
        .json(body)
}

/// The unit's own report, under an id of its own.
fn self_report(app: &App, unit: &Unit) -> Value {
    let mut report = app.report_body(unit);
    report["source"] = json!("self_report");
    report["id"] = json!(app.clock().ordered_id().to_string());
    report
}
