//! PostgreSQL is there and does not serve: every connection ended, a lock held by somebody else, the server stopped
//! and started again.

use std::rc::Rc;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use futures_util::future::join_all;
use major_hazards::store::Connection;
use serde_json::json;

use super::calls::{server_of, through};
use super::proxy::Proxy;
use crate::crash::ledger::Ledger;
use crate::crash::process::Process;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::Answer;
use crate::support::database::{Database, Engine};
use crate::support::fixtures::Hazard;
use crate::support::with_database;

/// A wait that ends later than this is no bounded wait.
const BOUND: Duration = Duration::from_secs(30);
/// More callers at once than the service has connections.
const CALLERS: usize = 40;

fn on_postgres(test: &str, body: fn(Database)) {
    with_database(Engine::Postgres, test, body);
}

#[test]
fn sessions_that_are_ended_are_opened_again() {
    on_postgres(module_path!(), |database| {
        let database = Rc::new(database);
        let mut process = Process::start(&database);
        actix_web::rt::System::new().block_on(async {
            let app = process.app();
            let hazard = app.hazard().await;
            for round in 0..5 {
                settle(&app, &hazard).await;
                end_sessions(&database);
                reads(&app, &hazard).await.iter().for_each(told);
                let written = insist(&app, &hazard, round + 1).await;
                assert_eq!(written.etag(), round + 2);
            }
            assert_eq!(Ledger::whole(&database).remarks(&hazard.id).len(), 5);
        });
        process.assert_healthy();
    });
}

#[test]
fn sessions_that_end_while_nobody_calls_cost_nobody_an_answer() {
    on_postgres(module_path!(), |database| {
        let database = Rc::new(database);
        let mut process = Process::start(&database);
        actix_web::rt::System::new().block_on(async {
            let app = process.app();
            let hazard = app.hazard().await;
            settle(&app, &hazard).await;
            end_sessions(&database);
            // Longer than the service trusts a connection that lies idle.
            actix_web::rt::time::sleep(Duration::from_millis(1_500)).await;
            for answer in reads(&app, &hazard).await {
                answer.expect_status(200).done();
            }
            remark(&app, &hazard, 1).await.expect_status(200).done();
        });
        process.assert_healthy();
    });
}

#[test]
fn a_lock_that_somebody_holds_ends_in_an_answer_and_not_in_a_wait() {
    on_postgres(module_path!(), |database| {
        let database = Rc::new(database);
        let mut process = Process::start(&database);
        actix_web::rt::System::new().block_on(async {
            let app = process.app();
            let hazard = app.hazard().await;
            let mut holder = connect(&database);
            holder.begin_write().expect("a transaction");
            execute(&mut holder, "LOCK TABLE hazards IN ACCESS EXCLUSIVE MODE");
            let begun = Instant::now();
            let (writes, read) = futures_util::future::join(
                join_all((0..CALLERS).map(|_| remark(&app, &hazard, 1))),
                reads(&app, &hazard),
            )
            .await;
            assert!(begun.elapsed() < BOUND, "{:?}", begun.elapsed());
            for answer in writes.iter().chain(&read) {
                // A repeat that meets the first one under its key is told so.
                assert!(matches!(answer.status, 503 | 409), "{}", answer.text());
                answer.any_problem();
            }
            holder.roll_back().expect("the lock is let go");
            assert_eq!(insist(&app, &hazard, 1).await.etag(), 2);
            assert_eq!(Ledger::whole(&database).remarks(&hazard.id).len(), 1);
        });
        process.assert_healthy();
    });
}

#[test]
fn a_server_that_was_away_is_used_again_when_it_is_back() {
    on_postgres(module_path!(), |database| {
        let database = Rc::new(database);
        let proxy = Proxy::to(server_of(&database));
        let mut process = through(&proxy, &database);
        actix_web::rt::System::new().block_on(async {
            let app = process.app();
            let hazard = app.hazard().await;
            for round in 0..3 {
                proxy.take_down();
                let begun = Instant::now();
                for answer in reads(&app, &hazard).await {
                    answer.expect_status(503).any_problem();
                }
                remark(&app, &hazard, round + 1).await.expect_status(503).any_problem();
                app.get("/readyz").send().await.expect_status(503).done();
                app.get("/healthz").send().await.expect_status(200).done();
                assert!(begun.elapsed() < BOUND, "{:?}", begun.elapsed());
                proxy.mend();
                assert_eq!(insist(&app, &hazard, round + 1).await.etag(), round + 2);
                app.get("/readyz").send().await.expect_status(200).done();
            }
            assert_eq!(Ledger::whole(&database).remarks(&hazard.id).len(), 3);
        });
        process.assert_healthy();
    });
}

fn connect(database: &Database) -> Connection {
    database.parsed_url().connect().expect("a test's database is there")
}

fn end_sessions(database: &Database) {
    execute(
        &mut connect(database),
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
}

fn execute(connection: &mut Connection, sql: &str) {
    connection.batch_execute(sql).expect("it is done");
}

async fn reads(app: &App, hazard: &Hazard) -> Vec<Answer> {
    join_all((0..CALLERS).map(|_| app.get(hazard.path()).as_(&Caller::auditor()).send())).await
}

async fn remark(app: &App, hazard: &Hazard, version: i64) -> Answer {
    app.post(format!("{}/actions/remark", hazard.path()))
        .as_(&Caller::committee())
        .if_match(version)
        .key(&format!("remark {version}"))
        .json(&json!({"text": "已电话提醒。"}))
        .send()
        .await
}

/// Reads until every connection that broke was met and opened again.
async fn settle(app: &App, hazard: &Hazard) {
    for _ in 0..CALLERS {
        let answers = reads(app, hazard).await;
        answers.iter().for_each(told);
        if answers.iter().all(|answer| answer.status == 200) {
            return;
        }
    }
    panic!("the service does not recover");
}

/// Sends it until it is done: each connection that broke may be met once.
async fn insist(app: &App, hazard: &Hazard, version: i64) -> Answer {
    for _ in 0..CALLERS {
        let answer = remark(app, hazard, version).await;
        if answer.status == 200 {
            return answer;
        }
        told(&answer);
    }
    panic!("the service does not recover");
}

/// An answer, or a problem that says to come again.
fn told(answer: &Answer) {
    if answer.status != 200 {
        assert_eq!(answer.status, 503, "{}", answer.text());
        answer.any_problem();
    }
}
