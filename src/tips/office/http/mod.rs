//! Operations of the office on tips. Every answer that is kept for a repeat is free of words: what is sealed goes out to
//! the one who asks and lies nowhere on the way.

mod queries;

use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use self::queries::{ActQuery, GetQuery, TipQuery};
use super::act::{Acting, Request, act};
use super::read;
use super::reveal::{self, Asking};
use super::view::{Account, AccountState, ReporterView, TipEventView, TipView, Viewing};
use crate::attachments::FileBytes;
use crate::hazards::Include;
use crate::journal::{self, Actor, Subject};
use crate::law::policy::Policy;
use crate::law::refusal::Refusal;
use crate::law::scope::{Caller, READS_TIPS, Role};
use crate::law::tips::lifecycle::TipAction;
use crate::store::{Connection, Failure, Reply, StoreError, cut};
use crate::tips::bodies::{ActionBody, OfficerMessageBody, RevealBody};
use crate::tips::desk::Desk;
use crate::tips::model::Kept;
use crate::tips::photos;
use crate::tips::public::{Message, add, proves};
use crate::tips::store::{self, Place};
use crate::tips::words::WordsKind;
use crate::values::{HazardId, Instant, Language, TipId, TipPhotoId, TipWordsId, Vocabulary};
use crate::web::app::App;
use crate::web::body::{Body, Object};
use crate::web::caller::Authenticated;
use crate::web::conditions::{IfMatch, etag, not_modified};
use crate::web::filters::{Filters, YesNo};
use crate::web::idempotency::{WriteContext, answer};
use crate::web::page::{Page, PageQuery};
use crate::web::problems::Problem;
use crate::web::rehearsal::rehearse;
use crate::web::responses::{ListProblems, ReadProblems, WriteProblems};
use crate::web::schemas::vocabularies;

vocabularies! {
    AccountState = "TipAccountState";
}

/// The operations of this side.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(list_tips)
        .service(get_tip)
        .service(list_tip_events)
        .service(get_tip_photo)
        .service(act_on_tip)
        .service(send_officer_message)
        .service(reveal_reporter);
}

/// List tips
///
/// Those of the caller's areas, the newest day first; for tip officers and auditors. Words are left out of a list.
#[utoipa::path(
    operation_id = "list_tips",
    tag = "tips",
    params(TipQuery),
    responses(
        (status = 200, description = "A page.", body = Page<TipView>,
            headers(("Link" = String, description = "`rel=\"next\"`: the next page, absent on the last"))),
        ListProblems,
    ),
)]
#[get("/v1/tips")]
pub async fn list_tips(
    app: Data<App>,
    request: HttpRequest,
    Authenticated(caller): Authenticated,
    language: Language,
    query: Filters<TipQuery>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let list = Page::<TipView>::list_key(&request, "-received_on");
    let place: Option<Place> = app.open_cursor(&list, query.cursor.as_deref())?;
    let limit = query.limit.rows();
    let filter = query.filter();
    let shown = Shown::new(&app, caller, language, false);
    let (views, next) = app
        .store
        .search("list_tips", move |connection| {
            let areas = shown.caller.tip_areas();
            let areas = areas.ok_or_else(|| Refusal::role_not_allowed(READS_TIPS))?;
            let mut found = store::page(connection, areas, &filter, place.as_ref(), limit + 1)?;
            let next = cut(&mut found, limit, |last| Place::from(last));
            let views = found.into_iter().map(|kept| shown.without_words(connection, kept));
            Ok::<_, Failure>((views.collect::<Result<Vec<_>, _>>()?, next))
        })
        .await?;
    Page::answer(&app, &request, &list, views, next.as_ref())
}

/// Read a tip
///
/// A tip officer of the area reads what was told and the conversation; an auditor reads what was decided. Nobody reads here
/// who told. To everybody else it is not found.
#[utoipa::path(
    operation_id = "get_tip",
    tag = "tips",
    params(("id" = TipId, Path, description = "Its id"), GetQuery),
    responses(
        (status = 200, description = "The tip.", body = TipView, headers(("ETag" = String, description = "Its version"))),
        (status = 304, description = "It is still the version of `If-None-Match`."),
        ReadProblems,
    ),
)]
#[get("/v1/tips/{id}")]
pub async fn get_tip(
    app: Data<App>,
    desk: Data<Desk>,
    request: HttpRequest,
    Authenticated(caller): Authenticated,
    language: Language,
    id: Path<String>,
    query: Filters<GetQuery>,
) -> Result<HttpResponse, Problem> {
    let id = id_of(&id)?;
    let shown = Shown::new(&app, caller, language, query.include.contains(&Include::Actions));
    let reader = shown.caller.clone();
    let policy = Arc::clone(&app.policy);
    let (kept, facts, sealed) = app
        .store
        .read("get_tip", move |connection| {
            let kept = read::visible(connection, &reader, id)?;
            let facts = read::facts(connection, &kept, &policy)?;
            let sealed = read::sealed_account(connection, id)?;
            Ok::<_, Failure>((kept, facts, sealed))
        })
        .await?;
    let version = kept.tip.version;
    if not_modified(&request, version) {
        return Ok(HttpResponse::NotModified()
            .insert_header(("etag", etag(version)))
            .finish());
    }
    let account = read::account(&desk, &shown.caller, &kept, sealed).await?;
    let view = TipView::of(kept, &facts, account, shown.viewing());
    Ok(HttpResponse::Ok().insert_header(("etag", etag(version))).json(view))
}

/// Read the history of a tip
///
/// Every event, oldest first, openings of the identity and refused ones included: codes, amounts, days and purposes, but
/// no words of the tipster.
#[utoipa::path(
    operation_id = "list_tip_events",
    tag = "tips",
    params(("id" = TipId, Path, description = "Its id"), PageQuery),
    responses(
        (status = 200, description = "A page.", body = Page<TipEventView>,
            headers(("Link" = String, description = "`rel=\"next\"`: the next page, absent on the last"))),
        ListProblems,
    ),
)]
#[get("/v1/tips/{id}/events")]
pub async fn list_tip_events(
    app: Data<App>,
    request: HttpRequest,
    Authenticated(caller): Authenticated,
    id: Path<String>,
    query: Filters<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let id = id_of(&id)?;
    let list = Page::<TipEventView>::list_key(&request, "version");
    let after: i64 = app.open_cursor(&list, query.cursor.as_deref())?.unwrap_or(0);
    let limit = query.limit.rows();
    let (views, next) = app
        .store
        .read("list_tip_events", move |connection| {
            read::visible(connection, &caller, id)?;
            let mut events = journal::after(connection, Subject::from(id), after, limit + 1)?;
            let next = cut(&mut events, limit, |event| event.version);
            let views: Vec<TipEventView> = events.into_iter().map(Into::into).collect();
            Ok::<_, Failure>((views, next))
        })
        .await?;
    Page::answer(&app, &request, &list, views, next.as_ref())
}

/// Read a photograph of a tip
///
/// For a tip officer of the area.
#[utoipa::path(
    operation_id = "get_tip_photo",
    tag = "tips",
    params(("id" = TipId, Path, description = "Id of the tip"), ("photo" = TipPhotoId, Path, description = "Id of the photograph")),
    responses(
        (status = 200, description = "The bytes.", content(
            (inline(FileBytes) = "image/jpeg"), (inline(FileBytes) = "image/png"), (inline(FileBytes) = "image/webp"),
        )),
        ReadProblems,
    ),
)]
#[get("/v1/tips/{id}/attachments/{photo}")]
pub async fn get_tip_photo(
    app: Data<App>,
    desk: Data<Desk>,
    Authenticated(caller): Authenticated,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (id, photo) = path.into_inner();
    let (id, photo) = (id_of(&id)?, photo.parse().map_err(|_| Refusal::NotFound)?);
    let kept = officers_tip(&app, &caller, id).await?;
    let sealed = kept.sealed.as_ref().ok_or(Refusal::NotFound)?;
    let key = desk.key_of(sealed).await?;
    let (photo, bytes) = photos::read(&desk, id, photo, &key).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, photo.media_type))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .insert_header((CONTENT_DISPOSITION, "attachment"))
        .body(bytes))
}

/// Perform an action of the lifecycle of tips
///
/// The body holds the members of the action; `GET /v1/lifecycle?machine=tip` lists who may perform it and from which state.
/// With `dry_run` every check runs and nothing changes. The answer leaves the words out.
#[utoipa::path(
    operation_id = "act_on_tip",
    tag = "tips",
    params(
        ("id" = TipId, Path, description = "Its id"),
        ("action" = TipAction, Path, description = "The action"),
        ("If-Match" = String, Header, description = "The version that the caller saw", example = "\"1\""),
        ActQuery,
    ),
    request_body(content = Object),
    responses(
        (status = 200, description = "The tip as it stands after the action.", body = TipView,
            headers(("ETag" = String, description = "Its version"))),
        WriteProblems,
    ),
)]
#[post("/v1/tips/{id}/actions/{action}")]
#[expect(
    clippy::too_many_arguments,
    reason = "each is a part of the request that the framework hands over"
)]
pub async fn act_on_tip(
    app: Data<App>,
    desk: Data<Desk>,
    Authenticated(caller): Authenticated,
    context: WriteContext,
    path: Path<(String, String)>,
    query: Filters<ActQuery>,
    IfMatch(expected_version): IfMatch,
    body: Body<Object>,
) -> Result<HttpResponse, Problem> {
    let (id, action) = path.into_inner();
    let action = TipAction::from_code(&action).ok_or(Refusal::NotFound)?;
    let request = Request {
        id: id_of(&id)?,
        expected_version,
        action,
        body: ActionBody::read(action, body.value.0).ok_or(Refusal::NotFound)??,
    };
    let with_actions = query.include.contains(&Include::Actions);
    let shown = Shown::new(&app, caller, context.language(), with_actions);
    let acting = prepare(&app, &desk, shown.caller.clone(), &request).await?;
    let perform = move |connection: &mut Connection| {
        let kept = act(connection, &acting, &request)?;
        shown.reply(connection, 200, kept)
    };
    if query.dry_run == Some(YesNo::Yes) {
        rehearse(&app, "try_tip_action", perform).await
    } else {
        answer(&app, context, "act_on_tip", body.digest, perform).await
    }
}

/// Speak with the tipster
///
/// For a tip officer of the area. The tipster reads it with receipt and passphrase.
#[utoipa::path(
    operation_id = "send_officer_message",
    tag = "tips",
    params(("id" = TipId, Path, description = "Its id")),
    request_body(content = OfficerMessageBody, example = json!({"text": "请问是几号车间？最好能补一张照片。"})),
    responses(
        (status = 201, description = "It is with the tip.", body = TipView,
            headers(("ETag" = String, description = "Its version"))),
        WriteProblems,
    ),
)]
#[post("/v1/tips/{id}/messages")]
pub async fn send_officer_message(
    app: Data<App>,
    desk: Data<Desk>,
    Authenticated(caller): Authenticated,
    context: WriteContext,
    id: Path<String>,
    body: Body<OfficerMessageBody>,
) -> Result<HttpResponse, Problem> {
    let id = id_of(&id)?;
    let sealed = officers_tip(&app, &caller, id).await?.sealed;
    let message = Message {
        id: TipWordsId::new(&app.clock),
        kind: WordsKind::Officer,
        text: body.value.text,
        actor: Actor::from(&caller),
        at: app.clock.now(),
        key: desk.key_of(&sealed.ok_or(Refusal::NotFound)?).await?,
        salt: desk.random()?,
    };
    let shown = Shown::new(&app, caller, context.language(), false);
    answer(&app, context, "officer_message", body.digest, move |connection| {
        let before = read::visible(connection, &shown.caller, id)?;
        add(connection, &before.tip, &message)?;
        let after = read::visible(connection, &shown.caller, id)?;
        shown.reply(connection, 201, after)
    })
    .await
}

/// Open the identity of a tipster
///
/// For a tip officer of the area who states a purpose. Every opening and every refusal is on record for the auditors, who
/// read the purpose and never the identity. Where policy demands it another officer approves first (`approve_reveal`): the
/// refused call has asked for it. The answer is kept by nobody, so there is no `Idempotency-Key`: a repeat opens, and is
/// recorded, again.
#[utoipa::path(
    operation_id = "reveal_reporter",
    tag = "tips",
    params(("id" = TipId, Path, description = "Its id")),
    request_body(content = RevealBody, example = json!({"purpose": "发放举报奖励前核对领取人身份"})),
    responses(
        (status = 200, description = "Who told.", body = ReporterView),
        WriteProblems,
    ),
)]
#[post("/v1/tips/{id}/reporter")]
pub async fn reveal_reporter(
    app: Data<App>,
    desk: Data<Desk>,
    Authenticated(caller): Authenticated,
    id: Path<String>,
    body: Body<RevealBody>,
) -> Result<HttpResponse, Problem> {
    let asking = Asking {
        caller,
        id: id_of(&id)?,
        purpose: body.value.purpose,
        now: app.clock.now(),
        policy: Arc::clone(&app.policy),
        salt: desk.random()?,
    };
    let view = reveal::reveal(&desk, asking).await?;
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(view))
}

/// How a tip is shown to one caller.
struct Shown {
    caller: Caller,
    now: Instant,
    policy: Arc<Policy>,
    language: Language,
    with_actions: bool,
}

impl Shown {
    fn new(app: &App, caller: Caller, language: Language, with_actions: bool) -> Self {
        Self {
            caller,
            now: app.clock.now(),
            policy: Arc::clone(&app.policy),
            language,
            with_actions,
        }
    }

    fn viewing(&self) -> Viewing<'_> {
        Viewing {
            caller: &self.caller,
            now: self.now,
            policy: &self.policy,
            language: self.language,
            with_actions: self.with_actions,
        }
    }

    fn without_words(&self, connection: &mut Connection, kept: Kept) -> Result<TipView, StoreError> {
        let facts = read::facts(connection, &kept, &self.policy)?;
        let account = Account::Hidden(AccountState::LeftOut);
        Ok(TipView::of(kept, &facts, account, self.viewing()))
    }

    fn reply(&self, connection: &mut Connection, status: u16, kept: Kept) -> Result<Reply, Failure> {
        let version = kept.tip.version;
        Ok(Reply::json(status, &self.without_words(connection, kept)?)?.tagged(version))
    }
}

/// What an action needs that no transaction may wait for: the key of the tip, and the proof of a claim.
async fn prepare(app: &App, desk: &Desk, caller: Caller, request: &Request) -> Result<Acting, Failure> {
    let (id, reader) = (request.id, caller.clone());
    let kept = app
        .store
        .read("get_tip", move |connection| read::visible(connection, &reader, id))
        .await?;
    let key = match &kept.sealed {
        Some(sealed) if caller.has(Role::TipOfficer) => Some(desk.key_of(sealed).await?),
        Some(_) | None => None,
    };
    let claim_proven = match &request.body {
        ActionBody::PayReward(body) => match (&body.receipt, &body.passphrase) {
            (Some(receipt), Some(passphrase)) => Some(proves(desk, &kept.tip, receipt, passphrase.clone()).await?),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => Some(false),
        },
        _ => None,
    };
    Ok(Acting {
        caller,
        now: app.clock.now(),
        policy: Arc::clone(&app.policy),
        key,
        claim_proven,
        words: TipWordsId::new(&app.clock),
        hazard: HazardId::new(&app.clock),
        salts: [desk.random()?, desk.random()?],
    })
}

async fn officers_tip(app: &App, caller: &Caller, id: TipId) -> Result<Kept, Failure> {
    let reader = caller.clone();
    app.store
        .read("get_tip", move |connection| {
            let kept = read::visible(connection, &reader, id)?;
            if reader.has(Role::TipOfficer) {
                Ok(kept)
            } else {
                Err(Failure::from(Refusal::role_not_allowed(&[Role::TipOfficer])))
            }
        })
        .await
}

/// A path that is not an id names nothing.
fn id_of(text: &str) -> Result<TipId, Refusal> {
    text.parse().map_err(|_| Refusal::NotFound)
}
