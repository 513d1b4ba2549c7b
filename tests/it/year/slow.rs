//! What is late or stalled, and which rung policy calls for, counted from the raw events.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::calendar::Calendar;
use super::record::Record;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::days::{date, day, midnight};
use crate::support::walk::walk;

/// The ladder of the shipped policy: after how many working days which rung.
const LADDER: [(&str, i64); 4] = [("letter", 1), ("circular", 5), ("interview", 10), ("exposure", 20)];
const WORK_BEGINS: i64 = 9 * 3_600_000_000;
const BORNE: i64 = 30;

/// Fails unless the list of the slow is what the events say; returns how many are on it.
pub async fn judge(app: &App, records: &BTreeMap<String, Record>, calendar: &Calendar) -> usize {
    let now = app.clock().now().micros();
    let rows = walk(app, "/v1/statistics/slow", &Caller::office().areas(&["*"])).await;
    let told: BTreeMap<&str, Value> = rows
        .iter()
        .map(|row| (row["id"].as_str().expect("an id"), told(row)))
        .collect();
    let expected: BTreeMap<&str, Value> = records
        .iter()
        .filter_map(|(id, record)| Some((id.as_str(), expected(record, calendar, now)?)))
        .collect();
    for (id, row) in &expected {
        assert_eq!(told.get(id), Some(row), "{id}: {:?}", records[*id]);
    }
    assert_eq!(
        (told.len(), rows.len()),
        (expected.len(), expected.len()),
        "somebody is listed who is not slow, or twice"
    );
    let place = |row: &Value| (row["lag"] == "stalled", row["since"].to_string());
    assert!(rows.is_sorted_by_key(place), "late before stalled, the longest first");
    // Of two clocks that ended on one day either may be named.
    for row in rows.iter().filter(|row| row["lag"] == "late") {
        let ends = records[row["id"].as_str().expect("an id")].ends(calendar);
        let named = row["clock"].as_str().map(|clock| date(ends[clock]));
        assert_eq!(named.as_deref(), row["since"].as_str(), "{row}");
    }
    rows.len()
}

fn told(row: &Value) -> Value {
    let members = ["lag", "since", "days", "working_days", "status", "level", "escalation"];
    let mut told: BTreeMap<&str, Value> = members.iter().map(|member| (*member, row[member].clone())).collect();
    told.insert("rung", row["called_for"]["rung"].clone());
    told.insert("called_for_since", row["called_for"]["since"].clone());
    json!(told)
}

fn expected(record: &Record, calendar: &Calendar, now: i64) -> Option<Value> {
    let today = day(now);
    let late = record
        .next_end(calendar)
        .filter(|due| *due < today)
        .map(|due| ("late", due));
    let stalled = Some(record.touched_on + BORNE).filter(|last| record.is_open() && *last < today);
    let lags: Vec<(&str, i64)> = late.into_iter().chain(stalled.map(|last| ("stalled", last))).collect();
    let (lag, since) = *lags.first()?;
    let call = call(record, &lags, calendar).filter(|(_, from)| *from <= now);
    Some(json!({
        "lag": lag,
        "since": date(since),
        "days": today - since,
        "working_days": calendar.between(since, today),
        "status": record.status,
        "level": record.level,
        "escalation": record.rung.as_deref().unwrap_or("none"),
        "rung": call.map(|(rung, _)| rung),
        "called_for_since": call.map(|(_, from)| moment(from)),
    }))
}

/// The rung above, and since when it is called for or will be.
fn call(record: &Record, lags: &[(&str, i64)], calendar: &Calendar) -> Option<(&'static str, i64)> {
    let pressed = ["supervised", "plan_review", "rectifying", "awaiting_review"];
    if !pressed.contains(&record.status.as_str()) {
        return None;
    }
    let standing = LADDER
        .iter()
        .position(|(rung, _)| record.rung.as_deref() == Some(*rung));
    let (rung, days) = LADDER.get(standing.map_or(0, |standing| standing + 1))?;
    let from = lags
        .iter()
        .map(|(_, since)| midnight(calendar.after(*since, *days)) + WORK_BEGINS);
    Some((rung, from.min()?))
}

fn moment(micros: i64) -> Value {
    json!(major_hazards::values::Instant::from_micros(micros).expect("a moment"))
}
