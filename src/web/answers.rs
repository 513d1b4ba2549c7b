//! The last touch on every answer: problem documents, security headers, the line in the log, the count.

use std::borrow::Cow;
use std::time::Instant as Moment;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpRequest, HttpResponse};

use super::app::App;
use super::language;
use super::problems::{Code, Problem};
use super::request_id;
use crate::values::Language;

/// Media type of a problem document.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Methods that are counted under their own name.
const KNOWN_METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Turns every error into a problem document, whoever made it, and counts and logs the request.
pub async fn middleware(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, BoxBody>>, Error> {
    let begun = Moment::now();
    // The request itself must not be held while it is routed, so what an answer needs of it is taken along.
    let asked = Asked::of(request.request());
    let app = request.app_data::<Data<App>>().cloned();
    // What can be read can be asked for its head; the server leaves the body out by itself.
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    let (route, outcome) = match next.call(request).await {
        Ok(response) => {
            let route = response.request().match_pattern();
            let mut response = if is_foreign_error(&response) {
                let allow = response.headers().get(header::ALLOW).cloned();
                let mut answer = asked.answer(&problem_of(response.response().error(), response.status()));
                if let Some(allow) = allow {
                    answer.headers_mut().insert(header::ALLOW, allow);
                }
                response.into_response(answer).map_into_right_body()
            } else {
                response.map_into_left_body()
            };
            asked.secure(response.headers_mut());
            (route, Ok(response))
        }
        Err(error) => {
            let status = error.as_response_error().status_code();
            let mut answer = asked.answer(&problem_of(Some(&error), status));
            asked.secure(answer.headers_mut());
            // The layers above it never see this answer, so it takes its id along.
            if let Ok(id) = asked.id.parse() {
                answer.headers_mut().insert(request_id::HEADER, id);
            }
            (None, Err(answer))
        }
    };
    let status = match &outcome {
        Ok(response) => response.status(),
        Err(answer) => answer.status(),
    };
    record(&asked, app.as_ref().map(Data::get_ref), route, status.as_u16(), begun);
    outcome.map_err(|answer| InternalError::from_response("answered", answer).into())
}

/// What an answer needs to know of its request.
struct Asked {
    method: &'static str,
    path: String,
    language: Language,
    id: String,
}

/// The problem document of `problem` for the request at hand.
pub fn document(request: &HttpRequest, problem: &Problem) -> HttpResponse {
    Asked::of(request).answer(problem)
}

impl Asked {
    fn of(request: &HttpRequest) -> Self {
        Self {
            method: KNOWN_METHODS
                .iter()
                .find(|known| **known == request.method().as_str())
                .unwrap_or(&"other"),
            path: request.path().to_owned(),
            language: language::preferred(request),
            id: request_id::of(request),
        }
    }

    fn answer(&self, problem: &Problem) -> HttpResponse {
        let Self { language, id, .. } = self;
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
        response.body(problem.document(*language, &self.path, id).to_string())
    }

    /// Headers that every answer carries, unless the handler knew better.
    fn secure(&self, headers: &mut HeaderMap) {
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
        let policy = if self.path.starts_with("/docs/") {
            "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; img-src 'self' data:; \
             frame-ancestors 'none'"
        } else {
            "default-src 'none'; frame-ancestors 'none'"
        };
        default(header::CONTENT_SECURITY_POLICY, policy);
        if self.path.starts_with("/v1/") {
            // Most answers hold personal data, and all depend on who asks.
            default(header::CACHE_CONTROL, "no-store");
            default(header::VARY, "Authorization, Accept-Language, Accept-Encoding");
        }
    }
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

/// One line: no name, no address, no query.
fn record(asked: &Asked, app: Option<&App>, route: Option<String>, status: u16, begun: Moment) {
    let took = begun.elapsed();
    let route = route.unwrap_or_else(|| "unmatched".to_owned());
    let method = asked.method;
    if let Some(app) = app {
        app.metrics.count(method, &route, status, took);
    }
    log::info!(
        target: "access",
        method = method, route = route.as_str(), status = status,
        milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        request_id = asked.id.as_str();
        "{method} {route} {status}"
    );
}
