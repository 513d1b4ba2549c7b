//! What is done to the document after the handlers have described themselves. Each step is for all operations alike;
//! what is about one operation stands at its handler.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::law::lifecycle::{Action, Transition};
use crate::law::table::Row;
use crate::law::tips::lifecycle::{TipAction, TipTransition};
use crate::values::{Label, Vocabulary};
use crate::{hazards, tips};

const HAZARD_ACTIONS: &str = "/v1/hazards/{id}/actions/{action}";
const TIP_ACTIONS: &str = "/v1/tips/{id}/actions/{action}";

/// What the document says of one action.
struct Spelled {
    code: &'static str,
    label: Label,
    /// What it acts on, the second half of the operation's id.
    thing: &'static str,
    rows: String,
    body: String,
    sample: Value,
}

/// One path for each action of the tables, so that a generated client has one typed call for each.
pub(super) fn spell_out_actions(document: &mut Value) {
    let on_hazards = Action::ALL.iter().filter(|action| **action != Action::Report);
    spell_out(document, HAZARD_ACTIONS, on_hazards.map(|action| on_hazard(*action)));
    let on_tips = TipAction::ALL.iter().filter_map(|action| on_tip(*action));
    spell_out(document, TIP_ACTIONS, on_tips);
}

fn spell_out(document: &mut Value, path: &str, actions: impl Iterator<Item = Spelled>) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else {
        return;
    };
    let Some(template) = paths.remove(path) else {
        return;
    };
    for action in actions {
        let mut item = template.clone();
        if let Some(operation) = item.get_mut("post").and_then(Value::as_object_mut) {
            describe(operation, &action);
        }
        paths.insert(path.replace("{action}", action.code), item);
    }
}

fn on_hazard(action: Action) -> Spelled {
    let (body, _) = hazards::schema(action);
    Spelled {
        code: action.code(),
        label: action.label(),
        thing: "hazard",
        rows: rows::<Transition>(action, |guard| guard.code()),
        body: body.into_owned(),
        sample: hazards::sample(action),
    }
}

/// Nothing for what is a call of its own.
fn on_tip(action: TipAction) -> Option<Spelled> {
    let (body, _) = tips::schema(action)?;
    Some(Spelled {
        code: action.code(),
        label: action.label(),
        thing: "tip",
        rows: rows::<TipTransition>(action, |guard| guard.code()),
        body: body.into_owned(),
        sample: tips::sample(action),
    })
}

/// From where, by whom and under which rules.
fn rows<R: Row>(action: R::Action, code: fn(&R::Guard) -> &'static str) -> String {
    let mut text = String::new();
    for row in R::TABLE.iter().filter(|row| row.action() == action) {
        let from: Vec<_> = row.from().iter().map(|state| format!("`{}`", state.code())).collect();
        let roles: Vec<_> = row.roles().iter().map(|role| format!("`{role}`")).collect();
        let guards: Vec<_> = row.guards().iter().map(|guard| format!("`{}`", code(guard))).collect();
        // Writing to a `String` cannot fail.
        let _ = write!(text, "From {} by {}. ", from.join(", "), roles.join(", "));
        if !guards.is_empty() {
            let _ = write!(text, "Rules: {}. ", guards.join(", "));
        }
    }
    text
}

/// Evidence is sent back as what it was taken as.
pub(super) fn return_what_is_taken(document: &mut Value) {
    let taken = document
        .pointer("/paths/~1v1~1attachments/post/requestBody/content")
        .cloned();
    let responses = document.pointer_mut("/paths/~1v1~1attachments~1{id}/get/responses");
    if let (Some(taken), Some(responses)) = (taken, responses) {
        for status in ["200", "206"] {
            if let Some(response) = responses.get_mut(status).and_then(Value::as_object_mut) {
                response.insert("content".to_owned(), taken.clone());
            }
        }
    }
}

fn describe(operation: &mut Map<String, Value>, action: &Spelled) {
    let Spelled { code, label, thing, .. } = action;
    let description = format!(
        "{} ({}).\n\n{}\n\nWith `dry_run=true` every check runs and nothing changes.",
        label.zh, label.en, action.rows
    );
    operation.insert("operationId".to_owned(), json!(format!("{code}_{thing}")));
    operation.insert("summary".to_owned(), json!(capitalized(label.en)));
    operation.insert("description".to_owned(), json!(description));
    operation.insert(
        "requestBody".to_owned(),
        json!({
            "required": true,
            "content": {"application/json": {
                "schema": {"$ref": format!("#/components/schemas/{}", action.body)},
                "example": action.sample,
            }},
        }),
    );
    if let Some(parameters) = operation.get_mut("parameters").and_then(Value::as_array_mut) {
        parameters.retain(|parameter| parameter.get("name") != Some(&json!("action")));
    }
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}

/// Says of what is open to everyone that no token is asked for, where the handler says that none is needed.
pub(super) fn open_doors(document: &mut Value) {
    for operation in operations(document) {
        if operation.get("security") == Some(&json!([{}])) {
            operation.insert("security".to_owned(), json!([]));
        }
    }
}

/// Writes without a key: one whose answers nobody may keep, one that tells by itself what a repeat is, and the batch, whose
/// calls have their own.
const WITHOUT_KEY: &[&str] = &["reveal_reporter", "continue_upload", "send_batch"];

/// Every write that needs a token takes a key, but for those of [`WITHOUT_KEY`]; the reader of the key stands before the
/// handlers, which do not name it.
pub(super) fn add_keys(document: &mut Value) {
    let key = json!({
        "name": "Idempotency-Key",
        "in": "header",
        "required": false,
        "description": "Names the request, so that a repeat of it is answered as it was; kept for 72 hours",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x20-\\x7e]+$"},
        "example": "6f1a52a6-2d6e-4f0b-9a57-8f1f1c7e4b0d",
    });
    let replayed = json!({
        "description": "`true` where the answer is that of an earlier request under the same key",
        "schema": {"type": "string", "enum": ["true"]},
    });
    let items = document
        .get_mut("paths")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten();
    let operations = items.filter_map(|(_, item)| item.as_object_mut()).flatten();
    for (_, operation) in operations.filter(|(method, _)| matches!(method.as_str(), "post" | "put" | "patch")) {
        let Some(operation) = operation
            .as_object_mut()
            .filter(|operation| !operation.contains_key("security"))
            .filter(|operation| {
                !WITHOUT_KEY
                    .iter()
                    .any(|id| operation.get("operationId") == Some(&json!(id)))
            })
        else {
            continue;
        };
        let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
        if let Some(parameters) = parameters.as_array_mut() {
            parameters.push(key.clone());
        }
        let answers = operation
            .get_mut("responses")
            .and_then(Value::as_object_mut)
            .into_iter()
            .flatten();
        for (_, answer) in answers.filter(|(status, _)| status.starts_with('2')) {
            if let Some(answer) = answer.as_object_mut() {
                let headers = answer.entry("headers").or_insert_with(|| json!({}));
                if let Some(headers) = headers.as_object_mut() {
                    headers.insert("Idempotent-Replayed".to_owned(), replayed.clone());
                }
            }
        }
    }
}

/// Names error answers that several operations have alike, so that each is written once. One that an operation words
/// for itself stays where it is.
pub(super) fn share_answers(document: &mut Value) {
    let mut shared = Map::new();
    for operation in operations(document) {
        let answers = operation
            .get_mut("responses")
            .and_then(Value::as_object_mut)
            .into_iter()
            .flatten();
        for (status, answer) in answers {
            let is_problem = answer.pointer("/content/application~1problem+json").is_some();
            let is_own = answer.get("headers").is_some() || status.starts_with('2');
            if !is_problem || is_own {
                continue;
            }
            let name = format!("Problem{status}");
            if shared.entry(&name).or_insert_with(|| answer.clone()) == answer {
                *answer = json!({"$ref": format!("#/components/responses/{name}")});
            }
        }
    }
    if let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) {
        components.insert("responses".to_owned(), Value::Object(shared));
    }
}

/// Every operation of the document.
fn operations(document: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    let items = document
        .get_mut("paths")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten();
    items
        .filter_map(|(_, item)| item.as_object_mut())
        .flatten()
        .filter_map(|(_, operation)| operation.as_object_mut())
}

/// Says of a count, which has the width of the machine and is described without one, that it fits into 64 bits.
pub(super) fn size_integers(value: &mut Value) {
    match value {
        Value::Object(members) => {
            let is_integer = members.get("type").is_some_and(|kind| {
                kind == "integer" || kind.as_array().is_some_and(|kinds| kinds.contains(&json!("integer")))
            });
            if is_integer {
                members.entry("format").or_insert_with(|| json!("int64"));
            }
            members.values_mut().for_each(size_integers);
        }
        Value::Array(entries) => entries.iter_mut().for_each(size_integers),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Takes out schemas that nothing refers to: parts of a page are written into it, and their own schema is left over.
pub(super) fn drop_unused(document: &mut Value) {
    loop {
        let mut named = BTreeSet::new();
        references(document, &mut named);
        let schemas = document
            .pointer_mut("/components/schemas")
            .and_then(Value::as_object_mut);
        let Some(schemas) = schemas else { return };
        let before = schemas.len();
        schemas.retain(|name, _| named.contains(&format!("#/components/schemas/{name}")));
        if schemas.len() == before {
            return;
        }
    }
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
