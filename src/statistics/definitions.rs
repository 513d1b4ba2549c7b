//! THE TABLE of what is counted: every measure with its formula. Answers, the document and the pages read it.
//!
//! Words used in the formulas: a hazard is *open* from its confirmation until it is signed off (or dismissed or merged
//! after its confirmation), and again from each reopening until the next sign-off. The *stock* is what is open at the
//! end of the period, or at `as_of`. Days are counted from one day in Asia/Shanghai to the other.
//!
//! To add a measure: a line here, its member in `view.rs`, and what it is counted from in `figures.rs`.

use crate::values::vocabulary::vocabulary;
use crate::values::{Label, Vocabulary};

vocabulary! {
    /// What is counted.
    pub enum Measure in "statistics_measures" {
        Found = "found", "发现数", "found";
        Confirmed = "confirmed", "认定数", "confirmed";
        New = "new", "增量", "increment";
        Reopened = "reopened", "重新督办数", "reopened";
        Closed = "closed", "销号数", "closed";
        Open = "open", "存量", "stock";
        ClosingRate = "closing_rate", "销号率", "closing rate";
        OnTimeClosingRate = "on_time_closing_rate", "按期销号率", "on-time closing rate";
        MedianDaysToConfirm = "median_days_to_confirm", "认定用时中位数（天）", "median days from report to confirmation";
        P90DaysToConfirm = "p90_days_to_confirm", "认定用时第90百分位（天）", "90th percentile of days from report to confirmation";
        MedianDaysToClose = "median_days_to_close", "销号用时中位数（天）", "median days from confirmation to closing";
        P90DaysToClose = "p90_days_to_close", "销号用时第90百分位（天）", "90th percentile of days from confirmation to closing";
        Overdue = "overdue", "逾期数", "overdue";
        Listed = "listed", "挂牌督办数", "under listed supervision";
        Escalation = "escalation", "各级督促数", "by rung of the escalation ladder";
        Repeated = "repeated", "同一单位重复发生数", "repeated at the same unit";
        SelfFoundShare = "self_found_share", "自查发现占比", "self-found share";
        Penalties = "penalties", "行政处罚", "penalties";
    }
}

impl Measure {
    /// How it is counted.
    pub fn formula(self) -> Label {
        match self {
            Self::Found => Label {
                zh: "统计期内上报入账的隐患数，不论其后是否认定。",
                en: "Hazards put on record in the period, whatever was judged of them later.",
            },
            Self::Confirmed => Label {
                zh: "统计期内认定的隐患数。",
                en: "Hazards confirmed in the period.",
            },
            Self::New => Label {
                zh: "认定数加重新督办数。",
                en: "`confirmed` + `reopened`.",
            },
            Self::Reopened => Label {
                zh: "统计期内重新督办的次数。",
                en: "Reopenings in the period.",
            },
            Self::Closed => Label {
                zh: "统计期内销号的次数；重新督办后再次销号的另计一次。",
                en: "Sign-offs in the period; a hazard that was opened again and signed off again counts twice.",
            },
            Self::Open => Label {
                zh: "期末（或所问时刻）已认定而未销号的隐患数。",
                en: "Hazards that are open at the end of the period, or at `as_of`.",
            },
            Self::ClosingRate => Label {
                zh: "销号数 ÷（销号数＋存量）；分母为零时为空。",
                en: "`closed` ÷ (`closed` + `open`); null when that is zero.",
            },
            Self::OnTimeClosingRate => Label {
                zh: "销号日不晚于督办整改期限（含批准的延期）的销号数 ÷ 销号数；分母为零时为空。",
                en: "Sign-offs on or before the day that the order set, extensions included ÷ `closed`; null when that is zero.",
            },
            Self::MedianDaysToConfirm => Label {
                zh: "统计期内认定的隐患，从上报日到认定日的天数的中位数。",
                en: "Of the hazards confirmed in the period: the middle of the days from report to confirmation, the mean of the two middle ones where their number is even.",
            },
            Self::P90DaysToConfirm => Label {
                zh: "同上天数的第90百分位：使不少于九成的隐患不超过的最小天数。",
                en: "The least number of those days that nine tenths of them do not exceed.",
            },
            Self::MedianDaysToClose => Label {
                zh: "统计期内销号的，从认定日（重新督办的从重新督办日）到销号日的天数的中位数。",
                en: "Of the sign-offs in the period: the middle of the days from confirmation, or from the reopening, to the sign-off.",
            },
            Self::P90DaysToClose => Label {
                zh: "同上天数的第90百分位：使不少于九成的销号不超过的最小天数。",
                en: "The least number of those days that nine tenths of them do not exceed.",
            },
            Self::Overdue => Label {
                zh: "期末前上报、查询当日有时限已过的隐患数（含待核实的）；时限按查询时刻计算，不能追溯。",
                en: "Hazards put on record by the end of the period with a clock that is past its end today, unjudged ones included: what the list shows under `overdue=true`. It is read at the moment of asking and not looked back for.",
            },
            Self::Listed => Label {
                zh: "存量中现为挂牌督办的隐患数。",
                en: "Of the stock, what is under listed supervision now.",
            },
            Self::Escalation => Label {
                zh: "存量按现在所处的督促层级（函告、通报、约谈、曝光）分列。",
                en: "The stock by the rung of the escalation ladder on which it stands now.",
            },
            Self::Repeated => Label {
                zh: "统计期内认定的隐患中，注明为同一单位以前隐患重复发生的数量。",
                en: "Of the hazards confirmed in the period, those that name an earlier hazard of the same unit that came back.",
            },
            Self::SelfFoundShare => Label {
                zh: "统计期内认定的隐患中企业自查自报的占比；分母为零时为空；无权知道来源者一律为空。",
                en: "Self-reported ones ÷ `confirmed`; null when that is zero, and always for a caller who may not know where a report came from.",
            },
            Self::Penalties => Label {
                zh: "处罚决定日在统计期内的处罚：总数、各类数、处罚到人的件数，以及对单位和对个人的罚款合计；一案双罚为一件。",
                en: "Penalties decided on a day of the period: all, by kind, those that punish a person, and what units and persons pay in all. One record that punishes unit and person counts once.",
            },
        }
    }
}

/// Every measure in the order of the contract.
pub fn all() -> &'static [Measure] {
    Measure::ALL
}
