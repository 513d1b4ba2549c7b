//! Operations on standards and their clauses.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get, post};
use deserr::Deserr;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::bodies::StandardBody;
use super::model::{CriterionCode, StandardCode};
use super::publish::{Published, publish};
use super::store::{self, Filter, Place};
use super::view::{CriterionView, StandardSummaryView, StandardView, sample_body};
use crate::law::refusal::Refusal;
use crate::store::{Failure, Reply, cut};
use crate::values::{Day, Faults, IndustryPrefix, StandardId, Title};
use crate::web::app::App;
use crate::web::body::Body;
use crate::web::caller::Authenticated;
use crate::web::conditions::{etag, not_modified};
use crate::web::filters::{Filters, Limit, Many};
use crate::web::idempotency::{WriteContext, answer};
use crate::web::page::Page;
use crate::web::problems::Problem;
use crate::web::responses::{ListProblems, ReadProblems, WriteProblems};

/// The operations of this room.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(list_standards)
        .service(publish_standard)
        .service(get_standard)
        .service(list_criteria)
        .service(get_criterion);
}

/// Filters and page of the list of standards.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StandardQuery {
    /// Industry prefix: standards that apply to some part of it.
    #[deserr(default)]
    #[param(value_type = Option<Vec<IndustryPrefix>>)]
    industry: Many<IndustryPrefix>,
    /// In force on that day.
    #[deserr(default)]
    in_force_on: Option<Day>,
    /// Part of the title.
    #[deserr(default)]
    #[param(value_type = Option<String>, max_length = 200)]
    q: Option<Title>,
    /// Rows of a page.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    cursor: Option<String>,
}

/// Filters and page of the list of clauses.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CriterionQuery {
    /// Code of the standard.
    #[deserr(default)]
    #[param(value_type = Option<Vec<StandardCode>>)]
    standard: Many<StandardCode>,
    /// Industry prefix: clauses that apply to some part of it.
    #[deserr(default)]
    #[param(value_type = Option<Vec<IndustryPrefix>>)]
    industry: Many<IndustryPrefix>,
    /// In force on that day: those that a hazard found then may cite.
    #[deserr(default)]
    in_force_on: Option<Day>,
    /// Part of the article or of the text.
    #[deserr(default)]
    #[param(value_type = Option<String>, max_length = 200)]
    q: Option<Title>,
    /// Rows of a page.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    cursor: Option<String>,
}

/// List judgment standards
///
/// In the order of their codes, without their clauses. Values of one filter are alternatives, different filters narrow
/// each other.
#[utoipa::path(
    operation_id = "list_standards",
    tag = "standards",
    params(StandardQuery),
    responses(
        (status = 200, description = "A page.", body = Page<StandardSummaryView>,
            headers(("Link" = String, description = "`rel=\"next\"`: the next page, absent on the last"))),
        ListProblems,
    ),
)]
#[get("/v1/standards")]
pub async fn list_standards(
    app: Data<App>,
    request: HttpRequest,
    _caller: Authenticated,
    query: Filters<StandardQuery>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let list = Page::<StandardSummaryView>::list_key(&request, "code");
    let place: Option<StandardCode> = app.open_cursor(&list, query.cursor.as_deref())?;
    let limit = query.limit.rows();
    let filter = Filter {
        standard: Vec::new(),
        industry: query.industry.into_vec(),
        in_force_on: query.in_force_on,
        q: query.q.map(|words| words.to_string()),
    };
    let mut found = app
        .store
        .read("list_standards", move |connection| {
            store::page(connection, &filter, place.as_ref(), limit + 1)
        })
        .await?;
    let next = cut(&mut found, limit, |last| last.code.clone());
    let views = found.into_iter().map(StandardSummaryView::from).collect();
    Page::answer(&app, &request, &list, views, next.as_ref())
}

/// Publish a judgment standard
///
/// For an office or an operator. A new code puts the standard on record with its clauses, and a standard on record that it
/// `replaces` is repealed on the day it takes effect. Under a code on record an import may only add: clauses that were
/// left out, the wording of clauses that were paraphrased, the day of a repeal; everything else must be as it stands, and
/// an import that adds nothing is refused as `already_exists`.
#[utoipa::path(
    operation_id = "publish_standard",
    tag = "standards",
    request_body(content = StandardBody, example = json!(sample_body())),
    responses(
        (status = 201, description = "On record.", body = StandardView,
            headers(("Location" = String, description = "Path of the standard"), ("ETag" = String, description = "Its version"))),
        (status = 200, description = "It was on record and is completed now.", body = StandardView,
            headers(("Location" = String, description = "Path of the standard"), ("ETag" = String, description = "Its version"))),
        WriteProblems,
    ),
)]
#[post("/v1/standards")]
pub async fn publish_standard(
    app: Data<App>,
    Authenticated(caller): Authenticated,
    context: WriteContext,
    body: Body<StandardBody>,
) -> Result<HttpResponse, Problem> {
    let id = StandardId::new(&app.clock);
    let (now, salts) = (app.clock.now(), [app.random()?, app.random()?]);
    let given = body.value;
    answer(&app, context, "publish_standard", body.digest, move |connection| {
        let (status, standard) = match publish(connection, &caller, &given, id, now, salts)? {
            Published::New(standard) => (201, standard),
            Published::Completed(standard) => (200, standard),
        };
        let version = standard.version;
        let location = format!("/v1/standards/{}", standard.code);
        let clauses = store::criteria_of(connection, &standard.code)?;
        let reply = Reply::json(status, &StandardView::of(standard, clauses))?;
        Ok(reply.tagged(version).with("location", location))
    })
    .await
}

/// Read a judgment standard
///
/// By its code, with its clauses in order.
#[utoipa::path(
    operation_id = "get_standard",
    tag = "standards",
    params(("code" = StandardCode, Path, description = "Its code", example = "MEM10-2023")),
    responses(
        (status = 200, description = "The standard.", body = StandardView,
            headers(("ETag" = String, description = "Its version"))),
        (status = 304, description = "It is still the version of `If-None-Match`."),
        ReadProblems,
    ),
)]
#[get("/v1/standards/{code}")]
pub async fn get_standard(
    app: Data<App>,
    request: HttpRequest,
    _caller: Authenticated,
    code: Path<String>,
) -> Result<HttpResponse, Problem> {
    let code: StandardCode = code.parse().map_err(|_| Refusal::NotFound)?;
    let view = app
        .store
        .read("get_standard", move |connection| {
            let standard = store::find(connection, &code)?.ok_or(Refusal::NotFound)?;
            let clauses = store::criteria_of(connection, &code)?;
            Ok::<_, Failure>(StandardView::of(standard, clauses))
        })
        .await?;
    let tag = ("etag", etag(view.version));
    if not_modified(&request, view.version) {
        return Ok(HttpResponse::NotModified().insert_header(tag).finish());
    }
    Ok(HttpResponse::Ok().insert_header(tag).json(view))
}

/// List clauses
///
/// By standard and place in it. With `in_force_on` only those that a hazard found on that day may cite. Values of one
/// filter are alternatives, different filters narrow each other.
#[utoipa::path(
    operation_id = "list_criteria",
    tag = "standards",
    params(CriterionQuery),
    responses(
        (status = 200, description = "A page.", body = Page<CriterionView>,
            headers(("Link" = String, description = "`rel=\"next\"`: the next page, absent on the last"))),
        ListProblems,
    ),
)]
#[get("/v1/criteria")]
pub async fn list_criteria(
    app: Data<App>,
    request: HttpRequest,
    _caller: Authenticated,
    query: Filters<CriterionQuery>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let list = Page::<CriterionView>::list_key(&request, "code");
    let place: Option<Place> = app.open_cursor(&list, query.cursor.as_deref())?;
    let limit = query.limit.rows();
    let filter = Filter {
        standard: query.standard.into_vec(),
        industry: query.industry.into_vec(),
        in_force_on: query.in_force_on,
        q: query.q.map(|words| words.to_string()),
    };
    let mut found = app
        .store
        .read("list_criteria", move |connection| {
            store::criteria_page(connection, &filter, place.as_ref(), limit + 1)
        })
        .await?;
    let next = cut(&mut found, limit, store::Clause::place);
    let views = found.into_iter().map(CriterionView::from).collect();
    Page::answer(&app, &request, &list, views, next.as_ref())
}

/// Read a clause
///
/// By its code, whose slash may stand in the path as it is or as `%2F`. Its entity tag is the version of its standard.
#[utoipa::path(
    operation_id = "get_criterion",
    tag = "standards",
    params(("code" = CriterionCode, Path, description = "Its code", example = "MEM10-2023/13.1")),
    responses(
        (status = 200, description = "The clause.", body = CriterionView,
            headers(("ETag" = String, description = "Version of its standard"))),
        (status = 304, description = "It is still the version of `If-None-Match`."),
        ReadProblems,
    ),
)]
#[get("/v1/criteria/{code:.+}")]
pub async fn get_criterion(
    app: Data<App>,
    request: HttpRequest,
    _caller: Authenticated,
    code: Path<String>,
) -> Result<HttpResponse, Problem> {
    let code: CriterionCode = code.parse().map_err(|_| Refusal::NotFound)?;
    let found = app
        .store
        .read("get_criterion", move |connection| {
            store::find_criterion(connection, &code)
        })
        .await?;
    let clause = found.ok_or(Refusal::NotFound)?;
    let tag = ("etag", etag(clause.standard.version));
    if not_modified(&request, clause.standard.version) {
        return Ok(HttpResponse::NotModified().insert_header(tag).finish());
    }
    Ok(HttpResponse::Ok().insert_header(tag).json(CriterionView::from(clause)))
}
