//! Operations of the statistics.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use deserr::Deserr;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::asked::{AreaLength, Asked, Dimension, Filter, Grouping, IndustryLength, Narrowing, Period};
use super::forecast::get_forecast;
use super::slow::list_slow_hazards;
use super::view::{DefinitionsView, HazardStatisticsView, MonthView, PeriodView, TrendView, YearView, ZeroingView};
use super::zeroing::Goal;
use super::{hazards, store, trend, zeroing};
use crate::hazards::Campaign;
use crate::law::lifecycle::{Source, State};
use crate::law::refusal::Refusal;
use crate::law::scope::{Caller, Level};
use crate::store::Failure;
use crate::values::{AreaPrefix, Day, EnterpriseId, Fault, FaultCode, Faults, IndustryPrefix, Instant};
use crate::web::app::App;
use crate::web::caller::Authenticated;
use crate::web::filters::{Filters, Many};
use crate::web::problems::Problem;
use crate::web::responses::ListProblems;
use crate::web::schemas::vocabularies;

/// The operations of this room.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(get_hazard_statistics)
        .service(get_trend)
        .service(get_zeroing)
        .service(list_slow_hazards)
        .service(get_forecast)
        .service(list_measures);
}

vocabularies! {
    AreaLength = "AreaLength";
    Dimension = "StatisticsDimension";
    Goal = "ZeroingGoal";
    IndustryLength = "IndustryLength";
}

/// No table of more dimensions can be read.
const MOST_DIMENSIONS: usize = 2;

/// Declares a query that is narrowed to areas, industries, units, campaigns and levels besides its own members.
macro_rules! narrowed {
    ($(#[$meta:meta])* pub struct $name:ident { $($own:tt)* }) => {
        $(#[$meta])*
        pub struct $name {
            $($own)*
            /// Area prefix.
            #[deserr(default)]
            #[param(value_type = Option<Vec<AreaPrefix>>)]
            area: Many<AreaPrefix>,
            /// Industry prefix.
            #[deserr(default)]
            #[param(value_type = Option<Vec<IndustryPrefix>>)]
            industry: Many<IndustryPrefix>,
            /// Unit by id.
            #[deserr(default)]
            #[param(value_type = Option<Vec<EnterpriseId>>)]
            enterprise: Many<EnterpriseId>,
            /// Campaign.
            #[deserr(default)]
            #[param(value_type = Option<Vec<Campaign>>)]
            campaign: Many<Campaign>,
            /// Rank of the supervising authority.
            #[deserr(default)]
            #[param(value_type = Option<Vec<Level>>)]
            level: Many<Level>,
        }

        impl $name {
            fn narrowing(&self) -> Narrowing {
                Narrowing {
                    area: self.area.to_vec(),
                    industry: self.industry.to_vec(),
                    enterprise: self.enterprise.to_vec(),
                    campaign: self.campaign.to_vec(),
                    level: self.level.to_vec(),
                }
            }
        }
    };
}

pub(super) use narrowed;

narrowed! {
    /// What is counted, when and by what.
    #[derive(Debug, Deserr, IntoParams)]
    #[deserr(error = Faults, deny_unknown_fields)]
    #[into_params(parameter_in = Query)]
    pub struct HazardStatisticsQuery {
        /// None, one or two dimensions. A unit cannot ask for `source`.
        #[deserr(default)]
        #[param(value_type = Option<Vec<Dimension>>)]
        group_by: Many<Dimension>,
        /// To how many digits areas are cut; 6, the county, when absent. A shorter area stays as it is.
        #[deserr(default)]
        #[param(value_type = Option<AreaLength>)]
        area_length: Option<AreaLength>,
        /// To how many characters industries are cut; 3, section letter and two digits, when absent.
        #[deserr(default)]
        #[param(value_type = Option<IndustryLength>)]
        industry_length: Option<IndustryLength>,
        /// First day of the period; the beginning of the ledger when absent.
        #[deserr(default)]
        from: Option<Day>,
        /// Last day of the period; today when absent.
        #[deserr(default)]
        to: Option<Day>,
        /// Everything up to this moment, in place of a period.
        #[deserr(default)]
        as_of: Option<Instant>,
        /// Where they stand now.
        #[deserr(default)]
        #[param(value_type = Option<Vec<State>>)]
        status: Many<State>,
        /// Where the reports came from. A unit cannot ask for it.
        #[deserr(default)]
        #[param(value_type = Option<Vec<Source>>)]
        source: Many<Source>,
    }
}

narrowed! {
    /// Which hazards a series is about. Sources are no filter here: single months of tips would point at them.
    #[derive(Debug, Deserr, IntoParams)]
    #[deserr(error = Faults, deny_unknown_fields)]
    #[into_params(parameter_in = Query)]
    pub struct TrendQuery {
        /// A day of the first month; eleven months before the last when absent.
        #[deserr(default)]
        from: Option<Day>,
        /// A day of the last month; today when absent.
        #[deserr(default)]
        to: Option<Day>,
    }
}

narrowed! {
    /// Which hazards the plan is held against.
    #[derive(Debug, Deserr, IntoParams)]
    #[deserr(error = Faults, deny_unknown_fields)]
    #[into_params(parameter_in = Query)]
    pub struct ZeroingQuery {}
}

impl HazardStatisticsQuery {
    /// What is asked for and how its time is told.
    fn asked(self, caller: &Caller, today: Day) -> Result<(Asked, PeriodView), Faults> {
        let mut faults = Faults::default();
        let narrowing = self.narrowing();
        let by = self.group_by.into_vec();
        if by.len() > MOST_DIMENSIONS {
            faults.push(Fault::new("?group_by", FaultCode::TooMany).hinting(MOST_DIMENSIONS.to_string()));
        } else if by.first().is_some_and(|first| by.get(1) == Some(first)) {
            faults.add("?group_by", FaultCode::Duplicate);
        }
        if !caller.sees_sources() {
            if by.contains(&Dimension::Source) {
                faults.add("?group_by", FaultCode::NotAllowed);
            }
            if !self.source.is_empty() {
                faults.add("?source", FaultCode::NotAllowed);
            }
        }
        if self.as_of.is_some() && (self.from.is_some() || self.to.is_some()) {
            faults.add("?as_of", FaultCode::Contradiction);
        }
        let to = self.to.unwrap_or(today);
        if self.from.is_some_and(|from| from > to) {
            faults.add(if self.to.is_some() { "?to" } else { "?from" }, FaultCode::OutOfRange);
        }
        let (period, told) = match self.as_of {
            Some(until) => (
                Period { from: None, until },
                PeriodView {
                    from: None,
                    to: None,
                    as_of: Some(until),
                },
            ),
            None => (Period::days(self.from, to), PeriodView::days(self.from, to)),
        };
        let asked = Asked {
            filter: Filter {
                status: self.status.into_vec(),
                source: self.source.into_vec(),
                ..narrowing.into()
            },
            period,
            grouping: Grouping {
                by,
                area_length: self.area_length.unwrap_or(AreaLength::County),
                industry_length: self.industry_length.unwrap_or(IndustryLength::Division),
            },
            today,
        };
        faults.none_or((asked, told))
    }
}

/// Hazards by group
///
/// What was found, confirmed and closed in a period, and what is open at its end, for the hazards in the caller's scope:
/// together, and by one or two dimensions. Values of one filter are alternatives, different filters narrow each other.
/// Status, level, campaigns, committee, `listed`, `escalation` and `overdue` are those of the moment of asking, whatever
/// the period. `GET /v1/statistics/definitions` has the formula of every measure.
///
/// Where sources are told apart, by `group_by=source` or the filter `source`, a group with fewer than five tips (but at
/// least one) in any count, or fewer than five hazards in all, is shown as null, and so are as many others that it
/// cannot be subtracted from the whole.
#[utoipa::path(
    operation_id = "get_hazard_statistics",
    tag = "statistics",
    params(HazardStatisticsQuery),
    responses(
        (status = 200, description = "The groups and the whole.", body = HazardStatisticsView),
        ListProblems,
    ),
)]
#[get("/v1/statistics/hazards")]
pub async fn get_hazard_statistics(
    app: Data<App>,
    Authenticated(caller): Authenticated,
    query: Filters<HazardStatisticsQuery>,
) -> Result<HttpResponse, Problem> {
    let (asked, period) = query.into_inner().asked(&caller, app.clock.now().day())?;
    let sees_sources = caller.sees_sources();
    let (groups, asked) = app
        .store
        .search("get_hazard_statistics", move |connection| {
            let scope = caller.ledger_scope().ok_or(Refusal::NoReadRight)?;
            let groups = hazards::count(connection, &scope, &asked)?;
            Ok::<_, Failure>((groups, asked))
        })
        .await?;
    Ok(HttpResponse::Ok().json(HazardStatisticsView::of(period, &asked, groups, sees_sources)))
}

/// Hazards month by month
///
/// For the hazards in the caller's scope: what came and went in each month, and what stood at its end.
#[utoipa::path(
    operation_id = "get_trend",
    tag = "statistics",
    params(TrendQuery),
    responses((status = 200, description = "The months.", body = TrendView), ListProblems),
)]
#[get("/v1/statistics/trend")]
pub async fn get_trend(
    app: Data<App>,
    Authenticated(caller): Authenticated,
    query: Filters<TrendQuery>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let to = query.to.unwrap_or_else(|| app.clock.now().day());
    let from = query
        .from
        .unwrap_or_else(|| trend::first_of_month(to).minus_days(11 * 30));
    if !(1..=trend::MOST_MONTHS).contains(&trend::months_between(from, to)) {
        let fault = Fault::new(
            if query.from.is_some() { "?from" } else { "?to" },
            FaultCode::OutOfRange,
        );
        let hint = format!("1..{} months", trend::MOST_MONTHS);
        return Err(Problem::from(Faults::from(fault.hinting(hint))));
    }
    let filter = Filter::from(query.narrowing());
    let daily = app
        .store
        .search("get_trend", move |connection| {
            let scope = caller.ledger_scope().ok_or(Refusal::NoReadRight)?;
            Ok::<_, Failure>(store::daily(connection, &scope, &filter)?)
        })
        .await?;
    let last = trend::next_month(trend::first_of_month(to)).minus_days(1);
    Ok(HttpResponse::Ok().json(TrendView {
        period: PeriodView::days(Some(trend::first_of_month(from)), last),
        months: trend::months(&daily, from, to).iter().map(MonthView::of).collect(),
    }))
}

/// The way to zero
///
/// The years of the plan for the hazards in the caller's scope: the stock cleared by the end of 2024, the increment held
/// down through 2025, the days at zero in 2026.
#[utoipa::path(
    operation_id = "get_zeroing",
    tag = "statistics",
    params(ZeroingQuery),
    responses((status = 200, description = "The years of the plan.", body = ZeroingView), ListProblems),
)]
#[get("/v1/statistics/zeroing")]
pub async fn get_zeroing(
    app: Data<App>,
    Authenticated(caller): Authenticated,
    query: Filters<ZeroingQuery>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let today = app.clock.now().day();
    let filter = Filter::from(query.narrowing());
    let daily = app
        .store
        .search("get_zeroing", move |connection| {
            let scope = caller.ledger_scope().ok_or(Refusal::NoReadRight)?;
            Ok::<_, Failure>(store::daily(connection, &scope, &filter)?)
        })
        .await?;
    let years = zeroing::years(&daily, today);
    Ok(HttpResponse::Ok().json(ZeroingView {
        years: years.into_iter().map(YearView::of).collect(),
    }))
}

/// What is counted, and how
///
/// Every measure of the statistics with its formula in Chinese and English.
#[utoipa::path(
    operation_id = "list_measures",
    tag = "statistics",
    responses((status = 200, description = "The measures.", body = DefinitionsView), ListProblems),
)]
#[get("/v1/statistics/definitions")]
pub async fn list_measures(Authenticated(_caller): Authenticated) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(DefinitionsView::all()))
}
