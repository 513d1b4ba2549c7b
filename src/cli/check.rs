//! `check`: looks at everything that the service stands on, and changes none of it.
//!
//! Settings that are wrong never get here; they are told by the reader of the configuration. To look at another thing,
//! add its function to [`run`].

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use object_store::{ObjectStoreExt, PutPayload};

use super::{Ending, say};
use crate::config::Config;
use crate::hazards;
use crate::law::consumers::unconsumed;
use crate::law::lifecycle::TABLE;
use crate::store::{DatabaseUrl, StoreError, migrate};
use crate::subscriptions::{self, Standing};
use crate::tips::{self, KeyStanding, Vault, VaultError};
use crate::transparency::{self, LogKeys};
use crate::values::Clock;
use crate::web::tokens::Tokens;

/// What was found out about one thing.
enum Finding {
    /// It is in order.
    Fine(String),
    /// It works, but should be looked at.
    Notice(String),
    /// The service would not start, or would fail.
    Wrong(String),
}

/// Looks at everything and says what it found, one line each.
pub(super) async fn run(config: Config, clock: Clock) -> Result<(), Ending> {
    let findings = [
        ("settings", settings(&config)),
        ("tokens", tokens(&config)),
        ("policy", policy(&config, &clock)),
        ("ladder", ladder(&config)),
        ("notices", notices(&clock)),
        ("database", database(&config)),
        ("statistics", statistics(&config)),
        ("subscriptions", subscriptions(&config)),
        ("object store", objects(&config, &clock).await),
        ("tip keys", tip_keys(&config)),
        ("log", log(&config)),
    ];
    let mut wrong = 0;
    for (what, finding) in findings {
        let (mark, text) = match finding {
            Finding::Fine(text) => ("ok    ", text),
            Finding::Notice(text) => ("notice", text),
            Finding::Wrong(text) => {
                wrong += 1;
                ("WRONG ", text)
            }
        };
        say(&format!("{mark}  {what}: {text}"))?;
    }
    match wrong {
        0 => Ok(()),
        1 => Err(Ending::Failed("1 thing is wrong".to_owned())),
        more => Err(Ending::Failed(format!("{more} things are wrong"))),
    }
}

fn settings(config: &Config) -> Finding {
    if config.development {
        Finding::Notice(format!(
            "listens on {} with the development secret; set HAZARDS_JWT_SECRET or HAZARDS_JWT_JWKS for anything else",
            config.bind
        ))
    } else {
        Finding::Fine(format!("listens on {}", config.bind))
    }
}

fn tokens(config: &Config) -> Finding {
    match Tokens::new(config.tokens.clone()) {
        Ok(_) => Finding::Fine(match (&config.jwks, &config.tokens.secret) {
            (Some(path), None) => format!("key set `{}`", path.display()),
            (Some(path), Some(_)) => format!("key set `{}` and an HS256 secret", path.display()),
            (None, _) => "an HS256 secret".to_owned(),
        }),
        Err(error) => Finding::Wrong(format!("HAZARDS_JWT_JWKS: {error}")),
    }
}

fn policy(config: &Config, clock: &Clock) -> Finding {
    let year = clock.now().day().year();
    let version = config.policy.version();
    if config.policy.calendar().knows(year) {
        Finding::Fine(format!("version {version}"))
    } else {
        Finding::Notice(format!(
            "version {version} has no holidays of {year}, so only weekends do not count; add them to the file of HAZARDS_POLICY"
        ))
    }
}

/// Whether something acts on every rung, every reminder and every text of a notice.
fn ladder(config: &Config) -> Finding {
    let unconsumed = unconsumed(config.policy.ladder(), TABLE);
    if unconsumed.is_empty() {
        Finding::Fine("every rung can be climbed, every clock is started, every notice is served".to_owned())
    } else {
        Finding::Wrong(unconsumed.join("; "))
    }
}

fn notices(clock: &Clock) -> Finding {
    match hazards::check_notices(clock.now().day()) {
        Ok(()) => Finding::Fine("every template can be filled in".to_owned()),
        Err(fault) => Finding::Wrong(fault.to_string()),
    }
}

fn database(config: &Config) -> Finding {
    if let DatabaseUrl::Sqlite(path) = &config.database
        && !Path::new(path).exists()
    {
        return Finding::Notice(format!("`{path}` is not there yet; the first start makes it"));
    }
    let state = config
        .database
        .connect()
        .and_then(|mut connection| migrate::state(&mut connection));
    match state {
        Ok(state) if state.pending.is_empty() => Finding::Fine("reachable, every migration applied".to_owned()),
        Ok(state) => Finding::Notice(format!(
            "reachable, migrations pending: {}; `serve` and `migrate` apply them",
            state.pending.join(", ")
        )),
        Err(error @ StoreError::NewerSchema { .. }) => Finding::Wrong(format!(
            "{error}; run the newer program, or restore the backup from before its first start"
        )),
        Err(error) => Finding::Wrong(format!("HAZARDS_DATABASE_URL: {error}")),
    }
}

/// Counts every hazard again from its document and compares.
fn statistics(config: &Config) -> Finding {
    if matches!(&config.database, DatabaseUrl::Sqlite(path) if !Path::new(path).exists()) {
        return Finding::Fine("nothing to count yet".to_owned());
    }
    let counted = config.database.connect().and_then(|mut connection| {
        let migrated = migrate::state(&mut connection)?.pending.is_empty();
        migrated.then(|| hazards::recount(&mut connection)).transpose()
    });
    match counted {
        Ok(None) => Finding::Notice("not counted, migrations are pending".to_owned()),
        Ok(Some(recount)) => match recount.wrong.first() {
            None => Finding::Fine(format!("{} hazards counted again, all as kept", recount.hazards)),
            Some(first) => Finding::Wrong(format!(
                "of {} hazards {} are counted other than their rows say, {first} the first of them",
                recount.hazards,
                recount.wrong.len()
            )),
        },
        Err(error) => Finding::Wrong(format!("the hazards cannot be counted: {error}")),
    }
}

/// Whether somebody has to look after a subscriber.
fn subscriptions(config: &Config) -> Finding {
    if matches!(&config.database, DatabaseUrl::Sqlite(path) if !Path::new(path).exists()) {
        return Finding::Fine("nobody subscribes yet".to_owned());
    }
    let standing = config.database.connect().and_then(|mut connection| {
        let migrated = migrate::state(&mut connection)?.pending.is_empty();
        migrated.then(|| subscriptions::standing(&mut connection)).transpose()
    });
    match standing {
        Ok(None) => Finding::Notice("not looked at, migrations are pending".to_owned()),
        Ok(Some(Standing {
            all,
            failing: 0,
            still: 0,
        })) => Finding::Fine(format!(
            "{all} served; besides the public internet {} ranges may be reached",
            config.webhook_ranges.len()
        )),
        Ok(Some(Standing { all, failing, still })) => Finding::Notice(format!(
            "of {all} {failing} fail and {still} stand still; `GET /v1/subscriptions` tells an operator which and why"
        )),
        Err(error) => Finding::Wrong(format!("the subscriptions cannot be read: {error}")),
    }
}

/// Opens every key in the folder, and compares with the tips on record.
fn tip_keys(config: &Config) -> Finding {
    let folder = &config.tip_keys;
    if !Vault::is_at(folder) {
        return match named_in_database(config) {
            Ok(names) if names.is_empty() => Finding::Notice(format!(
                "`{}` is not there yet; the first start makes it",
                folder.display()
            )),
            Ok(names) => Finding::Wrong(format!(
                "HAZARDS_TIP_KEYS: {}, and {} tips need it",
                VaultError::Lost,
                names.len()
            )),
            Err(finding) => finding,
        };
    }
    let mode = fs::metadata(folder).map(|folder| folder.permissions().mode() & 0o777);
    if !mode.is_ok_and(|mode| mode == 0o700) {
        return Finding::Wrong(format!(
            "`{}` can be entered by others; `chmod 700` it",
            folder.display()
        ));
    }
    let names = match named_in_database(config) {
        Ok(names) => names,
        Err(finding) => return finding,
    };
    match opened(folder) {
        Err(error) => Finding::Wrong(format!("HAZARDS_TIP_KEYS: {error}")),
        Ok(keys) => match names.iter().filter(|name| !keys.contains(*name)).count() {
            0 => Finding::Fine(format!("{} keys, every tip has its own", keys.len())),
            missing => Finding::Wrong(format!(
                "the keys of {missing} tips are missing in `{}`",
                folder.display()
            )),
        },
    }
}

fn opened(folder: &Path) -> Result<BTreeSet<String>, VaultError> {
    let vault = Vault::open(folder)?;
    let mut names = BTreeSet::new();
    for standing in [KeyStanding::New, KeyStanding::Kept] {
        for name in vault.names(standing)? {
            vault.key(&name)?;
            names.insert(name.to_string());
        }
    }
    Ok(names)
}

fn named_in_database(config: &Config) -> Result<Vec<String>, Finding> {
    if matches!(&config.database, DatabaseUrl::Sqlite(path) if !Path::new(path).exists()) {
        return Ok(Vec::new());
    }
    let read = config.database.connect().and_then(|mut connection| {
        let migrated = migrate::state(&mut connection)?.pending.is_empty();
        migrated.then(|| tips::names_of_keys(&mut connection)).transpose()
    });
    match read {
        Ok(names) => Ok(names.unwrap_or_default()),
        Err(error) => Err(Finding::Wrong(format!("the tips cannot be read: {error}"))),
    }
}

/// Whether the keys of the log are those of the database; `verify` reads the log itself.
fn log(config: &Config) -> Finding {
    let named = if matches!(&config.database, DatabaseUrl::Sqlite(path) if !Path::new(path).exists()) {
        Ok(None)
    } else {
        config.database.connect().and_then(|mut connection| {
            let migrated = migrate::state(&mut connection)?.pending.is_empty();
            let named = migrated.then(|| transparency::origin(&mut connection)).transpose()?;
            Ok(named.flatten())
        })
    };
    let named = match named {
        Ok(Some(named)) => named,
        Ok(None) => return Finding::Notice("none was begun yet; the first start does it".to_owned()),
        Err(error) => return Finding::Wrong(format!("the log cannot be read: {error}")),
    };
    match LogKeys::of_log(&config.log_key, &named) {
        Ok(keys) => Finding::Fine(format!("`{named}`, {} keys are known", keys.known().len())),
        Err(error) => Finding::Wrong(format!("HAZARDS_LOG_KEY: {error}")),
    }
}

/// Writes something, reads it back and takes it away again.
async fn objects(config: &Config, clock: &Clock) -> Finding {
    let probed = async {
        let objects = config.objects.open()?;
        let path = object_store::path::Path::from(format!("incoming/check-{}", clock.random_id()));
        objects.put(&path, PutPayload::from_static(b"check")).await?;
        let read = objects.get(&path).await?.bytes().await;
        objects.delete(&path).await?;
        read
    };
    match probed.await {
        Ok(bytes) if bytes.as_ref() == b"check" => {
            Finding::Fine(format!("`{}` can be written and read", config.objects))
        }
        Ok(_) => Finding::Wrong("HAZARDS_OBJECT_STORE: what was written is not what is read".to_owned()),
        Err(error) => Finding::Wrong(format!("HAZARDS_OBJECT_STORE: {error}")),
    }
}
