//! A stage of a hazard, and what each action makes of it.

use std::collections::BTreeSet;

use major_hazards::law::deadlines::Change;
use major_hazards::law::decide::Permit;
use major_hazards::law::facts::{BodyFacts, EvidenceFacts, HazardFacts, SupervisionFacts};
use major_hazards::law::lifecycle::{
    Action, ClockKind, Escalation, OrderKind, Production, Source, State, SuspensionScope,
};
use major_hazards::law::scope::{Caller, Level};

use super::asked::{UNIT, day, now};

/// A stage: what the law knows of a hazard, and which of its clocks run.
#[derive(Debug, Clone)]
pub(super) struct Stage {
    pub(super) facts: HazardFacts,
    pub(super) running: BTreeSet<ClockKind>,
    pub(super) passed: bool,
    /// Whether nothing has happened for longer than the policy bears.
    pub(super) stalled: bool,
}

impl Stage {
    /// The same stage after a year in which nothing happened.
    pub(super) fn left_alone(&self) -> Self {
        let mut stage = self.clone();
        stage.stalled = true;
        stage.facts.updated_at = now().plus_seconds(-366 * 86_400);
        stage
    }

    /// The same stage after the bytes of its evidence came.
    pub(super) fn with_its_evidence(&self) -> Self {
        let mut stage = self.clone();
        stage.facts.evidence_outstanding = false;
        stage
    }

    /// Whether the ladder is climbed from here in every way. Elsewhere its rung does not tell stages apart: no other
    /// action asks for it, and every way with every rung would be too many.
    pub(super) fn is_pressed(&self) -> bool {
        let facts = &self.facts;
        facts.state == State::Supervised
            && facts.production == Production::Running
            && facts.pending_extension.is_none()
            && facts.found_level == Some(Level::Street)
            && facts.supervision.as_ref().is_some_and(|order| {
                order.level == Level::Street && order.kind == OrderKind::Ordinary && order.extensions == 0
            })
    }

    /// Who reported or reviewed matters only where the same person might sign off.
    pub(super) fn key(&self) -> String {
        let signer = |subject: &str| {
            if ["regulator", "city", "everything"].contains(&subject) {
                subject.to_owned()
            } else {
                String::new()
            }
        };
        let facts = &self.facts;
        let pressed = self
            .is_pressed()
            .then_some((facts.escalation, facts.accountable, self.stalled));
        format!(
            "{} {:?} {:?} {:?} {:?} {} {:?} {} {:?} {} {:?} {}",
            facts.state,
            facts.found_level,
            facts.supervision,
            facts.production,
            facts.pending_extension,
            signer(&facts.reported_by),
            facts
                .reviewed_by
                .iter()
                .map(|subject| signer(subject))
                .collect::<Vec<_>>(),
            facts
                .reviewers
                .first()
                .is_some_and(|reviewer| reviewer.name == "name of city"),
            self.running,
            self.passed,
            pressed,
            facts.evidence_outstanding,
        )
    }
}

/// What an action does to the facts, written a second time on purpose.
pub(super) fn after(stage: &Stage, caller: &Caller, body: &BodyFacts, permit: &Permit) -> Stage {
    let mut next = stage.clone();
    let facts = &mut next.facts;
    facts.state = permit.to();
    facts.updated_at = now();
    next.stalled = false;
    match permit.action() {
        Action::Report => facts.evidence_outstanding = body.attachments.contains(&EvidenceFacts::Outstanding),
        Action::Confirm => facts.found_level = body.found_level,
        Action::Order => {
            facts.supervision = Some(SupervisionFacts {
                kind: body.order_kind.unwrap(),
                level: body.level.unwrap(),
                plan_due_on: body.plan_due_on.unwrap(),
                due_on: body.due_on.unwrap(),
                extensions: 0,
            });
        }
        Action::UpgradeOrder => {
            let order = facts.supervision.as_mut().unwrap();
            order.kind = OrderKind::Listed;
            order.level = body.level.unwrap();
        }
        Action::ReturnPlan => facts.supervision.as_mut().unwrap().plan_due_on = body.plan_due_on.unwrap(),
        Action::RequestExtension => facts.pending_extension = body.due_on,
        Action::DecideExtension => {
            facts.pending_extension = None;
            if body.approved == Some(true) {
                let order = facts.supervision.as_mut().unwrap();
                order.due_on = body.due_on.unwrap();
                order.extensions += 1;
            }
        }
        Action::SuspendProduction => {
            facts.production = match body.suspension.unwrap() {
                SuspensionScope::Partial => Production::PartiallySuspended,
                SuspensionScope::Full => Production::Suspended,
            };
        }
        Action::ResumeProduction | Action::SignOff => facts.production = Production::Running,
        Action::SubmitCompletion => {
            facts.pending_extension = None;
            facts.completed_on = body.completed_on;
            facts.reviewed_by.clear();
            facts.reviewers.clear();
            next.passed = false;
        }
        Action::Review => {
            facts.reviewed_by = vec![caller.subject.clone()];
            facts.reviewers.clone_from(&body.reviewers);
            next.passed = body.passed.unwrap();
            if !next.passed {
                facts.supervision.as_mut().unwrap().due_on = body.due_on.unwrap();
                facts.completed_on = None;
                facts.reviewed_by.clear();
                facts.reviewers.clear();
            }
        }
        Action::RejectSignOff => {
            facts.supervision.as_mut().unwrap().due_on = body.due_on.unwrap();
            facts.completed_on = None;
            facts.reviewed_by.clear();
            facts.reviewers.clear();
            next.passed = false;
        }
        Action::Reopen => {
            let order = facts.supervision.as_mut().unwrap();
            order.plan_due_on = body.plan_due_on.unwrap();
            order.due_on = body.due_on.unwrap();
            order.extensions = 0;
            facts.completed_on = None;
            facts.reviewed_by.clear();
            facts.reviewers.clear();
            next.passed = false;
        }
        Action::Escalate => facts.escalation = body.rung.unwrap().into(),
        Action::OpenAccountability => facts.accountable = true,
        Action::Penalize
        | Action::Transfer
        | Action::Dismiss
        | Action::Merge
        | Action::SubmitPlan
        | Action::ApprovePlan
        | Action::Remark => {}
    }
    for step in permit.clock_steps() {
        match step.change {
            Change::Start { .. } => drop(next.running.insert(step.kind)),
            Change::Stop => drop(next.running.remove(&step.kind)),
            Change::Extend { .. } | Change::Pause | Change::Resume => {}
        }
    }
    next.facts.running = next.running.iter().copied().collect();
    next
}

pub(super) fn reported(caller: &Caller, source: Source) -> Stage {
    Stage {
        facts: HazardFacts {
            state: State::Reported,
            source,
            found_on: day(0),
            found_level: None,
            area: "370303009001".parse().unwrap(),
            industry: "C26".parse().unwrap(),
            unit: UNIT.parse().unwrap(),
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
            updated_at: now(),
        },
        running: BTreeSet::new(),
        passed: false,
        stalled: false,
    }
}
