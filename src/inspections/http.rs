//! Operations on inspections.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get, put};
use deserr::Deserr;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::bodies::InspectionBody;
use super::model::{FindingResult, Inspection};
use super::read;
use super::receive::{Received, Sending, receive};
use super::store::{self, Filter, Place, Sort};
use super::view::{InspectionSummaryView, InspectionView, sample_body};
use crate::hazards::Writing;
use crate::law::refusal::Refusal;
use crate::law::scope::Caller;
use crate::store::{Connection, Failure, Reply, cut};
use crate::values::{
    AreaPrefix, Day, EnterpriseId, Fault, FaultCode, Faults, IndustryPrefix, InspectionId, Title, Vocabulary as _,
};
use crate::web::app::App;
use crate::web::body::Body;
use crate::web::caller::Authenticated;
use crate::web::filters::{Filters, Limit, Many, YesNo};
use crate::web::idempotency::{WriteContext, answer};
use crate::web::page::Page;
use crate::web::problems::Problem;
use crate::web::responses::{ListProblems, ReadProblems, WriteProblems};
use crate::web::schemas::vocabularies;

vocabularies! {
    FindingResult = "FindingResult";
    Sort = "InspectionSort";
}

/// The operations of this room.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(list_inspections)
        .service(file_inspection)
        .service(get_inspection);
}

/// Filters and page of the list.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InspectionQuery {
    /// Unit by id.
    #[deserr(default)]
    #[param(value_type = Option<Vec<EnterpriseId>>)]
    enterprise: Many<EnterpriseId>,
    /// Area prefix, of where the unit lay when the inspection came.
    #[deserr(default)]
    #[param(value_type = Option<Vec<AreaPrefix>>)]
    area: Many<AreaPrefix>,
    /// Industry prefix, of the unit's industry then.
    #[deserr(default)]
    #[param(value_type = Option<Vec<IndustryPrefix>>)]
    industry: Many<IndustryPrefix>,
    /// Subject of the token that sent it.
    #[deserr(default)]
    #[param(value_type = Option<Vec<String>>)]
    inspector: Many<Title>,
    /// Whether all evidence has come.
    #[deserr(default)]
    #[param(inline)]
    complete: Option<YesNo>,
    /// The first day on which it came.
    #[deserr(default)]
    received_from: Option<Day>,
    /// The last day on which it came.
    #[deserr(default)]
    received_to: Option<Day>,
    /// Order of the list; `-received_at` when absent.
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

/// List inspections
///
/// Those of units in the caller's areas and industries, for officials; a unit reads none. Values of one filter are
/// alternatives, different filters narrow each other.
#[utoipa::path(
    operation_id = "list_inspections",
    tag = "inspections",
    params(InspectionQuery),
    responses(
        (status = 200, description = "A page.", body = Page<InspectionSummaryView>,
            headers(("Link" = String, description = "`rel=\"next\"`: the next page, absent on the last"))),
        ListProblems,
    ),
)]
#[get("/v1/inspections")]
pub async fn list_inspections(
    app: Data<App>,
    request: HttpRequest,
    Authenticated(caller): Authenticated,
    query: Filters<InspectionQuery>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let sort = query.sort.unwrap_or(Sort::ReceivedAtDown);
    let list = Page::<InspectionSummaryView>::list_key(&request, sort.code());
    let place: Option<Place> = app.open_cursor(&list, query.cursor.as_deref())?;
    let limit = query.limit.rows();
    let filter = query.filter();
    let mut found = app
        .store
        .search("list_inspections", move |connection| {
            let scope = read::scope(&caller)?;
            let rows = store::page(connection, &scope, &filter, sort, place, limit + 1)?;
            Ok::<_, Failure>(rows)
        })
        .await?;
    let next = cut(&mut found, limit, Place::of);
    let views = found.into_iter().map(InspectionSummaryView::from).collect();
    Page::answer(&app, &request, &list, views, next.as_ref())
}

/// File an inspection
///
/// For an inspector, whole and under a UUIDv7 of the phone's own. The hazards of its findings are put on record in the same
/// transaction, as `report_hazard` would: all of it or nothing. Evidence is announced in `evidence` by digest; its bytes
/// come before or after, by `store_attachment` or a resumable upload, from the same sender.
///
/// Sent again by the same sender, the same inspection answers 200 and changes nothing; another under the same id is
/// refused as `inspection_differs`, whose `differs` names the members. The phone's clock may be wrong: an inspection that
/// ends before it begins is faulty, one from the future is marked by `clock_ahead`. A hazard that was found on a day that
/// has not come here is refused all the same, by its pointer. The body may have 4 MiB.
#[utoipa::path(
    operation_id = "file_inspection",
    tag = "inspections",
    params(("id" = InspectionId, Path, description = "The phone's id for it, a UUIDv7", example = "01900000-0000-7000-8000-000000000010")),
    request_body(content = InspectionBody, example = json!(sample_body())),
    responses(
        (status = 201, description = "On record.", body = InspectionView,
            headers(("Location" = String, description = "Path of the inspection"))),
        (status = 200, description = "It was on record already.", body = InspectionView),
        WriteProblems,
    ),
)]
#[put("/v1/inspections/{id}")]
pub async fn file_inspection(
    app: Data<App>,
    Authenticated(caller): Authenticated,
    context: WriteContext,
    id: Path<String>,
    body: Body<InspectionBody>,
) -> Result<HttpResponse, Problem> {
    let id = chosen(&id)?;
    let writing = Writing {
        caller,
        now: app.clock.now(),
        policy: std::sync::Arc::clone(&app.policy),
        salt: app.random()?,
    };
    let sending = Sending {
        id,
        salts: body.value.hazards().map(|_| app.random()).collect::<Result<_, _>>()?,
        seed: app.random()?,
        body: body.value,
    };
    answer(
        &app,
        context,
        "file_inspection",
        body.digest,
        move |connection| match receive(connection, &writing, &sending)? {
            Received::New(inspection) => {
                let reply = reply(connection, &writing.caller, 201, inspection)?;
                Ok(reply.with("location", format!("/v1/inspections/{id}")))
            }
            Received::Before(inspection) => reply(connection, &writing.caller, 200, inspection),
        },
    )
    .await
}

/// Read an inspection
///
/// With its evidence as far as that has come. For officials whose areas and industries cover the unit as it lay when the
/// inspection came; a unit reads none.
#[utoipa::path(
    operation_id = "get_inspection",
    tag = "inspections",
    params(("id" = InspectionId, Path, description = "Its id", example = "01900000-0000-7000-8000-000000000010")),
    responses(
        (status = 200, description = "The inspection.", body = InspectionView),
        ReadProblems,
    ),
)]
#[get("/v1/inspections/{id}")]
pub async fn get_inspection(
    app: Data<App>,
    Authenticated(caller): Authenticated,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    read::scope(&caller)?;
    let id: InspectionId = id.parse().map_err(|_| Refusal::NotFound)?;
    let view = app
        .store
        .read("get_inspection", move |connection| {
            let shown = read::visible(connection, &caller, id)?;
            Ok::<_, Failure>(InspectionView::of(shown, &caller))
        })
        .await?;
    Ok(HttpResponse::Ok().json(view))
}

impl InspectionQuery {
    fn filter(self) -> Filter {
        Filter {
            enterprise: self.enterprise.into_vec(),
            area: self.area.into_vec(),
            industry: self.industry.into_vec(),
            inspector: self.inspector.into_vec(),
            complete: self.complete.map(|wanted| wanted == YesNo::Yes),
            received_from: self.received_from,
            received_to: self.received_to,
        }
    }
}

/// The id of the path, when it is one that a phone may choose.
fn chosen(id: &str) -> Result<InspectionId, Refusal> {
    let chosen: Option<InspectionId> = id.parse().ok();
    chosen.filter(|id| id.is_time_ordered()).ok_or_else(|| {
        let fault = Fault::new("?id", FaultCode::BadFormat).hinting("UUIDv7");
        Refusal::Faults(fault.into())
    })
}

fn reply(connection: &mut Connection, caller: &Caller, status: u16, inspection: Inspection) -> Result<Reply, Failure> {
    let shown = read::shown(connection, caller, inspection)?;
    Ok(Reply::json(status, &InspectionView::of(shown, caller))?)
}
