//! The table, checked whole: every stage that any caller can bring a hazard to is visited, and what must always hold is
//! held against each. The law is pure, so all of it is asked in memory.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::OnceLock;

use major_hazards::law::deadlines::Change;
use major_hazards::law::decide::{Permit, Question, advise, decide, decide_without};
use major_hazards::law::diagram;
use major_hazards::law::facts::{BodyFacts, CriterionFacts, HazardFacts, MergeFacts, ReviewerFacts, SupervisionFacts};
use major_hazards::law::guards::Guard;
use major_hazards::law::lifecycle::{
    Action, ClockKind, OrderKind, Production, Source, State, SuspensionScope, TABLE, roles_of,
};
use major_hazards::law::policy::Policy;
use major_hazards::law::refusal::Refusal;
use major_hazards::law::scope::{Areas, Caller, Level, Role};
use major_hazards::values::{Day, Instant, Vocabulary as _};

const UNIT: &str = "91350100M000100Y43";

fn now() -> Instant {
    "2026-11-09T01:00:00Z".parse().unwrap()
}

fn day(offset: u32) -> Day {
    now().day().plus_days(offset)
}

fn caller(subject: &str, roles: &[Role], level: Level) -> Caller {
    let unit = roles.contains(&Role::Enterprise).then(|| UNIT.parse().unwrap());
    Caller {
        subject: subject.to_owned(),
        name: format!("name of {subject}"),
        roles: roles.iter().copied().collect(),
        level: Some(level),
        organization: None,
        areas: Areas::All,
        industries: Vec::new(),
        unit,
    }
}

/// Everyone who moves a hazard: regulators of two ranks, and one person who holds every office at once.
fn callers() -> Vec<Caller> {
    let moving = [
        Role::Enterprise,
        Role::Inspector,
        Role::TipOfficer,
        Role::Committee,
        Role::Regulator,
    ];
    let all = [Role::Inspector, Role::Committee, Role::Regulator, Role::TipOfficer];
    let mut callers: Vec<Caller> = moving
        .iter()
        .map(|role| caller(role.code(), &[*role], Level::District))
        .collect();
    callers.push(caller("city", &[Role::Regulator], Level::Municipal));
    callers.push(caller("everything", &all, Level::Municipal));
    callers
}

/// The shipped policy with one extension in place of two, so that the last one is soon reached.
fn policy() -> Policy {
    let text = include_str!("../../src/law/policy.toml").replace("maximum_extensions = 2", "maximum_extensions = 1");
    Policy::parse(&text).unwrap()
}

/// A stage: what the law knows of a hazard, and which of its clocks run.
#[derive(Debug, Clone)]
struct Stage {
    facts: HazardFacts,
    running: BTreeSet<ClockKind>,
    passed: bool,
}

impl Stage {
    /// Who reported or reviewed matters only where the same person might sign off.
    fn key(&self) -> String {
        let signer = |subject: &str| {
            if ["regulator", "city", "everything"].contains(&subject) {
                subject.to_owned()
            } else {
                String::new()
            }
        };
        let facts = &self.facts;
        format!(
            "{} {:?} {:?} {:?} {:?} {} {:?} {} {:?} {}",
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
        )
    }
}

fn reviewer(name: &str, certificate: &str) -> ReviewerFacts {
    ReviewerFacts {
        name: name.to_owned(),
        certificate_number: certificate.to_owned(),
    }
}

/// Bodies that differ in everything a guard asks; the first of each action is in order.
fn bodies(action: Action) -> Vec<BodyFacts> {
    let none = BodyFacts::default;
    let criterion = |known, in_force| vec![CriterionFacts { known, in_force }];
    let two = || vec![reviewer("甲", "1"), reviewer("乙", "2")];
    match action {
        Action::Report => Source::ALL
            .iter()
            .flat_map(|source| {
                let body = BodyFacts {
                    source: Some(*source),
                    found_on: Some(day(0)),
                    ..none()
                };
                [
                    body.clone(),
                    BodyFacts {
                        found_on: Some(day(1)),
                        ..body.clone()
                    },
                    BodyFacts {
                        criteria: criterion(false, false),
                        ..body.clone()
                    },
                    BodyFacts {
                        criteria: criterion(true, false),
                        ..body.clone()
                    },
                    BodyFacts {
                        attachments: vec![true, false],
                        ..body.clone()
                    },
                    BodyFacts {
                        unit_known: Some(false),
                        ..body.clone()
                    },
                    BodyFacts {
                        recurrence_known: Some(false),
                        ..body
                    },
                ]
            })
            .collect(),
        Action::Confirm => [Level::Street, Level::Municipal]
            .iter()
            .flat_map(|level| {
                let body = BodyFacts {
                    criteria: criterion(true, true),
                    found_level: Some(*level),
                    ..none()
                };
                [
                    body.clone(),
                    BodyFacts {
                        criteria: Vec::new(),
                        ..body.clone()
                    },
                    BodyFacts {
                        criteria: criterion(false, false),
                        ..body.clone()
                    },
                    BodyFacts {
                        criteria: criterion(true, false),
                        ..body
                    },
                ]
            })
            .collect(),
        Action::Merge => {
            let into = MergeFacts {
                known: true,
                same_hazard: false,
                open: true,
                same_unit: true,
                would_chain: false,
            };
            [
                into,
                MergeFacts { known: false, ..into },
                MergeFacts {
                    same_hazard: true,
                    ..into
                },
                MergeFacts { open: false, ..into },
                MergeFacts {
                    same_unit: false,
                    ..into
                },
                MergeFacts {
                    would_chain: true,
                    ..into
                },
            ]
            .map(|into| BodyFacts {
                merge_into: Some(into),
                ..none()
            })
            .to_vec()
        }
        Action::Order => [OrderKind::Ordinary, OrderKind::Listed]
            .iter()
            .flat_map(|kind| {
                let body = BodyFacts {
                    order_kind: Some(*kind),
                    level: Some(Level::Street),
                    plan_due_on: Some(day(7)),
                    due_on: Some(day(30)),
                    ..none()
                };
                [
                    body.clone(),
                    BodyFacts {
                        level: Some(Level::Municipal),
                        ..body.clone()
                    },
                    BodyFacts {
                        plan_due_on: Some(day(31)),
                        ..body.clone()
                    },
                    BodyFacts {
                        plan_due_on: Some(now().day().minus_days(1)),
                        ..body.clone()
                    },
                    BodyFacts {
                        due_on: Some(now().day().minus_days(1)),
                        plan_due_on: None,
                        ..body
                    },
                ]
            })
            .collect(),
        Action::UpgradeOrder => [Level::Street, Level::District, Level::National]
            .map(|level| BodyFacts {
                level: Some(level),
                ..none()
            })
            .to_vec(),
        Action::SubmitPlan => [20, 300]
            .map(|due| BodyFacts {
                due_on: Some(day(due)),
                ..none()
            })
            .to_vec(),
        Action::ReturnPlan => vec![
            BodyFacts {
                plan_due_on: Some(day(7)),
                ..none()
            },
            BodyFacts {
                plan_due_on: Some(now().day().minus_days(1)),
                ..none()
            },
            BodyFacts {
                plan_due_on: Some(day(300)),
                ..none()
            },
        ],
        Action::RequestExtension => [60, 10]
            .map(|due| BodyFacts {
                due_on: Some(day(due)),
                ..none()
            })
            .to_vec(),
        Action::DecideExtension => vec![
            BodyFacts {
                approved: Some(true),
                due_on: Some(day(60)),
                ..none()
            },
            BodyFacts {
                approved: Some(false),
                ..none()
            },
            BodyFacts {
                approved: Some(true),
                due_on: None,
                ..none()
            },
            BodyFacts {
                approved: Some(true),
                due_on: Some(day(1)),
                ..none()
            },
        ],
        Action::SuspendProduction => [SuspensionScope::Partial, SuspensionScope::Full]
            .map(|scope| BodyFacts {
                suspension: Some(scope),
                ..none()
            })
            .to_vec(),
        Action::SubmitCompletion => {
            let body = BodyFacts {
                completed_on: Some(day(0)),
                attachments: vec![true],
                evaluation: Some(true),
                ..none()
            };
            vec![
                body.clone(),
                BodyFacts {
                    evaluation: None,
                    ..body.clone()
                },
                BodyFacts {
                    evaluation: Some(false),
                    ..body.clone()
                },
                BodyFacts {
                    attachments: Vec::new(),
                    ..body.clone()
                },
                BodyFacts {
                    attachments: vec![false],
                    ..body.clone()
                },
                BodyFacts {
                    completed_on: Some(day(1)),
                    ..body.clone()
                },
                BodyFacts {
                    completed_on: Some(now().day().minus_days(400)),
                    ..body
                },
            ]
        }
        Action::Review => [true, false]
            .iter()
            .flat_map(|passed| {
                let body = BodyFacts {
                    passed: Some(*passed),
                    reviewed_on: Some(day(0)),
                    reviewers: two(),
                    due_on: Some(day(30)),
                    ..none()
                };
                [
                    body.clone(),
                    BodyFacts {
                        reviewers: vec![reviewer("name of city", "1"), reviewer("乙", "2")],
                        ..body.clone()
                    },
                    BodyFacts {
                        reviewers: vec![reviewer("甲", "1")],
                        ..body.clone()
                    },
                    BodyFacts {
                        reviewers: vec![reviewer("甲", "1"), reviewer("甲", "2")],
                        ..body.clone()
                    },
                    BodyFacts {
                        reviewers: vec![reviewer("甲", "1"), reviewer("乙", "1")],
                        ..body.clone()
                    },
                    BodyFacts {
                        reviewed_on: Some(day(1)),
                        ..body.clone()
                    },
                    BodyFacts {
                        reviewed_on: Some(now().day().minus_days(400)),
                        ..body.clone()
                    },
                    BodyFacts {
                        attachments: vec![false],
                        ..body.clone()
                    },
                    BodyFacts {
                        due_on: None,
                        ..body.clone()
                    },
                    BodyFacts {
                        due_on: Some(now().day().minus_days(1)),
                        ..body
                    },
                ]
            })
            .collect(),
        Action::RejectSignOff => vec![
            BodyFacts {
                due_on: Some(day(30)),
                ..none()
            },
            BodyFacts {
                due_on: Some(now().day().minus_days(1)),
                ..none()
            },
        ],
        Action::Reopen => vec![
            BodyFacts {
                plan_due_on: Some(day(7)),
                due_on: Some(day(30)),
                ..none()
            },
            BodyFacts {
                plan_due_on: Some(day(31)),
                due_on: Some(day(30)),
                ..none()
            },
            BodyFacts {
                plan_due_on: Some(now().day().minus_days(1)),
                due_on: Some(day(30)),
                ..none()
            },
            BodyFacts {
                due_on: Some(now().day().minus_days(1)),
                ..none()
            },
        ],
        Action::Dismiss | Action::ApprovePlan | Action::ResumeProduction | Action::SignOff | Action::Remark => {
            vec![none()]
        }
    }
}

/// What an action does to the facts, written a second time on purpose.
fn after(stage: &Stage, caller: &Caller, body: &BodyFacts, permit: &Permit) -> Stage {
    let mut next = stage.clone();
    let facts = &mut next.facts;
    facts.state = permit.to();
    match permit.action() {
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
        Action::ResumeProduction => facts.production = Production::Running,
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
        Action::SignOff => facts.production = Production::Running,
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
        Action::Report
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
    next
}

fn reported(caller: &Caller, source: Source) -> Stage {
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
        },
        running: BTreeSet::new(),
        passed: false,
    }
}

/// Everything that the walk over all stages found.
#[derive(Default)]
struct Walk {
    stages: BTreeMap<String, Stage>,
    steps: Vec<(String, String)>,
    violations: Vec<String>,
    refused_alone: BTreeSet<Guard>,
    held: BTreeSet<Guard>,
}

/// Visits every stage, once for all tests.
fn walk() -> &'static Walk {
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
fn asked(callers: &[Caller]) -> impl Iterator<Item = (&Caller, Action)> {
    callers
        .iter()
        .flat_map(|caller| Action::ALL.iter().map(move |action| (caller, *action)))
        .filter(|(caller, action)| *action != Action::Report && caller.has_any(roles_of(*action)))
}

impl Walk {
    fn ask(
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

    fn check_stage(&mut self, stage: &Stage) {
        let facts = &stage.facts;
        let state = facts.state;
        if state.is_open() == stage.running.is_empty() {
            self.violations.push(format!("{state}: clocks {:?}", stage.running));
        }
        let municipal = facts.found_level.is_some_and(|level| level >= Level::Municipal);
        if municipal
            && facts
                .supervision
                .as_ref()
                .is_some_and(|order| order.kind == OrderKind::Ordinary)
        {
            self.violations
                .push(format!("{state}: a municipal find under an ordinary order"));
        }
    }

    /// What must hold of each step, in words that name no guard.
    fn check_step(&mut self, before: &Stage, next: &Stage, caller: &Caller, action: Action, body: &BodyFacts) {
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
                if due && body.evaluation.is_none() || body.evaluation == Some(false) {
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
                wrong("without clauses in force")
            }
            _ => {}
        }
        if body.criteria.iter().any(|criterion| !criterion.in_force) || body.attachments.contains(&false) {
            wrong("named what is not there");
        }
    }
}

#[test]
fn what_must_always_hold_holds_in_every_stage() {
    let walk = walk();
    assert!(
        walk.stages.len() > 100,
        "only {} stages were reached",
        walk.stages.len()
    );
    assert_eq!(walk.violations, Vec::<String>::new());
    let states: BTreeSet<State> = walk.stages.values().map(|stage| stage.facts.state).collect();
    assert_eq!(states, State::ALL.iter().copied().collect());

    // From every open stage some chain leads to a final one: walk the steps backwards from the final stages.
    let mut back: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in &walk.steps {
        back.entry(to).or_default().push(from);
    }
    let mut ends: BTreeSet<&str> = BTreeSet::new();
    let mut queue: Vec<&str> = walk
        .stages
        .iter()
        .filter(|(_, stage)| stage.facts.state.is_final())
        .map(|(key, _)| key.as_str())
        .collect();
    while let Some(key) = queue.pop() {
        if ends.insert(key) {
            queue.extend(back.get(key).into_iter().flatten());
        }
    }
    let stuck: Vec<_> = walk.stages.keys().filter(|key| !ends.contains(key.as_str())).collect();
    assert!(
        stuck.is_empty(),
        "{} stages lead nowhere, such as {:?}",
        stuck.len(),
        stuck.first()
    );
}

/// Guards about whose hazard it is; every caller of the walk is of the unit and sees everything.
const NOT_ASKED_HERE: &[Guard] = &[Guard::OwnUnit, Guard::InsideScope];

#[test]
fn every_guard_refuses_and_allows() {
    let walk = walk();
    // The deadline never passes while the walk stands at one moment; see the tests over HTTP.
    let elsewhere = [NOT_ASKED_HERE, &[Guard::BeforeDeadline]].concat();
    for guard in Guard::ALL.iter().filter(|guard| !elsewhere.contains(guard)) {
        assert!(walk.refused_alone.contains(guard), "{guard:?} never refused alone");
        assert!(walk.held.contains(guard), "{guard:?} never allowed");
    }
}

#[test]
fn a_guard_that_is_taken_away_is_missed() {
    let elsewhere = [NOT_ASKED_HERE, &[Guard::BeforeDeadline]].concat();
    for guard in Guard::ALL.iter().filter(|guard| !elsewhere.contains(guard)) {
        assert!(is_missed(*guard), "nothing misses {guard:?}");
    }
}

/// Whether some call that only the guard stood against would break what must always hold.
fn is_missed(guard: Guard) -> bool {
    let (policy, callers) = (policy(), callers());
    let guarded = |action: Action| {
        TABLE
            .iter()
            .any(|row| row.action == action && row.guards.contains(&guard))
    };
    let mut without = Walk::default();
    if guarded(Action::Report) {
        for caller in &callers {
            for body in bodies(Action::Report) {
                let begin = reported(caller, body.source.unwrap());
                without.ask(&policy, &begin, caller, Action::Report, &body, Some(guard));
            }
        }
    }
    for stage in walk().stages.values() {
        if !without.violations.is_empty() {
            return true;
        }
        for (caller, action) in asked(&callers).filter(|(_, action)| guarded(*action)) {
            for body in bodies(action) {
                if let Some(next) = without.ask(&policy, stage, caller, action, &body, Some(guard)) {
                    without.check_stage(&next);
                }
            }
        }
    }
    !without.violations.is_empty()
}

#[test]
fn the_rows_of_one_action_name_the_same_roles_and_every_guard_has_a_row() {
    for row in TABLE {
        assert_eq!(row.roles, roles_of(row.action), "{}", row.action);
    }
    for guard in Guard::ALL {
        assert!(
            TABLE.iter().any(|row| row.guards.contains(guard)),
            "{guard:?} guards nothing"
        );
    }
    for action in Action::ALL {
        assert!(TABLE.iter().any(|row| row.action == *action), "{action} has no row");
    }
}

#[test]
fn advice_is_what_a_body_in_order_would_be_told() {
    let policy = policy();
    let walk = walk();
    for stage in walk.stages.values() {
        for caller in callers() {
            for advice in advise(&stage.facts, &caller, now(), &policy) {
                let permitted = bodies(advice.action).iter().any(|body| {
                    let question = Question {
                        hazard: &stage.facts,
                        caller: &caller,
                        action: advice.action,
                        body: Some(body),
                        now: now(),
                        policy: &policy,
                    };
                    decide(&question).is_ok()
                });
                assert!(
                    advice.enabled || !permitted,
                    "{} was not advised in {:?}",
                    advice.action,
                    stage.facts
                );
                assert_eq!(advice.enabled, advice.broken.is_empty() && !advice.role_missing);
            }
        }
    }
}

#[test]
fn the_diagram_is_the_committed_one() {
    expect_test::expect_file!["golden/lifecycle.mmd"].assert_eq(&diagram::mermaid(TABLE));
}
