//! Two nodes tell subscribers of one ledger, and the one or the other is killed while it does: every event arrives, in the
//! order of its hazard, and what arrives twice has the same id.
//!
//! `HAZARDS_TEST_MESSAGE_KILLS=30 cargo test --test it crash::messages` kills thirty times on each database;
//! `HAZARDS_TEST_SEED` chooses other moments.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::{Duration, Instant};

use major_hazards::law::lifecycle::Action;

use super::process::Process;
use crate::subscriptions::receiver::{Message, Reaction, Receiver};
use crate::support::app::App;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::seed::{Random, number_from};

const KILLS: u32 = 2;
/// Hazards of each round, each reported, confirmed and ordered.
const HAZARDS: usize = 15;
const STEPS: usize = 3;
/// A kill comes within so many microseconds of the end of a round.
const LATEST_KILL_MICROSECONDS: u64 = 400_000;
/// Longer than a message is left to a node that may be dead.
const PATIENCE: Duration = Duration::from_secs(60);

on_both_databases! {
    fn every_event_arrives_although_nodes_are_killed_while_they_tell(database: Database) {
        let database = Rc::new(database);
        let kills = number_from("HAZARDS_TEST_MESSAGE_KILLS", KILLS);
        let random = RefCell::new(Random::of_this_run());
        let start = |database: &Rc<Database>| {
            Process::start_with(database, |command| {
                command.env("HAZARDS_WEBHOOK_ALLOW", "127.0.0.1/32");
            })
        };
        actix_web::rt::System::new().block_on(async {
            // It takes its time, so that kills meet messages that are on their way.
            let receiver = Receiver::that(|_| {
                std::thread::sleep(Duration::from_millis(20));
                Reaction::Answer(204, "")
            });
            let mut nodes = [start(&database), start(&database)];
            nodes[0].app().listen(&receiver, &["hazard.*"]).await;
            for round in 1..=usize::try_from(kills).unwrap() {
                let app = nodes[0].app();
                let unit = app.enterprise().await;
                let ledger = (0..HAZARDS).map(|_| steps(&app, &unit));
                futures_util::future::join_all(ledger).await;
                let moment = random.borrow_mut().below(LATEST_KILL_MICROSECONDS);
                tokio::time::sleep(Duration::from_micros(moment)).await;
                let killed = usize::try_from(random.borrow_mut().below(2)).unwrap();
                nodes[killed].kill();
                nodes[killed] = start(&database);
                let begun = Instant::now();
                while told(&receiver.messages()).len() < round * HAZARDS * STEPS {
                    assert!(begun.elapsed() < PATIENCE, "events are lost");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
            let messages = receiver.messages();
            assert_eq!(told(&messages).len(), usize::try_from(kills).unwrap() * HAZARDS * STEPS);
            for (hazard, versions) in first_arrivals(&messages) {
                assert_eq!(versions, [1, 2, 3], "{hazard}");
            }
            nodes.iter_mut().for_each(Process::assert_healthy);
        });
    }
}

async fn steps(app: &App, unit: &crate::support::fixtures::Unit) {
    let mut hazard = app.hazard_of(unit).await;
    for action in [Action::Confirm, Action::Order] {
        app.advance(&mut hazard, action).await;
    }
}

/// Which events were told, each of them under one id.
fn told(messages: &[Message]) -> BTreeSet<String> {
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    for message in messages {
        let event = message.event["id"].as_str().expect("an id").to_owned();
        let id = ids.entry(event.clone()).or_insert_with(|| message.id.clone());
        assert_eq!(id, &message.id, "{event} came under two ids");
    }
    ids.into_keys().collect()
}

/// The versions of each hazard in the order in which they came first.
fn first_arrivals(messages: &[Message]) -> BTreeMap<String, Vec<i64>> {
    let mut arrived: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for message in messages {
        let version = message.event["data"]["event"]["version"].as_i64().expect("a version");
        let versions = arrived.entry(message.subject().to_owned()).or_default();
        if !versions.contains(&version) {
            versions.push(version);
        }
    }
    arrived
}
