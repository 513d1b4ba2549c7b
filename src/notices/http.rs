//! Operations on notices.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get, post};
use deserr::Deserr;
use sha2::{Digest, Sha256};
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::acknowledge::{acknowledge, visible};
use super::model::{Notice, Recipient};
use super::store::{self, Filter, Place, Sort};
use super::view::NoticeView;
use crate::law::lifecycle::NoticeKind;
use crate::law::refusal::Refusal;
use crate::law::scope::Caller;
use crate::store::{Failure, Reply, StoreError, cut};
use crate::values::{Faults, HazardId, NoticeId, Uscc, Vocabulary};
use crate::web::app::App;
use crate::web::caller::Authenticated;
use crate::web::conditions::{etag, not_modified};
use crate::web::filters::{Filters, Limit, Many, YesNo};
use crate::web::idempotency::{WriteContext, answer};
use crate::web::page::Page;
use crate::web::problems::Problem;
use crate::web::responses::{ListProblems, ReadProblems, WriteProblems};
use crate::web::schemas::vocabularies;

vocabularies! {
    Recipient = "Recipient";
    Sort = "NoticeSort";
}

/// The operations of this room.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(list_notices)
        .service(get_notice)
        .service(acknowledge_notice);
}

/// Filters, sort and page of the list.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NoticeQuery {
    /// Id of the hazard.
    #[deserr(default)]
    #[param(value_type = Option<Vec<HazardId>>)]
    hazard: Many<HazardId>,
    /// Unified social credit code of the unit.
    #[deserr(default)]
    #[param(value_type = Option<Vec<Uscc>>)]
    uscc: Many<Uscc>,
    /// What it is.
    #[deserr(default)]
    #[param(value_type = Option<Vec<NoticeKind>>)]
    kind: Many<NoticeKind>,
    /// On whom it was served.
    #[deserr(default)]
    #[param(value_type = Option<Vec<Recipient>>)]
    recipient: Many<Recipient>,
    /// Whether somebody of the unit has taken note.
    #[deserr(default)]
    #[param(inline)]
    acknowledged: Option<YesNo>,
    /// Order of the list; `-created_at` when absent.
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

/// List notices
///
/// Those of the hazards that the caller may see; a unit sees its own. Values of one filter are alternatives, different
/// filters narrow each other.
#[utoipa::path(
    operation_id = "list_notices",
    tag = "notices",
    params(NoticeQuery),
    responses(
        (status = 200, description = "A page.", body = Page<NoticeView>,
            headers(("Link" = String, description = "`rel=\"next\"`: the next page, absent on the last"))),
        ListProblems,
    ),
)]
#[get("/v1/notices")]
pub async fn list_notices(
    app: Data<App>,
    request: HttpRequest,
    Authenticated(caller): Authenticated,
    query: Filters<NoticeQuery>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let sort = query.sort.unwrap_or(Sort::CreatedAtDown);
    let list = Page::<NoticeView>::list_key(&request, sort.code());
    let place: Option<Place> = app.open_cursor(&list, query.cursor.as_deref())?;
    let limit = query.limit.rows();
    let filter = Filter {
        hazard: query.hazard.into_vec(),
        uscc: query.uscc.into_vec(),
        kind: query.kind.into_vec(),
        recipient: query.recipient.into_vec(),
        acknowledged: query.acknowledged.map(|wanted| wanted == YesNo::Yes),
    };
    let reader = caller.clone();
    let mut found = app
        .store
        .search("list_notices", move |connection| {
            let scope = reader.ledger_scope().ok_or(Refusal::NoReadRight)?;
            let notices = store::page(connection, &scope, &filter, sort, place.as_ref(), limit + 1)?;
            Ok::<_, Failure>(notices)
        })
        .await?;
    let next = cut(&mut found, limit, Place::of);
    let views = found
        .into_iter()
        .map(|notice| NoticeView::of(notice, &caller))
        .collect();
    Page::answer(&app, &request, &list, views, next.as_ref())
}

/// Read a notice
///
/// By its id. What the caller may not know of is not found.
#[utoipa::path(
    operation_id = "get_notice",
    tag = "notices",
    params(("id" = NoticeId, Path, description = "Its id", example = "01900000-0000-7000-8000-000000000005")),
    responses(
        (status = 200, description = "The notice.", body = NoticeView,
            headers(("ETag" = String, description = "Its version"))),
        (status = 304, description = "It is still the version of `If-None-Match`."),
        ReadProblems,
    ),
)]
#[get("/v1/notices/{id}")]
pub async fn get_notice(
    app: Data<App>,
    request: HttpRequest,
    Authenticated(caller): Authenticated,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = id_of(&id)?;
    let reader = caller.clone();
    let notice = app
        .store
        .read("get_notice", move |connection| visible(connection, &reader, id))
        .await?;
    let tag = ("etag", etag(notice.version));
    if not_modified(&request, notice.version) {
        return Ok(HttpResponse::NotModified().insert_header(tag).finish());
    }
    Ok(HttpResponse::Ok()
        .insert_header(tag)
        .json(NoticeView::of(notice, &caller)))
}

/// Take note of a notice
///
/// For the unit on which it was served. Without a body. Taking note again changes nothing: who was first stays on
/// record.
#[utoipa::path(
    operation_id = "acknowledge_notice",
    tag = "notices",
    params(("id" = NoticeId, Path, description = "Its id", example = "01900000-0000-7000-8000-000000000005")),
    responses(
        (status = 200, description = "Taken note of.", body = NoticeView,
            headers(("ETag" = String, description = "Its version"))),
        WriteProblems,
    ),
)]
#[post("/v1/notices/{id}/acknowledge")]
pub async fn acknowledge_notice(
    app: Data<App>,
    Authenticated(caller): Authenticated,
    context: WriteContext,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = id_of(&id)?;
    let now = app.clock.now();
    let salt = app.random()?;
    let digest = Sha256::digest(id.uuid().as_bytes()).into();
    answer(&app, context, "acknowledge_notice", digest, move |connection| {
        let noted = acknowledge(connection, &caller, id, now, salt)?;
        Ok(reply(noted, &caller)?)
    })
    .await
}

/// A path that is not an id names nothing.
fn id_of(text: &str) -> Result<NoticeId, Refusal> {
    text.parse().map_err(|_| Refusal::NotFound)
}

fn reply(notice: Notice, caller: &Caller) -> Result<Reply, StoreError> {
    let version = notice.version;
    Ok(Reply::json(200, &NoticeView::of(notice, caller))?.tagged(version))
}
