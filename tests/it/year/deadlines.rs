//! Deadlines as the service told them, held against the record: none moved without an event that the lifecycle allows to
//! move it, and a corrected calendar moved those that it moves and no other.

use std::collections::{BTreeMap, BTreeSet};

use super::calendar::Calendar;
use super::district::Answered;
use super::record::Record;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::days::{date, day};
use crate::support::fixtures::text;
use crate::support::journal::RawEvent;
use crate::support::walk::walk;

/// Fails unless every deadline that was told after an action is the one on record. `calendars` are those of the year, each
/// with the moment since which it was in force.
pub fn judge_answers(events: &[RawEvent], answered: &[Answered], calendars: &[(i64, Calendar)]) {
    let answers: BTreeMap<(&str, i64), &Answered> = answered
        .iter()
        .map(|answer| ((answer.hazard.as_str(), answer.version), answer))
        .collect();
    assert_eq!(answers.len(), answered.len(), "one version was told twice");
    let mut met = 0;
    for history in events.chunk_by(|one, next| one.subject == next.subject) {
        let mut record = Record::default();
        for event in history {
            record.happen(event);
            let Some(answer) = answers.get(&(event.subject.as_str(), event.version)) else {
                continue;
            };
            met += 1;
            let in_force = calendars.iter().rfind(|(since, _)| *since <= event.at);
            let (_, calendar) = in_force.expect("a calendar");
            let told = (&answer.next_due_on, &answer.plan_due_on, &answer.due_on);
            let next = record.next_end(calendar).map(date);
            assert_eq!(told, (&next, &record.plan_due_on, &record.due_on), "after {event:?}");
        }
    }
    assert_eq!(met, answers.len(), "an action that was answered is in the journal");
}

/// Fails unless the list of all hazards tells the deadlines, the states and who is overdue as the record has them; returns
/// the ids of what is overdue.
pub async fn judge_list(app: &App, records: &BTreeMap<String, Record>, calendar: &Calendar) -> BTreeSet<String> {
    let today = day(app.clock().now().micros());
    let hazards = walk(app, "/v1/hazards", &Caller::office().areas(&["*"])).await;
    assert_eq!(hazards.len(), records.len());
    let mut overdue = BTreeSet::new();
    for hazard in &hazards {
        let id = text(&hazard["id"]);
        let record = &records[&id];
        let next = record.next_end(calendar);
        let late = next.is_some_and(|next| next < today);
        assert_eq!(hazard["next_due_on"].as_str(), next.map(date).as_deref(), "{hazard}");
        assert_eq!(
            hazard["supervision"]["due_on"].as_str(),
            record.due_on.as_deref(),
            "{hazard}"
        );
        assert_eq!(
            (&hazard["version"], &hazard["overdue"]),
            (&record.version.into(), &late.into()),
            "{hazard}"
        );
        assert_eq!(
            (hazard["status"].as_str(), hazard["escalation"].as_str()),
            (
                Some(record.status.as_str()),
                Some(record.rung.as_deref().unwrap_or("none")),
            )
        );
        if late {
            overdue.insert(id);
        }
    }
    overdue
}

/// Fails unless the explanation of every clock ends on the day that is on record.
pub async fn judge_clocks(app: &App, records: &BTreeMap<String, Record>, calendar: &Calendar) {
    for (id, record) in records {
        let path = format!("/v1/hazards/{id}/clocks");
        let answer = app.get(path).as_(&Caller::office().areas(&["*"])).send().await;
        let told: BTreeMap<String, String> = answer.expect_status(200).json()["clocks"]
            .as_array()
            .expect("clocks")
            .iter()
            .filter(|clock| clock["state"] == "running")
            .map(|clock| (text(&clock["kind"]), text(&clock["due_on"])))
            .collect();
        let ends = record.ends(calendar).into_iter();
        assert_eq!(
            told,
            ends.map(|(clock, end)| (clock.to_owned(), date(end))).collect(),
            "{id}"
        );
    }
}

/// Fails unless the corrections made at a moment are the ends that differ between two calendars; returns how many those
/// are. `before` is the record before them.
pub fn judge_corrections(
    before: &BTreeMap<String, Record>,
    events: &[RawEvent],
    at: i64,
    (old, new): (&Calendar, &Calendar),
) -> usize {
    let mut expected = BTreeSet::new();
    for (id, record) in before {
        for ((clock, from), to) in record.ends(old).into_iter().zip(record.ends(new).into_values()) {
            if from != to {
                expected.insert((id.clone(), clock.to_owned(), date(from), date(to)));
            }
        }
    }
    let mut made = BTreeSet::new();
    for event in events
        .iter()
        .filter(|event| event.action == "correct_deadlines" && event.at == at)
    {
        for moved in event.payload["body"]["moves"].as_array().expect("moves") {
            assert!(
                moved["days"].as_array().is_some_and(|days| !days.is_empty()),
                "no day is to blame: {event:?}"
            );
            let one = (
                event.subject.clone(),
                text(&moved["clock"]),
                text(&moved["from"]),
                text(&moved["to"]),
            );
            assert!(made.insert(one), "moved twice: {event:?}");
        }
    }
    assert_eq!(made, expected);
    made.len()
}
