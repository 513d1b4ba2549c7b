//! The command line: one binary, one command for each thing that an operator does.
//!
//! Exit codes: 0 when it went well, 1 when it did not, 2 when a setting or an argument is wrong. What a command answers
//! goes to standard output, everything else to standard error. To add a command, add its variant to [`Command`].

mod check;
mod first_screen;
mod policy;
mod token;
mod verify;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Config, ConfigFault, Settings};
use crate::store::{StoreError, migrate};
use crate::tips::{self, Desk, Lost, Rotated, Vault};
use crate::transparency::{self, PublicKey};
use crate::values::Clock;
use crate::{api, logging, sample, server};

/// A ledger of major accident hazards (重大事故隐患), from report through supervision to sign-off.
#[derive(Debug, Parser)]
#[command(
    name = "major-hazards",
    version,
    after_help = "On an empty folder `major-hazards` needs no settings: it makes an embedded SQLite store and a \
                  development secret below `data/`, and prints a ready `curl` for each role.\n\n\
                  Exit codes: 0 it went well, 1 it did not, 2 a setting or an argument is wrong."
)]
pub struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What there is to do; `serve` when nothing is said.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the API until SIGTERM or SIGINT, then finish what was accepted [default]
    Serve,
    /// Apply the migrations that the database lacks; `serve` does so by itself
    Migrate {
        /// Take the newest migration back instead
        #[arg(long)]
        revert: bool,
    },
    /// Print a token for a role, signed with the HS256 secret
    Token(token::Options),
    /// Print the OpenAPI document
    Openapi,
    /// Load sample data: a street with its authorities, units and hazards in every state
    Sample,
    /// Print the policy in force as TOML, with its source, version and digest
    Policy,
    /// Give the folder of tip keys another master key; safe while nodes serve, and to begin again
    RotateKeys {
        /// The folder of the database is lost for good: make a new one. What was told until then stays unreadable
        #[arg(long)]
        give_up_lost: bool,
    },
    /// Print another private key for the log; add the line to the file of `HAZARDS_LOG_KEY` on every node
    LogKey,
    /// Hold every event, row, entry of the log and piece of evidence against the others, and name what differs
    Verify(verify::Options),
    /// Read configuration, policy, database, object store and tip keys, and say what is wrong
    Check,
}

/// How a command ends when it does not end well.
#[derive(Debug)]
enum Ending {
    /// Settings are wrong: every fault.
    Settings(Vec<ConfigFault>),
    /// It failed, and why.
    Failed(String),
}

impl From<Vec<ConfigFault>> for Ending {
    fn from(faults: Vec<ConfigFault>) -> Self {
        Self::Settings(faults)
    }
}

impl From<StoreError> for Ending {
    fn from(error: StoreError) -> Self {
        Self::Failed(server::StartError::from(error).to_string())
    }
}

/// Reads the arguments, does what they say, and returns the exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let ending = match logging::Format::parse(&cli.settings.log_format) {
        Some(format) => {
            logging::start(format, &cli.settings.log);
            run(&cli.settings, cli.command.unwrap_or(Command::Serve))
        }
        None => Err(Ending::Settings(vec![ConfigFault {
            setting: "HAZARDS_LOG_FORMAT",
            reason: format!("`{}` is no format; write `text` or `json`", cli.settings.log_format),
        }])),
    };
    let (code, lines) = match ending {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Ending::Settings(faults)) => (2, faults.iter().map(ToString::to_string).collect()),
        Err(Ending::Failed(reason)) => (1, vec![reason]),
    };
    for line in lines {
        // Nobody is left to tell when standard error is closed.
        let _ = writeln!(std::io::stderr(), "error: {line}");
    }
    ExitCode::from(code)
}

fn run(settings: &Settings, command: Command) -> Result<(), Ending> {
    let clock = Clock::system();
    match command {
        Command::Serve => blocking(serve(Config::read(settings, &clock)?, settings, clock)),
        Command::Migrate { revert } => migrate(settings, revert),
        Command::Token(options) => {
            let token = options.mint(settings, &clock)?;
            say(&token)
        }
        Command::Openapi => {
            let document = api::openapi_json().map_err(|error| Ending::Failed(error.to_string()))?;
            say(&document)
        }
        Command::Sample => blocking(load_sample(Config::read(settings, &clock)?, clock)),
        Command::Policy => say(&policy::text(&settings.policy()?)),
        Command::RotateKeys { give_up_lost: false } => rotate_keys(settings, &clock),
        Command::RotateKeys { give_up_lost: true } => blocking(replace_keys(Config::read(settings, &clock)?, clock)),
        Command::LogKey => say(&another_log_key(settings, &clock)?),
        Command::Verify(options) => blocking(verify::run(Config::read(settings, &clock)?, options)),
        Command::Check => blocking(check::run(Config::read(settings, &clock)?, clock)),
    }
}

/// Runs a future on the runtime that the server needs as well.
fn blocking<T>(future: impl Future<Output = T>) -> T {
    actix_web::rt::System::new().block_on(future)
}

async fn serve(config: Config, settings: &Settings, clock: Clock) -> Result<(), Ending> {
    if config.development {
        log::warn!(
            "no HAZARDS_JWT_SECRET and no HAZARDS_JWT_JWKS: tokens are signed with the development secret in `{}`",
            settings.data_dir.join("jwt-secret").display()
        );
    }
    let app = server::prepare(&config, clock).await.map_err(failed)?;
    let desk = server::open_desk(&config, &app).await.map_err(failed)?;
    let log = server::open_log(&config, &app).await.map_err(failed)?;
    let running = server::serve(&config, app.clone(), desk, log).map_err(failed)?;
    log::info!("listening on http://{}", running.address());
    if config.development {
        let screen = first_screen::text(&app, running.address(), settings)
            .await
            .map_err(failed)?;
        say(&screen)?;
    }
    running.wait().await.map_err(failed)
}

fn migrate(settings: &Settings, revert: bool) -> Result<(), Ending> {
    let url = settings.database()?;
    let mut connection = url.connect()?;
    let (verb, steps) = if revert {
        ("reverted", migrate::revert_last(&mut connection)?.into_iter().collect())
    } else {
        ("applied", migrate::apply(&mut connection)?)
    };
    if steps.is_empty() {
        return say("nothing to do");
    }
    steps.iter().try_for_each(|step| say(&format!("{verb} {step}")))
}

fn rotate_keys(settings: &Settings, clock: &Clock) -> Result<(), Ending> {
    let Rotated { keys, masters } = tips::rotate(&settings.tip_keys(), clock).map_err(failed)?;
    say(&format!(
        "sealed {keys} keys under a new master key and destroyed {masters} old ones"
    ))
}

/// A key under the name that the file gives the log.
fn another_log_key(settings: &Settings, clock: &Clock) -> Result<String, Ending> {
    let text = std::fs::read_to_string(settings.log_key()).map_err(failed)?;
    let keys = transparency::known_keys(&text).map_err(failed)?;
    let name = keys.first().map(PublicKey::name).unwrap_or_default();
    transparency::new_key(name, clock).map_err(failed)
}

async fn replace_keys(config: Config, clock: Clock) -> Result<(), Ending> {
    let app = server::prepare(&config, clock).await.map_err(failed)?;
    if Vault::is_at(&config.tip_keys) {
        let folder = config.tip_keys.display();
        return Err(Ending::Failed(format!(
            "there is a folder of keys at `{folder}`; nothing was changed"
        )));
    }
    let (store, clock, policy, objects) = (app.store, app.clock, app.policy, app.objects);
    let desk = Desk::open(store, clock, policy, objects, &config.tip_keys, Lost::GiveUp).await;
    desk.map_err(failed)?;
    say("a new folder of keys was made; tips that were told before cannot be read any more")
}

async fn load_sample(config: Config, clock: Clock) -> Result<(), Ending> {
    let app = server::prepare(&config, clock).await.map_err(failed)?;
    let loaded = sample::load(&app.store, &app.objects, &app.policy, app.clock.now())
        .await
        .map_err(failed)?;
    say(&format!(
        "loaded {} authorities, {} enterprises, {} hazards with {} events and {} inspections",
        loaded.authorities, loaded.enterprises, loaded.hazards, loaded.events, loaded.inspections
    ))
}

fn failed(error: impl std::fmt::Display) -> Ending {
    Ending::Failed(error.to_string())
}

/// Writes to standard output. Whoever closed it early has seen enough.
fn say(text: &str) -> Result<(), Ending> {
    match writeln!(std::io::stdout(), "{}", text.trim_end()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(failed(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn settings_may_stand_before_and_behind_the_command() {
        for arguments in [
            ["major-hazards", "--bind", "127.0.0.1:1", "check"],
            ["major-hazards", "check", "--bind", "127.0.0.1:1"],
        ] {
            assert_eq!(Cli::parse_from(arguments).settings.bind, "127.0.0.1:1");
        }
    }
}
