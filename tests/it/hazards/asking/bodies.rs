//! Bodies: one that fits where any does, and others that each break something.

use major_hazards::law::lifecycle::{Action, OrderKind, Production, roles_of};
use major_hazards::law::scope::Level;
use major_hazards::values::{Day, Vocabulary as _};
use serde_json::{Value, json};

use super::facts::Seen;
use super::people::Person;
use super::world::{NOTHING, World};
use crate::support::fixtures::CRITERION;

/// The body with which the person is allowed to act on the hazard, where there is one.
pub(in crate::hazards) fn fitting(world: &World, action: Action, person: &Person, seen: &Seen) -> Value {
    let facts = &seen.facts;
    let today = world.today();
    let order = facts.supervision.as_ref();
    let due = order.map_or(today, |order| order.due_on);
    let later = due.max(today).plus_days(10);
    let own = || {
        let allowed = person.law.has_any(roles_of(action));
        if allowed {
            world.evidence_of(&person.law.subject)
        } else {
            NOTHING
        }
    };
    let changes = match action {
        Action::Merge => json!({"into": world.targets[0]}),
        Action::Order => {
            let listed = facts.found_level.is_none_or(|found| found >= Level::Municipal);
            json!({
                "kind": if listed { "listed" } else { "ordinary" },
                "plan_due_on": today.plus_days(7),
                "due_on": today.plus_days(40),
            })
        }
        Action::UpgradeOrder => json!({"level": order.map_or(Level::Street, |order| order.level)}),
        Action::SubmitPlan => json!({"due_on": due}),
        Action::ReturnPlan => json!({"plan_due_on": due.max(today)}),
        Action::RequestExtension | Action::DecideExtension => json!({"due_on": later}),
        Action::SubmitCompletion => {
            let listed = order.is_some_and(|order| order.kind == OrderKind::Listed);
            let evaluated = listed || facts.production != Production::Running;
            let evaluation = evaluated.then(|| evaluation(own()));
            json!({"completed_on": today, "attachments": [own()], "evaluation": evaluation})
        }
        Action::SuspendProduction => {
            let part = facts.production == Production::PartiallySuspended;
            json!({"scope": if part { "full" } else { "partial" }})
        }
        Action::Review => json!({"reviewed_on": today}),
        Action::RejectSignOff => json!({"due_on": today.plus_days(10)}),
        Action::Reopen => json!({"plan_due_on": today.plus_days(10), "due_on": today.plus_days(45)}),
        Action::Escalate => json!({"kind": facts.escalation.next().map_or("exposure", |next| next.code())}),
        Action::Penalize => json!({"decided_on": today}),
        Action::Transfer => {
            let first = seen.authority.as_deref() == Some("first");
            json!({"authority": if first { "second" } else { "first" }})
        }
        Action::Report
        | Action::Confirm
        | Action::Dismiss
        | Action::ApprovePlan
        | Action::ResumeProduction
        | Action::SignOff
        | Action::OpenAccountability
        | Action::Remark => json!({}),
    };
    merged(world.usual[&action].clone(), &changes)
}

/// What to change in a body that fits so that it breaks something, or does something else.
pub(in crate::hazards) fn changes(world: &World, action: Action, person: &Person, seen: &Seen) -> Vec<Value> {
    let facts = &seen.facts;
    let today = world.today();
    let tomorrow = today.plus_days(1);
    let yesterday = today.minus_days(1);
    let order = facts.supervision.as_ref();
    let due = order.map_or(today, |order| order.due_on);
    let days = |name: &str, days: &[Day]| -> Vec<Value> { days.iter().map(|day| json!({name: day})).collect() };
    let levels = |name: &str| -> Vec<Value> { Level::ALL.iter().map(|level| json!({name: level})).collect() };
    let foreign = world.evidence_of(world.other.officer().sub());
    match action {
        Action::Confirm => [
            vec![
                json!({"criteria": []}),
                json!({"criteria": ["MEM10-2023/99"]}),
                json!({"criteria": ["MEM10-2023/99", CRITERION, "nothing"]}),
            ],
            levels("found_level"),
        ]
        .concat(),
        Action::Merge => [world.targets[1].as_str(), world.targets[2].as_str(), &seen.id, NOTHING]
            .map(|into| json!({"into": into}))
            .to_vec(),
        Action::Order => [
            levels("level"),
            vec![
                json!({"kind": "listed", "level": "district"}),
                json!({"kind": "ordinary"}),
                json!({"kind": "listed"}),
                json!({"due_on": yesterday, "plan_due_on": yesterday}),
                json!({"due_on": today, "plan_due_on": today}),
            ],
            days("plan_due_on", &[yesterday, today.plus_days(40), today.plus_days(41)]),
            days("due_on", &[yesterday]),
        ]
        .concat(),
        Action::UpgradeOrder => levels("level"),
        Action::SubmitPlan => days("due_on", &[due.plus_days(1), due.minus_days(1), yesterday]),
        Action::ReturnPlan => days("plan_due_on", &[yesterday, today, due.max(today).plus_days(1)]),
        Action::RequestExtension => days("due_on", &[due, due.plus_days(1), today, yesterday]),
        Action::DecideExtension => [
            days("due_on", &[due, due.plus_days(1), yesterday]),
            vec![
                json!({"due_on": null}),
                json!({"approved": false, "due_on": null}),
                json!({"approved": false, "due_on": yesterday}),
            ],
        ]
        .concat(),
        Action::SuspendProduction => ["partial", "full"].map(|scope| json!({"scope": scope})).to_vec(),
        Action::SubmitCompletion => [
            days(
                "completed_on",
                &[tomorrow, yesterday, facts.found_on, facts.found_on.minus_days(1)],
            ),
            vec![
                json!({"attachments": []}),
                json!({"attachments": [NOTHING]}),
                json!({"attachments": [foreign]}),
                json!({"attachments": [world.evidence_of(&person.law.subject), world.slot_of(&person.law.subject)]}),
                json!({"evaluation": evaluation(world.evidence_of(&person.law.subject))}),
                json!({"evaluation": evaluation(world.slot_of(&person.law.subject))}),
                json!({"evaluation": evaluation(NOTHING)}),
                json!({"evaluation": null}),
            ],
        ]
        .concat(),
        Action::Review => review_changes(world, person, seen),
        Action::RejectSignOff => days("due_on", &[yesterday, today]),
        Action::Reopen => [
            days("plan_due_on", &[yesterday, today, today.plus_days(46)]),
            days("due_on", &[yesterday]),
        ]
        .concat(),
        Action::Escalate => ["letter", "circular", "interview", "exposure"]
            .into_iter()
            .flat_map(|kind| {
                [
                    json!({"kind": kind}),
                    json!({"kind": kind, "skip_reason": "多次催办无果。"}),
                ]
            })
            .collect(),
        Action::Penalize => penalty_changes(seen, today),
        Action::Transfer => ["first", "second", "low", "elsewhere", "nobody", "没有这样的机构"]
            .map(|authority| json!({"authority": authority}))
            .to_vec(),
        Action::Report
        | Action::Dismiss
        | Action::ApprovePlan
        | Action::ResumeProduction
        | Action::SignOff
        | Action::OpenAccountability
        | Action::Remark => Vec::new(),
    }
}

fn penalty_changes(seen: &Seen, today: Day) -> Vec<Value> {
    let found_on = seen.facts.found_on;
    vec![
        json!({"decided_on": today.plus_days(1)}),
        json!({"decided_on": found_on}),
        json!({"decided_on": found_on.minus_days(1)}),
        json!({"unit_amount_cny": null, "person_amount_cny": null}),
        json!({"unit_amount_cny": null}),
        json!({"person": null}),
        json!({"person": null, "person_amount_cny": null}),
        json!({"kind": "warning", "unit_amount_cny": null, "person": null, "person_amount_cny": null}),
    ]
}

fn review_changes(world: &World, person: &Person, seen: &Seen) -> Vec<Value> {
    let today = world.today();
    let completed_on = seen.facts.completed_on.unwrap_or(today);
    let one = |name: &str, number: &str| json!({"name": name, "certificate_number": number});
    let failed = |changes: Value| merged(json!({"passed": false, "due_on": today.plus_days(20)}), &changes);
    let both = [
        json!({}),
        json!({"reviewers": [one("赵一", "1")]}),
        json!({"reviewers": [one("赵一", "1"), one("赵一", "2")]}),
        json!({"reviewers": [one("赵一", "1"), one("钱二", "1")]}),
        json!({"reviewers": [one("赵一", "1"), one("钱二", "2"), one("孙三", "3")]}),
        json!({"reviewed_on": today.plus_days(1)}),
        json!({"reviewed_on": completed_on}),
        json!({"reviewed_on": completed_on.minus_days(1)}),
        json!({"attachments": [world.evidence_of(&person.law.subject)]}),
        json!({"attachments": [world.evidence_of(&person.law.subject), NOTHING]}),
        json!({"attachments": [world.slot_of(&person.law.subject)]}),
    ];
    let of_failure = [
        json!({"passed": false}),
        json!({"passed": false, "due_on": today}),
        json!({"passed": false, "due_on": today.minus_days(1)}),
    ];
    let failures: Vec<Value> = both.iter().cloned().map(failed).collect();
    [both.to_vec(), failures, of_failure.to_vec()].concat()
}

/// Bodies of a report: the usual one from each source, and others that each break something.
pub(in crate::hazards) fn reports(world: &World, person: &Person) -> Vec<Value> {
    let usual = &world.usual[&Action::Report];
    let tomorrow = world.today().plus_days(1);
    let own = world.evidence_of(&person.law.subject);
    let foreign = world.evidence_of(world.other.officer().sub());
    let otherwise = [
        json!({}),
        json!({"found_on": tomorrow}),
        json!({"area": "370304001001"}),
        json!({"enterprise": world.other.id}),
        json!({"enterprise": NOTHING}),
        json!({"recurrence_of": world.targets[0]}),
        json!({"recurrence_of": world.targets[2]}),
        json!({"recurrence_of": NOTHING}),
        json!({"criteria": [CRITERION]}),
        json!({"criteria": ["MEM10-2023/99"]}),
        json!({"criteria": [CRITERION], "found_on": super::world::LONG_AGO}),
        json!({"attachments": [own]}),
        json!({"attachments": [own, NOTHING]}),
        json!({"attachments": [own, world.slot_of(&person.law.subject)]}),
        json!({"attachments": [foreign]}),
        json!({"industry": "A01"}),
    ];
    ["self_report", "inspection", "public_tip"]
        .iter()
        .flat_map(|source| {
            let of_source = merged(usual.clone(), &json!({"source": source}));
            otherwise.iter().map(move |changes| merged(of_source.clone(), changes))
        })
        .collect()
}

fn evaluation(attachment: &str) -> Value {
    json!({"by": "own_experts", "organization": "厂内专家组", "conclusion": "已治理。", "attachment": attachment})
}

/// A body with some members otherwise; `null` takes one away.
pub(in crate::hazards) fn merged(mut body: Value, changes: &Value) -> Value {
    let members = body.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    body
}
