//! A day begins for thousands of reminders at once, while two nodes are killed in turn and their clocks jump by an hour
//! to either side of midnight: each reminder is served once, and what a dead node left is taken up within seconds.
//!
//! `HAZARDS_TEST_REMINDERS=50000 cargo test --test it crash::midnight -- --nocapture` has so many due on each database and
//! kills every two seconds; `HAZARDS_TEST_SEED` chooses other moments. The clocks of the nodes are moved by Debian's
//! `libfaketime`; where it is not installed they stand past midnight and only the kills are tried.

use std::path::PathBuf;
use std::process::Command;
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream;
use major_hazards::law::lifecycle::{Action, State};
use major_hazards::values::{Clock, Day};
use serde_json::json;

use super::process::Process;
use super::reminders::{WITHOUT_ONE_EVENT, served};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::seed::{Random, number_from};

const REMINDERS: u32 = 300;
/// From here on the nodes are killed every two seconds; fewer reminders are served within one such time.
const MANY: u32 = 10_000;
/// A reminder of the plan and one of the rectification.
const OF_ONE_HAZARD: u32 = 2;
/// Hazards that are dealt with after both nodes were killed.
const LEFT_BEHIND: u32 = 40;
/// How many requests put hazards on record at once.
const AT_ONCE: usize = 16;
/// Half of a jump.
const HALF_AN_HOUR: i64 = 1800;
/// How long what is due may stay unserved once a node is there again to serve it.
const LAG: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(1800);

on_both_databases! {
    fn a_midnight_is_served_once_although_nodes_are_killed_and_clocks_jump(database: Database) {
        let database = Rc::new(database);
        let reminders = number_from("HAZARDS_TEST_REMINDERS", REMINDERS);
        actix_web::rt::System::new().block_on(async {
            let today = due_today(&database, reminders / OF_ONE_HAZARD).await;
            let told = kill_and_jump(&database, today, i64::from(reminders));
            let left = due_today(&database, LEFT_BEHIND).await;
            assert_eq!(left, today, "the tests ran over midnight");
            let recovered = recover(&database, today, i64::from(reminders + LEFT_BEHIND * OF_ONE_HAZARD));
            eprintln!("{told}, taken up {recovered:?} after both nodes were killed");
            assert!(recovered < LAG, "{recovered:?}");
        });
    }
}

/// Puts hazards on record of which the plan and the rectification are due in three days, seen from the day that is
/// returned: today in Shanghai.
async fn due_today(database: &Rc<Database>, hazards: u32) -> Day {
    let here = App::elsewhere(Rc::clone(database), String::new());
    let past = here.node_days_ago(4).await;
    let unit = past.enterprise().await;
    let order = past.hazard_of_in(&unit, State::Confirmed).await;
    let mut order = past.usual_body(&order, Action::Order).await;
    order["due_on"] = json!(past.day(7));
    let ordered = stream::iter(0..hazards).map(|_| async {
        let mut hazard = past.hazard_of(&unit).await;
        past.advance(&mut hazard, Action::Confirm).await;
        let committee = Caller::committee();
        past.act(&hazard, Action::Order, &committee, &order)
            .await
            .expect_status(200)
            .done();
    });
    ordered.buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
    past.stop().await;
    past.clock().now().day().plus_days(4)
}

/// Kills one node after the other and moves their clocks until everything is served; tells how it went.
fn kill_and_jump(database: &Rc<Database>, today: Day, reminders: i64) -> String {
    let mut random = Random::of_this_run();
    let mut nodes = [0, 1].map(|place| Node::start(database, today, place, false));
    let many = reminders >= i64::from(MANY);
    let life = if many {
        Duration::from_secs(2)
    } else {
        Duration::from_millis(200)
    };
    let (begun, mut kills, mut jumps) = (Instant::now(), 0, 0);
    let mut silence = Silence::begin();
    loop {
        let next_kill = Instant::now() + life;
        while Instant::now() < next_kill {
            std::thread::sleep(Duration::from_millis(20));
            let served = served(database, EVERY_REMINDER);
            let is_due = served < reminders * RECIPIENTS && nodes.iter().any(|node| node.ahead);
            silence.look(served, is_due);
        }
        if silence.served == reminders * RECIPIENTS {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{} are served", silence.served);
        let killed = &mut nodes[random.index(2)];
        killed.kill();
        jumps += usize::from(killed.jump(today, random.below(2) == 0));
        killed.restart();
        kills += 1;
        let moved = &mut nodes[random.index(2)];
        jumps += usize::from(moved.jump(today, random.below(3) > 0));
    }
    let (took, longest) = (begun.elapsed(), silence.longest);
    // Whoever would do it again has had the time to.
    for node in &mut nodes {
        node.jump(today, true);
    }
    std::thread::sleep(Duration::from_secs(5));
    judge(database, reminders);
    for node in &mut nodes {
        node.process.assert_healthy();
    }
    assert!(kills > 0, "nobody was killed");
    format!("{reminders} reminders in {took:?}, {kills} kills, {jumps} jumps, never silent for more than {longest:?}")
}

/// Fails unless each of so many reminders was served once on each person.
fn judge(database: &Database, reminders: i64) {
    assert_eq!(
        served(database, EVERY_REMINDER),
        reminders * RECIPIENTS,
        "missing or double"
    );
    assert_eq!(
        served(database, OTHERWISE),
        0,
        "a clock of a hazard is reminded of more or less than once"
    );
    assert_eq!(
        served(database, WITHOUT_ONE_EVENT),
        0,
        "notices without exactly one event"
    );
}

/// Starts two nodes over what nobody served, and returns how long it took from the first that was ready until nothing was
/// left.
fn recover(database: &Rc<Database>, today: Day, reminders: i64) -> Duration {
    let _first = Node::start(database, today, 0, true);
    let ready = Instant::now();
    let _second = Node::start(database, today, 1, true);
    while served(database, EVERY_REMINDER) < reminders * RECIPIENTS {
        assert!(ready.elapsed() < PATIENCE, "nobody takes up what was left");
        std::thread::sleep(Duration::from_millis(10));
    }
    let recovered = ready.elapsed();
    judge(database, reminders);
    recovered
}

/// The principal and the controller.
const RECIPIENTS: i64 = 2;
const EVERY_REMINDER: &str = "SELECT count(*) AS count FROM notices WHERE kind = 'deadline_near'";
const OTHERWISE: &str = "SELECT count(*) AS count FROM (SELECT hazard_id, cause FROM notices \
     WHERE kind = 'deadline_near' GROUP BY hazard_id, cause HAVING count(*) <> 2) AS otherwise";

/// A node, and the file from which its clock is moved where that can be done.
struct Node {
    process: Process,
    database: Rc<Database>,
    clock: PathBuf,
    /// Whether its clock says that the day has begun.
    ahead: bool,
}

impl Node {
    fn start(database: &Rc<Database>, today: Day, place: usize, ahead: bool) -> Self {
        let clock = database.folder().join(format!("clock-{place}"));
        set(&clock, today, ahead);
        Self {
            process: start(database, &clock),
            database: Rc::clone(database),
            clock,
            ahead: ahead || faketime().is_none(),
        }
    }

    fn kill(&mut self) {
        self.process.kill();
        forget(self.process.id());
    }

    fn restart(&mut self) {
        self.process = start(&self.database, &self.clock);
    }

    /// Moves its clock to that side of midnight; true when it stood on the other.
    fn jump(&mut self, today: Day, ahead: bool) -> bool {
        if faketime().is_none() || self.ahead == ahead {
            return false;
        }
        set(&self.clock, today, ahead);
        self.ahead = ahead;
        true
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Removes what the library leaves of a process that was killed.
fn forget(process: u32) {
    for left in ["faketime_shm_", "sem.faketime_sem_"] {
        // It is not there when the clock was not moved.
        let _ = std::fs::remove_file(format!("/dev/shm/{left}{process}"));
    }
}

fn start(database: &Rc<Database>, clock: &PathBuf) -> Process {
    Process::start_with(database, |command| {
        if let Some(library) = faketime() {
            follow(command, library, clock);
        }
    })
}

/// Has the program read the time from a file whenever it asks, and leave alone how long things last.
fn follow(command: &mut Command, library: PathBuf, clock: &PathBuf) {
    command
        .env("LD_PRELOAD", library)
        .env("FAKETIME_TIMESTAMP_FILE", clock)
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .env("NO_FAKE_STAT", "1");
}

/// The library, where Debian puts it.
fn faketime() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?;
    folders
        .filter_map(|folder| Some(folder.ok()?.path().join("faketime/libfaketimeMT.so.1")))
        .find(|library| library.exists())
}

/// Sets a clock half an hour to one side of the midnight at which the day begins.
fn set(clock: &PathBuf, today: Day, ahead: bool) {
    let side = if ahead { HALF_AN_HOUR } else { -HALF_AN_HOUR };
    let offset = today.start().seconds() + side - Clock::system().now().seconds();
    let fresh = clock.with_extension("fresh");
    std::fs::write(&fresh, format!("{offset:+}\n")).expect("a clock is set");
    std::fs::rename(fresh, clock).expect("a clock is set at once");
}

/// The longest time in which nothing was served although something was due and the clock of some node said so, whether that
/// node lived or was being started again.
struct Silence {
    served: i64,
    since: Instant,
    longest: Duration,
}

impl Silence {
    fn begin() -> Self {
        Self {
            served: 0,
            since: Instant::now(),
            longest: Duration::ZERO,
        }
    }

    fn look(&mut self, served: i64, is_due: bool) {
        if is_due && served == self.served {
            self.longest = self.longest.max(self.since.elapsed());
        } else {
            self.since = Instant::now();
        }
        self.served = served;
    }
}
