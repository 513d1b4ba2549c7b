//! An inspector's phone on the command line: records without a network and sends when there is one.
//!
//! ```text
//! export INSPECTOR_SERVER=http://127.0.0.1:8080 INSPECTOR_TOKEN=$(major-hazards token --role inspector --level street)
//! inspector sync                          units, lists of points to check and open hazards, for the way
//! inspector record inspection.json        see `phone/record.rs` for what is in it
//! inspector review 370303-2026-000001 --passed --reviewer 赵一:370303001 --reviewer 钱二:370303002 --findings …
//! inspector send                          as often as one likes
//! ```
//!
//! It is an example for those who make apps: what it does, and in which order, is what an app should do.

#![expect(
    clippy::indexing_slicing,
    reason = "a member that a JSON value does not have is null"
)]

mod phone;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use serde_json::Value;

use phone::{Draft, Entry, Inspector, Outcome, Patience, Phone, Reviewed, Sender, Service, Told, Trouble};

/// An inspector's phone
#[derive(Debug, Parser)]
struct Options {
    /// Where the phone keeps its data
    #[arg(long, env = "INSPECTOR_FOLDER", default_value = "inspector-data")]
    folder: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Learn what changed
    Sync(Line),
    /// Record an inspection
    Record {
        /// What was filled in, as JSON
        draft: PathBuf,
    },
    /// Record a review of a hazard
    Review {
        /// Id or number
        hazard: String,
        /// The hazard is gone
        #[arg(long)]
        passed: bool,
        /// The day on site, when it is not today
        #[arg(long)]
        reviewed_on: Option<String>,
        /// Who looked, as `name:certificate`; two at least
        #[arg(long = "reviewer", required = true)]
        reviewers: Vec<String>,
        /// What they saw
        #[arg(long)]
        findings: String,
        /// Until when it must be gone, where it is not
        #[arg(long)]
        due_on: Option<String>,
    },
    /// Send what was recorded
    Send(Line),
}

/// The way to the service.
#[derive(Debug, Args)]
struct Line {
    /// Where the service is
    #[arg(long, env = "INSPECTOR_SERVER", default_value = "http://127.0.0.1:8080")]
    server: String,
    /// Token of the inspector
    #[arg(long, env = "INSPECTOR_TOKEN", hide_env_values = true)]
    token: String,
}

fn main() -> Result<ExitCode, Trouble> {
    let options = Options::parse();
    let phone = Phone::open(&options.folder)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match options.command {
        Command::Sync(line) => say(&runtime.block_on(phone.sync(&line.open()?))?)?,
        Command::Record { draft } => {
            let draft: Draft = serde_json::from_slice(&std::fs::read(draft)?)?;
            say(&format!("recorded {}", phone.record(draft)?))?;
        }
        Command::Review {
            hazard,
            passed,
            reviewed_on,
            reviewers,
            findings,
            due_on,
        } => {
            let reviewed = Reviewed {
                passed,
                on: reviewed_on,
                reviewers: reviewers.iter().map(|text| Inspector::named(text)).collect(),
                findings,
                due_on,
            };
            phone.review(&hazard, &reviewed)?;
            say("recorded")?;
        }
        Command::Send(line) => return runtime.block_on(send(&phone, line.open()?)),
    }
    Ok(ExitCode::SUCCESS)
}

/// 0 when everything was taken, 1 when something waits or was refused.
async fn send(phone: &Phone, service: Service) -> Result<ExitCode, Trouble> {
    let queue = phone.queue()?;
    let (mut refused, mut unsaid) = (false, Ok(()));
    let tell = |told: Told| {
        let line = match &told {
            Told::Taken(entry) => format!("sent {}", name(entry)),
            Told::Parked(entry, answer) => format!("refused {}: {}", name(entry), reason(answer)),
        };
        refused |= matches!(told, Told::Parked(..));
        unsaid = say(&line);
    };
    let outcome = Sender::new(queue, service).drain(tell).await?;
    unsaid?;
    let last = match &outcome {
        Outcome::Empty => "nothing waits".to_owned(),
        Outcome::GaveUp(reason) => format!("the rest waits: {reason}"),
        Outcome::SignIn => "the rest waits: sign in again".to_owned(),
        Outcome::Busy => "it is being sent already".to_owned(),
    };
    say(&last)?;
    let all = outcome == Outcome::Empty && !refused;
    Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn name(entry: &Entry) -> String {
    match entry {
        Entry::Inspection(inspection) => format!("inspection {}", inspection.id),
        Entry::Action(action) => format!("{} of {}", action.name, action.hazard),
    }
}

/// Why, and where the hazard has moved on, what happened since.
fn reason(answer: &Value) -> String {
    let mut reason = answer["title"].as_str().unwrap_or("without a reason").to_owned();
    for event in answer["since"].as_array().into_iter().flatten() {
        let told = [&event["at"], &event["action"], &event["actor"]["name"]];
        let told: Vec<&str> = told.into_iter().filter_map(Value::as_str).collect();
        reason = format!("{reason}\n  since: {}", told.join(" "));
    }
    for differing in answer["differs"].as_array().into_iter().flatten() {
        reason = format!("{reason}\n  differs: {differing}");
    }
    reason
}

fn say(line: &str) -> Result<(), Trouble> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

impl Line {
    fn open(&self) -> Result<Service, Trouble> {
        Service::at(&self.server, &self.token, Patience::default())
    }
}
