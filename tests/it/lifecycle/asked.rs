//! Who asks, and with which bodies.

use major_hazards::law::facts::{BodyFacts, CriterionFacts, EvidenceFacts, MergeFacts, ReviewerFacts};
use major_hazards::law::lifecycle::{Action, OrderKind, Source, SuspensionScope};
use major_hazards::law::policy::Policy;
use major_hazards::law::scope::{Areas, Caller, Level, Role};
use major_hazards::values::{Day, Instant, Vocabulary as _};

use super::pressing;

pub(super) const UNIT: &str = "91350100M000100Y43";

pub(super) fn now() -> Instant {
    "2026-11-09T01:00:00Z".parse().unwrap()
}

pub(super) fn day(offset: u32) -> Day {
    now().day().plus_days(offset)
}

pub(super) fn caller(subject: &str, roles: &[Role], level: Level) -> Caller {
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
pub(super) fn callers() -> Vec<Caller> {
    let moving = [
        Role::Enterprise,
        Role::Inspector,
        Role::TipOfficer,
        Role::Committee,
        Role::Regulator,
        Role::Office,
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
pub(super) fn policy() -> Policy {
    let text = include_str!("../../../src/law/policy.toml").replace("maximum_extensions = 2", "maximum_extensions = 1");
    Policy::parse(&text).unwrap()
}

pub(super) fn reviewer(name: &str, certificate: &str) -> ReviewerFacts {
    ReviewerFacts {
        name: name.to_owned(),
        certificate_number: certificate.to_owned(),
    }
}

/// Bodies that differ in everything a guard asks; the first of each action is in order.
#[expect(clippy::too_many_lines, reason = "a table of bodies, one arm for each action")]
pub(super) fn bodies(action: Action) -> Vec<BodyFacts> {
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
                        attachments: vec![EvidenceFacts::Verified, EvidenceFacts::Unknown],
                        ..body.clone()
                    },
                    BodyFacts {
                        attachments: vec![EvidenceFacts::Outstanding],
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
                attachments: vec![EvidenceFacts::Verified],
                evaluation: Some(EvidenceFacts::Verified),
                ..none()
            };
            vec![
                body.clone(),
                BodyFacts {
                    evaluation: None,
                    ..body.clone()
                },
                BodyFacts {
                    evaluation: Some(EvidenceFacts::Unknown),
                    ..body.clone()
                },
                BodyFacts {
                    evaluation: Some(EvidenceFacts::Outstanding),
                    ..body.clone()
                },
                BodyFacts {
                    attachments: Vec::new(),
                    ..body.clone()
                },
                BodyFacts {
                    attachments: vec![EvidenceFacts::Unknown],
                    ..body.clone()
                },
                BodyFacts {
                    attachments: vec![EvidenceFacts::Verified, EvidenceFacts::Outstanding],
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
                        attachments: vec![EvidenceFacts::Unknown],
                        ..body.clone()
                    },
                    BodyFacts {
                        attachments: vec![EvidenceFacts::Outstanding],
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
        Action::Escalate => pressing::escalations(),
        Action::Penalize => pressing::penalties(),
        Action::Transfer => pressing::transfers(),
        Action::Dismiss
        | Action::ApprovePlan
        | Action::ResumeProduction
        | Action::SignOff
        | Action::OpenAccountability
        | Action::Remark => {
            vec![none()]
        }
    }
}
