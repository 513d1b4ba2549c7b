//! Sends what waits, in its order, until nothing waits or the line does not come back.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::Trouble;
use super::entry::{Action, Entry, Inspection};
use super::queue::Queue;
use super::service::Service;
use super::upload::upload;
use super::verdict::Verdict;

/// Calls of one batch.
const BATCH: usize = 100;

/// Sends from a queue to a service.
#[derive(Debug)]
pub struct Sender {
    queue: Queue,
    service: Service,
}

/// What came of an entry that waits no longer.
#[derive(Debug)]
pub enum Told {
    Taken(Entry),
    Parked(Entry, Value),
}

/// How sending ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing waits any more.
    Empty,
    /// The line or the service did not come back; the rest waits.
    GaveUp(String),
    /// The token is not taken any more; the rest waits.
    SignIn,
    /// Another program is sending from this queue.
    Busy,
}

impl Sender {
    pub fn new(queue: Queue, service: Service) -> Self {
        Self { queue, service }
    }

    /// Sends until it ends, and tells of each entry when it is through. It may be killed at any moment and begun again.
    pub async fn drain(&self, mut tell: impl FnMut(Told)) -> Result<Outcome, Trouble> {
        let Some(_sending) = self.queue.begin_sending()? else {
            return Ok(Outcome::Busy);
        };
        let patience = self.service.patience;
        let (mut failures, mut pause) = (0, patience.pause);
        loop {
            let waiting = self.queue.waiting()?;
            let Some(first) = waiting.first() else {
                return Ok(Outcome::Empty);
            };
            let actions: Vec<&Action> = waiting
                .iter()
                .map_while(|waiting| action(&waiting.entry))
                .take(BATCH)
                .collect();
            let verdicts = match &first.entry {
                Entry::Inspection(inspection) => vec![self.send_inspection(inspection).await?],
                Entry::Action(action) if actions.len() == 1 => vec![self.send_action(action).await],
                Entry::Action(_) => self.send_batch(&actions).await,
            };
            for (waiting, verdict) in waiting.iter().zip(verdicts) {
                match verdict {
                    Verdict::Taken => {
                        self.queue.done(waiting)?;
                        tell(Told::Taken(waiting.entry.clone()));
                    }
                    Verdict::Refused(answer) => {
                        self.queue.park(waiting, &answer)?;
                        tell(Told::Parked(waiting.entry.clone(), answer));
                    }
                    Verdict::SignIn => return Ok(Outcome::SignIn),
                    Verdict::Again(reason, wanted) => {
                        failures += 1;
                        if failures >= patience.attempts {
                            return Ok(Outcome::GaveUp(reason));
                        }
                        tokio::time::sleep(wanted.unwrap_or_default().max(pause)).await;
                        pause = patience.longest.min(pause * 2);
                        // What follows must not overtake it.
                        break;
                    }
                }
                (failures, pause) = (0, patience.pause);
            }
        }
    }

    /// Sends an inspection, whose hazards are on record with it, and then what the service says is missing of its
    /// photographs. Without a key: a kept answer would tell what was missing then.
    async fn send_inspection(&self, inspection: &Inspection) -> Result<Verdict, Trouble> {
        let path = format!("/v1/inspections/{}", inspection.id);
        let answer = self
            .service
            .ask(self.service.call(Method::PUT, &path).json(&inspection.body))
            .await;
        let verdict = Verdict::of(&answer);
        let missing = match (&verdict, answer) {
            (Verdict::Taken, Ok(answer)) => missing(&answer.body),
            _ => return Ok(verdict),
        };
        let mut sent = BTreeSet::new();
        for evidence in inspection
            .body
            .evidence
            .iter()
            .filter(|one| missing.contains(&one.id.to_string()))
        {
            // The same bytes fill every place that waits for them.
            if sent.insert(&evidence.sha256) {
                match upload(&self.service, &self.queue, evidence).await? {
                    Verdict::Taken => {}
                    verdict => return Ok(verdict),
                }
            }
        }
        if missing.is_empty() {
            return Ok(Verdict::Taken);
        }
        let answer = self.service.ask(self.service.call(Method::GET, &path)).await;
        match Verdict::of(&answer) {
            Verdict::Taken if answer.is_ok_and(|answer| answer.body["complete"] == true) => Ok(Verdict::Taken),
            Verdict::Taken => Ok(Verdict::Again("photographs are missing".to_owned(), None)),
            verdict => Ok(verdict),
        }
    }

    async fn send_action(&self, action: &Action) -> Verdict {
        let call = self
            .service
            .call(Method::POST, &action.path())
            .header("idempotency-key", action.key.to_string())
            .header("if-match", action.seen())
            .json(&action.body);
        Verdict::of(&self.service.ask(call).await)
    }

    /// Sends actions together. What follows one that failed is left, so that none overtakes another.
    async fn send_batch(&self, actions: &[&Action]) -> Vec<Verdict> {
        let calls: Vec<Value> = actions
            .iter()
            .map(|action| {
                json!({
                    "method": "POST",
                    "path": action.path(),
                    "idempotency_key": action.key,
                    "if_match": action.seen(),
                    "body": action.body,
                })
            })
            .collect();
        let body = json!({"calls": calls, "stop_on_failure": true});
        let answer = self
            .service
            .ask(self.service.call(Method::POST, "/v1/batch").json(&body))
            .await;
        match (Verdict::of(&answer), answer) {
            (Verdict::Taken, Ok(answer)) => match each(&answer.body) {
                made if made.is_empty() => vec![Verdict::Again("nothing of it was made".to_owned(), None)],
                made => made,
            },
            (verdict, _) => vec![verdict],
        }
    }
}

/// The verdict on each call of a batch that was made.
fn each(body: &Value) -> Vec<Verdict> {
    let answers = body["answers"].as_array().into_iter().flatten();
    let made = answers.map_while(|answer| {
        let status = u16::try_from(answer["status"].as_u64()?).ok()?;
        let wait = answer["headers"]["retry-after"]
            .as_str()
            .and_then(|text| text.parse().ok());
        Some(Verdict::on(status, &answer["body"], wait.map(Duration::from_secs)))
    });
    made.collect()
}

fn action(entry: &Entry) -> Option<&Action> {
    match entry {
        Entry::Action(action) => Some(action),
        Entry::Inspection(_) => None,
    }
}

/// Ids of the evidence that the service waits for.
fn missing(inspection: &Value) -> Vec<String> {
    let missing = inspection["missing"].as_array().into_iter().flatten();
    missing.filter_map(|id| id.as_str().map(str::to_owned)).collect()
}
