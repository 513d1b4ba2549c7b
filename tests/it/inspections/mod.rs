//! Inspections from phones: what is put on record, what is refused, what a repeat is answered, how evidence comes in, and
//! who reads.

mod evidence;
mod list;
mod orders;
mod plans;
mod receiving;
mod refusals;
mod repeats;
mod rights;

use diesel::QueryDsl as _;
use diesel::RunQueryDsl as _;
use major_hazards::store::StoreError;
use major_hazards::store::schema::{attachments, events, hazards, inspection_attachments, inspections as rows, outbox};
use serde_json::Value;

use crate::support::app::App;
use crate::support::caller::Caller;

/// How many rows there are of all that an inspection writes.
fn counted(app: &App) -> [i64; 6] {
    app.read_store(|connection| {
        Ok::<_, StoreError>([
            rows::table.count().get_result(connection)?,
            inspection_attachments::table.count().get_result(connection)?,
            attachments::table.count().get_result(connection)?,
            hazards::table.count().get_result(connection)?,
            events::table.count().get_result(connection)?,
            outbox::table.count().get_result(connection)?,
        ])
    })
    .expect("rows are counted")
}

/// An inspection as an official of the district reads it.
async fn read(app: &App, id: &str) -> Value {
    let answer = app
        .get(format!("/v1/inspections/{id}"))
        .as_(&Caller::office())
        .send()
        .await;
    answer.expect_status(200).json()
}
