//! Operations on accountability.

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get};
use utoipa_actix_web::service_config::ServiceConfig;

use super::proposals;
use super::view::AccountabilityProposalsView;
use crate::hazards;
use crate::law::accountability::AccountabilityReason;
use crate::web::app::App;
use crate::web::caller::Authenticated;
use crate::web::problems::Problem;
use crate::web::responses::ReadProblems;
use crate::web::schemas::vocabularies;

vocabularies! {
    AccountabilityReason = "AccountabilityReason";
}

/// The operations of this room.
pub fn configure(config: &mut ServiceConfig) {
    config.service(get_accountability_proposals);
}

/// Read what speaks for an inquiry
///
/// Grounds on which the record itself speaks for an inquiry (责任倒查), each with what it rests on: a quarter without a
/// self-check in which others found the hazard, a clause that the unit's self-check before had ticked as clear, two
/// failed reviews, an end that passed with no extension left. They are proposals: nothing is opened by them. For those who
/// may perform `open_accountability`, and for auditors. Grounds that rest on self-checks are left out for a unit that
/// the caller may not know of.
#[utoipa::path(
    operation_id = "get_accountability_proposals",
    tag = "hazards",
    params(("id" = String, Path, description = "Id or number", example = "370303-2026-000001")),
    responses((status = 200, description = "The proposals.", body = AccountabilityProposalsView), ReadProblems),
)]
#[get("/v1/hazards/{id}/accountability-proposals")]
pub async fn get_accountability_proposals(
    app: Data<App>,
    Authenticated(caller): Authenticated,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let reference = hazards::reference(&id)?;
    let now = app.clock.now();
    let policy = std::sync::Arc::clone(&app.policy);
    let proposed = app
        .store
        .read("get_accountability_proposals", move |connection| {
            proposals::of_hazard(connection, &caller, reference, &policy, now)
        })
        .await?;
    Ok(HttpResponse::Ok().json(AccountabilityProposalsView::from(proposed)))
}
