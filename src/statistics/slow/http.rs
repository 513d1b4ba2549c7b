//! The operation that lists what is late or stalled.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use deserr::Deserr;
use utoipa::IntoParams;

use super::view::SlowHazardView;
use super::{Asked, End};
use crate::hazards::{Campaign, Filter};
use crate::law::ladder::Lag;
use crate::law::lifecycle::{Escalation, State};
use crate::law::refusal::Refusal;
use crate::law::scope::Level;
use crate::statistics::asked::Narrowing;
use crate::statistics::http::narrowed;
use crate::store::Failure;
use crate::values::{AreaPrefix, EnterpriseId, Faults, IndustryPrefix};
use crate::web::app::App;
use crate::web::caller::Authenticated;
use crate::web::filters::{Filters, Limit, Many, YesNo};
use crate::web::page::Page;
use crate::web::problems::Problem;
use crate::web::responses::ListProblems;
use crate::web::schemas::vocabularies;

vocabularies! {
    Lag = "Lag";
}

narrowed! {
    /// Which of the slow are listed.
    #[derive(Debug, Deserr, IntoParams)]
    #[deserr(error = Faults, deny_unknown_fields)]
    #[into_params(parameter_in = Query)]
    pub struct SlowQuery {
        /// In which way they are behind.
        #[deserr(default)]
        #[param(value_type = Option<Vec<Lag>>)]
        lag: Many<Lag>,
        /// Whether policy calls for a rung now.
        #[deserr(default)]
        #[param(value_type = Option<bool>)]
        called_for: Option<YesNo>,
        /// The rung on which they stand.
        #[deserr(default)]
        #[param(value_type = Option<Vec<Escalation>>)]
        escalation: Many<Escalation>,
        /// Where they stand.
        #[deserr(default)]
        #[param(value_type = Option<Vec<State>>)]
        status: Many<State>,
        /// Rows of a page.
        #[deserr(default)]
        #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
        limit: Limit,
        /// `next_cursor` of the page before.
        #[deserr(default)]
        cursor: Option<String>,
    }
}

impl SlowQuery {
    fn asked(self) -> Asked {
        Asked {
            filter: Filter {
                status: self.status.to_vec(),
                escalation: self.escalation.iter().map(ToString::to_string).collect(),
                ..self.narrowing().into()
            },
            lags: self.lag.into_vec(),
            called_for: self.called_for.map(|wanted| wanted == YesNo::Yes),
        }
    }
}

/// List what is late or stalled
///
/// The hazards in the caller's scope of which a clock is past its end, the longest first, and after them those that are
/// open and to which nothing has happened for longer than the policy bears: how many days, on which rung each stands, and
/// which rung policy calls for next. A page may hold fewer rows than `limit` and still be followed by another; the last one
/// has no `next_cursor`.
#[utoipa::path(
    operation_id = "list_slow_hazards",
    tag = "statistics",
    params(SlowQuery),
    responses(
        (status = 200, description = "A page.", body = Page<SlowHazardView>,
            headers(("Link" = String, description = "`rel=\"next\"`: the next page, absent on the last"))),
        ListProblems,
    ),
)]
#[get("/v1/statistics/slow")]
pub async fn list_slow_hazards(
    app: Data<App>,
    request: HttpRequest,
    Authenticated(caller): Authenticated,
    query: Filters<SlowQuery>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let limit = query.limit.rows();
    let list = Page::<SlowHazardView>::list_key(&request, "slow");
    let end: Option<End> = app.open_cursor(&list, query.cursor.as_deref())?;
    let asked = query.asked();
    let (policy, now) = (Arc::clone(&app.policy), app.clock.now());
    let (slow, next) = app
        .store
        .search("list_slow_hazards", move |connection| {
            let scope = caller.ledger_scope().ok_or(Refusal::NoReadRight)?;
            let page = super::page(connection, &scope, &asked, end, limit, (&policy, now))?;
            Ok::<_, Failure>(page)
        })
        .await?;
    let views: Vec<SlowHazardView> = slow.into_iter().map(Into::into).collect();
    Page::answer(&app, &request, &list, views, next.as_ref())
}
