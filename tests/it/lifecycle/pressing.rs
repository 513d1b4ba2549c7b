//! Bodies that press, punish and hand over, and what must hold of each such step.

use major_hazards::law::facts::{AuthorityFacts, BodyFacts, PenaltyFacts};
use major_hazards::law::lifecycle::{Action, Escalation, EscalationKind};
use major_hazards::law::scope::Level;
use major_hazards::values::{Day, Vocabulary as _};

use super::asked::{day, now};
use super::stage::Stage;

/// Every rung, with and without a reason for skipping one.
pub(super) fn escalations() -> Vec<BodyFacts> {
    EscalationKind::ALL
        .iter()
        .flat_map(|kind| {
            [false, true].map(|skip_reasoned| BodyFacts {
                rung: Some(*kind),
                skip_reasoned,
                ..BodyFacts::default()
            })
        })
        .collect()
}

/// Fines whole and lame, on days that can and cannot be.
pub(super) fn penalties() -> Vec<BodyFacts> {
    let whole = PenaltyFacts {
        is_fine: true,
        unit_amount: true,
        person_amount: true,
        person: true,
    };
    let on = |decided_on: Day, penalty: PenaltyFacts| BodyFacts {
        decided_on: Some(decided_on),
        penalty: Some(penalty),
        ..BodyFacts::default()
    };
    vec![
        on(day(0), whole),
        on(day(1), whole),
        on(now().day().minus_days(400), whole),
        on(
            day(0),
            PenaltyFacts {
                unit_amount: false,
                person_amount: false,
                ..whole
            },
        ),
        on(day(0), PenaltyFacts { person: false, ..whole }),
        on(
            day(0),
            PenaltyFacts {
                is_fine: false,
                unit_amount: false,
                person_amount: false,
                person: false,
            },
        ),
    ]
}

/// Authorities that can and cannot take over.
pub(super) fn transfers() -> Vec<BodyFacts> {
    let fit = AuthorityFacts {
        known: true,
        competent: true,
        level: Some(Level::National),
        in_charge: false,
    };
    [
        fit,
        AuthorityFacts { known: false, ..fit },
        AuthorityFacts {
            competent: false,
            ..fit
        },
        AuthorityFacts {
            level: Some(Level::Street),
            ..fit
        },
        AuthorityFacts { in_charge: true, ..fit },
    ]
    .map(|authority| BodyFacts {
        authority: Some(authority),
        ..BodyFacts::default()
    })
    .to_vec()
}

/// What is wrong with a step that presses, punishes, inquires or hands over, in words that name no guard.
pub(super) fn wrongs(before: &Stage, action: Action, body: &BodyFacts) -> Vec<&'static str> {
    let facts = &before.facts;
    let mut wrongs = Vec::new();
    let mut wrong_if = |is_wrong: bool, what| wrongs.extend(is_wrong.then_some(what));
    match action {
        Action::Escalate => {
            let rung = Escalation::from(body.rung.unwrap());
            let standing = Escalation::ALL.iter().position(|one| *one == facts.escalation).unwrap();
            let reached = Escalation::ALL.iter().position(|one| *one == rung).unwrap();
            wrong_if(!before.stalled, "pressed without need");
            wrong_if(reached <= standing, "the ladder descended");
            wrong_if(
                reached > standing + 1 && !body.skip_reasoned,
                "a rung skipped in silence",
            );
        }
        Action::Penalize => {
            let penalty = body.penalty.unwrap();
            wrong_if(
                body.decided_on > Some(day(0)) || body.decided_on < Some(facts.found_on),
                "decided on a day that cannot be",
            );
            wrong_if(
                penalty.is_fine && !penalty.unit_amount && !penalty.person_amount,
                "a fine of nothing",
            );
            wrong_if(penalty.person_amount && !penalty.person, "a fine for nobody");
        }
        Action::OpenAccountability => wrong_if(facts.accountable, "a second inquiry"),
        Action::Transfer => {
            let authority = body.authority.unwrap();
            let order = facts.supervision.as_ref();
            wrong_if(
                !authority.known || !authority.competent || authority.in_charge,
                "handed to whom it must not",
            );
            wrong_if(
                order.is_some_and(|order| authority.level < Some(order.level)),
                "handed below the order's level",
            );
        }
        _ => {}
    }
    wrongs
}
