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
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse};

use super::app::App;
use super::caller::Roles;
use super::language;
use super::limits;
use super::problems::{Code, Problem};
use super::request_id;
use crate::values::{Language, Vocabulary};

/// Media type of a problem document.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The version of the tus protocol that resumable uploads speak.
pub const TUS_VERSION: &str = "1.0.0";

/// Methods that are counted under their own name.
const KNOWN_METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// The route of a request that no operation answers.
const UNMATCHED: &str = "unmatched";

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
    // Both are known only of a request that was routed; one that ran out of time is counted as unmatched.
    let mut route = None;
    let mut roles = None;
    let outcome = match next.call(request).await {
        Ok(response) => {
            route = response.request().match_pattern();
            roles = response.request().extensions().get::<Roles>().cloned();
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
            Ok(response)
        }
        Err(error) => {
            let status = error.as_response_error().status_code();
            let mut answer = asked.answer(&problem_of(Some(&error), status));
            asked.secure(answer.headers_mut());
            // The layers above it never see this answer, so it takes its id along.
            if let Ok(id) = asked.id.parse() {
                answer.headers_mut().insert(request_id::HEADER, id);
            }
            Err(answer)
        }
    };
    let status = match &outcome {
        Ok(response) => response.status(),
        Err(answer) => answer.status(),
    };
    if let Some(app) = &app {
        let route = route.as_deref().unwrap_or(UNMATCHED);
        app.metrics.count(asked.method, route, status.as_u16(), begun.elapsed());
    }
    record(
        &asked,
        route.as_deref().unwrap_or(UNMATCHED),
        status.as_u16(),
        begun,
        roles.as_ref(),
    );
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
        if limits::is_in_pieces(&self.path) {
            default(HeaderName::from_static("tus-resumable"), TUS_VERSION);
            default(HeaderName::from_static("tus-version"), TUS_VERSION);
        }
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
            // A handler that allows it to be kept also says what it depends on.
            if !headers.contains_key(header::CACHE_CONTROL) {
                headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
                headers.insert(
                    header::VARY,
                    HeaderValue::from_static("Authorization, Accept-Language, Accept-Encoding"),
                );
            }
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

/// One line: in which roles the caller came, but no name, no address, no query.
fn record(asked: &Asked, route: &str, status: u16, begun: Moment, roles: Option<&Roles>) {
    let method = asked.method;
    let id = asked.id.as_str();
    let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let roles = roles.map_or_else(
        || "-".to_owned(),
        |Roles(roles)| roles.iter().map(|role| role.code()).collect::<Vec<_>>().join(","),
    );
    log::info!(
        target: "access",
        method = method, route = route, status = status, milliseconds = milliseconds, request_id = id,
        roles = roles.as_str();
        "{method} {route} {status} {milliseconds} ms {id} {roles}"
    );
}

#[cfg(test)]
mod tests {
    use std::io;

    use actix_web::http::header::{ACCEPT_LANGUAGE, AsHeaderName};
    use actix_web::middleware::{Compress, from_fn};
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use actix_web::web::{self, Path};
    use serde_json::Value;

    use super::*;

    /// A program with an answer of each kind; the layers stand as the roof puts them.
    async fn ask(method: Method, path: &str) -> ServiceResponse<impl MessageBody> {
        let service = init_service(
            actix_web::App::new()
                .wrap(from_fn(middleware))
                .wrap(from_fn(request_id::middleware))
                .route("/v1/fine", web::get().to(async || "fine"))
                .route(
                    "/v1/kept",
                    web::get().to(async || {
                        HttpResponse::Ok()
                            .insert_header((header::CACHE_CONTROL, "public"))
                            .finish()
                    }),
                )
                .route("/v1/numbers/{number}", web::get().to(async |_: Path<u32>| "fine"))
                .route(
                    "/v1/broken",
                    web::get().to(async || Err::<HttpResponse, _>(io::Error::other("the password is 1234"))),
                )
                .route(
                    "/v1/busy",
                    web::get().to(async || Err::<HttpResponse, _>(Problem::new(Code::Busy))),
                )
                .route(
                    "/v1/closed",
                    web::get().to(async || Err::<HttpResponse, _>(Problem::new(Code::Unauthenticated))),
                )
                .route(
                    "/own",
                    web::get().to(async || {
                        HttpResponse::ServiceUnavailable()
                            .insert_header((OWN_BODY, "1"))
                            .body("own")
                    }),
                ),
        )
        .await;
        let request = TestRequest::with_uri(path)
            .method(method)
            .insert_header((ACCEPT_LANGUAGE, "en"))
            .insert_header((request_id::HEADER, "id-1"));
        call_service(&service, request.to_request()).await
    }

    fn named<B>(response: &ServiceResponse<B>, name: impl AsHeaderName) -> &str {
        response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    async fn document(path: &str) -> (u16, Value) {
        let response = ask(Method::GET, path).await;
        assert_eq!(named(&response, header::CONTENT_TYPE), PROBLEM_JSON, "{path}");
        assert_eq!(named(&response, header::CONTENT_LANGUAGE), "en");
        let status = response.status().as_u16();
        let body = read_body(response).await;
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[actix_web::test]
    async fn every_error_is_a_problem_document_whoever_made_it() {
        for (path, status, code) in [
            ("/v1/nothing", 404, "not_found"),
            ("/v1/numbers/x", 404, "not_found"),
            ("/v1/broken", 500, "internal_error"),
            ("/v1/busy", 503, "busy"),
            ("/v1/closed", 401, "unauthenticated"),
        ] {
            let (told, problem) = document(path).await;
            assert_eq!((told, &problem["status"]), (status, &Value::from(status)), "{path}");
            assert_eq!(problem["code"], code, "{path}");
            assert_eq!(problem["type"], format!("/problems/{code}"));
            assert_eq!(problem["instance"], path);
            assert_eq!(problem["request_id"], "id-1");
            assert!(!problem.to_string().contains("1234"));
        }
    }

    #[actix_web::test]
    async fn an_error_says_what_to_do_in_its_headers() {
        assert_eq!(named(&ask(Method::GET, "/v1/busy").await, header::RETRY_AFTER), "1");
        let closed = ask(Method::GET, "/v1/closed").await;
        assert_eq!(
            named(&closed, header::WWW_AUTHENTICATE),
            "Bearer realm=\"major-hazards\""
        );
        assert_eq!(named(&closed, request_id::HEADER), "id-1");
    }

    #[actix_web::test]
    async fn a_head_is_answered_as_its_get() {
        for (path, status) in [("/v1/fine", 200), ("/v1/nothing", 404), ("/v1/busy", 503)] {
            assert_eq!(ask(Method::HEAD, path).await.status(), status, "{path}");
        }
    }

    #[actix_web::test]
    async fn answers_are_kept_by_nobody_unless_their_handler_allows_it() {
        for path in ["/v1/fine", "/v1/nothing", "/v1/broken"] {
            let response = ask(Method::GET, path).await;
            assert_eq!(named(&response, header::CACHE_CONTROL), "no-store", "{path}");
            assert!(named(&response, header::VARY).contains("Authorization"), "{path}");
            assert_eq!(named(&response, header::X_CONTENT_TYPE_OPTIONS), "nosniff", "{path}");
        }
        let kept = ask(Method::GET, "/v1/kept").await;
        assert_eq!(named(&kept, header::CACHE_CONTROL), "public");
        assert_eq!(named(&kept, header::VARY), "");
    }

    #[actix_web::test]
    async fn an_own_body_stays_and_its_mark_does_not_go_out() {
        let response = ask(Method::GET, "/own").await;
        assert_eq!(named(&response, OWN_BODY), "");
        assert_eq!(read_body(response).await, "own");
    }

    #[actix_web::test]
    async fn what_the_compression_refuses_is_a_problem_too() {
        let service = init_service(
            actix_web::App::new()
                .wrap(Compress::default())
                .wrap(from_fn(middleware))
                .route("/v1/fine", web::get().to(async || "fine")),
        )
        .await;
        let request = TestRequest::with_uri("/v1/fine").insert_header((header::ACCEPT_ENCODING, "*;q=0"));
        let response = call_service(&service, request.to_request()).await;
        assert_eq!(response.status(), 406);
        assert_eq!(named(&response, header::CONTENT_TYPE), PROBLEM_JSON);
        assert_eq!(named(&response, header::CACHE_CONTROL), "no-store");
    }
}
