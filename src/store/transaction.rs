//! The one door to the database: `read` and `write`.
//!
//! Every transaction has a name, under which it is counted and timed. The body of a write may run twice and must not
//! leave the process. A write is acknowledged only after its commit; an error rolls all of it back.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant as Moment};

use tokio::sync::oneshot;

use super::Connection;
use super::connection::DatabaseUrl;
use super::errors::StoreError;
use super::workers::{self, Job, Queue};

/// How often a write that met another transaction is tried.
const ATTEMPTS: u32 = 3;
/// Connections to PostgreSQL of one node. More made a two-core server slower, not faster.
const POSTGRES_CONNECTIONS: usize = 16;

/// The database behind its queues. Cloning shares it.
#[derive(Clone)]
pub struct Store {
    url: DatabaseUrl,
    readers: Queue,
    writers: Queue,
    timings: Arc<Mutex<BTreeMap<&'static str, Timing>>>,
}

/// What became of the transactions of one name since the start.
#[derive(Debug, Clone, Copy, Default)]
pub struct Timing {
    /// How many were run.
    pub count: u64,
    /// How many ended with an error, refusals of the law included.
    pub failed: u64,
    /// Time spent on the database, queueing left out.
    pub busy: Duration,
}

impl Store {
    /// Opens the store. Migrations are not applied here, see [`super::migrate`].
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        drop(url.connect()?);
        let (readers, writers) = if url.is_embedded() {
            let count = std::thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 8));
            (workers::start_pool("reader", url, count)?, workers::start_writer(url)?)
        } else {
            let pool = workers::start_pool("database", url, POSTGRES_CONNECTIONS)?;
            (pool.clone(), pool)
        };
        Ok(Self {
            url: url.clone(),
            readers,
            writers,
            timings: Arc::default(),
        })
    }

    /// Where the database is.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Runs queries that change nothing.
    ///
    /// # Errors
    /// What `f` returns, and the failures of the store.
    pub async fn read<T, E>(
        &self,
        name: &'static str,
        f: impl FnOnce(&mut Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let mut once = Some(f);
        let (answer, answered) = oneshot::channel();
        let read = move |connection: &mut Connection| match once.take() {
            Some(f) => f(connection),
            None => Err(StoreError::Unavailable("a read was begun twice".to_owned()).into()),
        };
        self.submit(&self.readers, name, read, answer);
        received(answered).await
    }

    /// Runs queries that change nothing and whose cost depends on what is looked for: filters, orders, counts.
    ///
    /// # Errors
    /// What `f` returns, and the failures of the store.
    pub async fn search<T, E>(
        &self,
        name: &'static str,
        f: impl FnOnce(&mut Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.read(name, |connection| connection.planned_for_values(f)).await
    }

    /// Runs `f` as one transaction: all of it is durable when this returns `Ok`, none of it happened when it returns
    /// `Err`. `f` may run more than once.
    ///
    /// # Errors
    /// What `f` returns, and the failures of the store.
    pub async fn write<T, E>(
        &self,
        name: &'static str,
        f: impl FnMut(&mut Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + AsStoreError + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        self.begin_write(name, f, answer);
        received(answered).await
    }

    /// Begins what [`Self::write`] waits for.
    pub(super) fn begin_write<T, E>(
        &self,
        name: &'static str,
        mut f: impl FnMut(&mut Connection) -> Result<T, E> + Send + 'static,
        answer: oneshot::Sender<Result<T, E>>,
    ) where
        T: Send + 'static,
        E: From<StoreError> + AsStoreError + Send + 'static,
    {
        if self.url.is_embedded() {
            return self.submit(&self.writers, name, f, answer);
        }
        let tried = move |connection: &mut Connection| {
            let mut attempt = 1;
            loop {
                match in_transaction(connection, &mut f) {
                    Err(error) if attempt < ATTEMPTS && error.is_conflict() => attempt += 1,
                    result => return result,
                }
            }
        };
        self.submit(&self.writers, name, tried, answer);
    }

    /// Hands work over that answers for itself.
    pub(super) fn submit_writing(&self, job: Box<dyn Job>) {
        self.writers.submit(job);
    }

    /// Counts what was run under a name and how long it kept the database.
    pub(super) fn count(&self, name: &'static str, count: u64, failed: u64, busy: Duration) {
        let mut timings = self.timings.lock().unwrap_or_else(PoisonError::into_inner);
        let timing = timings.entry(name).or_default();
        timing.count += count;
        timing.failed += failed;
        timing.busy += busy;
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// When it gives none.
    pub async fn health(&self) -> Result<(), StoreError> {
        self.read("health", |connection| {
            use diesel::connection::SimpleConnection;
            connection.batch_execute("SELECT 1").map_err(StoreError::from)
        })
        .await
    }

    /// Counts and times of the transactions so far, by name.
    pub fn timings(&self) -> Vec<(&'static str, Timing)> {
        let timings = self.timings.lock().unwrap_or_else(PoisonError::into_inner);
        timings.iter().map(|(name, timing)| (*name, *timing)).collect()
    }

    fn submit<T, E, F>(&self, queue: &Queue, name: &'static str, f: F, answer: oneshot::Sender<Result<T, E>>)
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnMut(&mut Connection) -> Result<T, E> + Send + 'static,
    {
        queue.submit(Box::new(Task {
            name,
            f,
            result: None,
            answer,
            store: self.clone(),
        }));
    }
}

/// What a worker answers in the end.
pub(super) async fn received<T, E: From<StoreError>>(answered: oneshot::Receiver<Result<T, E>>) -> Result<T, E> {
    match answered.await {
        Ok(result) => result,
        Err(_) => Err(StoreError::Unavailable("the store is closed".to_owned()).into()),
    }
}

/// An error that may hold a failure of the store.
pub trait AsStoreError {
    /// True when the transaction met another one and may be tried again.
    fn is_conflict(&self) -> bool;
}

impl AsStoreError for StoreError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict(_))
    }
}

impl AsStoreError for super::errors::Failure {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_conflict())
    }
}

/// Runs `f` between a beginning and a commit, or a rollback where it fails.
fn in_transaction<T, E: From<StoreError>>(
    connection: &mut Connection,
    f: &mut impl FnMut(&mut Connection) -> Result<T, E>,
) -> Result<T, E> {
    connection.begin_write().map_err(StoreError::from)?;
    match f(connection) {
        Ok(value) => {
            connection.commit().map_err(StoreError::from)?;
            Ok(value)
        }
        Err(error) => {
            // The first error says what happened; a failed rollback breaks the connection, which is then replaced.
            let _ = connection.roll_back();
            Err(error)
        }
    }
}

struct Task<T, E, F> {
    name: &'static str,
    f: F,
    result: Option<Result<T, E>>,
    answer: oneshot::Sender<Result<T, E>>,
    store: Store,
}

impl<T, E, F> Job for Task<T, E, F>
where
    T: Send,
    E: From<StoreError> + Send,
    F: FnMut(&mut Connection) -> Result<T, E> + Send,
{
    fn run(&mut self, connection: &mut Connection) -> bool {
        let begun = Moment::now();
        let result = (self.f)(connection);
        let kept = result.is_ok();
        self.store.count(self.name, 1, u64::from(!kept), begun.elapsed());
        self.result = Some(result);
        kept
    }

    fn finish(self: Box<Self>, fate: Result<(), StoreError>) {
        let Self { f, result, answer, .. } = *self;
        // What the work held, an idempotency key above all, is let go before its caller can call again.
        drop(f);
        let result = match (result, fate) {
            (Some(Ok(value)), Ok(())) => Ok(value),
            (Some(Err(error)), _) => Err(error),
            (_, Err(fate)) => Err(fate.into()),
            (None, Ok(())) => Err(StoreError::Unavailable("the work was never begun".to_owned()).into()),
        };
        // The caller may have gone; the work is done all the same.
        let _ = answer.send(result);
    }
}
