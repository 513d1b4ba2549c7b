//! The ladder that policy advises: in working time, one rung at a time, and never beyond what the table lets be done.

use major_hazards::law::consumers::unconsumed;
use major_hazards::law::decide::{Question, decide};
use major_hazards::law::facts::{BodyFacts, HazardFacts};
use major_hazards::law::ladder::{Call, Lag, behind, called_for};
use major_hazards::law::lifecycle::{Action, Escalation, EscalationKind, Source, State, TABLE};
use major_hazards::law::policy::Policy;
use major_hazards::values::{Instant, Vocabulary as _};

use super::asked::{callers, policy};
use super::stage::reported;

fn moment(text: &str) -> Instant {
    text.parse().unwrap()
}

/// What was due on Wednesday 30 September 2026. The seven days after it are off, Saturday 10 October is worked.
fn late(standing: Escalation) -> HazardFacts {
    let mut facts = reported(&callers()[0], Source::Inspection).facts;
    facts.state = State::Rectifying;
    facts.escalation = standing;
    facts.next_due_on = Some("2026-09-30".parse().unwrap());
    facts.updated_at = moment("2026-09-29T10:00:00+08:00");
    facts
}

fn call(facts: &HazardFacts, now: &str) -> Option<Call> {
    called_for(facts, &policy(), moment(now))
}

#[test]
fn an_escalation_is_called_for_in_working_time_not_at_midnight() {
    let facts = late(Escalation::None);
    for too_early in [
        "2026-09-30T23:59:59+08:00",
        "2026-10-01T00:00:00+08:00",
        "2026-10-07T12:00:00+08:00",
        "2026-10-08T00:00:00+08:00",
        "2026-10-08T08:59:59+08:00",
    ] {
        assert_eq!(call(&facts, too_early), None, "{too_early}");
    }
    let letter = Call {
        rung: EscalationKind::Letter,
        since: moment("2026-10-08T09:00:00+08:00"),
    };
    assert_eq!(call(&facts, "2026-10-08T09:00:00+08:00"), Some(letter));
    assert_eq!(
        call(&facts, "2027-01-01T00:00:00+08:00"),
        Some(letter),
        "it does not move while nobody acts"
    );
}

#[test]
fn every_rung_has_its_day_and_none_is_skipped() {
    for (standing, rung, since) in [
        (Escalation::None, EscalationKind::Letter, "2026-10-08T09:00:00+08:00"),
        (
            Escalation::Letter,
            EscalationKind::Circular,
            "2026-10-13T09:00:00+08:00",
        ),
        (
            Escalation::Circular,
            EscalationKind::Interview,
            "2026-10-20T09:00:00+08:00",
        ),
        (
            Escalation::Interview,
            EscalationKind::Exposure,
            "2026-11-03T09:00:00+08:00",
        ),
    ] {
        let facts = late(standing);
        let since = moment(since);
        assert_eq!(called_for(&facts, &policy(), since.plus_micros(-1)), None, "{rung}");
        assert_eq!(called_for(&facts, &policy(), since), Some(Call { rung, since }));
    }
    assert_eq!(call(&late(Escalation::Exposure), "2027-06-01T12:00:00+08:00"), None);
}

#[test]
fn days_behind_are_those_of_the_guard_that_lets_escalate() {
    let policy = policy();
    let mut facts = late(Escalation::None);
    let day = |text: &str| text.parse().unwrap();
    assert_eq!(behind(&facts, &policy, day("2026-09-30")), None);
    let eleven = behind(&facts, &policy, day("2026-10-11")).unwrap();
    assert_eq!(
        (eleven.lag, eleven.since, eleven.days, eleven.working_days),
        (Lag::Late, day("2026-09-30"), 11, 3)
    );

    // Nothing has happened since 31 August; thirty days of that are borne.
    facts.next_due_on = Some(day("2026-12-31"));
    facts.updated_at = moment("2026-08-31T10:00:00+08:00");
    assert_eq!(behind(&facts, &policy, day("2026-09-30")), None);
    let stalled = behind(&facts, &policy, day("2026-10-01")).unwrap();
    assert_eq!(
        (stalled.lag, stalled.since, stalled.days, stalled.working_days),
        (Lag::Stalled, day("2026-09-30"), 1, 0)
    );
    assert_eq!(
        call(&facts, "2026-10-08T09:00:00+08:00").map(|call| call.rung),
        Some(EscalationKind::Letter)
    );

    // A date that is missed does not take back what silence called for.
    facts.next_due_on = Some(day("2026-10-08"));
    assert_eq!(
        behind(&facts, &policy, day("2026-10-09")).map(|behind| behind.lag),
        Some(Lag::Late)
    );
    assert_eq!(
        call(&facts, "2026-10-09T01:00:00+08:00").map(|call| call.rung),
        Some(EscalationKind::Letter)
    );
}

/// A rung that is stored is one that is called for, and that somebody may then climb to.
#[test]
fn a_rung_stored_in_the_policy_is_called_for_and_can_be_climbed() {
    let policy = policy();
    assert_eq!(unconsumed(policy.ladder(), TABLE), Vec::<String>::new());
    let now = moment("2026-12-01T09:00:00+08:00");
    for (rung, standing) in policy.ladder().rungs().iter().zip(Escalation::ALL) {
        let facts = late(*standing);
        assert_eq!(called_for(&facts, &policy, now).map(|call| call.rung), Some(rung.rung));
        let body = BodyFacts {
            rung: Some(rung.rung),
            ..BodyFacts::default()
        };
        let may = callers().into_iter().any(|caller| {
            decide(&Question {
                action: Action::Escalate,
                caller: &caller,
                hazard: &facts,
                body: Some(&body),
                policy: &policy,
                now,
            })
            .is_ok()
        });
        assert!(may, "nobody may climb to {}", rung.rung);
    }
}

#[test]
fn policy_calls_for_nothing_where_the_table_lets_nobody_escalate() {
    let now = moment("2027-06-01T12:00:00+08:00");
    let pressed: Vec<State> = State::ALL
        .iter()
        .copied()
        .filter(|state| {
            let mut facts = late(Escalation::None);
            facts.state = *state;
            called_for(&facts, &policy(), now).is_some()
        })
        .collect();
    let rows = TABLE.iter().filter(|row| row.action == Action::Escalate);
    assert_eq!(
        pressed,
        rows.flat_map(|row| row.from.iter().copied()).collect::<Vec<_>>()
    );
}

#[test]
fn another_ladder_calls_at_other_times() {
    let text = include_str!("../../../src/law/policy.toml")
        .replace("work_begins_at_hour = 9", "work_begins_at_hour = 14")
        .replace(
            "rung = \"letter\", working_days = 1",
            "rung = \"letter\", working_days = 3",
        );
    let other = Policy::parse(&text).unwrap();
    let call = called_for(&late(Escalation::None), &other, moment("2026-12-01T09:00:00+08:00")).unwrap();
    assert_eq!(call.since, moment("2026-10-10T14:00:00+08:00"));
}
