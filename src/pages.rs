//! What is outside `/v1`: health, metrics, the document, and the pages for people.

use std::fmt::Write as _;
use std::sync::atomic::Ordering;

use actix_web::http::header;
use actix_web::web::{Data, Path, ServiceConfig as PlainConfig};
use actix_web::{HttpRequest, HttpResponse, get, web};
use deserr::Deserr;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_swagger_ui::{Config as SwaggerConfig, SwaggerUi};

use crate::api;
use crate::law::scope::Role;
use crate::lifecycle_api::cacheable;
use crate::server::Draining;
use crate::store::{StoreError, migrate};
use crate::values::vocabulary::vocabulary;
use crate::values::{Faults, Language};
use crate::web::answers::OWN_BODY;
use crate::web::app::App;
use crate::web::caller::Known;
use crate::web::filters::Filters;
use crate::web::problems::{self, Code, Entry, Problem};
use crate::web::responses::PublicProblems;

/// The operations that belong into the document.
pub fn configure_documented(config: &mut ServiceConfig<'_>) {
    config
        .service(get_health)
        .service(get_readiness)
        .service(get_metrics)
        .service(get_openapi)
        .service(list_problems)
        .service(get_problem);
}

/// The pages that do not, and the answer to everything else.
pub fn configure(config: &mut PlainConfig) {
    config
        .service(home)
        .service(web::redirect("/docs", "/docs/"))
        .service(
            SwaggerUi::new("/docs/{_:.*}").config(
                SwaggerConfig::from("/openapi.json")
                    .deep_linking(true)
                    .persist_authorization(false)
                    .validator_url("none"),
            ),
        )
        .default_service(web::to(nothing_here));
}

/// Whether the process lives.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthView {
    /// Always `ok`.
    #[schema(example = "ok")]
    pub status: &'static str,
}

/// Whether requests should be sent here.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReadinessView {
    /// `ready`, `draining` or `unavailable`.
    #[schema(example = "ready")]
    pub status: &'static str,
    /// What an operator should look at although requests are served.
    #[schema(example = json!([]))]
    pub warnings: Vec<String>,
}

/// Tell that the process lives
///
/// Answers as long as the process can answer at all; it looks at nothing.
#[utoipa::path(operation_id = "get_health", tag = "operation", security(()),
    responses((status = 200, description = "It lives.", body = HealthView), PublicProblems))]
#[get("/healthz")]
pub async fn get_health() -> HttpResponse {
    HttpResponse::Ok().json(HealthView { status: "ok" })
}

/// Tell whether requests should be sent here
///
/// The database is reachable and migrated, and the service is not about to stop.
#[utoipa::path(operation_id = "get_readiness", tag = "operation", security(()),
    responses(
        (status = 200, description = "Ready.", body = ReadinessView),
        (status = 503, description = "Draining, or the database cannot be reached.", body = ReadinessView),
        (status = 400, description = "The request cannot be understood.", body = crate::web::responses::ProblemView, content_type = "application/problem+json"),
    ))]
#[get("/readyz")]
pub async fn get_readiness(app: Data<App>, draining: Data<Draining>) -> HttpResponse {
    let mut warnings = Vec::new();
    let year = app.clock.now().day().year();
    if !app.policy.calendar().knows(year) {
        warnings.push(format!(
            "the policy knows no holidays of {year}; only weekends do not count"
        ));
    }
    let migrated = app
        .store
        .read("readiness", migrate::state)
        .await
        .is_ok_and(|state| state.pending.is_empty());
    let status = if draining.0.load(Ordering::SeqCst) {
        "draining"
    } else if migrated {
        "ready"
    } else {
        "unavailable"
    };
    let mut response = if status == "ready" {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    response
        .insert_header((OWN_BODY, "1"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(ReadinessView { status, warnings })
}

/// Which build it is, in the form of the other metrics.
const BUILD: &str = concat!(
    "# HELP hazards_build Build of the service.\n# TYPE hazards_build info\nhazards_build_info{version=\"",
    env!("CARGO_PKG_VERSION"),
    "\"} 1\n"
);

/// Read the metrics
///
/// Prometheus text. With the token of an operator (`admin`): requests, their times, messages to subscribers, and
/// transactions by name. Without one: requests outside the ledger, because who could watch the others would learn when
/// somebody tells of a hazard.
#[utoipa::path(operation_id = "get_metrics", tag = "operation", security((), ("token" = [])),
    responses((status = 200, description = "The metrics.", body = String, content_type = "application/openmetrics-text"), PublicProblems))]
#[get("/metrics")]
pub async fn get_metrics(app: Data<App>, Known(caller): Known) -> Result<HttpResponse, Problem> {
    let text = if caller.is_some_and(|caller| caller.has(Role::Admin)) {
        app.metrics.text(&app.store.timings())
    } else {
        app.metrics.text_outside()
    };
    let text = text.map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(format!("{BUILD}{text}")))
}

/// Read this document
///
/// The OpenAPI document of the service.
#[utoipa::path(operation_id = "get_openapi", tag = "operation", security(()),
    responses((status = 200, description = "The document.", body = Object), PublicProblems))]
#[get("/openapi.json")]
pub async fn get_openapi(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let document = api::published()
        .and_then(serde_json::to_vec)
        .map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(cacheable(&request, "application/json", document))
}

vocabulary! {
    /// The languages of a page.
    pub enum PageLanguage in "page_languages" {
        Chinese = "zh", "中文", "Chinese";
        English = "en", "英文", "English";
    }
}

/// How a page is wanted.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// `zh` or `en`; what `Accept-Language` prefers when absent.
    #[param(value_type = Option<String>, example = "en")]
    #[deserr(default)]
    lang: Option<PageLanguage>,
}

impl PageQuery {
    fn language(&self, preferred: Language) -> Language {
        match self.lang {
            Some(PageLanguage::Chinese) => Language::Chinese,
            Some(PageLanguage::English) => Language::English,
            None => preferred,
        }
    }
}

/// List the problem codes
///
/// A page for people, in Chinese or English.
#[utoipa::path(operation_id = "list_problems", tag = "operation", security(()),
    params(PageQuery),
    responses((status = 200, description = "The page.", body = String, content_type = "text/html"), PublicProblems))]
#[get("/problems")]
pub async fn list_problems(language: Language, query: Filters<PageQuery>) -> HttpResponse {
    let language = query.language(language);
    let rows = problems::all().fold(String::new(), |mut rows, entry| {
        // Writing to a `String` cannot fail.
        let _ = write!(
            rows,
            "<tr><td><a href=\"/problems/{code}\"><code>{code}</code></a></td><td>{status}</td><td>{title}</td></tr>",
            code = escaped(entry.code),
            status = entry.status,
            title = escaped(entry.title.text(language)),
        );
        rows
    });
    let title = match language {
        Language::Chinese => "错误代码",
        Language::English => "Problem codes",
    };
    page(language, title, &format!("<table>{rows}</table>"))
}

/// Explain a problem code
///
/// A page for people, in Chinese or English: what it means and what to do.
#[utoipa::path(operation_id = "get_problem", tag = "operation", security(()),
    params(
        ("code" = String, Path, description = "The code", example = "stale_version"),
        PageQuery,
    ),
    responses((status = 200, description = "The page.", body = String, content_type = "text/html"), PublicProblems))]
#[get("/problems/{code}")]
pub async fn get_problem(
    language: Language,
    code: Path<String>,
    query: Filters<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let entry = problems::all()
        .find(|entry| entry.code == code.as_str())
        .ok_or_else(|| Problem::new(Code::NotFound))?;
    let language = query.language(language);
    Ok(page(language, entry.title.text(language), &explained(entry, language)))
}

fn explained(entry: Entry, language: Language) -> String {
    let (status, source, all) = match language {
        Language::Chinese => ("HTTP 状态码", "依据", "全部错误代码"),
        Language::English => ("HTTP status", "Source", "All problem codes"),
    };
    let source = entry
        .source
        .map(|rule| format!("<dt>{source}</dt><dd>{}</dd>", escaped(rule)))
        .unwrap_or_default();
    format!(
        "<p>{help}</p><dl><dt>code</dt><dd><code>{code}</code></dd><dt>{status}</dt><dd>{number}</dd>{source}</dl>\
         <p><a href=\"/problems\">{all}</a></p>",
        help = escaped(entry.help.text(language)),
        code = escaped(entry.code),
        number = entry.status,
    )
}

#[get("/")]
async fn home(language: Language, query: Filters<PageQuery>) -> HttpResponse {
    let language = query.language(language);
    let (title, text) = match language {
        Language::Chinese => (
            "重大事故隐患台账",
            "<p>从上报、督办、整改到销号的全过程台账。</p><ul><li><a href=\"/docs/\">接口文档（可在线试用）</a></li>\
             <li><a href=\"/openapi.json\">OpenAPI 文件</a></li><li><a href=\"/v1/lifecycle\">状态机</a></li>\
             <li><a href=\"/problems\">错误代码</a></li><li><a href=\"/readyz\">就绪状态</a></li></ul>",
        ),
        Language::English => (
            "Major hazards",
            "<p>A ledger of major accident hazards, from report through supervision and rectification to sign-off.</p>\
             <ul><li><a href=\"/docs/\">Interactive documentation</a></li><li><a href=\"/openapi.json\">OpenAPI \
             document</a></li><li><a href=\"/v1/lifecycle\">Lifecycle</a></li><li><a href=\"/problems\">Problem \
             codes</a></li><li><a href=\"/readyz\">Readiness</a></li></ul>",
        ),
    };
    page(language, title, text)
}

/// `body` is HTML already; `title` is text.
fn page(language: Language, title: &str, body: &str) -> HttpResponse {
    let title = escaped(title);
    let html = format!(
        "<!doctype html><html lang=\"{tag}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title}</title><style>body{{font-family:system-ui,sans-serif;max-width:\
         48rem;margin:2rem auto;padding:0 1rem;line-height:1.6}}td{{padding:.2rem 1rem .2rem 0;vertical-align:top}}\
         dt{{font-weight:600}}</style></head><body><h1>{title}</h1>{body}<p><a href=\"?lang=zh\" lang=\"zh\">中文</a> \
         <a href=\"?lang=en\" lang=\"en\">English</a></p></body></html>",
        tag = language.tag(),
    );
    HttpResponse::Ok()
        .insert_header((header::CONTENT_LANGUAGE, language.tag()))
        .insert_header((header::VARY, "Accept-Language, Accept-Encoding"))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        ))
        .content_type("text/html; charset=utf-8")
        .body(html)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// What no operation answers: an unknown path, or a known one with another method.
pub async fn nothing_here(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let known = request.resource_map().match_pattern(request.path());
    let methods = known.map(|pattern| methods_of(&pattern)).unwrap_or_default();
    if methods.is_empty() {
        return Err(Problem::new(Code::NotFound));
    }
    let problem = Problem::new(Code::MethodNotAllowed);
    let mut response = crate::web::answers::document(&request, &problem);
    if let Ok(allow) = methods.join(", ").parse() {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    Ok(response)
}

/// The methods that the document names for a route.
fn methods_of(pattern: &str) -> Vec<String> {
    // Each action has the same.
    let action = if pattern.starts_with("/v1/tips/") {
        "close"
    } else {
        "remark"
    };
    let path = pattern.replace("{action}", action).replace(":.+}", "}");
    let methods = api::published().ok().and_then(|document| {
        let item = document.get("paths")?.get(&path)?.as_object()?.clone();
        Some(item.keys().map(|method| method.to_uppercase()).collect())
    });
    methods.unwrap_or_default()
}
