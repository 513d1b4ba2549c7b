//! One key, one effect: sent five times at once, sent again after the process was killed in the middle of it.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::{join, join_all};
use major_hazards::law::policy::Policy;

use super::ledger::Ledger;
use super::process::Process;
use super::writes::{Write, every_write};
use crate::support::app::App;
use crate::support::client::Answer;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::seed::Random;

/// A write takes a few milliseconds; a kill within this many meets it before, during and after.
const LATEST_KILL_MICROSECONDS: u64 = 25_000;

on_both_databases! {
    fn every_write_sent_five_times_at_once_has_one_effect(database: Database) {
        let database = Rc::new(database);
        let mut process = start(&database);
        let app = process.app();
        actix_web::rt::System::new().block_on(async {
            for write in every_write(&app).await {
                let before = Ledger::whole(&database).events();
                let key = "five at once";
                let answers = join_all((0..5).map(|_| write.request(&app, key).send())).await;
                let mut told: Vec<Answer> = Vec::new();
                for answer in answers {
                    if answer.status == 409 {
                        answer.problem("idempotency_key_in_use");
                    } else {
                        told.push(answer);
                    }
                }
                assert_eq!(told.iter().filter(|answer| !is_replayed(answer)).count(), 1, "{}", write.operation);
                told.push(write.request(&app, key).send().await);
                let first = &told[0];
                for answer in &told {
                    assert!((200..300).contains(&answer.status), "{}: {}", write.operation, answer.text());
                    assert_same(first, answer);
                }
                refuses_another(&app, &write, key).await;
                assert_eq!(Ledger::whole(&database).events() - before, write.events, "{}", write.operation);
            }
        });
        process.assert_healthy();
    }

    fn every_write_repeated_after_a_kill_has_one_effect(database: Database) {
        let database = Rc::new(database);
        let random = RefCell::new(Random::of_this_run());
        actix_web::rt::System::new().block_on(async {
            let mut process = start(&database);
            for write in every_write(&process.app()).await {
                let before = Ledger::whole(&database).events();
                let first = sent_into_a_kill(process, &write, &random).await;
                let found = Ledger::whole(&database).events() - before;
                assert!(found == 0 || found == write.events, "{}: {found} events", write.operation);
                process = start(&database);
                let again = write.request(&process.app(), KEY).send().await;
                assert!((200..300).contains(&again.status), "{}: {}", write.operation, again.text());
                // Whether a write that puts nothing into the journal was done cannot be told by it.
                assert!(write.events == 0 || is_replayed(&again) == (found == write.events), "{}", write.operation);
                if let Some(first) = first {
                    assert_same(&first, &again);
                    assert_eq!(found, write.events, "{}: acknowledged and lost", write.operation);
                }
                assert_same(&again, &write.request(&process.app(), KEY).send().await);
                refuses_another(&process.app(), &write, KEY).await;
                assert_eq!(Ledger::whole(&database).events() - before, write.events, "{}", write.operation);
            }
            process.assert_healthy();
        });
    }
}

const KEY: &str = "through a kill";

/// Starts the service under a policy that lets every write be made, the leave to open an identity too.
fn start(database: &Rc<Database>) -> Process {
    let policy = database.folder().join("policy.toml");
    let strict = Policy::EMBEDDED.replace("second_officer_for_reveal = false", "second_officer_for_reveal = true");
    std::fs::write(&policy, strict).expect("a policy for the test");
    Process::start_with(database, |command| {
        command.env("HAZARDS_POLICY", &policy);
    })
}

async fn sent_into_a_kill(mut process: Process, write: &Write, random: &RefCell<Random>) -> Option<Answer> {
    let app = process.app();
    let life = Duration::from_micros(random.borrow_mut().below(LATEST_KILL_MICROSECONDS));
    let killer = async {
        tokio::time::sleep(life).await;
        process.kill();
    };
    let (answer, ()) = join(send(&app, write), killer).await;
    answer
}

async fn send(app: &App, write: &Write) -> Option<Answer> {
    write.request(app, KEY).try_send().await.ok()
}

async fn refuses_another(app: &App, write: &Write, key: &str) {
    if let Some(other) = write.other(app, key) {
        other.send().await.expect_status(422).problem("idempotency_key_reused");
    }
}

fn is_replayed(answer: &Answer) -> bool {
    answer.header("idempotent-replayed") == Some("true")
}

/// Two answers that differ at most in what belongs to the single exchange.
fn assert_same(one: &Answer, other: &Answer) {
    let kept = |answer: &Answer| {
        let mut headers = answer.headers.clone();
        for own in ["date", "x-request-id", "idempotent-replayed"] {
            headers.remove(own);
        }
        headers
    };
    assert_eq!(one.status, other.status, "{}", one.asked);
    assert_eq!(one.body, other.body, "{}", one.asked);
    assert_eq!(kept(one), kept(other), "{}", one.asked);
}
