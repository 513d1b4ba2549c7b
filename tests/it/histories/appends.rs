//! Many clients append remarks to few hazards and read them, while nodes are killed and come back.
//!
//! `HAZARDS_TEST_OPERATIONS=50000 cargo test --test it histories::appends -- --nocapture` is the long run;
//! `HAZARDS_TEST_SEED` chooses other moments. PostgreSQL is served by two nodes.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use major_hazards::store::DatabaseUrl;
use serde_json::{Value, json};

use super::checker::{Operation, What, check};
use crate::crash::ledger::{Ledger, history_of, texts};
use crate::crash::process::Process;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::Answer;
use crate::support::database::Database;
use crate::support::fixtures::Hazard;
use crate::support::on_both_databases;
use crate::support::seed::{Random, number_from};

const OPERATIONS: u32 = 3200;
const CLIENTS: u32 = 64;
const LISTS: usize = 32;
/// How many of them one client works on: enough meet on each list to be in the way of each other.
const OWN_LISTS: usize = 2;
/// Operations of one client in a round; a list stays shorter than one page of events.
const TURNS: u32 = 25;
/// A node dies this early in a round, so that most of the round's calls come after it.
const LATEST_KILL_MILLISECONDS: u64 = 400;
const PAGE: u32 = 200;

/// A round: lists of its own, with what everybody did to them.
struct Round {
    nodes: Vec<RefCell<Process>>,
    lists: Vec<Hazard>,
    histories: Vec<RefCell<Vec<Operation>>>,
    values: Cell<u32>,
    begun: Instant,
    unanswered: Cell<u32>,
}

on_both_databases! {
    fn every_list_of_remarks_is_strictly_serialisable(database: Database) {
        let database = Rc::new(database);
        let mut random = Random::of_this_run();
        let operations = number_from("HAZARDS_TEST_OPERATIONS", OPERATIONS);
        let count = if matches!(database.parsed_url(), DatabaseUrl::Sqlite(_)) { 1 } else { 2 };
        let mut nodes: Vec<Process> = (0..count).map(|_| Process::start(&database)).collect();
        let (mut done, mut appended, mut refused, mut unanswered) = (0, 0, 0, 0);
        actix_web::rt::System::new().block_on(async {
            while done < operations {
                let round = Round::prepare(std::mem::take(&mut nodes)).await;
                let clients = join_all((0..CLIENTS).map(|number| client(&round, number, random.fork())));
                let (_, ()) = join(clients, strike(&round, &database, random.fork())).await;
                for (list, history) in round.lists.iter().zip(&round.histories) {
                    let history = history.borrow();
                    let end = values_of(&database, &list.id);
                    assert_eq!(check(&history, &end), BTreeSet::new(), "{}: {history:#?}", list.id);
                    done += u32::try_from(history.len()).unwrap();
                    for operation in history.iter() {
                        match operation.what {
                            What::Appended { .. } => appended += 1,
                            What::Refused { .. } => refused += 1,
                            _ => {}
                        }
                    }
                }
                unanswered += round.unanswered.get();
                nodes = round.nodes.into_iter().map(RefCell::into_inner).collect();
            }
        });
        nodes.iter_mut().for_each(Process::assert_healthy);
        let _ = Ledger::whole(&database);
        eprintln!("{done} operations: {appended} appends, {refused} refused, {unanswered} without an answer");
        assert!(appended * 10 > done && refused * 20 > done, "{appended} and {refused} of {done}");
    }
}

impl Round {
    async fn prepare(nodes: Vec<Process>) -> Self {
        let app = nodes[0].app();
        let unit = app.enterprise().await;
        let mut lists = Vec::new();
        for _ in 0..LISTS {
            lists.push(app.hazard_of(&unit).await);
        }
        Self {
            nodes: nodes.into_iter().map(RefCell::new).collect(),
            histories: lists.iter().map(|_| RefCell::default()).collect(),
            lists,
            values: Cell::new(0),
            begun: Instant::now(),
            unanswered: Cell::new(0),
        }
    }

    fn value(&self) -> u32 {
        self.values.set(self.values.get() + 1);
        self.values.get()
    }
}

/// Kills one node and starts it again.
async fn strike(round: &Round, database: &Rc<Database>, mut random: Random) {
    tokio::time::sleep(Duration::from_millis(random.below(LATEST_KILL_MILLISECONDS))).await;
    let node = &round.nodes[random.index(round.nodes.len())];
    node.borrow_mut().kill();
    tokio::time::sleep(Duration::from_millis(20)).await;
    let again = Process::start(database);
    *node.borrow_mut() = again;
}

/// Reads and appends, at the version that it saw last or, now and then, at one before.
async fn client(round: &Round, number: u32, mut random: Random) {
    let first = usize::try_from(number).expect("few clients");
    let mut apps: Vec<App> = round.nodes.iter().map(|node| node.borrow().app()).collect();
    let mut seen = vec![1; round.lists.len()];
    let mut turn = 0;
    while turn < TURNS {
        let list = (first + random.index(OWN_LISTS)) % round.lists.len();
        let node = random.index(apps.len());
        let begun = round.begun.elapsed();
        let what = match random.below(10) {
            0..2 => read(&apps[node], &round.lists[list]).await,
            2..4 => look(&apps[node], &round.lists[list]).await,
            chance => {
                let at = if chance == 4 { seen[list].max(2) - 1 } else { seen[list] };
                Some(append(&apps[node], &round.lists[list], at, round.value()).await)
            }
        };
        let ended = round.begun.elapsed();
        let Some(what) = what else {
            // The node is gone; the one that took its place listens elsewhere.
            tokio::time::sleep(Duration::from_millis(5)).await;
            apps[node] = round.nodes[node].borrow().app();
            continue;
        };
        match &what {
            What::Appended { at, .. } => seen[list] = at + 1,
            What::Refused { present: version, .. } | What::Seen(version) => seen[list] = *version,
            What::Read(values) => seen[list] = values.len() + 1,
            What::Unknown { .. } => {
                round.unanswered.set(round.unanswered.get() + 1);
                tokio::time::sleep(Duration::from_millis(5)).await;
                apps[node] = round.nodes[node].borrow().app();
            }
        }
        round.histories[list]
            .borrow_mut()
            .push(Operation { begun, ended, what });
        turn += 1;
    }
}

async fn read(app: &App, list: &Hazard) -> Option<What> {
    let path = format!("{}/events?limit={PAGE}", list.path());
    let answer = app.get(path).as_(&Caller::auditor()).try_send().await.ok()?;
    let events = answer.expect_status(200).items();
    assert!(events.len() < usize::try_from(PAGE).unwrap(), "a list outgrew its page");
    Some(What::Read(events.iter().filter_map(value_of).collect()))
}

async fn look(app: &App, list: &Hazard) -> Option<What> {
    let answer = app.get(list.path()).as_(&Caller::auditor()).try_send().await.ok()?;
    Some(What::Seen(version(&answer.expect_status(200))))
}

async fn append(app: &App, list: &Hazard, at: usize, value: u32) -> What {
    let sent = app
        .post(format!("{}/actions/remark", list.path()))
        .as_(&Caller::committee())
        .if_match(i64::try_from(at).expect("a short list"))
        .json(&json!({"text": value.to_string()}))
        .try_send()
        .await;
    match sent {
        Err(_) => What::Unknown { value },
        Ok(answer) if answer.status == 412 => {
            let present = answer.problem("stale_version")["current_version"].as_u64();
            let present = usize::try_from(present.expect("a version")).expect("a short list");
            What::Refused { at, present }
        }
        Ok(answer) => {
            assert_eq!(version(&answer.expect_status(200)), at + 1);
            What::Appended { value, at }
        }
    }
}

fn version(answer: &Answer) -> usize {
    usize::try_from(answer.etag()).expect("a version")
}

fn value_of(event: &Value) -> Option<u32> {
    let text = (event["action"] == "remark").then(|| event["payload"]["body"]["text"].as_str())??;
    Some(text.parse().expect("a number was written"))
}

fn values_of(database: &Database, id: &str) -> Vec<u32> {
    let number = |text: &str| text.parse().expect("a number was written");
    texts(&history_of(database, id)).into_iter().map(number).collect()
}
