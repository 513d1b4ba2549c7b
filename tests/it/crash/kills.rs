//! SIGKILL under load: nothing that was acknowledged is lost and nothing is half there.
//!
//! `HAZARDS_TEST_KILLS=200 cargo test --test it crash::kills -- --nocapture` kills 200 times on each database;
//! `HAZARDS_TEST_SEED` chooses other moments.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use major_hazards::law::lifecycle::Action;
use serde_json::json;

use super::ledger::Ledger;
use super::process::Process;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::database::Database;
use crate::support::fixtures::{Hazard, Unit};
use crate::support::on_both_databases;
use crate::support::seed::{Random, number_from};

const KILLS: u32 = 6;
const CLIENTS: u64 = 12;
/// Each client works until the process is gone; the moment is drawn from this many milliseconds.
const LONGEST_LIFE: u64 = 400;

/// What the clients were told, which must be true ever after.
#[derive(Default)]
struct Acknowledged {
    /// Hazard and version that it has at least.
    versions: Vec<(String, i64)>,
    /// Hazard and text that is on it exactly once.
    remarks: Vec<(String, String)>,
    /// Hazard and text that nobody answered for: on it at most once.
    unknown: Vec<(String, String)>,
}

on_both_databases! {
    fn what_was_acknowledged_survives_every_kill(database: Database) {
        let database = Rc::new(database);
        let kills = number_from("HAZARDS_TEST_KILLS", KILLS);
        let random = RefCell::new(Random::of_this_run());
        let told = RefCell::new(Acknowledged::default());
        let mut slowest = Duration::ZERO;
        actix_web::rt::System::new().block_on(async {
            let unit = first_unit(&database).await;
            for round in 0..kills {
                let mut process = Process::start(&database);
                slowest = slowest.max(process.ready_after());
                let app = process.app();
                let life = Duration::from_millis(random.borrow_mut().below(LONGEST_LIFE) + 20);
                let killer = async {
                    tokio::time::sleep(life).await;
                    process.kill();
                };
                let clients = join_all((0..CLIENTS).map(|client| work(&app, &unit, &told, u64::from(round) * CLIENTS + client)));
                futures_util::future::join(killer, clients).await;
                if round % 20 == 19 {
                    check(&database, &told.borrow());
                }
            }
        });
        check(&database, &told.borrow());
        let told = told.borrow();
        assert!(told.versions.len() > usize::try_from(kills).unwrap(), "the load was no load");
        eprintln!(
            "{kills} kills: {} acknowledged writes, {} without an answer, slowest restart to ready {slowest:?}",
            told.versions.len(),
            told.unknown.len()
        );
        // Opening the ledger after a kill is work in proportion to the log that was left, which is bounded.
        assert!(slowest < Duration::from_secs(10), "{slowest:?}");
    }
}

async fn first_unit(database: &Rc<Database>) -> Unit {
    let process = Process::start(database);
    process.app().enterprise().await
}

/// Reports a hazard, and remarks on it and confirms it, until nobody answers any more.
async fn work(app: &App, unit: &Unit, told: &RefCell<Acknowledged>, client: u64) {
    let begun = Instant::now();
    for turn in 0.. {
        let reported = app
            .post("/v1/hazards")
            .as_(&Caller::inspector())
            .key(&format!("report {client} {turn}"))
            .json(&app.report_body(unit))
            .try_send()
            .await;
        let Ok(reported) = reported else { return };
        let document = reported.expect_status(201).json();
        let id = document["id"].as_str().expect("an id").to_owned();
        told.borrow_mut().versions.push((id.clone(), 1));
        let hazard = Hazard {
            number: document["number"].as_str().expect("a number").to_owned(),
            id,
            version: 1,
            unit: unit.clone(),
        };
        if add_to(app, told, hazard, &format!("{client} {turn}")).await.is_none() {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "the process was not killed");
    }
}

async fn add_to(app: &App, told: &RefCell<Acknowledged>, mut hazard: Hazard, prefix: &str) -> Option<()> {
    for step in 0..4 {
        let text = format!("{prefix} {step}");
        let action = if step == 2 { Action::Confirm } else { Action::Remark };
        let body = match action {
            Action::Remark => json!({"text": text}),
            _ => app.usual_body(&hazard, action).await,
        };
        let path = format!("{}/actions/{action}", hazard.path());
        let sent = app
            .post(path)
            .as_(&Caller::committee())
            .if_match(hazard.version)
            .json(&body)
            .try_send()
            .await;
        let entry = (hazard.id.clone(), text);
        let Ok(answer) = sent else {
            told.borrow_mut().unknown.push(entry);
            return None;
        };
        hazard.version += 1;
        assert_eq!(answer.expect_status(200).etag(), hazard.version);
        let mut told = told.borrow_mut();
        told.versions.push((hazard.id.clone(), hazard.version));
        if action == Action::Remark {
            told.remarks.push(entry);
        }
    }
    Some(())
}

fn check(database: &Database, told: &Acknowledged) {
    let ledger = Ledger::whole(database);
    for (id, version) in &told.versions {
        let events = i64::try_from(ledger.history(id).len()).expect("few events");
        assert!(
            events >= *version,
            "{id} was acknowledged at {version} and has {events} events"
        );
    }
    let times = |(id, text): &(String, String)| {
        let remarks = ledger.remarks(id);
        remarks.iter().filter(|known| **known == text).count()
    };
    for remark in &told.remarks {
        assert_eq!(times(remark), 1, "{remark:?}");
    }
    for remark in &told.unknown {
        assert!(times(remark) <= 1, "{remark:?}");
    }
}
