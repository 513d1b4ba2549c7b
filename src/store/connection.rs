//! One connection type for both engines.
//!
//! The enumeration is derived, so every query is written and type-checked once. The price is what the engines do not
//! share (upserts, batch inserts, `FOR UPDATE`); where such a thing is worth it, one function in a `store.rs` matches
//! on the variant. A borrowed enumeration with a macro around each query would give those for the price of checking
//! every query twice.

#![expect(missing_docs, reason = "the derive makes public items that it does not document")]

use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::{Connection as _, MultiConnection, PgConnection, QueryResult, SqliteConnection};

use super::errors::StoreError;

/// A connection to either engine. PostgreSQL stands first because SQLite accepts any text as a path.
#[derive(MultiConnection)]
pub enum AnyConnection {
    /// PostgreSQL 15 or newer.
    Postgres(PgConnection),
    /// The embedded SQLite.
    Sqlite(SqliteConnection),
}

/// Which engine, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// The `postgres://` address as it was given.
    Postgres(String),
    /// The path of the file.
    Sqlite(String),
}

/// How long a statement may run before the engine ends it.
const STATEMENT_LIMIT: Duration = Duration::from_secs(10);
/// How long to wait for the lock of another process on the same SQLite file.
const LOCK_LIMIT: Duration = Duration::from_secs(5);

impl DatabaseUrl {
    /// Reads `sqlite://path` or `postgres://…`.
    ///
    /// # Errors
    /// A sentence for the operator when the scheme is another one: SQLite would silently create a file of that name.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("sqlite://") {
            if path.is_empty() {
                return Err("the path is missing; write `sqlite://data/hazards.db`".to_owned());
            }
            Ok(Self::Sqlite(path.to_owned()))
        } else if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Ok(Self::Postgres(text.to_owned()))
        } else {
            Err(
                "the scheme is neither `sqlite://` nor `postgres://`; write `sqlite://data/hazards.db` or \
                 `postgres://user:password@host/database`"
                    .to_owned(),
            )
        }
    }

    /// True for SQLite.
    pub fn is_embedded(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    /// Opens a connection with the settings that the store relies on.
    ///
    /// # Errors
    /// When the server or the file cannot be reached.
    pub fn connect(&self) -> Result<AnyConnection, StoreError> {
        match self {
            Self::Postgres(url) => {
                let mut connection = PgConnection::establish(url).map_err(StoreError::from)?;
                connection.batch_execute(&format!(
                    "SET statement_timeout = {}; SET lock_timeout = {}; SET idle_in_transaction_session_timeout = 60000; \
                     SET client_min_messages = warning;",
                    STATEMENT_LIMIT.as_millis(),
                    LOCK_LIMIT.as_millis()
                ))?;
                Ok(AnyConnection::Postgres(connection))
            }
            Self::Sqlite(path) => {
                let mut connection = SqliteConnection::establish(path).map_err(StoreError::from)?;
                // WAL lets readers go on while the writer commits; FULL makes a commit durable before it is answered.
                connection.batch_execute(&format!(
                    "PRAGMA busy_timeout = {}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                     PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 10000; PRAGMA cache_size = -65536; \
                     PRAGMA temp_store = MEMORY;",
                    LOCK_LIMIT.as_millis()
                ))?;
                Ok(AnyConnection::Sqlite(connection))
            }
        }
    }
}

impl AnyConnection {
    /// Begins a transaction that may write. On SQLite it takes the write lock at once, because a transaction that
    /// began as a reader and then writes fails instead of waiting.
    ///
    /// # Errors
    /// When the engine refuses.
    pub fn begin_write(&mut self) -> QueryResult<()> {
        match self {
            Self::Postgres(connection) => AnsiTransactionManager::begin_transaction(connection),
            Self::Sqlite(connection) => AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN IMMEDIATE"),
        }
    }

    /// Runs `f`, which changes nothing, on the database as it stands at one moment.
    ///
    /// # Errors
    /// What `f` returns, and the failures of the engine.
    pub fn at_one_moment<T, E: From<StoreError>>(&mut self, f: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        let begun = match self {
            Self::Postgres(connection) => AnsiTransactionManager::begin_transaction_sql(
                connection,
                "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
            ),
            Self::Sqlite(connection) => AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN"),
        };
        begun.map_err(StoreError::from)?;
        let read = f(self);
        // Nothing was written; how it ends is all the same.
        let _ = self.roll_back();
        read
    }

    /// Sets a savepoint inside the transaction that is open.
    ///
    /// # Errors
    /// When the engine refuses.
    pub fn begin_write_nested(&mut self) -> QueryResult<()> {
        match self {
            Self::Postgres(connection) => AnsiTransactionManager::begin_transaction(connection),
            Self::Sqlite(connection) => AnsiTransactionManager::begin_transaction(connection),
        }
    }

    /// Commits the innermost transaction or releases its savepoint.
    ///
    /// # Errors
    /// When the engine refuses.
    pub fn commit(&mut self) -> QueryResult<()> {
        match self {
            Self::Postgres(connection) => AnsiTransactionManager::commit_transaction(connection),
            Self::Sqlite(connection) => AnsiTransactionManager::commit_transaction(connection),
        }
    }

    /// Rolls the innermost transaction or savepoint back.
    ///
    /// # Errors
    /// When the engine refuses.
    pub fn roll_back(&mut self) -> QueryResult<()> {
        match self {
            Self::Postgres(connection) => AnsiTransactionManager::rollback_transaction(connection),
            Self::Sqlite(connection) => AnsiTransactionManager::rollback_transaction(connection),
        }
    }

    /// Runs `f` inside a savepoint of the open transaction; its error takes back what it did and nothing else.
    ///
    /// # Errors
    /// What `f` returns, and the failures of the savepoint itself.
    pub fn nested<T, E: From<StoreError>>(&mut self, f: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        self.begin_write_nested().map_err(StoreError::from)?;
        match f(self) {
            Ok(value) => {
                self.commit().map_err(StoreError::from)?;
                Ok(value)
            }
            Err(error) => {
                self.roll_back().map_err(StoreError::from)?;
                Err(error)
            }
        }
    }

    /// Runs `f`, which changes nothing, with a plan for the very values of each statement.
    ///
    /// PostgreSQL keeps one plan for any values of a statement that it met some times. Of a range it then takes for granted
    /// that it holds next to nothing, and gathers and sorts what should be walked.
    ///
    /// # Errors
    /// What `f` returns, and the failures of the settings.
    pub fn planned_for_values<T, E: From<StoreError>>(
        &mut self,
        f: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        if !self.is_postgres() {
            return f(self);
        }
        self.nested(|connection| {
            connection
                .batch_execute("SET LOCAL plan_cache_mode = force_custom_plan")
                .map_err(StoreError::from)?;
            f(connection)
        })
    }

    /// True on PostgreSQL, for the few queries whose text differs.
    pub fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }
}

impl std::fmt::Debug for AnyConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.is_postgres() {
            "Connection::Postgres"
        } else {
            "Connection::Sqlite"
        })
    }
}
