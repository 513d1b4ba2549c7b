//! THE TABLE: every state, every action, and one row for each way from one to the other.
//!
//! Handlers, permissions, `available_actions`, `GET /v1/lifecycle`, its diagram, the documentation and the tests read
//! this table; nothing repeats it. To add a transition: a row here, and an [`Action`] when it is a new one. The compiler
//! then asks for its body in `hazards/bodies.rs` and its arm in `hazards/fold.rs`; a guard that no row had before goes
//! into `law/guards.rs`. Read the difference of the committed permission grid before accepting it.

use super::guards::Guard;
use super::scope::Role;
use super::table;
pub use super::table::{ClockEffect, Target};
pub use super::terms::{
    AccountabilityGround, DismissalReason, Escalation, EscalationKind, EvaluatedBy, NoticeKind, OrderKind, PenaltyKind,
    Production, Source, SuspensionScope,
};
use crate::values::vocabulary::vocabulary;

vocabulary! {
    /// Where a hazard stands.
    pub enum State in "statuses" {
        Reported = "reported", "待核实", "reported, not yet judged";
        Confirmed = "confirmed", "已认定", "judged a major hazard";
        Supervised = "supervised", "督办中", "under a supervision order, the plan is owed";
        PlanReview = "plan_review", "方案待审", "plan handed in";
        Rectifying = "rectifying", "整改中", "plan approved, work under way";
        AwaitingReview = "awaiting_review", "待复查", "done as the unit says, on-site review owed";
        AwaitingSignOff = "awaiting_sign_off", "待销号", "review passed, sign-off owed";
        Closed = "closed", "已销号", "signed off";
        Dismissed = "dismissed", "不予认定", "not substantiated, not major, or not ours";
        Merged = "merged", "已并案", "the same hazard as another";
    }
}

vocabulary! {
    /// What can be done to a hazard.
    pub enum Action in "actions" {
        Report = "report", "上报", "report";
        Confirm = "confirm", "认定", "confirm";
        Dismiss = "dismiss", "不予认定", "dismiss";
        Merge = "merge", "并案", "merge";
        Order = "order", "下达督办", "order supervision";
        UpgradeOrder = "upgrade_order", "升级挂牌督办", "upgrade the order to a listed one";
        SubmitPlan = "submit_plan", "提交整改方案", "submit the plan";
        ReturnPlan = "return_plan", "退回整改方案", "return the plan";
        ApprovePlan = "approve_plan", "批准整改方案", "approve the plan";
        RequestExtension = "request_extension", "申请延期", "request an extension";
        DecideExtension = "decide_extension", "审批延期", "decide on an extension";
        SuspendProduction = "suspend_production", "责令停产停业", "suspend production";
        ResumeProduction = "resume_production", "恢复生产经营", "resume production";
        SubmitCompletion = "submit_completion", "提交整改完成报告", "submit the completion";
        Review = "review", "现场复查", "review on site";
        SignOff = "sign_off", "销号", "sign off";
        RejectSignOff = "reject_sign_off", "退回整改", "reject the sign-off";
        Reopen = "reopen", "重新督办", "reopen";
        Escalate = "escalate", "催办", "escalate";
        Penalize = "penalize", "行政处罚", "penalize";
        OpenAccountability = "open_accountability", "启动责任倒查", "open an accountability inquiry";
        Transfer = "transfer", "移交", "transfer";
        Remark = "remark", "内部备注", "remark";
    }
}

vocabulary! {
    /// What is being waited for.
    pub enum ClockKind in "clocks" {
        Confirm = "confirm", "核实认定", "judgment";
        Order = "order", "下达督办", "supervision order";
        Plan = "plan", "提交方案", "plan";
        PlanReview = "plan_review", "审查方案", "review of the plan";
        Rectify = "rectify", "整改", "rectification";
        Extension = "extension", "审批延期", "decision on an extension";
        Review = "review", "现场复查", "on-site review";
        SignOff = "sign_off", "销号", "sign-off";
    }
}

impl ClockKind {
    /// True for what the unit owes; the other clocks are those of authorities.
    pub fn is_of_unit(self) -> bool {
        match self {
            Self::Plan | Self::Rectify => true,
            Self::Confirm | Self::Order | Self::PlanReview | Self::Extension | Self::Review | Self::SignOff => false,
        }
    }
}

impl Action {
    /// The second half of the event's name: `hazard.<past tense>`.
    pub fn past_tense(self) -> &'static str {
        match self {
            Self::Report => "reported",
            Self::Confirm => "confirmed",
            Self::Dismiss => "dismissed",
            Self::Merge => "merged",
            Self::Order => "ordered",
            Self::UpgradeOrder => "order_upgraded",
            Self::SubmitPlan => "plan_submitted",
            Self::ReturnPlan => "plan_returned",
            Self::ApprovePlan => "plan_approved",
            Self::RequestExtension => "extension_requested",
            Self::DecideExtension => "extension_decided",
            Self::SuspendProduction => "production_suspended",
            Self::ResumeProduction => "production_resumed",
            Self::SubmitCompletion => "completion_submitted",
            Self::Review => "reviewed",
            Self::SignOff => "closed",
            Self::RejectSignOff => "sign_off_rejected",
            Self::Reopen => "reopened",
            Self::Escalate => "escalated",
            Self::Penalize => "penalized",
            Self::OpenAccountability => "accountability_opened",
            Self::Transfer => "transferred",
            Self::Remark => "remarked",
        }
    }
}

/// Who may perform an action somewhere in the lifecycle.
pub fn roles_of(action: Action) -> &'static [Role] {
    table::roles_of::<Transition>(action)
}

/// For which bodies of its action a row holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Whatever the body says.
    Always,
    /// The body says that the review was passed.
    Passed,
    /// The body says that it was not.
    Failed,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Transition {
    /// The action.
    pub action: Action,
    /// From where; empty for `report`, which puts a hazard on record.
    pub from: &'static [State],
    /// For which outcome.
    pub outcome: Outcome,
    /// Where to.
    pub to: Target<State>,
    /// Who may.
    pub roles: &'static [Role],
    /// What is checked.
    pub guards: &'static [Guard],
    /// What it does to the clocks, in this order.
    pub clocks: &'static [ClockEffect<ClockKind>],
    /// The notice that is served on the unit's principal and controller.
    pub notice: Option<NoticeKind>,
}

const OFFICIALS: &[Role] = &[
    Role::Inspector,
    Role::Committee,
    Role::Regulator,
    Role::Office,
    Role::TipOfficer,
];
const JUDGES: &[Role] = &[Role::Committee, Role::Regulator];
const CONFIRMED_AND_OPEN: &[State] = &[
    State::Confirmed,
    State::Supervised,
    State::PlanReview,
    State::Rectifying,
    State::AwaitingReview,
    State::AwaitingSignOff,
];
const UNDER_ORDER: &[State] = &[State::Supervised, State::PlanReview, State::Rectifying];
const PRESSED: &[State] = &[
    State::Supervised,
    State::PlanReview,
    State::Rectifying,
    State::AwaitingReview,
];
const PUNISHABLE: &[State] = &[
    State::Confirmed,
    State::Supervised,
    State::PlanReview,
    State::Rectifying,
    State::AwaitingReview,
    State::AwaitingSignOff,
    State::Closed,
];
const OPEN: &[State] = &[
    State::Reported,
    State::Confirmed,
    State::Supervised,
    State::PlanReview,
    State::Rectifying,
    State::AwaitingReview,
    State::AwaitingSignOff,
];

/// The lifecycle.
pub const TABLE: &[Transition] = &[
    Transition {
        action: Action::Report,
        from: &[],
        outcome: Outcome::Always,
        to: Target::To(State::Reported),
        roles: &[Role::Enterprise, Role::Inspector, Role::TipOfficer],
        guards: &[
            Guard::SourceFitsRole,
            Guard::OwnUnit,
            Guard::InsideScope,
            Guard::UnitKnown,
            Guard::RecurrenceKnown,
            Guard::FoundNotInFuture,
            Guard::CriteriaKnown,
            Guard::CriteriaInForce,
            Guard::EvidenceKnown,
        ],
        clocks: &[ClockEffect::Start(ClockKind::Confirm)],
        notice: None,
    },
    Transition {
        action: Action::Confirm,
        from: &[State::Reported],
        outcome: Outcome::Always,
        to: Target::To(State::Confirmed),
        roles: JUDGES,
        guards: &[Guard::CriteriaRequired, Guard::CriteriaKnown, Guard::CriteriaInForce],
        clocks: &[
            ClockEffect::Stop(ClockKind::Confirm),
            ClockEffect::Start(ClockKind::Order),
        ],
        notice: None,
    },
    Transition {
        action: Action::Dismiss,
        from: &[State::Reported, State::Confirmed],
        outcome: Outcome::Always,
        to: Target::To(State::Dismissed),
        roles: JUDGES,
        guards: &[],
        clocks: &[ClockEffect::StopAll],
        notice: None,
    },
    Transition {
        action: Action::Merge,
        from: &[State::Reported, State::Confirmed],
        outcome: Outcome::Always,
        to: Target::To(State::Merged),
        roles: JUDGES,
        guards: &[
            Guard::MergeTargetKnown,
            Guard::MergeIntoAnother,
            Guard::MergeTargetOpen,
            Guard::MergeSameUnit,
            Guard::MergeNoChain,
        ],
        clocks: &[ClockEffect::StopAll],
        notice: None,
    },
    Transition {
        action: Action::Order,
        from: &[State::Confirmed],
        outcome: Outcome::Always,
        to: Target::To(State::Supervised),
        roles: JUDGES,
        guards: &[
            Guard::CommitteeOrdersOrdinary,
            Guard::MunicipalFindIsListed,
            Guard::OrderLevelReached,
            Guard::PlanDueNotPast,
            Guard::DueNotPast,
            Guard::PlanDueWithinDue,
        ],
        clocks: &[
            ClockEffect::Stop(ClockKind::Order),
            ClockEffect::Start(ClockKind::Plan),
            ClockEffect::Start(ClockKind::Rectify),
        ],
        notice: Some(NoticeKind::Order),
    },
    Transition {
        action: Action::UpgradeOrder,
        from: UNDER_ORDER,
        outcome: Outcome::Always,
        to: Target::Same,
        roles: &[Role::Regulator],
        guards: &[Guard::OrderIsOrdinary, Guard::OrderLevelReached, Guard::LevelNotLowered],
        clocks: &[],
        notice: Some(NoticeKind::OrderUpgraded),
    },
    Transition {
        action: Action::SubmitPlan,
        from: &[State::Supervised],
        outcome: Outcome::Always,
        to: Target::To(State::PlanReview),
        roles: &[Role::Enterprise],
        guards: &[Guard::OwnUnit, Guard::PlanWithinOrder],
        clocks: &[
            ClockEffect::Stop(ClockKind::Plan),
            ClockEffect::Start(ClockKind::PlanReview),
        ],
        notice: None,
    },
    Transition {
        action: Action::ReturnPlan,
        from: &[State::PlanReview],
        outcome: Outcome::Always,
        to: Target::To(State::Supervised),
        roles: JUDGES,
        guards: &[Guard::PlanDueNotPast, Guard::PlanDueWithinOrder],
        clocks: &[
            ClockEffect::Stop(ClockKind::PlanReview),
            ClockEffect::Start(ClockKind::Plan),
        ],
        notice: Some(NoticeKind::PlanReturned),
    },
    Transition {
        action: Action::ApprovePlan,
        from: &[State::PlanReview],
        outcome: Outcome::Always,
        to: Target::To(State::Rectifying),
        roles: JUDGES,
        guards: &[],
        clocks: &[ClockEffect::Stop(ClockKind::PlanReview)],
        notice: None,
    },
    Transition {
        action: Action::RequestExtension,
        from: UNDER_ORDER,
        outcome: Outcome::Always,
        to: Target::Same,
        roles: &[Role::Enterprise],
        guards: &[
            Guard::OwnUnit,
            Guard::BeforeDeadline,
            Guard::NoPendingExtension,
            Guard::ExtensionsLeft,
            Guard::DueLater,
        ],
        clocks: &[ClockEffect::Start(ClockKind::Extension)],
        notice: None,
    },
    Transition {
        action: Action::DecideExtension,
        from: UNDER_ORDER,
        outcome: Outcome::Always,
        to: Target::Same,
        roles: JUDGES,
        guards: &[
            Guard::LevelOfOrder,
            Guard::PendingExtension,
            Guard::ExtensionsLeft,
            Guard::ApprovalNamesDate,
            Guard::DueLater,
        ],
        clocks: &[
            ClockEffect::Stop(ClockKind::Extension),
            ClockEffect::Extend(ClockKind::Rectify),
        ],
        notice: Some(NoticeKind::ExtensionDecided),
    },
    Transition {
        action: Action::SuspendProduction,
        from: CONFIRMED_AND_OPEN,
        outcome: Outcome::Always,
        to: Target::Same,
        roles: &[Role::Regulator],
        guards: &[Guard::NotSuspendedSo],
        clocks: &[],
        notice: Some(NoticeKind::ProductionSuspended),
    },
    Transition {
        action: Action::ResumeProduction,
        from: CONFIRMED_AND_OPEN,
        outcome: Outcome::Always,
        to: Target::Same,
        roles: &[Role::Regulator],
        guards: &[Guard::ProductionSuspended],
        clocks: &[],
        notice: Some(NoticeKind::ProductionResumed),
    },
    Transition {
        action: Action::SubmitCompletion,
        from: &[State::Rectifying],
        outcome: Outcome::Always,
        to: Target::To(State::AwaitingReview),
        roles: &[Role::Enterprise],
        guards: &[
            Guard::OwnUnit,
            Guard::CompletedNotInFuture,
            Guard::CompletedAfterFound,
            Guard::EvidenceRequired,
            Guard::EvidenceKnown,
            Guard::EvidenceHere,
            Guard::EvaluationRequired,
            Guard::EvaluationKnown,
        ],
        clocks: &[
            ClockEffect::Stop(ClockKind::Rectify),
            // In the states that follow nobody could decide it any more.
            ClockEffect::Stop(ClockKind::Extension),
            ClockEffect::Start(ClockKind::Review),
        ],
        notice: None,
    },
    Transition {
        action: Action::Review,
        from: &[State::AwaitingReview],
        outcome: Outcome::Passed,
        to: Target::To(State::AwaitingSignOff),
        roles: &[Role::Inspector, Role::Committee, Role::Regulator],
        guards: &[
            Guard::TwoReviewers,
            Guard::ReviewersDiffer,
            Guard::ReviewedNotInFuture,
            Guard::ReviewedAfterCompletion,
            Guard::EvidenceKnown,
            Guard::EvidenceHere,
        ],
        clocks: &[
            ClockEffect::Stop(ClockKind::Review),
            ClockEffect::Start(ClockKind::SignOff),
        ],
        notice: None,
    },
    Transition {
        action: Action::Review,
        from: &[State::AwaitingReview],
        outcome: Outcome::Failed,
        to: Target::To(State::Rectifying),
        roles: &[Role::Inspector, Role::Committee, Role::Regulator],
        guards: &[
            Guard::TwoReviewers,
            Guard::ReviewersDiffer,
            Guard::ReviewedNotInFuture,
            Guard::ReviewedAfterCompletion,
            Guard::EvidenceKnown,
            Guard::EvidenceHere,
            Guard::FailureNamesDate,
            Guard::DueNotPast,
        ],
        clocks: &[
            ClockEffect::Stop(ClockKind::Review),
            ClockEffect::Start(ClockKind::Rectify),
        ],
        notice: Some(NoticeKind::ReviewFailed),
    },
    Transition {
        action: Action::SignOff,
        from: &[State::AwaitingSignOff],
        outcome: Outcome::Always,
        to: Target::To(State::Closed),
        roles: &[Role::Regulator],
        guards: &[
            Guard::LevelOfOrder,
            Guard::SignerDidNotReport,
            Guard::SignerDidNotReview,
            Guard::SignerIsNoReviewer,
            Guard::EvidenceComplete,
        ],
        clocks: &[ClockEffect::StopAll],
        notice: Some(NoticeKind::Closed),
    },
    Transition {
        action: Action::RejectSignOff,
        from: &[State::AwaitingSignOff],
        outcome: Outcome::Always,
        to: Target::To(State::Rectifying),
        roles: &[Role::Regulator],
        guards: &[Guard::DueNotPast],
        clocks: &[
            ClockEffect::Stop(ClockKind::SignOff),
            ClockEffect::Start(ClockKind::Rectify),
        ],
        notice: Some(NoticeKind::SignOffRejected),
    },
    Transition {
        action: Action::Reopen,
        from: &[State::Closed],
        outcome: Outcome::Always,
        to: Target::To(State::Supervised),
        roles: &[Role::Regulator],
        guards: &[Guard::PlanDueNotPast, Guard::DueNotPast, Guard::PlanDueWithinDue],
        clocks: &[
            ClockEffect::Start(ClockKind::Plan),
            ClockEffect::Start(ClockKind::Rectify),
        ],
        notice: Some(NoticeKind::Reopened),
    },
    Transition {
        action: Action::Escalate,
        from: PRESSED,
        outcome: Outcome::Always,
        to: Target::Same,
        roles: &[Role::Committee, Role::Regulator, Role::Office],
        guards: &[Guard::LateOrStalled, Guard::RungHigher, Guard::SkippedRungHasReason],
        clocks: &[],
        notice: Some(NoticeKind::Escalation),
    },
    Transition {
        action: Action::Penalize,
        from: PUNISHABLE,
        outcome: Outcome::Always,
        to: Target::Same,
        roles: &[Role::Regulator],
        guards: &[
            Guard::DecidedNotInFuture,
            Guard::DecidedAfterFound,
            Guard::FineNamesAmount,
            Guard::PersonalAmountNamesPerson,
        ],
        clocks: &[],
        notice: None,
    },
    Transition {
        action: Action::OpenAccountability,
        from: PUNISHABLE,
        outcome: Outcome::Always,
        to: Target::Same,
        roles: &[Role::Regulator, Role::Office],
        guards: &[Guard::AccountabilityNotOpen],
        clocks: &[],
        notice: None,
    },
    Transition {
        action: Action::Transfer,
        from: OPEN,
        outcome: Outcome::Always,
        to: Target::Same,
        roles: &[Role::Office, Role::Regulator],
        guards: &[
            Guard::AuthorityKnown,
            Guard::AuthorityCompetent,
            Guard::AuthorityReachesOrder,
            Guard::TransferToAnother,
        ],
        // What the unit owes ends on the dates in the order, whoever supervises.
        clocks: &[
            ClockEffect::Restart(ClockKind::Confirm),
            ClockEffect::Restart(ClockKind::Order),
            ClockEffect::Restart(ClockKind::PlanReview),
            ClockEffect::Restart(ClockKind::Extension),
            ClockEffect::Restart(ClockKind::Review),
            ClockEffect::Restart(ClockKind::SignOff),
        ],
        notice: None,
    },
    Transition {
        action: Action::Remark,
        from: <State as crate::values::Vocabulary>::ALL,
        outcome: Outcome::Always,
        to: Target::Same,
        roles: OFFICIALS,
        guards: &[],
        clocks: &[],
        notice: None,
    },
];
