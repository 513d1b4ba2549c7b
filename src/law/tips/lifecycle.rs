//! THE TABLE of public tips: every state, every action, and one row for each way from one to the other.
//!
//! It is read as that of hazards is (`law/lifecycle.rs`): by the evaluator, by `GET /v1/lifecycle?machine=tip`, by its
//! diagram and by the tests. To add a transition: a row here, and a [`TipAction`] when it is a new one; a guard that no
//! row had before goes into `law/tips/guards.rs`.

use super::guards::TipGuard;
use crate::law::scope::Role;
use crate::law::table::{self, ClockEffect, Row, Target};
use crate::values::vocabulary::vocabulary;

vocabulary! {
    /// Where a tip stands.
    pub enum TipState in "tip_statuses" {
        Received = "received", "待受理", "received, not yet judged";
        Accepted = "accepted", "已受理", "accepted, verification is owed";
        Declined = "declined", "不予受理", "declined, the answer is owed";
        Verifying = "verifying", "核查中", "being verified";
        Substantiated = "substantiated", "查证属实", "found true, the answer is owed";
        Unsubstantiated = "unsubstantiated", "查无实据", "not found true, the answer is owed";
        Answered = "answered", "已反馈", "answered";
        Closed = "closed", "已办结", "closed";
    }
}

impl TipState {
    /// True when nothing is owed any more.
    pub fn is_final(self) -> bool {
        match self {
            Self::Closed => true,
            Self::Received
            | Self::Accepted
            | Self::Declined
            | Self::Verifying
            | Self::Substantiated
            | Self::Unsubstantiated
            | Self::Answered => false,
        }
    }

    /// True when something is still owed.
    pub fn is_open(self) -> bool {
        !self.is_final()
    }
}

vocabulary! {
    /// What can be done to a tip.
    pub enum TipAction in "tip_actions" {
        Tell = "tell", "举报", "tell";
        Accept = "accept", "受理", "accept";
        Decline = "decline", "不予受理", "decline";
        StartVerification = "start_verification", "启动核查", "start the verification";
        Extend = "extend", "延长核查期限", "extend the verification";
        Conclude = "conclude", "认定核查结果", "conclude the verification";
        Answer = "answer", "反馈举报人", "answer the reporter";
        ProposeReward = "propose_reward", "拟定奖励", "propose a reward";
        ApproveReward = "approve_reward", "批准奖励", "approve the reward";
        PayReward = "pay_reward", "发放奖励", "pay the reward";
        Close = "close", "办结", "close";
        ApproveReveal = "approve_reveal", "批准查看举报人身份", "approve the opening of the reporter's identity";
        Reveal = "reveal", "查看举报人身份", "open the reporter's identity";
    }
}

impl TipAction {
    /// The second half of the event's name: `tip.<past tense>`.
    pub fn past_tense(self) -> &'static str {
        match self {
            Self::Tell => "received",
            Self::Accept => "accepted",
            Self::Decline => "declined",
            Self::StartVerification => "verification_started",
            Self::Extend => "verification_extended",
            Self::Conclude => "concluded",
            Self::Answer => "answered",
            Self::ProposeReward => "reward_proposed",
            Self::ApproveReward => "reward_approved",
            Self::PayReward => "reward_paid",
            Self::Close => "closed",
            Self::ApproveReveal => "reveal_approved",
            Self::Reveal => "reporter_revealed",
        }
    }
}

vocabulary! {
    /// What is being waited for.
    pub enum TipClock in "tip_clocks" {
        Acceptance = "acceptance", "受理决定", "decision on acceptance";
        Verification = "verification", "核查", "verification";
        Feedback = "feedback", "反馈举报人", "answer to the reporter";
        Closing = "closing", "办结", "closing";
        Claim = "claim", "领取奖励", "claim of the reward";
    }
}

vocabulary! {
    /// Why a tip is not accepted.
    pub enum DeclineReason in "tip_decline_reasons" {
        NotOurs = "not_ours", "不属本机构职责，已告知或移送有权机构", "another authority's to handle";
        AlreadyKnown = "already_known", "已受理或正在处理", "known already and being handled";
        NoSubstance = "no_substance", "没有可供核查的线索", "nothing in it that could be verified";
    }
}

/// For which bodies of its action a row holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TipOutcome {
    /// Whatever the body says.
    Always,
    /// The body says that the tip was found true.
    Substantiated,
    /// The body says that it was not.
    Unsubstantiated,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct TipTransition {
    /// The action.
    pub action: TipAction,
    /// From where; empty for `tell`, which puts a tip on record.
    pub from: &'static [TipState],
    /// For which outcome.
    pub outcome: TipOutcome,
    /// Where to.
    pub to: Target<TipState>,
    /// Who may; nobody for `tell`, which asks for no token.
    pub roles: &'static [Role],
    /// What is checked.
    pub guards: &'static [TipGuard],
    /// What it does to the clocks, in this order.
    pub clocks: &'static [ClockEffect<TipClock>],
}

/// Who may perform an action somewhere in the table.
pub fn roles_of(action: TipAction) -> &'static [Role] {
    table::roles_of::<TipTransition>(action)
}

const OFFICERS: &[Role] = &[Role::TipOfficer];
const UNDER_VERIFICATION: &[TipState] = &[TipState::Accepted, TipState::Verifying];
const TO_BE_ANSWERED: &[TipState] = &[TipState::Declined, TipState::Substantiated, TipState::Unsubstantiated];
/// A fine often comes long after the finding, so a tip is rewarded before or after the answer.
const REWARDED: &[TipState] = &[TipState::Substantiated, TipState::Answered];
const ANY: &[TipState] = <TipState as crate::values::Vocabulary>::ALL;

/// A row that holds whatever the body says.
const fn row(
    action: TipAction,
    from: &'static [TipState],
    to: Target<TipState>,
    guards: &'static [TipGuard],
    clocks: &'static [ClockEffect<TipClock>],
) -> TipTransition {
    TipTransition {
        action,
        from,
        outcome: TipOutcome::Always,
        to,
        roles: OFFICERS,
        guards,
        clocks,
    }
}

/// The lifecycle of a tip.
pub const TABLE: &[TipTransition] = &[
    TipTransition {
        roles: &[],
        ..row(
            TipAction::Tell,
            &[],
            Target::To(TipState::Received),
            &[],
            &[ClockEffect::Start(TipClock::Acceptance)],
        )
    },
    row(
        TipAction::Accept,
        &[TipState::Received],
        Target::To(TipState::Accepted),
        &[],
        // An office gains no time by not beginning: the verification is owed from the acceptance on.
        &[
            ClockEffect::Stop(TipClock::Acceptance),
            ClockEffect::Start(TipClock::Verification),
        ],
    ),
    row(
        TipAction::Decline,
        &[TipState::Received],
        Target::To(TipState::Declined),
        &[TipGuard::ReferralNamed],
        &[
            ClockEffect::Stop(TipClock::Acceptance),
            ClockEffect::Start(TipClock::Feedback),
        ],
    ),
    row(
        TipAction::StartVerification,
        &[TipState::Accepted],
        Target::To(TipState::Verifying),
        &[],
        &[],
    ),
    row(
        TipAction::Extend,
        UNDER_VERIFICATION,
        Target::Same,
        &[TipGuard::ExtensionLeft, TipGuard::BeforeVerificationEnds],
        &[ClockEffect::Extend(TipClock::Verification)],
    ),
    TipTransition {
        outcome: TipOutcome::Substantiated,
        ..row(
            TipAction::Conclude,
            &[TipState::Verifying],
            Target::To(TipState::Substantiated),
            &[TipGuard::FindingNamed, TipGuard::FindingKnown],
            &[
                ClockEffect::Stop(TipClock::Verification),
                ClockEffect::Start(TipClock::Feedback),
            ],
        )
    },
    TipTransition {
        outcome: TipOutcome::Unsubstantiated,
        ..row(
            TipAction::Conclude,
            &[TipState::Verifying],
            Target::To(TipState::Unsubstantiated),
            &[TipGuard::NoFindingNamed],
            &[
                ClockEffect::Stop(TipClock::Verification),
                ClockEffect::Start(TipClock::Feedback),
            ],
        )
    },
    row(
        TipAction::Answer,
        TO_BE_ANSWERED,
        Target::To(TipState::Answered),
        &[],
        &[
            ClockEffect::Stop(TipClock::Feedback),
            ClockEffect::Start(TipClock::Closing),
        ],
    ),
    row(
        TipAction::ProposeReward,
        REWARDED,
        Target::Same,
        &[TipGuard::FoundTrue, TipGuard::FirstToTell, TipGuard::RewardNotDecided],
        &[],
    ),
    row(
        TipAction::ApproveReward,
        REWARDED,
        Target::Same,
        &[TipGuard::RewardProposed, TipGuard::ApproverDidNotPropose],
        // Nobody is pressed to close what a reporter may still claim.
        &[
            ClockEffect::Start(TipClock::Claim),
            ClockEffect::Restart(TipClock::Closing),
        ],
    ),
    row(
        TipAction::PayReward,
        REWARDED,
        Target::Same,
        &[
            TipGuard::RewardApproved,
            TipGuard::ClaimPeriodRuns,
            TipGuard::ClaimProven,
        ],
        &[
            ClockEffect::Stop(TipClock::Claim),
            ClockEffect::Restart(TipClock::Closing),
        ],
    ),
    row(
        TipAction::Close,
        &[TipState::Answered],
        Target::To(TipState::Closed),
        &[TipGuard::RewardSettled],
        &[ClockEffect::StopAll],
    ),
    row(
        TipAction::ApproveReveal,
        ANY,
        Target::Same,
        &[
            TipGuard::RevealAsked,
            TipGuard::ApproverDidNotAsk,
            TipGuard::IdentityKept,
        ],
        &[],
    ),
    row(
        TipAction::Reveal,
        ANY,
        Target::Same,
        &[TipGuard::SecondOfficerApproved, TipGuard::IdentityKept],
        &[],
    ),
];

impl Row for TipTransition {
    type State = TipState;
    type Action = TipAction;
    type Guard = TipGuard;
    type Clock = TipClock;

    const TABLE: &'static [Self] = TABLE;

    fn action(&self) -> TipAction {
        self.action
    }

    fn from(&self) -> &'static [TipState] {
        self.from
    }

    fn outcome(&self) -> &'static str {
        match self.outcome {
            TipOutcome::Always => "",
            TipOutcome::Substantiated => "（属实）",
            TipOutcome::Unsubstantiated => "（不属实）",
        }
    }

    fn to(&self) -> Target<TipState> {
        self.to
    }

    fn roles(&self) -> &'static [Role] {
        self.roles
    }

    fn guards(&self) -> &'static [TipGuard] {
        self.guards
    }

    fn clocks(&self) -> &'static [ClockEffect<TipClock>] {
        self.clocks
    }

    fn is_final(state: TipState) -> bool {
        state.is_final()
    }
}
