//! The last touch on every answer: problem documents, security headers, the line in the log, the count.

use std::borrow::Cow;
use std::time::Instant as Moment;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpRequest, HttpResponse};

use super::app::App;
use super::language;
use super::problems::{Code, Problem};
use super::request_id;

/// Media type of a problem document.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Turns every error into a problem document, whoever made it, and counts and logs the request.
pub async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, BoxBody>>, Error> {
    let begun = Moment::now();
    let http_request = request.request().clone();
    let response = match next.call(request).await {
        Ok(response) if is_foreign_error(&response) => {
            let status = response.status();
            let allow = response.headers().get(header::ALLOW).cloned();
            let problem = problem_of(response.response().error(), status);
            let mut answer = document(&http_request, &problem);
            if let Some(allow) = allow {
                answer.headers_mut().insert(header::ALLOW, allow);
            }
            ServiceResponse::new(http_request.clone(), answer).map_into_right_body()
        }
        Ok(response) => response.map_into_left_body(),
        Err(error) => {
            let status = error.as_response_error().status_code();
            let answer = document(&http_request, &problem_of(Some(&error), status));
            ServiceResponse::new(http_request.clone(), answer).map_into_right_body()
        }
    };
    let mut response = response;
    secure(&http_request, response.headers_mut());
    record(&http_request, response.status().as_u16(), begun);
    Ok(response)
}

/// The problem document of `problem` for the request at hand.
pub fn document(request: &HttpRequest, problem: &Problem) -> HttpResponse {
    let language = language::preferred(request);
    let id = request_id::of(request);
    if let Some(context) = problem.context() {
        log::error!("request {id}: {}: {context}", problem.code());
    }
    let status = StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    response
        .insert_header((header::CONTENT_TYPE, PROBLEM_JSON))
        .insert_header((header::CONTENT_LANGUAGE, language.tag()));
    if let Some(seconds) = problem.retry_after() {
        response.insert_header((header::RETRY_AFTER, seconds.to_string()));
    }
    if problem.status() == 401 {
        let challenge = if problem.code() == Code::Unauthenticated.code() {
            "Bearer realm=\"major-hazards\""
        } else {
            "Bearer realm=\"major-hazards\", error=\"invalid_token\""
        };
        response.insert_header((header::WWW_AUTHENTICATE, challenge));
    }
    response.body(problem.document(language, request.path(), &id).to_string())
}

/// An error answer that does not hold a document yet.
fn is_foreign_error<B>(response: &ServiceResponse<B>) -> bool {
    let status = response.status();
    let is_document = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(PROBLEM_JSON.as_bytes()));
    (status.is_client_error() || status.is_server_error()) && !is_document && !is_own_page(response.headers())
}

/// Set by the few pages that answer an error status with a body of their own.
pub const OWN_BODY: HeaderName = HeaderName::from_static("x-own-body");

fn is_own_page(headers: &HeaderMap) -> bool {
    headers.contains_key(OWN_BODY)
}

fn problem_of(error: Option<&Error>, status: StatusCode) -> Cow<'_, Problem> {
    if let Some(problem) = error.and_then(|error| error.as_error::<Problem>()) {
        return Cow::Borrowed(problem);
    }
    let problem = Problem::new(Code::of_status(status.as_u16()));
    Cow::Owned(match error {
        Some(error) if status.is_server_error() => problem.with_context(error.to_string()),
        _ => problem,
    })
}

/// Headers that every answer carries, unless the handler knew better.
fn secure(request: &HttpRequest, headers: &mut HeaderMap) {
    headers.remove(OWN_BODY);
    let mut default = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(header::REFERRER_POLICY, "no-referrer");
    default(header::X_FRAME_OPTIONS, "DENY");
    // The interactive page is scripts and styles of this program's own, and nothing from elsewhere.
    let policy = if request.path().starts_with("/docs/") {
        "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; img-src 'self' data:; \
         frame-ancestors 'none'"
    } else {
        "default-src 'none'; frame-ancestors 'none'"
    };
    default(header::CONTENT_SECURITY_POLICY, policy);
    if request.path().starts_with("/v1/") {
        // Most answers hold personal data, and all depend on who asks.
        default(header::CACHE_CONTROL, "no-store");
        default(header::VARY, "Authorization, Accept-Language, Accept-Encoding");
    }
}

/// One line: no name, no address, no query.
fn record(request: &HttpRequest, status: u16, begun: Moment) {
    let took = begun.elapsed();
    let route = request.match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    let method = match request.method().as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known,
        _ => "other",
    };
    if let Some(app) = request.app_data::<Data<App>>() {
        app.metrics.count(method, &route, status, took);
    }
    log::info!(
        target: "access",
        method = method, route = route.as_str(), status = status,
        milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        request_id = request_id::of(request).as_str();
        "{method} {route} {status}"
    );
}
