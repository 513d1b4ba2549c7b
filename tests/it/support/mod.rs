//! What the tests stand on: a database, a clock, a server and callers for each test.
//!
//! A behaviour is written once, as a function of an [`app::App`], inside [`on_both!`]; it then runs as `name::sqlite`
//! and as `name::postgres`. Without PostgreSQL the second kind does not run, says so when the run has ended, and fails
//! where `CI` is set.

pub mod app;
pub mod background;
pub mod books;
pub mod caller;
pub mod client;
pub mod cluster;
pub mod database;
pub mod days;
pub mod evidence;
pub mod fixtures;
pub mod inspections;
pub mod journal;
pub mod log;
pub mod openapi;
pub mod plan;
pub mod run;
pub mod seed;
pub mod source;
pub mod tips;
pub mod walk;

use std::fmt::Write as _;

use app::App;
use database::{Database, Engine};

/// Writes down that a test did not run; a failure where it must.
pub fn not_run(test: &str, reason: &str) {
    assert!(
        std::env::var_os("CI").is_none(),
        "`{test}` needs PostgreSQL: {reason}; install the server or set `{}`",
        cluster::VARIABLE
    );
    run::run().note(&format!("  {test}"));
}

/// Bytes as hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    let mut digits = String::new();
    for byte in bytes {
        write!(digits, "{byte:02x}").expect("a text takes what is written");
    }
    digits
}

/// Runs a test of one database.
pub fn with_database(engine: Engine, test: &str, body: fn(Database)) {
    match Database::migrated(engine) {
        Ok(database) => body(database),
        Err(reason) => not_run(test, reason),
    }
}

/// Runs a test of the service; whatever it wrote must add up at the end.
pub fn with_app<F: Future<Output = ()>>(engine: Engine, test: &str, body: fn(App) -> F) {
    let database = match Database::migrated(engine) {
        Ok(database) => database,
        Err(reason) => return not_run(test, reason),
    };
    actix_web::rt::System::new().block_on(async {
        let app = App::start(database).await;
        body(app.clone()).await;
        app.stop().await;
        app.check_books();
    });
}

/// A test of the service, on both databases: `async fn name(app: App) { … }`.
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident: $type:ty) $body:block)+) => {
        $(
            $(#[$meta])*
            async fn $name($app: $type) $body

            $crate::support::on_both!(@twice $name, with_app);
        )+
    };
    (@twice $name:ident, $with:ident) => {
        mod $name {
            use $crate::support::database::Engine;

            #[test]
            fn sqlite() {
                $crate::support::$with(Engine::Sqlite, module_path!(), super::$name);
            }

            #[test]
            fn postgres() {
                $crate::support::$with(Engine::Postgres, module_path!(), super::$name);
            }
        }
    };
}

/// A test of the database alone, on both: `fn name(database: Database) { … }`.
macro_rules! on_both_databases {
    ($($(#[$meta:meta])* fn $name:ident($database:ident: $type:ty) $body:block)+) => {
        $(
            $(#[$meta])*
            fn $name($database: $type) $body

            $crate::support::on_both!(@twice $name, with_database);
        )+
    };
}

pub(crate) use {on_both, on_both_databases};
