//! The answers of a batch on the wire.

use actix_web::http::header::{ETAG, HeaderMap, HeaderName, LOCATION, RETRY_AFTER};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::values::vocabulary::vocabulary;
use crate::web::idempotency::REPLAYED;
use crate::web::schemas::vocabularies;

vocabulary! {
    /// Why a call of a batch was not made.
    pub enum NotRun in "not_run" {
        Stopped = "stopped", "前面有调用失败", "a call before it failed";
        OutOfTime = "out_of_time", "本次请求的时间已用完", "the time of the request was over";
        TooMuch = "too_much", "本次应答已过大", "the answers before it were large enough";
    }
}

vocabularies! {
    NotRun = "NotRun";
}

/// The answers of a batch.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!(sample()))]
pub struct BatchView {
    /// One for each call, in their order.
    #[schema(max_items = 100)]
    pub answers: Vec<AnswerView>,
}

/// What became of a call: `status`, `headers` and `body` where it was made, `not_run` alone where it was not.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnswerView {
    /// HTTP status.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 201, minimum = 200, maximum = 599)]
    status: Option<u16>,
    /// What the headers of the answer say.
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<AnswerHeadersView>,
    /// The body as the operation answers it, or a problem document; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<serde_json::Value>)]
    body: Option<Box<RawValue>>,
    /// Why it was not made.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_run: Option<NotRun>,
}

/// Headers of an answer by their names, those that it has.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnswerHeadersView {
    /// The version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "\"1\"")]
    etag: Option<String>,
    /// Path of what was put on record.
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    /// `true` where the answer is that of an earlier request under the same key.
    #[serde(rename = "idempotent-replayed", skip_serializing_if = "Option::is_none")]
    idempotent_replayed: Option<String>,
    /// After how many seconds it may be tried again.
    #[serde(rename = "retry-after", skip_serializing_if = "Option::is_none")]
    retry_after: Option<String>,
}

impl AnswerView {
    /// An answer as it came. Every body here is JSON; one that is not is none.
    pub fn of(status: u16, headers: &HeaderMap, body: &[u8]) -> Self {
        let header = |name: &HeaderName| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let text = String::from_utf8(body.to_vec()).ok();
        Self {
            status: Some(status),
            headers: Some(AnswerHeadersView {
                etag: header(&ETAG),
                location: header(&LOCATION),
                idempotent_replayed: header(&REPLAYED),
                retry_after: header(&RETRY_AFTER),
            }),
            body: text.and_then(|text| RawValue::from_string(text).ok()),
            not_run: None,
        }
    }

    /// What was not made.
    pub fn not_run(reason: NotRun) -> Self {
        Self {
            status: None,
            headers: None,
            body: None,
            not_run: Some(reason),
        }
    }

    /// True for a refusal or an error.
    pub fn has_failed(&self) -> bool {
        self.status.is_some_and(|status| status >= 400)
    }

    /// Bytes of its body.
    pub fn size(&self) -> usize {
        self.body.as_ref().map_or(0, |body| body.get().len())
    }
}

/// What callers send, for the document; a test sends it too.
pub fn sample_body() -> Value {
    json!({
        "calls": [{
            "method": "POST",
            "path": "/v1/hazards/01900000-0000-7000-8000-000000000001/actions/remark",
            "idempotency_key": "6f1a52a6-2d6e-4f0b-9a57-8f1f1c7e4b0d",
            "if_match": "\"7\"",
            "body": {"text": "已电话提醒。"},
        }],
        "stop_on_failure": true,
    })
}

/// What is answered.
fn sample() -> Value {
    json!({
        "answers": [
            {
                "status": 404,
                "headers": {},
                "body": {
                    "type": "/problems/not_found",
                    "title": "查无此项",
                    "status": 404,
                    "detail": "它不存在，或者您无权知道它是否存在。",
                    "instance": "/v1/hazards/01900000-0000-7000-8000-000000000001/actions/remark",
                    "code": "not_found",
                    "request_id": "01900000-0000-7000-8000-00000000000a.0",
                },
            },
            {"not_run": "stopped"},
        ],
    })
}
