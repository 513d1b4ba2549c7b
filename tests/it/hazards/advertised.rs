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
use std::fmt;

use futures_util::future::join_all;
use major_hazards::law::guards::Guard;
use major_hazards::law::lifecycle::{Action, State, TABLE};
use major_hazards::values::Vocabulary as _;
use serde_json::Value;

use super::asking::bodies::{changes, fitting, merged};
use super::asking::facts::Seen;
use super::asking::people::Person;
use super::asking::shown::Shown;
use super::asking::situations::{any_situation, usual_situations};
use super::asking::verdict::Verdict;
use super::asking::world::{Asked, World};
use crate::support::app::App;
use crate::support::on_both;
use crate::support::seed::{Random, number_from};

/// States that are looked at when nobody says how many.
const STATES: u32 = 200;
/// How often one hazard is looked at.
const LOOKS: usize = 10;
/// Guards that block before a body is known and that nothing but the sign-off meets.
const BEFORE_A_BODY: &[Guard] = &[
    Guard::LevelOfOrder,
    Guard::SignerDidNotReport,
    Guard::SignerDidNotReview,
    Guard::SignerIsNoReviewer,
    Guard::EvidenceComplete,
];
/// How many disagreements are told.
const TOLD: usize = 20;

/// What was found so far.
#[derive(Default)]
struct Findings {
    states: BTreeSet<State>,
    performed: BTreeSet<Action>,
    blocked_by: BTreeSet<String>,
    looks: usize,
    hidden: usize,
    enabled: usize,
    blocked: usize,
    wrong: Vec<String>,
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            looks,
            hidden,
            enabled,
            blocked,
            performed,
            ..
        } = self;
        write!(
            f,
            "{looks} looks, {hidden} of them at nothing, {enabled} actions enabled, {blocked} blocked"
        )?;
        write!(
            f,
            "; {} of them performed: {performed:?}; blocked by {:?}",
            performed.len(),
            self.blocked_by
        )
    }
}

/// What dry runs answered.
type Tried = BTreeMap<Action, (Verdict, Value)>;

/// What one look found.
struct Held {
    /// The hazard with all actions, or how the caller was refused.
    shown: Result<Value, Verdict>,
    tried: Tried,
}

/// One hazard, one caller, one moment.
struct Look<'a> {
    world: &'a World,
    person: &'a Person,
    seen: Seen,
    bodies: BTreeMap<Action, Value>,
}

impl Look<'_> {
    /// With a body for each of these actions.
    fn new<'a>(world: &'a World, person: &'a Person, seen: Seen, actions: impl Iterator<Item = Action>) -> Look<'a> {
        let bodies = actions.map(|action| (action, fitting(world, action, person, &seen)));
        let bodies = bodies.collect();
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

    /// Holds what is shown against what is tried.
    async fn hold(&self, findings: &mut Findings) -> Held {
        let shown = self.read().await;
        let calls = self
            .bodies
            .keys()
            .map(|action| async { (*action, self.call(*action, true).await) });
        let tried: Tried = join_all(calls).await.into_iter().collect();
        let mut wrong = Vec::new();
        match &shown {
            Ok(document) => {
                let shown = Shown::of(document);
                findings.enabled += shown.available.len();
                findings.blocked += shown.actions.len() - shown.available.len();
                findings
                    .blocked_by
                    .extend(shown.actions.values().flat_map(|offer| offer.blocked_by.clone()));
                wrong.extend(shown.contradictions(self.person));
                for (action, (verdict, _)) in &tried {
                    wrong.extend(shown.contradicted_by(self.person, *action, verdict));
                    if verdict.status != 200 && shown.available.contains(action.code()) {
                        let body = self.body_that_fits(*action);
                        wrong.extend(body.map(|body| format!("{action}: would fit {body}")));
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
        findings.looks += 1;
        findings.states.insert(self.seen.state());
        self.tell(wrong, findings);
        Held { shown, tried }
    }

    /// Holds what is shown against what is tried, then does what chance chooses and holds that against both.
    async fn act(&self, random: &mut Random, findings: &mut Findings) {
        let Held { shown: before, tried } = self.hold(findings).await;
        let action = choose(random, &tried);
        let (expected, promised) = &tried[&action];
        let (verdict, document) = self.call(action, false).await;
        let mut wrong = Vec::new();
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
        self.tell(wrong, findings);
    }

    fn tell(&self, wrong: Vec<String>, findings: &mut Findings) {
        let who = format!("{} on {} at {}", self.person.name, self.seen.id, self.world.now());
        let wrong = wrong.into_iter().map(|what| format!("{who}: {what}"));
        findings.wrong.extend(wrong);
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
fn choose(random: &mut Random, tried: &Tried) -> Action {
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

/// Everybody who may do anything in a state looks at a hazard there: chance would seldom pick who may not sign off.
async fn look_around(world: &World, findings: &mut Findings) {
    for situation in usual_situations(world).await {
        let seen = world.look(&situation.id).await;
        let rows = || TABLE.iter().filter(|row| row.from.contains(&seen.state()));
        let someone = |person: &&Person| person.sees(&seen.facts) && rows().any(|row| person.law.has_any(row.roles));
        for person in world.people.iter().filter(someone) {
            let actions = rows().map(|row| row.action);
            Look::new(world, person, seen.clone(), actions).hold(findings).await;
        }
    }
}

/// Chance leads hazards about while time passes.
async fn walk(world: &World, random: &mut Random, looks: usize, findings: &mut Findings) {
    let clock = world.app.clock();
    let begin = clock.now();
    let mut id = String::new();
    for look in 0..looks {
        if look % LOOKS == 0 {
            clock.set(begin);
            let state = State::ALL[look / LOOKS % State::ALL.len()];
            id = any_situation(world, state, random).await.id;
        }
        if random.below(3) == 0 {
            world.app.pass_days(i64::try_from(random.below(25)).unwrap());
        }
        // The unit's officer is one among many, and has much to do.
        let officer = random.below(4) == 0;
        let person = &world.people[if officer { 0 } else { random.index(world.people.len()) }];
        let actions = Action::ALL.iter().copied().filter(|action| *action != Action::Report);
        let look = Look::new(world, person, world.look(&id).await, actions);
        look.act(random, findings).await;
    }
}

on_both! {
    async fn what_is_advertised_is_what_happens(app: App) {
        let mut random = Random::of_this_run();
        let states = usize::try_from(number_from("HAZARDS_TEST_STATES", STATES)).unwrap();
        let world = World::new(&app).await;
        let mut findings = Findings::default();
        look_around(&world, &mut findings).await;
        walk(&world, &mut random, states, &mut findings).await;
        let told = findings.wrong.iter().take(TOLD).cloned().collect::<Vec<_>>().join("\n");
        assert!(findings.wrong.is_empty(), "{} disagreements: {findings}\n{told}", findings.wrong.len());
        assert_eq!(findings.states, State::ALL.iter().copied().collect(), "states that were seen");
        let blocked_by = |guard: &&Guard| findings.blocked_by.contains(guard.code());
        let never = BEFORE_A_BODY.iter().filter(|guard| !blocked_by(guard)).collect::<Vec<_>>();
        assert!(never.is_empty(), "never seen to block: {never:?} in {findings}");
        eprintln!("{findings}");
    }
}
