//! Somebody with full access to the database, to the object store or to both changes what is on record; `verify` finds it
//! and names it.

use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use major_hazards::law::lifecycle::Action;
use major_hazards::store::schema::{log_checkpoints, log_head};
use major_hazards::store::{Connection, DatabaseUrl};
use major_hazards::transparency::{Checkpoint, LogKeys, new_key};

use crate::support::app::App;
use crate::support::caller::{AUDIENCE, Caller, ISSUER, SECRET};
use crate::support::database::Database;
use crate::support::fixtures::Hazard;
use crate::support::log::{sequencer, write_to_the_end};
use crate::support::on_both;

/// The triggers of SQLite that somebody with the file takes away first.
const GUARDS: &[&str] = &[
    "events_refuse_update",
    "events_refuse_delete",
    "log_entries_refuse_update",
    "log_entries_refuse_delete",
    "log_checkpoints_refuse_update",
    "log_checkpoints_refuse_delete",
    "log_tip_days_refuse_update",
    "log_tip_days_refuse_delete",
    "log_tip_events_refuse_update",
    "log_tip_events_refuse_delete",
];

/// What is done, and what `verify` says of it.
const CHANGES: &[(&str, &str)] = &[
    // Events.
    (
        "UPDATE events SET payload = '{\"body\":{}}' WHERE subject_kind = 'hazard' AND version = 2",
        "the chain breaks at event 2",
    ),
    (
        "UPDATE events SET payload = 'no JSON' WHERE subject_kind = 'hazard' AND version = 2",
        "has a bad payload",
    ),
    (
        "UPDATE events SET actor = '{\"name\":\"x\",\"roles\":[],\"subject\":\"x\"}' WHERE subject_kind = 'hazard' AND version = 3",
        "the chain breaks at event 3",
    ),
    (
        "UPDATE events SET action = 'sign_off' WHERE subject_kind = 'hazard' AND version = 3",
        "the chain breaks at event 3",
    ),
    (
        "UPDATE events SET to_status = 'closed' WHERE subject_kind = 'hazard' AND version = 3",
        "the chain breaks at event 3",
    ),
    (
        "UPDATE events SET at = (SELECT at FROM events WHERE subject_kind = 'standard' LIMIT 1) \
         WHERE subject_kind = 'hazard' AND version = 3",
        "the chain breaks at event 3",
    ),
    (
        "UPDATE events SET salt = (SELECT salt FROM events WHERE version = 1 LIMIT 1) WHERE subject_kind = 'hazard' AND version = 2",
        "the chain breaks at event 2",
    ),
    (
        "UPDATE events SET hash = previous_hash WHERE subject_kind = 'hazard' AND version = 3",
        "the chain breaks at event 3",
    ),
    (
        "UPDATE events SET previous_hash = hash WHERE subject_kind = 'hazard' AND version = 2",
        "the chain breaks at event 2",
    ),
    (
        "UPDATE events SET subject_kind = 'tip' WHERE subject_kind = 'hazard' AND version = 1",
        "the chain breaks at event 1",
    ),
    (
        "DELETE FROM events WHERE subject_kind = 'hazard' AND version = 3",
        "its document is not what its events say",
    ),
    (
        "DELETE FROM events WHERE subject_kind = 'hazard' AND version = 2",
        "the chain breaks at event 3",
    ),
    (
        "DELETE FROM events WHERE subject_kind = 'hazard' AND version = 1",
        "the chain breaks at event 2",
    ),
    (
        "DELETE FROM events WHERE subject_kind = 'hazard'",
        "it has a row and no events",
    ),
    (
        "UPDATE events SET version = 30 WHERE subject_kind = 'hazard' AND version = 3; \
         UPDATE events SET version = 3 WHERE subject_kind = 'hazard' AND version = 2; \
         UPDATE events SET version = 2 WHERE subject_kind = 'hazard' AND version = 30",
        "the chain breaks at event 2",
    ),
    (
        "DELETE FROM events WHERE subject_kind = 'hazard'; DELETE FROM hazards",
        " is gone",
    ),
    (
        "UPDATE events SET payload = '{}' WHERE subject_kind = 'enterprise'",
        "the chain breaks at event 1",
    ),
    (
        "UPDATE events SET payload = '{}' WHERE subject_kind = 'tip'",
        "the chain breaks at event 1",
    ),
    (
        "DELETE FROM events WHERE subject_kind = 'tip'",
        "it has a row and no events",
    ),
    (
        "DELETE FROM events WHERE subject_kind = 'tip'; DELETE FROM tips",
        "an event of a tip is gone",
    ),
    // Rows.
    (
        "UPDATE hazards SET document = replace(document, '\"supervised\"', '\"closed\"')",
        "its document is not what its events say",
    ),
    (
        "UPDATE hazards SET status = 'rectifying'",
        "its row is not what its events say",
    ),
    ("UPDATE hazards SET version = 2", "its row is not what its events say"),
    (
        "UPDATE hazard_measures SET status = 'rectifying'",
        "its row is not what its events say",
    ),
    ("DELETE FROM hazard_measures", "its row is not what its events say"),
    (
        "UPDATE tips SET status = 'verifying'",
        "its row is not what its events say",
    ),
    // The log.
    (
        "UPDATE log_entries SET entry = (SELECT root FROM log_checkpoints LIMIT 1) WHERE version = 2",
        "is not the hash of event",
    ),
    ("DELETE FROM log_entries WHERE version = 2", "is not in the log"),
    (
        "UPDATE log_entries SET version = 9 WHERE version = 2",
        "is not in the log",
    ),
    (
        "UPDATE log_entries SET place = 99 WHERE version = 2; UPDATE log_entries SET place = place + 1 WHERE version = 1; \
         UPDATE log_entries SET place = (SELECT place - 1 FROM log_entries WHERE version = 1) WHERE version = 2",
        "has another root than the log",
    ),
    (
        "UPDATE log_checkpoints SET note = replace(note, 'major-hazards/', 'minor-hazards/')",
        "it is that of another log",
    ),
    (
        "UPDATE log_checkpoints SET root = (SELECT entry FROM log_entries LIMIT 1)",
        "has another root than the log",
    ),
    (
        "UPDATE log_checkpoints SET note = (SELECT note FROM log_checkpoints ORDER BY size LIMIT 1)",
        "has another root than the log",
    ),
    (
        "DELETE FROM log_checkpoints WHERE size = (SELECT max(size) FROM log_checkpoints)",
        "its newest checkpoint speaks of",
    ),
    (
        "UPDATE log_head SET size = size - 1",
        "there are entries or tiles beyond the size of the log",
    ),
    ("UPDATE log_tip_days SET salt = root", "is not that of its day of tips"),
    (
        "UPDATE log_tip_days SET root = salt",
        "does not stand for the events of tips",
    ),
    ("DELETE FROM log_tip_events", "does not stand for the events of tips"),
    ("DELETE FROM log_tip_days", "stands for no event and for no day of tips"),
];

on_both! {
    async fn whatever_is_changed_in_the_database_is_found(app: App) {
        scene(&app).await;
        app.stop().await;
        let whole = app.database_as_it_stands();
        let said = verify(&app, &whole, &[]);
        assert!(said.is_ok(), "{said:?}");
        for (change, found) in CHANGES {
            let copy = app.database_as_it_stands();
            tamper(&copy, change);
            let said = verify(&app, &copy, &[]).expect_err(change);
            assert!(said.contains(found), "{change}\n{said}");
        }
    }

    async fn a_forged_signature_is_found(app: App) {
        scene(&app).await;
        app.stop().await;
        let copy = app.database_as_it_stands();
        let mut connection = unguarded(&copy);
        let (size, root): (i64, Vec<u8>) = log_checkpoints::table
            .order(log_checkpoints::size.desc())
            .select((log_checkpoints::size, log_checkpoints::root))
            .first(&mut connection)
            .expect("a checkpoint");
        let origin: String = log_head::table.select(log_head::origin).first(&mut connection).expect("a log");
        let stranger = LogKeys::read(&new_key(&origin, &app.clock()).expect("a key")).expect("keys");
        let checkpoint = Checkpoint {
            size: u64::try_from(size).expect("a size"),
            root: root.try_into().expect("a hash"),
        };
        let put = |connection: &mut Connection, note: String| {
            diesel::update(log_checkpoints::table.find(size))
                .set(log_checkpoints::note.eq(note))
                .execute(connection)
                .expect("it is written");
        };
        put(&mut connection, checkpoint.sign(&stranger));
        let said = verify(&app, &copy, &[]).expect_err("found");
        assert!(said.contains("no key of the log signed it"), "{said}");
        let own = LogKeys::read(&std::fs::read_to_string(app.log_key()).expect("a file")).expect("keys");
        let other = Checkpoint { root: [7; 32], ..checkpoint };
        put(&mut connection, other.sign(&own).replace(&STANDARD.encode([7; 32]), &STANDARD.encode(checkpoint.root)));
        let said = verify(&app, &copy, &[]).expect_err("found");
        assert!(said.contains("a signature is forged"), "{said}");
    }

    async fn a_checkpoint_that_was_kept_elsewhere_shows_that_the_log_was_rewritten(app: App) {
        scene(&app).await;
        let note = app.get("/v1/log/checkpoint").send().await.expect_status(200).text();
        app.stop().await;
        let kept = app.objects().join("../kept");
        std::fs::write(&kept, &note).expect("it is kept");
        let option = ["--checkpoint", kept.to_str().expect("a path")];
        assert!(verify(&app, &app.database_as_it_stands(), &option).is_ok());
        // Taken back to an earlier day, with all that belongs to it: nothing inside the database can tell.
        let shorter = app.database_as_it_stands();
        tamper(
            &shorter,
            "UPDATE log_head SET position = (SELECT position - 1 FROM outbox WHERE subject_kind = 'hazard' AND version = 3), \
             size = (SELECT place FROM log_entries WHERE version = 3), tips_on = NULL; \
             DELETE FROM log_checkpoints WHERE size > (SELECT size FROM log_head); \
             DELETE FROM log_tip_events WHERE place >= (SELECT size FROM log_head); \
             DELETE FROM log_tip_days WHERE place >= (SELECT size FROM log_head); \
             DELETE FROM log_entries WHERE place >= (SELECT size FROM log_head)",
        );
        resign_end(&app, &shorter);
        let said = verify(&app, &shorter, &[]);
        assert!(said.is_ok(), "{said:?}");
        let said = verify(&app, &shorter, &option).expect_err("found");
        assert!(said.contains("was kept elsewhere speaks of"), "{said}");
        // Written anew, by somebody who has the keys.
        let anew = app.database_as_it_stands();
        tamper(
            &anew,
            "DELETE FROM log_checkpoints; DELETE FROM log_tip_events; DELETE FROM log_tip_days; DELETE FROM log_entries; \
             DELETE FROM log_head",
        );
        std::fs::copy(app.log_key(), anew.folder().join("log-key")).expect("the keys");
        let clock = app.clock();
        let writer = sequencer(&anew, &clock).await;
        for _ in 0..2 {
            write_to_the_end(&writer, &mut connect(&anew), clock.now().day()).await;
            app.pass_days(1);
        }
        drop(writer);
        assert!(verify(&app, &anew, &[]).is_ok());
        let said = verify(&app, &anew, &option).expect_err("found");
        assert!(said.contains("the log was rewritten"), "{said}");
    }

    async fn evidence_of_which_a_byte_is_another_is_found(app: App) {
        scene(&app).await;
        app.photograph(&Caller::inspector()).await;
        app.stop().await;
        let whole = app.database_as_it_stands();
        assert!(verify(&app, &whole, &[]).is_ok());
        let file = a_file_in(&app.objects());
        let bytes = std::fs::read(&file).expect("bytes");
        let mut changed = bytes.clone();
        changed[bytes.len() / 2] ^= 1;
        for (now, found) in [
            (Some(&changed[..]), "its bytes are not those that were stored"),
            (Some(&bytes[1..]), "its bytes are not those that were stored"),
            (None, "its bytes are gone"),
        ] {
            match now {
                Some(now) => std::fs::write(&file, now).expect("it is written"),
                None => std::fs::remove_file(&file).expect("it is removed"),
            }
            let said = verify(&app, &whole, &[]).expect_err(found);
            assert!(said.contains(found), "{said}");
        }
    }
}

/// A hazard with three events and a tip, all of them in the log, in two days.
async fn scene(app: &App) -> Hazard {
    app.write_log().await;
    let mut hazard = app.hazard().await;
    app.advance(&mut hazard, Action::Confirm).await;
    app.advance(&mut hazard, Action::Order).await;
    app.tell(&crate::support::tips::anonymous_tip()).await;
    app.pass_days(1);
    app.write_log().await;
    hazard
}

fn connect(database: &Database) -> Connection {
    database.parsed_url().connect().expect("a test's database is there")
}

/// Does what somebody with full access can do.
fn tamper(database: &Database, change: &str) {
    unguarded(database).batch_execute(change).expect(change);
}

/// A connection that no trigger and no key stops.
fn unguarded(database: &Database) -> Connection {
    let mut connection = connect(database);
    let unguarded = match &connection {
        Connection::Postgres(_) => "SET session_replication_role = replica".to_owned(),
        Connection::Sqlite(_) => {
            let dropped = GUARDS.iter().map(|guard| format!("DROP TRIGGER {guard};"));
            dropped.collect::<String>() + "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON"
        }
    };
    connection.batch_execute(&unguarded).expect("the guards are down");
    connection
}

/// Signs the end of a log that was cut off, as somebody with the keys can.
fn resign_end(app: &App, database: &Database) {
    let mut connection = connect(database);
    let size: i64 = log_head::table
        .select(log_head::size)
        .first(&mut connection)
        .expect("a log");
    let has_checkpoint: i64 = log_checkpoints::table
        .filter(log_checkpoints::size.eq(size))
        .count()
        .get_result(&mut connection)
        .expect("a count");
    if has_checkpoint == 1 {
        return;
    }
    let entries: Vec<Vec<u8>> = major_hazards::store::schema::log_entries::table
        .order(major_hazards::store::schema::log_entries::place)
        .select(major_hazards::store::schema::log_entries::entry)
        .load(&mut connection)
        .expect("entries");
    let root = super::reader::root_of(&entries).0;
    let keys = LogKeys::read(&std::fs::read_to_string(app.log_key()).expect("a file")).expect("keys");
    let checkpoint = Checkpoint {
        size: u64::try_from(size).expect("a size"),
        root,
    };
    diesel::insert_into(log_checkpoints::table)
        .values((
            log_checkpoints::size.eq(size),
            log_checkpoints::root.eq(root.to_vec()),
            log_checkpoints::note.eq(checkpoint.sign(&keys)),
            log_checkpoints::signed_at.eq(app.clock().now()),
        ))
        .execute(&mut connection)
        .expect("it is signed");
}

/// Any file of evidence.
fn a_file_in(folder: &Path) -> std::path::PathBuf {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let folders = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.file_name().is_some_and(|name| name.len() == 2));
    let folder = folders.last().expect("a folder of evidence");
    std::fs::read_dir(folder)
        .expect("a folder")
        .next()
        .expect("a file")
        .expect("a file")
        .path()
}

/// What `verify` says of a database and the evidence of the app: all of it when everything agrees, else the difference.
fn verify(app: &App, database: &Database, options: &[&str]) -> Result<String, String> {
    verify_with(database, &app.objects().join(".."), options)
}

/// What `verify` says of a database, with the keys of the log and the evidence in a folder.
pub fn verify_with(database: &Database, folder: &Path, options: &[&str]) -> Result<String, String> {
    let url = match database.parsed_url() {
        DatabaseUrl::Sqlite(path) => format!("sqlite://{path}"),
        DatabaseUrl::Postgres(url) => url,
    };
    let output = Command::new(env!("CARGO_BIN_EXE_major-hazards"))
        .arg("verify")
        .args(options)
        .env("HAZARDS_DATABASE_URL", url)
        .env("HAZARDS_DATA_DIR", database.folder())
        .env(
            "HAZARDS_OBJECT_STORE",
            format!("file://{}", folder.join("objects").display()),
        )
        .env("HAZARDS_LOG_KEY", folder.join("log-key"))
        .env("HAZARDS_JWT_SECRET", SECRET)
        .env("HAZARDS_JWT_ISSUER", ISSUER)
        .env("HAZARDS_JWT_AUDIENCE", AUDIENCE)
        .env("RUST_LOG", "warn")
        .output()
        .expect("the program is built");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => Ok(said),
        Some(1) => Err(said),
        other => panic!("{other:?}: {said}"),
    }
}
