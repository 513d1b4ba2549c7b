//! What can go wrong below a use case, and the one type that use cases fail with.

use diesel::ConnectionError;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::law::refusal::Refusal;

/// A failure of the store. The text is for the log; a caller only ever sees the problem that it maps to.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique key is taken. Holds what the engine names: the constraint on PostgreSQL, `table.column` on SQLite.
    #[error("unique key taken: {0}")]
    Unique(String),
    /// Every worker is busy and the queue is full, or the wait took too long.
    #[error("the store is busy")]
    Busy,
    /// Another transaction got in between; the work may be tried again.
    #[error("conflict with another transaction")]
    Conflict(#[source] DieselError),
    /// The database cannot be reached or was shut down.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// The database was written by a newer program.
    #[error("the database holds migration `{found}`, which this program does not know")]
    NewerSchema {
        /// The newest migration in the database.
        found: String,
    },
    /// What is stored cannot be read back, or a query is wrong: a defect.
    #[error("the store holds what it should not: {0}")]
    Corrupt(String),
    /// Anything else the engine said.
    #[error("query failed")]
    Query(#[source] DieselError),
}

impl StoreError {
    /// The same failure, for another of those whom it met.
    pub(super) fn again(&self) -> Self {
        match self {
            Self::Busy => Self::Busy,
            other => Self::Unavailable(other.to_string()),
        }
    }

    /// True when the unique key named by `postgres` or by SQLite's `table.column` list is the one that was violated.
    pub fn is_unique(&self, postgres: &str, sqlite: &str) -> bool {
        matches!(self, Self::Unique(name) if name == postgres || name.contains(sqlite))
    }
}

impl From<getrandom::Error> for StoreError {
    /// Without randomness nothing can be written: no event is without its salt.
    fn from(error: getrandom::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, ref information) => Self::Unique(
                information
                    .constraint_name()
                    .unwrap_or_else(|| information.message())
                    .to_owned(),
            ),
            DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => Self::Conflict(error),
            DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, ref information) => {
                Self::Unavailable(information.message().to_owned())
            }
            DieselError::DatabaseError(DatabaseErrorKind::Unknown, ref information) => {
                let message = information.message();
                // The engines name these only in words; both texts are stable parts of their interfaces.
                if message.contains("deadlock detected") {
                    Self::Conflict(error)
                } else if message.contains("database is locked")
                    || message.contains("statement timeout")
                    || message.contains("lock timeout")
                {
                    Self::Busy
                } else if message.contains("terminating connection")
                    || message.contains("the database system is")
                    || message.contains("could not connect")
                    || message.contains("server closed the connection")
                    || message.contains("no connection to the server")
                    || message.contains("disk is full")
                    || message.contains("disk I/O error")
                {
                    Self::Unavailable(message.to_owned())
                } else {
                    Self::Query(error)
                }
            }
            DieselError::BrokenTransactionManager => Self::Unavailable("the connection broke".to_owned()),
            DieselError::DeserializationError(cause) => Self::Corrupt(cause.to_string()),
            other => Self::Query(other),
        }
    }
}

impl From<ConnectionError> for StoreError {
    fn from(error: ConnectionError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// How a use case fails: the law refused, or the store failed.
#[derive(Debug)]
pub enum Failure {
    /// A rule says no; nothing was changed.
    Refusal(Refusal),
    /// The store failed; nothing was changed.
    Store(StoreError),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<DieselError> for Failure {
    fn from(error: DieselError) -> Self {
        Self::Store(error.into())
    }
}
