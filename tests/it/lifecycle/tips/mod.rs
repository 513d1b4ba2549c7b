//! The table of public tips, checked whole as that of hazards is: every stage is visited, what must always hold is held
//! against each, and no guard can be taken away unnoticed.

mod asked;
mod days;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use asked::{bodies, officers, policy, untold};
use major_hazards::law::diagram;
use major_hazards::law::policy::Policy;
use major_hazards::law::scope::{Level, Role};
use major_hazards::law::table::Denial;
use major_hazards::law::tips::decide::{TipQuestion, advise, decide};
use major_hazards::law::tips::facts::TipBodyFacts;
use major_hazards::law::tips::lifecycle::{TABLE, TipAction, TipState, roles_of};
use major_hazards::law::tips::{TipDenial, TipGuard};
use major_hazards::values::Vocabulary as _;
use walk::{Walk, asked as asked_of, walk};

use super::asked::{caller, now};

#[test]
fn what_must_always_hold_holds_in_every_stage_of_a_tip() {
    let walk = walk();
    assert!(
        walk.stages.len() > 100,
        "only {} stages were reached",
        walk.stages.len()
    );
    assert_eq!(walk.violations, Vec::<String>::new());
    let states: BTreeSet<TipState> = walk.stages.values().map(|tip| tip.state).collect();
    assert_eq!(states, TipState::ALL.iter().copied().collect());

    // From every open stage some chain leads to a closed tip: walk the steps backwards from the closed ones.
    let mut back: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in &walk.steps {
        back.entry(to).or_default().push(from);
    }
    let mut ends: BTreeSet<&str> = BTreeSet::new();
    let closed = walk.stages.iter().filter(|(_, tip)| tip.state.is_final());
    let mut queue: Vec<&str> = closed.map(|(key, _)| key.as_str()).collect();
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

#[test]
fn every_guard_on_tips_refuses_and_allows() {
    let walk = walk();
    for guard in TipGuard::ALL {
        assert!(walk.refused_alone.contains(guard), "{guard:?} never refused alone");
        assert!(walk.held.contains(guard), "{guard:?} never allowed");
    }
}

#[test]
fn a_guard_on_tips_that_is_taken_away_is_missed() {
    let (policy, officers) = (policy(), officers());
    for guard in TipGuard::ALL {
        let guarded = |action: TipAction| {
            TABLE
                .iter()
                .any(|row| row.action == action && row.guards.contains(guard))
        };
        let mut without = Walk::default();
        for tip in walk().stages.values() {
            for (officer, action) in asked_of(&officers).filter(|(_, action)| guarded(*action)) {
                for body in bodies(action) {
                    without.ask(&policy, tip, officer, action, &body, Some(*guard));
                }
            }
        }
        assert!(!without.violations.is_empty(), "nothing misses {guard:?}");
    }
}

#[test]
fn the_rows_of_one_action_on_tips_name_the_same_roles_and_every_guard_has_a_row() {
    for row in TABLE {
        assert_eq!(row.roles, roles_of(row.action), "{}", row.action);
    }
    for guard in TipGuard::ALL {
        assert!(
            TABLE.iter().any(|row| row.guards.contains(guard)),
            "{guard:?} guards nothing"
        );
    }
    for action in TipAction::ALL {
        assert!(TABLE.iter().any(|row| row.action == *action), "{action} has no row");
    }
}

#[test]
fn nobody_but_a_tip_officer_may_do_anything_to_a_tip() {
    let policy = policy();
    let ask = |role: Role, action: TipAction| {
        decide(&TipQuestion {
            tip: &untold()[0],
            caller: &caller("somebody", &[role], Level::National),
            action,
            body: Some(&TipBodyFacts::default()),
            now: now(),
            policy: &policy,
        })
    };
    for action in TipAction::ALL.iter().copied() {
        for role in Role::ALL.iter().copied() {
            let refused = matches!(ask(role, action), Err(Denial::RoleNotAllowed(_)));
            // Telling asks for no role: it is not among what can be done to a tip that is on record.
            assert_eq!(
                refused,
                role != Role::TipOfficer || action == TipAction::Tell,
                "{role} {action}"
            );
        }
    }
    let everything = caller("unit", &[Role::Enterprise, Role::TipOfficer], Level::National);
    let tip = &untold()[0];
    assert!(
        advise(tip, &everything, now(), &policy)
            .iter()
            .all(|advice| !advice.enabled)
    );
}

#[test]
fn advice_on_a_tip_is_what_a_body_in_order_would_be_told() {
    let policy = policy();
    for tip in walk().stages.values() {
        for officer in officers() {
            for advice in advise(tip, &officer, now(), &policy) {
                let permitted = bodies(advice.action).iter().any(|body| {
                    let question = TipQuestion {
                        tip,
                        caller: &officer,
                        action: advice.action,
                        body: Some(body),
                        now: now(),
                        policy: &policy,
                    };
                    decide(&question).is_ok()
                });
                assert_eq!(advice.enabled, permitted, "{} in {tip:?}", advice.action);
                assert_eq!(advice.enabled, advice.broken.is_empty() && !advice.role_missing);
            }
        }
    }
}

#[test]
fn one_officer_opens_an_identity_where_policy_does_not_ask_for_two() {
    let (shipped, tip, officers) = (Policy::embedded().unwrap(), &untold()[0], officers());
    let ask = |policy: &Policy| -> Result<_, TipDenial> {
        decide(&TipQuestion {
            tip,
            caller: &officers[0],
            action: TipAction::Reveal,
            body: Some(&TipBodyFacts::default()),
            now: now(),
            policy,
        })
    };
    assert!(ask(&shipped).is_ok());
    let Err(Denial::Broken(broken)) = ask(&policy()) else {
        panic!("one officer alone opened an identity");
    };
    assert_eq!(broken[0].guard.code(), "second_officer_required");
}

#[test]
fn the_diagram_of_tips_is_the_committed_one() {
    expect_test::expect_file!["../../golden/lifecycle_of_tips.mmd"].assert_eq(&diagram::mermaid(TABLE));
}
