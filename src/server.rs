//! Starting, draining, stopping.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::dev::{ServerHandle, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::Data;
use actix_web::{App as ActixApp, Error, HttpServer};
use utoipa_actix_web::AppExt;

use crate::attachments::Darkroom;
use crate::background::Background;
use crate::batch::Door;
use crate::config::Config;
use crate::hazards::{self, ActCommand};
use crate::store::{Batches, CursorSeal, Failure, Store, StoreError, keyset, migrate};
use crate::tips::{Desk, Doors, Lost, VaultError};
use crate::transparency::{self, KeyError, LogError, LogKeys, Sequencer};
use crate::values::Clock;
use crate::web::app::App;
use crate::web::metrics::Metrics;
use crate::web::tokens::{KeySetError, Tokens};
use crate::web::turns::Turns;
use crate::web::{answers, limits, request_id};
use crate::{api, pages, standards};

/// How long a request that was accepted may still take when the service stops, in seconds.
const DRAIN_SECONDS: u64 = 30;
/// How long a client may take to send the head of a request.
const HEAD_LIMIT: Duration = Duration::from_secs(10);
/// How long connections are still accepted after SIGTERM, so that whoever asks `/readyz` learns to send nothing more.
const ANNOUNCED: Duration = Duration::from_secs(1);
/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database cannot be used.
    #[error("the database cannot be used (HAZARDS_DATABASE_URL): {0}")]
    Store(#[from] StoreError),
    /// The shipped catalogue of standards was refused.
    #[error("the catalogue of standards cannot be put on record: {0}")]
    Catalogue(String),
    /// The folder of attachments cannot be used.
    #[error("the object store cannot be used (HAZARDS_OBJECT_STORE): {0}")]
    Objects(#[from] object_store::Error),
    /// The key set cannot be used.
    #[error("the key set cannot be used (HAZARDS_JWT_JWKS): {0}")]
    Keys(#[from] KeySetError),
    /// The folder of tip keys cannot be used.
    #[error(
        "{0} (HAZARDS_TIP_KEYS); when it is lost for good, `major-hazards rotate-keys --give-up-lost` makes a new one"
    )]
    TipKeys(#[from] VaultError),
    /// The keys of the log cannot be used.
    #[error("{0} (HAZARDS_LOG_KEY)")]
    LogKey(#[from] KeyError),
    /// There is no randomness for a key.
    #[error("no randomness: {0}")]
    Randomness(String),
    /// The address cannot be listened on.
    #[error("cannot listen (HAZARDS_BIND): {0}")]
    Listen(#[from] io::Error),
}

/// A running service.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    handle: ServerHandle,
    draining: Arc<AtomicBool>,
    background: Background,
    finished: tokio::task::JoinHandle<io::Result<()>>,
}

/// Whether the service is about to stop; readiness says so before connections are refused.
#[derive(Debug, Clone, Default)]
pub struct Draining(pub Arc<AtomicBool>);

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops accepting, finishes what was accepted, and returns when that is done.
    pub async fn stop(self) {
        self.draining.store(true, Ordering::SeqCst);
        self.handle.stop(true).await;
        // What it ended with was told to the one who waited for it.
        let _ = self.finished.await;
        self.background.end().await;
    }

    /// Waits until a signal or an error ends it.
    ///
    /// # Errors
    /// When the server fails.
    pub async fn wait(self) -> io::Result<()> {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        let mut finished = self.finished;
        tokio::select! {
            ended = &mut finished => return ended.unwrap_or_else(|error| Err(io::Error::other(error))),
            _ = terminate.recv() => {
                self.draining.store(true, Ordering::SeqCst);
                tokio::time::sleep(ANNOUNCED).await;
            }
            interrupted = tokio::signal::ctrl_c() => interrupted?,
        }
        log::info!("stopping: finishing what was accepted");
        self.draining.store(true, Ordering::SeqCst);
        self.handle.stop(true).await;
        let ended = finished.await.unwrap_or_else(|error| Err(io::Error::other(error)));
        self.background.end().await;
        ended
    }
}

/// What handlers are given, over a database that is migrated and holds the catalogue.
///
/// # Errors
/// As [`start`].
pub async fn prepare(config: &Config, clock: Clock) -> Result<App, StartError> {
    let mut connection = config.database.connect()?;
    for step in migrate::apply(&mut connection)? {
        log::info!("migration applied: {step}");
    }
    drop(connection);
    let store = Store::open(&config.database)?;
    let now = clock.clone();
    store
        .write("ensure_catalogue", move |connection| {
            standards::ensure_catalogue(connection, &now)
        })
        .await
        .map_err(|failure| match failure {
            Failure::Store(error) => StartError::Store(error),
            Failure::Refusal(refusal) => StartError::Catalogue(format!("{refusal:?}")),
        })?;
    let policy = Arc::clone(&config.policy);
    store
        .write("adopt_policy", move |connection| {
            hazards::adopt_policy(connection, &policy)
        })
        .await?;
    let fresh = clock
        .random_bytes()
        .map_err(|error| StartError::Randomness(error.to_string()))?;
    let key = store
        .write("cursor_key", move |connection| keyset::shared_key(connection, fresh))
        .await?;
    Ok(App {
        store,
        clock,
        policy: Arc::clone(&config.policy),
        seal: Arc::new(CursorSeal::new(key)),
        tokens: Arc::new(Tokens::new(config.tokens.clone())?),
        objects: config.objects.open()?,
        limits: config.limits,
        webhook_ranges: config.webhook_ranges.as_slice().into(),
        trusted_proxies: Arc::new(config.trusted_proxies.clone()),
        in_flight: Arc::default(),
        exports: Arc::new(Turns::new(config.limits.exports_each, config.limits.exports_together)),
        metrics: Arc::new(Metrics::default()),
    })
}

/// Starts the service and returns when it accepts requests.
///
/// # Errors
/// What kept it from starting, with the setting to change.
pub async fn start(config: Config, clock: Clock) -> Result<Running, StartError> {
    let app = prepare(&config, clock).await?;
    let desk = open_desk(&config, &app).await?;
    let log = open_log(&config, &app).await?;
    serve(&config, app, desk, log)
}

/// Opens the desk of tips over a database that is prepared.
///
/// # Errors
/// When the folder of keys cannot be used, or is not that of the database.
pub async fn open_desk(config: &Config, app: &App) -> Result<Desk, StartError> {
    let desk = Desk::open(
        app.store.clone(),
        app.clock.clone(),
        Arc::clone(&app.policy),
        Arc::clone(&app.objects),
        &config.tip_keys,
        Lost::Keep,
    );
    Ok(desk.await?)
}

/// Opens the keys of the log over a database that is prepared.
///
/// # Errors
/// When they cannot be used, or are not those of the log of the database.
pub async fn open_log(config: &Config, app: &App) -> Result<Arc<LogKeys>, StartError> {
    let opened = transparency::open(&app.store, &config.log_key, &app.clock).await;
    opened.map_err(|error| match error {
        LogError::Keys(error) => StartError::LogKey(error),
        LogError::Store(error) => StartError::Store(error),
    })
}

/// Serves an [`App`] that was prepared.
///
/// # Errors
/// When the address cannot be listened on.
pub fn serve(config: &Config, app: App, tips: Desk, log: Arc<LogKeys>) -> Result<Running, StartError> {
    let draining = Draining::default();
    let flag = Arc::clone(&draining.0);
    let doors = Data::new(Doors::open(&app.clock)?);
    let background_tips = tips.clone();
    let sequencer = Sequencer::new(app.store.clone(), app.clock.clone(), Arc::clone(&log));
    let tips = Data::new(tips);
    let desk: Data<Batches<ActCommand>> = Data::new(Batches::new(app.store.clone()));
    let data = Data::new(app);
    let shared = Shared {
        app: data.clone(),
        desk,
        tips,
        doors,
        darkroom: Data::new(Darkroom::default()),
        log: Data::from(log),
        draining: Data::new(draining),
    };
    let server = HttpServer::new(move || {
        let within = shared.clone();
        let batches = Door::to(move || {
            let service = within.assembled();
            service
                .wrap(from_fn(limits::middleware))
                .wrap(from_fn(answers::middleware))
                .wrap(from_fn(request_id::middleware))
        });
        let service = shared.assembled().app_data(batches);
        service
            .wrap(from_fn(limits::middleware))
            .wrap(Compress::default())
            .wrap(from_fn(answers::middleware))
            .wrap(from_fn(request_id::middleware))
    })
    .workers(std::thread::available_parallelism().map_or(2, std::num::NonZero::get))
    .client_request_timeout(HEAD_LIMIT)
    .keep_alive(KEEP_ALIVE)
    .shutdown_timeout(DRAIN_SECONDS)
    .disable_signals()
    .bind(config.bind)?;
    let address = server
        .addrs()
        .first()
        .copied()
        .ok_or_else(|| io::Error::other("no address was bound"))?;
    let server = server.run();
    let handle = server.handle();
    Ok(Running {
        address,
        handle,
        draining: flag,
        background: Background::start(&data, background_tips, sequencer, config),
        finished: actix_web::rt::spawn(server),
    })
}

/// What the handlers of every worker share.
#[derive(Clone)]
struct Shared {
    app: Data<App>,
    desk: Data<Batches<ActCommand>>,
    tips: Data<Desk>,
    doors: Data<Doors>,
    darkroom: Data<Darkroom>,
    log: Data<LogKeys>,
    draining: Data<Draining>,
}

impl Shared {
    /// Every route over what they share, without the layers around them.
    fn assembled(
        &self,
    ) -> ActixApp<
        impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse, Error = Error, InitError = ()> + use<>,
    > {
        ActixApp::new()
            .app_data(self.app.clone())
            .app_data(self.desk.clone())
            .app_data(self.tips.clone())
            .app_data(self.doors.clone())
            .app_data(self.darkroom.clone())
            .app_data(self.log.clone())
            .app_data(self.draining.clone())
            .into_utoipa_app()
            .configure(api::configure)
            .map(|app| app.configure(pages::configure))
            .into_app()
    }
}
