//! A JSON body, read strictly: every fault at once, each with its pointer.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use actix_web::web::{Bytes, BytesMut, Data};
use actix_web::{FromRequest, HttpRequest};
use deserr::Deserr;
use futures_util::StreamExt;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use sha2::{Digest, Sha256};

use super::app::App;
use super::problems::{Code, Problem};
use crate::values::fault::fault_at;
use crate::values::{Faults, Label};

/// A body that was read, and the digest of its bytes.
#[derive(Debug)]
pub struct Body<T> {
    /// What it says.
    pub value: T,
    /// SHA-256 of the bytes as they came.
    pub digest: [u8; 32],
    /// These bytes.
    pub bytes: Bytes,
}

/// Any JSON object, for a body whose type depends on the path.
#[derive(Debug)]
pub struct Object(pub Value);

impl Deserr<Faults> for Object {
    fn deserialize_from_value<V: deserr::IntoValue>(
        value: deserr::Value<V>,
        location: deserr::ValuePointerRef,
    ) -> Result<Self, Faults> {
        if value.kind() == deserr::ValueKind::Map {
            Ok(Self(value.into()))
        } else {
            Err(fault_at(location, crate::values::FaultCode::WrongType))
        }
    }
}

impl<T: Deserr<Faults> + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let accepted = is_json(request) && !is_coded(request);
        let media_types = if *request.method() == Method::PATCH {
            "application/json, application/merge-patch+json"
        } else {
            "application/json"
        };
        let limit = request
            .app_data::<Data<App>>()
            .map_or(0, |app| app.limits.json_bytes_at(request.path()));
        let announced = announced_length(request);
        let mut payload = payload.take();
        Box::pin(async move {
            if !accepted {
                return Err(Problem::new(Code::UnsupportedMediaType).with_text(media_types));
            }
            let too_large = || Problem::new(Code::TooLarge).with_text(format!("{limit} B"));
            if announced.is_some_and(|length| length > limit) {
                return Err(too_large());
            }
            let mut bytes = BytesMut::new();
            while let Some(chunk) = payload.next().await {
                let chunk = chunk.map_err(|error| Problem::new(Code::BadRequest).with_context(error.to_string()))?;
                if bytes.len() + chunk.len() > limit {
                    return Err(too_large());
                }
                bytes.extend_from_slice(&chunk);
            }
            Ok(Self {
                value: parse(&bytes)?,
                digest: Sha256::digest(&bytes).into(),
                bytes: bytes.freeze(),
            })
        })
    }
}

/// What `Content-Length` announces, in bytes.
pub fn announced_length(request: &HttpRequest) -> Option<usize> {
    request
        .headers()
        .get(actix_web::http::header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse().ok())
}

/// Reads a body.
///
/// # Errors
/// `malformed_json` with line and column, or every fault of what it says.
pub fn parse<T: Deserr<Faults>>(bytes: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(malformed)?;
    deserr::deserialize(value).map_err(|faults: Faults| faults.into())
}

fn malformed(error: serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    let problem = Problem::new(Code::MalformedJson)
        .with_member("line", line.into())
        .with_member("column", column.into())
        .with_text(format!("{line}:{column}"));
    if error.to_string().starts_with(DUPLICATE) {
        problem.with_detail(Label {
            zh: "同一成员出现两次，位于第几行:第几列",
            en: "a member is given twice, at line:column",
        })
    } else {
        problem.with_detail(Label {
            zh: "出错位置，第几行:第几列",
            en: "it ceases to be JSON at line:column",
        })
    }
}

/// How the reader names a member that is there twice; one of the two would be ignored silently.
const DUPLICATE: &str = "duplicate member";

/// A JSON Merge Patch is what a change may be called; nothing else is one.
fn is_json(request: &HttpRequest) -> bool {
    request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|essence| essence.trim().to_ascii_lowercase())
        .is_some_and(|essence| match essence.as_str() {
            "application/json" => true,
            "application/merge-patch+json" => *request.method() == Method::PATCH,
            _ => false,
        })
}

/// Bodies are read as they come; one that says that it is compressed would only look like broken JSON.
fn is_coded(request: &HttpRequest) -> bool {
    request
        .headers()
        .get_all(CONTENT_ENCODING)
        .any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// Reads any JSON value, and refuses an object that names a member twice.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("a number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(entry) = entries.next_element_seed(Strict)? {
            list.push(entry);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(Strict)?;
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom(DUPLICATE));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserr)]
    #[deserr(error = Faults, deny_unknown_fields)]
    struct Sample {
        #[expect(dead_code, reason = "only read")]
        title: crate::values::Title,
        #[expect(dead_code, reason = "only read")]
        found_on: crate::values::Day,
    }

    fn code(json: &str) -> &'static str {
        parse::<Sample>(json.as_bytes()).unwrap_err().code()
    }

    #[test]
    fn faults_are_all_told_with_pointers() {
        let problem = parse::<Sample>(br#"{"title": 1, "extra": 2}"#).unwrap_err();
        let document = problem.document(crate::values::Language::English, "/", "").to_string();
        for expected in ["/title", "/extra", "/found_on"] {
            assert!(document.contains(expected), "{expected} in {document}");
        }
        assert_eq!(
            code(r#"{"title": "a", "found_on": "2024-01-01", "extra": 2}"#),
            "unknown_field"
        );
    }

    #[test]
    fn a_member_that_is_given_twice_is_called_so() {
        let problem = parse::<Sample>(b"{\"title\": \"a\",\n \"title\": \"b\"}").unwrap_err();
        let document = problem.document(crate::values::Language::English, "/", "");
        assert_eq!(document["detail"], "a member is given twice, at line:column: 2:14");
        assert_eq!((&document["line"], &document["column"]), (&2.into(), &14.into()));
        // An escape is another spelling of the same name.
        assert_eq!(code("{\"title\": \"a\", \"\\u0074itle\": \"b\"}"), "malformed_json");
    }

    #[actix_web::test]
    async fn the_media_type_is_one_that_fits_the_method() {
        let code = |method: Method, headers: &[(&'static str, &'static str)]| {
            let mut request = actix_web::test::TestRequest::default().method(method);
            for header in headers {
                request = request.append_header(*header);
            }
            let (request, mut payload) = request.set_payload("{}").to_http_parts();
            let reading = Body::<Object>::from_request(&request, &mut payload);
            async move { reading.await.map_err(|problem| problem.code()).err() }
        };
        let json = ("content-type", "application/json; charset=utf-8");
        let merge = ("content-type", "Application/Merge-Patch+JSON");
        // Nobody said here how large a body may be, so whatever is read at all is too large.
        assert_eq!(code(Method::POST, &[json]).await, Some("too_large"));
        assert_eq!(code(Method::PATCH, &[merge]).await, Some("too_large"));
        assert_eq!(
            code(Method::POST, &[json, ("content-encoding", "identity")]).await,
            Some("too_large")
        );
        for refused in [&[merge][..], &[][..], &[json, ("content-encoding", "gzip")][..]] {
            assert_eq!(code(Method::POST, refused).await, Some("unsupported_media_type"));
        }
    }

    #[test]
    fn what_is_not_json_is_told_with_its_place() {
        for wrong in [
            "",
            "{",
            "{\"title\": }",
            "nul",
            "{} {}",
            "{\"title\":\"\\ud800\"}",
            "{\"a\":1,\"a\":1}",
            "[1e999]",
        ] {
            assert_eq!(code(wrong), "malformed_json", "{wrong}");
        }
        assert_eq!(code(&"[".repeat(10_000)), "malformed_json");
        assert_eq!(code("null"), "invalid_input");
        assert_eq!(code("[]"), "invalid_input");
    }
}
