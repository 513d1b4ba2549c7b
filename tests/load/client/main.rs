//! A client that performs actions as fast as they are accepted, and reads in between when it is told to.
//!
//! Each connection works on hazards of its own, so that no action meets another; it sends the version of the last answer
//! with the next action. It speaks HTTP by hand, because it shares the machine with what it measures. See
//! `tests/load/README.md`.

mod connection;
mod figures;

use std::cell::RefCell;
use std::error::Error;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant as Moment};

use clap::Parser;
use tokio::task::LocalSet;

use connection::Connection;
use figures::{Figures, Tally};

/// Whatever went wrong.
type Trouble = Box<dyn Error + Send + Sync>;

/// Performs actions on hazards and tells how many were accepted
#[derive(Debug, Clone, Parser)]
struct Options {
    /// Where the service listens
    #[arg(long, default_value = "127.0.0.1:8080")]
    address: SocketAddr,
    /// Token of an official who may remark
    #[arg(long)]
    token: String,
    /// Ids of hazards, one a line
    #[arg(long)]
    ids: PathBuf,
    /// Connections at once
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Seconds that are counted
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Seconds before them that are not
    #[arg(long, default_value_t = 1.0)]
    warm: f64,
    /// Of a hundred requests, how many are point reads
    #[arg(long, default_value_t = 0)]
    reads: u64,
    /// Send an `Idempotency-Key` with each action
    #[arg(long)]
    keys: bool,
    /// Connections that are kept open meanwhile and do nothing
    #[arg(long, default_value_t = 0)]
    idle: usize,
}

fn main() -> Result<(), Trouble> {
    let options = Options::parse();
    if !options.address.ip().is_loopback() {
        return Err("this only measures a service on the same machine".into());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let figures = runtime.block_on(LocalSet::new().run_until(run(options)))?;
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&figures)?)?;
    Ok(())
}

async fn run(options: Options) -> Result<Figures, Trouble> {
    let text = std::fs::read_to_string(&options.ids)?;
    let ids: Rc<Vec<String>> = Rc::new(text.lines().map(str::to_owned).collect());
    if ids.len() < options.connections {
        return Err(format!("{} connections need as many ids", options.connections).into());
    }
    let mut idle = Vec::new();
    for _ in 0..options.idle {
        let mut connection = Connection::open(options.address, &options.token).await?;
        connection.alive().await?;
        idle.push(connection);
    }
    let begin = Moment::now() + Duration::from_secs_f64(options.warm);
    let end = begin + Duration::from_secs_f64(options.seconds);
    let tally = Rc::new(RefCell::new(Tally::default()));
    let mut workers = Vec::new();
    for place in 0..options.connections {
        let (options, ids, tally) = (options.clone(), Rc::clone(&ids), Rc::clone(&tally));
        workers.push(tokio::task::spawn_local(async move {
            work(&options, &ids, place, (begin, end), &tally).await
        }));
    }
    for worker in workers {
        worker.await??;
    }
    let mut kept = 0;
    for connection in &mut idle {
        kept += usize::from(connection.alive().await.is_ok());
    }
    let tally = tally.take();
    Ok(tally.figures(options.seconds, (idle.len(), kept)))
}

async fn work(
    options: &Options,
    ids: &[String],
    place: usize,
    (begin, end): (Moment, Moment),
    tally: &RefCell<Tally>,
) -> Result<(), Trouble> {
    let own = ids.get(place).ok_or("an id is missing")?;
    let mut connection = Connection::open(options.address, &options.token).await?;
    let mut version = connection
        .read(own)
        .await?
        .version
        .ok_or("the first read has no version")?;
    let mut random = u64::try_from(place)?.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut sent: u64 = 0;
    loop {
        // Good enough to choose by (xorshift).
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let reading = random % 100 < options.reads;
        let asked = Moment::now();
        if asked >= end {
            return Ok(());
        }
        let answer = if reading {
            let other = usize::try_from(random >> 8)? % ids.len();
            connection.read(ids.get(other).ok_or("an id is missing")?).await?
        } else {
            sent += 1;
            let key = options
                .keys
                .then(|| format!("load-{}-{place}-{sent}", std::process::id()));
            connection.remark(own, version, key.as_deref()).await?
        };
        let took = asked.elapsed();
        tally.borrow_mut().sent();
        if asked >= begin {
            tally.borrow_mut().count(reading, answer.status, took);
        }
        if !reading {
            version = match answer.version.filter(|_| answer.status == 200) {
                Some(version) => version,
                None => connection.read(own).await?.version.ok_or("a hazard has no version")?,
            };
        }
    }
}
