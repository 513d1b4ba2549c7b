//! The table, checked whole: every stage that any caller can bring a hazard to is visited, and what must always hold is
//! held against each. The law is pure, so all of it is asked in memory.

mod asked;
mod ladder;
mod pressing;
mod stage;
mod tips;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use asked::{bodies, callers, now, policy};
use major_hazards::law::decide::{Question, advise, decide};
use major_hazards::law::diagram;
use major_hazards::law::guards::Guard;
use major_hazards::law::lifecycle::{Action, State, TABLE, roles_of};
use major_hazards::values::Vocabulary as _;
use stage::reported;
use walk::{Walk, asked, walk};

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
    expect_test::expect_file!["../golden/lifecycle.mmd"].assert_eq(&diagram::mermaid(TABLE));
}
