//! One answer, boiled down to what must be the same: of the law and of the service.

use std::collections::BTreeSet;

use major_hazards::law::decide::{Question, decide, decide_report};
use major_hazards::law::guards::{Guard, Standing};
use major_hazards::law::lifecycle::{Action, TABLE, Target, Transition, roles_of};
use major_hazards::law::refusal::Refusal;
use major_hazards::values::Vocabulary as _;
use serde_json::Value;

use super::facts::{Seen, body_facts};
use super::people::Person;
use super::world::World;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::hazards) struct Verdict {
    /// Status of the answer.
    pub(in crate::hazards) status: u16,
    /// Code of the problem; the status of the hazard where it is allowed.
    pub(in crate::hazards) code: String,
    /// What else the problem names: each broken guard with its pointer, what is allowed instead, or who could.
    pub(in crate::hazards) names: BTreeSet<String>,
}

impl Verdict {
    fn new(status: u16, code: &str, names: impl IntoIterator<Item = String>) -> Self {
        Self {
            status,
            code: code.to_owned(),
            names: names.into_iter().collect(),
        }
    }

    /// What the law says, in the order that the contract gives: known at all, role, version, state, guards.
    pub(in crate::hazards) fn of_the_law(
        world: &World,
        person: &Person,
        action: Action,
        body: &Value,
        seen: &Seen,
        version: i64,
    ) -> Self {
        if person.law.ledger_scope().is_none() {
            return Self::new(403, "role_not_allowed", []);
        }
        if !person.sees(&seen.facts) {
            return Self::new(404, "not_found", []);
        }
        let verdict = decide(&Question {
            hazard: &seen.facts,
            caller: &person.law,
            action,
            body: Some(&body_facts(world, action, body, person, Some(seen))),
            now: world.now(),
            policy: &world.policy,
        });
        match verdict {
            Err(refusal @ Refusal::RoleNotAllowed { .. }) => Self::refused(&refusal),
            _ if version != seen.version => Self::new(412, "stale_version", [seen.version.to_string()]),
            Err(refusal) => Self::refused(&refusal),
            Ok(permit) => Self::new(200, permit.to().code(), []),
        }
    }

    /// What the law says of a report about the unit of `world` or the other one.
    pub(in crate::hazards) fn of_a_report(world: &World, person: &Person, body: &Value) -> Self {
        if !person.law.has_any(roles_of(Action::Report)) {
            return Self::refused(&Refusal::role_not_allowed(roles_of(Action::Report)));
        }
        let named = |unit: &&crate::support::fixtures::Unit| body["enterprise"] == unit.id.as_str();
        let area = crate::support::fixtures::AREA.parse().unwrap();
        let industry = crate::support::fixtures::INDUSTRY.parse().unwrap();
        let visible = |uscc: &_| {
            let scope = person.law.register_scope();
            scope.is_some_and(|scope| scope.covers(&area, &industry, uscc))
        };
        let unit = [&world.unit, &world.other].into_iter().find(named);
        let uscc = unit.map(|unit| unit.uscc.parse().unwrap()).filter(visible);
        let (Some(unit), Some(uscc)) = (unit, uscc) else {
            return Self::refused(&Refusal::one(Guard::UnitKnown, "/enterprise"));
        };
        let mut facts = body_facts(world, Action::Report, body, person, None);
        facts.recurrence_known = body["recurrence_of"].as_str().map(|earlier| {
            let same_unit = world.target(earlier).map(|(_, same_unit)| same_unit);
            same_unit == Some(unit.id == world.unit.id)
        });
        let named_area = body["area"].as_str().unwrap().parse().unwrap();
        let named_industry = body["industry"]
            .as_str()
            .map_or(industry.clone(), |code| code.parse().unwrap());
        let verdict = decide_report(
            &person.law,
            &facts,
            &named_area,
            &named_industry,
            &uscc,
            world.now(),
            &world.policy,
        );
        match verdict {
            Ok(permit) => Self::new(201, permit.to().code(), []),
            Err(refusal) => Self::refused(&refusal),
        }
    }

    fn refused(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::RoleNotAllowed { who_could } => Self::new(
                403,
                "role_not_allowed",
                who_could
                    .roles
                    .iter()
                    .map(ToString::to_string)
                    .chain(who_could.level.map(|level| format!("level {level}"))),
            ),
            Refusal::NotAllowedNow { state, allowed } => Self::new(
                409,
                "action_not_allowed",
                allowed
                    .iter()
                    .map(ToString::to_string)
                    .chain([format!("while {state}")]),
            ),
            Refusal::Broken(broken) => {
                let leading = Refusal::leading(broken).unwrap().guard;
                let status = match leading.standing() {
                    Standing::Authority => 403,
                    Standing::Rule => 422,
                };
                let names = broken.iter().map(|one| format!("{} {}", one.guard.code(), one.pointer));
                Self::new(status, leading.code(), names)
            }
            other => panic!("the law alone does not say {other:?}"),
        }
    }

    /// What the service says.
    pub(in crate::hazards) fn of_the_service(answer: &crate::support::client::Answer) -> Self {
        if answer.status < 300 {
            let status = answer.json()["status"].as_str().unwrap().to_owned();
            return Self::new(answer.status, &status, []);
        }
        let problem = answer.any_problem();
        let texts = |value: &Value| -> Vec<String> {
            let list = value.as_array().into_iter().flatten();
            list.map(|one| one.as_str().unwrap().to_owned()).collect()
        };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let broken = problem["errors"].as_array().into_iter().flatten();
        let names = broken
            .map(|one| format!("{} {}", one["code"].as_str().unwrap(), one["pointer"].as_str().unwrap()))
            .chain(texts(&problem["who_could"]["roles"]))
            .chain(text(&problem["who_could"]["level"]).map(|level| format!("level {level}")))
            .chain(texts(&problem["allowed_actions"]))
            .chain(text(&problem["current_status"]).map(|state| format!("while {state}")))
            .chain(problem["current_version"].as_i64().map(|version| version.to_string()));
        Self::new(answer.status, problem["code"].as_str().unwrap(), names)
    }

    /// The guard that decided a refusal.
    pub(in crate::hazards) fn guard(&self) -> Option<Guard> {
        Guard::ALL.iter().copied().find(|guard| guard.code() == self.code)
    }

    /// The row of the table by which it is allowed.
    pub(in crate::hazards) fn row(&self, action: Action, seen: Option<&Seen>) -> Option<&'static Transition> {
        let allowed = self.status < 300;
        TABLE.iter().filter(|_| allowed).find(|row| {
            let fits = match row.to {
                Target::To(state) => state.code() == self.code,
                Target::Same => true,
            };
            row.action == action && fits && seen.is_none_or(|seen| row.from.contains(&seen.state()))
        })
    }
}
