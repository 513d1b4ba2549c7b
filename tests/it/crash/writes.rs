//! Every operation that changes something, with a body that is right, one that is right and another, and what it puts
//! on record.

use std::collections::BTreeSet;
use std::time::Duration;

use major_hazards::law::lifecycle::{Action, Outcome, State, TABLE};
use major_hazards::values::Vocabulary as _;
use reqwest::Method;
use serde_json::{Value, json};

use super::tips;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::Request;
use crate::support::fixtures::{AREA, CRITERION, Hazard, photograph, usual_caller};

const JSON: &str = "application/json";
/// Members that may say anything.
const FREE: &[&str] = &[
    "comment",
    "reason",
    "text",
    "summary",
    "findings",
    "requirements",
    "goals",
    "cause",
    "title",
    "name",
    "address",
    "decision_number",
    "description",
    "feedback",
    "basis",
    "note",
];

/// A write that can be sent any number of times.
pub struct Write {
    /// Method and path of the document.
    pub operation: String,
    method: Method,
    path: String,
    caller: Caller,
    version: Option<i64>,
    media_type: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: Vec<u8>,
    other_body: Vec<u8>,
    /// How many events it puts on record.
    pub events: i64,
}

impl Write {
    /// The same with another body that is right as well.
    #[must_use]
    pub fn or(mut self, other_body: &str) -> Self {
        self.other_body = other_body.as_bytes().to_vec();
        self
    }

    /// The same, which puts so many events on record.
    #[must_use]
    pub fn with_events(mut self, events: i64) -> Self {
        self.events = events;
        self
    }

    /// The request, under a key.
    pub fn request(&self, app: &App, key: &str) -> Request {
        self.with_body(app, key, &self.body)
    }

    /// As a call of a batch, with who makes it; nothing for what no batch holds.
    pub fn call(&self, key: &str) -> Option<(Caller, Value)> {
        if self.media_type != JSON || !self.headers.is_empty() || self.path.starts_with("/v1/tips") {
            return None;
        }
        let mut call = json!({"method": self.method.as_str(), "path": self.path, "idempotency_key": key});
        if !self.body.is_empty() {
            call["body"] = serde_json::from_slice(&self.body).expect("a JSON body");
        }
        if let Some(version) = self.version {
            call["if_match"] = json!(format!("\"{version}\""));
        }
        Some((self.caller.clone(), call))
    }

    /// Another request under the same key; nothing where a request has no body that could be another.
    pub fn other(&self, app: &App, key: &str) -> Option<Request> {
        (!self.other_body.is_empty()).then(|| self.with_body(app, key, &self.other_body))
    }

    fn with_body(&self, app: &App, key: &str, body: &[u8]) -> Request {
        let request = app.request(self.method.clone(), &self.path).as_(&self.caller).key(key);
        let request = self
            .headers
            .iter()
            .fold(request, |request, (name, value)| request.header(name, value));
        let request = if body.is_empty() {
            request
        } else {
            request.body(self.media_type, body)
        };
        match self.version {
            Some(version) => request.if_match(version),
            None => request,
        }
    }

    /// A write with a JSON body.
    pub fn json(operation: &str, path: String, caller: Caller, version: Option<i64>, body: &Value) -> Self {
        let (method, _) = operation.split_once(' ').expect("method and path");
        Self {
            operation: operation.to_owned(),
            method: method.parse().expect("a method"),
            path,
            caller,
            version,
            media_type: JSON,
            headers: &[],
            body: body.to_string().into_bytes(),
            other_body: another(body).to_string().into_bytes(),
            events: 1,
        }
    }

    fn file(operation: &str, caller: Caller, media_type: &'static str, bodies: [Vec<u8>; 2], events: i64) -> Self {
        let (method, path) = operation.split_once(' ').expect("method and path");
        let [body, other_body] = bodies;
        Self {
            operation: operation.to_owned(),
            method: method.parse().expect("a method"),
            path: path.to_owned(),
            caller,
            version: None,
            media_type,
            headers: &[],
            body,
            other_body,
            events,
        }
    }
}

/// The same with a word more.
fn another(body: &Value) -> Value {
    let mut other = body.clone();
    if let Some(member) = FREE.iter().find(|member| body[**member].is_string()) {
        let text = body[*member].as_str().expect("text");
        other[*member] = json!(format!("{text}又及"));
    } else {
        other["into"] = json!("01926f3e-7c00-7000-8000-0000000000aa");
    }
    other
}

/// One write for each operation of the document that takes a key; each can be done now, in any order.
pub async fn every_write(app: &App) -> Vec<Write> {
    let mut writes = every_write_but_of_tips(app).await;
    writes.extend(tips::every_write(app).await);
    let covered: BTreeSet<&str> = writes.iter().map(|write| write.operation.as_str()).collect();
    let operations = app.operations().await;
    let keyed = operations.iter().filter(|operation| {
        operation
            .parameters_in("header")
            .iter()
            .any(|name| name == "Idempotency-Key")
    });
    let documented: BTreeSet<String> = keyed
        .map(|operation| format!("{} {}", operation.method, operation.path))
        .collect();
    assert_eq!(covered, documented.iter().map(String::as_str).collect());
    writes
}

/// The same without tips, whose writes need a policy of their own.
pub async fn every_write_but_of_tips(app: &App) -> Vec<Write> {
    let mut writes = records(app).await;
    for action in Action::ALL.iter().copied().filter(|action| *action != Action::Report) {
        writes.push(of_action(app, action).await);
    }
    writes.push(acknowledgement(app).await);
    writes.push(self_check(app).await);
    writes.push(upload());
    writes.push(checklist(app));
    writes.push(inspection(app).await);
    writes.extend(subscriptions(app).await);
    writes
}

async fn records(app: &App) -> Vec<Write> {
    let office = || Caller::office().areas(&["*"]);
    let number = app.next();
    let authority = |suffix: &str| {
        let code = format!("office-{number}-{suffix}");
        json!({"code": code, "name": "机构", "level": "street", "areas": [AREA]})
    };
    let standard = json!({
        "code": format!("S-{number}"),
        "title": "示例判定标准",
        "document_number": "示例〔2026〕1号",
        "issued_by": "示例安委会",
        "effective_on": "2026-07-01",
        "industries": ["C"],
        "criteria": [{"code": "1", "article": "第一条", "text": "示例条款。"}],
    });
    let unit = app.enterprise().await;
    let hazard = app.hazard_of(&unit).await;
    let known = authority("known");
    let register = app.post("/v1/authorities").as_(&office()).json(&known).send();
    register.await.expect_status(201).done();
    let lines = || format!("{}\n{}\n", app.enterprise_body(), app.enterprise_body()).into_bytes();
    let code = known["code"].as_str().expect("a code");
    let report = app.report_body(&unit);
    vec![
        Write::file(
            "POST /v1/attachments",
            Caller::inspector(),
            "image/png",
            [photograph(app.next()), photograph(app.next())],
            1,
        ),
        Write::file(
            "POST /v1/enterprises/import",
            office(),
            "application/jsonl",
            [lines(), lines()],
            2,
        ),
        Write::json(
            "POST /v1/authorities",
            "/v1/authorities".to_owned(),
            office(),
            None,
            &authority("new"),
        ),
        Write::json(
            "PATCH /v1/authorities/{code}",
            format!("/v1/authorities/{code}"),
            office(),
            Some(1),
            &json!({"name": "新名"}),
        ),
        Write::json(
            "POST /v1/enterprises",
            "/v1/enterprises".to_owned(),
            office(),
            None,
            &app.enterprise_body(),
        ),
        Write::json(
            "PATCH /v1/enterprises/{id}",
            format!("/v1/enterprises/{}", unit.id),
            office(),
            Some(1),
            &json!({"name": "新名"}),
        ),
        Write::json(
            "POST /v1/hazards",
            "/v1/hazards".to_owned(),
            Caller::inspector(),
            None,
            &report,
        ),
        Write::json(
            "PATCH /v1/hazards/{id}",
            hazard.path(),
            Caller::inspector(),
            Some(1),
            &json!({"title": "更正"}),
        ),
        Write::json(
            "POST /v1/standards",
            "/v1/standards".to_owned(),
            Caller::office(),
            None,
            &standard,
        ),
    ]
}

/// Waits until the service has reminded the unit of a late hazard, so that it does not do so among the writes.
async fn reminded(app: &App, hazard: &Hazard) {
    // Of the plan and of the rectification, the principal and the controller.
    const REMINDERS: usize = 4;
    let path = format!("/v1/notices?hazard={}&kind=deadline_passed", hazard.id);
    for _ in 0..300 {
        let served = app
            .get(&path)
            .as_(&hazard.unit.officer())
            .send()
            .await
            .expect_status(200)
            .items();
        if served.len() == REMINDERS {
            return;
        }
        actix_web::rt::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("nobody was reminded");
}

async fn acknowledgement(app: &App) -> Write {
    let hazard = app.hazard_in(State::Supervised).await;
    let officer = hazard.unit.officer();
    let path = format!("/v1/notices?hazard={}", hazard.id);
    let notices = app.get(path).as_(&officer).send().await.expect_status(200).items();
    let path = format!("/v1/notices/{}/acknowledge", notices[0]["id"].as_str().expect("an id"));
    let operation = "POST /v1/notices/{id}/acknowledge";
    Write {
        body: Vec::new(),
        other_body: Vec::new(),
        ..Write::json(operation, path, officer, None, &json!({}))
    }
}

/// Puts nothing into the journal: what becomes of the bytes does.
fn upload() -> Write {
    let operation = "POST /v1/uploads";
    Write {
        headers: &[
            ("tus-resumable", "1.0.0"),
            ("upload-length", "10"),
            ("upload-metadata", "filetype aW1hZ2UvcG5n"),
        ],
        body: Vec::new(),
        other_body: Vec::new(),
        events: 0,
        ..Write::json(
            operation,
            "/v1/uploads".to_owned(),
            Caller::inspector(),
            None,
            &json!({}),
        )
    }
}

async fn self_check(app: &App) -> Write {
    let unit = app.enterprise().await;
    let body = json!({
        "performed_on": app.day(0),
        "performed_by": {"name": "王某", "position": "主要负责人"},
        "summary": "未发现重大事故隐患。",
        "results": [{"criterion": CRITERION, "result": "clear"}],
    });
    let quarter = quarter_of(&app.day(0));
    let operation = "PUT /v1/enterprises/{id}/self-checks/{quarter}";
    let path = format!("/v1/enterprises/{}/self-checks/{quarter}", unit.id);
    Write::json(operation, path, unit.officer(), None, &body)
}

fn checklist(app: &App) -> Write {
    let body = json!({
        "code": format!("L-{}", app.next()),
        "title": "示例重点事项清单",
        "kind": "enforcement",
        "items": [{"code": "1", "criterion": CRITERION, "text": "是否辨识有限空间"}],
    });
    let path = "/v1/checklists".to_owned();
    Write::json("POST /v1/checklists", path, Caller::committee(), None, &body)
}

/// An inspection that reports a hazard and announces evidence.
async fn inspection(app: &App) -> Write {
    let (unit, list) = (app.enterprise().await, app.checklist().await);
    let mut body = app.inspection_body(&unit, &list);
    body["findings"][1]["hazard"] = app.found_hazard(&unit);
    body["evidence"] = json!([app.declaration(&app.next().to_be_bytes())]);
    let path = format!("/v1/inspections/{}", app.phone_id());
    Write::json("PUT /v1/inspections/{id}", path, Caller::inspector(), None, &body).with_events(3)
}

async fn subscriptions(app: &App) -> Vec<Write> {
    // Nobody listens there.
    let body = |name: &str| json!({"url": "http://receiver.invalid/", "types": ["hazard.closed"], "description": name});
    let subscribe = async |name: &str| {
        let made = app
            .post("/v1/subscriptions")
            .as_(&Caller::system())
            .json(&body(name))
            .send()
            .await;
        format!(
            "/v1/subscriptions/{}",
            made.expect_status(201).json()["id"].as_str().expect("an id")
        )
    };
    let write = |operation: &str, path: String, version: Option<i64>, body: &Value| {
        Write::json(operation, path, Caller::system(), version, body)
    };
    let bare = |write: Write| Write {
        body: Vec::new(),
        other_body: Vec::new(),
        ..write
    };
    let (tested, asked) = (subscribe("被测试的").await, subscribe("被重投的").await);
    let sent = app.post(format!("{asked}/test")).as_(&Caller::system()).send().await;
    let sent = sent.expect_status(202).json()["id"].as_str().expect("an id").to_owned();
    let again = format!("{asked}/deliveries/{sent}/redeliver");
    let redeliver = "POST /v1/subscriptions/{id}/deliveries/{delivery}/redeliver";
    vec![
        write(
            "POST /v1/subscriptions",
            "/v1/subscriptions".to_owned(),
            None,
            &body("新的"),
        ),
        write(
            "PATCH /v1/subscriptions/{id}",
            subscribe("旧的").await,
            Some(1),
            &json!({"description": "改过的"}),
        ),
        bare(write(
            "POST /v1/subscriptions/{id}/test",
            format!("{tested}/test"),
            None,
            &json!({}),
        )),
        bare(write(redeliver, again, None, &json!({}))),
    ]
}

/// The quarter of a day that is written `YYYY-MM-DD`.
fn quarter_of(day: &str) -> String {
    let month: u32 = day[5..7].parse().expect("a month");
    format!("{}Q{}", &day[..4], month.div_ceil(3))
}

/// The action on a hazard of its own, which was brought to where the action is allowed.
async fn of_action(app: &App, action: Action) -> Write {
    let hazard = app.hazard_awaiting(action).await;
    if action == Action::Escalate {
        reminded(app, &hazard).await;
    }
    let body = app.usual_body(&hazard, action).await;
    let caller = usual_caller(&hazard.unit, action);
    let operation = format!("POST /v1/hazards/{{id}}/actions/{action}");
    let path = format!("{}/actions/{action}", hazard.path());
    // The usual review is passed.
    let row = TABLE
        .iter()
        .find(|row| row.action == action && row.outcome != Outcome::Failed);
    let notices = if row.is_some_and(|row| row.notice.is_some()) {
        2
    } else {
        0
    };
    Write {
        events: 1 + notices,
        ..Write::json(&operation, path, caller, Some(hazard.version), &body)
    }
}
