//! A database for each test: a copy of one that was migrated once in the run.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query};
use major_hazards::standards;
use major_hazards::store::{DatabaseUrl, migrate};
use major_hazards::values::Clock;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::cluster::{Cluster, cluster};
use super::hexadecimal;
use super::run::run;
use super::source::root;

/// The two databases that everything runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The embedded SQLite.
    Sqlite,
    /// PostgreSQL 15 or newer.
    Postgres,
}

/// A database that is gone when this is dropped, with a folder for files beside it.
pub struct Database {
    url: String,
    folder: TempDir,
    on_server: Option<(&'static Cluster, String)>,
}

impl Database {
    /// A migrated database of its own, or why there is none on that engine.
    pub fn migrated(engine: Engine) -> Result<Self, &'static str> {
        match engine {
            Engine::Sqlite => Ok(Self::sqlite(sqlite_template())),
            Engine::Postgres => Ok(Self::postgres(cluster()?, postgres_template()?)),
        }
    }

    /// As the store takes it.
    pub fn parsed_url(&self) -> DatabaseUrl {
        DatabaseUrl::parse(&self.url).expect("a test's address is right")
    }

    /// A folder of this test.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Another database that holds what this one holds, as a backup that is brought back. Nobody may be using this one.
    pub fn copy(&self) -> Self {
        if let Some((cluster, name)) = &self.on_server {
            // A session may outlive its client by a moment.
            let sessions = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
            command(cluster, &sessions);
            return Self::postgres(cluster, name);
        }
        let folder = TempDir::new_in(self.folder.path()).expect("a folder for the copy");
        let copy = folder.path().join("copy.db");
        let mut connection = self.parsed_url().connect().expect("a test's database is there");
        connection
            .batch_execute(&format!("VACUUM INTO '{}'", copy.display()))
            .expect("the database is copied");
        Self::sqlite(&copy)
    }

    fn sqlite(template: &PathBuf) -> Self {
        let folder = TempDir::new_in(run().folder()).expect("a folder for the test");
        let file = folder.path().join("hazards.db");
        std::fs::copy(template, &file).expect("the template is there");
        Self {
            url: format!("sqlite://{}", file.display()),
            folder,
            on_server: None,
        }
    }

    fn postgres(cluster: &'static Cluster, template: &str) -> Self {
        let name = fresh_name();
        command(cluster, &format!("CREATE DATABASE \"{name}\" TEMPLATE \"{template}\""));
        Self {
            url: cluster.url_of(&name),
            folder: TempDir::new_in(run().folder()).expect("a folder for the test"),
            on_server: Some((cluster, name)),
        }
    }
}

/// A copy of a folder with all that is in it.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder is read") {
        let entry = entry.expect("a folder is read");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a file is copied");
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some((cluster, name)) = &self.on_server {
            command(cluster, &format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)"));
        }
    }
}

/// A file that was prepared and closed, so that its log is folded into it and a copy is whole.
fn sqlite_template() -> &'static PathBuf {
    static TEMPLATE: OnceLock<PathBuf> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let file = run().folder().join("template.db");
        prepare_at(&format!("sqlite://{}", file.display()));
        file
    })
}

/// Named by what went into it, so that runs which share a server share it and leave one behind for each content.
fn postgres_template() -> Result<&'static str, &'static str> {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    let cluster = cluster()?;
    let template = TEMPLATE.get_or_init(|| {
        let name = format!("hazards_template_{}", content_digest());
        let mut connection = PgConnection::establish(cluster.admin_url())
            .unwrap_or_else(|error| panic!("{}: {error}", cluster.admin_url()));
        connection
            .batch_execute("SELECT pg_advisory_lock(20240603)")
            .expect("the lock is given");
        let known = sql_query("SELECT count(*) AS count FROM pg_database WHERE datname = $1")
            .bind::<Text, _>(&name)
            .get_result::<Count>(&mut connection)
            .expect("databases are listed");
        if known.count == 0 {
            let unfinished = fresh_name();
            command(cluster, &format!("CREATE DATABASE \"{unfinished}\" TEMPLATE template0"));
            prepare_at(&cluster.url_of(&unfinished));
            command(
                cluster,
                &format!("ALTER DATABASE \"{unfinished}\" RENAME TO \"{name}\""),
            );
        }
        name
    });
    Ok(template)
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn content_digest() -> String {
    let mut files = Vec::new();
    for step in std::fs::read_dir(root().join("migrations/postgres")).expect("the migrations are there") {
        files.push(step.expect("the migrations are read").path().join("up.sql"));
    }
    files.push(root().join("src/standards/catalogue.json"));
    files.sort();
    let mut digest = Sha256::new();
    for file in files {
        digest.update(std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display())));
    }
    hexadecimal(&digest.finalize()[..8])
}

fn prepare_at(url: &str) {
    let url = DatabaseUrl::parse(url).expect("a test's address is right");
    let mut connection = url.connect().expect("a test's database is there");
    migrate::apply(&mut connection).expect("migrations apply");
    // What the first start would write, so that the start of each test finds nothing to do.
    connection.begin_write().expect("a transaction");
    standards::ensure_catalogue(&mut connection, &Clock::system()).expect("the catalogue is put on record");
    connection.commit().expect("the catalogue stays");
}

/// Several runs may share one server.
fn fresh_name() -> String {
    format!("hazards_test_{}", Clock::system().random_id().simple())
}

fn command(cluster: &Cluster, sql: &str) {
    let mut connection =
        PgConnection::establish(cluster.admin_url()).unwrap_or_else(|error| panic!("{}: {error}", cluster.admin_url()));
    connection
        .batch_execute(sql)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}
