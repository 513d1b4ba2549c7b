//! The error answers of the document: which codes an operation can answer, by kind of operation.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::schema::ArrayBuilder;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder, Schema};
use utoipa::{IntoResponses, ToSchema};

use super::answers::PROBLEM_JSON;
use super::problems::{self, Entry};

/// A problem document (RFC 9457).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemView {
    /// Path of the page that explains the code.
    #[serde(rename = "type")]
    #[schema(example = "/problems/stale_version")]
    pub kind: String,
    /// The code in words.
    #[schema(example = "数据已被更新")]
    pub title: String,
    /// HTTP status.
    #[schema(example = 412, minimum = 400, maximum = 599)]
    pub status: u16,
    /// This case in words.
    #[schema(example = "current_version 是现在的版本；请重新读取后再办理。")]
    pub detail: String,
    /// Path of the request.
    #[schema(example = "/v1/hazards/370303-2026-000001/actions/sign_off")]
    pub instance: String,
    /// Stable code; new ones may come.
    #[schema(example = "stale_version")]
    pub code: String,
    /// Id of the request, for the operator.
    #[schema(example = "01900000-0000-7000-8000-00000000000a")]
    pub request_id: String,
    /// Every fault of the input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<Vec<FaultView>>,
    /// The present version, with `stale_version`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 7)]
    pub current_version: Option<i64>,
    /// The hazard as it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = hazard, required = false)]
    pub current: Option<Value>,
    /// What happened to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = events, required = false)]
    pub since: Option<Value>,
    /// Path of the whole history, where there was more than `since` holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/v1/hazards/01900000-0000-7000-8000-000000000001/events")]
    pub history: Option<String>,
    /// What this caller may do now, with `action_not_allowed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_actions: Option<Vec<String>>,
    /// Where the hazard stands, with `action_not_allowed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "supervised")]
    pub current_status: Option<String>,
    /// Who could, with `role_not_allowed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who_could: Option<WhoMayView>,
    /// RFC 6901 pointers into the body, at most fifty, of what was sent otherwise before, with `inspection_differs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(["/findings/0/result"]))]
    pub differs: Option<Vec<String>>,
    /// Line of the first character that is not JSON, with `malformed_json`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 1)]
    pub line: Option<usize>,
    /// Column of that character.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 17)]
    pub column: Option<usize>,
}

/// The schema of a room above, which this floor knows by its name alone.
fn hazard() -> RefOr<Schema> {
    let mut hazard = Ref::from_schema_name("HazardView");
    "The hazard as it stands and as a read would show it to this caller, with `stale_version` of a hazard."
        .clone_into(&mut hazard.description);
    hazard.into()
}

/// As [`hazard`].
fn events() -> RefOr<Schema> {
    let events = ArrayBuilder::new().items(Ref::from_schema_name("EventView"));
    let said = "What happened to it after the version of `If-Match`, oldest first, as its history would show this caller: \
                the newest twenty events at most.";
    events.description(Some(said)).build().into()
}

/// Who could do what the caller may not.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = WhoMay)]
pub struct WhoMayView {
    /// Roles that the table names.
    #[schema(example = json!(["regulator"]))]
    pub roles: Vec<String>,
    /// The lowest rank that may, where the rank matters.
    #[schema(example = "district")]
    pub level: Option<String>,
}

/// One fault of an input.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Fault)]
pub struct FaultView {
    /// RFC 6901 pointer into the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/due_on")]
    pub pointer: Option<String>,
    /// Name of the query parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "limit")]
    pub parameter: Option<String>,
    /// Stable code; new ones may come.
    #[schema(example = "due_in_past")]
    pub code: String,
    /// In words.
    #[schema(example = "整改期限不能早于今天")]
    pub detail: String,
}

/// Declares which codes a kind of operation can answer.
macro_rules! bundles {
    ($($(#[$meta:meta])* $name:ident: $codes:expr;)+) => {
        $(
            $(#[$meta])*
            #[derive(Debug, Clone, Copy)]
            pub struct $name;

            impl IntoResponses for $name {
                fn responses() -> BTreeMap<String, RefOr<Response>> {
                    responses(&$codes)
                }
            }
        )+
    };
}

const ANYONE: &[u16] = &[400, 406, 408, 414, 431, 500, 503];

bundles! {
    /// Answers of an operation that needs no token.
    PublicProblems: [ANYONE, &[404]].concat();
    /// Answers of a write that needs no token.
    PublicWriteProblems: [ANYONE, &[403, 413, 415, 422, 429]].concat();
    /// Answers of reading one thing.
    ReadProblems: [ANYONE, &[401, 403, 404]].concat();
    /// Answers of reading a list.
    ListProblems: [ANYONE, &[401, 403, 404]].concat();
    /// Answers of taking the ledger along.
    ExportProblems: [ANYONE, &[401, 403, 404, 429]].concat();
    /// Answers of what keeps a phone up to date.
    SyncProblems: [ANYONE, &[401, 403, 410]].concat();
    /// Answers of a write.
    WriteProblems: [ANYONE, &[401, 403, 404, 409, 412, 413, 415, 422, 428]].concat();
}

/// One answer for each status, with the codes of the table that have it.
fn responses(statuses: &[u16]) -> BTreeMap<String, RefOr<Response>> {
    statuses
        .iter()
        .map(|status| (status.to_string(), RefOr::T(response(*status))))
        .collect()
}

fn response(status: u16) -> Response {
    let codes: Vec<Entry> = problems::all().filter(|entry| entry.status == status).collect();
    let named: Vec<String> = codes
        .iter()
        .map(|entry| format!("`{}`: {}", entry.code, entry.title.en))
        .collect();
    let example = codes.first().map(|entry| {
        serde_json::json!({
            "type": format!("/problems/{}", entry.code),
            "title": entry.title.zh,
            "status": entry.status,
            "detail": entry.help.zh,
            "instance": "/v1/hazards",
            "code": entry.code,
            "request_id": "01900000-0000-7000-8000-00000000000a",
        })
    });
    ResponseBuilder::new()
        .description(named.join("; "))
        .content(
            PROBLEM_JSON,
            ContentBuilder::new()
                .schema(Some(Ref::from_schema_name("Problem")))
                .example(example)
                .build(),
        )
        .build()
}
