//! PostgreSQL: the wire breaks at every message in turn, before the server hears it and before its answer is heard.
//!
//! By default every seventh message is tried; `HAZARDS_TEST_EVERY_CALL=1 cargo test --test it faults::calls` tries all.

use std::path::PathBuf;
use std::rc::Rc;

use major_hazards::store::DatabaseUrl;

use super::proxy::{Cut, Proxy, Server};
use super::walk::Walk;
use crate::crash::ledger::Ledger;
use crate::crash::process::Process;
use crate::support::database::{Database, Engine};
use crate::support::seed::number_from;
use crate::support::with_database;

const EVERY_NTH: u32 = 7;

#[test]
fn a_wire_that_breaks_at_any_message_never_leaves_a_wrong_state() {
    with_database(Engine::Postgres, module_path!(), |database| {
        let database = Rc::new(database);
        let proxy = Proxy::to(server_of(&database));
        let mut process = through(&proxy, &database);
        let stride = i64::from(number_from("HAZARDS_TEST_EVERY_CALL", EVERY_NTH));
        actix_web::rt::System::new().block_on(async {
            let app = process.app();
            let unit = app.enterprise().await;
            let (mut tried, mut faults) = (0, 0);
            for cut in [Cut::Before, Cut::After] {
                let mut message = 0;
                loop {
                    let mut walk = Walk::prepare(&app, &unit, format!("{cut:?} {message}")).await;
                    proxy.cut_at(message, cut);
                    walk.go(|| proxy.mend()).await;
                    let over = proxy.is_whole();
                    proxy.mend();
                    process.assert_healthy();
                    walk.assert_done_once(&database);
                    if over {
                        let _ = Ledger::whole(&database);
                        break;
                    }
                    faults += walk.faults;
                    tried += 1;
                    message += stride;
                }
            }
            eprintln!("{tried} cuts, {faults} told to the caller");
            assert!(
                // A batch that failed before its commit is run again, and its caller never hears of it.
                i64::from(tried) * stride > 100 && faults > tried / 4,
                "{tried} cuts, {faults} faults"
            );
        });
    });
}

/// The service, which reaches the database through the wire alone.
pub fn through(proxy: &Proxy, database: &Rc<Database>) -> Process {
    let url = address_through(proxy, database);
    Process::start_with(database, |command| {
        command.env("HAZARDS_DATABASE_URL", url);
    })
}

fn address_through(proxy: &Proxy, database: &Database) -> String {
    let Parts { user, name, .. } = parts(database);
    format!("postgres://{user}127.0.0.1:{}/{name}?sslmode=disable", proxy.port())
}

/// Where the server of the tests listens.
pub fn server_of(database: &Database) -> Server {
    let Parts { host, .. } = parts(database);
    if host.starts_with("%2F") {
        Server::Socket(PathBuf::from(host.replace("%2F", "/")).join(".s.PGSQL.5432"))
    } else if host.contains(':') {
        Server::Port(host)
    } else {
        Server::Port(format!("{host}:5432"))
    }
}

/// The parts of an address that a wire changes or keeps.
struct Parts {
    /// With the sign behind it, when there is one.
    user: String,
    host: String,
    name: String,
}

fn parts(database: &Database) -> Parts {
    let DatabaseUrl::Postgres(url) = database.parsed_url() else {
        panic!("only PostgreSQL has a wire");
    };
    let (_, rest) = url.split_once("://").expect("a scheme");
    let (address, _) = rest.split_once('?').unwrap_or((rest, ""));
    let (server, name) = address.rsplit_once('/').expect("a database is named");
    let (user, host) = server.rfind('@').map_or(("", server), |at| server.split_at(at + 1));
    Parts {
        user: user.to_owned(),
        host: host.to_owned(),
        name: name.to_owned(),
    }
}
