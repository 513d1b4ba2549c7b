//! How events come into the log: in the order of the outbox, each once, none left behind, whoever else writes.

use diesel::prelude::*;
use major_hazards::journal::{self, Actor, Draft, Subject};
use major_hazards::store::schema::{log_checkpoints, log_entries, outbox};
use major_hazards::store::{Connection, Store};
use major_hazards::transparency::{self, KeyError, LogError};
use major_hazards::values::{Clock, EnterpriseId, HazardId};
use serde_json::json;

use super::reader;
use crate::support::app::NOW;
use crate::support::database::{Database, Engine};
use crate::support::log::{sequencer, write_to_the_end};
use crate::support::{on_both_databases, with_database};

/// More than two steps take, so that whole tiles and a part of one come about.
const MANY: i64 = 2100;

on_both_databases! {
    fn a_log_of_thousands_is_in_the_order_of_the_outbox(database: Database) {
        run(async {
            let clock = clock();
            let mut connection = connect(&database);
            let hazard = HazardId::new(&clock);
            in_transaction(&mut connection, |connection| {
                for version in 1..=MANY {
                    append(connection, &clock, Subject::from(hazard), version);
                    if version % 7 == 0 {
                        append(connection, &clock, Subject::from(EnterpriseId::new(&clock)), 1);
                    }
                }
            });
            let sequencer = sequencer(&database, &clock).await;
            write_to_the_end(&sequencer, &mut connection, clock.now().day()).await;
            let entries = entries(&mut connection);
            assert_eq!(entries.first().map(|entry| entry.1), Some(None), "the tips of the day");
            let versions: Vec<_> = entries.iter().skip(1).map(|entry| entry.1.expect("of a hazard")).collect();
            assert_eq!(versions, (1..=MANY).collect::<Vec<_>>());
            assert_whole(&mut connection);
        });
    }

    fn two_nodes_write_one_log(database: Database) {
        run(async {
            let clock = clock();
            let mut connection = connect(&database);
            let (one, other) = (sequencer(&database, &clock).await, sequencer(&database, &clock).await);
            let hazard = HazardId::new(&clock);
            for round in 0..20 {
                in_transaction(&mut connection, |connection| {
                    for version in round * 50 + 1..=round * 50 + 50 {
                        append(connection, &clock, Subject::from(hazard), version);
                    }
                });
                for _ in 0..2 {
                    let (first, second) = futures_util::future::join(one.step(), other.step()).await;
                    first.expect("a step");
                    second.expect("a step");
                }
            }
            write_to_the_end(&one, &mut connection, clock.now().day()).await;
            assert_eq!(entries(&mut connection).len(), 1001);
            assert_whole(&mut connection);
        });
    }

    fn a_log_goes_on_with_its_own_keys_alone(database: Database) {
        run(async {
            let clock = clock();
            let store = Store::open(&database.parsed_url()).expect("the database is there");
            let path = database.folder().join("log-key");
            let keys = transparency::open(&store, &path, &clock).await.expect("keys are made");
            let elsewhere = database.folder().join("elsewhere");
            let lost = transparency::open(&store, &elsewhere, &clock).await.expect_err("no other key is made");
            assert!(matches!(lost, LogError::Keys(KeyError::Lost(name)) if name == keys.origin()));
            let other = Database::migrated(Engine::Sqlite).expect("SQLite is always there");
            let another = Store::open(&other.parsed_url()).expect("the database is there");
            transparency::open(&another, &elsewhere, &clock).await.expect("keys of another log");
            let foreign = transparency::open(&store, &elsewhere, &clock).await.expect_err("refused");
            assert!(matches!(foreign, LogError::Keys(KeyError::Foreign { .. })), "{foreign}");
        });
    }
}

#[test]
fn what_commits_late_is_waited_for() {
    with_database(Engine::Postgres, module_path!(), |database| {
        run(async {
            let clock = clock();
            let sequencer = sequencer(&database, &clock).await;
            let mut connection = connect(&database);
            write_to_the_end(&sequencer, &mut connection, clock.now().day()).await;
            let (late, quick) = (HazardId::new(&clock), HazardId::new(&clock));
            let mut held = connect(&database);
            held.begin_write().expect("a transaction");
            append(&mut held, &clock, Subject::from(late), 1);
            in_transaction(&mut connection, |connection| {
                append(connection, &clock, Subject::from(quick), 1);
            });
            for _ in 0..3 {
                assert!(!sequencer.step().await.expect("a step"));
            }
            assert_eq!(
                entries(&mut connection).len(),
                1,
                "nothing is taken beyond what is decided"
            );
            held.commit().expect("it commits");
            write_to_the_end(&sequencer, &mut connection, clock.now().day()).await;
            let subjects: Vec<_> = entries(&mut connection)
                .into_iter()
                .filter_map(|entry| entry.0)
                .collect();
            assert_eq!(subjects, [late, quick], "each has its place");
            assert_whole(&mut connection);
        });
    });
}

fn run(test: impl Future<Output = ()>) {
    actix_web::rt::System::new().block_on(test);
}

fn clock() -> Clock {
    Clock::standing_at(NOW.parse().expect("a moment"))
}

fn connect(database: &Database) -> Connection {
    database.parsed_url().connect().expect("a test's database is there")
}

fn in_transaction(connection: &mut Connection, write: impl FnOnce(&mut Connection)) {
    connection.begin_write().expect("a transaction");
    write(connection);
    connection.commit().expect("it commits");
}

fn append(connection: &mut Connection, clock: &Clock, subject: Subject, version: i64) {
    let draft = Draft {
        subject,
        version,
        action: "remark",
        event_type: "hazard.remarked".to_owned(),
        from: None,
        to: None,
        at: clock.now(),
        actor: Actor::service(),
        payload: json!({}),
        salt: clock.random_bytes().expect("randomness"),
    };
    journal::append(connection, draft).expect("an event");
}

/// Hazard and version of each entry, in the order of the log.
fn entries(connection: &mut Connection) -> Vec<(Option<HazardId>, Option<i64>)> {
    log_entries::table
        .order(log_entries::place)
        .select((log_entries::subject_id, log_entries::version))
        .load(connection)
        .expect("the entries")
}

/// Fails unless every event of a hazard has one entry, in the order of the outbox and without gaps, and the newest
/// checkpoint is of all of them.
fn assert_whole(connection: &mut Connection) {
    let told: Vec<(HazardId, i64)> = outbox::table
        .filter(outbox::subject_kind.eq("hazard"))
        .order(outbox::position)
        .select((outbox::subject_id, outbox::version))
        .load(connection)
        .expect("the outbox");
    let logged: Vec<_> = entries(connection)
        .into_iter()
        .filter_map(|(hazard, version)| hazard.zip(version))
        .collect();
    assert_eq!(logged, told);
    let rows: Vec<(i64, Vec<u8>)> = log_entries::table
        .order(log_entries::place)
        .select((log_entries::place, log_entries::entry))
        .load(connection)
        .expect("the entries");
    assert!((0..).zip(&rows).all(|(place, row)| place == row.0), "no gaps");
    let entries: Vec<_> = rows.into_iter().map(|row| row.1).collect();
    let (size, root): (i64, Vec<u8>) = log_checkpoints::table
        .order(log_checkpoints::size.desc())
        .select((log_checkpoints::size, log_checkpoints::root))
        .first(connection)
        .expect("a checkpoint");
    assert_eq!(usize::try_from(size), Ok(entries.len()));
    assert_eq!(root, reader::root_of(&entries).0);
}
