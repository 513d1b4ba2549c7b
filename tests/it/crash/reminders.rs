//! Two nodes remind the units of one ledger, and the one or the other is killed while it does: no notice is lost, none
//! is served twice.
//!
//! `HAZARDS_TEST_REMINDER_KILLS=30 cargo test --test it crash::reminders` kills thirty times on each database;
//! `HAZARDS_TEST_SEED` chooses other moments.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};
use major_hazards::law::lifecycle::{Action, State};

use super::process::Process;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::seed::{Random, number_from};

const KILLS: u32 = 2;
/// Hazards that become late in each round; a transaction looks at twenty.
const HAZARDS: usize = 120;
/// Longer than every term of the order below.
const DAYS_AGO: i64 = 60;
/// One reminder of the plan and one of the rectification, to the principal and to the controller.
const REMINDERS: i64 = 4;
/// A kill comes within so many microseconds of the first reminder.
const LATEST_KILL_MICROSECONDS: u64 = 120_000;
const PATIENCE: Duration = Duration::from_secs(60);

on_both_databases! {
    fn units_are_reminded_once_although_nodes_are_killed_while_they_remind(database: Database) {
        let database = Rc::new(database);
        let kills = number_from("HAZARDS_TEST_REMINDER_KILLS", KILLS);
        let random = RefCell::new(Random::of_this_run());
        actix_web::rt::System::new().block_on(async {
            let mut nodes = [Process::start(&database), Process::start(&database)];
            for round in 1..=i64::from(kills) {
                let late = nodes[0].app().node_days_ago(DAYS_AGO).await;
                make_late(&late).await;
                late.stop().await;
                let before = (round - 1) * REMINDERS * i64::try_from(HAZARDS).unwrap();
                until(&database, |served| served > before).await;
                let moment = random.borrow_mut().below(LATEST_KILL_MICROSECONDS);
                tokio::time::sleep(Duration::from_micros(moment)).await;
                let killed = usize::try_from(random.borrow_mut().below(2)).unwrap();
                nodes[killed].kill();
                nodes[killed] = Process::start(&database);
                let all = round * REMINDERS * i64::try_from(HAZARDS).unwrap();
                until(&database, |served| served >= all).await;
            }
            // Whoever would do it again has had the time to.
            tokio::time::sleep(Duration::from_secs(6)).await;
            let all = i64::from(kills) * REMINDERS * i64::try_from(HAZARDS).unwrap();
            assert_eq!(served(&database, EVERY_REMINDER), all);
            assert_eq!(served(&database, HAZARDS_OTHERWISE), 0, "hazards with more or fewer than {REMINDERS} reminders");
            assert_eq!(served(&database, WITHOUT_ONE_EVENT), 0, "notices without exactly one event");
            nodes.iter_mut().for_each(Process::assert_healthy);
        });
    }
}

const EVERY_REMINDER: &str = "SELECT count(*) AS count FROM notices WHERE kind = 'deadline_passed'";
const HAZARDS_OTHERWISE: &str = "SELECT count(*) AS count FROM (SELECT hazard_id FROM notices \
     WHERE kind = 'deadline_passed' GROUP BY hazard_id HAVING count(*) <> 4) AS otherwise";
pub(super) const WITHOUT_ONE_EVENT: &str = "SELECT count(*) AS count FROM notices \
     LEFT JOIN (SELECT subject_id, count(*) AS times FROM events GROUP BY subject_id) AS logged \
     ON logged.subject_id = notices.id \
     LEFT JOIN (SELECT subject_id, count(*) AS times FROM outbox GROUP BY subject_id) AS told \
     ON told.subject_id = notices.id \
     WHERE coalesce(logged.times, 0) <> 1 OR coalesce(told.times, 0) <> 1";

/// Hazards of one unit, ordered long ago.
async fn make_late(past: &App) {
    let unit = past.enterprise().await;
    let order = past.hazard_of_in(&unit, State::Confirmed).await;
    let order = past.usual_body(&order, Action::Order).await;
    let reports = (0..HAZARDS).map(|_| async {
        let mut hazard = past.hazard_of(&unit).await;
        past.advance(&mut hazard, Action::Confirm).await;
        past.act(&hazard, Action::Order, &Caller::committee(), &order)
            .await
            .expect_status(200)
            .done();
    });
    futures_util::future::join_all(reports).await;
}

async fn until(database: &Database, enough: impl Fn(i64) -> bool) {
    let begun = Instant::now();
    while !enough(served(database, EVERY_REMINDER)) {
        assert!(begun.elapsed() < PATIENCE, "units are not reminded");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

pub(super) fn served(database: &Database, sql: &str) -> i64 {
    let mut connection = database.parsed_url().connect().expect("a test's database is there");
    let row: Count = sql_query(sql).get_result(&mut connection).expect("notices are counted");
    row.count
}
