//! The operation that looks ahead.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use deserr::Deserr;
use utoipa::IntoParams;

use super::view::ForecastView;
use super::{Asked, look_ahead};
use crate::hazards::Campaign;
use crate::law::refusal::Refusal;
use crate::law::scope::Level;
use crate::statistics::asked::{AreaLength, Narrowing};
use crate::statistics::http::narrowed;
use crate::store::Failure;
use crate::values::{AreaPrefix, Day, EnterpriseId, Faults, IndustryPrefix};
use crate::web::app::App;
use crate::web::caller::Authenticated;
use crate::web::filters::{Bounded, Filters, Many};
use crate::web::problems::Problem;
use crate::web::responses::ListProblems;

/// How far it looks ahead: beyond a quarter more changes than stays.
type Days = Bounded<1, 90, 30>;

narrowed! {
    /// How far to look ahead, and at what.
    #[derive(Debug, Deserr, IntoParams)]
    #[deserr(error = Faults, deny_unknown_fields)]
    #[into_params(parameter_in = Query)]
    pub struct ForecastQuery {
        /// How many days after today.
        #[deserr(default)]
        #[param(value_type = Option<u32>, minimum = 1, maximum = 90, default = 30)]
        days: Days,
        /// To how many digits areas are cut; 6, the county, when absent.
        #[deserr(default)]
        #[param(value_type = Option<AreaLength>)]
        area_length: Option<AreaLength>,
    }
}

impl ForecastQuery {
    fn asked(self, today: Day) -> Asked {
        Asked {
            filter: self.narrowing().into(),
            area_length: self.area_length.unwrap_or(AreaLength::County),
            until: today.plus_days(self.days.small()),
        }
    }
}

/// What is to come if nobody acts
///
/// For the hazards in the caller's scope, by area and day: the clocks that will run out from today on, and the rungs of
/// the ladder that policy will call for and does not yet. Everything is read from what stands on record now: an action
/// that is performed meanwhile changes what comes. Of one hazard the next rung alone is foretold.
#[utoipa::path(
    operation_id = "get_forecast",
    tag = "statistics",
    params(ForecastQuery),
    responses((status = 200, description = "What comes, by area and day.", body = ForecastView), ListProblems),
)]
#[get("/v1/statistics/forecast")]
pub async fn get_forecast(
    app: Data<App>,
    Authenticated(caller): Authenticated,
    query: Filters<ForecastQuery>,
) -> Result<HttpResponse, Problem> {
    let (policy, now) = (Arc::clone(&app.policy), app.clock.now());
    let asked = query.into_inner().asked(now.day());
    let until = asked.until;
    let forecast = app
        .store
        .search("get_forecast", move |connection| {
            let scope = caller.ledger_scope().ok_or(Refusal::NoReadRight)?;
            Ok::<_, Failure>(look_ahead(connection, &scope, &asked, (&policy, now))?)
        })
        .await?;
    Ok(HttpResponse::Ok().json(ForecastView::of(now.day(), until, &forecast)))
}
