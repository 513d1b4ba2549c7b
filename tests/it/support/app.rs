//! The service as a test sees it: a real server on a port of its own, over its own database, with a clock that stands.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use major_hazards::config::Config;
use major_hazards::law::policy::Policy;
use major_hazards::server::{self, Running};
use major_hazards::store::{Connection, DatabaseUrl, ObjectsUrl};
use major_hazards::values::{Clock, Secret};
use major_hazards::web::limits::Limits;
use major_hazards::web::tokens::TokenSettings;

use super::books::Books;
use super::caller::{AUDIENCE, ISSUER, SECRET};
use super::database::Database;

/// When the tests play: nine o'clock on a Monday in Shanghai, with no holiday near.
pub const NOW: &str = "2026-11-09T01:00:00.000000Z";

/// Processes over one database follow each other; each gets numbers of its own, and none those of the tests' own service.
fn block_of_numbers() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(10_000);
    NEXT.fetch_add(1000, Ordering::Relaxed)
}

/// A running service. Cloning shares it.
#[derive(Clone)]
pub struct App(Rc<Inner>);

struct Inner {
    clock: Clock,
    policy: Arc<Policy>,
    client: reqwest::Client,
    address: String,
    running: RefCell<Option<Running>>,
    numbers: Cell<u32>,
    // Dropped last: the service is over before its database is.
    database: Rc<Database>,
}

impl App {
    /// Starts a service over a database.
    pub async fn start(database: Database) -> Self {
        let clock = Clock::standing_at(NOW.parse().expect("a moment"));
        Self::node(Rc::new(database), clock).await
    }

    /// Starts a service over a database that was in use before.
    pub async fn over(database: Rc<Database>, clock: Clock) -> Self {
        let node = Self::node(database, clock).await;
        node.0.numbers.set(block_of_numbers());
        node
    }

    /// A copy of the database; the service must have stopped.
    pub fn database_as_it_stands(&self) -> Database {
        assert!(self.0.running.borrow().is_none(), "the service still writes");
        self.0.database.copy()
    }

    /// Starts another node over the same database, with the same clock.
    pub async fn another_node(&self) -> Self {
        let node = Self::node(Rc::clone(&self.0.database), self.clock()).await;
        node.0.numbers.set(self.0.numbers.get() + 1000);
        node
    }

    /// Starts another node over the same database, whose clock stands so many days ago.
    pub async fn node_days_ago(&self, days: i64) -> Self {
        let then = Clock::standing_at(self.clock().now().plus_seconds(-days * 86_400));
        let node = Self::node(Rc::clone(&self.0.database), then).await;
        node.0.numbers.set(block_of_numbers());
        node
    }

    /// Starts another node over the same database, with the same clock, under a policy of its own.
    pub async fn node_under(&self, policy: Policy) -> Self {
        let node = Self::node_of(Rc::clone(&self.0.database), self.clock(), policy).await;
        node.0.numbers.set(block_of_numbers());
        node
    }

    /// Starts another node over the same database, with the same clock, whose webhooks reach these ranges besides the public
    /// internet.
    pub async fn node_reaching(&self, ranges: &[&str]) -> Self {
        let mut config = config(&self.0.database, Arc::new(embedded()));
        config.webhook_ranges = ranges.iter().map(|range| range.parse().expect("a range")).collect();
        let node = Self::started(Rc::clone(&self.0.database), self.clock(), config).await;
        node.0.numbers.set(block_of_numbers());
        node
    }

    /// Starts another node over the same database, with the same clock, whose requests may take no longer than that.
    pub async fn node_in_haste(&self, request_time: Duration) -> Self {
        let mut config = config(&self.0.database, Arc::new(embedded()));
        config.limits.request_time = request_time;
        config.limits.upload_time = request_time;
        let node = Self::started(Rc::clone(&self.0.database), self.clock(), config).await;
        node.0.numbers.set(block_of_numbers());
        node
    }

    async fn node(database: Rc<Database>, clock: Clock) -> Self {
        Self::node_of(database, clock, embedded()).await
    }

    async fn node_of(database: Rc<Database>, clock: Clock, policy: Policy) -> Self {
        let config = config(&database, Arc::new(policy));
        Self::started(database, clock, config).await
    }

    async fn started(database: Rc<Database>, clock: Clock, config: Config) -> Self {
        let policy = Arc::clone(&config.policy);
        let running = server::start(config, clock.clone()).await.expect("the service starts");
        Self(Rc::new(Inner {
            clock,
            policy,
            client: reqwest::Client::builder().no_proxy().build().expect("a client"),
            address: format!("http://{}", running.address()),
            running: RefCell::new(Some(running)),
            numbers: Cell::new(1),
            database,
        }))
    }

    /// The service of another process over the same database, which the caller starts and ends.
    pub fn elsewhere(database: Rc<Database>, address: String) -> Self {
        Self(Rc::new(Inner {
            clock: Clock::system(),
            policy: Arc::new(embedded()),
            client: reqwest::Client::builder().no_proxy().build().expect("a client"),
            address,
            running: RefCell::new(None),
            numbers: Cell::new(block_of_numbers()),
            database,
        }))
    }

    /// Stops the service and waits until it has finished what it accepted.
    pub async fn stop(&self) {
        let running = self.0.running.borrow_mut().take();
        if let Some(running) = running {
            running.stop().await;
        }
    }

    /// Fails unless all that is on record adds up.
    pub fn check_books(&self) {
        let books = self.read_store(Books::read).expect("the books are read");
        let faults = books.faults();
        assert!(faults.is_empty(), "the books do not add up:\n{}", faults.join("\n"));
    }

    /// The clock of the service; a test may move it.
    pub fn clock(&self) -> Clock {
        self.0.clock.clone()
    }

    /// A connection to the database behind the service's back.
    pub fn connect(&self) -> Connection {
        let url = self.0.database.parsed_url();
        url.connect().expect("a test's database is there")
    }

    /// Looks at the database behind the service's back.
    pub fn read_store<T, E>(&self, look: impl FnOnce(&mut Connection) -> Result<T, E>) -> Result<T, E> {
        look(&mut self.connect())
    }

    /// The database, with the folder beside it.
    pub(super) fn database(&self) -> &Database {
        &self.0.database
    }

    /// Where the database is.
    pub fn database_url(&self) -> DatabaseUrl {
        self.0.database.parsed_url()
    }

    /// The whole address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.0.address)
    }

    /// A number that this test has not used.
    pub fn next(&self) -> u32 {
        let number = self.0.numbers.get();
        self.0.numbers.set(number + 1);
        number
    }

    /// How many objects the store of attachments holds.
    pub fn stored_objects(&self) -> usize {
        self.object_names().len()
    }

    /// Names of the objects that the store of attachments holds, without the bars between folders: digests, mostly.
    pub fn object_names(&self) -> Vec<String> {
        let mut names = Vec::new();
        collect_names(&self.objects(), "", &mut names);
        names
    }

    /// The folder of the keys of tips.
    pub fn tip_keys(&self) -> PathBuf {
        tip_keys(&self.0.database)
    }

    /// The file of the keys of the log.
    pub fn log_key(&self) -> PathBuf {
        log_key(&self.0.database)
    }

    /// The folder of the store of attachments.
    pub fn objects(&self) -> PathBuf {
        objects(&self.0.database)
    }

    /// The policy that the service runs under.
    pub(super) fn policy(&self) -> &Policy {
        &self.0.policy
    }

    pub(super) fn client(&self) -> &reqwest::Client {
        &self.0.client
    }
}

/// The policy that is built in.
pub fn embedded() -> Policy {
    Policy::embedded().expect("the embedded policy is right")
}

fn config(database: &Database, policy: Arc<Policy>) -> Config {
    let objects = objects(database);
    std::fs::create_dir_all(&objects).expect("a folder for objects");
    Config {
        bind: "127.0.0.1:0".parse().expect("an address"),
        database: database.parsed_url(),
        objects: ObjectsUrl::Folder(objects),
        tokens: TokenSettings {
            secret: Some(Secret::new(SECRET.as_bytes().to_vec())),
            jwks: None,
            issuer: Some(ISSUER.to_owned()),
            audience: Some(AUDIENCE.to_owned()),
        },
        jwks: None,
        development: false,
        policy,
        tip_keys: tip_keys(database),
        log_key: log_key(database),
        // The tests come from where they say that they come from.
        trusted_proxies: vec!["127.0.0.0/8".parse().expect("a range")],
        limits: Limits::default(),
        // The receivers of the tests listen on this machine.
        webhook_ranges: vec!["127.0.0.1/32".parse().expect("a range")],
    }
}

fn objects(database: &Database) -> PathBuf {
    database.folder().join("objects")
}

fn log_key(database: &Database) -> PathBuf {
    database.folder().join("log-key")
}

fn tip_keys(database: &Database) -> PathBuf {
    database.folder().join("tip-keys")
}

fn collect_names(folder: &std::path::Path, before: &str, names: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let entry = entry.expect("a folder is read");
        let name = format!("{before}{}", entry.file_name().display());
        if entry.path().is_dir() {
            collect_names(&entry.path(), &name, names);
        } else {
            names.push(name);
        }
    }
}
