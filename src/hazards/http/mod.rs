//! Operations on hazards.

mod export;
mod overtaken;
mod queries;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get, patch, post};
use utoipa_actix_web::service_config::ServiceConfig;

use export::{export_hazards, list_exports};
use overtaken::Seen;
pub use queries::Include;
use queries::{ActQuery, GetQuery, HazardQuery};

use super::act::{self, Writing};
use super::batch::{ActCommand, Answering};
use super::bodies::{ActionBody, AmendBody, ReportBody};
use super::found::Found;
use super::list::{self, Place, Sort};
use super::past;
use super::report::{self, Reported};
use super::samples;
use super::store::Reference;
use super::view::{ClocksView, EventView, HazardView, Viewing};
use crate::journal::{self, Subject};
use crate::law::lifecycle::{Action, Source};
use crate::law::refusal::Refusal;
use crate::law::scope::Caller;
use crate::store::{Batches, Claim, Connection, Failure, Reply, StoreError, cut};
use crate::values::{Fault, FaultCode, Faults, HazardId, Language, Vocabulary};
use crate::web::app::App;
use crate::web::body::{Body, Object};
use crate::web::caller::Authenticated;
use crate::web::conditions::{IfMatch, not_modified};
use crate::web::filters::{Filters, YesNo};
use crate::web::idempotency::{Pledge, WriteContext, answer, tell};
use crate::web::page::{Page, PageQuery};
use crate::web::problems::Problem;
use crate::web::rehearsal::rehearse;
use crate::web::responses::{ListProblems, ReadProblems, WriteProblems};

/// The operations of this room.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(report_hazard)
        .service(list_hazards)
        // Before the hazards, of which it would be taken for a name.
        .service(export_hazards)
        .service(get_hazard)
        .service(amend_hazard)
        .service(act_on_hazard)
        .service(list_hazard_events)
        .service(get_hazard_clocks)
        .service(list_exports);
}

/// Put a hazard on record
///
/// A unit reports its own (`self_report`), an inspector what an inspection found (`inspection`), a tip officer what a
/// tip says (`public_tip`). A client may choose the id, a UUIDv7: the same report under the same id answers 200.
#[utoipa::path(
    operation_id = "report_hazard",
    tag = "hazards",
    request_body(content = ReportBody, example = json!(samples::report())),
    responses(
        (status = 201, description = "On record.", body = HazardView,
            headers(("Location" = String, description = "Path of the hazard"), ("ETag" = String, description = "Its version"))),
        (status = 200, description = "It was on record already, from the same report.", body = HazardView,
            headers(("Location" = String, description = "Path of the hazard"), ("ETag" = String, description = "Its version"))),
        WriteProblems,
    ),
)]
#[post("/v1/hazards")]
pub async fn report_hazard(
    app: Data<App>,
    Authenticated(caller): Authenticated,
    context: WriteContext,
    body: Body<ReportBody>,
) -> Result<HttpResponse, Problem> {
    let chosen = body.value.id.filter(|id| !id.is_time_ordered());
    if chosen.is_some() {
        return Err(Faults::from(Fault::new("/id", FaultCode::BadFormat).hinting("UUIDv7")).into());
    }
    let writing = writing(&app, caller)?;
    let fresh = HazardId::new(&app.clock);
    let language = context.language();
    let digest = body.digest;
    let report = body.value;
    answer(&app, context, "report_hazard", digest, move |connection| {
        let (status, found) = match report::report(connection, &writing, &report, fresh)? {
            Reported::New(found) => (201, found),
            Reported::Before(found) => (200, found),
        };
        let location = format!("/v1/hazards/{}", found.hazard.id);
        Ok(reply(status, found, &writing, language, false)?.with("location", location))
    })
    .await
}

/// List hazards
///
/// The hazards in the caller's scope. Values of one filter are alternatives, different filters narrow each other.
///
/// With `as_of` the list as it stood at that moment, rebuilt from events: every filter is held against how things stood then,
/// but words (`q`) and the orders `due_on` and `updated_at` are refused. A page looks at 1,000 hazards at most, so it may hold
/// fewer than `limit`, or none, and still have a `next_cursor`. Nothing can be done with what was: `available_actions` is empty.
#[utoipa::path(
    operation_id = "list_hazards",
    tag = "hazards",
    params(HazardQuery),
    responses(
        (status = 200, description = "A page.", body = Page<HazardView>,
            headers(("Link" = String, description = "`rel=\"next\"`: the next page, absent on the last"))),
        ListProblems,
    ),
)]
#[get("/v1/hazards")]
pub async fn list_hazards(
    app: Data<App>,
    request: HttpRequest,
    Authenticated(caller): Authenticated,
    language: Language,
    query: Filters<HazardQuery>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    may_ask(&caller, &query.source)?;
    query.check_past(app.clock.now())?;
    let as_of = query.as_of;
    let now = as_of.unwrap_or_else(|| app.clock.now());
    let policy = std::sync::Arc::clone(&app.policy);
    let sort = query.sort.unwrap_or(Sort::ReportedAtDown);
    let limit = query.limit.rows();
    let list = Page::<HazardView>::list_key(&request, sort.code());
    let place: Option<Place> = app.open_cursor(&list, query.cursor.as_deref())?;
    let filter = query.filter(now.day());
    let (views, next) = app
        .store
        .search("list_hazards", move |connection| {
            let scope = caller.ledger_scope().ok_or(Refusal::NoReadRight)?;
            let (found, next) = match as_of {
                Some(moment) => past::page_at(connection, (&scope, &policy, moment), &filter, sort, place, limit)?,
                None => list::page(connection, &scope, &filter, sort, place.as_ref(), limit)?,
            };
            let viewing = Viewing {
                caller: &caller,
                now,
                policy: &policy,
                language,
                with_actions: false,
            };
            let views: Vec<_> = found
                .into_iter()
                .map(|found| match as_of {
                    Some(_) => HazardView::on_paper(found, viewing),
                    None => HazardView::in_list(found, viewing),
                })
                .collect();
            Ok::<_, Failure>((views, next))
        })
        .await?;
    Page::answer(&app, &request, &list, views, next.as_ref())
}

/// Whether a caller may narrow the ledger by these sources.
fn may_ask(caller: &Caller, sources: &[Source]) -> Result<(), Faults> {
    if sources.is_empty() || caller.sees_sources() {
        Ok(())
    } else {
        Err(Fault::new("?source", FaultCode::NotAllowed).into())
    }
}

/// Read a hazard
///
/// By id or by number. What the caller may not know of is not found.
///
/// With `as_of` as it stood at that moment, rebuilt from its events; not found when it was not on record yet. Its unit goes by
/// its present name, deadlines are reckoned under the policy in force, and nothing can be done with it: `available_actions` is
/// empty.
#[utoipa::path(
    operation_id = "get_hazard",
    tag = "hazards",
    params(("id" = String, Path, description = "Id or number", example = "370303-2026-000001"), GetQuery),
    responses(
        (status = 200, description = "The hazard.", body = HazardView, headers(("ETag" = String, description = "Its version"))),
        (status = 304, description = "It is still the version of `If-None-Match`."),
        ReadProblems,
    ),
)]
#[get("/v1/hazards/{id}")]
pub async fn get_hazard(
    app: Data<App>,
    request: HttpRequest,
    Authenticated(caller): Authenticated,
    language: Language,
    id: Path<String>,
    query: Filters<GetQuery>,
) -> Result<HttpResponse, Problem> {
    let reference = reference(&id)?;
    query.check_past(app.clock.now())?;
    let as_of = query.as_of;
    let now = as_of.unwrap_or_else(|| app.clock.now());
    let with_actions = query.include.contains(&Include::Actions);
    let policy = std::sync::Arc::clone(&app.policy);
    let view = app
        .store
        .read("get_hazard", move |connection| {
            let viewing = Viewing {
                caller: &caller,
                now,
                policy: &policy,
                language,
                with_actions,
            };
            Ok::<_, Failure>(match as_of {
                Some(moment) => HazardView::of_past(past::visible_at(connection, &caller, reference, moment)?, viewing),
                None => HazardView::of(act::visible(connection, &caller, reference)?, viewing),
            })
        })
        .await?;
    if not_modified(&request, view.version) {
        return Ok(HttpResponse::NotModified()
            .insert_header(("etag", format!("\"{}\"", view.version)))
            .finish());
    }
    Ok(HttpResponse::Ok()
        .insert_header(("etag", format!("\"{}\"", view.version)))
        .json(view))
}

/// Put the description of a hazard right
///
/// JSON Merge Patch of the descriptive members, until the hazard is confirmed. Whoever reported it may, and those who
/// judge it.
#[utoipa::path(
    operation_id = "amend_hazard",
    tag = "hazards",
    params(
        ("id" = String, Path, description = "Id or number", example = "370303-2026-000001"),
        ("If-Match" = String, Header, description = "The version that the caller saw", example = "\"1\""),
    ),
    request_body(content = AmendBody, example = json!({"title": "二号污水池未设有限空间警示标志"})),
    responses(
        (status = 200, description = "Put right.", body = HazardView, headers(("ETag" = String, description = "Its version"))),
        WriteProblems,
    ),
)]
#[patch("/v1/hazards/{id}")]
pub async fn amend_hazard(
    app: Data<App>,
    Authenticated(caller): Authenticated,
    context: WriteContext,
    id: Path<String>,
    IfMatch(expected): IfMatch,
    body: Body<AmendBody>,
) -> Result<HttpResponse, Problem> {
    let reference = reference(&id)?;
    let writing = writing(&app, caller)?;
    let (language, wording) = (context.language(), context.clone());
    let amendment = body.value;
    answer(&app, context, "amend_hazard", body.digest, move |connection| {
        let amended = act::amend(connection, &writing, reference, expected, &amendment);
        let seen = Seen {
            writing: &writing,
            reference,
            version: expected,
            language,
            with_actions: false,
        };
        let accepted = |found| Ok(reply(200, found, &writing, language, false)?);
        overtaken::or_told(connection, amended, seen, accepted, |stale| wording.told(stale))
    })
    .await
}

/// Perform an action of the lifecycle
///
/// The body holds the members of the action; `GET /v1/lifecycle` lists them with who may perform it and from which
/// state. With `dry_run` every check runs and nothing changes.
#[utoipa::path(
    operation_id = "act_on_hazard",
    tag = "hazards",
    params(
        ("id" = String, Path, description = "Id or number", example = "370303-2026-000001"),
        ("action" = Action, Path, description = "The action"),
        ("If-Match" = String, Header, description = "The version that the caller saw", example = "\"1\""),
        ActQuery,
    ),
    request_body(content = Object),
    responses(
        (status = 200, description = "The hazard as it stands after the action.", body = HazardView,
            headers(("ETag" = String, description = "Its version"))),
        WriteProblems,
    ),
)]
#[post("/v1/hazards/{id}/actions/{action}")]
#[expect(
    clippy::too_many_arguments,
    reason = "each is a part of the request that the framework hands over"
)]
pub async fn act_on_hazard(
    app: Data<App>,
    desk: Data<Batches<ActCommand>>,
    Authenticated(caller): Authenticated,
    context: WriteContext,
    path: Path<(String, String)>,
    query: Filters<ActQuery>,
    IfMatch(expected_version): IfMatch,
    body: Body<Object>,
) -> Result<HttpResponse, Problem> {
    let (id, action) = path.into_inner();
    let reference = reference(&id)?;
    let action = Action::from_code(&action)
        .filter(|action| *action != Action::Report)
        .ok_or(Refusal::NotFound)?;
    let request = act::Request {
        reference,
        expected_version,
        action,
        body: ActionBody::read(action, body.value.0)?,
    };
    let writing = writing(&app, caller)?;
    let is_rehearsed = query.dry_run == Some(YesNo::Yes);
    let context = if is_rehearsed { context.without_key() } else { context };
    let answering = Answer {
        language: context.language(),
        pledge: context.pledge(&app, body.digest)?,
        with_actions: query.include.contains(&Include::Actions),
    };
    if is_rehearsed {
        return rehearse(&app, "try_action", move |connection| {
            let acted = act::act(connection, &writing, &request);
            answering.answered(connection, &writing, &request, acted)
        })
        .await;
    }
    let command = ActCommand {
        writing,
        request,
        answering: Box::new(answering),
    };
    tell(desk.write(command).await?)
}

/// How an action is answered over HTTP.
struct Answer {
    pledge: Pledge,
    language: Language,
    with_actions: bool,
}

impl Answering for Answer {
    fn claim(&self) -> Option<&Claim> {
        self.pledge.claim()
    }

    fn accepted(&self, writing: &Writing, found: Found) -> Result<Reply, StoreError> {
        reply(200, found, writing, self.language, self.with_actions)
    }

    fn answered(
        &self,
        connection: &mut Connection,
        writing: &Writing,
        request: &act::Request,
        acted: Result<Found, Failure>,
    ) -> Result<Reply, Failure> {
        let seen = Seen {
            writing,
            reference: request.reference,
            version: request.expected_version,
            language: self.language,
            with_actions: self.with_actions,
        };
        let accepted = |found| Ok(self.accepted(writing, found)?);
        overtaken::or_told(connection, acted, seen, accepted, |stale| self.pledge.told(stale))
    }

    fn refused(&self, refusal: Refusal) -> Result<Reply, Failure> {
        self.pledge.refused(refusal)
    }
}

/// Read the history of a hazard
///
/// Every event, oldest first. A unit is not shown what could tell a tip from an inspection.
#[utoipa::path(
    operation_id = "list_hazard_events",
    tag = "hazards",
    params(("id" = String, Path, description = "Id or number", example = "370303-2026-000001"), PageQuery),
    responses(
        (status = 200, description = "A page.", body = Page<EventView>,
            headers(("Link" = String, description = "`rel=\"next\"`: the next page, absent on the last"))),
        ListProblems,
    ),
)]
#[get("/v1/hazards/{id}/events")]
pub async fn list_hazard_events(
    app: Data<App>,
    request: HttpRequest,
    Authenticated(caller): Authenticated,
    id: Path<String>,
    query: Filters<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let reference = reference(&id)?;
    let list = Page::<EventView>::list_key(&request, "version");
    let after: i64 = app.open_cursor(&list, query.cursor.as_deref())?.unwrap_or(0);
    let limit = query.limit.rows();
    let (views, next) = app
        .store
        .read("list_hazard_events", move |connection| {
            let hazard = act::visible(connection, &caller, reference)?.hazard;
            let mut events = journal::after(connection, Subject::from(hazard.id), after, limit + 1)?;
            let next = cut(&mut events, limit, |event| event.version);
            let views: Vec<EventView> = events
                .into_iter()
                .filter_map(|event| EventView::of(event, &caller))
                .collect();
            Ok::<_, Failure>((views, next))
        })
        .await?;
    Page::answer(&app, &request, &list, views, next.as_ref())
}

/// Read the clocks of a hazard
///
/// Each clock with its budget, what it counted and what it skipped, adding up to the day on which it is due.
#[utoipa::path(
    operation_id = "get_hazard_clocks",
    tag = "hazards",
    params(("id" = String, Path, description = "Id or number", example = "370303-2026-000001")),
    responses((status = 200, description = "The clocks.", body = ClocksView), ReadProblems),
)]
#[get("/v1/hazards/{id}/clocks")]
pub async fn get_hazard_clocks(
    app: Data<App>,
    Authenticated(caller): Authenticated,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let reference = reference(&id)?;
    let now = app.clock.now();
    let policy = std::sync::Arc::clone(&app.policy);
    let view = app
        .store
        .read("get_hazard_clocks", move |connection| {
            let found = act::visible(connection, &caller, reference)?;
            Ok::<_, Failure>(ClocksView::of(&found.hazard, &policy, now))
        })
        .await?;
    Ok(HttpResponse::Ok().json(view))
}

/// The hazard that a path names.
///
/// # Errors
/// [`Refusal::NotFound`]: a path that is neither an id nor a number names nothing.
pub fn reference(text: &str) -> Result<Reference, Refusal> {
    text.parse()
        .map(Reference::Id)
        .or_else(|_| text.parse().map(Reference::Number))
        .map_err(|_| Refusal::NotFound)
}

fn writing(app: &App, caller: Caller) -> Result<Writing, Problem> {
    Ok(Writing {
        caller,
        now: app.clock.now(),
        policy: std::sync::Arc::clone(&app.policy),
        salt: app.random()?,
    })
}

fn reply(
    status: u16,
    found: Found,
    writing: &Writing,
    language: Language,
    with_actions: bool,
) -> Result<Reply, StoreError> {
    let version = found.hazard.version;
    let viewing = viewing(writing, language, with_actions);
    Ok(Reply::json(status, &HazardView::of(found, viewing))?.tagged(version))
}

fn viewing(writing: &Writing, language: Language, with_actions: bool) -> Viewing<'_> {
    Viewing {
        caller: &writing.caller,
        now: writing.now,
        policy: &writing.policy,
        language,
        with_actions,
    }
}
