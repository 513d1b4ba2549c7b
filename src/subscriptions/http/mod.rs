//! Operations on subscriptions.

mod deliveries;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::address::Gate;
use super::bodies::{SubscriptionBody, SubscriptionPatch};
use super::manage::{self, Keeping};
use super::model::{DeliveryFault, DeliveryState, Standstill, SubscriptionState};
use super::store;
use super::view::{SubscriptionView, sample_body};
use crate::law::refusal::Refusal;
use crate::law::scope::{Caller, Role};
use crate::store::{Failure, Reply, StoreError, cut};
use crate::values::SubscriptionId;
use crate::web::app::App;
use crate::web::body::Body;
use crate::web::caller::Authenticated;
use crate::web::conditions::{IfMatch, etag};
use crate::web::filters::Filters;
use crate::web::idempotency::{WriteContext, answer};
use crate::web::page::{Page, PageQuery};
use crate::web::problems::Problem;
use crate::web::responses::{ListProblems, ReadProblems, WriteProblems};
use crate::web::schemas::vocabularies;

vocabularies! {
    SubscriptionState = "SubscriptionState";
    Standstill = "SubscriptionStandstill";
    DeliveryState = "DeliveryState";
    DeliveryFault = "DeliveryFault";
}

/// The operations of this room.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(list_subscriptions)
        .service(register_subscription)
        .service(get_subscription)
        .service(change_subscription)
        .service(remove_subscription)
        .service(deliveries::test_subscription)
        .service(deliveries::list_deliveries)
        .service(deliveries::redeliver_message);
}

/// List subscriptions
///
/// The caller's own, the oldest first; an operator sees those of everybody.
#[utoipa::path(
    operation_id = "list_subscriptions",
    tag = "subscriptions",
    params(PageQuery),
    responses(
        (status = 200, description = "A page.", body = Page<SubscriptionView>,
            headers(("Link" = String, description = "`rel=\"next\"`: the next page, absent on the last"))),
        ListProblems,
    ),
)]
#[get("/v1/subscriptions")]
pub async fn list_subscriptions(
    app: Data<App>,
    request: HttpRequest,
    Authenticated(caller): Authenticated,
    query: Filters<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let list = Page::<SubscriptionView>::list_key(&request, "created_at");
    let after: Option<SubscriptionId> = app.open_cursor(&list, query.cursor.as_deref())?;
    let limit = query.limit.rows();
    let mut found = app
        .store
        .search("list_subscriptions", move |connection| {
            manage::may_keep(&caller)?;
            let owner = (!caller.has(Role::Admin)).then_some(caller.subject.as_str());
            Ok::<_, Failure>(store::page(connection, owner, after, limit + 1)?)
        })
        .await?;
    let next = cut(&mut found, limit, |last| last.id);
    let views = found.into_iter().map(SubscriptionView::from).collect();
    Page::answer(&app, &request, &list, views, next.as_ref())
}

/// Subscribe to events
///
/// For another system or an operator. Whatever is committed from now on and asked for by `types` is sent to `url` by POST: a
/// CloudEvents 1.0 event in structured JSON (`application/cloudevents+json`), signed after Standard Webhooks with `secret`,
/// which only this answer shows, and its repeat under the same `Idempotency-Key`. An answer of the 2xx kind within 15 seconds takes a message; anything else has it sent
/// again, with growing pauses, for three days. Redirects are not followed. 410 disables the subscription, `Retry-After` of
/// 429 and 503 is heeded, and after five days without a success the subscription is paused.
///
/// A message may come more than once, always with the same `webhook-id`. Messages about one thing come in the order of what
/// happened; those about different things come side by side.
///
/// Told is what the owner may read at that moment, as the token of the owner's last call that made, changed, tried or sent
/// something here said: an event outside its scope is not sent and leaves no trace. Of a hazard `data` holds `event` and
/// `hazard`, as the API shows them, after the event; of a self-check its unit, quarter and state. Of a notice `data` names
/// no person and does not hold the text, unless the owner is a `system` and `types` names `notice.created` itself: then it
/// holds name, telephone number and text, because an SMS gateway needs them, and taking the message counts as delivering
/// the notice. Tips send no events.
#[utoipa::path(
    operation_id = "register_subscription",
    tag = "subscriptions",
    request_body(content = SubscriptionBody, example = json!(sample_body())),
    responses(
        (status = 201, description = "On record, with its secret.", body = SubscriptionView,
            headers(("Location" = String, description = "Path of the subscription"), ("ETag" = String, description = "Its version"))),
        WriteProblems,
    ),
)]
#[post("/v1/subscriptions")]
pub async fn register_subscription(
    app: Data<App>,
    Authenticated(caller): Authenticated,
    context: WriteContext,
    body: Body<SubscriptionBody>,
) -> Result<HttpResponse, Problem> {
    let id = SubscriptionId::new(&app.clock);
    let keeping = keeping(&app, caller)?;
    let subscription = body.value;
    answer(&app, context, "register_subscription", body.digest, move |connection| {
        let made = manage::register(connection, &keeping, &subscription, id)?;
        let location = format!("/v1/subscriptions/{id}");
        Ok(reply(201, SubscriptionView::with_secret(made))?.with("location", location))
    })
    .await
}

/// Read a subscription
///
/// One's own, or any for an operator. Its secret is not shown again.
#[utoipa::path(
    operation_id = "get_subscription",
    tag = "subscriptions",
    params(("id" = SubscriptionId, Path, description = "Its id", example = "01900000-0000-7000-8000-000000000007")),
    responses(
        (status = 200, description = "The subscription.", body = SubscriptionView,
            headers(("ETag" = String, description = "Its version"))),
        ReadProblems,
    ),
)]
#[get("/v1/subscriptions/{id}")]
pub async fn get_subscription(
    app: Data<App>,
    Authenticated(caller): Authenticated,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = id_of(&id)?;
    let found = app
        .store
        .read("get_subscription", move |connection| {
            manage::visible(connection, &caller, id)
        })
        .await?;
    // Whether its messages are taken changes without a version, so nobody is told that it is as before.
    Ok(HttpResponse::Ok()
        .insert_header(("etag", etag(found.version)))
        .json(SubscriptionView::from(found)))
}

/// Change a subscription
///
/// JSON Merge Patch. `rotate_secret` makes a new secret, which this answer shows; for 24 hours each message carries the
/// signatures of both. With `state` it is paused, or served again: what waits is then sent at once.
#[utoipa::path(
    operation_id = "change_subscription",
    tag = "subscriptions",
    params(
        ("id" = SubscriptionId, Path, description = "Its id", example = "01900000-0000-7000-8000-000000000007"),
        ("If-Match" = String, Header, description = "The version that the caller saw", example = "\"1\""),
    ),
    request_body(content = SubscriptionPatch, example = json!({"types": ["hazard.*"], "rotate_secret": true})),
    responses(
        (status = 200, description = "Changed.", body = SubscriptionView, headers(("ETag" = String, description = "Its version"))),
        WriteProblems,
    ),
)]
#[patch("/v1/subscriptions/{id}")]
pub async fn change_subscription(
    app: Data<App>,
    Authenticated(caller): Authenticated,
    context: WriteContext,
    id: Path<String>,
    IfMatch(expected): IfMatch,
    body: Body<SubscriptionPatch>,
) -> Result<HttpResponse, Problem> {
    let id = id_of(&id)?;
    let keeping = keeping(&app, caller)?;
    let patch = body.value;
    answer(&app, context, "change_subscription", body.digest, move |connection| {
        let changed = manage::amend(connection, &keeping, id, expected, &patch)?;
        let view = if patch.rotate_secret {
            SubscriptionView::with_secret(changed)
        } else {
            SubscriptionView::from(changed)
        };
        Ok(reply(200, view)?)
    })
    .await
}

/// Remove a subscription
///
/// With its messages, those that wait included. Nothing is sent any more but what is on its way.
#[utoipa::path(
    operation_id = "remove_subscription",
    tag = "subscriptions",
    params(("id" = SubscriptionId, Path, description = "Its id", example = "01900000-0000-7000-8000-000000000007")),
    responses((status = 204, description = "Removed."), WriteProblems),
)]
#[delete("/v1/subscriptions/{id}")]
pub async fn remove_subscription(
    app: Data<App>,
    Authenticated(caller): Authenticated,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = id_of(&id)?;
    let keeping = keeping(&app, caller)?;
    app.store
        .write("remove_subscription", move |connection| {
            manage::remove(connection, &keeping, id)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A path that is not an id names nothing.
fn id_of(text: &str) -> Result<SubscriptionId, Refusal> {
    text.parse().map_err(|_| Refusal::NotFound)
}

fn keeping(app: &App, caller: Caller) -> Result<Keeping, StoreError> {
    Ok(Keeping {
        caller,
        now: app.clock.now(),
        gate: Gate::opening(&app.webhook_ranges),
        salt: app.random()?,
        fresh_secret: app.random()?,
    })
}

fn reply(status: u16, view: SubscriptionView) -> Result<Reply, StoreError> {
    let version = view.version;
    Ok(Reply::json(status, &view)?.tagged(version))
}
