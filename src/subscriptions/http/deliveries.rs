//! Operations on the messages of a subscription.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get, post};
use deserr::Deserr;
use sha2::{Digest, Sha256};
use utoipa::IntoParams;

use super::{id_of, keeping};
use crate::law::refusal::Refusal;
use crate::store::{Failure, Reply, cut};
use crate::subscriptions::deliveries::{self, Filter};
use crate::subscriptions::manage;
use crate::subscriptions::model::DeliveryState;
use crate::subscriptions::view::SubscriptionDeliveryView;
use crate::values::{DeliveryId, Faults, SubscriptionId};
use crate::web::app::App;
use crate::web::caller::Authenticated;
use crate::web::filters::{Filters, Limit, Many};
use crate::web::idempotency::{WriteContext, answer};
use crate::web::page::Page;
use crate::web::problems::Problem;
use crate::web::responses::{ListProblems, WriteProblems};

/// Filter and page of the list.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeliveryQuery {
    /// What became of the messages.
    #[deserr(default)]
    #[param(value_type = Option<Vec<DeliveryState>>)]
    state: Many<DeliveryState>,
    /// Rows of a page.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    cursor: Option<String>,
}

/// List the messages of a subscription
///
/// The newest first. Those that were delivered or given up are kept for thirty days.
#[utoipa::path(
    operation_id = "list_deliveries",
    tag = "subscriptions",
    params(
        ("id" = SubscriptionId, Path, description = "Id of the subscription", example = "01900000-0000-7000-8000-000000000007"),
        DeliveryQuery,
    ),
    responses(
        (status = 200, description = "A page.", body = Page<SubscriptionDeliveryView>,
            headers(("Link" = String, description = "`rel=\"next\"`: the next page, absent on the last"))),
        ListProblems,
    ),
)]
#[get("/v1/subscriptions/{id}/deliveries")]
pub async fn list_deliveries(
    app: Data<App>,
    request: HttpRequest,
    Authenticated(caller): Authenticated,
    id: Path<String>,
    query: Filters<DeliveryQuery>,
) -> Result<HttpResponse, Problem> {
    let id = id_of(&id)?;
    let query = query.into_inner();
    let list = Page::<SubscriptionDeliveryView>::list_key(&request, "-created_at");
    let before: Option<DeliveryId> = app.open_cursor(&list, query.cursor.as_deref())?;
    let limit = query.limit.rows();
    let filter = Filter {
        state: query.state.into_vec(),
    };
    let mut found = app
        .store
        .search("list_deliveries", move |connection| {
            manage::visible(connection, &caller, id)?;
            Ok::<_, Failure>(deliveries::page(connection, id, &filter, before, limit + 1)?)
        })
        .await?;
    let next = cut(&mut found, limit, |last| last.id);
    let views = found.into_iter().map(SubscriptionDeliveryView::from).collect();
    Page::answer(&app, &request, &list, views, next.as_ref())
}

/// Send a message again
///
/// From the beginning and under its id, whatever became of it. Of a subscription that stands still it waits until that is
/// served again.
#[utoipa::path(
    operation_id = "redeliver_message",
    tag = "subscriptions",
    params(
        ("id" = SubscriptionId, Path, description = "Id of the subscription", example = "01900000-0000-7000-8000-000000000007"),
        ("delivery" = DeliveryId, Path, description = "Id of the message", example = "01900000-0000-7000-8000-000000000008"),
    ),
    responses(
        (status = 202, description = "It is sent again.", body = SubscriptionDeliveryView),
        WriteProblems,
    ),
)]
#[post("/v1/subscriptions/{id}/deliveries/{delivery}/redeliver")]
pub async fn redeliver_message(
    app: Data<App>,
    Authenticated(caller): Authenticated,
    context: WriteContext,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let id = id_of(&path.0)?;
    let delivery: DeliveryId = path.1.parse().map_err(|_| Refusal::NotFound)?;
    let keeping = keeping(&app, caller)?;
    let digest = Sha256::digest(delivery.uuid().as_bytes()).into();
    answer(&app, context, "redeliver_message", digest, move |connection| {
        let asked = manage::redeliver(connection, &keeping, id, delivery)?;
        Ok(Reply::json(202, &SubscriptionDeliveryView::from(asked))?)
    })
    .await
}

/// Try a subscription out
///
/// Sends an event of the type `ping`, also while the subscription stands still, and once only. What came of it is among the
/// messages.
#[utoipa::path(
    operation_id = "test_subscription",
    tag = "subscriptions",
    params(("id" = SubscriptionId, Path, description = "Its id", example = "01900000-0000-7000-8000-000000000007")),
    responses(
        (status = 202, description = "It is sent.", body = SubscriptionDeliveryView),
        WriteProblems,
    ),
)]
#[post("/v1/subscriptions/{id}/test")]
pub async fn test_subscription(
    app: Data<App>,
    Authenticated(caller): Authenticated,
    context: WriteContext,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = id_of(&id)?;
    let fresh = DeliveryId::new(&app.clock);
    let keeping = keeping(&app, caller)?;
    let digest = Sha256::digest(id.uuid().as_bytes()).into();
    answer(&app, context, "test_subscription", digest, move |connection| {
        let sent = manage::ping(connection, &keeping, id, fresh)?;
        Ok(Reply::json(202, &SubscriptionDeliveryView::from(sent))?)
    })
    .await
}
