//! Conditional requests: `ETag`, `If-Match`, `If-None-Match` over the version of a thing.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{IF_MATCH, IF_NONE_MATCH};
use actix_web::{FromRequest, HttpRequest};

use super::problems::{Code, Problem};

/// The version that the caller saw, from `If-Match`. Required: 428 without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub i64);

/// The version that the caller saw, from `If-Match` where the header is there: what is put on record for the first time
/// has none yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatchGiven(pub Option<i64>);

/// The entity tag of a version.
pub fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

/// True when `If-None-Match` names the version, so that the body need not be sent again.
pub fn not_modified(request: &HttpRequest, version: i64) -> bool {
    matches_tag(request, &etag(version))
}

/// True when `If-None-Match` names `tag`, weakly compared as RFC 9110 has it.
pub fn matches_tag(request: &HttpRequest, tag: &str) -> bool {
    request
        .headers()
        .get_all(IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|given| given.trim().trim_start_matches("W/"))
        .any(|given| given == "*" || given == tag)
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut given = request.headers().get_all(IF_MATCH);
        let (Some(value), other) = (given.next(), given.next()) else {
            return ready(Err(Problem::new(Code::PreconditionRequired)));
        };
        let version = value.to_str().ok().filter(|_| other.is_none()).and_then(version_of);
        ready(version.map(Self).ok_or_else(|| Problem::new(Code::BadPrecondition)))
    }
}

impl FromRequest for IfMatchGiven {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if !request.headers().contains_key(IF_MATCH) {
            return ready(Ok(Self(None)));
        }
        let named = IfMatch::from_request(request, payload).into_inner();
        ready(named.map(|IfMatch(version)| Self(Some(version))))
    }
}

/// Only one strong tag that holds a number names a version.
fn version_of(tag: &str) -> Option<i64> {
    let digits = tag.trim().strip_prefix('"')?.strip_suffix('"')?;
    let canonical = digits.parse().ok().filter(|version: &i64| *version >= 1)?;
    (canonical.to_string() == digits).then_some(canonical)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn one_strong_tag_of_a_number_is_a_version() {
        assert_eq!(version_of("\"7\""), Some(7));
        for wrong in [
            "7",
            "*",
            "W/\"7\"",
            "\"07\"",
            "\"-1\"",
            "\"0\"",
            "\"7\", \"8\"",
            "\"\"",
            "\"x\"",
        ] {
            assert_eq!(version_of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_version_that_was_seen_is_named_once() {
        let read = |tags: &[&'static str]| {
            let mut request = TestRequest::default();
            for tag in tags {
                request = request.append_header((IF_MATCH, *tag));
            }
            IfMatch::from_request(&request.to_http_request(), &mut Payload::None)
                .into_inner()
                .map_err(|problem| problem.code())
        };
        assert_eq!(read(&["\"7\""]), Ok(IfMatch(7)));
        assert_eq!(read(&[]), Err("precondition_required"));
        assert_eq!(read(&["\"7\"", "\"8\""]), Err("bad_precondition"));
        assert_eq!(read(&["*"]), Err("bad_precondition"));
    }

    #[test]
    fn where_a_version_may_be_named_a_bad_one_is_still_refused() {
        let read = |tag: Option<&'static str>| {
            let request = tag.map_or_else(TestRequest::default, |tag| {
                TestRequest::default().insert_header((IF_MATCH, tag))
            });
            IfMatchGiven::from_request(&request.to_http_request(), &mut Payload::None)
                .into_inner()
                .map_err(|problem| problem.code())
        };
        assert_eq!(read(None), Ok(IfMatchGiven(None)));
        assert_eq!(read(Some("\"7\"")), Ok(IfMatchGiven(Some(7))));
        assert_eq!(read(Some("*")), Err("bad_precondition"));
    }

    #[test]
    fn if_none_match_is_compared_weakly_and_in_lists() {
        let request = |value: &str| {
            TestRequest::default()
                .insert_header((IF_NONE_MATCH, value))
                .to_http_request()
        };
        assert!(not_modified(&request("\"3\", W/\"4\""), 4));
        assert!(not_modified(&request("*"), 1));
        assert!(!not_modified(&request("\"3\""), 4));
    }
}
