//! Settings from the environment and the command line, read as a whole: every fault is told at once, each with the
//! setting to change.

use std::fs;
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use clap::Args;
use ipnet::IpNet;

use crate::law::policy::Policy;
use crate::store::{DatabaseUrl, ObjectsUrl};
use crate::values::{Clock, Secret};
use crate::web::limits::Limits;
use crate::web::tokens::{TokenSettings, Tokens};

/// The settings as they were given.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// Address and port to listen on.
    #[arg(long, env = "HAZARDS_BIND", default_value = "127.0.0.1:8080", global = true)]
    pub bind: String,
    /// `sqlite://path` or `postgres://user:password@host/database`.
    #[arg(
        long,
        env = "HAZARDS_DATABASE_URL",
        global = true,
        hide_env_values = true,
        value_name = "URL"
    )]
    pub database_url: Option<String>,
    /// Folder for secrets of the embedded default and for the local object store.
    #[arg(
        long,
        env = "HAZARDS_DATA_DIR",
        default_value = "data",
        global = true,
        value_name = "FOLDER"
    )]
    pub data_dir: PathBuf,
    /// `file://folder` or `s3://bucket/prefix`; the folder `objects` in the data folder when absent.
    #[arg(long, env = "HAZARDS_OBJECT_STORE", global = true, value_name = "URL")]
    pub object_store: Option<String>,
    /// Secret of HS256 tokens, 32 bytes or more.
    #[arg(
        long,
        env = "HAZARDS_JWT_SECRET",
        global = true,
        hide_env_values = true,
        value_name = "SECRET"
    )]
    pub jwt_secret: Option<String>,
    /// Path of a JSON Web Key Set for `EdDSA`, ES256 and RS256 tokens.
    #[arg(long, env = "HAZARDS_JWT_JWKS", global = true, value_name = "FILE")]
    pub jwt_jwks: Option<String>,
    /// What `iss` of a token must be.
    #[arg(long, env = "HAZARDS_JWT_ISSUER", global = true, value_name = "TEXT")]
    pub jwt_issuer: Option<String>,
    /// What `aud` of a token must name.
    #[arg(long, env = "HAZARDS_JWT_AUDIENCE", global = true, value_name = "TEXT")]
    pub jwt_audience: Option<String>,
    /// Ranges of addresses (CIDR) inside the closed network that webhooks may reach, separated by commas.
    #[arg(long, env = "HAZARDS_WEBHOOK_ALLOW", global = true, value_name = "RANGES")]
    pub webhook_allow: Option<String>,
    /// Path of a policy file (TOML); the built-in policy when absent.
    #[arg(long, env = "HAZARDS_POLICY", global = true, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Folder of the keys of tips; the folder `tip-keys` in the data folder when absent. Every node needs the same.
    #[arg(long, env = "HAZARDS_TIP_KEYS", global = true, value_name = "FOLDER")]
    pub tip_keys: Option<PathBuf>,
    /// File of the keys that sign for the log; the file `log-key` in the data folder when absent. Every node needs the same.
    #[arg(long, env = "HAZARDS_LOG_KEY", global = true, value_name = "FILE")]
    pub log_key: Option<PathBuf>,
    /// Addresses or CIDR ranges of proxies whose `Forwarded` or `X-Forwarded-For` is believed, separated by commas.
    #[arg(long, env = "HAZARDS_TRUSTED_PROXIES", global = true, value_name = "RANGES")]
    pub trusted_proxies: Option<String>,
    /// How much is logged: `error`, `warn`, `info`, `debug`, `trace`, also by module.
    #[arg(long, env = "RUST_LOG", default_value = "info", global = true, value_name = "FILTER")]
    pub log: String,
    /// How log lines are written: `text` or `json`.
    #[arg(
        long,
        env = "HAZARDS_LOG_FORMAT",
        default_value = "text",
        global = true,
        value_name = "FORMAT"
    )]
    pub log_format: String,
}

/// The settings, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen.
    pub bind: SocketAddr,
    /// The database.
    pub database: DatabaseUrl,
    /// Where the bytes of evidence are kept.
    pub objects: ObjectsUrl,
    /// Where tokens come from.
    pub tokens: TokenSettings,
    /// Path of the key set, to read it again when it changes.
    pub jwks: Option<PathBuf>,
    /// True when tokens are signed with a secret that this program made for itself.
    pub development: bool,
    /// The policy.
    pub policy: Arc<Policy>,
    /// Folder of the keys of tips.
    pub tip_keys: PathBuf,
    /// File of the keys that sign for the log.
    pub log_key: PathBuf,
    /// Proxies whose word on where a request comes from is taken.
    pub trusted_proxies: Vec<IpNet>,
    /// Bounds of a request.
    pub limits: Limits,
    /// Ranges of the closed network that webhooks may reach.
    pub webhook_ranges: Vec<IpNet>,
}

/// What is wrong with a setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {reason}")]
pub struct ConfigFault {
    /// The environment variable to change.
    pub setting: &'static str,
    /// What is wrong with it and what would be right.
    pub reason: String,
}

/// A policy and where it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyFile {
    /// The file; nothing for the built-in one.
    pub path: Option<PathBuf>,
    /// As it was read.
    pub text: String,
    /// What it says.
    pub policy: Policy,
}

/// Issuer of the tokens that the development secret signs.
pub const DEVELOPMENT_ISSUER: &str = "major-hazards";
/// Audience of the tokens that the development secret signs.
pub const DEVELOPMENT_AUDIENCE: &str = "major-hazards";
/// Shortest secret that is as hard to guess as what it signs with.
const SHORTEST_SECRET: usize = 32;

impl Settings {
    /// Where the database is, for a command that needs nothing else.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn database(&self) -> Result<DatabaseUrl, Vec<ConfigFault>> {
        let mut reader = Reader { faults: Vec::new() };
        reader.database(self).ok_or(reader.faults)
    }

    /// Where tokens come from, for a command that needs nothing else.
    ///
    /// # Errors
    /// Every fault of it.
    pub fn tokens(&self, clock: &Clock) -> Result<TokenSettings, Vec<ConfigFault>> {
        let mut reader = Reader { faults: Vec::new() };
        let database = reader.database(self);
        let tokens = reader.tokens(self, None, database.as_ref(), clock);
        tokens.filter(|_| reader.faults.is_empty()).ok_or(reader.faults)
    }

    /// The policy that the service would run under, for a command that needs nothing else.
    ///
    /// # Errors
    /// Every fault of it.
    pub fn policy(&self) -> Result<PolicyFile, Vec<ConfigFault>> {
        let mut reader = Reader { faults: Vec::new() };
        reader.policy(self).ok_or(reader.faults)
    }

    /// Where the keys of tips are, for a command that needs nothing else.
    pub fn tip_keys(&self) -> PathBuf {
        let given = self.tip_keys.as_ref().filter(|folder| !folder.as_os_str().is_empty());
        given.map_or_else(|| self.data_dir.join("tip-keys"), PathBuf::clone)
    }

    /// Where the keys of the log are, for a command that needs nothing else.
    pub fn log_key(&self) -> PathBuf {
        let given = self.log_key.as_ref().filter(|file| !file.as_os_str().is_empty());
        given.map_or_else(|| self.data_dir.join("log-key"), PathBuf::clone)
    }

    /// True when tokens are signed or verified with what the operator gave.
    fn has_external_tokens(&self) -> bool {
        given(self.jwt_secret.as_ref()).is_some() || given(self.jwt_jwks.as_ref()).is_some()
    }
}

/// A variable that is set to nothing is one that is not set.
fn given(value: Option<&String>) -> Option<&str> {
    value.map(String::as_str).filter(|text| !text.trim().is_empty())
}

impl Config {
    /// Checks the settings. Makes the data folder, and the development secret where no other source of tokens is set.
    ///
    /// # Errors
    /// Every fault of them.
    pub fn read(settings: &Settings, clock: &Clock) -> Result<Self, Vec<ConfigFault>> {
        let mut reader = Reader { faults: Vec::new() };
        let bind: Option<SocketAddr> = reader.keep(
            "HAZARDS_BIND",
            settings
                .bind
                .parse()
                .map_err(|_| format!("`{}` is no address and port; write `127.0.0.1:8080`", settings.bind)),
        );
        let database = reader.database(settings);
        let objects = reader.objects(settings);
        let file = reader.policy(settings);
        let webhook_ranges = reader.webhook_ranges(settings);
        let made = fs::create_dir_all(&settings.data_dir)
            .map_err(|error| format!("cannot make the folder `{}`: {error}", settings.data_dir.display()));
        reader.keep("HAZARDS_DATA_DIR", made);
        let tokens = reader.tokens(settings, bind, database.as_ref(), clock);
        let trusted_proxies = reader.keep(
            "HAZARDS_TRUSTED_PROXIES",
            ranges(given(settings.trusted_proxies.as_ref())),
        );
        match (bind, database, objects, file, tokens) {
            (Some(bind), Some(database), Some(objects), Some(file), Some(tokens)) if reader.faults.is_empty() => {
                Ok(Self {
                    bind,
                    database,
                    objects,
                    tokens,
                    jwks: given(settings.jwt_jwks.as_ref()).map(PathBuf::from),
                    development: !settings.has_external_tokens(),
                    policy: Arc::new(file.policy),
                    tip_keys: settings.tip_keys(),
                    log_key: settings.log_key(),
                    trusted_proxies: trusted_proxies.unwrap_or_default(),
                    limits: Limits::default(),
                    webhook_ranges,
                })
            }
            _ => Err(reader.faults),
        }
    }
}

struct Reader {
    faults: Vec<ConfigFault>,
}

impl Reader {
    fn keep<T>(&mut self, setting: &'static str, read: Result<T, String>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(reason) => {
                self.faults.push(ConfigFault { setting, reason });
                None
            }
        }
    }

    fn database(&mut self, settings: &Settings) -> Option<DatabaseUrl> {
        let default = format!("sqlite://{}", settings.data_dir.join("hazards.db").display());
        let text = given(settings.database_url.as_ref()).unwrap_or(&default);
        let url = self.keep("HAZARDS_DATABASE_URL", DatabaseUrl::parse(text))?;
        if let DatabaseUrl::Sqlite(path) = &url {
            let folder = Path::new(path).parent().unwrap_or(Path::new(""));
            self.folder("HAZARDS_DATABASE_URL", folder)?;
        }
        let encrypted = ["sslmode=require", "sslmode=verify-ca", "sslmode=verify-full"];
        if let DatabaseUrl::Postgres(text) = &url
            && !cfg!(feature = "postgres-tls")
            && encrypted.iter().any(|mode| text.contains(mode))
        {
            let reason = "this build cannot speak TLS to PostgreSQL; build with `--features postgres-tls`, or use \
                          `sslmode=disable` on a network that is safe without it";
            return self.keep("HAZARDS_DATABASE_URL", Err(reason.to_owned()));
        }
        Some(url)
    }

    fn objects(&mut self, settings: &Settings) -> Option<ObjectsUrl> {
        let url = match given(settings.object_store.as_ref()) {
            None => Ok(ObjectsUrl::Folder(settings.data_dir.join("objects"))),
            Some(text) => ObjectsUrl::parse(text),
        };
        let url = self.keep("HAZARDS_OBJECT_STORE", url)?;
        if let ObjectsUrl::Folder(folder) = &url {
            self.folder("HAZARDS_OBJECT_STORE", folder)?;
        }
        Some(url)
    }

    /// Makes a folder where there is none; the empty path is the present folder.
    fn folder(&mut self, setting: &'static str, folder: &Path) -> Option<()> {
        if folder.as_os_str().is_empty() {
            return Some(());
        }
        let made = fs::create_dir_all(folder)
            .map_err(|error| format!("cannot make the folder `{}`: {error}", folder.display()));
        self.keep(setting, made)
    }

    fn webhook_ranges(&mut self, settings: &Settings) -> Vec<IpNet> {
        let mut ranges = Vec::new();
        for text in given(settings.webhook_allow.as_ref())
            .into_iter()
            .flat_map(|list| list.split(','))
        {
            let range = text.trim().parse::<IpNet>().map_err(|_| {
                format!(
                    "`{}` is no range of addresses; write `10.3.0.0/16,fd00:1::/64`",
                    text.trim()
                )
            });
            ranges.extend(self.keep("HAZARDS_WEBHOOK_ALLOW", range));
        }
        ranges
    }

    fn policy(&mut self, settings: &Settings) -> Option<PolicyFile> {
        let path = settings.policy.as_ref().filter(|path| !path.as_os_str().is_empty());
        let text = match path {
            None => Policy::EMBEDDED.to_owned(),
            Some(path) => {
                let text =
                    fs::read_to_string(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()));
                self.keep("HAZARDS_POLICY", text)?
            }
        };
        match Policy::parse(&text) {
            Ok(policy) => Some(PolicyFile {
                path: path.cloned(),
                text,
                policy,
            }),
            Err(faults) => {
                for fault in faults {
                    self.keep::<()>("HAZARDS_POLICY", Err(fault.to_string()));
                }
                None
            }
        }
    }

    fn tokens(
        &mut self,
        settings: &Settings,
        bind: Option<SocketAddr>,
        database: Option<&DatabaseUrl>,
        clock: &Clock,
    ) -> Option<TokenSettings> {
        if settings.has_external_tokens() {
            Some(self.external_tokens(settings))
        } else {
            self.development_tokens(settings, bind, database, clock)
        }
    }

    fn external_tokens(&mut self, settings: &Settings) -> TokenSettings {
        for (setting, value) in [
            ("HAZARDS_JWT_ISSUER", settings.jwt_issuer.as_ref()),
            ("HAZARDS_JWT_AUDIENCE", settings.jwt_audience.as_ref()),
        ] {
            if given(value).is_none() {
                let reason = "required with HAZARDS_JWT_SECRET or HAZARDS_JWT_JWKS; write what the tokens hold";
                self.keep::<()>(setting, Err(reason.to_owned()));
            }
        }
        let secret = given(settings.jwt_secret.as_ref());
        if secret.is_some_and(|secret| secret.len() < SHORTEST_SECRET) {
            let reason = "shorter than 32 bytes; make one with `openssl rand -hex 32`";
            self.keep::<()>("HAZARDS_JWT_SECRET", Err(reason.to_owned()));
        }
        let jwks = given(settings.jwt_jwks.as_ref()).and_then(|source| self.keep("HAZARDS_JWT_JWKS", key_set(source)));
        TokenSettings {
            secret: secret.map(|secret| Secret::new(secret.as_bytes().to_vec())),
            jwks,
            issuer: given(settings.jwt_issuer.as_ref()).map(str::to_owned),
            audience: given(settings.jwt_audience.as_ref()).map(str::to_owned),
        }
    }

    /// Only for one machine: anyone on the network could read the sample tokens off the first screen of a neighbour,
    /// and nodes over one PostgreSQL would each make a secret of their own.
    fn development_tokens(
        &mut self,
        settings: &Settings,
        bind: Option<SocketAddr>,
        database: Option<&DatabaseUrl>,
        clock: &Clock,
    ) -> Option<TokenSettings> {
        let open = bind.is_some_and(|bind| !bind.ip().is_loopback());
        let shared = database.is_some_and(|url| !url.is_embedded());
        if open || shared {
            let when = if open {
                "HAZARDS_BIND is not a loopback address"
            } else {
                "the database is PostgreSQL"
            };
            let reason = format!("required when {when}; set it (32 bytes or more) or HAZARDS_JWT_JWKS");
            return self.keep("HAZARDS_JWT_SECRET", Err(reason));
        }
        self.folder("HAZARDS_DATA_DIR", &settings.data_dir)?;
        let secret = self.keep("HAZARDS_DATA_DIR", development_secret(&settings.data_dir, clock))?;
        let or_default = |value, default: &str| Some(given(value).unwrap_or(default).to_owned());
        Some(TokenSettings {
            secret: Some(Secret::new(secret.into_bytes())),
            jwks: None,
            issuer: or_default(settings.jwt_issuer.as_ref(), DEVELOPMENT_ISSUER),
            audience: or_default(settings.jwt_audience.as_ref(), DEVELOPMENT_AUDIENCE),
        })
    }
}

/// Ranges of addresses; an address alone is a range of one.
fn ranges(text: Option<&str>) -> Result<Vec<IpNet>, String> {
    let entries = text.into_iter().flat_map(|text| text.split(','));
    entries
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .map(|entry| {
            let range = entry.parse::<IpNet>().ok();
            let range = range.or_else(|| entry.parse::<IpAddr>().ok().map(IpNet::from));
            range.ok_or_else(|| format!("`{entry}` is no address and no range; write `10.0.0.0/8, 192.0.2.7`"))
        })
        .collect()
}

/// The text of a key set that can verify tokens.
fn key_set(source: &str) -> Result<String, String> {
    if source.starts_with("https://") || source.starts_with("http://") {
        return Err("an address is not supported yet; save the key set to a file and write its path".to_owned());
    }
    let text = fs::read_to_string(source).map_err(|error| format!("cannot read `{source}`: {error}"))?;
    let settings = TokenSettings {
        jwks: Some(text.clone()),
        ..TokenSettings::default()
    };
    match Tokens::new(settings) {
        Ok(_) => Ok(text),
        Err(error) => Err(format!("`{source}`: {error}")),
    }
}

/// The secret in the data folder, made at the first start and readable by its owner only.
fn development_secret(folder: &Path, clock: &Clock) -> Result<String, String> {
    let path = folder.join("jwt-secret");
    let failed =
        |error: &dyn std::fmt::Display| format!("cannot keep the development secret in `{}`: {error}", path.display());
    if let Ok(secret) = fs::read_to_string(&path)
        && secret.trim().len() >= SHORTEST_SECRET
    {
        return Ok(secret.trim().to_owned());
    }
    let bytes = clock.random_bytes::<32>().map_err(|error| failed(&error))?;
    let secret = STANDARD_NO_PAD.encode(bytes);
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)
        .map_err(|error| failed(&error))?;
    file.write_all(secret.as_bytes()).map_err(|error| failed(&error))?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn settings(folder: &Path) -> Settings {
        Settings {
            bind: "127.0.0.1:0".to_owned(),
            database_url: None,
            data_dir: folder.to_owned(),
            object_store: None,
            jwt_secret: None,
            jwt_jwks: None,
            jwt_issuer: None,
            jwt_audience: None,
            webhook_allow: None,
            policy: None,
            tip_keys: None,
            log_key: None,
            trusted_proxies: None,
            log: "info".to_owned(),
            log_format: "text".to_owned(),
        }
    }

    #[test]
    fn the_development_secret_is_kept_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let read = || Config::read(&settings(folder.path()), &Clock::system()).unwrap();
        let first = read().tokens.secret.unwrap().reveal().clone();
        assert_eq!(read().tokens.secret.unwrap().reveal(), &first);
        let mode = fs::metadata(folder.path().join("jwt-secret"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn every_fault_names_its_setting() {
        let folder = tempfile::tempdir().unwrap();
        let faults = Config::read(
            &Settings {
                bind: "everywhere".to_owned(),
                database_url: Some("mysql://x".to_owned()),
                object_store: Some("ftp://x".to_owned()),
                jwt_secret: Some("short".to_owned()),
                webhook_allow: Some("10.3.0.0/16, 10.4.0.0/33".to_owned()),
                policy: Some(folder.path().join("none.toml")),
                trusted_proxies: Some("10.0.0.0/8, everywhere".to_owned()),
                ..settings(folder.path())
            },
            &Clock::system(),
        )
        .unwrap_err();
        let named: Vec<_> = faults.iter().map(|fault| fault.setting).collect();
        for setting in [
            "HAZARDS_BIND",
            "HAZARDS_DATABASE_URL",
            "HAZARDS_OBJECT_STORE",
            "HAZARDS_JWT_SECRET",
            "HAZARDS_JWT_ISSUER",
            "HAZARDS_JWT_AUDIENCE",
            "HAZARDS_WEBHOOK_ALLOW",
            "HAZARDS_POLICY",
            "HAZARDS_TRUSTED_PROXIES",
        ] {
            assert!(named.contains(&setting), "{setting} in {named:?}");
        }
    }

    #[test]
    fn a_development_secret_never_serves_a_network() {
        let folder = tempfile::tempdir().unwrap();
        let open = Settings {
            bind: "0.0.0.0:8080".to_owned(),
            ..settings(folder.path())
        };
        let shared = Settings {
            database_url: Some("postgres://localhost/hazards".to_owned()),
            ..settings(folder.path())
        };
        for refused in [open, shared] {
            let faults = Config::read(&refused, &Clock::system()).unwrap_err();
            assert_eq!(faults[0].setting, "HAZARDS_JWT_SECRET");
            assert!(!folder.path().join("jwt-secret").exists());
        }
    }

    #[test]
    fn passwords_are_never_printed() {
        let folder = tempfile::tempdir().unwrap();
        for url in ["mysql://u:hunter2@h/d", "postgres://u:hunter2@h/d?sslmode=require"] {
            let wrong = Settings {
                database_url: Some(url.to_owned()),
                ..settings(folder.path())
            };
            let faults = Config::read(&wrong, &Clock::system()).unwrap_err();
            assert!(
                faults.iter().all(|fault| !fault.to_string().contains("hunter2")),
                "{faults:?}"
            );
        }
    }

    #[test]
    fn a_variable_that_is_empty_is_not_set() {
        let folder = tempfile::tempdir().unwrap();
        let empty = Settings {
            database_url: Some(String::new()),
            object_store: Some(String::new()),
            jwt_secret: Some(String::new()),
            jwt_jwks: Some(" ".to_owned()),
            webhook_allow: Some(String::new()),
            policy: Some(PathBuf::new()),
            ..settings(folder.path())
        };
        assert!(Config::read(&empty, &Clock::system()).unwrap().development);
    }
}
