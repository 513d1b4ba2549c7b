//! May this caller do this to this tip now, and if not, why not and who could?
//!
//! As for hazards (`law/decide.rs`) only a [`TipPermit`] moves a tip, and the real call, the dry run and the advertised
//! actions are one evaluation.

use super::facts::{TipBodyFacts, TipFacts};
use super::guards::TipGuard;
use super::lifecycle::{TABLE, TipAction, TipClock, TipOutcome, TipState, TipTransition};
use crate::law::deadlines::{Change, ClockStep};
use crate::law::guards::Broken;
use crate::law::policy::Policy;
use crate::law::refusal::WhoCould;
use crate::law::scope::Caller;
use crate::law::table::{self, Advice, Asking, ClockEffect, Denial, Target};
use crate::values::{Instant, Vocabulary as _, Yuan};

/// What is asked of the law.
#[derive(Debug, Clone, Copy)]
pub struct TipQuestion<'a> {
    /// The tip.
    pub tip: &'a TipFacts,
    /// The caller.
    pub caller: &'a Caller,
    /// The action.
    pub action: TipAction,
    /// The body; nothing while the caller has not sent one.
    pub body: Option<&'a TipBodyFacts>,
    /// The moment.
    pub now: Instant,
    /// The policy in force.
    pub policy: &'a Policy,
}

/// Why a question about a tip was answered with no.
pub type TipDenial = Denial<TipState, TipAction, TipGuard>;

/// What a caller is told of one action on a tip before the call.
pub type TipAdvice = Advice<TipAction, TipGuard>;

/// Leave to advance a tip, or to open it. Made here only, and used up by the store.
#[derive(Debug, PartialEq, Eq)]
pub struct TipPermit {
    action: TipAction,
    from: Option<TipState>,
    to: TipState,
    clock_steps: Vec<ClockStep<TipClock>>,
    policy_version: String,
    reward: Option<Yuan>,
}

impl TipPermit {
    /// The action.
    pub fn action(&self) -> TipAction {
        self.action
    }

    /// Where from; nothing for a tip that is told.
    pub fn from(&self) -> Option<TipState> {
        self.from
    }

    /// Where to.
    pub fn to(&self) -> TipState {
        self.to
    }

    /// What happens to the clocks.
    pub fn clock_steps(&self) -> &[ClockStep<TipClock>] {
        &self.clock_steps
    }

    /// Version of the policy that the clocks run under.
    pub fn policy_version(&self) -> &str {
        &self.policy_version
    }

    /// The amount that a proposal comes to. Nobody else computes it, and the approval changes nothing of it.
    pub fn reward(&self) -> Option<Yuan> {
        self.reward
    }
}

impl Asking<TipTransition> for TipQuestion<'_> {
    fn caller(&self) -> &Caller {
        self.caller
    }

    fn action(&self) -> TipAction {
        self.action
    }

    /// A tip that exists is never told again.
    fn state(&self) -> Option<TipState> {
        Some(self.tip.state)
    }

    /// Without a body the row of what was found true stands for the action.
    fn fits(&self, row: &TipTransition) -> bool {
        match row.outcome {
            TipOutcome::Always => true,
            TipOutcome::Substantiated => self.body.is_none_or(|body| body.substantiated == Some(true)),
            TipOutcome::Unsubstantiated => self.body.is_some_and(|body| body.substantiated != Some(true)),
        }
    }

    fn broken(&self, guard: TipGuard) -> Vec<Broken<TipGuard>> {
        guard.broken(self)
    }

    fn who_could(&self, row: &TipTransition) -> WhoCould {
        WhoCould {
            roles: row.roles.to_vec(),
            level: None,
        }
    }

    fn before_a_body(&self, action: TipAction) -> Self {
        Self {
            action,
            body: None,
            ..*self
        }
    }
}

/// Leave to put a tip on record. Anyone may tell, without a token, so there is nothing to decide.
pub fn told(policy: &Policy) -> TipPermit {
    TipPermit {
        action: TipAction::Tell,
        from: None,
        to: TipState::Received,
        clock_steps: TABLE
            .iter()
            .filter(|row| row.action == TipAction::Tell)
            .flat_map(|row| row.clocks)
            .flat_map(|effect| clock_steps(*effect, None, policy))
            .collect(),
        policy_version: policy.version().to_owned(),
        reward: None,
    }
}

/// Decides on an action.
///
/// # Errors
/// [`Denial::RoleNotAllowed`], [`Denial::NotAllowedNow`] or [`Denial::Broken`], in this order.
pub fn decide(question: &TipQuestion<'_>) -> Result<TipPermit, TipDenial> {
    evaluate(question, None)
}

/// Decides as if one guard were not there. For the proof that each guard matters.
///
/// # Errors
/// As [`decide`].
pub fn decide_without(question: &TipQuestion<'_>, left_out: TipGuard) -> Result<TipPermit, TipDenial> {
    evaluate(question, Some(left_out))
}

/// Every action of the present state, in the order of the table.
pub fn advise(tip: &TipFacts, caller: &Caller, now: Instant, policy: &Policy) -> Vec<TipAdvice> {
    table::advise(tip.state, |action| TipQuestion {
        tip,
        caller,
        action,
        body: None,
        now,
        policy,
    })
}

fn evaluate(question: &TipQuestion<'_>, left_out: Option<TipGuard>) -> Result<TipPermit, TipDenial> {
    let row: &TipTransition = table::weigh(question, left_out)?;
    let policy = question.policy;
    Ok(TipPermit {
        action: row.action,
        from: question.state(),
        to: match row.to {
            Target::To(to) => to,
            Target::Same => question.tip.state,
        },
        clock_steps: row
            .clocks
            .iter()
            .flat_map(|effect| clock_steps(*effect, Some(question.tip), policy))
            .collect(),
        policy_version: policy.version().to_owned(),
        reward: question
            .body
            .filter(|_| row.action == TipAction::ProposeReward)
            .map(|body| policy.tips().reward().amount(body.fine, body.insider)),
    })
}

fn clock_steps(effect: ClockEffect<TipClock>, tip: Option<&TipFacts>, policy: &Policy) -> Vec<ClockStep<TipClock>> {
    let step = |kind, change| ClockStep { kind, change };
    let start = |kind| {
        let budget = policy.tips().budget(kind);
        step(kind, Change::Start { budget })
    };
    match effect {
        ClockEffect::Start(kind) => vec![start(kind)],
        ClockEffect::Stop(kind) => vec![step(kind, Change::Stop)],
        ClockEffect::Restart(kind) => tip
            .filter(|tip| tip.running.contains(&kind))
            .map(|_| start(kind))
            .into_iter()
            .collect(),
        ClockEffect::Extend(kind) => tip
            .and_then(|tip| tip.verification_due_on)
            .map(|due| due.plus_days(policy.tips().extension_days()))
            .map(|until| step(kind, Change::Extend { until }))
            .into_iter()
            .collect(),
        ClockEffect::StopAll => TipClock::ALL.iter().map(|kind| step(*kind, Change::Stop)).collect(),
    }
}
