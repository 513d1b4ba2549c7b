//! The whole API on one screen, and the OpenAPI document it adds up to.
//!
//! Registering a handler is registering its documentation. To add a room, add its `configure` here and its tag below.

use actix_web::App as ActixApp;
use serde_json::{Value, json};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, OpenApi, RefOr, Schema};
use utoipa::{Modify, OpenApi as _, PartialSchema, ToSchema};
use utoipa_actix_web::AppExt;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::law::lifecycle::{Action, TABLE};
use crate::values::Vocabulary;
use crate::web::responses::{FaultView, ProblemView};
use crate::{attachments, authorities, dictionaries, enterprises, hazards, lifecycle_api, pages, standards};

/// Every operation, in reading order.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .configure(hazards::configure)
        .configure(attachments::configure)
        .configure(enterprises::configure)
        .configure(standards::configure)
        .configure(authorities::configure)
        .configure(lifecycle_api::configure)
        .configure(dictionaries::configure)
        .configure(pages::configure_documented);
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "major-hazards",
        description = "A ledger of major accident hazards (重大事故隐患): from report through supervision (督办) and \
                       rectification (整改) to the regulator's sign-off (销号).\n\nErrors are problem documents \
                       (RFC 9457) with a stable `code`. Lists are walked by cursor. Writes take an `Idempotency-Key`; \
                       changes of what exists need `If-Match`. Codes of enumerations may grow; a client should expect \
                       ones that it does not know.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
        contact(name = "major-hazards"),
    ),
    servers((url = "/", description = "This service")),
    tags(
        (name = "hazards", description = "The ledger: report, read, act, and look back."),
        (name = "attachments", description = "Evidence."),
        (name = "enterprises", description = "The register of units."),
        (name = "standards", description = "Judgment standards (重大事故隐患判定标准) and their clauses."),
        (name = "authorities", description = "Regulators, committees, communities."),
        (name = "lifecycle", description = "The state machine itself."),
        (name = "dictionaries", description = "Code tables."),
        (name = "operation", description = "Health, readiness, metrics, this document."),
    ),
    components(schemas(ProblemView, FaultView)),
    modifiers(&Security),
)]
struct Document;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut OpenApi) {
        let mut scheme = Http::new(HttpAuthScheme::Bearer);
        scheme.bearer_format = Some("JWT".to_owned());
        scheme.description = Some("A JSON Web Token with the claims of the contract".to_owned());
        document
            .components
            .get_or_insert_with(Components::new)
            .add_security_scheme("token", SecurityScheme::Http(scheme));
        document.security = Some(vec![SecurityRequirement::new("token", Vec::<String>::new())]);
    }
}

/// The OpenAPI 3.1 document.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn document() -> Result<Value, serde_json::Error> {
    let (_, mut document) = ActixApp::new()
        .into_utoipa_app()
        .openapi(Document::openapi())
        .configure(configure)
        .split_for_parts();
    add_bodies(&mut document);
    let mut document = serde_json::to_value(document)?;
    spell_out_actions(&mut document);
    add_keys(&mut document);
    Ok(document)
}

/// The document as it is committed: indented, with a line feed at its end.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn openapi_json() -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(&document()?).map(|text| text + "\n")
}

/// Schemas of the bodies of actions, which no handler names because the path decides which it is.
fn add_bodies(document: &mut OpenApi) {
    let components = document.components.get_or_insert_with(Components::new);
    let mut add = |name: String, schema: RefOr<Schema>| {
        components.schemas.entry(name).or_insert(schema);
    };
    for action in Action::ALL {
        let (name, schema) = hazards::schema(*action);
        add(name.into_owned(), schema);
    }
    for (name, schema) in hazards::body_schemas() {
        add(name, schema);
    }
    add(ProblemView::name().into_owned(), ProblemView::schema());
}

/// Every write that needs a token takes a key; the reader of the key stands before the handlers, which do not name it.
fn add_keys(document: &mut Value) {
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
    let items = document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten();
    let operations = items.filter_map(|(_, item)| item.as_object_mut()).flatten();
    for (_, operation) in operations.filter(|(method, _)| matches!(method.as_str(), "post" | "patch")) {
        let Some(operation) = operation.as_object_mut().filter(|operation| !operation.contains_key("security")) else {
            continue;
        };
        let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
        if let Some(parameters) = parameters.as_array_mut() {
            parameters.push(key.clone());
        }
        let answers = operation.get_mut("responses").and_then(Value::as_object_mut).into_iter().flatten();
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

const ACTION_PATH: &str = "/v1/hazards/{id}/actions/{action}";

/// One path for each action of the table, so that a generated client has one typed call for each.
fn spell_out_actions(document: &mut Value) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else {
        return;
    };
    let Some(template) = paths.remove(ACTION_PATH) else {
        return;
    };
    for action in Action::ALL.iter().filter(|action| **action != Action::Report) {
        let mut item = template.clone();
        if let Some(operation) = item.get_mut("post").and_then(Value::as_object_mut) {
            describe(operation, *action);
        }
        paths.insert(ACTION_PATH.replace("{action}", action.code()), item);
    }
}

fn describe(operation: &mut serde_json::Map<String, Value>, action: Action) {
    let label = action.label();
    let (name, _) = hazards::schema(action);
    let mut description = format!("{} ({}).\n\n", label.zh, label.en);
    for row in TABLE.iter().filter(|row| row.action == action) {
        let from: Vec<_> = row.from.iter().map(|state| format!("`{state}`")).collect();
        let roles: Vec<_> = row.roles.iter().map(|role| format!("`{role}`")).collect();
        let rules: Vec<_> = row.guards.iter().map(|guard| format!("`{}`", guard.code())).collect();
        description.push_str(&format!("From {} by {}. ", from.join(", "), roles.join(", ")));
        if !rules.is_empty() {
            description.push_str(&format!("Rules: {}. ", rules.join(", ")));
        }
    }
    description.push_str("\n\nWith `dry_run=true` every check runs and nothing changes.");
    operation.insert("operationId".to_owned(), json!(format!("{action}_hazard")));
    operation.insert("summary".to_owned(), json!(capitalized(label.en)));
    operation.insert("description".to_owned(), json!(description));
    operation.insert(
        "requestBody".to_owned(),
        json!({
            "required": true,
            "content": {"application/json": {
                "schema": {"$ref": format!("#/components/schemas/{name}")},
                "example": hazards::sample(action),
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
