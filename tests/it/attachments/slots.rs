//! Slots: evidence that is cited before its bytes are here.

use major_hazards::attachments::Declared;
use major_hazards::journal::{self, Subject};
use major_hazards::law::lifecycle::{Action, State};
use major_hazards::law::refusal::Refusal;
use major_hazards::store::Failure;
use major_hazards::values::AttachmentId;
use serde_json::json;

use super::{read, upload};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::Answer;
use crate::support::evidence::announced;
use crate::support::fixtures::{Hazard, photograph, text, way_to};
use crate::support::on_both;

async fn bring(app: &App, caller: &Caller, bytes: &[u8]) -> Answer {
    upload(app, caller, "image/png", bytes).send().await
}

/// Names of the events of a piece of evidence, oldest first.
fn history(app: &App, id: &str) -> Vec<String> {
    let id: AttachmentId = id.parse().unwrap();
    let events = app
        .read_store(|connection| journal::history(connection, Subject::from(id)))
        .unwrap();
    events.into_iter().map(|event| event.action).collect()
}

fn is_taken(outcome: Result<Vec<String>, Failure>) -> bool {
    match outcome {
        Err(Failure::Refusal(Refusal::Faults(faults))) => {
            faults.0.iter().any(|fault| fault.pointer == "/evidence/0/id")
        }
        _ => false,
    }
}

/// A hazard that an inspector reported with this evidence and that waits for the sign-off.
async fn waiting_with(app: &App, evidence: &[&str]) -> Hazard {
    let unit = app.enterprise().await;
    let mut body = app.report_body(&unit);
    body["attachments"] = json!(evidence);
    let mut hazard = app.report(&Caller::inspector(), &unit, &body).await;
    for action in way_to(State::AwaitingSignOff) {
        app.advance(&mut hazard, *action).await;
    }
    hazard
}

/// What stands in the way of the sign-off, as the caller is shown.
async fn blocks(app: &App, hazard: &Hazard, caller: &Caller) -> Vec<String> {
    let path = format!("{}?include=actions", hazard.path());
    let document = app.get(path).as_(caller).send().await.expect_status(200).json();
    let actions = document["actions"].as_array().unwrap();
    let sign_off = actions.iter().find(|one| one["action"] == "sign_off").unwrap();
    let blocks = sign_off["blocked_by"].as_array().unwrap();
    blocks.iter().map(|one| text(&one["code"])).collect()
}

on_both! {
    async fn are_known_and_not_read_until_their_bytes_come(app: App) {
        let inspector = Caller::inspector();
        let bytes = photograph(1);
        let slot = app.slot(&inspector, &bytes);
        read(&app, &inspector, &slot).await.expect_status(409).problem("bytes_outstanding");
        read(&app, &Caller::regulator(), &slot).await.expect_status(404).problem("not_found");

        let filled = bring(&app, &inspector, &bytes).await.expect_status(201);
        assert_eq!(filled.header("location"), Some(format!("/v1/attachments/{slot}").as_str()));
        let view = filled.json();
        assert_eq!((&view["id"], &view["state"]), (&json!(slot), &json!("verified")));
        assert_eq!(read(&app, &inspector, &slot).await.expect_status(200).body, bytes);
        assert_eq!(history(&app, &slot), ["declare", "store"]);
    }

    async fn are_filled_once_however_often_the_bytes_come(app: App) {
        let inspector = Caller::inspector();
        let bytes = photograph(1);
        let slots = [app.slot(&inspector, &bytes), app.slot(&inspector, &bytes)];
        for _ in 0..3 {
            let answer = bring(&app, &inspector, &bytes).await.expect_status(201).json();
            assert_eq!(answer["id"], slots[0], "the first of them answers");
        }
        for slot in &slots {
            assert_eq!(history(&app, slot), ["declare", "store"]);
            read(&app, &inspector, slot).await.expect_status(200).done();
        }
        assert_eq!(app.stored_objects(), 1);
    }

    /// Whoever has seen a digest could else have somebody else's file by declaring it.
    async fn are_filled_by_their_own_sender_alone(app: App) {
        let (one, other) = (Caller::inspector(), Caller::inspector().subject("inspector-2"));
        let bytes = photograph(1);
        bring(&app, &one, &bytes).await.expect_status(201).done();
        let slot = app.slot(&other, &bytes);
        read(&app, &other, &slot).await.expect_status(409).problem("bytes_outstanding");
        bring(&app, &one, &bytes).await.expect_status(201).done();
        read(&app, &other, &slot).await.expect_status(409).problem("bytes_outstanding");
        let answer = bring(&app, &other, &bytes).await.expect_status(201).json();
        assert_eq!(answer["id"], slot);
    }

    async fn are_born_filled_where_the_bytes_came_first(app: App) {
        let inspector = Caller::inspector();
        let bytes = photograph(1);
        bring(&app, &inspector, &bytes).await.expect_status(201).done();
        let slot = app.slot(&inspector, &bytes);
        assert_eq!(read(&app, &inspector, &slot).await.expect_status(200).body, bytes);
        assert_eq!(history(&app, &slot), ["declare", "store"]);
    }

    async fn stand_when_they_are_declared_again(app: App) {
        let inspector = Caller::inspector();
        let declared = announced(&photograph(1));
        let first = app.try_to_declare(&inspector, std::slice::from_ref(&declared)).unwrap();
        let again = app.try_to_declare(&inspector, std::slice::from_ref(&declared)).unwrap();
        assert_eq!(first, again);
        assert_eq!(history(&app, &first[0]), ["declare"]);
        let other_bytes = Declared { id: declared.id, ..announced(&photograph(2)) };
        assert!(is_taken(app.try_to_declare(&inspector, &[other_bytes])));
        let stranger = Caller::inspector().subject("inspector-2");
        assert!(is_taken(app.try_to_declare(&stranger, &[declared])));
    }

    async fn refuse_bytes_that_are_not_what_was_declared(app: App) {
        let inspector = Caller::inspector();
        let bytes = photograph(1);
        let wrong = Declared { size: 7, media_type: "image/jpeg".to_owned(), ..announced(&bytes) };
        let slot = app.try_to_declare(&inspector, &[wrong]).unwrap().remove(0);
        let refused = bring(&app, &inspector, &bytes).await.expect_status(422).problem("evidence_differs");
        let pointers: Vec<String> = refused["errors"].as_array().unwrap().iter().map(|one| text(&one["pointer"])).collect();
        assert_eq!(pointers, [format!("/{slot}/size"), format!("/{slot}/media_type")]);
        read(&app, &inspector, &slot).await.expect_status(409).problem("bytes_outstanding");
        assert_eq!(history(&app, &slot), ["declare"]);

        let right = app.slot(&inspector, &bytes);
        let answer = bring(&app, &inspector, &bytes).await.expect_status(201).json();
        assert_eq!(answer["id"], right, "another that was declared rightly is filled");
    }

    async fn let_a_report_be_and_hold_up_what_is_built_on_them(app: App) {
        let hazard = app.hazard_in(State::Rectifying).await;
        let officer = hazard.unit.officer();
        let bytes = photograph(7);
        let slot = app.slot(&officer, &bytes);
        let mut body = app.usual_body(&hazard, Action::SubmitCompletion).await;
        body["attachments"] = json!([slot]);
        let refused = app.act(&hazard, Action::SubmitCompletion, &officer, &body).await;
        let refused = refused.expect_status(422).problem("attachment_outstanding");
        assert_eq!(refused["errors"][0]["pointer"], "/attachments/0");
        bring(&app, &officer, &bytes).await.expect_status(201).done();
        app.act(&hazard, Action::SubmitCompletion, &officer, &body).await.expect_status(200).done();
    }

    /// Nothing closes on paper only.
    async fn keep_a_hazard_from_being_signed_off(app: App) {
        let (inspector, regulator) = (Caller::inspector(), Caller::regulator());
        let bytes = photograph(7);
        let slot = app.slot(&inspector, &bytes);
        let hazard = waiting_with(&app, &[&slot, &app.photograph(&inspector).await]).await;
        assert_eq!(blocks(&app, &hazard, &regulator).await, ["evidence_outstanding"]);
        let body = app.usual_body(&hazard, Action::SignOff).await;
        let refused = app.act(&hazard, Action::SignOff, &regulator, &body).await;
        refused.expect_status(422).problem("evidence_outstanding");

        read(&app, &regulator, &slot).await.expect_status(409).problem("bytes_outstanding");
        bring(&app, &inspector, &bytes).await.expect_status(201).done();
        read(&app, &regulator, &slot).await.expect_status(200).done();
        assert_eq!(blocks(&app, &hazard, &regulator).await, Vec::<String>::new());
        app.act(&hazard, Action::SignOff, &regulator, &body).await.expect_status(200).done();
    }

    /// Of the public's evidence nothing is ever outstanding, so a unit that was told would know of an inspector.
    async fn are_nothing_that_a_unit_hears_of(app: App) {
        let slot = app.empty_slot(&Caller::inspector());
        let with = waiting_with(&app, &[&slot]).await;
        let without = waiting_with(&app, &[]).await;
        for hazard in [&with, &without] {
            let officer = hazard.unit.officer();
            assert_eq!(blocks(&app, hazard, &officer).await, ["role_not_allowed", "level_below_order"]);
            read(&app, &officer, &slot).await.expect_status(404).problem("not_found");
        }
    }
}
