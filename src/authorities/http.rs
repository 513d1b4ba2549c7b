//! Operations on authorities.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get, patch, post};
use deserr::Deserr;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::bodies::{AuthorityBody, AuthorityPatch};
use super::model::{Authority, AuthorityCode};
use super::store::{self, Filter};
use super::view::{AuthorityView, sample_body};
use super::{amend, register};
use crate::law::refusal::Refusal;
use crate::law::scope::Level;
use crate::store::{Failure, Reply, cut};
use crate::values::{AreaPrefix, AuthorityId, Faults};
use crate::web::app::App;
use crate::web::body::Body;
use crate::web::caller::Authenticated;
use crate::web::conditions::{IfMatch, etag, not_modified};
use crate::web::filters::{Filters, Limit, Many};
use crate::web::idempotency::{WriteContext, answer};
use crate::web::page::Page;
use crate::web::problems::Problem;
use crate::web::responses::{ListProblems, ReadProblems, WriteProblems};

/// The operations of this room.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(list_authorities)
        .service(register_authority)
        .service(get_authority)
        .service(change_authority);
}

/// Filters and page of the list.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuthorityQuery {
    /// Rank.
    #[deserr(default)]
    #[param(value_type = Option<Vec<Level>>)]
    level: Many<Level>,
    /// Code of the authority above.
    #[deserr(default)]
    #[param(value_type = Option<Vec<AuthorityCode>>)]
    parent: Many<AuthorityCode>,
    /// Area prefix: authorities in charge of some part of it.
    #[deserr(default)]
    #[param(value_type = Option<Vec<AreaPrefix>>)]
    area: Many<AreaPrefix>,
    /// Rows of a page.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    cursor: Option<String>,
}

/// List authorities
///
/// Regulators, committees and communities in the order of their codes. Values of one filter are alternatives, different
/// filters narrow each other.
#[utoipa::path(
    operation_id = "list_authorities",
    tag = "authorities",
    params(AuthorityQuery),
    responses(
        (status = 200, description = "A page.", body = Page<AuthorityView>,
            headers(("Link" = String, description = "`rel=\"next\"`: the next page, absent on the last"))),
        ListProblems,
    ),
)]
#[get("/v1/authorities")]
pub async fn list_authorities(
    app: Data<App>,
    request: HttpRequest,
    _caller: Authenticated,
    query: Filters<AuthorityQuery>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let list = Page::<AuthorityView>::list_key(&request, "code");
    let place: Option<AuthorityCode> = app.open_cursor(&list, query.cursor.as_deref())?;
    let limit = query.limit.rows();
    let filter = Filter {
        level: query.level.into_vec(),
        parent: query.parent.into_vec(),
        area: query.area.into_vec(),
    };
    let mut found = app
        .store
        .read("list_authorities", move |connection| {
            store::page(connection, &filter, place.as_ref(), limit + 1)
        })
        .await?;
    let next = cut(&mut found, limit, |last| last.code.clone());
    let views = found.into_iter().map(AuthorityView::from).collect();
    Page::answer(&app, &request, &list, views, next.as_ref())
}

/// Register an authority
///
/// For an office or an operator, within its own areas and industries. The authority above must be on record first and
/// must not be of lower rank.
#[utoipa::path(
    operation_id = "register_authority",
    tag = "authorities",
    request_body(content = AuthorityBody, example = json!(sample_body())),
    responses(
        (status = 201, description = "On record.", body = AuthorityView,
            headers(("Location" = String, description = "Path of the authority"), ("ETag" = String, description = "Its version"))),
        WriteProblems,
    ),
)]
#[post("/v1/authorities")]
pub async fn register_authority(
    app: Data<App>,
    Authenticated(caller): Authenticated,
    context: WriteContext,
    body: Body<AuthorityBody>,
) -> Result<HttpResponse, Problem> {
    let id = AuthorityId::new(&app.clock);
    let (now, salt) = (app.clock.now(), app.random()?);
    let authority = body.value;
    answer(&app, context, "register_authority", body.digest, move |connection| {
        let created = register(connection, &caller, &authority, id, now, salt)?;
        let location = format!("/v1/authorities/{}", created.code);
        Ok(reply(201, created)?.with("location", location))
    })
    .await
}

/// Read an authority
///
/// By its code.
#[utoipa::path(
    operation_id = "get_authority",
    tag = "authorities",
    params(("code" = AuthorityCode, Path, description = "Its code", example = "keyuan-office")),
    responses(
        (status = 200, description = "The authority.", body = AuthorityView,
            headers(("ETag" = String, description = "Its version"))),
        (status = 304, description = "It is still the version of `If-None-Match`."),
        ReadProblems,
    ),
)]
#[get("/v1/authorities/{code}")]
pub async fn get_authority(
    app: Data<App>,
    request: HttpRequest,
    _caller: Authenticated,
    code: Path<String>,
) -> Result<HttpResponse, Problem> {
    let code = code_of(&code)?;
    let found = app
        .store
        .read("get_authority", move |connection| store::find(connection, &code))
        .await?;
    let authority = found.ok_or(Refusal::NotFound)?;
    let tag = ("etag", etag(authority.version));
    if not_modified(&request, authority.version) {
        return Ok(HttpResponse::NotModified().insert_header(tag).finish());
    }
    Ok(HttpResponse::Ok()
        .insert_header(tag)
        .json(AuthorityView::from(authority)))
}

/// Change an authority
///
/// JSON Merge Patch. For an office or an operator; the authority must lie within its own areas and industries before and
/// after.
#[utoipa::path(
    operation_id = "change_authority",
    tag = "authorities",
    params(
        ("code" = AuthorityCode, Path, description = "Its code", example = "keyuan-office"),
        ("If-Match" = String, Header, description = "The version that the caller saw", example = "\"1\""),
    ),
    request_body(content = AuthorityPatch, example = json!({"name": "科苑街道安全生产委员会办公室"})),
    responses(
        (status = 200, description = "Changed.", body = AuthorityView, headers(("ETag" = String, description = "Its version"))),
        WriteProblems,
    ),
)]
#[patch("/v1/authorities/{code}")]
pub async fn change_authority(
    app: Data<App>,
    Authenticated(caller): Authenticated,
    context: WriteContext,
    code: Path<String>,
    IfMatch(expected): IfMatch,
    body: Body<AuthorityPatch>,
) -> Result<HttpResponse, Problem> {
    let code = code_of(&code)?;
    let (now, salt) = (app.clock.now(), app.random()?);
    let patch = body.value;
    answer(&app, context, "change_authority", body.digest, move |connection| {
        let changed = amend(connection, &caller, &code, expected, &patch, (now, salt))?;
        reply(200, changed)
    })
    .await
}

/// A path that is not a code names nothing.
fn code_of(text: &str) -> Result<AuthorityCode, Refusal> {
    text.parse().map_err(|_| Refusal::NotFound)
}

fn reply(status: u16, authority: Authority) -> Result<Reply, Failure> {
    let version = authority.version;
    Ok(Reply::json(status, &AuthorityView::from(authority))?.tagged(version))
}
