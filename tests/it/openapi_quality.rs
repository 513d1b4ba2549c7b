//! What the document owes its readers: every operation is described, shown by example, says who may call it and how it
//! fails; and it is the whole truth about the routes.

use std::collections::{BTreeMap, BTreeSet};

use major_hazards::law::lifecycle::Action;
use major_hazards::law::tips::lifecycle::TipAction;
use major_hazards::values::Vocabulary as _;
use serde_json::Value;

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::on_both;
use crate::support::openapi::{Operation, examples_of};
use crate::support::source::files;

/// Verbs that the name of an operation begins with.
const VERBS: &[&str] = &[
    "acknowledge",
    "amend",
    "begin",
    "change",
    "continue",
    "export",
    "file",
    "get",
    "import",
    "list",
    "publish",
    "redeliver",
    "register",
    "remove",
    "report",
    "reveal",
    "send",
    "store",
    "test",
    "tell",
];

/// Media types of bodies that are bytes and need no example.
const BYTES: &[&str] = &["application/octet-stream", "*/*"];

/// Operations without a key: one whose answers nobody may keep, and the batch, whose calls have their own.
const WITHOUT_KEY: &[&str] = &["reveal_reporter", "send_batch"];

/// Pages for people, which are no part of the contract.
const UNDOCUMENTED: &[&str] = &["GET /"];

on_both! {
    async fn operations_are_described(app: App) {
        let mut faults = Vec::new();
        let mut names = BTreeMap::new();
        let document = app.document().await;
        let tags: BTreeSet<&str> = document["tags"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|tag| tag["name"].as_str())
            .collect();
        for operation in app.operations().await {
            let mut fault = |what: &str| faults.push(format!("{}: {what}", operation.name()));
            for member in ["summary", "description"] {
                if operation.says[member]
                    .as_str()
                    .is_none_or(|text| text.trim().is_empty())
                {
                    fault(&format!("`{member}` is missing"));
                }
            }
            if operation.says["summary"]
                .as_str()
                .is_some_and(|summary| summary.ends_with('.') || summary.len() > 80)
            {
                fault("`summary` is a line of a list: short, and without a full stop");
            }
            match operation.says["tags"].as_array().map(Vec::as_slice) {
                Some([tag]) if tag.as_str().is_some_and(|tag| tags.contains(tag)) => {}
                tags => fault(&format!("one tag that the document describes, not {tags:?}")),
            }
            let verb = operation.id.split('_').next().unwrap_or_default();
            let is_action = [("_hazard", Action::CODES), ("_tip", TipAction::CODES)]
                .iter()
                .any(|(thing, actions)| operation.id.strip_suffix(thing).is_some_and(|action| actions.contains(&action)));
            if !is_action && (!VERBS.contains(&verb) || !operation.id.contains('_')) {
                fault(&format!("`{}` is not `<verb>_<resource>`", operation.id));
            }
            if let Some(other) = names.insert(operation.id.clone(), operation.name()) {
                fault(&format!("`{}` is also the name of {other}", operation.id));
            }
            for parameter in operation.parameters() {
                let described = parameter.says["description"]
                    .as_str()
                    .is_some_and(|text| !text.is_empty());
                if !described {
                    fault(&format!("parameter `{}` has no description", parameter.name));
                }
                if parameter.says.get("schema").is_none() {
                    fault(&format!("parameter `{}` has no schema", parameter.name));
                }
            }
        }
        none(&faults);
    }

    async fn bodies_are_shown_by_example(app: App) {
        let mut faults = Vec::new();
        for operation in app.operations().await {
            let bodies = operation.says["requestBody"]["content"]
                .as_object()
                .cloned()
                .unwrap_or_default();
            for (media_type, content) in bodies {
                let schema = operation.resolved(&content["schema"]);
                let has_example = !examples_of(&content).is_empty()
                    || schema.get("example").is_some()
                    || schema.get("examples").is_some();
                if !has_example && !BYTES.contains(&media_type.as_str()) && is_text(&media_type) {
                    faults.push(format!("{}: no example of a `{media_type}` body", operation.name()));
                }
            }
            let answers = operation.says["responses"].as_object().cloned().unwrap_or_default();
            for (status, answer) in answers.iter().filter(|(status, _)| status.starts_with('2')) {
                let answer = operation.resolved(answer);
                for (media_type, content) in answer["content"].as_object().into_iter().flatten() {
                    let schema = operation.resolved(&content["schema"]);
                    if content.get("schema").is_none() && media_type == "application/json" {
                        faults.push(format!(
                            "{}: the `{media_type}` answer {status} has no schema",
                            operation.name()
                        ));
                    }
                    if media_type == "application/json" && schema.as_object().is_none_or(serde_json::Map::is_empty) {
                        faults.push(format!(
                            "{}: the schema of answer {status} says nothing",
                            operation.name()
                        ));
                    }
                }
            }
        }
        none(&faults);
    }

    async fn failures_and_rights_are_documented(app: App) {
        let mut faults = Vec::new();
        for operation in app.operations().await {
            let mut needed = Vec::new();
            if operation.needs_token() {
                needed.extend([401, 500, 503]);
            } else if operation.says["security"].is_null() {
                faults.push(format!(
                    "{}: neither a token is required nor `security` says that none is",
                    operation.name()
                ));
            }
            let written = matches!(operation.method.as_str(), "POST" | "PATCH" | "PUT");
            if operation.says.get("requestBody").is_some() {
                needed.extend([400, 413, 415]);
            }
            if !operation.parameters_in("path").is_empty() {
                needed.push(404);
            }
            if !operation.parameters_in("query").is_empty() {
                needed.push(400);
            }
            if operation
                .parameters_in("header")
                .iter()
                .any(|name| name.eq_ignore_ascii_case("if-match"))
            {
                needed.extend([412, 428]);
            }
            if written && operation.needs_token() {
                needed.extend([403, 409, 422]);
            }
            for status in needed {
                let Some(answer) = operation.answer(status) else {
                    faults.push(format!("{}: answer {status} is not documented", operation.name()));
                    continue;
                };
                let content = &answer["content"]["application/problem+json"];
                if content.is_null() {
                    faults.push(format!("{}: answer {status} is no problem document", operation.name()));
                }
                if answer["description"].as_str().is_none_or(str::is_empty) {
                    faults.push(format!("{}: answer {status} has no description", operation.name()));
                }
            }
        }
        none(&faults);
    }

    /// Every POST may be repeated under a key, and every change of what exists names the version that was seen.
    async fn writes_are_safe_to_repeat(app: App) {
        let mut faults = Vec::new();
        for operation in app
            .operations()
            .await
            .iter()
            .filter(|operation| operation.needs_token())
        {
            let headers: Vec<String> = operation
                .parameters_in("header")
                .iter()
                .map(|name| name.to_lowercase())
                .collect();
            let has = |name: &str| headers.iter().any(|header| header == name);
            let is_action = operation.path.contains("/actions/");
            if operation.method == "POST" && !has("idempotency-key") && !WITHOUT_KEY.contains(&operation.id.as_str()) {
                faults.push(format!("{}: `Idempotency-Key` is not described", operation.name()));
            }
            // Where bytes begin is what their sender saw of an upload.
            if (operation.method == "PATCH" || is_action) && !has("if-match") && !has("upload-offset") {
                faults.push(format!("{}: `If-Match` is not described", operation.name()));
            }
        }
        none(&faults);
    }

    /// A documented operation without its route would answer like a path that does not exist.
    async fn documented_operations_have_routes(app: App) {
        let mut faults = Vec::new();
        app.write_log().await;
        for operation in app.operations().await {
            let mut path = operation.path_with(|name| match name {
                "name" => "statuses".to_owned(),
                "path" => "0/000.p/1".to_owned(),
                _ => "not_found".to_owned(),
            });
            if operation.id == "get_log_proof" {
                path.push_str("?from=0");
            }
            let answer = app.request(operation.method.clone(), &path).send().await;
            // Whoever asks without a token is turned away by the route itself; whoever sends nothing where no token is
            // needed, by the reader of the body.
            let routed = if operation.needs_token() {
                answer.status == 401
            } else if operation.says.get("requestBody").is_some() {
                answer.status == 415
            } else {
                answer.status < 400
            };
            if !routed {
                faults.push(format!(
                    "{}: answered {} {}",
                    operation.name(),
                    answer.status,
                    answer.text()
                ));
            }
        }
        none(&faults);
    }

    /// A path takes the methods of the document and HEAD for GET; any other is refused, and told which there are.
    async fn other_methods_are_refused_by_name(app: App) {
        let mut paths: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for operation in app.operations().await {
            paths.entry(operation.path_to_nothing()).or_default().insert(operation.method.to_string());
        }
        let mut faults = Vec::new();
        for (path, documented) in &paths {
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"] {
                if documented.contains(if method == "HEAD" { "GET" } else { method }) {
                    continue;
                }
                let parsed = method.parse().expect("a method");
                let answer = app.request(parsed, path).as_(&everyone()).send().await;
                let allow = answer.header("allow").unwrap_or_default();
                let named: BTreeSet<String> = allow.split(", ").map(str::to_owned).collect();
                if answer.status != 405 || named != *documented {
                    faults.push(format!("{}: {}, Allow: {allow}", answer.asked, answer.status));
                } else if method != "HEAD" {
                    answer.problem("method_not_allowed");
                }
            }
        }
        assert!(paths.contains_key("/v1/enterprises/import"));
        none(&faults);
    }

    async fn routes_are_documented(app: App) {
        let documented: BTreeSet<String> = app.operations().await.iter().map(Operation::name).collect();
        let mut faults = Vec::new();
        for file in files("src") {
            for (method, path) in routes(&file.said) {
                // Each action of a lifecycle is an operation of its own in the document.
                let action = if path.contains("tips") { TipAction::Accept.code() } else { Action::Confirm.code() };
                let path = path.replace("{action}", action).replace(":.+}", "}");
                let name = format!("{} {path}", method.to_uppercase());
                let is_page = UNDOCUMENTED.contains(&name.as_str());
                if documented.contains(&name) == is_page {
                    faults.push(format!(
                        "{}: {name}: is it in the document or in `UNDOCUMENTED`?",
                        file.path
                    ));
                }
            }
        }
        none(&faults);
    }

    async fn examples_are_accepted(app: App) {
        let everyone = everyone();
        let mut faults = Vec::new();
        for operation in app.operations().await.iter().filter(|operation| operation.takes_json()) {
            for example in operation.examples("application/json") {
                let request = app
                    .request(operation.method.clone(), operation.path_to_nothing())
                    .as_(&everyone)
                    .if_match(1)
                    .json(&example);
                let answer = request.send().await;
                // What an example names need not be on record; everything else about it is right.
                let named: Vec<Value> = match answer.status {
                    400 => answer.json()["errors"].as_array().cloned().unwrap_or_default(),
                    _ => Vec::new(),
                };
                let only_names = !named.is_empty() && named.iter().all(|fault| fault["code"] == "not_found");
                if answer.status == 400 && !only_names {
                    faults.push(format!(
                        "{}: its own example is refused: {}",
                        operation.name(),
                        answer.text()
                    ));
                }
            }
        }
        none(&faults);
    }
}

/// Holds every role that can be held together, everywhere.
fn everyone() -> Caller {
    Caller::of("office")
        .claim(
            "roles",
            serde_json::json!(["office", "admin", "inspector", "committee", "regulator", "tip_officer"]),
        )
        .level("national")
        .areas(&["*"])
}

/// Method and path of every route that a source text registers.
fn routes(source: &str) -> Vec<(&str, &str)> {
    let attributes = source.lines().filter_map(|line| line.trim().strip_prefix("#["));
    attributes
        .filter_map(|attribute| attribute.strip_suffix(")]")?.split_once('('))
        .filter(|(method, _)| matches!(*method, "get" | "post" | "put" | "patch" | "delete" | "head" | "route"))
        .filter_map(|(method, path)| path.split('"').nth(1).map(|path| (method, path)))
        .collect()
}

fn is_text(media_type: &str) -> bool {
    media_type.contains("json") || media_type.starts_with("text/")
}

fn none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// Schemas refer to something, and nothing that a reference could name lies unused.
#[test]
fn references_lead_somewhere() {
    let document: Value =
        serde_json::from_str(&major_hazards::api::openapi_json().expect("the document can be written"))
            .expect("it is JSON");
    let mut named = BTreeSet::new();
    references(&document, &mut named);
    for pointer in &named {
        assert!(
            document.pointer(pointer.trim_start_matches('#')).is_some(),
            "{pointer} leads nowhere"
        );
    }
    let unused: Vec<String> = document["components"]["schemas"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| format!("#/components/schemas/{}", name.replace('~', "~0").replace('/', "~1")))
        .filter(|pointer| !named.contains(pointer))
        .collect();
    none(&unused);
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                found.insert(reference.clone());
            }
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(entries) => entries.iter().for_each(|entry| references(entry, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The document is given out to everyone and must hold nothing that is not meant for them.
#[test]
fn security_is_described_once() {
    let document: Value =
        serde_json::from_str(&major_hazards::api::openapi_json().expect("the document can be written"))
            .expect("it is JSON");
    assert!(
        document["openapi"]
            .as_str()
            .is_some_and(|version| version.starts_with("3.1"))
    );
    let schemes = document["components"]["securitySchemes"]
        .as_object()
        .expect("security schemes");
    assert_eq!(schemes.len(), 1, "{schemes:?}");
    for operation in crate::support::openapi::operations(document.clone()) {
        let Operation { says, .. } = &operation;
        for scheme in says["security"].as_array().into_iter().flatten() {
            for name in scheme.as_object().into_iter().flatten().map(|(name, _)| name) {
                assert!(
                    schemes.contains_key(name),
                    "{}: `{name}` is no security scheme",
                    operation.name()
                );
            }
        }
    }
}
