//! What a first sync costs: bytes on the wire, requests, and time, beside the same rows by bare SQL.
//!
//! `HAZARDS_TEST_SYNC_UNITS=10000 HAZARDS_TEST_SYNC_HAZARDS=5000 cargo test --release --test it sync::first -- --nocapture`
//! measures a district.

use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_types::Text;
use futures_util::stream::{self, StreamExt as _};
use major_hazards::store::StoreError;
use serde_json::json;

use super::phone::Phone;
use crate::support::app::App;
use crate::support::caller::{Caller, DISTRICT};
use crate::support::fixtures::{Unit, text};
use crate::support::on_both;
use crate::support::seed::number_from;

/// Units of one import.
const AT_ONCE: u32 = 1000;
/// Reports on their way at once.
const TOGETHER: usize = 16;

/// One row as the engine gives it.
#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    row: String,
}

const UNITS: &str = "SELECT uscc || name || industry || area || address || principal_name || principal_phone AS row \
                     FROM enterprises WHERE area >= '370303' AND area < '370304' ORDER BY area, id";
const HAZARDS: &str = "SELECT document AS row FROM hazards WHERE status NOT IN ('closed', 'dismissed', 'merged') \
                       AND area >= '370303' AND area < '370304' ORDER BY number";

/// What a whole sync came to.
struct Cost {
    requests: usize,
    bytes: usize,
    took: Duration,
}

async fn register(app: &App, count: u32) -> Vec<Unit> {
    let office = Caller::office().areas(&["*"]);
    let mut units = Vec::new();
    let mut left = count;
    while left > 0 {
        let some = left.min(AT_ONCE);
        let lines: Vec<String> = (0..some).map(|_| app.enterprise_body().to_string()).collect();
        let import = app
            .post("/v1/enterprises/import")
            .as_(&office)
            .body("application/jsonl", lines.join("\n"));
        for unit in import.send().await.expect_status(200).items() {
            units.push(Unit {
                id: text(&unit["id"]),
                uscc: text(&unit["uscc"]),
            });
        }
        left -= some;
    }
    units
}

async fn report(app: &App, units: &[Unit], count: usize) {
    let reports = units
        .iter()
        .cycle()
        .take(count)
        .enumerate()
        .map(|(number, unit)| async move {
            let mut body = app.report_body(unit);
            body["title"] = json!(format!("{number}号车间有限空间未辨识"));
            app.report(&Caller::inspector(), unit, &body).await;
        });
    stream::iter(reports)
        .buffer_unordered(TOGETHER)
        .collect::<Vec<()>>()
        .await;
}

/// Asks for every page again in one coding. A cursor is good for ever, so the pages are the same.
async fn measured(app: &App, cursors: &[Option<String>], coding: &str) -> Cost {
    let (begun, mut bytes) = (Instant::now(), 0);
    for cursor in cursors {
        let after = cursor
            .as_ref()
            .map(|cursor| format!("&after={cursor}"))
            .unwrap_or_default();
        let path = format!("/v1/sync?limit=2000{after}");
        let request = app
            .get(path)
            .as_(&Caller::inspector())
            .header("accept-encoding", coding);
        bytes += request.send().await.expect_status(200).body.len();
    }
    Cost {
        requests: cursors.len(),
        bytes,
        took: begun.elapsed(),
    }
}

on_both! {
    async fn a_first_sync_fits_a_phone(app: App) {
        let units = number_from("HAZARDS_TEST_SYNC_UNITS", 300);
        let hazards = number_from("HAZARDS_TEST_SYNC_HAZARDS", 150);
        let registered = register(&app, units).await;
        report(&app, &registered, usize::try_from(hazards).unwrap()).await;
        let mut phone = Phone::of(&Caller::inspector().areas(&[DISTRICT]));
        let mut cursors = vec![None];
        while phone.step(&app, 2000).await.1 {
            cursors.push(phone.cursor.clone());
        }
        assert_eq!(phone.ids("enterprise").len(), usize::try_from(units).unwrap());
        assert_eq!(phone.ids("hazard").len(), usize::try_from(hazards).unwrap());
        let begun = Instant::now();
        let rows = app.read_store(|connection| {
            let units: Vec<Row> = diesel::sql_query(UNITS).load(connection)?;
            let hazards: Vec<Row> = diesel::sql_query(HAZARDS).load(connection)?;
            Ok::<_, StoreError>(units.into_iter().chain(hazards).map(|row| row.row.len()).collect::<Vec<_>>())
        }).unwrap();
        let bare = begun.elapsed();
        eprintln!("{units} units, {hazards} hazards: bare SQL {} rows, {} B, {bare:?}", rows.len(), rows.iter().sum::<usize>());
        let mut sizes = Vec::new();
        for coding in ["identity", "gzip", "br"] {
            let cost = measured(&app, &cursors, coding).await;
            eprintln!("{coding}: {} B in {} requests, {:?}", cost.bytes, cost.requests, cost.took);
            sizes.push(cost.bytes);
        }
        assert!(sizes[1] * 3 < sizes[0] && sizes[2] * 3 < sizes[0], "{sizes:?} B");
    }
}
