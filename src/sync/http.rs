//! The operation of this room.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use deserr::Deserr;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::cursor::Cursor;
use super::step::{self, Asked, Step};
use super::view::{Change, SyncKind, SyncView};
use crate::law::refusal::Refusal;
use crate::store::StoreError;
use crate::values::{Fault, FaultCode, Faults};
use crate::web::app::App;
use crate::web::caller::Authenticated;
use crate::web::filters::{Bounded, Filters};
use crate::web::problems::{Code, Problem};
use crate::web::responses::SyncProblems;
use crate::web::schemas::vocabularies;

vocabularies! {
    Change = "SyncChange";
    SyncKind = "SyncKind";
}

/// What cursors of this operation belong to. Whoever changes what they say changes it too.
const LIST: &str = "/v1/sync#1";

/// The operations of this room.
pub fn configure(config: &mut ServiceConfig) {
    config.service(get_sync);
}

/// How far a phone has come, and how much it takes.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SyncQuery {
    /// `next_cursor` of the call before; absent for a phone that has nothing, or is to begin again.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    after: Option<String>,
    /// Things of a page.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 2000, default = 500)]
    limit: Bounded<1, 2000, 500>,
}

/// Keep a phone up to date
///
/// What an inspector needs without a network: authorities, judgment standards with their clauses, lists of points to
/// check, and the units and open hazards of the caller's areas and industries. Without `after` all there is, page by page,
/// for a phone that has dropped what it had; then what changed, in the order in which it was committed, each thing as it
/// stands now. A page may hold nothing and still say `more`: much lay elsewhere, or something is being written at this
/// moment.
///
/// A cursor never expires. It belongs to the areas and industries of the token: 410 `sync_restart` when they are others now,
/// or when the ledger was brought back from an older copy; then a phone drops what it has and calls without `after`. A hazard
/// that was closed, dismissed or merged, and a unit that moved away, are deleted. For officials alone. Code tables are not
/// among it: `GET /v1/dictionaries` has an `ETag`.
#[utoipa::path(
    operation_id = "get_sync",
    tag = "sync",
    params(SyncQuery),
    responses((status = 200, description = "A page.", body = SyncView), SyncProblems),
)]
#[get("/v1/sync")]
pub async fn get_sync(
    app: Data<App>,
    Authenticated(caller): Authenticated,
    query: Filters<SyncQuery>,
) -> Result<HttpResponse, Problem> {
    let scope = caller.ledger_scope().filter(|scope| scope.unit.is_none());
    let scope = scope.ok_or(Refusal::NoReadRight)?;
    let cursor = query.after.as_deref().map(|after| opened(&app, after)).transpose()?;
    if cursor.as_ref().is_some_and(|cursor| !cursor.is_for(&scope)) {
        return Err(Problem::new(Code::SyncRestart));
    }
    let asked = Asked {
        scope: scope.clone(),
        policy: std::sync::Arc::clone(&app.policy),
        limit: usize::try_from(query.limit.small()).unwrap_or_default(),
    };
    match step::step(&app.store, asked, cursor.map(|cursor| cursor.place)).await? {
        Step::Lost => Err(Problem::new(Code::SyncRestart)),
        Step::Page { items, place, more } => {
            let next_cursor = app
                .seal
                .seal(LIST, &Cursor::new(&scope, place))
                .map_err(|error| StoreError::Corrupt(error.to_string()))?;
            let page = SyncView {
                items,
                next_cursor,
                more,
            };
            Ok(HttpResponse::Ok().json(page))
        }
    }
}

fn opened(app: &App, after: &str) -> Result<Cursor, Problem> {
    let bad = || Problem::new(Code::BadCursor).with_fault(Fault::new("?after", FaultCode::BadFormat));
    app.seal.open(LIST, after).ok_or_else(bad)
}
