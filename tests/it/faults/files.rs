//! SQLite: every call that writes to, cuts or flushes a file of the database fails in turn, broken or without room; and
//! a disk that is full and has room again.
//!
//! By default every eleventh call is tried; `HAZARDS_TEST_EVERY_CALL=1 cargo test --test it faults::files` tries all.

use std::rc::Rc;

use serde_json::json;

use super::disk::{Disk, Error};
use super::walk::Walk;
use crate::crash::ledger::Ledger;
use crate::support::caller::Caller;
use crate::support::database::{Database, Engine};
use crate::support::seed::number_from;
use crate::support::with_database;

const EVERY_NTH: u32 = 11;

#[test]
fn a_disk_that_fails_at_any_call_never_leaves_a_wrong_state() {
    with_database(Engine::Sqlite, module_path!(), |database| {
        let database = Rc::new(database);
        let (disk, mut process) = Disk::below(&database);
        let stride = i64::from(number_from("HAZARDS_TEST_EVERY_CALL", EVERY_NTH));
        actix_web::rt::System::new().block_on(async {
            let app = process.app();
            let unit = app.enterprise().await;
            let mut faults = 0;
            for error in [Error::Io, Error::NoSpace] {
                let mut call = 0;
                loop {
                    let mut walk = Walk::prepare(&app, &unit, format!("{error:?} {call}")).await;
                    disk.fail_at(call, error);
                    walk.go(|| disk.mend()).await;
                    let over = disk.is_whole();
                    disk.mend();
                    process.assert_healthy();
                    walk.assert_done_once(&database);
                    if over {
                        let _ = Ledger::whole(&database);
                        break;
                    }
                    faults += walk.faults;
                    call += stride;
                }
            }
            eprintln!("{} calls failed, {faults} told to the caller", disk.failed());
            assert!(disk.failed() * stride > 40 && i64::from(faults) * 2 > disk.failed());
        });
    });
}

#[test]
fn a_full_disk_refuses_writes_and_goes_on_reading() {
    with_database(Engine::Sqlite, module_path!(), full_disk);
}

fn full_disk(database: Database) {
    let database = Rc::new(database);
    let (disk, mut process) = Disk::below(&database);
    actix_web::rt::System::new().block_on(async {
        let app = process.app();
        let hazard = app.hazard().await;
        let remark = |text: &str| {
            let path = format!("{}/actions/remark", hazard.path());
            let request = app.post(path).as_(&Caller::committee()).if_match(1);
            request.key("when there is room").json(&json!({"text": text})).send()
        };
        disk.fill_up();
        for _ in 0..20 {
            let refused = remark("一").await;
            assert!(matches!(refused.status, 500 | 503), "{}", refused.text());
            refused.any_problem();
            let read = app.get(hazard.path()).as_(&Caller::auditor()).send().await;
            assert_eq!(read.expect_status(200).etag(), 1);
            app.get("/v1/hazards")
                .as_(&Caller::auditor())
                .send()
                .await
                .expect_status(200)
                .done();
        }
        assert!(disk.failed() >= 20, "only {} calls failed", disk.failed());
        assert_eq!(Ledger::whole(&database).history(&hazard.id).len(), 1);
        disk.mend();
        assert_eq!(remark("一").await.expect_status(200).etag(), 2);
        assert_eq!(Ledger::whole(&database).remarks(&hazard.id), ["一"]);
    });
    process.assert_healthy();
}
