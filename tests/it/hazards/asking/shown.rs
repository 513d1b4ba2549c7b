//! What a caller is shown of the actions on a hazard, held against itself and against the answers to them.

use std::collections::{BTreeMap, BTreeSet};

use major_hazards::law::lifecycle::{Action, roles_of};
use major_hazards::law::scope::Level;
use major_hazards::values::Vocabulary as _;
use serde_json::Value;

use super::people::Person;
use super::verdict::Verdict;

/// Guards that refuse every body that the caller could send, and are yet about what the body asks for.
pub(in crate::hazards) const WITHOUT_A_BODY_THAT_FITS: &[(Action, &str)] = &[
    (Action::Confirm, "criterion_not_in_force"),
    (Action::Order, "order_level_above_caller"),
    (Action::Order, "committee_orders_ordinary_only"),
    (Action::UpgradeOrder, "order_level_above_caller"),
    (Action::Merge, "merge_would_chain"),
];

/// What one caller is shown of a hazard.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::hazards) struct Shown {
    pub(in crate::hazards) available: BTreeSet<String>,
    pub(in crate::hazards) actions: BTreeMap<String, Offer>,
}

/// What one caller is shown of one action.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::hazards) struct Offer {
    pub(in crate::hazards) enabled: bool,
    pub(in crate::hazards) blocked_by: BTreeSet<String>,
    roles: BTreeSet<String>,
    level: Option<Level>,
}

fn texts(list: &Value, member: Option<&str>) -> BTreeSet<String> {
    let list = list.as_array().unwrap().iter();
    list.map(|one| member.map_or(one, |member| &one[member]).as_str().unwrap().to_owned())
        .collect()
}

impl Shown {
    pub(in crate::hazards) fn of(document: &Value) -> Self {
        let actions = document["actions"].as_array().unwrap().iter();
        Self {
            available: texts(&document["available_actions"], Some("action")),
            actions: actions
                .map(|one| (one["action"].as_str().unwrap().to_owned(), Offer::of(one)))
                .collect(),
        }
    }

    /// Where it contradicts itself.
    pub(in crate::hazards) fn contradictions(&self, person: &Person) -> Vec<String> {
        let mut wrong = Vec::new();
        let enabled = self.actions.iter().filter(|(_, offer)| offer.enabled);
        let enabled: BTreeSet<String> = enabled.map(|(action, _)| action.clone()).collect();
        if enabled != self.available {
            wrong.push(format!("available are {:?}, enabled {enabled:?}", self.available));
        }
        for (action, offer) in &self.actions {
            let mut doubt = |what: &str| wrong.push(format!("{action}: {what}: {offer:?}"));
            if offer.enabled != offer.blocked_by.is_empty() {
                doubt("enabled, or blocked by something, and not both or neither");
            }
            let holds_role = offer.roles.iter().any(|role| person.law.has(role.parse().unwrap()));
            if holds_role == offer.blocked_by.contains("role_not_allowed") {
                doubt("the roles that could do not fit the block");
            }
            let too_low = offer.level.is_some_and(|level| !person.law.level_reaches(level));
            if too_low != offer.blocked_by.contains("level_below_order") {
                doubt("the level that could does not fit the block");
            }
        }
        wrong
    }

    /// Where the answer to an action with a body that fits contradicts it.
    pub(in crate::hazards) fn contradicted_by(
        &self,
        person: &Person,
        action: Action,
        answer: &Verdict,
    ) -> Option<String> {
        let guards: BTreeSet<&str> = answer.names.iter().filter_map(|name| name.split(' ').next()).collect();
        let fits = match self.actions.get(action.code()) {
            None if person.law.has_any(roles_of(action)) => {
                let allowed = answer.names.iter().filter(|name| !name.starts_with("while "));
                answer.code == "action_not_allowed" && allowed.cloned().collect::<BTreeSet<_>>() == self.available
            }
            None => answer.code == "role_not_allowed",
            Some(offer) if offer.blocked_by.contains("role_not_allowed") => {
                let level = offer.level.map(|level| format!("level {level}"));
                let who_could: BTreeSet<String> = offer.roles.iter().cloned().chain(level).collect();
                answer.code == "role_not_allowed" && answer.names == who_could
            }
            Some(offer) if !offer.enabled => {
                let refused = answer.status == 403 || answer.status == 422;
                refused && offer.blocked_by.iter().all(|code| guards.contains(code.as_str()))
            }
            Some(_) if answer.status == 200 => true,
            Some(_) => {
                answer.status == 422
                    && !guards.is_empty()
                    && guards
                        .iter()
                        .all(|guard| WITHOUT_A_BODY_THAT_FITS.contains(&(action, guard)))
            }
        };
        (!fits).then(|| {
            format!(
                "{action}: shown as {:?}, answered {answer:?}",
                self.actions.get(action.code())
            )
        })
    }
}

impl Offer {
    fn of(action: &Value) -> Self {
        Self {
            enabled: action["enabled"].as_bool().unwrap(),
            blocked_by: texts(&action["blocked_by"], Some("code")),
            roles: texts(&action["who_could"]["roles"], None),
            level: action["who_could"]["level"]
                .as_str()
                .map(|level| level.parse().unwrap()),
        }
    }
}

mod checked {
    use major_hazards::values::Clock;
    use serde_json::json;

    use super::super::people::everybody;
    use super::*;
    use crate::support::app::NOW;
    use crate::support::fixtures::{Unit, uscc};

    fn person() -> Person {
        let unit = Unit {
            id: String::new(),
            uscc: uscc(1),
        };
        let clock = Clock::standing_at(NOW.parse().unwrap());
        let people = everybody(&unit, &unit, &clock);
        people
            .into_iter()
            .find(|person| person.name == "regulator street")
            .unwrap()
    }

    /// An order of the district that waits for its sign-off, as a regulator of the street is shown it.
    fn shown() -> Shown {
        let action = |action: &str, blocked_by: &[&str], roles: &[&str], level: Option<&str>| {
            let blocks: Vec<Value> = blocked_by.iter().map(|code| json!({"code": code})).collect();
            let who_could = json!({"roles": roles, "level": level});
            json!({"action": action, "enabled": blocks.is_empty(), "blocked_by": blocks, "who_could": who_could})
        };
        Shown::of(&json!({
            "available_actions": [{"action": "reject_sign_off"}],
            "actions": [
                action("sign_off", &["level_below_order", "signer_reviewed"], &["regulator"], Some("district")),
                action("reject_sign_off", &[], &["regulator"], None),
                action("escalate", &["role_not_allowed"], &["office"], None),
            ],
        }))
    }

    fn answer(status: u16, code: &str, names: &[&str]) -> Verdict {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Verdict {
            status,
            code: code.to_owned(),
            names,
        }
    }

    #[test]
    fn every_contradiction_is_named() {
        let person = person();
        assert_eq!(shown().contradictions(&person), Vec::<String>::new());
        let told = |damage: fn(&mut Shown)| {
            let mut shown = shown();
            damage(&mut shown);
            shown.contradictions(&person).join("\n")
        };
        let told_of_sign_off = |damage: fn(&mut Offer)| {
            let mut shown = shown();
            damage(shown.actions.get_mut("sign_off").unwrap());
            shown.contradictions(&person).join("\n")
        };
        for (named, told) in [
            ("available are", told(|shown| shown.available.clear())),
            ("available are", told_of_sign_off(|offer| offer.enabled = true)),
            (
                "enabled, or blocked",
                told_of_sign_off(|offer| offer.blocked_by.clear()),
            ),
            ("the roles that could", told_of_sign_off(|offer| offer.roles.clear())),
            (
                "the level that could",
                told_of_sign_off(|offer| offer.level = Some(Level::Street)),
            ),
        ] {
            assert!(told.contains(named), "`{named}` is not in: {told}");
        }
    }

    #[test]
    fn an_answer_that_was_not_advertised_is_named() {
        let person = person();
        let told = |action, answer: &Verdict| shown().contradicted_by(&person, action, answer);
        let both = ["level_below_order ", "signer_reviewed "];
        let allowed = answer(200, "rectifying", &[]);
        let elsewhere = answer(
            409,
            "action_not_allowed",
            &["reject_sign_off", "while awaiting_sign_off"],
        );
        let not_this_role = answer(403, "role_not_allowed", &["office"]);
        let late = answer(422, "due_in_past", &["due_in_past /due_on"]);
        for (action, right) in [
            (Action::SignOff, &answer(403, "level_below_order", &both)),
            (Action::RejectSignOff, &allowed),
            (Action::Escalate, &not_this_role),
            (Action::Reopen, &elsewhere),
            (Action::SubmitPlan, &answer(403, "role_not_allowed", &["enterprise"])),
        ] {
            assert_eq!(told(action, right), None);
        }
        for (action, wrong) in [
            (Action::SignOff, &allowed),
            (Action::SignOff, &answer(403, "level_below_order", &both[..1])),
            (Action::SignOff, &elsewhere),
            (Action::RejectSignOff, &late),
            (Action::RejectSignOff, &elsewhere),
            (Action::RejectSignOff, &answer(422, "validation_failed", &[])),
            (Action::Escalate, &answer(403, "role_not_allowed", &["committee"])),
            (Action::Escalate, &allowed),
            (Action::Reopen, &allowed),
            (
                Action::Reopen,
                &answer(409, "action_not_allowed", &["while awaiting_sign_off"]),
            ),
            (Action::SubmitPlan, &allowed),
        ] {
            let told = told(action, wrong).unwrap_or_else(|| panic!("{action}: {wrong:?} passed"));
            assert!(told.contains(action.code()) && told.contains(&wrong.code), "{told}");
        }
    }
}
