//! A transaction that took its place in the outbox early and commits late is told of like any other, on the engine on
//! which there is such a thing.

use major_hazards::hazards::{ReportBody, Writing, report};
use major_hazards::law::lifecycle::Action;
use major_hazards::law::scope::{Areas, Caller, Level, Role};
use major_hazards::store::Connection;
use major_hazards::values::HazardId;
use serde_json::Value;

use super::receiver::Receiver;
use super::until;
use crate::support::app::{App, embedded};
use crate::support::caller::{self, DISTRICT};
use crate::support::database::Engine;
use crate::support::fixtures::Unit;
use crate::support::with_app;

/// Reports a hazard in a transaction that stays open, its place in the outbox taken.
pub fn report_and_hold(app: &App, unit: &Unit) -> (Connection, HazardId) {
    let mut held = app.connect();
    held.begin_write().expect("a transaction");
    let writing = Writing {
        caller: Caller {
            subject: "a slow inspector".to_owned(),
            name: "慢".to_owned(),
            roles: [Role::Inspector].into(),
            level: Some(Level::Street),
            organization: None,
            areas: Areas::Within(vec![DISTRICT.parse().expect("a prefix")]),
            industries: Vec::new(),
            unit: None,
        },
        now: app.clock().now(),
        policy: std::sync::Arc::new(embedded()),
        salt: [7; 16],
    };
    let body: ReportBody =
        deserr::deserialize::<_, _, major_hazards::values::Faults>(app.report_body(unit)).expect("a body");
    let id = HazardId::new(&app.clock());
    report(&mut held, &writing, &body, id).expect("it is reported");
    (held, id)
}

/// How often this node has asked whether the outbox is decided, and what is to be made of it.
async fn rounds(app: &App) -> u64 {
    let text = app.get("/metrics").as_(&caller::Caller::admin()).send().await.text();
    let line = text
        .lines()
        .find(|line| line.starts_with("hazards_transactions{name=\"plan_messages\"}"));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0)
}

async fn pass_rounds(app: &App, count: u64) {
    let begun = rounds(app).await;
    while rounds(app).await < begun + count {
        actix_web::rt::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

fn subjects(receiver: &Receiver) -> Vec<String> {
    let mut subjects: Vec<String> = receiver.messages().iter().map(|one| one.subject().to_owned()).collect();
    subjects.sort();
    subjects
}

fn sorted(ids: &[&str]) -> Vec<String> {
    let mut ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    ids.sort();
    ids
}

#[test]
fn what_commits_late_is_not_passed_over() {
    with_app(Engine::Postgres, module_path!(), |app: App| async move {
        let receiver = Receiver::start();
        let unit = app.enterprise().await;
        let mut quick = app.hazard_of(&unit).await;
        app.listen(&receiver, &["hazard.*"]).await;
        let (mut held, late) = report_and_hold(&app, &unit);
        app.advance(&mut quick, Action::Confirm).await;
        pass_rounds(&app, 3).await;
        assert_eq!(
            receiver.types(),
            Vec::<String>::new(),
            "nothing is read beyond what is decided"
        );
        held.commit().expect("it commits");
        until("both are told", || {
            subjects(&receiver) == sorted(&[&late.to_string(), &quick.id])
        })
        .await;
    });
}

#[test]
fn a_subscription_hears_of_what_was_on_its_way_when_it_began() {
    with_app(Engine::Postgres, module_path!(), |app: App| async move {
        let receiver = Receiver::start();
        let unit = app.enterprise().await;
        let mut quick = app.hazard_of(&unit).await;
        // A place that stays empty for ever.
        report_and_hold(&app, &unit).0.roll_back().expect("it is taken back");
        let (mut held, late) = report_and_hold(&app, &unit);
        app.advance(&mut quick, Action::Confirm).await;
        let mine = app.listen(&receiver, &["hazard.*"]).await;
        held.commit().expect("it commits");
        until("what was on its way is told", || {
            subjects(&receiver) == sorted(&[&late.to_string()])
        })
        .await;
        app.advance(&mut quick, Action::Order).await;
        until("and what follows", || {
            receiver.types() == ["hazard.reported", "hazard.ordered"]
        })
        .await;
        let sent = mine.deliveries_when(&app, "all is settled", |found| {
            found.iter().all(|one: &Value| one["state"] == "delivered")
        });
        assert_eq!(sent.await.len(), 2);
    });
}
