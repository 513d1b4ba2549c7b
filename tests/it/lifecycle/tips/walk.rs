//! Every stage that officers, and time alone, can bring a tip to, and what must hold of each step.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::OnceLock;

use major_hazards::law::deadlines::Change;
use major_hazards::law::policy::Policy;
use major_hazards::law::scope::Caller;
use major_hazards::law::table::Denial;
use major_hazards::law::tips::TipGuard;
use major_hazards::law::tips::decide::{TipPermit, TipQuestion, decide, decide_without, told};
use major_hazards::law::tips::facts::{RevealFacts, TipBodyFacts, TipFacts};
use major_hazards::law::tips::lifecycle::{DeclineReason, TABLE, TipAction, TipClock, TipState};
use major_hazards::law::tips::reward::{RewardStanding, RewardState};
use major_hazards::values::Vocabulary as _;

use super::asked::{bodies, officers, policy, untold};
use crate::lifecycle::asked::{day, now};

#[derive(Default)]
pub(super) struct Walk {
    pub(super) stages: BTreeMap<String, TipFacts>,
    pub(super) steps: Vec<(String, String)>,
    pub(super) violations: Vec<String>,
    pub(super) refused_alone: BTreeSet<TipGuard>,
    pub(super) held: BTreeSet<TipGuard>,
}

pub(super) fn key(tip: &TipFacts) -> String {
    format!("{tip:?}")
}

/// Visits every stage, once for all tests.
pub(super) fn walk() -> &'static Walk {
    static WALK: OnceLock<Walk> = OnceLock::new();
    WALK.get_or_init(|| {
        let mut walk = Walk::default();
        let (policy, officers) = (policy(), officers());
        let begin = told(&policy);
        let mut queue: VecDeque<TipFacts> = untold().iter().map(|tip| after(tip, &officers[0], &begin)).collect();
        while let Some(tip) = queue.pop_front() {
            let from = key(&tip);
            if walk.stages.contains_key(&from) {
                continue;
            }
            walk.check_stage(&tip);
            walk.stages.insert(from.clone(), tip.clone());
            let mut next = left_alone(&tip);
            for (officer, action) in asked(&officers) {
                for body in bodies(action) {
                    next.extend(walk.ask(&policy, &tip, officer, action, &body, None));
                }
            }
            for next in next {
                walk.steps.push((from.clone(), key(&next)));
                queue.push_back(next);
            }
        }
        walk
    })
}

/// Each officer with every action on a tip that is on record.
pub(super) fn asked(officers: &[Caller]) -> impl Iterator<Item = (&Caller, TipAction)> {
    officers
        .iter()
        .flat_map(|officer| TipAction::ALL.iter().map(move |action| (officer, *action)))
        .filter(|(_, action)| *action != TipAction::Tell)
}

/// What becomes of it when nobody does anything: an end passes, a reward lapses, the retention is over.
fn left_alone(tip: &TipFacts) -> Vec<TipFacts> {
    let yesterday = now().day().minus_days(1);
    let mut later = Vec::new();
    if tip.verification_due_on.is_some_and(|due| due > yesterday) {
        later.push(TipFacts {
            verification_due_on: Some(yesterday),
            ..tip.clone()
        });
    }
    if tip.reward.state(now().day()) == RewardState::Approved {
        later.push(TipFacts {
            reward: RewardStanding::Approved { claim_by: yesterday },
            ..tip.clone()
        });
    }
    if tip.state == TipState::Closed && tip.identity_kept {
        later.push(TipFacts {
            identity_kept: false,
            ..tip.clone()
        });
    }
    later
}

/// What an action does to the facts, written a second time on purpose.
fn after(tip: &TipFacts, officer: &Caller, permit: &TipPermit) -> TipFacts {
    let mut next = tip.clone();
    next.state = permit.to();
    match permit.action() {
        TipAction::Conclude => next.found_true = permit.to() == TipState::Substantiated,
        TipAction::Extend => next.extensions += 1,
        TipAction::ProposeReward => {
            next.reward = RewardStanding::Proposed {
                by: officer.subject.clone(),
            };
        }
        TipAction::ApproveReward => next.reward = RewardStanding::Approved { claim_by: day(60) },
        TipAction::PayReward => next.reward = RewardStanding::Paid,
        TipAction::ApproveReveal => next.reveal.approved_by = Some(officer.subject.clone()),
        TipAction::Reveal => next.reveal = RevealFacts::default(),
        TipAction::Tell
        | TipAction::Accept
        | TipAction::Decline
        | TipAction::StartVerification
        | TipAction::Answer
        | TipAction::Close => {}
    }
    let mut running: BTreeSet<TipClock> = next.running.iter().copied().collect();
    for step in permit.clock_steps() {
        match step.change {
            Change::Start { .. } => drop(running.insert(step.kind)),
            Change::Stop => drop(running.remove(&step.kind)),
            Change::Extend { until } => next.verification_due_on = Some(until),
            Change::Pause | Change::Resume => {}
        }
    }
    if !running.contains(&TipClock::Verification) {
        next.verification_due_on = None;
    } else if next.verification_due_on.is_none() {
        next.verification_due_on = Some(day(60));
    }
    next.running = running.into_iter().collect();
    next
}

impl Walk {
    /// What an answer makes of the tip; nothing where it makes nothing of it.
    pub(super) fn ask(
        &mut self,
        policy: &Policy,
        tip: &TipFacts,
        officer: &Caller,
        action: TipAction,
        body: &TipBodyFacts,
        left_out: Option<TipGuard>,
    ) -> Option<TipFacts> {
        let question = TipQuestion {
            tip,
            caller: officer,
            action,
            body: Some(body),
            now: now(),
            policy,
        };
        let verdict = match left_out {
            Some(guard) => decide_without(&question, guard),
            None => decide(&question),
        };
        match verdict {
            Ok(permit) => {
                let rows = TABLE.iter().filter(|row| row.action == action);
                self.held.extend(rows.flat_map(|row| row.guards));
                let next = after(tip, officer, &permit);
                self.check_step(tip, officer, action, body);
                Some(next)
            }
            Err(Denial::Broken(broken)) => {
                let guards: BTreeSet<TipGuard> = broken.iter().map(|broken| broken.guard).collect();
                // Whoever wanted to open the identity alone has asked for it.
                let asks = guards.contains(&TipGuard::SecondOfficerApproved) && tip.identity_kept;
                if guards.len() == 1 {
                    self.refused_alone.extend(guards);
                }
                asks.then(|| TipFacts {
                    reveal: RevealFacts {
                        asked_by: Some(officer.subject.clone()),
                        approved_by: None,
                    },
                    ..tip.clone()
                })
            }
            Err(_) => None,
        }
    }

    fn check_stage(&mut self, tip: &TipFacts) {
        if tip.state.is_open() == tip.running.is_empty() {
            self.violations.push(format!("{}: clocks {:?}", tip.state, tip.running));
        }
        let claimable = matches!(tip.reward, RewardStanding::Approved { .. });
        if tip.state.is_open() && claimable != tip.running.contains(&TipClock::Claim) {
            self.violations
                .push(format!("{}: {:?} with {:?}", tip.state, tip.reward, tip.running));
        }
        if tip.extensions > 1 {
            self.violations.push("extended twice".to_owned());
        }
    }

    /// What must hold of each step, in words that name no guard.
    fn check_step(&mut self, before: &TipFacts, officer: &Caller, action: TipAction, body: &TipBodyFacts) {
        let mut wrong = |what: &str| self.violations.push(format!("{action}: {what}"));
        let today = now().day();
        let someone_else = |subject: &Option<String>| subject.as_ref().is_some_and(|by| *by != officer.subject);
        match action {
            TipAction::Decline if body.reason == Some(DeclineReason::NotOurs) && !body.referred => {
                wrong("sent away and nowhere to go");
            }
            TipAction::Extend if before.extensions == 1 || before.verification_due_on < Some(today) => {
                wrong("a second time, or after the end");
            }
            TipAction::Conclude => {
                let named = usize::from(body.hazard.is_some()) + usize::from(body.report);
                let right = usize::from(body.substantiated == Some(true));
                if named != right || body.hazard == Some(false) {
                    wrong("without its hazard, or with what is none");
                }
            }
            TipAction::ProposeReward => {
                let decided = !matches!(before.reward, RewardStanding::None | RewardStanding::Proposed { .. });
                if !before.found_true || !before.first_to_tell || decided {
                    wrong("for nothing, for the second to tell, or twice");
                }
            }
            TipAction::ApproveReward => match &before.reward {
                RewardStanding::Proposed { by } if *by != officer.subject => {}
                _ => wrong("what nobody else proposed"),
            },
            TipAction::PayReward => {
                let claimable = matches!(before.reward, RewardStanding::Approved { claim_by } if claim_by >= today);
                let proven = body.claim_proven == Some(true) || body.claim_proven.is_none() && !before.anonymous;
                if !claimable || !proven {
                    wrong("too late, to nobody, or without an approval");
                }
            }
            TipAction::Close => {
                let lapsed = matches!(before.reward, RewardStanding::Approved { claim_by } if claim_by < today);
                let owed = before.found_true && before.wants_reward && before.first_to_tell;
                let nothing_owed = before.reward == RewardStanding::None && !owed;
                if before.reward != RewardStanding::Paid && !lapsed && !nothing_owed {
                    wrong("over a reward that is owed");
                }
            }
            TipAction::ApproveReveal => {
                if !someone_else(&before.reveal.asked_by) || before.reveal.approved_by.is_some() {
                    wrong("what nobody else asked for");
                }
                if !before.identity_kept {
                    wrong("what is destroyed");
                }
            }
            TipAction::Reveal => {
                if before.reveal.asked_by.as_ref() != Some(&officer.subject)
                    || !someone_else(&before.reveal.approved_by)
                {
                    wrong("by one alone");
                }
                if !before.identity_kept {
                    wrong("what is destroyed");
                }
            }
            _ => {}
        }
    }
}
