//! Threads that own the connections, so that nothing ever blocks a worker of the HTTP server.
//!
//! Each thread keeps one connection and takes work from a bounded queue. A full queue, or work that waited longer than
//! its limit, is [`StoreError::Busy`], which a caller sees as 503 with `Retry-After`. A connection that broke is opened
//! anew by the thread that owns it. One that lay idle, or whose neighbour was found broken, is asked for a sign of life
//! before work is given to it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant as Moment};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use super::Connection;
use super::connection::DatabaseUrl;
use super::errors::StoreError;

/// How much work may wait for one set of workers.
pub(super) const QUEUE_LENGTH: usize = 1024;
/// How long work may wait before it is refused instead of begun.
pub(super) const QUEUE_LIMIT: Duration = Duration::from_secs(5);
/// How long a connection may lie idle and still be taken to be alive. Asking costs a round trip, so not before each work.
const TRUSTED_FOR: Duration = Duration::from_secs(1);
/// How many writes share one commit, at most.
pub(super) const BATCH_LENGTH: usize = 128;

/// Work for a connection.
pub(super) trait Job: Send {
    /// Runs on the connection, inside a transaction that the worker began where the worker batches writes. True when
    /// its effects are to be kept.
    fn run(&mut self, connection: &mut Connection) -> bool;

    /// Hands the result over; `fate` is what became of the transaction that `run` was part of.
    fn finish(self: Box<Self>, fate: Result<(), StoreError>);
}

struct Queued {
    job: Box<dyn Job>,
    since: Moment,
}

/// The sending end of a bounded queue.
#[derive(Clone)]
pub(super) struct Queue(Sender<Queued>);

impl Queue {
    /// Hands work over. Where there is too much of it, the job is finished at once and told so.
    pub(super) fn submit(&self, job: Box<dyn Job>) {
        let queued = Queued {
            job,
            since: Moment::now(),
        };
        match self.0.try_send(queued) {
            Ok(()) => {}
            Err(TrySendError::Full(queued)) => queued.job.finish(Err(StoreError::Busy)),
            Err(TrySendError::Disconnected(queued)) => queued
                .job
                .finish(Err(StoreError::Unavailable("the store is closed".to_owned()))),
        }
    }
}

/// Starts `count` threads that each run one job at a time.
pub(super) fn start_pool(name: &str, url: &DatabaseUrl, count: usize) -> Result<Queue, StoreError> {
    let (sender, receiver) = bounded(QUEUE_LENGTH);
    let losses = Arc::default();
    for index in 0..count {
        spawn(
            format!("{name}-{index}"),
            Held::new(url, &losses),
            receiver.clone(),
            |connection, first, _| {
                run_alone(connection, first);
            },
        )?;
    }
    Ok(Queue(sender))
}

/// Starts the one thread that writes to SQLite: what waits is committed together, so that one flush to the disk serves
/// many writes, and each is answered only after it.
pub(super) fn start_writer(url: &DatabaseUrl) -> Result<Queue, StoreError> {
    let (sender, receiver) = bounded(QUEUE_LENGTH);
    let held = Held::new(url, &Arc::default());
    spawn("writer".to_owned(), held, receiver, run_batch)?;
    Ok(Queue(sender))
}

fn spawn(
    name: String,
    mut held: Held,
    receiver: Receiver<Queued>,
    serve: impl Fn(&mut Held, Queued, &Receiver<Queued>) + Send + 'static,
) -> Result<(), StoreError> {
    thread::Builder::new()
        .name(name)
        .spawn(move || {
            while let Ok(first) = receiver.recv() {
                if first.since.elapsed() > QUEUE_LIMIT {
                    first.job.finish(Err(StoreError::Busy));
                } else {
                    serve(&mut held, first, &receiver);
                }
            }
        })
        .map(|_| ())
        .map_err(|error| StoreError::Unavailable(error.to_string()))
}

/// A connection that is opened when it is needed and forgotten when it broke.
struct Held {
    url: DatabaseUrl,
    connection: Option<Connection>,
    /// When it last did its work.
    used: Moment,
    /// Connections that the set of workers found broken so far, and how many of them were known when it last worked.
    losses: Arc<AtomicU64>,
    known: u64,
}

impl Held {
    fn new(url: &DatabaseUrl, losses: &Arc<AtomicU64>) -> Self {
        Self {
            url: url.clone(),
            connection: None,
            used: Moment::now(),
            losses: losses.clone(),
            known: 0,
        }
    }

    fn take(&mut self) -> Result<Connection, StoreError> {
        let losses = self.losses.load(Ordering::Relaxed);
        let trusted = self.url.is_embedded() || (losses == self.known && self.used.elapsed() < TRUSTED_FOR);
        self.known = losses;
        if let Some(mut connection) = self.connection.take()
            && !is_broken(&mut connection)
        {
            if trusted || is_alive(&mut connection) {
                return Ok(connection);
            }
            self.lose();
        }
        self.url.connect()
    }

    fn keep(&mut self, connection: Connection) {
        self.connection = Some(connection);
        self.used = Moment::now();
    }

    fn lose(&self) {
        self.losses.fetch_add(1, Ordering::Relaxed);
    }
}

fn is_broken(connection: &mut Connection) -> bool {
    use diesel::connection::{AnsiTransactionManager, TransactionManager};
    match connection {
        Connection::Postgres(inner) => AnsiTransactionManager::is_broken_transaction_manager(inner),
        Connection::Sqlite(inner) => AnsiTransactionManager::is_broken_transaction_manager(inner),
    }
}

fn run_alone(held: &mut Held, queued: Queued) {
    let mut job = queued.job;
    let mut connection = match held.take() {
        Ok(connection) => connection,
        Err(error) => return job.finish(Err(error)),
    };
    if let Ok(kept) = catch_unwind(AssertUnwindSafe(|| job.run(&mut connection))) {
        // A failed statement may mean a dead server; finding out costs one connect, keeping a dead one costs requests.
        if kept || is_alive(&mut connection) {
            held.keep(connection);
        } else {
            held.lose();
        }
        job.finish(Ok(()));
    } else {
        job.finish(Err(panicked()));
    }
}

fn is_alive(connection: &mut Connection) -> bool {
    use diesel::connection::SimpleConnection;
    !is_broken(connection) && connection.batch_execute("SELECT 1").is_ok()
}

fn run_batch(held: &mut Held, first: Queued, receiver: &Receiver<Queued>) {
    let mut batch = vec![first.job];
    while batch.len() < BATCH_LENGTH {
        match receiver.try_recv() {
            Ok(next) => batch.push(next.job),
            Err(_) => break,
        }
    }
    match commit_together(held, &mut batch) {
        Ok(()) => batch.into_iter().for_each(|job| job.finish(Ok(()))),
        Err(error) => batch.into_iter().for_each(|job| job.finish(Err(error.again()))),
    }
}

/// One transaction for all, one savepoint for each. The connection is kept only when everything went as it should.
fn commit_together(held: &mut Held, batch: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
    let mut connection = held.take()?;
    connection.begin_write()?;
    for job in batch.iter_mut() {
        connection.begin_write_nested()?;
        let Ok(kept) = catch_unwind(AssertUnwindSafe(|| job.run(&mut connection))) else {
            return Err(panicked());
        };
        if kept {
            connection.commit()?;
        } else {
            connection.roll_back()?;
        }
    }
    connection.commit()?;
    held.keep(connection);
    Ok(())
}

fn panicked() -> StoreError {
    StoreError::Corrupt("the work on the database panicked".to_owned())
}
