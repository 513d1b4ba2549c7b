//! A real PostgreSQL for the tests: one that is named by `HAZARDS_TEST_POSTGRES_URL`, or a throwaway cluster made with
//! the server's own programs, once a run. It listens on a socket in the folder of the run and on nothing else.

use std::ffi::OsString;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use super::run::run;

/// Names a database in which `CREATE DATABASE` is allowed.
pub const VARIABLE: &str = "HAZARDS_TEST_POSTGRES_URL";

/// What durability costs is not what these tests look at.
const SETTINGS: &[&str] = &[
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "max_connections=400",
    "shared_buffers=64MB",
    "listen_addresses=",
    // In the folder of the cluster, so that nothing of it outlives the folder.
    "dynamic_shared_memory_type=mmap",
    "client_min_messages=warning",
];

/// A server that the tests may make databases in.
pub struct Cluster {
    url: String,
}

/// The server of this run, or why there is none.
pub fn cluster() -> Result<&'static Cluster, &'static str> {
    static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
    CLUSTER
        .get_or_init(|| match std::env::var(VARIABLE) {
            Ok(url) => Ok(Cluster { url }),
            Err(_) => start(),
        })
        .as_ref()
        .map_err(String::as_str)
}

impl Cluster {
    /// Address of the database in which others are made.
    pub fn admin_url(&self) -> &str {
        &self.url
    }

    /// Address of the database `name` on the same server.
    pub fn url_of(&self, name: &str) -> String {
        let (address, options) = match self.url.split_once('?') {
            Some((address, options)) => (address, format!("?{options}")),
            None => (self.url.as_str(), String::new()),
        };
        let server = match address.rsplit_once('/') {
            Some((server, _)) if server.contains("//") => server,
            _ => address,
        };
        format!("{}/{name}{options}", server.trim_end_matches('/'))
    }
}

fn start() -> Result<Cluster, String> {
    let programs = programs().ok_or_else(|| {
        format!("neither `initdb` and `pg_ctl` (in PATH or /usr/lib/postgresql/*/bin) nor `{VARIABLE}` was found")
    })?;
    let data = run().folder().join("cluster");
    std::fs::create_dir(&data).map_err(|error| format!("{}: {error}", data.display()))?;
    let owner = Owner::find(&data)?;
    owner.call(
        &programs.join("initdb"),
        // Text sorts by the rules of a language here, so that a column which forgot `COLLATE "C"` is found out.
        &[
            "--no-sync",
            "--auth=trust",
            "--username=hazards",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=icu",
            "--icu-locale=zh",
            "--pgdata",
        ],
        &data,
    )?;
    let socket = format!("unix_socket_directories={}", data.display());
    let settings: Vec<&str> = SETTINGS
        .iter()
        .copied()
        .chain([socket.as_str()])
        .flat_map(|one| ["-c", one])
        .collect();
    let settings = settings.join(" ");
    let log = data.join("log").display().to_string();
    owner.call(
        &programs.join("pg_ctl"),
        &["start", "-w", "-s", "-l", &log, "-o", &settings, "-D"],
        &data,
    )?;
    let folder = data.display().to_string().replace('/', "%2F");
    Ok(Cluster {
        url: format!("postgres://hazards@{folder}/postgres"),
    })
}

/// The folder of the newest server's programs.
fn programs() -> Option<PathBuf> {
    let search = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&search).collect();
    let mut installed: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    installed.sort();
    folders.extend(installed.into_iter().rev());
    folders
        .into_iter()
        .find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
}

/// Who runs the server: PostgreSQL refuses to run as root.
enum Owner {
    Ourselves,
    Postgres,
}

impl Owner {
    fn find(data: &Path) -> Result<Self, String> {
        if output(Command::new("id").arg("-u"))?.trim() != "0" {
            return Ok(Self::Ourselves);
        }
        let id = output(Command::new("id").args(["-u", "postgres"]))?;
        let id = id
            .trim()
            .parse()
            .map_err(|_| "there is no user `postgres` to run the server as".to_owned())?;
        chown(data, Some(id), None).map_err(|error| format!("{}: {error}", data.display()))?;
        Ok(Self::Postgres)
    }

    fn call(&self, program: &Path, arguments: &[&str], data: &Path) -> Result<String, String> {
        let mut command = match self {
            Self::Ourselves => Command::new(program),
            Self::Postgres => {
                let mut command = Command::new("runuser");
                command.args(["-u", "postgres", "--"]).arg(program);
                command
            }
        };
        output(
            command
                .args(arguments.iter().map(OsString::from))
                .arg(data)
                .current_dir("/"),
        )
    }
}

/// What a command prints that succeeds, or what went wrong.
fn output(command: &mut Command) -> Result<String, String> {
    let name = format!("{command:?}");
    let Output { status, stdout, stderr } = command.output().map_err(|error| format!("{name}: {error}"))?;
    if status.success() {
        Ok(String::from_utf8_lossy(&stdout).into_owned())
    } else {
        Err(format!("{name}: {status}: {}", String::from_utf8_lossy(&stderr)))
    }
}
