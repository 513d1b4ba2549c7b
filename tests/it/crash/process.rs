//! The built program, started over a test's database and ended as a machine that loses power ends it.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};
use major_hazards::store::{Connection, DatabaseUrl};

use crate::support::app::App;
use crate::support::caller::{AUDIENCE, ISSUER, SECRET};
use crate::support::database::Database;

/// How long a start may take before it counts as one that never ends.
const START_LIMIT: Duration = Duration::from_secs(30);

/// A running service; it is killed when this is dropped.
pub struct Process {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
    ready_after: Duration,
    session: String,
    database: Rc<Database>,
    app: App,
}

impl Process {
    /// Starts the service and waits until it is ready.
    pub fn start(database: &Rc<Database>) -> Self {
        Self::start_with(database, |_| {})
    }

    /// Starts the service, with what `change` does to its command.
    pub fn start_with(database: &Rc<Database>, change: impl FnOnce(&mut Command)) -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let log = database.folder().join(format!("log-{number}"));
        let session = format!("test-{}-{number}", std::process::id());
        let mut command = Command::new(env!("CARGO_BIN_EXE_major-hazards"));
        command
            .env("HAZARDS_BIND", "127.0.0.1:0")
            .env("HAZARDS_DATABASE_URL", address_of(database, &session))
            .env("HAZARDS_DATA_DIR", database.folder())
            .env("HAZARDS_JWT_SECRET", SECRET)
            .env("HAZARDS_JWT_ISSUER", ISSUER)
            .env("HAZARDS_JWT_AUDIENCE", AUDIENCE)
            .env("HAZARDS_TRUSTED_PROXIES", "127.0.0.0/8")
            .env("RUST_LOG", "info")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).expect("a file for the log"));
        change(&mut command);
        let begun = Instant::now();
        let mut child = command.spawn().expect("the program is built");
        let address = loop {
            if let Some(address) = listening(&log) {
                break address;
            }
            let ended = child.try_wait().expect("a child is waited for");
            assert!(
                ended.is_none() && begun.elapsed() < START_LIMIT,
                "the service did not start ({ended:?}): {}",
                read(&log)
            );
            sleep(Duration::from_millis(2));
        };
        let mut process = Self {
            child,
            address,
            log,
            ready_after: Duration::ZERO,
            session,
            database: Rc::clone(database),
            app: App::elsewhere(Rc::clone(database), format!("http://{address}")),
        };
        while !is_ready(address) {
            assert!(begun.elapsed() < START_LIMIT, "never ready: {}", process.log());
            sleep(Duration::from_millis(2));
        }
        process.ready_after = begun.elapsed();
        process
    }

    /// The service for requests.
    pub fn app(&self) -> App {
        self.app.clone()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How long it took from the start to the first sign of readiness.
    pub fn ready_after(&self) -> Duration {
        self.ready_after
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        read(&self.log)
    }

    /// Fails when the process died or a thread of it panicked.
    pub fn assert_healthy(&mut self) {
        let ended = self.child.try_wait().expect("a child is waited for");
        let log = self.log();
        assert!(ended.is_none(), "the service ended with {ended:?}: {log}");
        assert!(!log.contains("panicked"), "{log}");
    }

    /// SIGKILL, at once; returns when the database has let go of what the process held.
    pub fn kill(&mut self) {
        self.end();
        let ended = Instant::now();
        while self.sessions() > 0 {
            assert!(ended.elapsed() < START_LIMIT, "sessions outlive their process");
            sleep(Duration::from_millis(1));
        }
    }

    /// How many of its sessions PostgreSQL still works for.
    fn sessions(&self) -> i64 {
        match self
            .database
            .parsed_url()
            .connect()
            .expect("a test's database is there")
        {
            Connection::Sqlite(_) => 0,
            Connection::Postgres(mut connection) => {
                sql_query("SELECT count(*) AS count FROM pg_stat_activity WHERE application_name = $1")
                    .bind::<Text, _>(&self.session)
                    .get_result::<Count>(&mut connection)
                    .expect("sessions are counted")
                    .count
            }
        }
    }

    fn end(&mut self) {
        // It may have ended by itself; what it did is judged by what it left behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// The address of a test's database as the settings take it; PostgreSQL knows the sessions by `session`.
fn address_of(database: &Database, session: &str) -> String {
    match database.parsed_url() {
        DatabaseUrl::Sqlite(path) => format!("sqlite://{path}"),
        DatabaseUrl::Postgres(url) => {
            let joint = if url.contains('?') { '&' } else { '?' };
            format!("{url}{joint}application_name={session}")
        }
    }
}

fn read(log: &PathBuf) -> String {
    String::from_utf8_lossy(&std::fs::read(log).unwrap_or_default()).into_owned()
}

fn listening(log: &PathBuf) -> Option<SocketAddr> {
    let text = read(log);
    let (_, after) = text.split_once("listening on http://")?;
    let (address, _) = after.split_once('\n')?;
    address.trim().parse().ok()
}

fn is_ready(address: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else {
        return false;
    };
    let mut answer = String::new();
    let asked = b"GET /readyz HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n";
    stream.write_all(asked).is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.starts_with("HTTP/1.1 200")
}
