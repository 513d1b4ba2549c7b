//! What a batch holds. What a call holds is for the operation that it calls to read.

use std::fmt;
use std::str::FromStr;

use actix_web::http::Uri;
use actix_web::web::Bytes;
use deserr::{Deserr, ValuePointerRef};
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::values::fault::{joined, pointer, text_value};
use crate::values::vocabulary::vocabulary;
use crate::values::{Fault, FaultCode, Faults};
use crate::web::body::Object;
use crate::web::limits;
use crate::web::schemas::vocabularies;

/// Calls of one batch.
const MOST_CALLS: usize = 100;
/// The longest path with its query.
const LONGEST_PATH: usize = 2000;
/// The longest value of a header.
const LONGEST_VALUE: usize = 255;
/// The path of a batch itself.
const BATCH: &str = "/v1/batch";
/// Tips have doors of their own, with limits of their own.
const TIPS: &str = "/v1/tips";

vocabulary! {
    /// The method of a call.
    pub enum CallMethod in "call_methods" {
        Post = "POST", "新建或办理", "puts on record, or acts";
        Put = "PUT", "整份提交", "hands in as a whole";
        Patch = "PATCH", "更正", "puts right";
    }
}

vocabularies! {
    CallMethod = "CallMethod";
}

/// Calls that are made one after the other.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields, validate = whole_batch -> Faults)]
pub struct BatchBody {
    /// The calls in their order, 1 to 100.
    #[schema(min_items = 1, max_items = 100)]
    pub calls: Vec<Call>,
    /// Whether what follows a call that failed is left.
    #[deserr(default)]
    #[schema(default = false, required = false)]
    pub stop_on_failure: bool,
}

/// One call, as it would be sent alone.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields, validate = whole_call -> Faults)]
pub struct Call {
    /// The method.
    pub method: CallMethod,
    /// The path, with its query.
    pub path: CallPath,
    /// What would stand in `Idempotency-Key`; a POST needs one.
    #[deserr(default)]
    pub idempotency_key: Option<HeaderText>,
    /// What would stand in `If-Match`, quotes included: the `ETag` as it was received.
    #[deserr(default)]
    pub if_match: Option<HeaderText>,
    /// The body; the document says at each operation what it holds. It goes to the operation byte for byte as it stands here,
    /// so a repeat under the same key, alone or in a batch, must be written alike.
    #[deserr(default)]
    #[schema(value_type = Option<serde_json::Value>)]
    pub body: Option<Object>,
}

/// A path of this service that a batch may call. None needs an escape in front of its query, so none has one: what is
/// compared here is what is called.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
#[schema(
    value_type = String,
    max_length = 2000,
    pattern = "^/v1/[A-Za-z0-9._~/-]+([?].*)?$",
    example = "/v1/hazards/01900000-0000-7000-8000-000000000001/actions/review"
)]
pub struct CallPath(Uri);

/// A value of a header: 1 to 255 printable ASCII characters, no space at either end, which no header could have.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, min_length = 1, max_length = 255, pattern = "^[\\x21-\\x7e]([\\x20-\\x7e]*[\\x21-\\x7e])?$", example = "\"7\"")]
pub struct HeaderText(String);

impl CallPath {
    /// As an address of the service.
    pub fn into_uri(self) -> Uri {
        self.0
    }
}

impl HeaderText {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CallPath {
    type Err = FaultCode;

    fn from_str(text: &str) -> Result<Self, FaultCode> {
        if text.len() > LONGEST_PATH {
            return Err(FaultCode::TooLong);
        }
        let path = text.split_once('?').map_or(text, |(path, _)| path);
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_' | b'~' | b'-');
        if !path.starts_with("/v1/") || !path.bytes().all(is_plain) {
            return Err(FaultCode::BadFormat);
        }
        if path == BATCH || limits::is_within(path, TIPS) || limits::is_upload(path) {
            return Err(FaultCode::NotAllowed);
        }
        text.parse().map(Self).map_err(|_| FaultCode::BadFormat)
    }
}

impl fmt::Display for CallPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for HeaderText {
    type Err = FaultCode;

    fn from_str(text: &str) -> Result<Self, FaultCode> {
        if text.trim_matches(' ').is_empty() {
            Err(FaultCode::Blank)
        } else if text.len() > LONGEST_VALUE {
            Err(FaultCode::TooLong)
        } else if text.trim_matches(' ') == text && text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
            Ok(Self(text.to_owned()))
        } else {
            Err(FaultCode::BadFormat)
        }
    }
}

impl fmt::Display for HeaderText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

text_value!(CallPath);
text_value!(HeaderText);

/// The calls of a batch with their bodies as they were written, which is what their keys are held against.
#[derive(Deserialize)]
struct Written<'b> {
    #[serde(borrow)]
    calls: Vec<WrittenCall<'b>>,
}

#[derive(Deserialize)]
struct WrittenCall<'b> {
    #[serde(borrow, default)]
    body: Option<&'b RawValue>,
}

/// The body of each call of a batch that was read, byte for byte.
///
/// # Errors
/// Never for a batch that was read.
pub fn written(batch: &[u8]) -> Result<Vec<Option<Bytes>>, serde_json::Error> {
    let written: Written<'_> = serde_json::from_slice(batch)?;
    let texts = written.calls.into_iter().map(|call| call.body.map(RawValue::get));
    Ok(texts
        .map(|text| text.map(|text| Bytes::copy_from_slice(text.as_bytes())))
        .collect())
}

fn whole_batch(batch: BatchBody, at: ValuePointerRef) -> Result<BatchBody, Faults> {
    let fault = |code: FaultCode, bound: usize| {
        let place = joined(&pointer(at), "calls");
        Err(Fault::new(place, code).hinting(bound.to_string()).into())
    };
    match batch.calls.len() {
        0 => fault(FaultCode::TooFew, 1),
        count if count > MOST_CALLS => fault(FaultCode::TooMany, MOST_CALLS),
        _ => Ok(batch),
    }
}

fn whole_call(call: Call, at: ValuePointerRef) -> Result<Call, Faults> {
    if call.method == CallMethod::Post && call.idempotency_key.is_none() {
        return Err(Fault::new(joined(&pointer(at), "idempotency_key"), FaultCode::Missing).into());
    }
    Ok(call)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_one_that_a_header_could_have() {
        let read = |text: &str| text.parse::<HeaderText>().map(|value| value.to_string());
        for text in ["a key ~!", "\"7\"", &"k".repeat(LONGEST_VALUE)] {
            assert_eq!(read(text), Ok(text.to_owned()));
        }
        for (wrong, code) in [
            ("", FaultCode::Blank),
            ("   ", FaultCode::Blank),
            (" a", FaultCode::BadFormat),
            ("a ", FaultCode::BadFormat),
            ("a\tb", FaultCode::BadFormat),
            ("隐患", FaultCode::BadFormat),
            (&"k".repeat(LONGEST_VALUE + 1), FaultCode::TooLong),
        ] {
            assert_eq!(read(wrong), Err(code), "{wrong}");
        }
    }

    #[test]
    fn a_body_goes_on_as_it_was_written() {
        let batch = r#"{"calls": [{"path": "x", "body": {"b": 1.0,  "a": "\u9690"}}, {"body": null}, {}], "also": 1}"#;
        let texts = written(batch.as_bytes()).unwrap();
        let expected = Bytes::from_static(br#"{"b": 1.0,  "a": "\u9690"}"#);
        assert_eq!(texts, [Some(expected), None, None]);
    }

    #[test]
    fn a_call_goes_to_the_service_and_to_no_door_that_is_kept_apart() {
        let read = |path: &str| path.parse::<CallPath>().map(|path| path.to_string());
        for path in [
            "/v1/hazards",
            "/v1/hazards/370303-2026-000001/actions/review?dry_run=true&include=actions",
            "/v1/enterprises/01900000-0000-7000-8000-000000000002/self-checks/2026Q4",
            "/v1/tipsy",
            "/v1/uploadsy",
        ] {
            assert_eq!(read(path), Ok(path.to_owned()));
        }
        for path in [
            "/v1/batch",
            "/v1/batch?x=1",
            "/v1/attachments",
            "/v1/enterprises/import",
            "/v1/uploads",
            "/v1/uploads/01900000-0000-4000-8000-000000000003",
            "/v1/tips",
            "/v1/tips/status",
            "/v1/tips/attachments?x",
        ] {
            assert_eq!(read(path), Err(FaultCode::NotAllowed), "{path}");
        }
        for path in [
            "",
            "/",
            "/healthz",
            "v1/hazards",
            "//v1/hazards",
            "/v1/%62atch",
            "/v1/hazards#part",
            "/v1/haz ards",
            "/v1/隐患",
            "http://elsewhere/v1/hazards",
            "/v1/hazards?q=\u{0}",
        ] {
            assert_eq!(read(path), Err(FaultCode::BadFormat), "{path}");
        }
        assert_eq!(
            read(&format!("/v1/{}", "a".repeat(LONGEST_PATH))),
            Err(FaultCode::TooLong)
        );
    }
}
