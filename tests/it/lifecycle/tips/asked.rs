//! Who handles a tip, under which policy, and with which bodies.

use major_hazards::law::policy::Policy;
use major_hazards::law::scope::{Caller, Level, Role};
use major_hazards::law::tips::facts::{RevealFacts, TipBodyFacts, TipFacts};
use major_hazards::law::tips::lifecycle::{DeclineReason, TipAction, TipState};
use major_hazards::law::tips::reward::RewardStanding;
use major_hazards::values::Vocabulary as _;

use crate::lifecycle::asked::caller;

/// Two of the office, because what one proposes another approves.
pub(super) fn officers() -> Vec<Caller> {
    ["first", "second"]
        .map(|subject| caller(subject, &[Role::TipOfficer], Level::District))
        .to_vec()
}

/// The shipped policy, under which the identity of a reporter is opened by two.
pub(super) fn policy() -> Policy {
    let text = Policy::EMBEDDED.replace("second_officer_for_reveal = false", "second_officer_for_reveal = true");
    assert_ne!(text, Policy::EMBEDDED);
    Policy::parse(&text).unwrap()
}

/// A tip before it is told, for every reporter there can be.
pub(super) fn untold() -> Vec<TipFacts> {
    let truth = [false, true];
    let mut tips = Vec::new();
    for anonymous in truth {
        for wants_reward in truth {
            for first_to_tell in truth {
                tips.push(TipFacts {
                    state: TipState::Received,
                    anonymous,
                    wants_reward,
                    found_true: false,
                    first_to_tell,
                    extensions: 0,
                    verification_due_on: None,
                    reward: RewardStanding::None,
                    reveal: RevealFacts::default(),
                    running: Vec::new(),
                    identity_kept: true,
                });
            }
        }
    }
    tips
}

/// Bodies that differ in everything a guard asks; the first of each action is in order.
pub(super) fn bodies(action: TipAction) -> Vec<TipBodyFacts> {
    let none = TipBodyFacts::default;
    match action {
        TipAction::Decline => DeclineReason::ALL
            .iter()
            .flat_map(|reason| {
                [true, false].map(|referred| TipBodyFacts {
                    reason: Some(*reason),
                    referred,
                    ..none()
                })
            })
            .collect(),
        TipAction::Conclude => {
            let concluded = |substantiated| {
                [
                    (Some(true), false),
                    (None, true),
                    (Some(false), false),
                    (Some(true), true),
                    (None, false),
                ]
                .map(|(hazard, report)| TipBodyFacts {
                    substantiated: Some(substantiated),
                    hazard,
                    report,
                    ..none()
                })
            };
            [concluded(true), concluded(false)].concat()
        }
        TipAction::PayReward => [Some(true), Some(false), None]
            .map(|claim_proven| TipBodyFacts { claim_proven, ..none() })
            .to_vec(),
        TipAction::Tell
        | TipAction::Accept
        | TipAction::StartVerification
        | TipAction::Extend
        | TipAction::Answer
        | TipAction::ProposeReward
        | TipAction::ApproveReward
        | TipAction::Close
        | TipAction::ApproveReveal
        | TipAction::Reveal => vec![none()],
    }
}
