//! Commands of one kind that are written together: loaded in one go, decided in memory, persisted in one go.
//!
//! While a batch is on its way, what arrives waits and makes the next one, so batches grow with the load and a lone
//! command waits for nobody. A command that cannot run with the others, and all of a batch that failed, run alone, each
//! in a transaction of its own: no command fails because of its neighbours.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant as Moment;

use crossbeam_channel::{Receiver, Sender, bounded};
use tokio::sync::oneshot;

use super::Connection;
use super::errors::{Failure, StoreError};
use super::transaction::{Store, received};
use super::workers::{BATCH_LENGTH, Job, QUEUE_LENGTH, QUEUE_LIMIT};

/// How many batches of one node are on their way to PostgreSQL at a time: one is decided while the other is persisted.
const POSTGRES_BATCHES: usize = 2;

/// A write that can share its transaction with others of its kind.
pub trait Command: Send + Sized + 'static {
    /// Name under which it is counted and timed.
    const NAME: &'static str;
    /// What it is answered with.
    type Answer: Send + 'static;

    /// Runs `commands` in the open transaction and answers each, in their order; nothing for one that must run alone.
    ///
    /// # Errors
    /// Whatever keeps the whole batch from being kept; then each runs alone.
    fn together(connection: &mut Connection, commands: &[&Self]) -> Result<Vec<Together<Self::Answer>>, StoreError>;

    /// Runs one command in the open transaction, which is rolled back when it fails.
    ///
    /// # Errors
    /// The refusal of the law, or the failure of the store.
    fn alone(&self, connection: &mut Connection) -> Result<Self::Answer, Failure>;
}

/// What became of one command of a batch; nothing when it must run alone.
pub type Together<T> = Option<Result<T, Failure>>;

/// Takes commands and writes them in batches. Cloning shares it.
pub struct Batches<C: Command>(Arc<Inner<C>>);

struct Inner<C: Command> {
    store: Store,
    sender: Sender<Waiting<C>>,
    receiver: Receiver<Waiting<C>>,
    underway: AtomicUsize,
    most: usize,
}

struct Waiting<C: Command> {
    command: C,
    answer: oneshot::Sender<Result<C::Answer, Failure>>,
    since: Moment,
}

impl<C: Command> Clone for Batches<C> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<C: Command> std::fmt::Debug for Batches<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batches")
            .field("name", &C::NAME)
            .finish_non_exhaustive()
    }
}

impl<C: Command> Batches<C> {
    /// Batches over a store.
    pub fn new(store: Store) -> Self {
        let (sender, receiver) = bounded(QUEUE_LENGTH);
        Self(Arc::new(Inner {
            most: if store.url().is_embedded() { 1 } else { POSTGRES_BATCHES },
            underway: AtomicUsize::new(0),
            store,
            sender,
            receiver,
        }))
    }

    /// Writes a command: it is durable when this returns `Ok`, and did not happen when it returns `Err`.
    ///
    /// # Errors
    /// The refusal of the law, or the failure of the store; [`StoreError::Busy`] when too many wait.
    pub async fn write(&self, command: C) -> Result<C::Answer, Failure> {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting {
            command,
            answer,
            since: Moment::now(),
        };
        self.0.sender.try_send(waiting).map_err(|_| StoreError::Busy)?;
        Inner::begin(&self.0);
        received(answered).await
    }
}

impl<C: Command> Inner<C> {
    /// Sends a batch on its way where one may go and something waits.
    fn begin(inner: &Arc<Self>) {
        let may_go = |underway: usize| (underway < inner.most).then_some(underway + 1);
        if !inner.receiver.is_empty()
            && inner
                .underway
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, may_go)
                .is_ok()
        {
            inner.store.submit_writing(Box::new(Batch {
                inner: Arc::clone(inner),
                waiting: Vec::new(),
                answers: Vec::new(),
            }));
        }
    }

    fn take(&self) -> Vec<Waiting<C>> {
        let mut taken = Vec::new();
        while taken.len() < BATCH_LENGTH
            && let Ok(waiting) = self.receiver.try_recv()
        {
            if waiting.since.elapsed() > QUEUE_LIMIT {
                waiting.answer_with(Err(StoreError::Busy.into()));
            } else {
                taken.push(waiting);
            }
        }
        taken
    }
}

impl<C: Command> Waiting<C> {
    fn answer_with(self, result: Result<C::Answer, Failure>) {
        // What the command held, an idempotency key above all, is let go before its caller can call again.
        drop(self.command);
        // The caller may have gone; the work is done all the same.
        let _ = self.answer.send(result);
    }

    fn run_alone(self, store: &Store) {
        let command = self.command;
        store.begin_write(C::NAME, move |connection| command.alone(connection), self.answer);
    }
}

struct Batch<C: Command> {
    inner: Arc<Inner<C>>,
    waiting: Vec<Waiting<C>>,
    answers: Vec<Together<C::Answer>>,
}

impl<C: Command> Job for Batch<C> {
    fn run(&mut self, connection: &mut Connection) -> bool {
        self.waiting = self.inner.take();
        if self.waiting.is_empty() {
            return true;
        }
        let commands: Vec<&C> = self.waiting.iter().map(|waiting| &waiting.command).collect();
        let begun = Moment::now();
        let outcome = if connection.is_postgres() {
            together_in_transaction(connection, &commands)
        } else {
            C::together(connection, &commands).map_err(Broken::Before)
        };
        match outcome {
            Ok(answers) => {
                let failed = answers.iter().filter(|answer| matches!(answer, Some(Err(_)))).count();
                let done = answers.iter().flatten().count();
                self.inner
                    .store
                    .count(C::NAME, count(done), count(failed), begun.elapsed());
                self.answers = answers;
                true
            }
            Err(Broken::Before(error)) => {
                log::warn!("a batch of {} is run one by one: {error}", C::NAME);
                false
            }
            Err(Broken::AtCommit(error)) => {
                // It may have been committed all the same: to run it again would tell its own callers that they were
                // too late.
                self.answers = commands.iter().map(|_| Some(Err(error.again().into()))).collect();
                false
            }
        }
    }

    fn finish(self: Box<Self>, fate: Result<(), StoreError>) {
        let Self {
            inner,
            waiting,
            answers,
        } = *self;
        match fate {
            Ok(()) => {
                let answers = answers.into_iter().chain(std::iter::repeat_with(|| None));
                for (waiting, answer) in waiting.into_iter().zip(answers) {
                    match answer {
                        Some(result) => waiting.answer_with(result),
                        None => waiting.run_alone(&inner.store),
                    }
                }
            }
            Err(error) => {
                // A batch that was never begun speaks for those who still wait for one.
                let waiting = if waiting.is_empty() { inner.take() } else { waiting };
                for waiting in waiting {
                    waiting.answer_with(Err(error.again().into()));
                }
            }
        }
        inner.underway.fetch_sub(1, Ordering::SeqCst);
        Inner::begin(&inner);
    }
}

/// Where a batch failed.
enum Broken {
    /// Nothing of it can have been kept.
    Before(StoreError),
    /// Nobody knows.
    AtCommit(StoreError),
}

fn together_in_transaction<C: Command>(
    connection: &mut Connection,
    commands: &[&C],
) -> Result<Vec<Together<C::Answer>>, Broken> {
    connection.begin_write().map_err(|error| Broken::Before(error.into()))?;
    match C::together(connection, commands) {
        Ok(answers) => {
            connection.commit().map_err(|error| Broken::AtCommit(error.into()))?;
            Ok(answers)
        }
        Err(error) => {
            // The first error says what happened; a failed rollback breaks the connection, which is then replaced.
            let _ = connection.roll_back();
            Err(Broken::Before(error))
        }
    }
}

fn count(commands: usize) -> u64 {
    u64::try_from(commands).unwrap_or(u64::MAX)
}
