//! Operations on units.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{BytesMut, Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse, get, patch, post};
use deserr::Deserr;
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::bodies::{EnterpriseBody, EnterprisePatch};
use super::import::{self, Format, Imported, Sheet};
use super::model::Enterprise;
use super::register;
use super::store::{self, Filter, Place, Sort};
use super::view::{EnterpriseView, ImportView, SAMPLE_CSV, sample_body};
use crate::law::refusal::Refusal;
use crate::store::{Failure, Reply, StoreError, cut};
use crate::values::{
    AreaPrefix, EnterpriseId, Faults, IndustryPrefix, Instant, Language, Name, Title, Uscc, Vocabulary,
};
use crate::web::answers::PROBLEM_JSON;
use crate::web::app::App;
use crate::web::body::{Body, Object, announced_length, parse};
use crate::web::caller::Authenticated;
use crate::web::conditions::{IfMatch, etag, not_modified};
use crate::web::filters::{Filters, Limit, Many};
use crate::web::idempotency::{WriteContext, answer};
use crate::web::page::Page;
use crate::web::problems::{Code, Problem};
use crate::web::request_id;
use crate::web::responses::{ListProblems, ReadProblems, WriteProblems};
use crate::web::schemas::vocabularies;

vocabularies! {
    Sort = "EnterpriseSort";
}

/// The operations of this room.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(list_enterprises)
        .service(register_enterprise)
        .service(import_enterprises)
        .service(get_enterprise)
        .service(change_enterprise);
}

/// Filters, sort and page of the list.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EnterpriseQuery {
    /// Area prefix.
    #[deserr(default)]
    #[param(value_type = Option<Vec<AreaPrefix>>)]
    area: Many<AreaPrefix>,
    /// Industry prefix.
    #[deserr(default)]
    #[param(value_type = Option<Vec<IndustryPrefix>>)]
    industry: Many<IndustryPrefix>,
    /// Unified social credit code.
    #[deserr(default)]
    #[param(value_type = Option<Vec<Uscc>>)]
    uscc: Many<Uscc>,
    /// Code of the committee in charge.
    #[deserr(default)]
    #[param(value_type = Option<Vec<Name>>)]
    committee: Many<Name>,
    /// Part of the name.
    #[deserr(default)]
    #[param(value_type = Option<String>, max_length = 200)]
    q: Option<Title>,
    /// Order of the list; `name` when absent.
    #[deserr(default)]
    #[param(inline)]
    sort: Option<Sort>,
    /// Rows of a page.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    cursor: Option<String>,
}

/// List units
///
/// The units in the caller's areas and industries; a unit sees itself. Values of one filter are alternatives, different
/// filters narrow each other.
#[utoipa::path(
    operation_id = "list_enterprises",
    tag = "enterprises",
    params(EnterpriseQuery),
    responses(
        (status = 200, description = "A page.", body = Page<EnterpriseView>,
            headers(("Link" = String, description = "`rel=\"next\"`: the next page, absent on the last"))),
        ListProblems,
    ),
)]
#[get("/v1/enterprises")]
pub async fn list_enterprises(
    app: Data<App>,
    request: HttpRequest,
    Authenticated(caller): Authenticated,
    query: Filters<EnterpriseQuery>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let sort = query.sort.unwrap_or(Sort::Name);
    let list = Page::<EnterpriseView>::list_key(&request, sort.code());
    let place: Option<Place> = app.open_cursor(&list, query.cursor.as_deref())?;
    let limit = query.limit.rows();
    let filter = Filter {
        area: query.area.into_vec(),
        industry: query.industry.into_vec(),
        uscc: query.uscc.into_vec(),
        committee: query.committee.into_vec(),
        q: query.q.map(|words| words.to_string()),
    };
    let mut found = app
        .store
        .search("list_enterprises", move |connection| {
            let scope = caller.register_scope().ok_or(Refusal::NoReadRight)?;
            let units = store::page(connection, &scope, &filter, sort, place.as_ref(), limit + 1)?;
            Ok::<_, Failure>(units)
        })
        .await?;
    let next = cut(&mut found, limit, |last| Place::of(last, sort));
    let views = found.into_iter().map(EnterpriseView::from).collect();
    Page::answer(&app, &request, &list, views, next.as_ref())
}

/// Register a unit
///
/// For an office or an operator, within its own areas and industries. A unified social credit code is registered once.
#[utoipa::path(
    operation_id = "register_enterprise",
    tag = "enterprises",
    request_body(content = EnterpriseBody, example = json!(sample_body())),
    responses(
        (status = 201, description = "On record.", body = EnterpriseView,
            headers(("Location" = String, description = "Path of the unit"), ("ETag" = String, description = "Its version"))),
        WriteProblems,
    ),
)]
#[post("/v1/enterprises")]
pub async fn register_enterprise(
    app: Data<App>,
    Authenticated(caller): Authenticated,
    context: WriteContext,
    body: Body<EnterpriseBody>,
) -> Result<HttpResponse, Problem> {
    let (now, (id, salt)) = (app.clock.now(), fresh(&app)?);
    let unit = body.value;
    answer(&app, context, "register_enterprise", body.digest, move |connection| {
        let created = register::register(connection, &caller, &unit, id, now, salt)?;
        let location = format!("/v1/enterprises/{}", created.id);
        Ok(reply(201, created)?.with("location", location))
    })
    .await
}

/// Import units
///
/// CSV with a header line, or JSON lines with one body of `register_enterprise` each; UTF-8; at most 5,000 units. All or
/// nothing: when a line is bad nothing is written, and `errors` names every bad line by a pointer
/// `/lines/<line>/<column>`, lines counted from 1 with the header. Columns: `uscc`, `name`, `industry`, `area`, `address`,
/// `principal_name`, `principal_phone`, `controller_name`, `controller_phone`, `committee`, `latitude`, `longitude`.
#[utoipa::path(
    operation_id = "import_enterprises",
    tag = "enterprises",
    request_body(content(
        (String = "text/csv", example = json!(SAMPLE_CSV)),
        (String = "application/jsonl", example = json!(sample_body().to_string())),
    )),
    responses(
        (status = 200, description = "All of them are on record.", body = ImportView),
        WriteProblems,
    ),
)]
#[post("/v1/enterprises/import")]
pub async fn import_enterprises(
    app: Data<App>,
    request: HttpRequest,
    Authenticated(caller): Authenticated,
    context: WriteContext,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    register::may_manage(&caller)?;
    let format = format_of(&request)?;
    let bytes = read_whole(&request, payload, app.limits.import_bytes).await?;
    let sheet = Sheet::read(format, &bytes, |line| parse::<Object>(line).ok().map(|object| object.0));
    let ids: Vec<_> = (0..sheet.len()).map(|_| fresh(&app)).collect::<Result<_, _>>()?;
    let now = app.clock.now();
    let language = context.language();
    let (instance, request_id) = (request.path().to_owned(), request_id::of(&request));
    answer(
        &app,
        context,
        "import_enterprises",
        digest(format, &bytes),
        move |connection| match import::import(connection, &caller, &sheet, &ids, now)? {
            Imported::All(units) => Ok(Reply::json(200, &ImportView::from(units))?),
            Imported::Rejected(faults) => Ok(rejected(faults, language, &instance, &request_id)),
        },
    )
    .await
}

/// Read a unit
///
/// By its id. What the caller may not know of is not found.
#[utoipa::path(
    operation_id = "get_enterprise",
    tag = "enterprises",
    params(("id" = EnterpriseId, Path, description = "Its id", example = "01900000-0000-7000-8000-000000000002")),
    responses(
        (status = 200, description = "The unit.", body = EnterpriseView,
            headers(("ETag" = String, description = "Its version"))),
        (status = 304, description = "It is still the version of `If-None-Match`."),
        ReadProblems,
    ),
)]
#[get("/v1/enterprises/{id}")]
pub async fn get_enterprise(
    app: Data<App>,
    request: HttpRequest,
    Authenticated(caller): Authenticated,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = id_of(&id)?;
    let unit = app
        .store
        .read("get_enterprise", move |connection| {
            register::find_visible(connection, &caller, id)
        })
        .await?;
    let tag = ("etag", etag(unit.version));
    if not_modified(&request, unit.version) {
        return Ok(HttpResponse::NotModified().insert_header(tag).finish());
    }
    Ok(HttpResponse::Ok().insert_header(tag).json(EnterpriseView::from(unit)))
}

/// Change a unit
///
/// JSON Merge Patch. For an office or an operator; the unit must lie within its own areas and industries before and
/// after.
#[utoipa::path(
    operation_id = "change_enterprise",
    tag = "enterprises",
    params(
        ("id" = EnterpriseId, Path, description = "Its id", example = "01900000-0000-7000-8000-000000000002"),
        ("If-Match" = String, Header, description = "The version that the caller saw", example = "\"1\""),
    ),
    request_body(content = EnterprisePatch, example = json!({"principal": {"phone": "13900001003"}, "controller": null})),
    responses(
        (status = 200, description = "Changed.", body = EnterpriseView, headers(("ETag" = String, description = "Its version"))),
        WriteProblems,
    ),
)]
#[patch("/v1/enterprises/{id}")]
pub async fn change_enterprise(
    app: Data<App>,
    Authenticated(caller): Authenticated,
    context: WriteContext,
    id: Path<String>,
    IfMatch(expected): IfMatch,
    body: Body<EnterprisePatch>,
) -> Result<HttpResponse, Problem> {
    let id = id_of(&id)?;
    let (now, (_, salt)): (Instant, _) = (app.clock.now(), fresh(&app)?);
    let patch = body.value;
    answer(&app, context, "change_enterprise", body.digest, move |connection| {
        let changed = register::amend(connection, &caller, id, expected, &patch, (now, salt))?;
        Ok(reply(200, changed)?)
    })
    .await
}

/// A path that is not an id names nothing.
fn id_of(text: &str) -> Result<EnterpriseId, Refusal> {
    text.parse().map_err(|_| Refusal::NotFound)
}

/// An id and a salt that nothing has yet.
fn fresh(app: &App) -> Result<(EnterpriseId, [u8; 16]), StoreError> {
    let salt = app.random()?;
    Ok((EnterpriseId::new(&app.clock), salt))
}

fn reply(status: u16, unit: Enterprise) -> Result<Reply, StoreError> {
    let version = unit.version;
    Ok(Reply::json(status, &EnterpriseView::from(unit))?.tagged(version))
}

fn format_of(request: &HttpRequest) -> Result<Format, Problem> {
    let given = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = given
        .and_then(|value| value.split(';').next())
        .map(|text| text.trim().to_ascii_lowercase());
    match essence.as_deref() {
        Some("text/csv") => Ok(Format::Csv),
        Some("application/jsonl" | "application/x-ndjson" | "application/ndjson" | "application/json-lines") => {
            Ok(Format::JsonLines)
        }
        _ => {
            Err(Problem::new(Code::UnsupportedMediaType).with_text("text/csv, application/jsonl, application/x-ndjson"))
        }
    }
}

async fn read_whole(request: &HttpRequest, mut payload: Payload, limit: usize) -> Result<BytesMut, Problem> {
    let too_large = || Problem::new(Code::TooLarge).with_text(format!("{limit} B"));
    if announced_length(request).is_some_and(|length| length > limit) {
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
    Ok(bytes)
}

/// The same bytes in another format are another request.
fn digest(format: Format, bytes: &[u8]) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(match format {
        Format::Csv => b"csv\0",
        Format::JsonLines => b"jsl\0",
    });
    digest.update(bytes);
    digest.finalize().into()
}

/// The refusal of a whole import. It is an answer and not an error, so that it can name lines; nothing was written.
fn rejected(faults: Faults, language: Language, instance: &str, request_id: &str) -> Reply {
    let problem = faults
        .0
        .into_iter()
        .fold(Problem::new(Code::ImportRejected), Problem::with_fault);
    Reply {
        status: problem.status(),
        headers: vec![
            ("content-type".to_owned(), PROBLEM_JSON.to_owned()),
            ("content-language".to_owned(), language.tag().to_owned()),
        ],
        body: problem
            .document(language, instance, request_id)
            .to_string()
            .into_bytes(),
    }
}
