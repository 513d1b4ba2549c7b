//! Operations on self-checks.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get, put};
use deserr::Deserr;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::bodies::SelfCheckBody;
use super::file::{self, Filed, Filing, Found};
use super::list::{self, Filter, Place, Row};
use super::model::{CheckResult, CheckState};
use super::store;
use super::view::{SelfCheckStateView, SelfCheckView, sample_body};
use crate::hazards::Writing;
use crate::law::refusal::Refusal;
use crate::law::scope::Caller;
use crate::store::{Connection, Failure, Reply, StoreError, cut};
use crate::values::{AreaPrefix, EnterpriseId, Faults, IndustryPrefix, Quarter, SelfCheckId};
use crate::web::app::App;
use crate::web::body::Body;
use crate::web::caller::Authenticated;
use crate::web::conditions::{IfMatchGiven, etag, not_modified};
use crate::web::filters::{Filters, Limit, Many};
use crate::web::idempotency::{WriteContext, answer};
use crate::web::page::{Page, PageQuery};
use crate::web::problems::Problem;
use crate::web::responses::{ListProblems, ReadProblems, WriteProblems};
use crate::web::schemas::vocabularies;

vocabularies! {
    CheckResult = "CheckResult";
    CheckState = "CheckState";
}

/// The operations of this room.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(list_self_checks)
        .service(file_self_check)
        .service(get_self_check)
        .service(list_self_check_versions);
}

/// Filters and page of the list.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SelfCheckQuery {
    /// The quarter.
    #[param(example = "2026Q4")]
    quarter: Quarter,
    /// How units stand; all that are on the list when absent.
    #[deserr(default)]
    #[param(value_type = Option<Vec<CheckState>>)]
    state: Many<CheckState>,
    /// Area prefix.
    #[deserr(default)]
    #[param(value_type = Option<Vec<AreaPrefix>>)]
    area: Many<AreaPrefix>,
    /// Industry prefix.
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

/// List who filed for a quarter, and who did not
///
/// The units in the caller's areas and industries, by area and then by registration. `missing` is a unit that has filed
/// nothing until now and was registered before the quarter's end; in the quarter that runs it can still file in time.
/// `late` is one whose first version came after the last day of the quarter in Asia/Shanghai. For a quarter that has not
/// begun the list is empty.
#[utoipa::path(
    operation_id = "list_self_checks",
    tag = "self-checks",
    params(SelfCheckQuery),
    responses(
        (status = 200, description = "A page.", body = Page<SelfCheckStateView>,
            headers(("Link" = String, description = "`rel=\"next\"`: the next page, absent on the last"))),
        ListProblems,
    ),
)]
#[get("/v1/self-checks")]
pub async fn list_self_checks(
    app: Data<App>,
    request: HttpRequest,
    Authenticated(caller): Authenticated,
    query: Filters<SelfCheckQuery>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let key = Page::<SelfCheckStateView>::list_key(&request, "area");
    let place: Option<Place> = app.open_cursor(&key, query.cursor.as_deref())?;
    let limit = query.limit.rows();
    let quarter = query.quarter;
    let has_begun = quarter.first_day() <= app.clock.now().day();
    let filter = Filter {
        quarter,
        state: query.state.into_vec(),
        area: query.area.into_vec(),
        industry: query.industry.into_vec(),
    };
    let mut rows: Vec<Row> = app
        .store
        .search("list_self_checks", move |connection| {
            file::may_read(&caller)?;
            let scope = caller.ledger_scope().ok_or(Refusal::NoReadRight)?;
            if !has_begun {
                return Ok::<_, Failure>(Vec::new());
            }
            Ok(list::page(connection, &scope, &filter, place.as_ref(), limit + 1)?)
        })
        .await?;
    let next = cut(&mut rows, limit, Place::of);
    let views = rows
        .into_iter()
        .map(|row| SelfCheckStateView::of(row, quarter))
        .collect();
    Page::answer(&app, &request, &key, views, next.as_ref())
}

/// File the self-check of a quarter
///
/// For a unit, of itself. There is one for each quarter: the first answers 201, and a correction, which needs `If-Match`,
/// becomes a new version beside the old ones. What says the same as the version in force answers 200 and changes nothing,
/// so a call can be repeated. The hazards of `reports` are put on record in the same transaction, as `report_hazard`
/// would.
#[utoipa::path(
    operation_id = "file_self_check",
    tag = "self-checks",
    params(
        ("id" = EnterpriseId, Path, description = "Id of the unit", example = "01900000-0000-7000-8000-000000000002"),
        ("quarter" = Quarter, Path, description = "The quarter", example = "2026Q4"),
        ("If-Match" = Option<String>, Header, description = "The version that the caller saw, for a correction", example = "\"1\""),
    ),
    request_body(content = SelfCheckBody, example = json!(sample_body())),
    responses(
        (status = 201, description = "The first of the quarter.", body = SelfCheckView,
            headers(("Location" = String, description = "Path of the self-check"), ("ETag" = String, description = "Its version"))),
        (status = 200, description = "A correction, or what was on record already.", body = SelfCheckView,
            headers(("ETag" = String, description = "Its version"))),
        WriteProblems,
    ),
)]
#[put("/v1/enterprises/{id}/self-checks/{quarter}")]
pub async fn file_self_check(
    app: Data<App>,
    Authenticated(caller): Authenticated,
    context: WriteContext,
    path: Path<(String, String)>,
    IfMatchGiven(expected_version): IfMatchGiven,
    body: Body<SelfCheckBody>,
) -> Result<HttpResponse, Problem> {
    let (enterprise, quarter) = named(&path)?;
    let writing = Writing {
        caller,
        now: app.clock.now(),
        policy: std::sync::Arc::clone(&app.policy),
        salt: app.random()?,
    };
    let filing = Filing {
        enterprise,
        quarter,
        expected_version,
        fresh: SelfCheckId::new(&app.clock),
        salts: body
            .value
            .reports
            .iter()
            .map(|_| app.random())
            .collect::<Result<_, _>>()?,
        body: body.value,
    };
    answer(
        &app,
        context,
        "file_self_check",
        body.digest,
        move |connection| match file::file(connection, &writing, &filing)? {
            Filed::First(found) => {
                let location = format!("/v1/enterprises/{enterprise}/self-checks/{quarter}");
                Ok(reply(201, found)?.with("location", location))
            }
            Filed::Again(found) => Ok(reply(200, found)?),
        },
    )
    .await
}

/// Read the self-check of a quarter
///
/// The version in force. A unit reads its own; officials read those of their areas and industries. What was not filed is
/// not found.
#[utoipa::path(
    operation_id = "get_self_check",
    tag = "self-checks",
    params(
        ("id" = EnterpriseId, Path, description = "Id of the unit", example = "01900000-0000-7000-8000-000000000002"),
        ("quarter" = Quarter, Path, description = "The quarter", example = "2026Q4"),
    ),
    responses(
        (status = 200, description = "The self-check.", body = SelfCheckView, headers(("ETag" = String, description = "Its version"))),
        (status = 304, description = "It is still the version of `If-None-Match`."),
        ReadProblems,
    ),
)]
#[get("/v1/enterprises/{id}/self-checks/{quarter}")]
pub async fn get_self_check(
    app: Data<App>,
    request: HttpRequest,
    Authenticated(caller): Authenticated,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (enterprise, quarter) = named(&path)?;
    let view = app
        .store
        .read("get_self_check", move |connection| {
            let found = file::find_visible(connection, &caller, enterprise, quarter)?;
            let check = file::shown_to(connection, &caller, found.check)?;
            Ok::<_, Failure>(SelfCheckView::of(check, found.unit))
        })
        .await?;
    let tag = ("etag", etag(view.version));
    if not_modified(&request, view.version) {
        return Ok(HttpResponse::NotModified().insert_header(tag).finish());
    }
    Ok(HttpResponse::Ok().insert_header(tag).json(view))
}

/// Read every version of a self-check
///
/// Oldest first, the one in force last.
#[utoipa::path(
    operation_id = "list_self_check_versions",
    tag = "self-checks",
    params(
        ("id" = EnterpriseId, Path, description = "Id of the unit", example = "01900000-0000-7000-8000-000000000002"),
        ("quarter" = Quarter, Path, description = "The quarter", example = "2026Q4"),
        PageQuery,
    ),
    responses(
        (status = 200, description = "A page.", body = Page<SelfCheckView>,
            headers(("Link" = String, description = "`rel=\"next\"`: the next page, absent on the last"))),
        ListProblems,
    ),
)]
#[get("/v1/enterprises/{id}/self-checks/{quarter}/versions")]
pub async fn list_self_check_versions(
    app: Data<App>,
    request: HttpRequest,
    Authenticated(caller): Authenticated,
    path: Path<(String, String)>,
    query: Filters<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let (enterprise, quarter) = named(&path)?;
    let list = Page::<SelfCheckView>::list_key(&request, "version");
    let after: i64 = app.open_cursor(&list, query.cursor.as_deref())?.unwrap_or(0);
    let limit = query.limit.rows();
    let (views, next) = app
        .store
        .read("list_self_check_versions", move |connection| {
            let found = file::find_visible(connection, &caller, enterprise, quarter)?;
            versions(connection, &caller, &found, after, limit)
        })
        .await?;
    Page::answer(&app, &request, &list, views, next.as_ref())
}

fn versions(
    connection: &mut Connection,
    caller: &Caller,
    found: &Found,
    after: i64,
    limit: i64,
) -> Result<(Vec<SelfCheckView>, Option<i64>), Failure> {
    let mut checks = store::versions(connection, found.check.id, after, limit + 1)?;
    let next = cut(&mut checks, limit, |check| check.version);
    let mut views = Vec::with_capacity(checks.len());
    for check in checks {
        let check = file::shown_to(connection, caller, check)?;
        views.push(SelfCheckView::of(check, found.unit.clone()));
    }
    Ok((views, next))
}

/// A path that holds no id or no quarter names nothing.
fn named(path: &(String, String)) -> Result<(EnterpriseId, Quarter), Refusal> {
    match (path.0.parse(), path.1.parse()) {
        (Ok(enterprise), Ok(quarter)) => Ok((enterprise, quarter)),
        _ => Err(Refusal::NotFound),
    }
}

fn reply(status: u16, found: Found) -> Result<Reply, StoreError> {
    let version = found.check.version;
    Ok(Reply::json(status, &SelfCheckView::from(found))?.tagged(version))
}
