//! Migrations: up, down and up again; two nodes at once; a database from the future; a journal that cannot be altered.

use std::sync::Barrier;
use std::thread;

use diesel::connection::SimpleConnection as _;
use major_hazards::store::{Connection, StoreError, migrate};

use crate::support::database::Database;
use crate::support::on_both_databases;

on_both_databases! {
    fn go_up_down_and_up_again(database: Database) {
        let mut connection = database.parsed_url().connect().expect("a test's database is there");
        let known = migrate::apply(&mut connection).expect("down to nothing").len();
        assert_eq!(known, 0, "a migrated database needs nothing");
        let steps = migrate::state(&mut connection).expect("state").applied;
        assert!(!steps.is_empty());
        let mut taken_back = Vec::new();
        while let Some(step) = migrate::revert_last(&mut connection).expect("every step can be taken back") {
            taken_back.push(step);
        }
        taken_back.reverse();
        assert_eq!(taken_back, steps, "the newest step goes first");
        assert_eq!(migrate::state(&mut connection).expect("state").pending, steps);
        assert_eq!(migrate::apply(&mut connection).expect("up again"), steps);
    }

    fn come_up_on_two_nodes_at_once(database: Database) {
        let mut connection = database.parsed_url().connect().expect("a test's database is there");
        while migrate::revert_last(&mut connection)
            .expect("every step can be taken back")
            .is_some()
        {}
        drop(connection);
        let start = Barrier::new(4);
        let applied: Vec<usize> = thread::scope(|scope| {
            let node = || {
                let mut connection = database.parsed_url().connect().expect("a node connects");
                start.wait();
                migrate::apply(&mut connection).expect("a node comes up").len()
            };
            let nodes: Vec<_> = (0..4).map(|_| scope.spawn(node)).collect();
            nodes.into_iter().map(|node| node.join().unwrap()).collect()
        });
        let mut connection = database.parsed_url().connect().expect("a test's database is there");
        let steps = migrate::state(&mut connection).expect("state").applied.len();
        let mut applied = applied;
        applied.sort_unstable();
        assert_eq!(
            applied,
            [0, 0, 0, steps],
            "one node applies every step, the others wait and find nothing to do"
        );
    }

    fn refuse_a_database_from_the_future(database: Database) {
        let mut connection = database.parsed_url().connect().expect("a test's database is there");
        connection
            .batch_execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')")
            .expect("the list of steps can be written");
        for refused in [
            migrate::apply(&mut connection).map(drop),
            migrate::revert_last(&mut connection).map(drop),
            migrate::state(&mut connection).map(drop),
        ] {
            let error = refused.expect_err("refused");
            assert!(
                matches!(error, StoreError::NewerSchema { ref found } if found == "9999"),
                "{error}"
            );
            assert!(
                error.to_string().contains("`9999`, which this program does not know"),
                "{error}"
            );
        }
    }

    fn keep_the_journal_from_being_altered(database: Database) {
        let mut connection = database.parsed_url().connect().expect("a test's database is there");
        let bytes = |length: usize| match &connection {
            Connection::Postgres(_) => format!("decode('{}', 'hex')", "ab".repeat(length)),
            Connection::Sqlite(_) => format!("x'{}'", "ab".repeat(length)),
        };
        let (id, moment) = match &connection {
            Connection::Postgres(_) => ("'01890000-0000-7000-8000-000000000000'".to_owned(), "now()"),
            Connection::Sqlite(_) => (bytes(16), "1700000000000000"),
        };
        let insert = format!(
            "INSERT INTO events (subject_id, version, subject_kind, action, at, actor, payload, salt, hash) \
             VALUES ({id}, 1, 'hazard', 'report', {moment}, '{{}}', '{{}}', {}, {})",
            bytes(16),
            bytes(32)
        );
        connection.batch_execute(&insert).expect("an event is appended");
        let mut statements = vec!["UPDATE events SET actor = 'x'", "DELETE FROM events"];
        if connection.is_postgres() {
            statements.push("TRUNCATE events");
        }
        for statement in statements {
            let error = connection.batch_execute(statement).expect_err(statement);
            assert!(
                error.to_string().contains("events are append-only"),
                "{statement}: {error}"
            );
        }
    }
}
