//! The one evaluator: may this caller do this now, and if not, why not and who could?
//!
//! `decide` gives out a [`Permit`], and only a permit moves a hazard. `advise` asks the same of every action of a state
//! before the call; the two cannot disagree, because both run [`table::weigh`].

use super::deadlines::{Budget, Change, ClockStep};
use super::facts::{BodyFacts, HazardFacts};
use super::guards::{Broken, Guard};
use super::lifecycle::{
    Action, ClockEffect, ClockKind, Escalation, NoticeKind, Outcome, Production, State, TABLE, Target, Transition,
};
use super::policy::Policy;
use super::refusal::{Refusal, WhoCould};
use super::scope::{Caller, Role};
use super::table::{self, Advice, Asking, Row};
use crate::values::{AreaCode, Day, IndustryCode, Instant, Uscc};

/// What is asked of the law.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The hazard.
    pub hazard: &'a HazardFacts,
    /// The caller.
    pub caller: &'a Caller,
    /// The action.
    pub action: Action,
    /// The body; nothing while the caller has not sent one.
    pub body: Option<&'a BodyFacts>,
    /// The moment.
    pub now: Instant,
    /// The policy in force.
    pub policy: &'a Policy,
}

/// Leave to advance a hazard. Made here only, and used up by the store.
#[derive(Debug, PartialEq, Eq)]
pub struct Permit {
    action: Action,
    from: Option<State>,
    to: State,
    clock_steps: Vec<ClockStep>,
    policy_version: String,
    notice: Option<NoticeKind>,
}

impl Permit {
    /// The action.
    pub fn action(&self) -> Action {
        self.action
    }

    /// Where from; nothing for a report.
    pub fn from(&self) -> Option<State> {
        self.from
    }

    /// Where to.
    pub fn to(&self) -> State {
        self.to
    }

    /// What happens to the clocks.
    pub fn clock_steps(&self) -> &[ClockStep] {
        &self.clock_steps
    }

    /// Version of the policy that the clocks run under.
    pub fn policy_version(&self) -> &str {
        &self.policy_version
    }

    /// The notice that is served on the unit's principal and controller.
    pub fn notice(&self) -> Option<NoticeKind> {
        self.notice
    }
}

/// What a caller is told of one action before the call.
pub type ActionAdvice = Advice<Action, Guard>;

impl Row for Transition {
    type State = State;
    type Action = Action;
    type Guard = Guard;
    type Clock = ClockKind;

    const TABLE: &'static [Self] = TABLE;

    fn action(&self) -> Action {
        self.action
    }

    fn from(&self) -> &'static [State] {
        self.from
    }

    fn outcome(&self) -> &'static str {
        match self.outcome {
            Outcome::Always => "",
            Outcome::Passed => "（通过）",
            Outcome::Failed => "（未通过）",
        }
    }

    fn to(&self) -> Target<State> {
        self.to
    }

    fn roles(&self) -> &'static [Role] {
        self.roles
    }

    fn guards(&self) -> &'static [Guard] {
        self.guards
    }

    fn clocks(&self) -> &'static [ClockEffect<ClockKind>] {
        self.clocks
    }

    fn is_final(state: State) -> bool {
        state.is_final()
    }
}

impl Asking<Transition> for Question<'_> {
    fn caller(&self) -> &Caller {
        self.caller
    }

    fn action(&self) -> Action {
        self.action
    }

    fn state(&self) -> Option<State> {
        (self.action != Action::Report).then_some(self.hazard.state)
    }

    /// Without a body the row that a passed review takes stands for the action.
    fn fits(&self, row: &Transition) -> bool {
        match row.outcome {
            Outcome::Always => true,
            Outcome::Passed => self.body.is_none_or(|body| body.passed == Some(true)),
            Outcome::Failed => self.body.is_some_and(|body| body.passed != Some(true)),
        }
    }

    fn broken(&self, guard: Guard) -> Vec<Broken> {
        guard.broken(self)
    }

    fn who_could(&self, row: &Transition) -> WhoCould {
        let order = self.hazard.supervision.as_ref();
        WhoCould {
            roles: row.roles.to_vec(),
            level: order
                .filter(|_| row.guards.contains(&Guard::LevelOfOrder))
                .map(|order| order.level),
        }
    }

    fn before_a_body(&self, action: Action) -> Self {
        Self {
            action,
            body: None,
            ..*self
        }
    }
}

/// Decides on an action.
///
/// # Errors
/// [`Refusal::RoleNotAllowed`], [`Refusal::NotAllowedNow`] or [`Refusal::Broken`], in this order.
pub fn decide(question: &Question<'_>) -> Result<Permit, Refusal> {
    evaluate(question, None)
}

/// Decides as if one guard were not there. For the proof that each guard matters.
///
/// # Errors
/// As [`decide`].
pub fn decide_without(question: &Question<'_>, left_out: Guard) -> Result<Permit, Refusal> {
    evaluate(question, Some(left_out))
}

/// Decides on a report, which has no hazard yet.
///
/// # Errors
/// As [`decide`].
pub fn decide_report(
    caller: &Caller,
    body: &BodyFacts,
    area: &AreaCode,
    industry: &IndustryCode,
    unit: &Uscc,
    now: Instant,
    policy: &Policy,
) -> Result<Permit, Refusal> {
    let hazard = HazardFacts {
        state: State::Reported,
        source: body.source.unwrap_or(super::lifecycle::Source::Inspection),
        found_on: body.found_on.unwrap_or_else(|| now.day()),
        found_level: None,
        area: area.clone(),
        industry: industry.clone(),
        unit: unit.clone(),
        supervision: None,
        production: Production::Running,
        pending_extension: None,
        reported_by: caller.subject.clone(),
        reviewed_by: Vec::new(),
        reviewers: Vec::new(),
        completed_on: None,
        escalation: Escalation::None,
        accountable: false,
        evidence_outstanding: false,
        running: Vec::new(),
        next_due_on: None,
        updated_at: now,
    };
    decide(&Question {
        hazard: &hazard,
        caller,
        action: Action::Report,
        body: Some(body),
        now,
        policy,
    })
}

/// Every action of the present state, in the order of the table.
pub fn advise(hazard: &HazardFacts, caller: &Caller, now: Instant, policy: &Policy) -> Vec<ActionAdvice> {
    table::advise(hazard.state, |action| Question {
        hazard,
        caller,
        action,
        body: None,
        now,
        policy,
    })
}

fn evaluate(question: &Question<'_>, left_out: Option<Guard>) -> Result<Permit, Refusal> {
    let row: &Transition = table::weigh(question, left_out)?;
    let from = question.state();
    Ok(Permit {
        action: row.action,
        from,
        to: match row.to {
            Target::To(to) => to,
            Target::Same => question.hazard.state,
        },
        clock_steps: clock_steps(row, question),
        policy_version: question.policy.version().to_owned(),
        notice: row.notice,
    })
}

fn clock_steps(row: &Transition, question: &Question<'_>) -> Vec<ClockStep> {
    let body = question.body;
    let start = |kind: ClockKind| ClockStep {
        kind,
        change: Change::Start {
            budget: budget(kind, question),
        },
    };
    row.clocks
        .iter()
        .flat_map(|effect| match effect {
            ClockEffect::Start(kind) => vec![start(*kind)],
            ClockEffect::Restart(kind) if question.hazard.running.contains(kind) => vec![start(*kind)],
            ClockEffect::Restart(_) => Vec::new(),
            ClockEffect::Stop(kind) => vec![ClockStep {
                kind: *kind,
                change: Change::Stop,
            }],
            ClockEffect::Extend(kind) => body
                .filter(|body| body.approved == Some(true))
                .and_then(|body| body.due_on)
                .map(|until| ClockStep {
                    kind: *kind,
                    change: Change::Extend { until },
                })
                .into_iter()
                .collect(),
            ClockEffect::StopAll => <ClockKind as crate::values::Vocabulary>::ALL
                .iter()
                .map(|kind| ClockStep {
                    kind: *kind,
                    change: Change::Stop,
                })
                .collect(),
        })
        .collect()
}

/// `plan` and `rectify` end on the dates that the body names, the others after the policy's length.
fn budget(kind: ClockKind, question: &Question<'_>) -> Budget {
    let order = question.hazard.supervision.as_ref();
    let named: Option<Day> = match kind {
        ClockKind::Plan => question
            .body
            .and_then(|body| body.plan_due_on)
            .or(order.map(|order| order.plan_due_on)),
        ClockKind::Rectify => question
            .body
            .and_then(|body| body.due_on)
            .or(order.map(|order| order.due_on)),
        ClockKind::Confirm
        | ClockKind::Order
        | ClockKind::PlanReview
        | ClockKind::Extension
        | ClockKind::Review
        | ClockKind::SignOff => None,
    };
    named.map_or_else(|| question.policy.budget(kind), Budget::Until)
}
