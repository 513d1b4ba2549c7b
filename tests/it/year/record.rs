//! What the raw events say of a hazard's clocks. The rules of the lifecycle stand here a second time, on purpose, in other
//! words and by action: what this file does not name moves no deadline.

use std::collections::BTreeMap;

use serde_json::Value;

use super::calendar::Calendar;
use crate::support::days::{day, number};
use crate::support::journal::RawEvent;

/// A hazard after some of its events.
#[derive(Debug, Clone, Default)]
pub struct Record {
    pub version: i64,
    pub status: String,
    pub unit: String,
    pub level: Option<String>,
    /// The rung that was climbed last.
    pub rung: Option<String>,
    /// The day of its last event that somebody caused.
    pub touched_on: i64,
    /// Until when the order wants the plan, and the hazard gone.
    pub plan_due_on: Option<String>,
    pub due_on: Option<String>,
    clocks: BTreeMap<&'static str, Run>,
}

/// A clock that runs.
#[derive(Debug, Clone, Copy)]
struct Run {
    started_on: i64,
    /// The day on which the unit was told of its end.
    told_on: i64,
    term: Term,
}

#[derive(Debug, Clone, Copy)]
enum Term {
    WorkingDays(i64),
    Days(i64),
    Until(i64),
}

/// A clock of the unit that runs: which, since when the unit knows its end, and that end.
#[derive(Debug, Clone, Copy)]
pub struct Owed {
    pub clock: &'static str,
    pub told_on: i64,
    pub due_on: i64,
}

const CONFIRM: (&str, Term) = ("confirm", Term::WorkingDays(3));
const ORDER: (&str, Term) = ("order", Term::WorkingDays(3));
const PLAN_REVIEW: (&str, Term) = ("plan_review", Term::WorkingDays(5));
const EXTENSION: (&str, Term) = ("extension", Term::WorkingDays(5));
const REVIEW: (&str, Term) = ("review", Term::Days(10));
const SIGN_OFF: (&str, Term) = ("sign_off", Term::WorkingDays(5));

impl Record {
    /// One more event.
    pub fn happen(&mut self, event: &RawEvent) {
        let (today, body) = (day(event.at), &event.payload["body"]);
        self.version = event.version;
        self.status.clone_from(&event.to);
        if event.action != "correct_deadlines" {
            self.touched_on = today;
        }
        match event.action.as_str() {
            "report" => {
                self.unit = body["enterprise"].as_str().expect("a unit").to_owned();
                self.start(CONFIRM, today);
            }
            "confirm" => {
                self.stop("confirm");
                self.start(ORDER, today);
            }
            "dismiss" | "merge" | "sign_off" => self.clocks.clear(),
            "order" => {
                self.stop("order");
                self.set_level(body);
                self.owe_plan(body, today);
                self.owe(body, today);
            }
            "upgrade_order" => self.set_level(body),
            "submit_plan" => {
                self.stop("plan");
                self.start(PLAN_REVIEW, today);
            }
            "return_plan" => {
                self.stop("plan_review");
                self.owe_plan(body, today);
            }
            "approve_plan" => self.stop("plan_review"),
            "request_extension" => self.start(EXTENSION, today),
            "decide_extension" => {
                self.stop("extension");
                if body["approved"] == true {
                    self.extend(body, today);
                }
            }
            "submit_completion" => {
                self.stop("rectify");
                self.stop("extension");
                self.start(REVIEW, today);
            }
            "review" if body["passed"] == true => {
                self.stop("review");
                self.start(SIGN_OFF, today);
            }
            "review" => {
                self.stop("review");
                self.owe(body, today);
            }
            "reject_sign_off" => {
                self.stop("sign_off");
                self.owe(body, today);
            }
            "reopen" => {
                self.owe_plan(body, today);
                self.owe(body, today);
            }
            "transfer" => {
                for authoritys in [CONFIRM, ORDER, PLAN_REVIEW, EXTENSION, REVIEW, SIGN_OFF] {
                    if self.clocks.contains_key(authoritys.0) {
                        self.start(authoritys, today);
                    }
                }
            }
            "escalate" => self.rung = body["kind"].as_str().map(str::to_owned),
            _ => {}
        }
    }

    pub fn is_open(&self) -> bool {
        !matches!(self.status.as_str(), "closed" | "dismissed" | "merged")
    }

    /// Every clock that runs, and its end under a calendar.
    pub fn ends(&self, calendar: &Calendar) -> BTreeMap<&'static str, i64> {
        let end = |run: &Run| match run.term {
            Term::WorkingDays(days) => calendar.after(run.started_on, days),
            Term::Days(days) => run.started_on + days,
            Term::Until(day) => day,
        };
        self.clocks.iter().map(|(clock, run)| (*clock, end(run))).collect()
    }

    /// The end of the clock that ends first.
    pub fn next_end(&self, calendar: &Calendar) -> Option<i64> {
        self.ends(calendar).into_values().min()
    }

    /// What the unit owes.
    pub fn owed(&self) -> impl Iterator<Item = Owed> {
        let owed = |(clock, run): (&&'static str, &Run)| match run.term {
            Term::Until(due_on) => Some(Owed {
                clock,
                told_on: run.told_on,
                due_on,
            }),
            Term::WorkingDays(_) | Term::Days(_) => None,
        };
        self.clocks.iter().filter_map(owed)
    }

    fn start(&mut self, (clock, term): (&'static str, Term), today: i64) {
        let run = Run {
            started_on: today,
            told_on: today,
            term,
        };
        self.clocks.insert(clock, run);
    }

    fn stop(&mut self, clock: &str) {
        self.clocks.remove(clock);
    }

    fn set_level(&mut self, body: &Value) {
        self.level = body["level"].as_str().map(str::to_owned);
    }

    fn owe_plan(&mut self, body: &Value, today: i64) {
        self.plan_due_on = body["plan_due_on"].as_str().map(str::to_owned);
        self.start(("plan", until(&body["plan_due_on"])), today);
    }

    fn owe(&mut self, body: &Value, today: i64) {
        self.due_on = body["due_on"].as_str().map(str::to_owned);
        self.start(("rectify", until(&body["due_on"])), today);
    }

    fn extend(&mut self, body: &Value, today: i64) {
        self.due_on = body["due_on"].as_str().map(str::to_owned);
        let run = self.clocks.get_mut("rectify").expect("what is extended runs");
        run.told_on = today;
        run.term = until(&body["due_on"]);
    }
}

fn until(date: &Value) -> Term {
    Term::Until(number(date.as_str().expect("a date")))
}

/// Every hazard after all of its events.
pub fn records(events: &[RawEvent]) -> BTreeMap<String, Record> {
    let mut records: BTreeMap<String, Record> = BTreeMap::new();
    for event in events {
        records.entry(event.subject.clone()).or_default().happen(event);
    }
    records
}
