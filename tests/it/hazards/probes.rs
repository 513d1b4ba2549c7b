//! What the service answers is what the law says: every state, with every kind of history, × action × role, rank and
//! scope × body, asked over HTTP and of the law itself on facts that are read from what the service shows. Each is
//! tried with `dry_run`; what is refused is then really called, and must change nothing.
//!
//! `HAZARDS_TEST_PROBES=all cargo test --test it hazards::probes` asks everything; without it a share is asked, drawn
//! from `HAZARDS_TEST_SEED`. Either must see every guard refuse and allow, and every row of the table.

use std::collections::BTreeSet;
use std::fmt;

use futures_util::future::join_all;
use major_hazards::law::guards::Guard;
use major_hazards::law::lifecycle::{Action, TABLE, Transition, roles_of};
use major_hazards::law::scope::Role;
use major_hazards::values::Vocabulary as _;
use serde_json::Value;

use super::asking::bodies::{changes, fitting, merged, reports};
use super::asking::facts::Seen;
use super::asking::people::Person;
use super::asking::situations::{Situation, press, situations};
use super::asking::verdict::Verdict;
use super::asking::world::{Asked, World};
use crate::support::app::App;
use crate::support::client::Answer;
use crate::support::on_both;
use crate::support::seed::Random;

/// Guards that no request reaches, because what would break them is hidden first.
const NEVER_REACHED: &[Guard] = &[Guard::OwnUnit];
/// Longer than every term that the bodies set, in days.
const LATER: i64 = 90;
/// One person in so many is looked at for each hazard when not everybody is.
const PEOPLE: u64 = 5;
/// One of their probes in so many is asked besides those that show something new.
const PROBES: u64 = 100;
/// How many calls are under way at once.
const AT_ONCE: usize = 8;
/// How many mismatches are told in full.
const TOLD: usize = 20;

/// A call, and what the law says to it.
struct Probe {
    person: Person,
    action: Action,
    body: Value,
    version: i64,
    expected: Verdict,
}

impl Probe {
    async fn call(&self, world: &World, seen: &Seen, dry: bool) -> Answer {
        let asked = Asked {
            id: &seen.id,
            version: self.version,
            action: self.action,
            person: &self.person,
            body: &self.body,
        };
        world.ask(&asked, dry).await
    }
}

/// What was seen so far.
#[derive(Default)]
struct Tally {
    probes: usize,
    refused: BTreeSet<Guard>,
    allowed: BTreeSet<Guard>,
    rows: BTreeSet<String>,
    /// State, action and roles that were asked about.
    cells: BTreeSet<(&'static str, Action, BTreeSet<Role>)>,
    mismatches: Vec<String>,
}

impl Tally {
    /// Notes what a probe shows; true when it shows something that was not seen before.
    fn learns(&mut self, probe: &Probe, seen: Option<&Seen>) -> bool {
        let before = self.size();
        let (action, expected) = (probe.action, &probe.expected);
        let state = seen.map_or("nowhere", |seen| seen.state().code());
        self.refused.extend(expected.guard());
        if let Some(row) = expected.row(action, seen) {
            self.allowed.extend(row.guards);
            self.rows.insert(name_of(row, state));
        }
        let saw_older = seen.is_some_and(|seen| probe.version != seen.version);
        let place = if saw_older { "anywhere, late" } else { state };
        self.cells.insert((place, action, probe.person.law.roles.clone()));
        self.size() > before
    }

    fn size(&self) -> usize {
        self.refused.len() + self.allowed.len() + self.rows.len() + self.cells.len()
    }

    /// Compares an answer with what was expected.
    fn compare(&mut self, asked: &dyn fmt::Display, expected: &Verdict, answered: &Verdict) {
        self.probes += 1;
        if expected != answered {
            self.mismatches.push(format!(
                "{asked}\n  the law:     {expected:?}\n  the service: {answered:?}"
            ));
        }
    }

    /// Everything that is wrong or was not seen.
    fn faults(&self) -> Vec<String> {
        let unseen = |seen: &BTreeSet<Guard>, how: &str, except: &[Guard]| -> Vec<String> {
            let unseen = Guard::ALL
                .iter()
                .filter(|guard| !seen.contains(guard) && !except.contains(guard));
            unseen
                .map(|guard| format!("guard {} was never seen to {how}", guard.code()))
                .collect()
        };
        let rows = TABLE.iter().flat_map(|row| {
            let from = row.from.iter().map(|state| name_of(row, state.code()));
            from.chain(row.from.is_empty().then(|| name_of(row, "nowhere")))
        });
        let unseen_rows = rows
            .filter(|row| !self.rows.contains(row))
            .map(|row| format!("{row} was never allowed"));
        let more = self.mismatches.len().saturating_sub(TOLD);
        [
            self.mismatches.iter().take(TOLD).cloned().collect(),
            (more > 0)
                .then(|| format!("and {more} mismatches more"))
                .into_iter()
                .collect(),
            unseen(&self.refused, "refuse", NEVER_REACHED),
            unseen(&self.allowed, "allow", &[]),
            unseen_rows.collect(),
        ]
        .concat()
    }
}

fn name_of(row: &Transition, from: &str) -> String {
    format!("{} ({:?}) from {from}", row.action, row.outcome)
}

/// Which probes are asked.
enum Share {
    All,
    Some(Random),
}

impl Share {
    fn of_this_run() -> Self {
        match std::env::var("HAZARDS_TEST_PROBES").as_deref() {
            Ok("all") => Self::All,
            Ok(other) => panic!("HAZARDS_TEST_PROBES: `{other}` is not `all`"),
            Err(_) => Self::Some(Random::of_this_run()),
        }
    }

    fn takes_one_in(&mut self, many: u64) -> bool {
        match self {
            Self::All => true,
            Self::Some(random) => random.below(many) == 0,
        }
    }
}

/// The probes of one hazard by everybody, or by those whom the share takes.
fn probes_of(world: &World, situation: &Situation, seen: &Seen, share: &mut Share) -> Vec<Probe> {
    let mut probes = Vec::new();
    // The unit has one officer only, who must not be left out.
    let taken = |(index, _): &(usize, &Person)| *index == 0 || share.takes_one_in(PEOPLE);
    for (_, person) in world.people.iter().enumerate().filter(taken) {
        // Whoever may not know of it is told the same whatever happened to it.
        if !person.sees(&seen.facts) && !situation.is_usual() {
            continue;
        }
        for action in Action::ALL.iter().copied().filter(|action| *action != Action::Report) {
            let usual = fitting(world, action, person, seen);
            let mut add = |body: Value, version: i64| {
                let expected = Verdict::of_the_law(world, person, action, &body, seen, version);
                let asks_guards = expected.status == 200 || expected.guard().is_some();
                let person = person.clone();
                probes.push(Probe {
                    person,
                    action,
                    body,
                    version,
                    expected,
                });
                asks_guards
            };
            // Where role or state forbid it, the law does not look at the body.
            if add(usual.clone(), seen.version) {
                for change in changes(world, action, person, seen) {
                    add(merged(usual.clone(), &change), seen.version);
                }
            }
            // Whose role may not, is told so whichever version was seen.
            let stale = person.law.has_any(roles_of(action)) || action == Action::SignOff;
            if stale && seen.version > 1 {
                add(usual, seen.version - 1);
            }
        }
    }
    probes
}

/// Asks what the share holds of one hazard.
async fn ask(world: &World, situation: &Situation, seen: &Seen, share: &mut Share, tally: &mut Tally) {
    let mut probes = probes_of(world, situation, seen, share);
    probes.retain(|probe| tally.learns(probe, Some(seen)) | share.takes_one_in(PROBES));
    let asked = |probe: &Probe, dry: &str| {
        let Probe {
            person, action, body, ..
        } = probe;
        format!(
            "{action}{dry} by {} on {} ({}): {body}",
            person.name, situation.name, situation.id
        )
    };
    for some in probes.chunks(AT_ONCE) {
        for dry in [true, false] {
            let called = some.iter().filter(|probe| dry || probe.expected.status != 200);
            let calls = called.map(|probe| async move { (probe, probe.call(world, seen, dry).await) });
            for (probe, answer) in join_all(calls).await {
                let what = asked(probe, if dry { " (dry)" } else { "" });
                tally.compare(&what, &probe.expected, &Verdict::of_the_service(&answer));
            }
        }
    }
    let after = world.look(&seen.id).await;
    if (after.version, after.events) != (seen.version, seen.events) {
        tally.mismatches.push(format!(
            "{}: refused calls and dry runs took it from version {} to {}, from {} events to {}",
            situation.name, seen.version, after.version, seen.events, after.events
        ));
    }
}

/// Asks every report of everybody.
async fn ask_reports(world: &World, share: &mut Share, tally: &mut Tally) {
    for person in world.people.iter().filter(|person| world.has_evidence(person)) {
        for body in reports(world, person) {
            let expected = Verdict::of_a_report(world, person, &body);
            let probe = Probe {
                person: person.clone(),
                action: Action::Report,
                body,
                version: 0,
                expected,
            };
            if tally.learns(&probe, None) | share.takes_one_in(PROBES) {
                let answer = world
                    .app
                    .post("/v1/hazards")
                    .as_(&person.caller)
                    .json(&probe.body)
                    .send()
                    .await;
                let what = format!("report by {}: {}", person.name, probe.body);
                tally.compare(&what, &probe.expected, &Verdict::of_the_service(&answer));
            }
        }
    }
}

on_both! {
    async fn every_probe_is_answered_as_the_law_says(app: App) {
        let mut share = Share::of_this_run();
        let mut tally = Tally::default();
        let world = World::new(&app).await;
        let mut hazards = situations(&world).await;
        ask_reports(&world, &mut share, &mut tally).await;
        for situation in &hazards {
            let seen = world.look(&situation.id).await;
            ask(&world, situation, &seen, &mut share, &mut tally).await;
        }
        app.pass_days(LATER);
        press(&world, &mut hazards).await;
        for situation in &hazards {
            let seen = world.look(&situation.id).await;
            ask(&world, situation, &seen, &mut share, &mut tally).await;
        }
        eprintln!("{} hazards, {} probes", hazards.len(), tally.probes);
        let faults = tally.faults();
        assert!(faults.is_empty(), "{} probes:\n{}", tally.probes, faults.join("\n"));
    }
}

#[test]
fn a_wrong_answer_is_named_and_so_is_what_was_not_seen() {
    let mut tally = Tally::default();
    let verdict = |status, code: &str, names: &[&str]| Verdict {
        status,
        code: code.to_owned(),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
    };
    let right = verdict(422, "due_in_past", &["due_in_past /due_on"]);
    tally.compare(&"right", &right, &right);
    assert_eq!(tally.mismatches, Vec::<String>::new());
    for (asked, wrong) in [
        ("the status", verdict(403, "due_in_past", &["due_in_past /due_on"])),
        ("the code", verdict(422, "plan_due_in_past", &["due_in_past /due_on"])),
        (
            "the pointer",
            verdict(422, "due_in_past", &["due_in_past /plan_due_on"]),
        ),
        (
            "one more",
            verdict(
                422,
                "due_in_past",
                &["due_in_past /due_on", "evidence_required /attachments"],
            ),
        ),
    ] {
        tally.compare(&asked, &right, &wrong);
        let told = tally.mismatches.last().unwrap();
        assert!(told.starts_with(asked) && told.contains(&wrong.code), "{told}");
    }
    assert_eq!((tally.probes, tally.mismatches.len()), (5, 4));
    let faults = tally.faults().join("\n");
    for unseen in [
        "guard signer_reviewed was never seen to refuse",
        "guard foreign_unit was never seen to allow",
        "review (Failed) from awaiting_review was never allowed",
        "report (Always) from nowhere was never allowed",
    ] {
        assert!(faults.contains(unseen), "`{unseen}` is not in: {faults}");
    }
}
