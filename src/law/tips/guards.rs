//! Every named guard on tips: what it checks, the code it refuses with, and the rule it comes from.
//!
//! As those on hazards (`law/guards.rs`) they are silent without their facts in the body. To add one: a line in
//! `guards!` and an arm in `TipGuard::blame`.

use super::decide::TipQuestion;
use super::facts::TipBodyFacts;
use super::lifecycle::DeclineReason;
use super::reward::RewardState;
use crate::law::guards::{Broken, guards};

guards! {
    /// A named check of what is done to a tip. Its code is part of the contract.
    pub enum TipGuard {
        ReferralNamed = "referral_required", Rule, "不属本机构职责的，必须写明告知或移送的机构", "a tip that is another authority's must name it", "安监总财〔2018〕19号";
        ExtensionLeft = "verification_extended_already", Rule, "核查期限只能延长一次", "the verification is extended once only", "policy: tips";
        BeforeVerificationEnds = "verification_overdue", Rule, "核查期限已过，不能再延长", "the end of the verification has passed; it can no longer be extended", "policy: tips";
        FindingNamed = "finding_required", Rule, "查证属实的，必须且只能写明一条已在册的隐患或上报一条隐患", "what is found true names either a hazard on record or a report of one", "plan, items 15 and 25";
        FindingKnown = "finding_unknown", Rule, "写明的隐患不在册", "the hazard that is named is not on record", "plan, items 15 and 25";
        NoFindingNamed = "finding_not_expected", Rule, "查无实据的，不能写明隐患", "what is not found true names no hazard", "plan, items 15 and 25";
        FoundTrue = "not_found_true", Rule, "只有查证属实的举报才能奖励", "only what was found true is rewarded", "安监总财〔2018〕19号";
        FirstToTell = "not_first_to_tell", Rule, "同一隐患已有在先的举报或上报，只奖励最先举报人", "somebody told of the same hazard before; the first is rewarded", "安监总财〔2018〕19号";
        RewardNotDecided = "reward_decided_already", Rule, "奖励已经批准", "the reward has been approved already", "安监总财〔2018〕19号";
        RewardProposed = "no_reward_proposed", Rule, "没有待批准的奖励", "no reward is proposed", "安监总财〔2018〕19号";
        ApproverDidNotPropose = "approver_proposed_reward", Authority, "拟定奖励的人员不能批准该奖励", "whoever proposed the reward cannot approve it", "policy: tips";
        RewardApproved = "reward_not_approved", Rule, "没有已批准待领取的奖励", "no approved reward waits to be claimed", "安监总财〔2018〕19号";
        ClaimPeriodRuns = "reward_lapsed", Rule, "已过领取期限，视为放弃奖励", "the period for claiming has passed; the reward has lapsed", "安监总财〔2018〕19号";
        ClaimProven = "claim_not_proven", Rule, "查询码或口令不符；匿名举报须凭查询码和口令领取奖励", "receipt or passphrase is not right; the reward of an anonymous tip is claimed with both", "plan, item 25";
        RewardSettled = "reward_unsettled", Rule, "举报人申请的奖励尚未办结", "a reward is still owed, proposed or waiting to be claimed", "安监总财〔2018〕19号";
        RevealAsked = "no_reveal_asked", Rule, "没有待批准的查看身份申请", "nobody waits for leave to open the identity", "policy: tips";
        ApproverDidNotAsk = "approver_asked_reveal", Authority, "申请查看身份的人员不能自行批准", "whoever asked to open the identity cannot approve it", "policy: tips";
        SecondOfficerApproved = "second_officer_required", Authority, "查看举报人身份须由另一名受理人员先行批准", "another officer must approve before the identity is opened", "policy: tips";
        IdentityKept = "tip_erased", Rule, "保存期限已过，举报内容和身份已销毁", "the retention is over; what was told and who told it is destroyed", "plan, item 25";
    }
}

impl TipGuard {
    /// Checks the guard and returns every place at which it is broken.
    pub(super) fn broken(self, question: &TipQuestion<'_>) -> Vec<Broken<Self>> {
        let none = TipBodyFacts::default();
        let body = question.body.unwrap_or(&none);
        self.blame(question, body)
            .map(|pointer| Broken {
                guard: self,
                pointer: pointer.to_owned(),
            })
            .into_iter()
            .collect()
    }

    /// The member of the body that is to blame, empty when none is; nothing when the guard holds.
    fn blame(self, question: &TipQuestion<'_>, body: &TipBodyFacts) -> Option<&'static str> {
        let tip = question.tip;
        let given = question.body.is_some();
        let own = |subject: &Option<String>| subject.as_deref() == Some(question.caller.subject.as_str());
        let reward = tip.reward.state(question.now.day());
        let (broken, pointer) = match self {
            Self::ReferralNamed => (
                body.reason == Some(DeclineReason::NotOurs) && !body.referred,
                "/referred_to",
            ),
            Self::ExtensionLeft => (tip.extensions > 0, ""),
            Self::BeforeVerificationEnds => (tip.verification_due_on.is_some_and(|due| due < question.now.day()), ""),
            Self::FindingNamed => (given && body.hazard.is_some() == body.report, "/hazard"),
            Self::FindingKnown => (body.hazard == Some(false), "/hazard"),
            Self::NoFindingNamed => (
                body.hazard.is_some() || body.report,
                if body.report { "/report" } else { "/hazard" },
            ),
            Self::FoundTrue => (!tip.found_true, ""),
            Self::FirstToTell => (!tip.first_to_tell, ""),
            Self::RewardNotDecided => (!matches!(reward, RewardState::None | RewardState::Proposed), ""),
            Self::RewardProposed => (reward != RewardState::Proposed, ""),
            Self::ApproverDidNotPropose => (tip.reward.proposed_by() == Some(&question.caller.subject), ""),
            Self::RewardApproved => (!matches!(reward, RewardState::Approved | RewardState::Lapsed), ""),
            Self::ClaimPeriodRuns => (reward == RewardState::Lapsed, ""),
            Self::ClaimProven => {
                let proven = body.claim_proven.unwrap_or(!given || !tip.anonymous);
                (!proven, "/receipt")
            }
            Self::RewardSettled => {
                let owed = tip.wants_reward && tip.found_true && tip.first_to_tell;
                let settled = match reward {
                    RewardState::None => !owed,
                    RewardState::Proposed | RewardState::Approved => false,
                    RewardState::Paid | RewardState::Lapsed => true,
                };
                (!settled, "")
            }
            Self::RevealAsked => (tip.reveal.asked_by.is_none() || tip.reveal.approved_by.is_some(), ""),
            Self::ApproverDidNotAsk => (own(&tip.reveal.asked_by), ""),
            Self::SecondOfficerApproved => {
                let approved =
                    own(&tip.reveal.asked_by) && tip.reveal.approved_by.is_some() && !own(&tip.reveal.approved_by);
                (question.policy.tips().second_officer_for_reveal() && !approved, "")
            }
            Self::IdentityKept => (!tip.identity_kept, ""),
        };
        broken.then_some(pointer)
    }
}
