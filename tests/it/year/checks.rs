//! The self-checks of the year: most units file each quarter, some late, some correct what they filed, some never file.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::json;

use super::parties::HOURS;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::days::{date, day, midnight, number};
use crate::support::fixtures::{CRITERION, Unit, text};
use crate::support::journal::RawEvent;
use crate::support::seed::Random;
use crate::support::walk::walk;

/// Quarters with the first day on which somebody files for them and their last day.
const QUARTERS: [(&str, &str, &str); 5] = [
    ("2023Q4", "2023-12-02", "2023-12-31"),
    ("2024Q1", "2024-01-01", "2024-03-31"),
    ("2024Q2", "2024-04-01", "2024-06-30"),
    ("2024Q3", "2024-07-01", "2024-09-30"),
    ("2024Q4", "2024-10-01", "2024-12-31"),
];

/// A self-check that a unit means to file.
pub struct Check {
    pub at: i64,
    unit: Unit,
    quarter: &'static str,
    performed_on: String,
    /// The version that it corrects; 0 for the first.
    corrects: i64,
}

/// What everybody means to file, in the order of time.
pub fn planned(units: &[Unit], random: &mut Random) -> Vec<Check> {
    let mut planned = Vec::new();
    for (unit, (quarter, first, last)) in units.iter().flat_map(|unit| QUARTERS.map(|quarter| (unit, quarter))) {
        let (first, last) = (number(first), number(last));
        // Three weeks after the quarter some still file for it.
        let on = first + random.number(u64::try_from(last - first + 21).expect("a quarter"));
        let mut check = |on: i64, corrects| Check {
            at: midnight(on) + HOURS[random.index(HOURS.len())],
            unit: unit.clone(),
            quarter,
            performed_on: date(on.min(last)),
            corrects,
        };
        let (filed, corrected) = (check(on, 0), check(on + 3, 1));
        if random.one_in(6) {
            continue;
        }
        planned.push(filed);
        if random.one_in(8) {
            planned.push(corrected);
        }
    }
    planned.sort_by_key(|check| check.at);
    planned
}

impl Check {
    pub async fn file(&self, app: &App) {
        let path = format!("/v1/enterprises/{}/self-checks/{}", self.unit.id, self.quarter);
        let body = json!({
            "performed_on": self.performed_on,
            "performed_by": {"name": "王某", "position": "主要负责人"},
            "summary": "已自查。",
            "results": [{"criterion": CRITERION, "result": "clear"}],
        });
        let request = app.request(Method::PUT, path).as_(&self.unit.officer()).json(&body);
        let (request, status) = match self.corrects {
            0 => (request, 201),
            version => (request.if_match(version), 200),
        };
        request.send().await.expect_status(status).done();
    }
}

/// Fails unless the lists of the quarters name who has filed, who filed late, and who has not, as the events have it.
pub async fn judge(app: &App, units: &[Unit], events: &[RawEvent]) {
    for (quarter, _, last) in QUARTERS {
        let mut expected: BTreeMap<String, &str> = units.iter().map(|unit| (unit.id.clone(), "missing")).collect();
        for event in events
            .iter()
            .filter(|event| event.version == 1 && event.payload["quarter"] == quarter)
        {
            let in_time = day(event.at) <= number(last);
            let state = if in_time { "filed" } else { "late" };
            expected.insert(text(&event.payload["enterprise"]), state);
        }
        let path = format!("/v1/self-checks?quarter={quarter}");
        let rows = walk(app, &path, &Caller::office().areas(&["*"])).await;
        let told: BTreeMap<String, &str> = rows
            .iter()
            .map(|row| (text(&row["enterprise"]["id"]), row["state"].as_str().expect("a state")))
            .collect();
        assert_eq!((rows.len(), &told), (units.len(), &expected), "{quarter}");
    }
}
