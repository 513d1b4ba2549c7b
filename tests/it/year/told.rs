//! What units had to be told in the year, counted from the raw events, and what they were told.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;

use super::record::Record;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::days::{date, day, number};
use crate::support::fixtures::text;
use crate::support::journal::RawEvent;
use crate::support::walk::walk;

/// Days before and after an end on which the shipped policy reminds.
const BEFORE: [i64; 3] = [7, 3, 1];
const AFTER: [i64; 4] = [1, 7, 15, 30];

/// One notice: the hazard, for what, on whom, and the moment in microseconds.
pub type Told = (String, String, &'static str, i64);

/// Every notice that is owed for the events about hazards, each reminder at the first look of a day. `looks` are the
/// moments at which somebody looked, and nothing happens between the moment of a look and the look.
pub fn owed(events: &[RawEvent], looks: &[i64], has_controller: &BTreeMap<String, bool>) -> BTreeSet<Told> {
    let mut owed = BTreeSet::new();
    for history in events.chunk_by(|one, next| one.subject == next.subject) {
        let mut record = Record::default();
        let mut served: BTreeSet<String> = BTreeSet::new();
        let mut left = history.iter().peekable();
        let mut tell = |record: &Record, cause: String, at: i64| {
            let controller = has_controller[&record.unit].then_some("controller");
            for recipient in iter::once("principal").chain(controller) {
                let told = (history[0].subject.clone(), cause.clone(), recipient, at);
                assert!(owed.insert(told), "{cause} twice");
            }
        };
        // After the last look come the events since.
        for look in looks.iter().copied().chain([i64::MAX]) {
            while let Some(event) = left.next_if(|event| event.at < look) {
                record.happen(event);
                if is_told(event) {
                    tell(&record, format!("event:{}", event.version), event.at);
                }
            }
            if look < i64::MAX {
                for cause in reminders(&record, day(look)) {
                    if served.insert(cause.clone()) {
                        tell(&record, cause, look);
                    }
                }
            }
        }
    }
    owed
}

/// Whether a unit is told at once of what happened.
fn is_told(event: &RawEvent) -> bool {
    match event.action.as_str() {
        "order" | "upgrade_order" | "return_plan" | "decide_extension" | "suspend_production" | "resume_production"
        | "sign_off" | "reject_sign_off" | "reopen" | "escalate" => true,
        "review" => event.payload["body"]["passed"] == false,
        _ => false,
    }
}

/// For each clock of the unit the last reminder whose day has come since the unit knows the end.
fn reminders(record: &Record, today: i64) -> impl Iterator<Item = String> {
    record.owed().filter_map(move |owed| {
        let before = BEFORE.map(|days| (owed.due_on - days, "deadline_near", days));
        let after = AFTER.map(|days| (owed.due_on + days, "deadline_passed", days));
        let of_days = before.into_iter().chain(after);
        let come = of_days.filter(|(on, _, _)| (owed.told_on + 1..=today).contains(on));
        let (_, kind, days) = come.max()?;
        Some(format!("{kind}:{}:{}:{days}", owed.clock, date(owed.due_on)))
    })
}

/// Every notice that was served, and how often.
pub fn served(notices: &[RawEvent]) -> BTreeMap<Told, usize> {
    let mut served = BTreeMap::new();
    for event in notices.iter().filter(|event| event.action == "serve") {
        let text = |member: &str| event.payload[member].as_str().expect("a text").to_owned();
        let recipient = if text("recipient") == "principal" {
            "principal"
        } else {
            "controller"
        };
        *served
            .entry((text("hazard"), text("cause"), recipient, event.at))
            .or_default() += 1;
    }
    served
}

/// Fails unless what was served is what was owed, each once; returns how many were reminders.
pub fn judge(owed: &BTreeSet<Told>, served: &BTreeMap<Told, usize>) -> usize {
    let double: Vec<_> = served.iter().filter(|(_, times)| **times != 1).collect();
    assert!(double.is_empty(), "served more than once: {double:?}");
    let missing: Vec<_> = owed.iter().filter(|told| !served.contains_key(*told)).take(5).collect();
    let unowed: Vec<_> = served.keys().filter(|told| !owed.contains(*told)).take(5).collect();
    assert!(
        missing.is_empty() && unowed.is_empty(),
        "owed and not served: {missing:#?}\nserved and not owed: {unowed:#?}"
    );
    owed.iter().filter(|told| told.1.starts_with("deadline")).count()
}

/// Fails unless every reminder says the end and how many days there are between it and the day on which it is read.
pub async fn judge_words(app: &App, notices: &[RawEvent]) {
    let causes: BTreeMap<String, &RawEvent> = notices
        .iter()
        .filter(|event| event.action == "serve")
        .map(|event| (text(&event.payload["number"]), event))
        .collect();
    let office = Caller::office().areas(&["*"]);
    for notice in walk(app, "/v1/notices?kind=deadline_near,deadline_passed", &office).await {
        let event = causes[notice["number"].as_str().expect("a number")];
        let cause = text(&event.payload["cause"]);
        let due_on = cause.split(':').nth(2).expect("an end");
        let days = (number(due_on) - day(event.at)).abs();
        let words = if cause.starts_with("deadline_near") {
            format!("距今{days}天")
        } else {
            format!("已过{days}天")
        };
        let content = text(&notice["content"]);
        assert!(
            content.contains(&words) && content.contains(due_on),
            "`{words}`, `{due_on}`: {content}"
        );
    }
}
