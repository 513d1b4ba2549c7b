//! A dry run: everything is done as in the real call, and then nothing of it is kept.

use actix_web::HttpResponse;

use super::app::App;
use super::idempotency::respond;
use super::problems::Problem;
use crate::store::{AsStoreError, Connection, Failure, Reply, StoreError};

/// Runs `f` in one write that is rolled back, and answers with what it returns.
///
/// # Errors
/// The refusals of `f` and the failures of the store.
pub async fn rehearse<F>(app: &App, name: &'static str, mut f: F) -> Result<HttpResponse, Problem>
where
    F: FnMut(&mut Connection) -> Result<Reply, Failure> + Send + 'static,
{
    let tried = app
        .store
        .write(name, move |connection| Err::<(), _>(Tried::Allowed(f(connection)?)))
        .await;
    match tried {
        Err(Tried::Allowed(reply)) => Ok(respond(reply)),
        Err(Tried::Refused(failure)) => Err(failure.into()),
        Ok(()) => Err(Problem::from(StoreError::Corrupt("a dry run was committed".to_owned()))),
    }
}

/// How a dry run ends: always with an error, so that the transaction is rolled back.
enum Tried {
    Allowed(Reply),
    Refused(Failure),
}

impl From<Failure> for Tried {
    fn from(failure: Failure) -> Self {
        Self::Refused(failure)
    }
}

impl From<StoreError> for Tried {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

impl AsStoreError for Tried {
    fn is_conflict(&self) -> bool {
        match self {
            Self::Allowed(_) => false,
            Self::Refused(failure) => failure.is_conflict(),
        }
    }
}
