//! The ledger as a file: what is in it, for whom, while others write, and what stays on record of it.

mod formats;
mod record;
mod table;
mod walking;

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::Arc;

use calamine::{Data, Reader as _, Xlsx};
use major_hazards::hazards::{self, ReportBody, Writing};
use major_hazards::law::policy::Policy;
use major_hazards::store::Failure;
use major_hazards::values::{Faults, HazardId};
use serde_json::{Value, json};

use crate::doors::scope::world::law_caller;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::Answer;
use crate::support::fixtures::Unit;

/// A row of a file, by what stands over its cells.
type Row<T> = BTreeMap<String, T>;

async fn export(app: &App, caller: &Caller, query: &str) -> Answer {
    let path = format!("/v1/hazards/export?{query}");
    app.get(path).as_(caller).send().await.expect_status(200)
}

/// The lines of an export in JSON, as anybody reads them.
pub fn json_lines(answer: &Answer) -> Vec<Value> {
    let text = String::from_utf8(answer.body.clone()).expect("UTF-8");
    let lines = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"));
    lines.collect()
}

/// The rows of an export in CSV, as the crate for it reads them.
fn csv_rows(bytes: &[u8]) -> Vec<Row<String>> {
    let mut reader = csv::Reader::from_reader(bytes);
    let headings = reader.headers().expect("headings").clone();
    let rows = reader.records().map(|record| {
        let record = record.expect("a record");
        let cells = headings.iter().zip(&record);
        cells
            .map(|(heading, cell)| (heading.to_owned(), cell.to_owned()))
            .collect()
    });
    rows.collect()
}

/// The rows of every sheet of a workbook, as a reader of workbooks reads them.
pub fn sheet_rows(bytes: &[u8]) -> Vec<Row<Data>> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
    let mut found = Vec::new();
    for name in workbook.sheet_names() {
        let sheet = workbook.worksheet_range(&name).expect("a sheet");
        let mut rows = sheet.rows();
        let headings: Vec<String> = rows.next().expect("headings").iter().map(ToString::to_string).collect();
        found.extend(rows.map(|row| headings.iter().cloned().zip(row.iter().cloned()).collect()));
    }
    found
}

fn ids(lines: &[Value]) -> Vec<String> {
    lines
        .iter()
        .map(|line| line["id"].as_str().expect("an id").to_owned())
        .collect()
}

/// Every row of a list, page by page.
async fn listed(app: &App, caller: &Caller, query: &str) -> Vec<Value> {
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/hazards?limit=200&{query}{cursor}");
        let page = app.get(path).as_(caller).send().await.expect_status(200);
        rows.extend(page.items());
        match page.json()["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return rows,
        }
    }
}

/// Puts many hazards of a unit on record at once, each a second after the one before.
fn put_on_record(app: &App, unit: &Unit, count: usize, measures: &str) -> Vec<String> {
    let caller = law_caller(app, &Caller::inspector());
    let policy = Arc::new(Policy::embedded().expect("the embedded policy is right"));
    let begin = app.clock().now();
    let mut ids = Vec::with_capacity(count);
    let put = app.read_store(|connection| {
        connection.begin_write()?;
        for number in 0..count {
            let seconds = i64::try_from(count - number).expect("a small number");
            let writing = Writing {
                caller: caller.clone(),
                now: begin.plus_seconds(-seconds),
                policy: Arc::clone(&policy),
                salt: [9; 16],
            };
            let mut body = app.report_body(unit);
            body["title"] = json!(format!("第{number}项隐患"));
            body["interim_measures"] = json!(measures);
            let body: ReportBody = deserr::deserialize::<_, _, Faults>(body).expect("the body is right");
            let id = HazardId::new(&app.clock());
            hazards::report(connection, &writing, &body, id)?;
            ids.push(id.to_string());
        }
        connection.commit()?;
        Ok::<_, Failure>(())
    });
    put.expect("everything is put on record");
    ids
}
