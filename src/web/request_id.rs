//! The id of a request: the caller's own when it is sane, else a new one. It stands in the answer and in the log.

use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpRequest, body::MessageBody};

use super::app::App;

/// The header, in and out.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id that is taken from a caller.
const LONGEST: usize = 128;

/// The id of the request at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub String);

/// The id of `request`; empty before the middleware has run.
pub fn of(request: &HttpRequest) -> String {
    request
        .extensions()
        .get::<RequestId>()
        .map(|id| id.0.clone())
        .unwrap_or_default()
}

/// Gives each request its id and each answer the same.
pub async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let given = request
        .headers()
        .get(HEADER)
        .and_then(|value| value.to_str().ok())
        .filter(|id| is_sane(id))
        .map(str::to_owned);
    let id = given.unwrap_or_else(|| {
        request
            .app_data::<Data<App>>()
            .map(|app| app.clock.ordered_id().to_string())
            .unwrap_or_default()
    });
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.call(request).await?;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    Ok(response)
}

fn is_sane(id: &str) -> bool {
    (1..=LONGEST).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_short_plain_id_is_taken_over() {
        for sane in [
            "a",
            "01900000-0000-7000-8000-00000000000a",
            "A.b_c-9",
            &"x".repeat(LONGEST),
        ] {
            assert!(is_sane(sane), "{sane}");
        }
        for other in [
            "",
            "a b",
            "a\tb",
            "<script>",
            "隐患",
            "a\r\nb",
            "a\"",
            &"x".repeat(LONGEST + 1),
        ] {
            assert!(!is_sane(other), "{other}");
        }
    }
}
