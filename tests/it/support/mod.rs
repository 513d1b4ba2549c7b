//! What the tests stand on: a database, a clock, a server and callers for each test.
//!
//! A behaviour is written once, as a function of an [`app::App`], inside [`on_both!`]; it then runs as `name::sqlite`
//! and as `name::postgres`. Without PostgreSQL the second kind does not run, says so when the run has ended, and fails
//! where `CI` is set.

pub mod cluster;
pub mod database;
pub mod run;
pub mod source;

use database::{Database, Engine};

/// Writes down that a test did not run; a failure where it must.
pub fn not_run(test: &str, reason: &str) {
    assert!(
        std::env::var("CI").is_err_and(|_| true),
        "`{test}` needs PostgreSQL: {reason}; install the server or set `{}`",
        cluster::VARIABLE
    );
    run::run().note(&format!("  {test}"));
}

/// Runs a test of one database.
pub fn with_database(engine: Engine, test: &str, body: fn(Database)) {
    match Database::migrated(engine) {
        Ok(database) => body(database),
        Err(reason) => not_run(test, reason),
    }
}

/// A test of the database alone, on both: `fn name(database: Database) { … }`.
macro_rules! on_both_databases {
    ($($(#[$meta:meta])* fn $name:ident($database:ident: Database) $body:block)+) => {
        $(
            $(#[$meta])*
            fn $name($database: $crate::support::database::Database) $body

            mod $name {
                use $crate::support::database::Engine;
                use $crate::support::with_database;

                #[test]
                fn sqlite() {
                    with_database(Engine::Sqlite, module_path!(), super::$name);
                }

                #[test]
                fn postgres() {
                    with_database(Engine::Postgres, module_path!(), super::$name);
                }
            }
        )+
    };
}

pub(crate) use on_both_databases;
