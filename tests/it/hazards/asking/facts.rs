//! What the law must know, put together from what the service shows: the hazard's document, its history, and the body
//! that is sent.

use major_hazards::law::facts::{
    AuthorityFacts, BodyFacts, HazardFacts, MergeFacts, PenaltyFacts, ReviewerFacts, SupervisionFacts,
};
use major_hazards::law::lifecycle::{Action, OrderKind, PenaltyKind, State};
use major_hazards::values::Day;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::people::Person;
use super::world::{World, authority, clause};

/// Members about which no rule asks.
const SILENT: &[&str] = &[
    "id",
    "title",
    "description",
    "area",
    "address",
    "industry",
    "enterprise",
    "location",
    "cause",
    "harm",
    "difficulty",
    "interim_measures",
    "campaigns",
    "comment",
    "reason",
    "order_number",
    "requirements",
    "goals",
    "measures",
    "funding_cny",
    "responsible_person",
    "responsible_organization",
    "safety_measures",
    "emergency_plan",
    "decision_number",
    "summary",
    "spent_cny",
    "findings",
    "document_number",
    "ground",
    "text",
    "recurrence_of",
    "unit_amount_cny",
    "person_amount_cny",
    "person",
];

/// A hazard as it stands.
#[derive(Debug, Clone)]
pub(in crate::hazards) struct Seen {
    /// Its id.
    pub(in crate::hazards) id: String,
    /// Its version.
    pub(in crate::hazards) version: i64,
    /// How many events its history holds.
    pub(in crate::hazards) events: usize,
    /// Code of the authority in charge.
    pub(in crate::hazards) authority: Option<String>,
    /// What the law asks of it.
    pub(in crate::hazards) facts: HazardFacts,
}

fn read<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"))
}

impl Seen {
    /// Puts the facts together from the document, the events and the clocks.
    /// `awaits` tells of a piece of evidence whether its bytes are still to come.
    pub(in crate::hazards) fn of(
        document: &Value,
        events: &[Value],
        clocks: &Value,
        awaits: impl Fn(&str) -> bool,
    ) -> Self {
        let order = &document["supervision"];
        let transferred_to = events.iter().rev().find(|event| event["action"] == "transfer");
        let authority = if order.is_null() {
            transferred_to.map(|event| read(&event["payload"]["body"]["authority"]))
        } else {
            read(&order["authority"])
        };
        let evidence = document["attachments"].as_array().into_iter().flatten();
        let review = &document["review"];
        let reviewers = review["reviewers"].as_array().into_iter().flatten();
        Self {
            id: read(&document["id"]),
            version: read(&document["version"]),
            events: events.len(),
            authority,
            facts: HazardFacts {
                state: read(&document["status"]),
                source: read(&document["source"]),
                found_on: read(&document["found_on"]),
                found_level: read(&document["found_level"]),
                area: read(&document["area"]),
                industry: read(&document["industry"]),
                unit: read(&document["enterprise"]["uscc"]),
                supervision: (!order.is_null()).then(|| SupervisionFacts {
                    kind: read(&order["kind"]),
                    level: read(&order["level"]),
                    plan_due_on: read(&order["plan_due_on"]),
                    due_on: read(&order["due_on"]),
                    extensions: read(&order["extensions"]),
                }),
                production: read(&document["production"]),
                pending_extension: read(&document["extension_request"]["due_on"]),
                reported_by: read(&events[0]["actor"]["subject"]),
                reviewed_by: read::<Option<String>>(&review["recorded_by"]).into_iter().collect(),
                reviewers: reviewers.map(reviewer).collect(),
                completed_on: read(&document["completion"]["completed_on"]),
                escalation: read(&document["escalation"]),
                accountable: !document["accountability"].is_null(),
                evidence_outstanding: evidence.filter_map(Value::as_str).any(awaits),
                // Asked only for what becomes of the clocks, never for whether the action is allowed.
                running: Vec::new(),
                next_due_on: next_due_on(clocks),
                updated_at: read(&document["updated_at"]),
            },
        }
    }

    /// Where it stands.
    pub(in crate::hazards) fn state(&self) -> State {
        self.facts.state
    }
}

/// The end of the running clock that ends first.
fn next_due_on(clocks: &Value) -> Option<Day> {
    let clocks = clocks["clocks"].as_array().unwrap().iter();
    let running = clocks.filter(|clock| clock["state"] == "running");
    running.map(|clock| read(&clock["due_on"])).min()
}

fn reviewer(one: &Value) -> ReviewerFacts {
    ReviewerFacts {
        name: read(&one["name"]),
        certificate_number: read(&one["certificate_number"]),
    }
}

/// What a body says to the law. `seen` is the hazard that it is about, nothing for a report.
pub(in crate::hazards) fn body_facts(
    world: &World,
    action: Action,
    body: &Value,
    person: &Person,
    seen: Option<&Seen>,
) -> BodyFacts {
    let mut facts = BodyFacts::default();
    let found_on: Day = seen.map_or_else(|| read(&body["found_on"]), |seen| seen.facts.found_on);
    for (name, value) in body.as_object().unwrap() {
        match (name.as_str(), action) {
            ("criteria", _) => {
                let clauses: Vec<String> = read(value);
                facts.criteria = clauses.iter().map(|code| clause(code, found_on)).collect();
            }
            ("source", _) => facts.source = read(value),
            ("found_on", _) => facts.found_on = read(value),
            ("found_level", _) => facts.found_level = read(value),
            ("level", _) => facts.level = read(value),
            ("plan_due_on", _) => facts.plan_due_on = read(value),
            ("due_on", _) => facts.due_on = read(value),
            ("completed_on", _) => facts.completed_on = read(value),
            ("reviewed_on", _) => facts.reviewed_on = read(value),
            ("decided_on", _) => facts.decided_on = read(value),
            ("passed", _) => facts.passed = read(value),
            ("approved", _) => facts.approved = read(value),
            ("scope", _) => facts.suspension = read(value),
            ("skip_reason", _) => facts.skip_reasoned = true,
            ("reviewers", _) => facts.reviewers = value.as_array().unwrap().iter().map(reviewer).collect(),
            ("attachments", _) => {
                let ids: Vec<String> = read(value);
                facts.attachments = ids.iter().map(|id| world.evidence_facts(person, id)).collect();
            }
            ("evaluation", _) => {
                let id: String = read(&value["attachment"]);
                facts.evaluation = Some(world.evidence_facts(person, &id));
            }
            ("into", _) => facts.merge_into = seen.map(|seen| merge_facts(world, value, person, seen)),
            ("authority", _) => facts.authority = seen.map(|seen| authority_facts(value, seen)),
            ("kind", Action::Order) => facts.order_kind = read(value),
            ("kind", Action::Escalate) => facts.rung = read(value),
            ("kind", Action::Penalize) => {
                let given = |member: &str| body.get(member).is_some();
                facts.penalty = Some(PenaltyFacts {
                    is_fine: read::<PenaltyKind>(value) == PenaltyKind::Fine,
                    unit_amount: given("unit_amount_cny"),
                    person_amount: given("person_amount_cny"),
                    person: given("person"),
                });
            }
            (silent, _) if SILENT.contains(&silent) => {}
            (unknown, _) => panic!("nobody said what member `{unknown}` of `{action}` means to the law"),
        }
    }
    if action == Action::UpgradeOrder {
        facts.order_kind = Some(OrderKind::Listed);
    }
    facts
}

fn merge_facts(world: &World, into: &Value, person: &Person, seen: &Seen) -> MergeFacts {
    let into = into.as_str().unwrap();
    let target = if into == seen.id {
        Some((seen.state().is_open(), true))
    } else {
        world.target(into)
    };
    let target = target.filter(|_| person.sees(&seen.facts));
    MergeFacts {
        known: target.is_some(),
        same_hazard: into == seen.id,
        open: target.is_some_and(|(open, _)| open),
        same_unit: target.is_some_and(|(_, same_unit)| same_unit),
        would_chain: world.absorbed(&seen.id),
    }
}

fn authority_facts(code: &Value, seen: &Seen) -> AuthorityFacts {
    let code = code.as_str().unwrap();
    let known = authority(code);
    AuthorityFacts {
        known: known.is_some(),
        competent: known.is_some_and(|authority| seen.facts.area.as_str().starts_with(authority.area)),
        level: known.map(|authority| authority.level),
        in_charge: seen.authority.as_deref() == Some(code),
    }
}
