//! Input that nobody sends by mistake: always a documented problem document, never a failure of the service.
//!
//! The operations and their bodies come from the document that the service gives out, so a new operation is tried here
//! from its first day.

use major_hazards::law::lifecycle::{Action, State};
use major_hazards::values::Vocabulary as _;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::Answer;
use crate::support::on_both;
use crate::support::openapi::Operation;

/// A body that is right, and where it goes.
struct Target {
    operation: Operation,
    path: String,
    body: Value,
}

on_both! {
    async fn bodies_that_are_not_json(app: App) {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let deep_objects = format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
        let cases: &[&[u8]] = &[
            b"",
            b"{",
            b"{\"title\": }",
            b"{\"title\": \"a\",}",
            b"{'title': 'a'}",
            b"{} {}",
            b"\xff\xfe{}",
            b"{\"title\": \"\xff\"}",
            b"{\"title\": \"\\ud800\"}",
            b"{\"title\": \"\x00\"}",
            b"{\"title\": \"a\", \"title\": \"a\"}",
            b"\xef\xbb\xbf{}",
            b"{\"title\": 1e999}",
            b"NaN",
            deep.as_bytes(),
            deep_objects.as_bytes(),
        ];
        for target in targets(&app).await {
            for case in cases {
                let answer = target.send(&app, "application/json", case.to_vec()).await;
                let shown = String::from_utf8_lossy(&case[..case.len().min(40)]).into_owned();
                target.documented(&answer, &shown);
                let problem = answer.expect_status(400).problem("malformed_json");
                assert!(
                    problem["line"].is_u64() && problem["column"].is_u64(),
                    "{shown}: {problem}"
                );
            }
        }
    }

    async fn bodies_of_another_kind(app: App) {
        for target in targets(&app).await {
            for media_type in [
                "text/plain",
                "application/x-www-form-urlencoded",
                "application/jsonx",
                "multipart/form-data",
                "",
            ] {
                let answer = target
                    .send(&app, media_type, target.body.to_string().into_bytes())
                    .await;
                target.documented(&answer, media_type);
                answer.expect_status(415).problem("unsupported_media_type");
            }
            for body in [json!(null), json!([]), json!("text"), json!(1), json!(true)] {
                let answer = target
                    .send(&app, "application/json", body.to_string().into_bytes())
                    .await;
                target.documented(&answer, &body.to_string());
                answer.expect_status(400).done();
            }
        }
    }

    async fn bodies_that_are_too_large(app: App) {
        for target in targets(&app).await {
            // A day of an inspector is more than anything else that is sent as JSON.
            let is_of_a_day = matches!(target.operation.id.as_str(), "file_inspection" | "send_batch");
            let limit = 1024 * 1024 * if is_of_a_day { 4 } else { 1 };
            let filled = format!("\"{}\"", "a".repeat(limit));
            let answer = target.send(&app, "application/json", filled.into_bytes()).await;
            target.documented(&answer, "too large");
            answer.expect_status(413).problem("too_large");
        }
    }

    async fn members_that_do_not_exist(app: App) {
        for target in targets(&app).await {
            for pointer in objects_in(&target.body) {
                let mut body = target.body.clone();
                let place = format!("{pointer}/no_such_member");
                body.pointer_mut(&pointer)
                    .and_then(Value::as_object_mut)
                    .expect("an object")
                    .insert("no_such_member".to_owned(), json!(1));
                let answer = target
                    .send(&app, "application/json", body.to_string().into_bytes())
                    .await;
                target.documented(&answer, &place);
                let (problem, place) = target.refused(answer, &place);
                assert_eq!(problem["code"], "unknown_field", "{problem}");
                let errors = problem["errors"].as_array().expect("every fault is told");
                assert_eq!(errors.len(), 1, "{problem}");
                assert_eq!((&errors[0]["pointer"], &errors[0]["code"]), (&json!(place), &json!("unknown_field")));
            }
        }
    }

    async fn members_that_hold_what_they_must_not(app: App) {
        let hostile = [
            json!("\u{0}"),
            json!("a\u{0}b"),
            json!("\u{1b}[31m"),
            json!("\u{7f}"),
            json!("\u{85}"),
            json!("隐".repeat(4001)),
            json!("'; DROP TABLE hazards; --".repeat(400)),
            json!("   "),
            json!(""),
            json!({"a": {"b": []}}),
            json!([[], {}]),
            json!(-1),
            json!(1.5e300),
            json!(u64::MAX),
        ];
        for target in targets(&app).await {
            for pointer in leaves_in(&target.body) {
                let is_number = target.body.pointer(&pointer).is_some_and(Value::is_number);
                for value in hostile.iter().filter(|value| !(is_number && **value == json!(-1))) {
                    let mut body = target.body.clone();
                    *body.pointer_mut(&pointer).expect("a member") = value.clone();
                    let answer = target
                        .send(&app, "application/json", body.to_string().into_bytes())
                        .await;
                    let shown = format!("{pointer} = {}", value.to_string().chars().take(40).collect::<String>());
                    target.documented(&answer, &shown);
                    let (problem, place) = target.refused(answer, &pointer);
                    let named = problem["errors"].as_array().is_some_and(|errors| {
                        errors
                            .iter()
                            .any(|fault| fault["pointer"].as_str().is_some_and(|at| at.starts_with(place)))
                    });
                    assert!(named, "{}: {shown}: {problem}", target.operation.name());
                }
            }
        }
    }

    async fn paths_that_lead_nowhere(app: App) {
        let caller = everyone();
        let long = "9".repeat(4000);
        let hostile = [
            "not-an-id",
            "%00",
            "%ff",
            "..%2f..%2fetc%2fpasswd",
            "01900000-0000-7000-8000-00000000000",
            "%7B01900000-0000-7000-8000-000000000000%7D",
            "01900000000070008000000000000000",
            "370303-2024-1",
            "%E9%9A%90%E6%82%A3",
            "'%20OR%201=1",
            "-1",
            long.as_str(),
        ];
        for operation in app
            .operations()
            .await
            .iter()
            .filter(|operation| operation.path.contains('{'))
        {
            for value in hostile {
                let path = operation.path_with(|_| value.to_owned());
                let body = json!({});
                let request = app.request(operation.method.clone(), path).as_(&caller).if_match(1);
                let request = if operation.says.get("requestBody").is_some() {
                    request.json(&body)
                } else {
                    request
                };
                let answer = request.send().await;
                assert!(
                    (400..500).contains(&answer.status),
                    "{}: {value}: {}",
                    operation.name(),
                    answer.status
                );
                answer.any_problem();
            }
        }
    }

    async fn actions_that_do_not_exist(app: App) {
        let hazard = app.hazard().await;
        for action in ["report", "explode", "sign-off", "SIGN_OFF", "%00", "escalate/now"] {
            let path = format!("{}/actions/{action}", hazard.path());
            let answer = app
                .post(path)
                .as_(&everyone())
                .if_match(1)
                .json(&json!({}))
                .send()
                .await;
            answer.expect_status(404).problem("not_found");
        }
    }

    async fn queries_that_make_no_sense(app: App) {
        let caller = everyone();
        let hostile = [
            "%00",
            "%ff",
            "%",
            "%zz",
            "%1b",
            "%ed%a0%80",
            "'%20OR%201=1--",
            "-1",
            "0",
            "201",
            "99999999999999999999",
            "2024-02-30",
            "0000-00-00",
            "9999999-01-01",
            "%25",
            "_",
            "%5C",
            "*",
            "\"%22",
            "%28%29",
            "AND%20OR%20NOT",
            "%3A%2A",
            "%26%7C%21",
            "%E9%9A%90",
            "a,b,,",
            ",",
            "%E2%80%AE",
        ];
        for operation in app.operations().await.iter().filter(|one| one.method == Method::GET) {
            let path = operation.path_to_nothing();
            let unknown = app.get(format!("{path}?no_such_parameter=1")).as_(&caller).send().await;
            check_query(operation, "no_such_parameter=1", &unknown);
            // Pages for people outside `/v1` pass over what they do not know.
            if operation.path.starts_with("/v1/") && !operation.parameters_in("query").is_empty() {
                let required: Vec<String> = operation
                    .parameters()
                    .iter()
                    .filter(|one| one.place == "query" && one.says["required"] == true)
                    .map(|one| format!("?{}", one.name))
                    .collect();
                let mut expected = vec![("?no_such_parameter", "unknown_field")];
                expected.extend(required.iter().map(|name| (name.as_str(), "missing")));
                unknown.expect_status(400).faults(&expected);
            }
            for parameter in operation.parameters_in("query") {
                for value in hostile {
                    let query = format!("{parameter}={value}");
                    let answer = app.get(format!("{path}?{query}")).as_(&caller).send().await;
                    check_query(operation, &query, &answer);
                }
                let long = format!("{parameter}={}", "a".repeat(20_000));
                check_query(
                    operation,
                    "a long one",
                    &app.get(format!("{path}?{long}")).as_(&caller).send().await,
                );
            }
        }
    }

    async fn headers_that_make_no_sense(app: App) {
        let hazard = app.hazard_in(State::Confirmed).await;
        let path = format!("{}/actions/{}", hazard.path(), Action::Remark.code());
        let remark = json!({"text": "a"});
        let post = || app.post(&path).as_(&Caller::committee()).json(&remark);
        post().send().await.expect_status(428).problem("precondition_required");
        for tag in [
            "2",
            "*",
            "W/\"2\"",
            "\"02\"",
            "\"two\"",
            "\"2\", \"3\"",
            "\"\"",
            "\"99999999999999999999\"",
            "\"-2\"",
        ] {
            post()
                .header("if-match", tag)
                .send()
                .await
                .expect_status(400)
                .problem("bad_precondition");
        }
        let long = "k".repeat(256);
        for key in ["", long.as_str(), "a\tb", "隐患"] {
            let answer = post().if_match(2).header("idempotency-key", key).send().await;
            answer.expect_status(400).problem("bad_idempotency_key");
        }
        for language in ["", "*", ";;;q=", "en;q=banana", "zz-ZZ, xx;q=0.3", "\u{e9}"] {
            let answer = app
                .get("/v1/hazards/none")
                .as_(&Caller::committee())
                .header("accept-language", language)
                .send()
                .await;
            answer.expect_status(404).problem("not_found");
        }
        for id in ["a b", "<script>", "%00", long.as_str()] {
            let answer = app
                .get(hazard.path())
                .as_(&Caller::committee())
                .header("x-request-id", id)
                .send()
                .await;
            assert_ne!(answer.expect_status(200).header("x-request-id"), Some(id));
        }
        for token in [
            "",
            "x",
            "Basic YTpi",
            "Bearer",
            "Bearer  ",
            "Bearer a.b.c",
            "bearer x",
            "Bearer \u{e9}",
        ] {
            let answer = app
                .get(hazard.path())
                .header("authorization", token)
                .send()
                .await
                .expect_status(401);
            assert!(
                answer
                    .header("www-authenticate")
                    .is_some_and(|challenge| challenge.starts_with("Bearer"))
            );
            answer.any_problem();
        }
    }

    async fn methods_that_are_not_there(app: App) {
        let operations = app.operations().await;
        for operation in &operations {
            let path = operation.path_to_nothing();
            for method in [
                Method::DELETE,
                Method::TRACE,
                Method::from_bytes(b"BREW").expect("a method"),
            ] {
                if operations.iter().any(|known| known.path == operation.path && known.method == method) {
                    continue;
                }
                let answer = app.request(method.clone(), &path).as_(&everyone()).send().await;
                assert!(matches!(answer.status, 404 | 405), "{method} {path}: {}", answer.status);
                answer.any_problem();
            }
        }
        app.get("/v1/nothing")
            .as_(&everyone())
            .send()
            .await
            .expect_status(404)
            .problem("not_found");
        app.get("/nothing").send().await.expect_status(404).problem("not_found");
    }
}

/// Holds every role that can be held together, everywhere.
fn everyone() -> Caller {
    Caller::of("office")
        .claim(
            "roles",
            json!([
                "office",
                "admin",
                "inspector",
                "committee",
                "regulator",
                "tip_officer",
                "auditor",
                "system"
            ]),
        )
        .level("national")
        .areas(&["*"])
}

/// Every operation that takes JSON, with a body that is right.
async fn targets(app: &App) -> Vec<Target> {
    let mut found = Vec::new();
    for operation in app.operations().await.into_iter().filter(Operation::takes_json) {
        let examples = operation.examples("application/json");
        assert!(!examples.is_empty(), "{}: no example to begin with", operation.name());
        for body in examples {
            found.push(Target {
                path: operation.path_to_nothing(),
                body,
                operation: operation.clone(),
            });
        }
    }
    found
}

impl Target {
    async fn send(&self, app: &App, media_type: &str, body: Vec<u8>) -> Answer {
        let request = app
            .request(self.operation.method.clone(), &self.path)
            .as_(&everyone())
            .if_match(1);
        request.body(media_type, body).send().await
    }

    /// Fails unless the answer is a problem document that the operation's description knows.
    fn documented(&self, answer: &Answer, case: &str) {
        documented(&self.operation, answer, case);
    }

    /// The problem that a fault at `pointer` makes, and where it then is: what is wrong within a call of a batch is told by
    /// the answer to that call.
    fn refused<'p>(&self, answer: Answer, pointer: &'p str) -> (Value, &'p str) {
        match pointer.strip_prefix("/calls/0/body") {
            Some(within) if self.operation.id == "send_batch" => {
                let call = answer.expect_status(200).json()["answers"][0].take();
                assert_eq!(call["status"], 400, "{call}");
                (call["body"].clone(), within)
            }
            _ => (answer.expect_status(400).any_problem(), pointer),
        }
    }
}

fn documented(operation: &Operation, answer: &Answer, case: &str) {
    assert!(
        answer.status < 500,
        "{}: {case}: {} {}",
        answer.asked,
        answer.status,
        answer.text()
    );
    if answer.status >= 400 {
        answer.any_problem();
        assert!(
            operation.answer(answer.status).is_some(),
            "{}: {case}: {} is not documented: {}",
            operation.name(),
            answer.status,
            answer.text()
        );
    }
}

fn check_query(operation: &Operation, query: &str, answer: &Answer) {
    documented(operation, answer, query);
    assert!(
        matches!(answer.status, 200 | 400 | 404 | 414),
        "{}?{query}: {} {}",
        operation.name(),
        answer.status,
        answer.text()
    );
}

/// Pointers to every object in a value, itself included.
fn objects_in(value: &Value) -> Vec<String> {
    pointers(value)
        .into_iter()
        .filter(|pointer| value.pointer(pointer).is_some_and(Value::is_object))
        .collect()
}

/// Pointers to everything in a value that is neither object nor list.
fn leaves_in(value: &Value) -> Vec<String> {
    let is_leaf = |pointer: &String| {
        value
            .pointer(pointer)
            .is_some_and(|at| !at.is_object() && !at.is_array())
    };
    pointers(value).into_iter().filter(is_leaf).collect()
}

fn pointers(value: &Value) -> Vec<String> {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, member)| (name.clone(), member)).collect(),
        Value::Array(entries) => entries
            .iter()
            .enumerate()
            .map(|(index, entry)| (index.to_string(), entry))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    let mut found = vec![String::new()];
    for (name, member) in below {
        found.extend(pointers(member).into_iter().map(|rest| format!("/{name}{rest}")));
    }
    found
}
