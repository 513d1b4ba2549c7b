//! The walk over every stage that any caller can bring a hazard to.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::OnceLock;

use major_hazards::law::decide::{Question, decide, decide_without};
use major_hazards::law::facts::{BodyFacts, EvidenceFacts};
use major_hazards::law::guards::Guard;
use major_hazards::law::lifecycle::{Action, OrderKind, Production, Source, State, TABLE, roles_of};
use major_hazards::law::policy::Policy;
use major_hazards::law::refusal::Refusal;
use major_hazards::law::scope::{Caller, Level, Role};
use major_hazards::values::Vocabulary as _;

use super::asked::{bodies, callers, now, policy};
use super::pressing;
use super::stage::{Stage, after, reported};

/// Everything that the walk over all stages found.
#[derive(Default)]
pub(super) struct Walk {
    pub(super) stages: BTreeMap<String, Stage>,
    pub(super) steps: Vec<(String, String)>,
    pub(super) violations: Vec<String>,
    pub(super) refused_alone: BTreeSet<Guard>,
    pub(super) held: BTreeSet<Guard>,
}

/// Visits every stage, once for all tests.
pub(super) fn walk() -> &'static Walk {
    static WALK: OnceLock<Walk> = OnceLock::new();
    WALK.get_or_init(|| {
        let mut walk = Walk::default();
        let (policy, callers) = (policy(), callers());
        let mut queue: VecDeque<Stage> = callers
            .iter()
            .flat_map(|caller| bodies(Action::Report).into_iter().map(move |body| (caller, body)))
            .filter_map(|(caller, body)| {
                let begin = reported(caller, body.source.unwrap());
                walk.ask(&policy, &begin, caller, Action::Report, &body, None)
            })
            .collect();
        while let Some(stage) = queue.pop_front() {
            let key = stage.key();
            if walk.stages.contains_key(&key) {
                continue;
            }
            walk.check_stage(&stage);
            walk.stages.insert(key.clone(), stage.clone());
            if stage.is_pressed() && !stage.stalled {
                let left_alone = stage.left_alone();
                walk.steps.push((key.clone(), left_alone.key()));
                queue.push_back(left_alone);
            }
            if stage.facts.evidence_outstanding {
                let completed = stage.with_its_evidence();
                walk.steps.push((key.clone(), completed.key()));
                queue.push_back(completed);
            }
            for (caller, action) in asked(&callers) {
                for body in bodies(action) {
                    if let Some(next) = walk.ask(&policy, &stage, caller, action, &body, None) {
                        walk.steps.push((key.clone(), next.key()));
                        queue.push_back(next);
                    }
                }
            }
        }
        walk
    })
}

/// Every caller with every action on a hazard.
pub(super) fn asked(callers: &[Caller]) -> impl Iterator<Item = (&Caller, Action)> {
    callers
        .iter()
        .flat_map(|caller| Action::ALL.iter().map(move |action| (caller, *action)))
        .filter(|(caller, action)| *action != Action::Report && caller.has_any(roles_of(*action)))
}

impl Walk {
    pub(super) fn ask(
        &mut self,
        policy: &Policy,
        stage: &Stage,
        caller: &Caller,
        action: Action,
        body: &BodyFacts,
        left_out: Option<Guard>,
    ) -> Option<Stage> {
        let question = Question {
            hazard: &stage.facts,
            caller,
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
                // A date that only a forgotten guard asks for leaves nothing that could be folded.
                let whole = match action {
                    Action::Review => body.passed == Some(true) || body.due_on.is_some(),
                    Action::DecideExtension => body.approved != Some(true) || body.due_on.is_some(),
                    Action::Order | Action::Reopen => body.plan_due_on.is_some(),
                    _ => true,
                };
                if !whole {
                    self.violations
                        .push(format!("{action} without the date that it must name"));
                    return None;
                }
                let next = after(stage, caller, body, &permit);
                self.check_step(stage, &next, caller, action, body);
                Some(next)
            }
            Err(Refusal::Broken(broken)) => {
                let guards: BTreeSet<Guard> = broken.iter().map(|broken| broken.guard).collect();
                if guards.len() == 1 {
                    self.refused_alone.extend(guards);
                }
                None
            }
            Err(_) => None,
        }
    }

    pub(super) fn check_stage(&mut self, stage: &Stage) {
        let facts = &stage.facts;
        let reached = facts.state;
        if reached.is_open() == stage.running.is_empty() {
            self.violations.push(format!("{reached}: clocks {:?}", stage.running));
        }
        if reached.is_ordered() != facts.supervision.is_some() {
            self.violations
                .push(format!("{reached}: an order {:?}", facts.supervision));
        }
        let municipal = facts.found_level.is_some_and(|level| level >= Level::Municipal);
        if municipal
            && facts
                .supervision
                .as_ref()
                .is_some_and(|order| order.kind == OrderKind::Ordinary)
        {
            self.violations
                .push(format!("{reached}: a municipal find under an ordinary order"));
        }
    }

    /// What must hold of each step, in words that name no guard.
    #[expect(clippy::too_many_lines, reason = "one arm for each action")]
    pub(super) fn check_step(
        &mut self,
        before: &Stage,
        next: &Stage,
        caller: &Caller,
        action: Action,
        body: &BodyFacts,
    ) {
        let mut wrong = |what: &str| self.violations.push(format!("{action}: {what}"));
        let facts = &before.facts;
        let order = facts.supervision.as_ref();
        if next.facts.state == State::Closed && facts.state != State::Closed {
            let level = order.map(|order| order.level).unwrap();
            if action != Action::SignOff || !before.passed || !caller.has(Role::Regulator) {
                wrong("closed without a passed review and the regulator's sign-off");
            }
            if caller.level < Some(level) {
                wrong("signed off below the order's level");
            }
            if facts.reported_by == caller.subject || facts.reviewed_by.contains(&caller.subject) {
                wrong("signed off by who reported or reviewed");
            }
            if facts.evidence_outstanding {
                wrong("closed while evidence is still to come");
            }
            if facts.reviewers.iter().any(|reviewer| reviewer.name == caller.name) {
                wrong("signed off by a named reviewer");
            }
        }
        let due = |stage: &Stage| stage.facts.supervision.as_ref().map(|order| order.due_on);
        let moves = [
            Action::Order,
            Action::DecideExtension,
            Action::Review,
            Action::RejectSignOff,
            Action::Reopen,
        ];
        if due(before) != due(next) && !moves.contains(&action) {
            wrong("moved a deadline");
        }
        let today = now().day();
        match action {
            Action::Report => {
                let fits = match body.source.unwrap() {
                    Source::SelfReport => caller.has(Role::Enterprise),
                    Source::Inspection => caller.has(Role::Inspector),
                    Source::PublicTip => caller.has(Role::TipOfficer),
                };
                if !fits {
                    wrong("a source that is not the caller's");
                }
                if body.found_on > Some(today) || body.unit_known == Some(false) || body.recurrence_known == Some(false)
                {
                    wrong("found tomorrow, or of nobody");
                }
            }
            Action::Order => {
                if body.order_kind == Some(OrderKind::Listed) && !caller.has(Role::Regulator) {
                    wrong("a committee listed it");
                }
                if body.level > caller.level || body.plan_due_on < Some(today) || body.due_on < Some(today) {
                    wrong("a level or date out of reach");
                }
                if body.plan_due_on > body.due_on {
                    wrong("the plan is due after the rectification");
                }
            }
            Action::UpgradeOrder => {
                let order = order.unwrap();
                if order.kind == OrderKind::Listed || body.level > caller.level || body.level < Some(order.level) {
                    wrong("upgraded what is listed, or out of reach, or downwards");
                }
            }
            Action::SubmitPlan if body.due_on > order.map(|order| order.due_on) => wrong("a plan past the order"),
            Action::ReturnPlan
                if body.plan_due_on < Some(today) || body.plan_due_on > order.map(|order| order.due_on) =>
            {
                wrong("a plan due in the past or past the order");
            }
            Action::RequestExtension | Action::DecideExtension => {
                let order = order.unwrap();
                let asking = action == Action::RequestExtension;
                let granted = asking || body.approved == Some(true);
                if facts.pending_extension.is_some() == asking {
                    wrong("not exactly one open request");
                }
                if granted && (order.extensions >= 1 || body.due_on <= Some(order.due_on)) {
                    wrong("too often, or not later");
                }
                if !asking && caller.level < Some(order.level) {
                    wrong("decided below the order's level");
                }
                if asking && order.due_on < today {
                    wrong("asked after the deadline");
                }
            }
            Action::SuspendProduction if facts.production == next.facts.production => wrong("suspended twice"),
            Action::ResumeProduction if facts.production == Production::Running => wrong("resumed what runs"),
            Action::SubmitCompletion => {
                let due = order.unwrap().kind == OrderKind::Listed || facts.production != Production::Running;
                if due && body.evaluation.is_none()
                    || body
                        .evaluation
                        .is_some_and(|evaluation| evaluation != EvidenceFacts::Verified)
                {
                    wrong("without the evaluation");
                }
                if body.attachments.is_empty()
                    || body.completed_on > Some(today)
                    || body.completed_on < Some(facts.found_on)
                {
                    wrong("without evidence, or on a day that cannot be");
                }
            }
            Action::Review => {
                let names: BTreeSet<_> = body.reviewers.iter().map(|one| &one.name).collect();
                let certificates: BTreeSet<_> = body.reviewers.iter().map(|one| &one.certificate_number).collect();
                if names.len() < 2 || certificates.len() < body.reviewers.len() || names.len() < body.reviewers.len() {
                    wrong("not two different people");
                }
                if body.reviewed_on > Some(today) || body.reviewed_on < facts.completed_on {
                    wrong("on a day that cannot be");
                }
                if body.passed == Some(false) && body.due_on < Some(today) {
                    wrong("a date in the past");
                }
            }
            Action::RejectSignOff if body.due_on < Some(today) => wrong("a date in the past"),
            Action::Reopen
                if body.due_on < Some(today) || body.plan_due_on < Some(today) || body.plan_due_on > body.due_on =>
            {
                wrong("dates in the past or crossed");
            }
            Action::Merge if body.merge_into != bodies(Action::Merge)[0].merge_into => wrong("into what it must not"),
            Action::Confirm if body.criteria != bodies(Action::Confirm)[0].criteria => {
                wrong("without clauses in force");
            }
            _ => {}
        }
        for what in pressing::wrongs(before, action, body) {
            wrong(what);
        }
        if body.criteria.iter().any(|criterion| !criterion.in_force)
            || body.attachments.contains(&EvidenceFacts::Unknown)
        {
            wrong("named what is not there");
        }
        if action != Action::Report && body.attachments.contains(&EvidenceFacts::Outstanding) {
            wrong("built on evidence that nobody has seen");
        }
    }
}
