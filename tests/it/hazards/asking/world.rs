//! What surrounds the hazards that are asked about: units, authorities, evidence, and other hazards to merge into.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use major_hazards::law::facts::{CriterionFacts, EvidenceFacts};
use major_hazards::law::lifecycle::{Action, State, roles_of};
use major_hazards::law::policy::Policy;
use major_hazards::law::scope::Level;
use major_hazards::values::{Day, Instant, Vocabulary as _};
use serde_json::{Value, json};

use super::bodies;
use super::facts::Seen;
use super::people::{Person, everybody};
use super::verdict::Verdict;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::Answer;
use crate::support::fixtures::{CRITERION, Hazard, Unit};

/// An id that nothing has.
pub(in crate::hazards) const NOTHING: &str = "01900000-0000-7000-8000-00000000dead";
/// The clause of the tests was in force from here on, and not yet on [`LONG_AGO`].
const IN_FORCE: &str = "2023-12-31";
/// A day before any clause of the catalogue was in force.
pub(in crate::hazards) const LONG_AGO: &str = "2020-01-01";

/// An authority on record.
#[derive(Debug, Clone, Copy)]
pub(in crate::hazards) struct Authority {
    pub(in crate::hazards) code: &'static str,
    pub(in crate::hazards) level: Level,
    pub(in crate::hazards) area: &'static str,
}

/// Two that could take any hazard of the tests over, one of too low a rank, and one of elsewhere.
const AUTHORITIES: &[Authority] = &[
    Authority {
        code: "first",
        level: Level::National,
        area: "370303",
    },
    Authority {
        code: "second",
        level: Level::National,
        area: "370303",
    },
    Authority {
        code: "low",
        level: Level::Street,
        area: "370303",
    },
    Authority {
        code: "elsewhere",
        level: Level::National,
        area: "370304",
    },
];

/// The surroundings.
pub(in crate::hazards) struct World {
    pub(in crate::hazards) app: App,
    pub(in crate::hazards) policy: Policy,
    /// The unit of every hazard that is asked about.
    pub(in crate::hazards) unit: Unit,
    /// Another unit of the same area and industry.
    pub(in crate::hazards) other: Unit,
    pub(in crate::hazards) people: Vec<Person>,
    /// The usual body of each action.
    pub(in crate::hazards) usual: BTreeMap<Action, Value>,
    /// Hazards to merge into, in this order: open, not open, of another unit.
    pub(in crate::hazards) targets: [String; 3],
    /// Who stored it, and its id.
    evidence: BTreeMap<String, String>,
    /// Who declared it and has not brought it, and its id.
    slots: BTreeMap<String, String>,
    /// Hazards into which another was merged.
    merged_into: RefCell<BTreeSet<String>>,
}

impl World {
    /// Puts everything on record.
    pub(in crate::hazards) async fn new(app: &App) -> Self {
        let (unit, other) = (app.enterprise().await, app.enterprise().await);
        for Authority { code, level, area } in AUTHORITIES {
            let body = json!({"code": code, "name": "区应急管理局", "level": level.code(), "areas": [area]});
            let office = Caller::office().areas(&["*"]);
            let stored = app.post("/v1/authorities").as_(&office).json(&body).send().await;
            stored.expect_status(201).done();
        }
        let targets = [
            app.hazard_of(&unit).await.id,
            app.hazard_of_in(&unit, State::Dismissed).await.id,
            app.hazard_of(&other).await.id,
        ];
        let any = app.hazard_of(&unit).await;
        let mut usual = BTreeMap::new();
        for action in Action::ALL {
            usual.insert(*action, app.usual_body(&any, *action).await);
        }
        let people = everybody(&unit, &other, &app.clock());
        let mut evidence = BTreeMap::new();
        let mut slots = BTreeMap::new();
        let senders = [Action::SubmitCompletion, Action::Review, Action::Report]
            .map(roles_of)
            .concat();
        for person in people.iter().filter(|person| person.law.has_any(&senders)) {
            evidence.insert(person.law.subject.clone(), app.photograph(&person.caller).await);
            slots.insert(person.law.subject.clone(), app.empty_slot(&person.caller));
        }
        Self {
            app: app.clone(),
            policy: Policy::embedded().unwrap(),
            unit,
            other,
            people,
            usual,
            targets,
            evidence,
            slots,
            merged_into: RefCell::default(),
        }
    }

    /// Now, to the service.
    pub(in crate::hazards) fn now(&self) -> Instant {
        self.app.clock().now()
    }

    /// Today, to the service.
    pub(in crate::hazards) fn today(&self) -> Day {
        self.now().day()
    }

    /// Merges another hazard of the unit into this one.
    pub(in crate::hazards) async fn merge_another_into(&self, hazard: &Hazard) {
        let another = self.app.hazard_of(&self.unit).await;
        let body = json!({"into": hazard.id});
        let merged = self.app.act(&another, Action::Merge, &Caller::committee(), &body).await;
        merged.expect_status(200).done();
        self.merged_into.borrow_mut().insert(hazard.id.clone());
    }

    /// The hazard as an auditor of everything sees it.
    pub(in crate::hazards) async fn look(&self, id: &str) -> Seen {
        let auditor = Caller::auditor().areas(&["*"]);
        let path = format!("/v1/hazards/{id}");
        let read = |path: String| self.app.get(path).as_(&auditor).send();
        let parts = ["", "/events?limit=200", "/clocks"].map(|part| read(format!("{path}{part}")));
        let [document, events, clocks] = <[_; 3]>::try_from(join_all(parts).await).unwrap();
        let [document, events, clocks] = [document, events, clocks].map(|answer| answer.expect_status(200));
        let awaits = |id: &str| self.slots.values().any(|slot| slot == id);
        Seen::of(&document.json(), &events.items(), &clocks.json(), awaits)
    }

    /// Performs an action, or only tries it.
    pub(in crate::hazards) async fn ask(&self, asked: &Asked<'_>, dry: bool) -> Answer {
        let query = if dry { "?dry_run=true" } else { "" };
        let path = format!("/v1/hazards/{}/actions/{}{query}", asked.id, asked.action);
        let request = self.app.post(path).as_(&asked.person.caller);
        request.if_match(asked.version).json(asked.body).send().await
    }

    /// Performs the action as the first who is allowed to, with a body that fits but for the changes.
    pub(in crate::hazards) async fn advance(&self, id: &str, action: Action, changes: &Value) {
        let seen = self.look(id).await;
        let version = seen.version;
        let mut able = self.people.iter().filter_map(|person| {
            let body = bodies::merged(bodies::fitting(self, action, person, &seen), changes);
            let verdict = Verdict::of_the_law(self, person, action, &body, &seen, version);
            (verdict.status == 200).then_some((person, body))
        });
        let (person, body) = able
            .next()
            .unwrap_or_else(|| panic!("nobody can {action} a hazard that is {}: {seen:?}", seen.state()));
        let body = &body;
        let asked = Asked {
            id,
            version,
            action,
            person,
            body,
        };
        self.ask(&asked, false).await.expect_status(200).done();
    }

    /// The evidence that somebody stored.
    pub(in crate::hazards) fn evidence_of(&self, subject: &str) -> &str {
        let stored = self.evidence.get(subject);
        stored.unwrap_or_else(|| panic!("{subject} stored no evidence"))
    }

    /// Whether the person stored evidence.
    pub(in crate::hazards) fn has_evidence(&self, person: &Person) -> bool {
        self.evidence.contains_key(&person.law.subject)
    }

    /// The evidence that somebody declared and has not brought.
    pub(in crate::hazards) fn slot_of(&self, subject: &str) -> &str {
        let declared = self.slots.get(subject);
        declared.unwrap_or_else(|| panic!("{subject} declared no evidence"))
    }

    /// What the evidence is to the person: nobody cites what somebody else stored.
    pub(in crate::hazards) fn evidence_facts(&self, person: &Person, id: &str) -> EvidenceFacts {
        let is_of = |all: &BTreeMap<String, String>| all.get(&person.law.subject).is_some_and(|own| own == id);
        if is_of(&self.evidence) {
            EvidenceFacts::Verified
        } else if is_of(&self.slots) {
            EvidenceFacts::Outstanding
        } else {
            EvidenceFacts::Unknown
        }
    }

    /// Whether a hazard that others may be merged into is open, and whether it is of the unit.
    pub(in crate::hazards) fn target(&self, id: &str) -> Option<(bool, bool)> {
        let [open, over, strange] = &self.targets;
        [(open, true, true), (over, false, true), (strange, true, false)]
            .into_iter()
            .find(|(target, ..)| *target == id)
            .map(|(_, open, same_unit)| (open, same_unit))
    }

    /// Whether another hazard was merged into this one.
    pub(in crate::hazards) fn absorbed(&self, id: &str) -> bool {
        self.merged_into.borrow().contains(id)
    }
}

/// What the law must know of a clause, cited for a hazard that was found on that day.
pub(in crate::hazards) fn clause(code: &str, found_on: Day) -> CriterionFacts {
    let known = code == CRITERION;
    CriterionFacts {
        known,
        in_force: known && found_on > IN_FORCE.parse().unwrap(),
    }
}

/// An authority on record.
pub(in crate::hazards) fn authority(code: &str) -> Option<Authority> {
    AUTHORITIES.iter().copied().find(|authority| authority.code == code)
}

/// One call of an action.
pub(in crate::hazards) struct Asked<'a> {
    pub(in crate::hazards) id: &'a str,
    pub(in crate::hazards) version: i64,
    pub(in crate::hazards) action: Action,
    pub(in crate::hazards) person: &'a Person,
    pub(in crate::hazards) body: &'a Value,
}
