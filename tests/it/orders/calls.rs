//! What five phones have to send, and what was on record before they went.

use std::fs;
use std::rc::Rc;

use major_hazards::law::lifecycle::State;
use major_hazards::values::Clock;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::Request;
use crate::support::database::{Database, copy_folder};
use crate::support::fixtures::{CRITERION, Hazard, Unit, photograph};
use crate::support::hexadecimal;

pub const PHONES: usize = 5;
/// Of each phone.
const INSPECTIONS: usize = 20;
/// Remarks of each phone on what all of them know.
const REMARKS: usize = 36;
/// Hazards that everybody remarks on.
const SHARED: usize = 12;
/// Hazards that two phones review; each pair of phones stands before the same number of them.
const CONTESTED: usize = 30;

/// Folders and a file of a node that belong to its database.
const FOLDERS: [&str; 2] = ["objects", "tip-keys"];
const LOG_KEY: &str = "log-key";

/// A call that a phone has recorded.
#[derive(Debug, Clone)]
pub struct Call {
    pub phone: usize,
    pub method: Method,
    pub path: String,
    pub key: Option<String>,
    pub version: Option<i64>,
    pub body: Body,
    pub meets: Meets,
}

#[derive(Debug, Clone)]
pub enum Body {
    Json(Value),
    Photograph(Vec<u8>),
}

/// Whom a call may meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meets {
    /// It is about what is the phone's own.
    Nobody,
    /// Whoever remarks on the same hazard.
    Everybody,
    /// Another phone with the same review of this hazard, by its place.
    Another(usize),
}

/// What was on record, and what is to be sent.
pub struct World {
    pub contested: Vec<Hazard>,
    pub shared: Vec<Hazard>,
    /// Of each phone, in its order.
    pub calls: Vec<Vec<Call>>,
    /// Ids that are the same in every order.
    pub ids: Vec<String>,
}

impl World {
    /// Puts on record what the phones knew, and draws up their calls. Nobody may be using the database afterwards.
    pub async fn prepare(database: &Rc<Database>) -> Self {
        let app = App::over(Rc::clone(database), Clock::system()).await;
        let (unit, checklist) = (app.enterprise().await, app.checklist().await);
        let (mut contested, mut shared) = (Vec::new(), Vec::new());
        for _ in 0..CONTESTED {
            contested.push(app.hazard_of_in(&unit, State::AwaitingReview).await);
        }
        for _ in 0..SHARED {
            shared.push(app.hazard_of(&unit).await);
        }
        let mut world = Self {
            ids: Vec::new(),
            contested,
            shared,
            calls: vec![Vec::new(); PHONES],
        };
        for phone in 0..PHONES {
            world.calls[phone] = world.calls_of(&app, &unit, &checklist, phone);
        }
        app.stop().await;
        world.ids.push(unit.id);
        world.ids.extend(
            [&world.contested, &world.shared]
                .into_iter()
                .flatten()
                .map(|hazard| hazard.id.clone()),
        );
        world
    }

    fn calls_of(&mut self, app: &App, unit: &Unit, checklist: &str, phone: usize) -> Vec<Call> {
        let mut calls = Vec::new();
        let mut own = Vec::new();
        for number in 0..INSPECTIONS {
            let bytes = photograph(u32::try_from(phone * 1000 + number).expect("a small number"));
            let (id, declared) = (fresh_id(), declaration(&bytes));
            let mut body = app.inspection_body(unit, checklist);
            body["evidence"] = json!([declared]);
            body["findings"][0]["attachments"] = json!([declared["id"]]);
            self.ids.extend([id.clone(), text(&declared["id"])]);
            // The usual third of inspections finds nothing to report.
            if number % 5 < 3 {
                let mut hazard = app.report_body(unit);
                hazard["id"] = json!(fresh_id());
                hazard["criteria"] = json!([CRITERION]);
                hazard["attachments"] = json!([declared["id"]]);
                own.push(text(&hazard["id"]));
                body["findings"][1]["hazard"] = hazard;
            }
            let filed = Call::json(phone, Method::PUT, format!("/v1/inspections/{id}"), body);
            let brought = Call {
                method: Method::POST,
                path: "/v1/attachments".to_owned(),
                key: Some(fresh_id()),
                body: Body::Photograph(bytes),
                ..filed.clone()
            };
            // Evidence comes before or after.
            calls.extend(if number % 2 == 0 {
                [filed, brought]
            } else {
                [brought, filed]
            });
        }
        self.ids.extend(own.iter().cloned());
        let remarks = (0..REMARKS).map(|number| {
            let hazard = &self.shared[(number + phone * 5) % SHARED];
            remark(phone, hazard.path(), hazard.version, number, Meets::Everybody)
        });
        let own_remarks = own
            .iter()
            .zip(REMARKS..)
            .map(|(id, number)| remark(phone, format!("/v1/hazards/{id}"), 1, number, Meets::Nobody));
        let reviews = (0..CONTESTED)
            .filter(|place| pair(*place).contains(&phone))
            .map(|place| {
                let hazard = &self.contested[place];
                let body = json!({
                    "passed": true,
                    "reviewed_on": app.day(0),
                    "reviewers": [
                        {"name": "赵一", "certificate_number": "370303001"},
                        {"name": "钱二", "certificate_number": "370303002"},
                    ],
                    "findings": "现场核对9处，标志、锁具、台账齐全。",
                });
                Call {
                    version: Some(hazard.version),
                    key: Some(fresh_id()),
                    meets: Meets::Another(place),
                    ..Call::json(phone, Method::POST, format!("{}/actions/review", hazard.path()), body)
                }
            });
        // What was done in the field comes as it was done; a remark on a hazard of the phone's own after its inspection.
        let mut others: Vec<Call> = remarks.chain(reviews).chain(own_remarks).collect();
        let mut mixed = Vec::new();
        for (place, call) in calls.into_iter().enumerate() {
            mixed.push(call);
            if place % 2 == 1 {
                mixed.push(others.remove(0));
            }
        }
        mixed.extend(others);
        mixed
    }
}

impl Call {
    fn json(phone: usize, method: Method, path: String, body: Value) -> Self {
        Self {
            phone,
            method,
            path,
            key: None,
            version: None,
            body: Body::Json(body),
            meets: Meets::Nobody,
        }
    }

    /// Who sends it.
    pub fn caller(&self) -> Caller {
        Caller::inspector().subject(&name(self.phone))
    }

    /// As a request of its own.
    pub fn request(&self, app: &App) -> Request {
        let mut request = app.request(self.method.clone(), &self.path).as_(&self.caller());
        if let Some(key) = &self.key {
            request = request.key(key);
        }
        if let Some(version) = self.version {
            request = request.if_match(version);
        }
        match &self.body {
            Body::Json(body) => request.json(body),
            Body::Photograph(bytes) => request.body("image/png", bytes.clone()),
        }
    }

    /// As a call of a batch; bytes of files go alone.
    pub fn in_batch(&self) -> Option<Value> {
        let Body::Json(body) = &self.body else {
            return None;
        };
        let mut call = json!({"method": self.method.as_str(), "path": self.path, "body": body});
        if let Some(key) = &self.key {
            call["idempotency_key"] = json!(key);
        }
        if let Some(version) = self.version {
            call["if_match"] = json!(format!("\"{version}\""));
        }
        Some(call)
    }

    /// The same said again on another version, which is another call.
    pub fn again_on(&self, version: i64) -> Self {
        Self {
            key: Some(fresh_id()),
            version: Some(version),
            ..self.clone()
        }
    }
}

/// The subject of a phone's token.
pub fn name(phone: usize) -> String {
    format!("phone-{phone}")
}

/// The two phones that review a contested hazard.
pub fn pair(place: usize) -> [usize; 2] {
    let first = place % PHONES;
    [first, (first + 1 + place / PHONES % (PHONES - 1)) % PHONES]
}

fn remark(phone: usize, hazard: String, version: i64, number: usize, meets: Meets) -> Call {
    let body = json!({"text": format!("{}第{number}次现场核实。", name(phone))});
    Call {
        version: Some(version),
        key: Some(fresh_id()),
        meets,
        ..Call::json(phone, Method::POST, format!("{hazard}/actions/remark"), body)
    }
}

fn declaration(bytes: &[u8]) -> Value {
    json!({
        "id": fresh_id(),
        "sha256": hexadecimal(&Sha256::digest(bytes)),
        "size": bytes.len(),
        "media_type": "image/png",
        "filename": "现场.png",
    })
}

fn fresh_id() -> String {
    Clock::system().ordered_id().to_string()
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

/// A copy of the database with its folders, as it was when the phones went.
pub fn copy_of(database: &Database) -> Database {
    let copy = database.copy();
    for folder in FOLDERS {
        copy_folder(&database.folder().join(folder), &copy.folder().join(folder));
    }
    fs::copy(database.folder().join(LOG_KEY), copy.folder().join(LOG_KEY)).expect("the key of the log is copied");
    copy
}
