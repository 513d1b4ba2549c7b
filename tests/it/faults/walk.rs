//! One hazard from report to sign-off with the reads that people make in between, while something below may fail at
//! any call; and the repeats that follow, after which it must have happened exactly once.

use std::time::Duration;

use major_hazards::law::lifecycle::Action;
use major_hazards::values::Vocabulary as _;
use reqwest::Method;
use serde_json::{Value, json};

use crate::crash::ledger::history_of;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::Answer;
use crate::support::database::Database;
use crate::support::fixtures::{Hazard, Unit, text, usual_caller};

const STEPS: &[Action] = &[
    Action::Report,
    Action::Confirm,
    Action::Order,
    Action::SubmitPlan,
    Action::ApprovePlan,
    Action::SubmitCompletion,
    Action::Review,
    Action::SignOff,
];

/// What a walk needs beforehand, so that every fault falls into the walk itself.
pub struct Walk {
    app: App,
    unit: Unit,
    photograph: String,
    name: String,
    reported: Option<Hazard>,
    /// How many answers told of a fault.
    pub faults: u32,
}

impl Walk {
    /// A walk whose keys begin with that name.
    pub async fn prepare(app: &App, unit: &Unit, name: String) -> Self {
        Self {
            app: app.clone(),
            unit: unit.clone(),
            photograph: app.photograph(&unit.officer()).await,
            name,
            reported: None,
            faults: 0,
        }
    }

    /// Walks; a step that meets a fault is sent again under its key when `mend` has been called.
    pub async fn go(&mut self, mend: impl Fn()) {
        for (index, action) in STEPS.iter().enumerate() {
            let version = i64::try_from(index).expect("few steps");
            let first = self.insist(*action, version, &mend).await;
            let again = self.insist(*action, version, &mend).await;
            assert_eq!(first.body, again.body, "{}", again.asked);
            if self.reported.is_none() {
                let document = again.json();
                self.reported = Some(Hazard {
                    id: text(&document["id"]),
                    number: text(&document["number"]),
                    version: 1,
                    unit: self.unit.clone(),
                });
            }
            self.look(&mend).await;
        }
    }

    /// Fails unless the hazard went through every step once.
    pub fn assert_done_once(&self, database: &Database) {
        let hazard = self.reported.as_ref().expect("it was reported");
        let history = history_of(database, &hazard.id);
        let found: Vec<&str> = history.iter().map(|event| event.action.as_str()).collect();
        let expected: Vec<&str> = STEPS.iter().map(|action| action.code()).collect();
        assert_eq!(found, expected);
    }

    /// The step is done; a fault is met at most once.
    async fn insist(&mut self, action: Action, version: i64, mend: &impl Fn()) -> Answer {
        let first = self.step(action, version).await;
        if (200..300).contains(&first.status) {
            return first;
        }
        self.fault(&first);
        mend();
        // The server may still work for a session that nobody listens to; until it finds out, the key is held.
        for _ in 0..200 {
            let again = self.step(action, version).await;
            if again.status != 409 {
                assert!((200..300).contains(&again.status), "{}: {}", again.asked, again.text());
                return again;
            }
            again.problem("idempotency_key_in_use");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the key of {action} is never let go");
    }

    async fn step(&self, action: Action, version: i64) -> Answer {
        let key = format!("{} {action}", self.name);
        let (path, body) = match &self.reported {
            None => ("/v1/hazards".to_owned(), self.app.report_body(&self.unit)),
            Some(hazard) => (
                format!("{}/actions/{action}", hazard.path()),
                self.body(hazard, action).await,
            ),
        };
        let request = self
            .app
            .request(Method::POST, path)
            .as_(&usual_caller(&self.unit, action))
            .key(&key)
            .json(&body);
        match version {
            0 => request.send().await,
            seen => request.if_match(seen).send().await,
        }
    }

    async fn body(&self, hazard: &Hazard, action: Action) -> Value {
        if action == Action::SubmitCompletion {
            json!({
                "summary": "辨识有限空间9处，全部登记上锁。",
                "completed_on": self.app.day(0),
                "attachments": [self.photograph],
            })
        } else {
            self.app.usual_body(hazard, action).await
        }
    }

    /// Reads what people read; a read that fails goes through when it is made again.
    async fn look(&mut self, mend: &impl Fn()) {
        let path = self.reported.as_ref().expect("it was reported").path();
        for path in [path.clone(), format!("{path}/events"), "/v1/hazards?limit=5".to_owned()] {
            let first = self.app.get(&path).as_(&Caller::auditor()).send().await;
            if first.status != 200 {
                self.fault(&first);
                mend();
                let again = self.app.get(&path).as_(&Caller::auditor()).send().await;
                again.expect_status(200).done();
            }
        }
    }

    /// A fault below is told as one, and as nothing else.
    fn fault(&mut self, answer: &Answer) {
        self.faults += 1;
        let problem = answer.any_problem();
        assert!(
            matches!(answer.status, 500 | 503),
            "{}: {} {problem}",
            answer.asked,
            answer.status
        );
        if answer.status == 503 {
            assert!(answer.header("retry-after").is_some(), "{}: {problem}", answer.asked);
        }
    }
}
