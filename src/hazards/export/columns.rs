//! THE TABLE of columns. To add one: a line here, and its line in the test that holds the file against the list.
//!
//! Persons are left out: who reviewed, who signed, who is responsible, who was punished, what is held against whom. Whoever
//! has to know them reads the hazard, where nobody carries ten thousand of them away.

use super::cells::{Cell, Coded};
use crate::hazards::view::HazardView;
use crate::values::Label;

/// A column.
pub struct Column {
    /// What programs call it.
    pub name: &'static str,
    /// What stands over it.
    pub heading: Label,
    /// How wide a sheet shows it, in characters.
    pub width: u8,
    /// Its value of one hazard.
    pub cell: fn(&HazardView) -> Cell,
}

macro_rules! columns {
    ($($name:literal, $zh:literal, $en:literal, $width:literal, $cell:expr;)+) => {
        /// Every column, from left to right.
        pub const COLUMNS: &[Column] = &[$(Column {
            name: $name,
            heading: Label { zh: $zh, en: $en },
            width: $width,
            cell: $cell,
        },)+];
    };
}

columns! {
    "number", "编号", "number", 20, |hazard| Cell::text(hazard.number);
    "status", "状态", "status", 10, |hazard| Cell::code(hazard.status);
    "overdue", "是否逾期", "overdue", 9, |hazard| Cell::Truth(hazard.overdue);
    "next_due_on", "最近到期日", "next due on", 12, |hazard| Cell::of(hazard.next_due_on, Cell::Day);
    "enterprise_name", "单位名称", "enterprise", 32, |hazard| Cell::text(&hazard.enterprise.name);
    "enterprise_uscc", "统一社会信用代码", "unified social credit code", 21, |hazard| Cell::text(&hazard.enterprise.uscc);
    "area", "属地代码", "area", 14, |hazard| Cell::text(&hazard.area);
    "industry", "行业代码", "industry", 9, |hazard| Cell::text(&hazard.industry);
    "address", "地址", "address", 28, |hazard| Cell::text(&hazard.address);
    "longitude", "经度", "longitude", 11, |hazard| Cell::of(hazard.location, |place| Cell::Degrees(place.longitude));
    "latitude", "纬度", "latitude", 11, |hazard| Cell::of(hazard.location, |place| Cell::Degrees(place.latitude));
    "title", "隐患名称", "title", 36, |hazard| Cell::text(&hazard.title);
    "description", "隐患描述", "description", 48, |hazard| Cell::text(&hazard.description);
    "source", "来源", "source", 10, |hazard| Cell::of(hazard.source, Cell::code);
    "found_on", "发现日期", "found on", 12, |hazard| Cell::Day(hazard.found_on);
    "found_level", "发现级别", "found by level", 10, |hazard| Cell::of(hazard.found_level, Cell::code);
    "criteria", "判定依据", "criteria", 20, |hazard| Cell::Texts(hazard.criteria.clone());
    "campaigns", "专项整治", "campaigns", 14, |hazard| Cell::Codes(hazard.campaigns.iter().copied().map(Coded::from).collect());
    "cause", "现状及成因", "cause", 36, |hazard| Cell::of(hazard.cause.as_ref(), Cell::text);
    "harm", "危害程度", "harm", 36, |hazard| Cell::of(hazard.harm.as_ref(), Cell::text);
    "difficulty", "整改难易程度", "difficulty", 36, |hazard| Cell::of(hazard.difficulty.as_ref(), Cell::text);
    "interim_measures", "临时防范措施", "interim measures", 36, |hazard| Cell::of(hazard.interim_measures.as_ref(), Cell::text);
    "supervision_kind", "督办类别", "kind of order", 12, |hazard| Cell::of(hazard.supervision.as_ref(), |order| Cell::code(order.kind));
    "supervision_level", "督办级别", "level of order", 10, |hazard| Cell::of(hazard.supervision.as_ref(), |order| Cell::code(order.level));
    "supervision_authority", "督办机关", "authority of order", 22, |hazard| Cell::of(hazard.supervision.as_ref().and_then(|order| order.authority.as_ref()), Cell::text);
    "supervision_order_number", "督办文号", "number of order", 24, |hazard| Cell::of(hazard.supervision.as_ref(), |order| Cell::text(&order.order_number));
    "supervision_requirements", "督办要求", "requirements of order", 36, |hazard| Cell::of(hazard.supervision.as_ref(), |order| Cell::text(&order.requirements));
    "supervision_issued_at", "督办时间", "order served at", 19, |hazard| Cell::of(hazard.supervision.as_ref(), |order| Cell::Moment(order.issued_at));
    "supervision_plan_due_on", "方案期限", "plan due on", 12, |hazard| Cell::of(hazard.supervision.as_ref(), |order| Cell::Day(order.plan_due_on));
    "supervision_due_on", "整改期限", "rectification due on", 12, |hazard| Cell::of(hazard.supervision.as_ref(), |order| Cell::Day(order.due_on));
    "supervision_original_due_on", "原定整改期限", "first due on", 12, |hazard| Cell::of(hazard.supervision.as_ref(), |order| Cell::Day(order.original_due_on));
    "supervision_extensions", "延期次数", "extensions", 9, |hazard| Cell::of(hazard.supervision.as_ref(), |order| Cell::Whole(order.extensions.into()));
    "plan_goals", "整改目标", "goals of plan", 36, |hazard| Cell::of(hazard.plan.as_ref(), |plan| Cell::text(&plan.goals));
    "plan_measures", "整改措施", "measures of plan", 36, |hazard| Cell::of(hazard.plan.as_ref(), |plan| Cell::text(&plan.measures));
    "plan_funding_cny", "计划资金（元）", "funding of plan (CNY)", 15, |hazard| Cell::of(hazard.plan.as_ref(), |plan| Cell::Money(plan.funding_cny));
    "plan_responsible_organization", "整改责任单位", "body in charge of plan", 24, |hazard| Cell::of(hazard.plan.as_ref(), |plan| Cell::text(&plan.responsible_organization));
    "plan_due_on", "方案完成日期", "plan done by", 12, |hazard| Cell::of(hazard.plan.as_ref(), |plan| Cell::Day(plan.due_on));
    "plan_approved_at", "方案批准时间", "plan approved at", 19, |hazard| Cell::of(hazard.plan.as_ref().and_then(|plan| plan.approved_at), Cell::Moment);
    "completion_summary", "整改完成情况", "completion", 36, |hazard| Cell::of(hazard.completion.as_ref(), |done| Cell::text(&done.summary));
    "completed_on", "整改完成日期", "completed on", 12, |hazard| Cell::of(hazard.completion.as_ref(), |done| Cell::Day(done.completed_on));
    "spent_cny", "实际投入（元）", "spent (CNY)", 15, |hazard| Cell::of(hazard.completion.as_ref().and_then(|done| done.spent_cny), Cell::Money);
    "review_passed", "复查是否通过", "review passed", 12, |hazard| Cell::of(hazard.review.as_ref(), |review| Cell::Truth(review.passed));
    "reviewed_on", "复查日期", "reviewed on", 12, |hazard| Cell::of(hazard.review.as_ref(), |review| Cell::Day(review.reviewed_on));
    "review_findings", "复查意见", "findings of review", 36, |hazard| Cell::of(hazard.review.as_ref(), |review| Cell::text(&review.findings));
    "sign_off_authority", "销号机关", "signed off by", 22, |hazard| Cell::of(hazard.sign_off.as_ref().and_then(|signed| signed.authority.as_ref()), Cell::text);
    "sign_off_comment", "销号意见", "words of sign-off", 36, |hazard| Cell::of(hazard.sign_off.as_ref(), |signed| Cell::text(&signed.comment));
    "production", "生产状态", "production", 12, |hazard| Cell::code(hazard.production);
    "suspension_decision_number", "停产文号", "number of suspension", 24, |hazard| Cell::of(hazard.suspension.as_ref(), |stop| Cell::text(&stop.decision_number));
    "dismissal_reason", "不予认定理由", "reason of dismissal", 16, |hazard| Cell::of(hazard.dismissal.as_ref(), |dismissal| Cell::code(dismissal.reason));
    "escalation", "督促层级", "escalation", 10, |hazard| Cell::code(hazard.escalation);
    "penalties", "处罚件数", "penalties", 9, |hazard| Cell::Whole(i64::try_from(hazard.penalties.len()).unwrap_or(i64::MAX));
    "accountability_ground", "责任倒查事由", "ground of inquiry", 16, |hazard| Cell::of(hazard.accountability.as_ref(), |inquiry| Cell::code(inquiry.ground));
    "reopened", "重新督办次数", "reopened", 12, |hazard| Cell::Whole(hazard.reopened.into());
    "reported_at", "上报时间", "reported at", 19, |hazard| Cell::Moment(hazard.reported_at);
    "updated_at", "更新时间", "updated at", 19, |hazard| Cell::Moment(hazard.updated_at);
    "closed_at", "销号时间", "closed at", 19, |hazard| Cell::of(hazard.closed_at, Cell::Moment);
    "recurrence_of", "重复发生的隐患", "recurrence of", 38, |hazard| Cell::of(hazard.recurrence_of, Cell::text);
    "merged_into", "并入的隐患", "merged into", 38, |hazard| Cell::of(hazard.merged_into, Cell::text);
    "version", "版本", "version", 7, |hazard| Cell::Whole(hazard.version);
    "id", "标识", "id", 38, |hazard| Cell::text(hazard.id);
}
