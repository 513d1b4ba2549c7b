//! Work that goes on beside the requests. Each task may be killed at any moment and is safe when several nodes run it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::Notify;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::attachments::{self, Dock};
use crate::config::Config;
use crate::hazards;
use crate::store::{Failure, ObjectsUrl, StoreError, replies};
use crate::subscriptions::{self, Courier, Gate, Taken};
use crate::tips::{self, Desk, Sweeper};
use crate::transparency::Sequencer;
use crate::values::Clock;
use crate::web::app::App;

/// How often kept replies and abandoned uploads are swept.
const SWEEP_EVERY: Duration = Duration::from_secs(3600);
/// How often somebody looks whether units have to be reminded. A day begins for all of them at once, at midnight, and what
/// a node that died had begun waits for this long at most.
const REMIND_EVERY: Duration = Duration::from_secs(2);
/// How long somebody who has done a part of much pauses before the next: on SQLite another process that waits for the lock
/// looks for it now and then, and would never find it free.
const BREATH: Duration = Duration::from_millis(25);
/// How often somebody looks for hazards whose days were computed under another policy.
const FOLLOW_EVERY: Duration = Duration::from_secs(5);
/// How often somebody looks for events that subscribers are to be told of.
const TELL_EVERY: Duration = Duration::from_millis(250);
/// How often somebody looks for events that are not in the log yet.
const LOG_EVERY: Duration = Duration::from_millis(250);
/// How often the key set's file is looked at: a key that was taken away must not be believed for long.
const KEYS_EVERY: Duration = Duration::from_secs(1);

/// The tasks of one service, until they are told to end.
#[derive(Debug)]
pub struct Background {
    tasks: TaskTracker,
    ending: CancellationToken,
}

impl Background {
    /// Starts every task.
    pub fn start(app: &App, desk: Desk, sequencer: Sequencer, config: &Config) -> Self {
        let tasks = TaskTracker::new();
        let ending = CancellationToken::new();
        tasks.spawn_local(sweep_now_and_then(app.clone(), ending.clone()));
        tasks.spawn_local(sweep_objects(app.clock.clone(), config.objects.clone(), ending.clone()));
        tasks.spawn_local(remind_units(app.clone(), ending.clone()));
        tasks.spawn_local(follow_policies(app.clone(), ending.clone()));
        tasks.spawn_local(tell_subscribers(app.clone(), tasks.clone(), ending.clone()));
        tasks.spawn_local(tend_tips(desk, ending.clone()));
        tasks.spawn_local(write_log(sequencer, ending.clone()));
        if let Some(path) = config.jwks.clone() {
            tasks.spawn_local(read_keys_again(app.clone(), path, ending.clone()));
        }
        tasks.close();
        Self { tasks, ending }
    }

    /// Begins nothing more, and returns when what was begun is done: whoever stopped the service finds a database that
    /// nobody writes to.
    pub async fn end(self) {
        self.ending.cancel();
        self.tasks.wait().await;
    }
}

/// True when the time has passed, false when the service ends before.
async fn passed(time: Duration, ending: &CancellationToken) -> bool {
    ending.run_until_cancelled(tokio::time::sleep(time)).await.is_some()
}

async fn sweep_now_and_then(app: App, ending: CancellationToken) {
    while passed(SWEEP_EVERY, &ending).await {
        let now = app.clock.now();
        let swept = app
            .store
            .write("sweep_replies", move |connection| replies::sweep(connection, now))
            .await;
        if let Err(error) = swept {
            log::warn!("sweeping kept replies failed: {error}");
        }
        let swept = app
            .store
            .write("sweep_messages", move |connection| {
                subscriptions::sweep(connection, now)
            })
            .await;
        if let Err(error) = swept {
            log::warn!("sweeping messages failed: {error}");
        }
        let dock = Dock::of(&app);
        match attachments::tend_uploads(&dock).await {
            Ok(0) => {}
            Ok(count) => log::info!("{count} uploads finished or removed"),
            Err(error) => log::warn!("tending uploads failed: {error}"),
        }
        match attachments::collect(&dock).await {
            Ok(0) => {}
            Ok(count) => log::info!("{count} pieces of evidence that nothing cites collected"),
            Err(error) => log::warn!("collecting evidence failed: {error}"),
        }
        match attachments::sweep(app.objects.as_ref(), now).await {
            Ok(0) => {}
            Ok(count) => log::info!("{count} abandoned uploads removed"),
            Err(error) => log::warn!("sweeping abandoned uploads failed: {error}"),
        }
    }
}

async fn sweep_objects(clock: Clock, objects: ObjectsUrl, ending: CancellationToken) {
    while passed(SWEEP_EVERY, &ending).await {
        let (objects, now) = (objects.clone(), clock.now());
        match tokio::task::spawn_blocking(move || objects.sweep(now)).await {
            Ok(Ok(0)) => {}
            Ok(Ok(count)) => log::info!("{count} files that were never whole removed"),
            Ok(Err(error)) => log::warn!("sweeping the object store failed: {error}"),
            Err(error) => log::warn!("sweeping the object store failed: {error}"),
        }
    }
}

async fn remind_units(app: App, ending: CancellationToken) {
    // At once after the start: nodes that live for less than the time between two looks would never remind anybody.
    loop {
        if let Err(error) = remind(&app, &ending).await {
            log::warn!("reminding units failed: {error}");
        }
        if !passed(REMIND_EVERY, &ending).await {
            return;
        }
    }
}

async fn follow_policies(app: App, ending: CancellationToken) {
    loop {
        if let Err(error) = follow_policy(&app, &ending).await {
            log::warn!("following the policy failed: {error}");
        }
        if !passed(FOLLOW_EVERY, &ending).await {
            return;
        }
    }
}

async fn tell_subscribers(app: App, tasks: TaskTracker, ending: CancellationToken) {
    let gate = Gate::opening(&app.webhook_ranges);
    let courier = Courier::new(app.store.clone(), app.clock.clone(), Arc::clone(&app.policy), gate);
    let has_room = Arc::new(Notify::new());
    let mut looks = tokio::time::interval(TELL_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = ending.cancelled() => return,
            _ = looks.tick() => match courier.make_messages().await {
                Ok(true) => looks.reset_immediately(),
                Ok(false) => {}
                Err(error) => log::warn!("making messages to subscribers failed: {error}"),
            },
            () = has_room.notified() => {}
        }
        match courier.take_due().await {
            Ok(round) => {
                app.metrics.set_messages_waiting(round.waiting_since, app.clock.now());
                for taken in round.taken {
                    tasks.spawn_local(send(app.clone(), courier.clone(), taken, Arc::clone(&has_room)));
                }
            }
            Err(error) => log::warn!("telling subscribers failed: {error}"),
        }
    }
}

/// Ends within the time that an attempt may take, and so before the service does.
async fn send(app: App, courier: Courier, taken: Taken, has_room: Arc<Notify>) {
    match courier.deliver(taken).await {
        Ok(outcome) => app.metrics.count_message(outcome.code()),
        Err(error) => log::warn!("a message to a subscriber is sent again: {error}"),
    }
    has_room.notify_one();
}

/// Takes what was committed into the log.
async fn write_log(sequencer: Sequencer, ending: CancellationToken) {
    loop {
        let pause = match sequencer.step().await {
            Ok(true) => BREATH,
            Ok(false) => LOG_EVERY,
            Err(error) => {
                log::warn!("writing the log failed: {error}");
                LOG_EVERY
            }
        };
        if !passed(pause, &ending).await {
            return;
        }
    }
}

/// Erases tips whose time is over, and sweeps what was left half made. The first sweep only looks.
async fn tend_tips(desk: Desk, ending: CancellationToken) {
    let mut sweeper = Sweeper::default();
    loop {
        match erase_all(&desk, &ending).await {
            Ok(0) => {}
            Ok(count) => log::info!("{count} tips erased"),
            Err(failure) => log::warn!("erasing tips failed: {failure:?}"),
        }
        match sweeper.sweep(&desk).await {
            Ok(0) => {}
            Ok(count) => log::info!("{count} things left over of tips removed"),
            Err(failure) => log::warn!("sweeping what is left over of tips failed: {failure:?}"),
        }
        if !passed(SWEEP_EVERY, &ending).await {
            return;
        }
    }
}

async fn erase_all(desk: &Desk, ending: &CancellationToken) -> Result<usize, Failure> {
    let mut erased = 0;
    while !ending.is_cancelled() {
        match tips::erase_due(desk).await? {
            0 => break,
            count => erased += count,
        }
    }
    Ok(erased)
}

async fn read_keys_again(app: App, path: PathBuf, ending: CancellationToken) {
    let mut seen = changed_at(&path);
    while passed(KEYS_EVERY, &ending).await {
        let changed = changed_at(&path);
        if changed != seen {
            seen = changed;
            reload(&app, &path);
        }
    }
}

async fn remind(app: &App, ending: &CancellationToken) -> Result<(), StoreError> {
    loop {
        let seed = app.random()?;
        let (policy, now) = (Arc::clone(&app.policy), app.clock.now());
        let looked_at = app
            .store
            .write("remind", move |connection| {
                hazards::remind(connection, &policy, now, seed)
            })
            .await?;
        if looked_at == 0 || !passed(BREATH, ending).await {
            break;
        }
    }
    Ok(())
}

async fn follow_policy(app: &App, ending: &CancellationToken) -> Result<(), StoreError> {
    loop {
        let seed = app.random()?;
        let (policy, now) = (Arc::clone(&app.policy), app.clock.now());
        let followed = app
            .store
            .write("follow_policy", move |connection| {
                hazards::follow_policy(connection, &policy, now, seed)
            })
            .await?;
        if followed == 0 || !passed(BREATH, ending).await {
            break;
        }
    }
    Ok(())
}

fn changed_at(path: &std::path::Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|file| file.modified()).ok()
}

fn reload(app: &App, path: &std::path::Path) {
    let read = std::fs::read_to_string(path)
        .map_err(|error| error.to_string())
        .and_then(|text| app.tokens.reload(&text).map_err(|error| error.to_string()));
    match read {
        Ok(()) => log::info!("the key set was read again"),
        Err(error) => log::warn!("the key set stays as it was (HAZARDS_JWT_JWKS): {error}"),
    }
}
