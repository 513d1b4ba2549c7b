//! Operations on lists of points to check.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get, post};
use deserr::Deserr;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::bodies::ChecklistBody;
use super::model::{Checklist, ChecklistCode, ChecklistKind};
use super::publish::{Published, publish};
use super::store::{self, Filter, Reference};
use super::view::{ChecklistSummaryView, ChecklistView, sample_body};
use crate::law::refusal::Refusal;
use crate::store::{Failure, Reply, StoreError, cut};
use crate::values::{ChecklistId, Faults, IndustryPrefix};
use crate::web::app::App;
use crate::web::body::Body;
use crate::web::caller::Authenticated;
use crate::web::conditions::{etag, not_modified};
use crate::web::filters::{Bounded, Filters, Limit, Many};
use crate::web::idempotency::{WriteContext, answer};
use crate::web::page::Page;
use crate::web::problems::Problem;
use crate::web::responses::{ListProblems, ReadProblems, WriteProblems};
use crate::web::schemas::vocabularies;

vocabularies! {
    ChecklistKind = "ChecklistKind";
}

/// The operations of this room.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(list_checklists)
        .service(publish_checklist)
        .service(get_checklist);
}

/// Filters and page of the list.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ChecklistQuery {
    /// Whose lists.
    #[deserr(default)]
    #[param(value_type = Option<Vec<ChecklistKind>>)]
    kind: Many<ChecklistKind>,
    /// Industry prefix: lists that are for some part of it, or for all.
    #[deserr(default)]
    #[param(value_type = Option<Vec<IndustryPrefix>>)]
    industry: Many<IndustryPrefix>,
    /// Rows of a page.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    cursor: Option<String>,
}

/// Which version is asked for.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ChecklistVersionQuery {
    /// A version; the one in force when absent.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1_000_000)]
    version: Option<Bounded<1, 1_000_000, 1>>,
}

/// List the lists of points to check
///
/// In the order of their codes, each in the version in force and without its items. Values of one filter are
/// alternatives, different filters narrow each other.
#[utoipa::path(
    operation_id = "list_checklists",
    tag = "checklists",
    params(ChecklistQuery),
    responses(
        (status = 200, description = "A page.", body = Page<ChecklistSummaryView>,
            headers(("Link" = String, description = "`rel=\"next\"`: the next page, absent on the last"))),
        ListProblems,
    ),
)]
#[get("/v1/checklists")]
pub async fn list_checklists(
    app: Data<App>,
    request: HttpRequest,
    _caller: Authenticated,
    query: Filters<ChecklistQuery>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let list = Page::<ChecklistSummaryView>::list_key(&request, "code");
    let place: Option<ChecklistCode> = app.open_cursor(&list, query.cursor.as_deref())?;
    let limit = query.limit.rows();
    let filter = Filter {
        kind: query.kind.into_vec(),
        industry: query.industry.into_vec(),
    };
    let mut found = app
        .store
        .read("list_checklists", move |connection| {
            store::page(connection, &filter, place.as_ref(), limit + 1)
        })
        .await?;
    let next = cut(&mut found, limit, |last| last.code.clone());
    let views = found.into_iter().map(ChecklistSummaryView::from).collect();
    Page::answer(&app, &request, &list, views, next.as_ref())
}

/// Publish a list of points to check
///
/// For a committee, a regulator or an office, and always whole. A new code puts the list on record; under a code on record
/// this becomes its next version, and the versions before are kept. What says the same as the version in force changes
/// nothing, so a call can be repeated. The kind of a list never changes.
#[utoipa::path(
    operation_id = "publish_checklist",
    tag = "checklists",
    request_body(content = ChecklistBody, example = json!(sample_body())),
    responses(
        (status = 201, description = "The first version.", body = ChecklistView,
            headers(("Location" = String, description = "Path of the list"), ("ETag" = String, description = "Its version"))),
        (status = 200, description = "The next version, or what was in force already.", body = ChecklistView,
            headers(("Location" = String, description = "Path of the list"), ("ETag" = String, description = "Its version"))),
        WriteProblems,
    ),
)]
#[post("/v1/checklists")]
pub async fn publish_checklist(
    app: Data<App>,
    Authenticated(caller): Authenticated,
    context: WriteContext,
    body: Body<ChecklistBody>,
) -> Result<HttpResponse, Problem> {
    let (fresh, now) = (ChecklistId::new(&app.clock), app.clock.now());
    let salt = app.random()?;
    let given = body.value;
    answer(
        &app,
        context,
        "publish_checklist",
        body.digest,
        move |connection| match publish(connection, &caller, &given, fresh, now, salt)? {
            Published::First(checklist) => Ok(reply(201, checklist)?),
            Published::Again(checklist) => Ok(reply(200, checklist)?),
        },
    )
    .await
}

/// Read a list of points to check
///
/// By its id or its code: the version in force, or the one that `version` names.
#[utoipa::path(
    operation_id = "get_checklist",
    tag = "checklists",
    params(
        ("id" = String, Path, description = "Its id or its code", example = "ZD-CONFINED-SPACE"),
        ChecklistVersionQuery,
    ),
    responses(
        (status = 200, description = "The list.", body = ChecklistView, headers(("ETag" = String, description = "Its version"))),
        (status = 304, description = "It is still the version of `If-None-Match`."),
        ReadProblems,
    ),
)]
#[get("/v1/checklists/{id}")]
pub async fn get_checklist(
    app: Data<App>,
    request: HttpRequest,
    _caller: Authenticated,
    name: Path<String>,
    query: Filters<ChecklistVersionQuery>,
) -> Result<HttpResponse, Problem> {
    let reference = match name.parse() {
        Ok(id) => Reference::Id(id),
        Err(_) => Reference::Code(name.parse().map_err(|_| Refusal::NotFound)?),
    };
    let version = query.into_inner().version;
    let checklist = app
        .store
        .read("get_checklist", move |connection| {
            let found = match version {
                Some(version) => store::version(connection, &reference, i64::from(version.small()))?,
                None => store::find(connection, &reference)?,
            };
            found.ok_or_else(|| Failure::from(Refusal::NotFound))
        })
        .await?;
    let tag = ("etag", etag(checklist.version));
    if not_modified(&request, checklist.version) {
        return Ok(HttpResponse::NotModified().insert_header(tag).finish());
    }
    Ok(HttpResponse::Ok()
        .insert_header(tag)
        .json(ChecklistView::from(checklist)))
}

fn reply(status: u16, checklist: Checklist) -> Result<Reply, StoreError> {
    let (id, version) = (checklist.id, checklist.version);
    let reply = Reply::json(status, &ChecklistView::from(checklist))?.tagged(version);
    Ok(reply.with("location", format!("/v1/checklists/{id}")))
}
