//! What is to come on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Coming, Forecast};
use crate::law::lifecycle::{ClockKind, EscalationKind};
use crate::statistics::view::PeriodView;
use crate::values::Day;

/// How many clocks run out, by kind. A clock runs out at the end of its day when nobody stops or moves it.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct ClocksAheadView {
    /// 核实认定.
    pub confirm: i64,
    /// 下达督办.
    pub order: i64,
    /// 提交方案.
    pub plan: i64,
    /// 审查方案.
    pub plan_review: i64,
    /// 整改.
    pub rectify: i64,
    /// 审批延期.
    pub extension: i64,
    /// 现场复查.
    pub review: i64,
    /// 销号.
    pub sign_off: i64,
}

/// For how many hazards policy calls for which rung, from the hour at which work begins.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct RungsAheadView {
    /// 函告.
    pub letter: i64,
    /// 通报.
    pub circular: i64,
    /// 约谈.
    pub interview: i64,
    /// 曝光.
    pub exposure: i64,
}

/// A day on which something comes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DayAheadView {
    /// Which.
    pub day: Day,
    /// Clocks that run out at its end.
    pub clocks: ClocksAheadView,
    /// Rungs that are called for on it.
    pub rungs: RungsAheadView,
}

/// An area in which something comes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AreaAheadView {
    /// Its code, cut to `area_length`.
    #[schema(example = "370303")]
    pub area: String,
    /// Clocks that run out.
    pub clocks: ClocksAheadView,
    /// Rungs that are called for.
    pub rungs: RungsAheadView,
    /// The days on which something comes, in their order.
    pub days: Vec<DayAheadView>,
}

/// What is to come if nobody acts.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ForecastView {
    /// From today to the last day that was asked for.
    pub period: PeriodView,
    /// The areas in which something comes, in the order of their codes.
    pub areas: Vec<AreaAheadView>,
    /// Clocks that run out anywhere.
    pub clocks: ClocksAheadView,
    /// Rungs that are called for anywhere.
    pub rungs: RungsAheadView,
}

impl ForecastView {
    pub(super) fn of(from: Day, until: Day, forecast: &Forecast) -> Self {
        let whole = Coming::together(forecast.values().flat_map(|days| days.values()));
        let areas = forecast.iter().map(|(area, days)| {
            let together = Coming::together(days.values());
            AreaAheadView {
                area: area.clone(),
                clocks: ClocksAheadView::of(&together),
                rungs: RungsAheadView::of(&together),
                days: days
                    .iter()
                    .map(|(day, coming)| DayAheadView::of(*day, coming))
                    .collect(),
            }
        });
        Self {
            period: PeriodView::days(Some(from), until),
            areas: areas.collect(),
            clocks: ClocksAheadView::of(&whole),
            rungs: RungsAheadView::of(&whole),
        }
    }
}

impl DayAheadView {
    fn of(day: Day, coming: &Coming) -> Self {
        Self {
            day,
            clocks: ClocksAheadView::of(coming),
            rungs: RungsAheadView::of(coming),
        }
    }
}

impl ClocksAheadView {
    fn of(coming: &Coming) -> Self {
        let count = |kind: ClockKind| coming.clocks.get(&kind).copied().unwrap_or_default();
        Self {
            confirm: count(ClockKind::Confirm),
            order: count(ClockKind::Order),
            plan: count(ClockKind::Plan),
            plan_review: count(ClockKind::PlanReview),
            rectify: count(ClockKind::Rectify),
            extension: count(ClockKind::Extension),
            review: count(ClockKind::Review),
            sign_off: count(ClockKind::SignOff),
        }
    }
}

impl RungsAheadView {
    fn of(coming: &Coming) -> Self {
        let count = |kind: EscalationKind| coming.rungs.get(&kind).copied().unwrap_or_default();
        Self {
            letter: count(EscalationKind::Letter),
            circular: count(EscalationKind::Circular),
            interview: count(EscalationKind::Interview),
            exposure: count(EscalationKind::Exposure),
        }
    }
}

impl Coming {
    fn together<'c>(parts: impl Iterator<Item = &'c Self>) -> Self {
        let mut whole = Self::default();
        for part in parts {
            for (kind, count) in &part.clocks {
                *whole.clocks.entry(*kind).or_default() += count;
            }
            for (rung, count) in &part.rungs {
                *whole.rungs.entry(*rung).or_default() += count;
            }
        }
        whole
    }
}
