//! Migrations, embedded in the program and applied under a lock.
//!
//! The whole of it is one transaction: two nodes that start at once both come up, and one that is killed in between
//! leaves the schema as it was.

use diesel::connection::SimpleConnection;
use diesel::migration::MigrationSource;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::Connection;
use super::errors::StoreError;

const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// Number of the advisory lock on PostgreSQL; any fixed number that nothing else uses.
const LOCK: i64 = 0x4841_5a41_5244;

/// What a database holds and what this program would add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationState {
    /// Names of the steps that were applied, oldest first.
    pub applied: Vec<String>,
    /// Names of the steps that were not.
    pub pending: Vec<String>,
}

/// Applies what is missing and returns the names of the steps that were applied now.
///
/// # Errors
/// [`StoreError::NewerSchema`] when the database holds a step that this program does not know.
pub fn apply(connection: &mut Connection) -> Result<Vec<String>, StoreError> {
    locked(connection, |connection| {
        let state = compare(connection)?;
        match connection {
            Connection::Postgres(inner) => inner.run_pending_migrations(POSTGRES).map(drop),
            Connection::Sqlite(inner) => inner.run_pending_migrations(SQLITE).map(drop),
        }
        .map_err(|error| failed(&*error))?;
        Ok(state.pending)
    })
}

/// Takes the newest step back and returns its name, or nothing when there is none.
///
/// # Errors
/// When a step fails, or the database is newer than the program.
pub fn revert_last(connection: &mut Connection) -> Result<Option<String>, StoreError> {
    locked(connection, |connection| {
        let Some(last) = compare(connection)?.applied.pop() else {
            return Ok(None);
        };
        match connection {
            Connection::Postgres(inner) => inner.revert_last_migration(POSTGRES).map(drop),
            Connection::Sqlite(inner) => inner.revert_last_migration(SQLITE).map(drop),
        }
        .map_err(|error| failed(&*error))?;
        Ok(Some(last))
    })
}

/// What the database holds, without changing it beyond the table that records the steps.
///
/// # Errors
/// [`StoreError::NewerSchema`] when the database holds a step that this program does not know.
pub fn state(connection: &mut Connection) -> Result<MigrationState, StoreError> {
    compare(connection)
}

fn locked<T>(
    connection: &mut Connection,
    f: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    connection.begin_write()?;
    let result = if connection.is_postgres() {
        connection
            .batch_execute(&format!("SELECT pg_advisory_xact_lock({LOCK})"))
            .map_err(StoreError::from)
            .and_then(|()| f(connection))
    } else {
        f(connection)
    };
    match result {
        Ok(value) => {
            connection.commit()?;
            Ok(value)
        }
        Err(error) => {
            // The first error is the one to tell.
            let _ = connection.roll_back();
            Err(error)
        }
    }
}

fn compare(connection: &mut Connection) -> Result<MigrationState, StoreError> {
    let (known, applied) = match connection {
        Connection::Postgres(inner) => (names::<diesel::pg::Pg>(&POSTGRES)?, inner.applied_migrations()),
        Connection::Sqlite(inner) => (names::<diesel::sqlite::Sqlite>(&SQLITE)?, inner.applied_migrations()),
    };
    let mut applied: Vec<String> = applied
        .map_err(|error| failed(&*error))?
        .iter()
        .map(ToString::to_string)
        .collect();
    applied.sort();
    let name_of = |version: &String| known.iter().find(|(known, _)| known == version);
    if let Some(found) = applied.iter().rev().find(|version| name_of(version).is_none()) {
        return Err(StoreError::NewerSchema { found: found.clone() });
    }
    Ok(MigrationState {
        pending: known
            .iter()
            .filter(|(version, _)| !applied.contains(version))
            .map(|(_, name)| name.clone())
            .collect(),
        applied: applied
            .iter()
            .filter_map(name_of)
            .map(|(_, name)| name.clone())
            .collect(),
    })
}

/// Version and name of every embedded step, oldest first.
fn names<DB: diesel::backend::Backend>(source: &impl MigrationSource<DB>) -> Result<Vec<(String, String)>, StoreError> {
    let mut names: Vec<(String, String)> = source
        .migrations()
        .map_err(|error| failed(&*error))?
        .iter()
        .map(|migration| (migration.name().version().to_string(), migration.name().to_string()))
        .collect();
    names.sort();
    Ok(names)
}

fn failed(error: &(dyn std::error::Error + Send + Sync)) -> StoreError {
    StoreError::Corrupt(format!("migration failed: {error}"))
}
