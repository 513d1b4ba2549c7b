//! A policy that changes is followed: deadlines move with the working days, and the record says from where, to where
//! and why.

use major_hazards::law::lifecycle::State;
use major_hazards::law::policy::Policy;
use serde_json::{Value, json};

use crate::support::app::{App, embedded};
use crate::support::caller::Caller;
use crate::support::fixtures::Hazard;
use crate::support::on_both;

/// The shipped policy with the Wednesday of the tests' week off, as a notice might put it right in the middle of a year.
pub(super) fn corrected() -> Policy {
    let line = "  { name = \"国庆节\", from = \"2026-10-01\", to = \"2026-10-07\" },\n";
    let with = format!("{line}  {{ name = \"补休\", from = \"2026-11-11\", to = \"2026-11-11\" }},\n");
    let text = Policy::EMBEDDED.replace("version = \"2026.1\"", "version = \"2026.2\"");
    assert!(text.contains(line) && text.contains("2026.2"));
    Policy::parse(&text.replace(line, &with)).expect("the corrected policy is right")
}

pub(super) async fn get(app: &App, path: String) -> Value {
    app.get(path)
        .as_(&Caller::auditor())
        .send()
        .await
        .expect_status(200)
        .json()
}

pub(super) async fn hazard(app: &App, hazard: &Hazard) -> Value {
    get(app, hazard.path()).await
}

pub(super) async fn clock(app: &App, hazard: &Hazard) -> Value {
    get(app, format!("{}/clocks", hazard.path())).await["clocks"][0].clone()
}

/// Ids of the hazards that a list calls overdue.
async fn overdue(app: &App) -> Vec<Value> {
    let list = get(app, "/v1/hazards?overdue=true".to_owned()).await;
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hazard| hazard["id"].clone())
        .collect()
}

on_both! {
    async fn a_corrected_holiday_leaves_alone_what_it_does_not_move(app: App) {
        let dated = app.hazard_in(State::Supervised).await;
        let closed = app.hazard_in(State::Closed).await;
        let next = app.node_under(corrected()).await;
        next.follow_policy();
        for one in [&dated, &closed] {
            assert_eq!(hazard(&next, one).await["version"], json!(one.version));
            assert_eq!(clock(&next, one).await["corrections"], json!([]));
        }
        next.stop().await;
    }

    async fn lists_are_filtered_by_the_days_of_the_policy_in_force(app: App) {
        let moving = app.hazard_in(State::Reported).await;
        app.clock().set("2026-11-12T16:00:00Z".parse().unwrap());
        assert_eq!(overdue(&app).await, [json!(moving.id)]);
        let next = app.node_under(corrected()).await;
        next.follow_policy();
        assert_eq!(overdue(&next).await, Vec::<Value>::new());
        next.stop().await;
        let back = app.node_under(embedded()).await;
        back.follow_policy();
        assert_eq!(overdue(&back).await, [json!(moving.id)]);
        back.stop().await;
    }

    async fn a_node_under_an_older_policy_moves_nothing(app: App) {
        let moving = app.hazard_in(State::Reported).await;
        let next = app.node_under(corrected()).await;
        next.follow_policy();
        app.follow_policy();
        let after = hazard(&next, &moving).await;
        assert_eq!((&after["next_due_on"], &after["version"]), (&json!("2026-11-13"), &json!(2)));
        next.stop().await;
        let back = app.node_under(embedded()).await;
        back.follow_policy();
        back.stop().await;
    }
}
