//! The transparency log, written to its end and as it lies in the database.

use std::sync::Arc;

use diesel::dsl::{count_star, max};
use diesel::prelude::*;
use major_hazards::store::schema::{events, log_head, log_tip_events, outbox};
use major_hazards::store::{Connection, Store, StoreError};
use major_hazards::transparency::{self, LogKeys, Sequencer};
use major_hazards::values::{Clock, Day};

use super::app::App;
use super::database::Database;

/// Somebody who writes the log of a database, as a node does.
pub async fn sequencer(database: &Database, clock: &Clock) -> Sequencer {
    let store = Store::open(&database.parsed_url()).expect("the database is there");
    let keys = keys(&store, database, clock).await;
    Sequencer::new(store, clock.clone(), keys)
}

/// The keys of the log of a database, which is begun when there is none.
pub async fn keys(store: &Store, database: &Database, clock: &Clock) -> Arc<LogKeys> {
    let path = database.folder().join("log-key");
    transparency::open(store, &path, clock)
        .await
        .expect("the keys of the log")
}

/// Writes until everything that was committed is in the log.
pub async fn write_to_the_end(sequencer: &Sequencer, connection: &mut Connection, today: Day) {
    while !is_written(connection, today).expect("the head of the log") {
        sequencer.step().await.expect("a step");
    }
}

fn is_written(connection: &mut Connection, today: Day) -> Result<bool, StoreError> {
    let (position, tips_on): (i64, Option<Day>) = log_head::table
        .select((log_head::position, log_head::tips_on))
        .first(connection)?;
    let last: Option<i64> = outbox::table.select(max(outbox::position)).first(connection)?;
    Ok(tips_on >= Some(today) && Some(position) >= last)
}

impl App {
    /// Writes the log until everything that was committed is in it.
    pub async fn write_log(&self) {
        let sequencer = sequencer(self.database(), &self.clock()).await;
        write_to_the_end(&sequencer, &mut self.connect(), self.clock().now().day()).await;
    }

    /// How many events of hazards there are.
    pub fn events_of_hazards(&self) -> u64 {
        let count: i64 = self
            .read_store(|connection| {
                let events = events::table.filter(events::subject_kind.eq("hazard"));
                Ok::<_, StoreError>(events.select(count_star()).first(connection)?)
            })
            .expect("events are counted");
        u64::try_from(count).expect("a count")
    }

    /// How many events of tips no entry of the log stands for.
    pub fn tip_events_outside_the_log(&self) -> i64 {
        self.read_store(|connection| {
            let events = events::table.filter(events::subject_kind.eq("tip"));
            let all: i64 = events.select(count_star()).first(connection)?;
            let inside: i64 = log_tip_events::table.select(count_star()).first(connection)?;
            Ok::<_, StoreError>(all - inside)
        })
        .expect("events are counted")
    }
}
