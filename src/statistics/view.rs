//! Statistics on the wire.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::asked::{Asked, Dimension};
use super::definitions::{self, Measure};
use super::figures::{Figures, median, ninetieth, rate};
use super::hazards::{Group, Groups};
use super::penalties::Penalties;
use super::trend::Month;
use super::zeroing::{Goal, Year};
use crate::law::lifecycle::PenaltyKind;
use crate::values::{Day, Instant, Vocabulary};

/// The time that was looked at, as it was asked for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PeriodView {
    /// The first day; absent for the beginning of the ledger.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Day>,
    /// The last day; absent with `as_of`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Day>,
    /// The moment that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Instant>,
}

impl PeriodView {
    /// Whole days, both included.
    pub fn days(from: Option<Day>, to: Day) -> Self {
        Self {
            from,
            to: Some(to),
            as_of: None,
        }
    }
}

/// The stock by rung of the escalation ladder.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EscalationView {
    /// On none.
    pub none: i64,
    /// 函告.
    pub letter: i64,
    /// 通报.
    pub circular: i64,
    /// 约谈.
    pub interview: i64,
    /// 曝光.
    pub exposure: i64,
}

/// Penalties decided in the period.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PenaltiesView {
    /// All of them; one that punishes unit and person counts once (一案双罚).
    pub total: i64,
    /// 警告.
    pub warning: i64,
    /// 罚款.
    pub fine: i64,
    /// 停产整顿.
    pub suspension: i64,
    /// 关闭取缔.
    pub closure: i64,
    /// 联合惩戒.
    pub joint_discipline: i64,
    /// 列入严重失信主体名单.
    pub dishonesty_listing: i64,
    /// 移送司法机关.
    pub criminal_referral: i64,
    /// Of all of them those that punish a person.
    pub persons: i64,
    /// What units pay in all, in yuan.
    #[schema(example = "120000.00")]
    pub unit_amount_cny: String,
    /// What persons pay in all, in yuan.
    #[schema(example = "5000.00")]
    pub person_amount_cny: String,
}

/// Code of a group, or null for the hazards to which the dimension does not apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Code(Option<String>);

/// What was counted of a group, or of the whole. Of the dimensions those are there that were asked for; a hazard to
/// which one does not apply is in the group of null. `GET /v1/statistics/definitions` has the formulas.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FiguresView {
    /// Area, cut to `area_length`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "370303")]
    pub area: Option<Code>,
    /// Industry, cut to `industry_length`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "C26")]
    pub industry: Option<Code>,
    /// Where the reports came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub source: Option<Code>,
    /// Where the hazards stand now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub status: Option<Code>,
    /// Campaign.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub campaign: Option<Code>,
    /// Code of the authority that ordered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub committee: Option<Code>,
    /// Rank of the supervising authority.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub level: Option<Code>,
    /// Month of the reports in Asia/Shanghai.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub month: Option<Code>,
    /// True where the group is too small to be told apart by source; its measures are null then.
    pub suppressed: bool,
    /// Put on record in the period.
    pub found: Option<i64>,
    /// Confirmed in the period.
    pub confirmed: Option<i64>,
    /// Confirmed or opened again in the period.
    pub new: Option<i64>,
    /// Opened again in the period.
    pub reopened: Option<i64>,
    /// Signed off in the period.
    pub closed: Option<i64>,
    /// Open at the end of the period.
    pub open: Option<i64>,
    /// `closed` of `closed` and `open`; null when both are zero.
    #[schema(example = "0.9500")]
    pub closing_rate: Option<String>,
    /// Signed off by the day of the order, of `closed`; null when that is zero.
    #[schema(example = "0.9000")]
    pub on_time_closing_rate: Option<String>,
    /// Days from report to confirmation, the middle.
    pub median_days_to_confirm: Option<f64>,
    /// The same days: nine tenths take no longer.
    pub p90_days_to_confirm: Option<i64>,
    /// Days from confirmation or reopening to the sign-off, the middle.
    pub median_days_to_close: Option<f64>,
    /// The same days: nine tenths take no longer.
    pub p90_days_to_close: Option<i64>,
    /// Past a deadline today.
    pub overdue: Option<i64>,
    /// Open, and under listed supervision now.
    pub listed: Option<i64>,
    /// Open, by the rung of the ladder on which they stand now.
    pub escalation: Option<EscalationView>,
    /// Confirmed in the period, and an earlier hazard of the same unit that came back.
    pub repeated: Option<i64>,
    /// Reported by the units themselves, of `confirmed`; null when that is zero, and for a caller who may not know.
    #[schema(example = "0.4000")]
    pub self_found_share: Option<String>,
    /// Penalties decided in the period.
    pub penalties: Option<PenaltiesView>,
}

/// Hazards by group.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!(sample()))]
pub struct HazardStatisticsView {
    /// When.
    pub period: PeriodView,
    /// By what.
    #[schema(value_type = Vec<Dimension>)]
    pub group_by: Vec<Dimension>,
    /// The groups in the order of their codes.
    pub groups: Vec<FiguresView>,
    /// The whole, in which a hazard of two campaigns counts once.
    pub total: FiguresView,
}

impl HazardStatisticsView {
    /// What a caller is shown, who may know of sources or not.
    pub fn of(period: PeriodView, asked: &Asked, groups: Groups, sees_sources: bool) -> Self {
        let by = &asked.grouping.by;
        Self {
            period,
            group_by: by.clone(),
            groups: groups
                .groups
                .into_iter()
                .map(|group| FiguresView::of(by, group, sees_sources))
                .collect(),
            total: FiguresView::of(
                &[],
                Group {
                    codes: Vec::new(),
                    figures: groups.total,
                },
                sees_sources,
            ),
        }
    }
}

impl FiguresView {
    fn of(by: &[Dimension], group: Group, sees_sources: bool) -> Self {
        let code = |wanted: Dimension| {
            let mut codes = by.iter().zip(&group.codes);
            codes.find(|(by, _)| **by == wanted).map(|(_, code)| Code(code.clone()))
        };
        let figures = group.figures.as_ref();
        let count = |of: fn(&Figures) -> i64| figures.map(of);
        Self {
            area: code(Dimension::Area),
            industry: code(Dimension::Industry),
            source: code(Dimension::Source),
            status: code(Dimension::Status),
            campaign: code(Dimension::Campaign),
            committee: code(Dimension::Committee),
            level: code(Dimension::Level),
            month: code(Dimension::Month),
            suppressed: figures.is_none(),
            found: count(|figures| figures.found),
            confirmed: count(Figures::confirmed),
            new: count(Figures::new_ones),
            reopened: count(|figures| figures.reopened),
            closed: count(Figures::closed),
            open: count(|figures| figures.open),
            closing_rate: figures.and_then(|figures| rate(figures.closed(), figures.closed() + figures.open)),
            on_time_closing_rate: figures.and_then(|figures| rate(figures.on_time, figures.closed())),
            median_days_to_confirm: figures.and_then(|figures| median(&figures.to_confirm)),
            p90_days_to_confirm: figures.and_then(|figures| ninetieth(&figures.to_confirm)),
            median_days_to_close: figures.and_then(|figures| median(&figures.to_close)),
            p90_days_to_close: figures.and_then(|figures| ninetieth(&figures.to_close)),
            overdue: count(|figures| figures.overdue),
            listed: count(|figures| figures.listed),
            escalation: figures.map(EscalationView::of),
            repeated: count(|figures| figures.repeated),
            self_found_share: figures
                .filter(|_| sees_sources)
                .and_then(|figures| rate(figures.self_found, figures.confirmed())),
            penalties: figures.map(|figures| PenaltiesView::of(&figures.penalties)),
        }
    }
}

impl EscalationView {
    fn of(figures: &Figures) -> Self {
        let [letter, circular, interview, exposure] = figures.rungs;
        Self {
            none: figures.open - figures.rungs.iter().sum::<i64>(),
            letter,
            circular,
            interview,
            exposure,
        }
    }
}

impl PenaltiesView {
    fn of(penalties: &Penalties) -> Self {
        Self {
            total: penalties.all(),
            warning: penalties.of_kind(PenaltyKind::Warning),
            fine: penalties.of_kind(PenaltyKind::Fine),
            suspension: penalties.of_kind(PenaltyKind::Suspension),
            closure: penalties.of_kind(PenaltyKind::Closure),
            joint_discipline: penalties.of_kind(PenaltyKind::JointDiscipline),
            dishonesty_listing: penalties.of_kind(PenaltyKind::DishonestyListing),
            criminal_referral: penalties.of_kind(PenaltyKind::CriminalReferral),
            persons: penalties.persons,
            unit_amount_cny: penalties.unit.yuan(),
            person_amount_cny: penalties.person.yuan(),
        }
    }
}

/// A month.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MonthView {
    /// Which.
    #[schema(example = "2024-06")]
    pub month: String,
    /// Put on record in it.
    pub found: i64,
    /// Confirmed in it.
    pub confirmed: i64,
    /// Confirmed or opened again in it.
    pub new: i64,
    /// Opened again in it.
    pub reopened: i64,
    /// Signed off in it.
    pub closed: i64,
    /// Open at its end, or now while it lasts.
    pub open: i64,
    /// `closed` of `closed` and `open`; null when both are zero.
    pub closing_rate: Option<String>,
    /// Signed off by the day of the order, of `closed`; null when that is zero.
    pub on_time_closing_rate: Option<String>,
}

/// Hazards month by month.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!(sample_trend()))]
pub struct TrendView {
    /// From the first day of the first month to the last day of the last.
    pub period: PeriodView,
    /// The months, oldest first.
    pub months: Vec<MonthView>,
}

impl MonthView {
    /// The month on the wire.
    pub fn of(month: &Month) -> Self {
        let flows = month.flows;
        Self {
            month: month.first.to_string().chars().take(7).collect(),
            found: flows.found,
            confirmed: flows.confirmed,
            new: flows.new_ones(),
            reopened: flows.reopened,
            closed: flows.closed,
            open: month.open,
            closing_rate: rate(flows.closed, flows.closed + month.open),
            on_time_closing_rate: rate(flows.on_time, flows.closed),
        }
    }
}

/// A year against the plan.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct YearView {
    /// Which.
    #[schema(example = 2025)]
    pub year: i32,
    /// What the plan asks of it.
    #[schema(value_type = Goal)]
    pub goal: Goal,
    /// Whether that was met: `stock_cleared` and `standing_zero` when nothing is open at the end of the year,
    /// `increment_held_down` when the increment is smaller than that of the year before. Null until the year is over.
    pub met: Option<bool>,
    /// Open when it began; null before it did.
    pub open_at_start: Option<i64>,
    /// Open at its end, or now while it lasts; null before it began.
    pub open_at_end: Option<i64>,
    /// The increment: confirmed or opened again.
    pub new: i64,
    /// The increment of each quarter that has begun.
    pub new_by_quarter: Vec<i64>,
    /// The increment of the year before.
    pub new_in_year_before: i64,
    /// Signed off.
    pub closed: i64,
    /// Days of it so far.
    pub days: i64,
    /// Days at whose end nothing was open.
    pub days_at_zero: i64,
}

/// The way to zero.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!(sample_zeroing()))]
pub struct ZeroingView {
    /// The years of the plan.
    pub years: Vec<YearView>,
}

impl YearView {
    /// The year on the wire.
    pub fn of(year: Year) -> Self {
        Self {
            year: year.number,
            goal: year.goal,
            met: year.met,
            open_at_start: year.open_at_start,
            open_at_end: year.open_at_end,
            new: year.new,
            new_by_quarter: year.new_by_quarter,
            new_in_year_before: year.new_before,
            closed: year.closed,
            days: year.days,
            days_at_zero: year.days_at_zero,
        }
    }
}

/// A measure and how it is counted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DefinitionView {
    /// The member of the answers.
    #[schema(example = "closing_rate")]
    pub name: &'static str,
    /// 中文.
    pub label_zh: &'static str,
    /// English.
    pub label_en: &'static str,
    /// How it is counted, in Chinese.
    pub formula_zh: &'static str,
    /// How it is counted, in English.
    pub formula_en: &'static str,
}

/// Every measure.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DefinitionsView {
    /// The measures in the order of the contract.
    pub items: Vec<DefinitionView>,
}

impl DefinitionsView {
    /// The table on the wire.
    pub fn all() -> Self {
        let items = definitions::all().iter().map(|measure: &Measure| {
            let (label, formula) = (measure.label(), measure.formula());
            DefinitionView {
                name: measure.code(),
                label_zh: label.zh,
                label_en: label.en,
                formula_zh: formula.zh,
                formula_en: formula.en,
            }
        });
        Self { items: items.collect() }
    }
}

fn sample() -> Value {
    let figures = json!({
        "suppressed": false, "found": 42, "confirmed": 40, "new": 41, "reopened": 1, "closed": 38, "open": 2,
        "closing_rate": "0.9500", "on_time_closing_rate": "0.9000", "median_days_to_confirm": 2.0,
        "p90_days_to_confirm": 5, "median_days_to_close": 12.5, "p90_days_to_close": 33, "overdue": 1, "listed": 1,
        "escalation": {"none": 1, "letter": 1, "circular": 0, "interview": 0, "exposure": 0}, "repeated": 3,
        "self_found_share": "0.4000",
        "penalties": {
            "total": 3, "warning": 1, "fine": 2, "suspension": 0, "closure": 0, "joint_discipline": 0,
            "dishonesty_listing": 0, "criminal_referral": 0, "persons": 2, "unit_amount_cny": "120000.00",
            "person_amount_cny": "5000.00",
        },
    });
    let mut group = figures.clone();
    if let Some(group) = group.as_object_mut() {
        group.insert("area".to_owned(), json!("370303"));
        group.insert("industry".to_owned(), json!("C26"));
    }
    json!({
        "period": {"from": "2024-01-01", "to": "2024-12-31"},
        "group_by": ["area", "industry"],
        "groups": [group],
        "total": figures,
    })
}

fn sample_trend() -> Value {
    json!({
        "period": {"from": "2024-06-01", "to": "2024-06-30"},
        "months": [{
            "month": "2024-06", "found": 12, "confirmed": 10, "new": 11, "reopened": 1, "closed": 9, "open": 3,
            "closing_rate": "0.7500", "on_time_closing_rate": "1.0000",
        }],
    })
}

fn sample_zeroing() -> Value {
    json!({
        "years": [{
            "year": 2024, "goal": "stock_cleared", "met": true, "open_at_start": 31, "open_at_end": 0, "new": 120,
            "new_by_quarter": [40, 35, 30, 15], "new_in_year_before": 130, "closed": 151, "days": 366, "days_at_zero": 9,
        }],
    })
}
