//! What a phone does when the service has moved on: it lays aside what was refused, with what it was told, and goes on.

use major_hazards::law::lifecycle::{Action, State};
use serde_json::Value;
use tempfile::TempDir;

use super::inspector::{Entry, Inspector, Outcome, Patience, Phone, Reviewed, Sender, Service, Told};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::on_both;

on_both! {
    async fn a_review_that_comes_too_late_is_laid_aside_with_what_happened_since(app: App) {
        let (mut overtaken, standing) = (app.hazard_in(State::AwaitingReview).await, app.hazard_in(State::AwaitingReview).await);
        let folder = TempDir::new().unwrap();
        let phone = Phone::open(folder.path()).unwrap();
        let service = service(&app);
        let known = phone.sync(&service).await.unwrap();
        assert!(known.contains("hazard 2"), "{known}");
        for hazard in [&overtaken, &standing] {
            phone.review(&hazard.number, &reviewed(&app)).unwrap();
        }
        app.advance(&mut overtaken, Action::Review).await;
        let (taken, refused) = drain(&phone, &service).await;
        assert_eq!(taken, std::slice::from_ref(&standing.id));
        let [(id, problem)] = &refused[..] else {
            panic!("{refused:?}");
        };
        assert_eq!(id, &overtaken.id);
        assert_eq!(problem["code"], "stale_version");
        assert_eq!(problem["current"]["status"], "awaiting_sign_off");
        assert_eq!(problem["since"][0]["actor"]["subject"], "inspector-2");
        let parked = phone.queue().unwrap().parked().unwrap();
        assert_eq!(parked.len(), 1);
        assert_eq!(&parked[0].1, problem);
        // Sending again sends nothing again.
        assert_eq!(drain(&phone, &service).await, (Vec::new(), Vec::new()));
    }
}

/// A phone of another inspector, at the clock of the test.
fn service(app: &App) -> Service {
    let token = Caller::inspector().subject("inspector-3").token(&app.clock());
    Service::at(&app.url(""), &token, Patience::default()).expect("a service")
}

fn reviewed(app: &App) -> Reviewed {
    Reviewed {
        passed: true,
        on: Some(app.day(0)),
        reviewers: ["赵一:370303001", "钱二:370303002"].map(Inspector::named).to_vec(),
        findings: "现场核对9处。".to_owned(),
        due_on: None,
    }
}

/// Sends everything; ids of the hazards whose actions were taken, and those that were refused with the answers.
async fn drain(phone: &Phone, service: &Service) -> (Vec<String>, Vec<(String, Value)>) {
    let (mut taken, mut refused) = (Vec::new(), Vec::new());
    let tell = |told: Told| match told {
        Told::Taken(Entry::Action(action)) => taken.push(action.hazard),
        Told::Parked(Entry::Action(action), answer) => refused.push((action.hazard, answer)),
        other => panic!("{other:?}"),
    };
    let sender = Sender::new(phone.queue().unwrap(), service.clone());
    assert_eq!(sender.drain(tell).await.unwrap(), Outcome::Empty);
    (taken, refused)
}
