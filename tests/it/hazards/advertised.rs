//! What is advertised is what happens: `available_actions`, `include=actions`, `dry_run` and the real call agree, for
//! hazards that are walked about by chance and callers whom chance picks, while time passes.
//!
//! What is advertised counts only what stands in the way before a body is known. So an action that is blocked must be
//! refused for these reasons at least, and one that is enabled must be allowed with a body that fits. Where the law knows
//! no body that fits, a few guards may refuse it, and nothing else: see `asking::shown`.
//!
//! `HAZARDS_TEST_STATES=10000 cargo test --test it hazards::advertised` looks at as many; `HAZARDS_TEST_SEED` draws
//! others.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use major_hazards::law::lifecycle::{Action, State};
use major_hazards::values::Vocabulary as _;
use serde_json::{Value, json};

use super::asking::bodies::{changes, fitting, merged};
use super::asking::facts::Seen;
use super::asking::people::Person;
use super::asking::shown::Shown;
use super::asking::situations::any_situation;
use super::asking::verdict::Verdict;
use super::asking::world::{Asked, World};
use crate::support::app::App;
use crate::support::on_both;
use crate::support::seed::{Random, number_from};

/// States that are looked at when nobody says how many.
const STATES: u32 = 250;
/// How often one hazard is looked at.
const LOOKS: usize = 10;
/// How many disagreements are told.
const TOLD: usize = 20;
/// What was found so far.
#[derive(Default)]
struct Findings {
    states: BTreeSet<State>,
    performed: BTreeSet<Action>,
    hidden: u32,
    enabled: usize,
    blocked: usize,
    wrong: Vec<String>,
}

/// One hazard, one caller, one moment.
struct Look<'a> {
    world: &'a World,
    person: &'a Person,
    seen: Seen,
    bodies: BTreeMap<Action, Value>,
}

impl Look<'_> {
    async fn at<'a>(world: &'a World, person: &'a Person, id: &str) -> Look<'a> {
        let seen = world.look(id).await;
        let actions = Action::ALL.iter().copied().filter(|action| *action != Action::Report);
        let bodies = actions
            .map(|action| (action, fitting(world, action, person, &seen)))
            .collect();
        Look {
            world,
            person,
            seen,
            bodies,
        }
    }

    async fn call(&self, action: Action, dry: bool) -> (Verdict, Value) {
        let asked = Asked {
            id: &self.seen.id,
            version: self.seen.version,
            action,
            person: self.person,
            body: &self.bodies[&action],
        };
        let answer = self.world.ask(&asked, dry).await;
        (Verdict::of_the_service(&answer), answer.json())
    }

    /// The hazard with all actions, or how the caller was refused.
    async fn read(&self) -> Result<Value, Verdict> {
        let path = format!("/v1/hazards/{}?include=actions", self.seen.id);
        let answer = self.world.app.get(path).as_(&self.person.caller).send().await;
        if answer.status == 200 {
            Ok(answer.json())
        } else {
            Err(Verdict::of_the_service(&answer))
        }
    }

    /// Holds everything that the service says against everything else, and then does what chance chooses.
    async fn judge(&self, random: &mut Random, findings: &mut Findings) {
        let before = self.read().await;
        let actions: Vec<Action> = self.bodies.keys().copied().collect();
        let tried = join_all(actions.iter().map(|action| self.call(*action, true))).await;
        let tried: BTreeMap<Action, (Verdict, Value)> = actions.iter().copied().zip(tried).collect();
        let mut wrong = Vec::new();
        match &before {
            Ok(document) => {
                let shown = Shown::of(document);
                findings.enabled += shown.available.len();
                findings.blocked += shown.actions.len() - shown.available.len();
                wrong.extend(shown.contradictions(self.person));
                for (action, (verdict, _)) in &tried {
                    wrong.extend(shown.contradicted_by(self.person, *action, verdict));
                    if verdict.status != 200 && shown.available.contains(action.code()) {
                        wrong.extend(
                            self.body_that_fits(*action)
                                .map(|body| format!("{action}: would fit {body}")),
                        );
                    }
                }
            }
            Err(refusal) => {
                findings.hidden += 1;
                let otherwise = tried.iter().filter(|(_, (verdict, _))| verdict != refusal);
                wrong.extend(
                    otherwise.map(|(action, (verdict, _))| format!("{action}: hidden, and answered {verdict:?}")),
                );
            }
        }
        let action = choose(random, &tried);
        let (expected, promised) = &tried[&action];
        let (verdict, document) = self.call(action, false).await;
        if verdict != *expected {
            wrong.push(format!("{action}: tried {expected:?}, called {verdict:?}"));
        } else if verdict.status == 200 {
            findings.performed.insert(action);
            if document != *promised {
                wrong.push(format!("{action}: tried {promised}, called {document}"));
            }
        } else if self.read().await != before {
            wrong.push(format!("{action}: refused, and changed what is read"));
        }
        findings.states.insert(self.seen.state());
        let who = format!("{} on {} at {}", self.person.name, self.seen.id, self.world.now());
        findings
            .wrong
            .extend(wrong.into_iter().map(|what| format!("{who}: {what}")));
    }

    /// A body with which the law would let the caller act after all.
    fn body_that_fits(&self, action: Action) -> Option<Value> {
        let others = changes(self.world, action, self.person, &self.seen);
        let mut others = others.iter().map(|change| merged(self.bodies[&action].clone(), change));
        let Self {
            world, person, seen, ..
        } = self;
        others.find(|body| Verdict::of_the_law(world, person, action, body, seen, seen.version).status == 200)
    }
}

/// Mostly something that is allowed, and seldom what ends the walk.
fn choose(random: &mut Random, tried: &BTreeMap<Action, (Verdict, Value)>) -> Action {
    let ends = |action: &Action| matches!(action, Action::Dismiss | Action::Merge);
    let allowed: Vec<Action> = tried
        .iter()
        .filter(|(action, (verdict, _))| verdict.status == 200 && (!ends(action) || random.below(4) == 0))
        .map(|(action, _)| *action)
        .collect();
    let all: Vec<Action> = tried.keys().copied().collect();
    let from = if allowed.is_empty() || random.below(4) == 0 {
        &all
    } else {
        &allowed
    };
    from[random.index(from.len())]
}

on_both! {
    async fn what_is_advertised_is_what_happens(app: App) {
        let mut random = Random::of_this_run();
        let states = number_from("HAZARDS_TEST_STATES", STATES);
        let world = World::new(&app).await;
        let mut findings = Findings::default();
        let begin = app.clock().now();
        let mut hazard = String::new();
        for look in 0..usize::try_from(states).unwrap() {
            if look % LOOKS == 0 {
                app.clock().set(begin);
                let state = State::ALL[look / LOOKS % State::ALL.len()];
                hazard = any_situation(&world, state, &mut random).await.id;
            }
            if random.below(3) == 0 {
                app.pass_days(i64::try_from(random.below(25)).unwrap());
            }
            // The unit's officer is one among many, and has much to do.
            let officer = random.below(4) == 0;
            let person = &world.people[if officer { 0 } else { random.index(world.people.len()) }];
            Look::at(&world, person, &hazard).await.judge(&mut random, &mut findings).await;
        }
        let Findings { states: seen, performed, hidden, enabled, blocked, wrong } = findings;
        eprintln!(
            "{states} states, {hidden} of them hidden, {enabled} actions enabled, {blocked} blocked, {} performed: {}",
            performed.len(),
            json!(performed.iter().map(|action| action.code()).collect::<Vec<_>>())
        );
        let told = wrong.iter().take(TOLD).cloned().collect::<Vec<_>>().join("\n");
        assert!(wrong.is_empty(), "{} disagreements in {states} states:\n{told}", wrong.len());
        assert_eq!(seen, State::ALL.iter().copied().collect(), "states that were seen");
    }
}
