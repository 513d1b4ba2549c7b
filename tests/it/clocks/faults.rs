//! Eight faults that users of other deadline engines know, each by its name: none of them is here.
//!
//! What the service lets happen to a clock is tried over HTTP. Nothing in the lifecycle makes a clock stand, so what
//! stands is tried over the law, which knows it.

use std::thread;

use major_hazards::law::deadlines::moves::moved;
use major_hazards::law::deadlines::{Budget, Change, ClockStep, LedgerEntry, clocks, next_due_on};
use major_hazards::law::lifecycle::{Action, ClockKind, State};
use major_hazards::law::policy::Policy;
use major_hazards::law::reminders::{next, owed};
use major_hazards::values::{Day, Instant};
use serde_json::{Value, json};

use super::policy::{clock, corrected, get, hazard};
use crate::support::app::{App, embedded};
use crate::support::background::remind_at;
use crate::support::caller::Caller;
use crate::support::fixtures::{Hazard, usual_caller};
use crate::support::on_both;

fn at(moment: &str) -> Instant {
    moment.parse().unwrap()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// A clock that was started in the morning of a day, and what happened to it then.
fn run(kind: ClockKind, started_on: &str, budget: Budget, then: &[(&str, Change)]) -> Vec<LedgerEntry> {
    let started_at = format!("{started_on}T10:00:00+08:00");
    let start = (started_at.as_str(), Change::Start { budget });
    let steps = std::iter::once(&start).chain(then).zip(1..);
    steps
        .map(|((moment, change), version)| LedgerEntry {
            step: ClockStep { kind, change: *change },
            at: at(moment),
            action: Action::Report,
            version,
            policy: "test".to_owned(),
        })
        .collect()
}

fn end(ledger: &[LedgerEntry], policy: &Policy) -> Option<Day> {
    next_due_on(ledger, policy.calendar())
}

// Thursday 5 November 2026 is four days before the tests' Monday; no holiday is near.
const OVER_THE_WEEKEND: [(&str, Change); 2] = [
    ("2026-11-06T18:00:00+08:00", Change::Pause),
    ("2026-11-09T09:00:00+08:00", Change::Resume),
];

#[test]
fn a_pause_over_a_weekend_counted_twice() {
    let policy = embedded();
    for (budget, undisturbed, due_on) in [
        // Friday was used. Saturday and Sunday do not count because nobody works, and not once more because it stood.
        (Budget::WorkingDays(5), "2026-11-12", "2026-11-13"),
        // Friday was used. The three days until Monday are given back, once.
        (Budget::Days(10), "2026-11-15", "2026-11-18"),
    ] {
        let ledger = run(ClockKind::SignOff, "2026-11-05", budget, &[]);
        assert_eq!(end(&ledger, &policy), Some(day(undisturbed)));
        let ledger = run(ClockKind::SignOff, "2026-11-05", budget, &OVER_THE_WEEKEND);
        assert_eq!(end(&ledger, &policy), Some(day(due_on)));
        let explained = clocks(&ledger, policy.calendar(), day(due_on).end()).remove(0);
        let counted: Vec<u32> = explained.intervals.iter().map(|stretch| stretch.counted_days).collect();
        let whole = match budget {
            Budget::WorkingDays(days) | Budget::Days(days) => days,
            Budget::Until(_) => unreachable!("no such budget above"),
        };
        assert_eq!(counted, [1, 0, whole - 1], "the explanation adds up to the budget");
        assert!(!explained.overdue);
    }
}

#[test]
fn a_policy_change_that_forgets_a_pause() {
    let (before, after) = (embedded(), corrected());
    let of = |then: &[(&str, Change)]| run(ClockKind::SignOff, "2026-11-05", Budget::WorkingDays(5), then);
    let resumed = of(&OVER_THE_WEEKEND);
    assert_eq!(end(&of(&[]), &after), Some(day("2026-11-13")), "without the pause");
    let moves = moved(&resumed, before.calendar(), after.calendar());
    assert_eq!(
        (moves.len(), moves[0].from, moves[0].to),
        (1, day("2026-11-13"), day("2026-11-16"))
    );
    let standing = of(&OVER_THE_WEEKEND[..1]);
    assert_eq!(moved(&standing, before.calendar(), after.calendar()), []);
    assert_eq!(end(&standing, &after), None, "a change of policy does not make it run");
    // It stood on the Wednesday that the correction is about.
    let resumed_later = of(&[OVER_THE_WEEKEND[0], ("2026-11-12T09:00:00+08:00", Change::Resume)]);
    for policy in [&before, &after] {
        assert_eq!(end(&resumed_later, policy), Some(day("2026-11-18")));
    }
}

#[test]
fn a_suspended_timer_that_fires_on_resumption_for_every_missed_step() {
    let policy = embedded();
    let until = Budget::Until(day("2026-03-31"));
    let paused = ("2026-03-20T09:00:00+08:00", Change::Pause);
    let standing = run(ClockKind::Rectify, "2026-01-05", until, &[paused]);
    let resumed = run(
        ClockKind::Rectify,
        "2026-01-05",
        until,
        &[paused, ("2026-06-01T09:00:00+08:00", Change::Resume)],
    );
    // The seventh, the third and the last day before the end, and four days after it, passed while it stood.
    for days in 0..73 {
        let now = day("2026-03-20").plus_days(days).end();
        assert_eq!(
            (owed(&standing, &policy, now), next(&standing, &policy, now)),
            (Vec::new(), None)
        );
    }
    let now = at("2026-06-01T09:00:00+08:00");
    assert_eq!(end(&resumed, &policy), Some(day("2026-06-12")));
    assert_eq!(owed(&resumed, &policy, now), []);
    assert_eq!(next(&resumed, &policy, now), Some(day("2026-06-05")));
}

async fn slow(app: &App, one: &Hazard) -> Value {
    let rows = app.get("/v1/statistics/slow").as_(&Caller::office()).send().await;
    let mut rows = rows.expect_status(200).items().into_iter();
    rows.find(|row| row["id"] == one.id.as_str()).unwrap_or(Value::Null)
}

/// Kinds of the notices that were served on the principal, oldest first, of those whose kind begins so.
async fn served(app: &App, one: &Hazard, kind: &str) -> Vec<String> {
    let path = format!("/v1/notices?hazard={}&recipient=principal&sort=created_at", one.id);
    let notices = app
        .get(path)
        .as_(&one.unit.officer())
        .send()
        .await
        .expect_status(200)
        .items();
    let kinds = notices.iter().map(|notice| notice["kind"].as_str().unwrap().to_owned());
    kinds.filter(|served| served.starts_with(kind)).collect()
}

async fn perform(app: &App, one: &mut Hazard, action: Action, change: impl FnOnce(&mut Value)) {
    let mut body = app.usual_body(one, action).await;
    change(&mut body);
    let caller = usual_caller(&one.unit, action);
    app.act(one, action, &caller, &body).await.expect_status(200).done();
    one.version += 1;
}

/// The usual order, with a plan that is due on Friday 13 November.
async fn plan_due_on_friday(app: &App) -> Hazard {
    let mut one = app.hazard_in(State::Confirmed).await;
    perform(app, &mut one, Action::Order, |order| {
        order["plan_due_on"] = json!("2026-11-13");
    })
    .await;
    one
}

on_both! {
    async fn an_escalation_at_midnight_instead_of_in_working_time(app: App) {
        let one = plan_due_on_friday(&app).await;
        for (moment, lag, rung) in [
            ("2026-11-13T23:59:59.999999+08:00", Value::Null, Value::Null),
            ("2026-11-14T00:00:00+08:00", json!("late"), Value::Null),
            ("2026-11-15T12:00:00+08:00", json!("late"), Value::Null),
            ("2026-11-16T00:00:00+08:00", json!("late"), Value::Null),
            ("2026-11-16T08:59:59.999999+08:00", json!("late"), Value::Null),
            ("2026-11-16T09:00:00+08:00", json!("late"), json!("letter")),
            ("2026-11-20T00:00:00+08:00", json!("late"), json!("letter")),
        ] {
            app.clock().set(at(moment));
            let row = slow(&app, &one).await;
            assert_eq!((&row["lag"], &row["called_for"]["rung"]), (&lag, &rung), "{moment}");
        }
        assert_eq!(slow(&app, &one).await["called_for"]["since"], "2026-11-16T01:00:00.000000Z");
    }

    async fn a_rung_stored_and_never_executed(app: App) {
        let mut one = plan_due_on_friday(&app).await;
        let mut climbed = 0;
        for (rung, since) in [
            ("letter", "2026-11-16T09:00:00+08:00"),
            ("circular", "2026-11-20T09:00:00+08:00"),
            ("interview", "2026-11-27T09:00:00+08:00"),
            ("exposure", "2026-12-11T09:00:00+08:00"),
        ] {
            app.clock().set(at(since).plus_micros(-1));
            assert_eq!(slow(&app, &one).await["called_for"], Value::Null, "{rung} is not called for yet");
            app.clock().set(at(since));
            let called_for = slow(&app, &one).await["called_for"].clone();
            assert_eq!((&called_for["rung"], called_for["since"].as_str().map(at)), (&json!(rung), Some(at(since))));
            perform(&app, &mut one, Action::Escalate, |body| body["kind"] = called_for["rung"].clone()).await;
            climbed += 1;
            assert_eq!(hazard(&app, &one).await["escalation"], rung);
            assert_eq!(served(&app, &one, "escalation").await.len(), climbed, "each rung is served on the unit");
        }
        app.pass_days(400);
        assert_eq!(slow(&app, &one).await["called_for"], Value::Null, "there is no rung above");
    }

    async fn an_overdue_repeating_timer_that_fires_twice(app: App) {
        // Due on 19 December; the days after it are those of the policy.
        let one = app.hazard_in(State::Rectifying).await;
        app.pass_days(40);
        app.remind();
        assert_eq!(served(&app, &one, "deadline").await, ["deadline_near"]);
        for _ in 0..33 {
            // One node's clock is half an hour ahead and sees the new day first, the other's is half an hour behind; both
            // look at once, and again after the clock that was ahead was put back.
            let midnight = app.clock().now().day().next().start();
            thread::scope(|nodes| {
                for minutes in [30, -30, 0, 30] {
                    let mut connection = app.connect();
                    let now = midnight.plus_seconds(minutes * 60);
                    nodes.spawn(move || remind_at(&mut connection, &embedded(), now));
                }
            });
            app.clock().set(midnight.plus_seconds(-1800));
            app.remind();
            app.clock().set(midnight);
            app.remind();
        }
        let late = ["deadline_passed"; 4];
        assert_eq!(served(&app, &one, "deadline_passed").await, late);
        app.pass_days(400);
        app.remind();
        assert_eq!(served(&app, &one, "deadline_passed").await, late, "what has been told is not told again");
    }

    async fn a_corrected_holiday_that_moves_no_deadline_or_moves_it_without_a_reason(app: App) {
        let moving = app.hazard_in(State::Reported).await;
        let before = hazard(&app, &moving).await;
        assert_eq!(before["next_due_on"], "2026-11-12");

        let next = app.node_under(corrected()).await;
        next.follow_policy();
        let after = hazard(&next, &moving).await;
        assert_eq!((&after["next_due_on"], &after["version"]), (&json!("2026-11-13"), &json!(2)));
        assert_eq!(after["updated_at"], before["updated_at"], "a correction is nobody's attention");
        let events = get(&next, format!("{}/events", moving.path())).await;
        let last = events["items"].as_array().unwrap().iter().find(|event| event["version"] == 2).unwrap();
        assert_eq!((&last["action"], &last["from"], &last["to"]), (&json!("correct_deadlines"), &json!("reported"), &json!("reported")));
        let told = clock(&next, &moving).await["corrections"].clone();
        assert_eq!(told.as_array().map(Vec::len), Some(1));
        assert_eq!((&told[0]["from"], &told[0]["to"]), (&json!("2026-11-12"), &json!("2026-11-13")));
        assert_eq!((&told[0]["policy_before"], &told[0]["policy"]), (&json!("2026.1"), &json!("2026.2")));
        assert_eq!(told[0]["days"], json!([{"day": "2026-11-11", "before": null, "after": "补休"}]));
        next.follow_policy();
        assert_eq!(hazard(&next, &moving).await["version"], 2, "it is said once");
        next.stop().await;

        let back = app.node_under(embedded()).await;
        back.follow_policy();
        assert_eq!(hazard(&back, &moving).await["next_due_on"], "2026-11-12");
        let told = clock(&back, &moving).await["corrections"].clone();
        assert_eq!((&told[1]["from"], &told[1]["to"]), (&json!("2026-11-13"), &json!("2026-11-12")));
        assert_eq!(told[1]["days"], json!([{"day": "2026-11-11", "before": "补休", "after": null}]));
        back.stop().await;
    }

    /// What the law says of a clock that stands and is extended is told in `src/law/deadlines/due.rs`.
    async fn extending_and_suspending_in_contradiction(app: App) {
        use Action::{DecideExtension, RequestExtension, ResumeProduction, SuspendProduction};
        let extended_to = app.day(60);
        let mut ends = Vec::new();
        for order in [
            [RequestExtension, DecideExtension, SuspendProduction, ResumeProduction],
            [SuspendProduction, ResumeProduction, RequestExtension, DecideExtension],
            [SuspendProduction, RequestExtension, DecideExtension, ResumeProduction],
            [RequestExtension, SuspendProduction, DecideExtension, ResumeProduction],
            [RequestExtension, SuspendProduction, ResumeProduction, DecideExtension],
        ] {
            let mut one = app.hazard_in(State::Rectifying).await;
            for action in order {
                perform(&app, &mut one, action, |body| {
                    if matches!(action, RequestExtension | DecideExtension) {
                        body["due_on"] = json!(extended_to);
                    }
                })
                .await;
            }
            let told = hazard(&app, &one).await;
            let clocks = get(&app, format!("{}/clocks", one.path())).await;
            let rectify = clocks["clocks"].as_array().unwrap().iter().find(|clock| clock["kind"] == "rectify").unwrap();
            ends.push((
                told["next_due_on"].clone(),
                told["supervision"]["due_on"].clone(),
                rectify["due_on"].clone(),
                rectify["state"].clone(),
            ));
        }
        // To stop production is no reason to take longer: what is unsafe is mended by the day that was set.
        let end = (json!(extended_to), json!(extended_to), json!(extended_to), json!("running"));
        assert_eq!(ends, vec![end; 5]);
    }
}
