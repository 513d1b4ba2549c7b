//! Phones over a bad line to a service that is killed: at the end every inspection is there once, every photograph byte
//! for byte, every hazard once, and nothing that nobody cites.
//!
//! The phones are `examples/inspector`; of ten phones, one is that program, which is killed as well. All of it:
//! `HAZARDS_TEST_PHONES=50 HAZARDS_TEST_INSPECTIONS=2000 HAZARDS_TEST_PHONE_KILLS=20 cargo test crash::phones -- --nocapture`;
//! `HAZARDS_TEST_SEED` draws other mishaps.

#[path = "../../../../examples/inspector/phone/mod.rs"]
mod inspector;
mod judge;
mod late;
mod line;
mod message;
mod owner;

use std::cell::Cell;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};

use super::process::Process;
use crate::support::app::App;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::seed::{Random, number_from};
use line::Line;
use owner::{Owner, Round};

const PHONES: u32 = 6;
const INSPECTIONS: u32 = 30;
const KILLS: u32 = 3;
/// One phone of so many is a program.
const PROGRAMS: u32 = 10;

on_both_databases! {
    fn what_phones_recorded_is_there_once_whatever_becomes_of_the_line_and_the_service(database: Database) {
        let database = Rc::new(database);
        let phones = number_from("HAZARDS_TEST_PHONES", PHONES);
        let inspections = number_from("HAZARDS_TEST_INSPECTIONS", INSPECTIONS);
        let kills = number_from("HAZARDS_TEST_PHONE_KILLS", KILLS);
        let mut random = Random::of_this_run();
        let line = Line::new(random.fork());
        let begun = Instant::now();
        let mut owners: Vec<Owner> = (0..phones)
            .map(|number| {
                let program = (number % PROGRAMS == 0).then(program);
                Owner::new(database.folder(), number, random.fork(), program)
            })
            .collect();
        actix_web::rt::System::new().block_on(async {
            let mut process = Process::start(&database);
            let app = process.app();
            let round = Round {
                unit: app.enterprise().await,
                checklist: app.checklist().await,
                line: App::elsewhere(Rc::clone(&database), line.url()),
            };
            line.lead_to(Some(process.address()));
            let taken = Cell::new(0);
            let work = join_all(owners.iter_mut().zip(0..).map(|(owner, number)| {
                let share = inspections / phones + u32::from(number < inspections % phones);
                owner.work(&round, share, || taken.set(taken.get() + 1))
            }));
            let killing = async {
                for kill in 1..=kills {
                    let wait = u64::from(random.one_in(2)) * random.below(50);
                    until(|| taken.get() >= kill * inspections / (kills + 1)).await;
                    tokio::time::sleep(Duration::from_millis(wait)).await;
                    line.lead_to(None);
                    process.kill();
                    tokio::time::sleep(Duration::from_millis(random.below(100))).await;
                    process = Process::start(&database);
                    line.lead_to(Some(process.address()));
                }
            };
            join(work, killing).await;
            process.assert_healthy();
        });
        let sent = begun.elapsed();
        line.lead_to(None);
        line.assert_rough();
        let found = judge::judge(&database, &owners);
        let killed: u32 = owners.iter().map(|owner| owner.kills).sum();
        eprintln!(
            "{phones} phones, {found}, sent in {sent:?}; service killed {kills} times, phones {killed} times; requests: {}",
            line.told()
        );
    }
}

/// Waits until it is so.
async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// The program, which `cargo test` builds with the other examples.
fn program() -> PathBuf {
    let tests = std::env::current_exe().expect("a program has a place");
    let built = tests.ancestors().nth(2).expect("a folder of what was built");
    let program = built.join("examples/inspector");
    assert!(
        program.exists(),
        "`cargo build --example inspector` builds {}",
        program.display()
    );
    program
}
