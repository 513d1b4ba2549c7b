//! The words in which the law speaks of a hazard beside states, actions and clocks.

use super::scope::Role;
use crate::values::Vocabulary as _;
use crate::values::vocabulary::vocabulary;

vocabulary! {
    /// Where a report came from.
    pub enum Source in "sources" {
        SelfReport = "self_report", "企业自查自报", "self-report";
        Inspection = "inspection", "监督检查", "inspection";
        PublicTip = "public_tip", "群众举报", "public tip";
    }
}

impl Source {
    /// Whoever may report from there.
    pub fn reporter(self) -> Role {
        match self {
            Self::SelfReport => Role::Enterprise,
            Self::Inspection => Role::Inspector,
            Self::PublicTip => Role::TipOfficer,
        }
    }
}

vocabulary! {
    /// Kinds of supervision order.
    pub enum OrderKind in "order_kinds" {
        Ordinary = "ordinary", "一般督办", "ordinary";
        Listed = "listed", "挂牌督办", "listed";
    }
}

vocabulary! {
    /// Whether a unit produces.
    pub enum Production in "production" {
        Running = "running", "正常生产经营", "running";
        PartiallySuspended = "partially_suspended", "局部停产停业", "partially suspended";
        Suspended = "suspended", "全部停产停业", "suspended";
    }
}

vocabulary! {
    /// How much of the production stops.
    pub enum SuspensionScope in "suspension_scopes" {
        Partial = "partial", "局部", "partial";
        Full = "full", "全部", "full";
    }
}

vocabulary! {
    /// Why a report does not enter the ledger.
    pub enum DismissalReason in "dismissal_reasons" {
        NotSubstantiated = "not_substantiated", "查无实据", "not substantiated";
        NotMajor = "not_major", "不属重大事故隐患", "not a major hazard";
        OutOfJurisdiction = "out_of_jurisdiction", "不属本辖区", "out of jurisdiction";
    }
}

vocabulary! {
    /// Who evaluated a treatment (order 16, article 18).
    pub enum EvaluatedBy in "evaluators" {
        OwnExperts = "own_experts", "本单位技术人员和专家", "the unit's own technicians and experts";
        Agency = "agency", "具备资质的安全评价机构", "a qualified agency";
    }
}

vocabulary! {
    /// Rungs of the ladder that presses the slow (plan, item 14), lowest first.
    #[derive(Default)]
    pub enum Escalation in "escalations" {
        #[default]
        None = "none", "未催办", "none";
        Letter = "letter", "函告", "letter";
        Circular = "circular", "通报", "circular";
        Interview = "interview", "约谈", "interview";
        Exposure = "exposure", "曝光", "exposure";
    }
}

impl Escalation {
    /// The measure that leads to the rung above; nothing above the last.
    pub fn next(self) -> Option<EscalationKind> {
        EscalationKind::ALL
            .iter()
            .copied()
            .find(|kind| Self::from(*kind) > self)
    }
}

vocabulary! {
    /// Measures that press the slow, mildest first.
    pub enum EscalationKind in "escalation_kinds" {
        Letter = "letter", "函告", "letter";
        Circular = "circular", "通报", "circular";
        Interview = "interview", "约谈", "interview";
        Exposure = "exposure", "曝光", "exposure";
    }
}

impl From<EscalationKind> for Escalation {
    fn from(kind: EscalationKind) -> Self {
        match kind {
            EscalationKind::Letter => Self::Letter,
            EscalationKind::Circular => Self::Circular,
            EscalationKind::Interview => Self::Interview,
            EscalationKind::Exposure => Self::Exposure,
        }
    }
}

vocabulary! {
    /// Kinds of penalty (plan, items 16 and 22).
    pub enum PenaltyKind in "penalty_kinds" {
        Warning = "warning", "警告", "warning";
        Fine = "fine", "罚款", "fine";
        Suspension = "suspension", "停产整顿", "stop for rectification";
        Closure = "closure", "关闭取缔", "shutting down";
        JointDiscipline = "joint_discipline", "联合惩戒", "joint discipline";
        DishonestyListing = "dishonesty_listing", "列入严重失信主体名单", "entry on the list of seriously dishonest subjects";
        CriminalReferral = "criminal_referral", "移送司法机关", "hand-over to criminal law";
    }
}

vocabulary! {
    /// Why somebody is held to account (plan, item 13).
    pub enum AccountabilityGround in "accountability_grounds" {
        NotInspected = "not_inspected", "未按规定排查", "not inspected";
        NotFound = "not_found", "应发现而未发现", "plain and not found";
        RefusedRectification = "refused_rectification", "拒不整改", "rectification refused";
    }
}

vocabulary! {
    /// What is served on a unit's principal and actual controller (plan, item 15: told in time).
    pub enum NoticeKind in "notice_kinds" {
        Order = "order", "督办通知", "supervision order";
        OrderUpgraded = "order_upgraded", "升级挂牌督办通知", "order upgraded to a listed one";
        PlanReturned = "plan_returned", "整改方案退回通知", "plan returned";
        ExtensionDecided = "extension_decided", "延期审批通知", "decision on an extension";
        ProductionSuspended = "production_suspended", "停产停业通知", "production suspended";
        ProductionResumed = "production_resumed", "恢复生产经营通知", "production resumed";
        ReviewFailed = "review_failed", "复查未通过通知", "review failed";
        SignOffRejected = "sign_off_rejected", "退回整改通知", "sign-off rejected";
        Closed = "closed", "销号通知", "signed off";
        Reopened = "reopened", "重新督办通知", "reopened";
        Escalation = "escalation", "催办通知", "escalation";
        DeadlineNear = "deadline_near", "到期提醒", "deadline near";
        DeadlinePassed = "deadline_passed", "逾期通知", "deadline passed";
    }
}

impl NoticeKind {
    /// True for what is served because a day has come, and not because something was done.
    pub fn is_reminder(self) -> bool {
        matches!(self, Self::DeadlineNear | Self::DeadlinePassed)
    }
}
