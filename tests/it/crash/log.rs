//! Two nodes write one log while hazards are reported, and the one or the other is killed while it does: every event is in
//! the log once, in one order, and every checkpoint that anybody saw is one of its beginnings.
//!
//! `HAZARDS_TEST_LOG_KILLS=200 cargo test --test it crash::log` kills two hundred times on each database;
//! `HAZARDS_TEST_SEED` chooses other moments.

use std::rc::Rc;
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use major_hazards::law::lifecycle::Action;
use major_hazards::values::Clock;

use super::process::Process;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::database::Database;
use crate::support::fixtures::Unit;
use crate::support::log::{sequencer, write_to_the_end};
use crate::support::on_both_databases;
use crate::support::seed::{Random, number_from};
use crate::transparency::tampering::verify_with;

const KILLS: u32 = 4;
const CLIENTS: usize = 6;
/// A node lives for so many milliseconds at most after its load began.
const LONGEST_LIFE: u64 = 700;

on_both_databases! {
    fn every_event_is_in_the_log_although_nodes_are_killed_while_they_write_it(database: Database) {
        let database = Rc::new(database);
        let kills = number_from("HAZARDS_TEST_LOG_KILLS", KILLS);
        let mut random = Random::of_this_run();
        let mut kept = Vec::new();
        actix_web::rt::System::new().block_on(async {
            let mut nodes = [Process::start(&database), Process::start(&database)];
            let unit = nodes[0].app().enterprise().await;
            for _ in 0..kills {
                let doomed = random.index(2);
                let (app, other) = (nodes[doomed].app(), nodes[1 - doomed].app());
                let life = Duration::from_millis(random.below(LONGEST_LIFE) + 20);
                let process = &mut nodes[doomed];
                let killer = async {
                    tokio::time::sleep(life).await;
                    process.kill();
                };
                join(killer, join_all((0..CLIENTS).map(|_| work(&app, &unit)))).await;
                let seen = other.get("/v1/log/checkpoint").send().await;
                if seen.status == 200 {
                    kept.push(seen.text());
                }
                nodes[doomed] = Process::start(&database);
            }
            nodes.iter_mut().for_each(Process::assert_healthy);
            let (app, clock) = (nodes[0].app(), Clock::system());
            let writer = sequencer(&database, &clock).await;
            write_to_the_end(&writer, &mut app.connect(), clock.now().day()).await;
        });
        let begun = Instant::now();
        let said = verify_with(&database, database.folder(), &[]).expect("all agrees");
        eprintln!("{kills} kills, verified in {:?}:\n{said}", begun.elapsed());
        let file = database.folder().join("kept");
        for note in &kept {
            std::fs::write(&file, note).expect("it is kept");
            let option = ["--checkpoint", file.to_str().expect("a path")];
            verify_with(&database, database.folder(), &option).expect("what was seen is a beginning of the log");
        }
        assert!(!kept.is_empty(), "nobody saw a checkpoint");
    }
}

/// Reports hazards and confirms them until nobody answers any more.
async fn work(app: &App, unit: &Unit) {
    loop {
        let report = app
            .post("/v1/hazards")
            .as_(&Caller::inspector())
            .json(&app.report_body(unit));
        let Ok(reported) = report.try_send().await else { return };
        let id = reported.expect_status(201).json()["id"]
            .as_str()
            .expect("an id")
            .to_owned();
        let remark = app
            .post(format!("/v1/hazards/{id}/actions/{}", Action::Remark))
            .as_(&Caller::committee())
            .if_match(1)
            .json(&serde_json::json!({"text": "看过"}));
        let Ok(remarked) = remark.try_send().await else { return };
        remarked.expect_status(200).done();
    }
}
