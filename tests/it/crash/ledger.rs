//! The whole ledger, looked at behind the service's back: every hazard is its events, every event was handed to the
//! outbox once, and numbers run without gaps.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use major_hazards::hazards::{Entry, Reference, find, fold};
use major_hazards::journal::{self, Event, Subject, SubjectKind};
use major_hazards::store::schema::{events, hazards, outbox};
use major_hazards::store::{Connection, StoreError};
use major_hazards::values::HazardId;

use crate::support::database::Database;

/// The histories of all hazards, by id.
pub struct Ledger {
    histories: BTreeMap<String, Vec<Event>>,
    events: i64,
}

impl Ledger {
    /// Reads it and fails unless it is whole.
    pub fn whole(database: &Database) -> Self {
        let mut connection = database.parsed_url().connect().expect("a test's database is there");
        let (ledger, faults) = read(&mut connection).expect("the ledger is read");
        assert_eq!(faults, Vec::<String>::new());
        ledger
    }

    /// How many events there are, whatever they are about.
    pub fn events(&self) -> i64 {
        self.events
    }

    /// The events of one hazard; none when it is not on record.
    pub fn history(&self, id: &str) -> &[Event] {
        self.histories.get(id).map_or(&[], Vec::as_slice)
    }

    /// The texts of the remarks on a hazard, in their order.
    pub fn remarks(&self, id: &str) -> Vec<&str> {
        texts(self.history(id))
    }
}

/// The history of one hazard, without a look at the others.
pub fn history_of(database: &Database, id: &str) -> Vec<Event> {
    let mut connection = database.parsed_url().connect().expect("a test's database is there");
    let id: HazardId = id.parse().expect("an id");
    journal::history(&mut connection, Subject::from(id)).expect("a history is read")
}

/// The texts of the remarks in a history, in their order.
pub fn texts(history: &[Event]) -> Vec<&str> {
    let remarks = history.iter().filter(|event| event.action == "remark");
    remarks
        .map(|event| event.payload["body"]["text"].as_str().expect("a remark has a text"))
        .collect()
}

/// The ledger, and everything that is wrong with it.
fn read(connection: &mut Connection) -> Result<(Ledger, Vec<String>), StoreError> {
    let mut faults = Vec::new();
    let rows: Vec<(HazardId, String)> = hazards::table
        .select((hazards::id, hazards::number))
        .order(hazards::number.asc())
        .load(connection)?;
    let ids: BTreeSet<String> = rows.iter().map(|(id, _)| id.to_string()).collect();
    let logged: Vec<(HazardId, i64, String)> = events::table
        .select((events::subject_id, events::version, events::subject_kind))
        .load(connection)?;
    let mut told: Vec<(String, i64)> = outbox::table
        .select((outbox::subject_id, outbox::version))
        .load::<(HazardId, i64)>(connection)?
        .into_iter()
        .map(|(id, version)| (id.to_string(), version))
        .collect();
    let mut happened: Vec<(String, i64)> = Vec::new();
    for (id, version, kind) in logged {
        let id = id.to_string();
        if kind == SubjectKind::Hazard.to_string() && !ids.contains(&id) {
            faults.push(format!("event {version} of hazard {id}, which has no row"));
        }
        // What happens to a tip is told to nobody.
        if kind != SubjectKind::Tip.to_string() {
            happened.push((id, version));
        }
    }
    told.sort();
    happened.sort();
    if told != happened {
        let (told, happened): (BTreeSet<_>, BTreeSet<_>) = (told.iter().collect(), happened.iter().collect());
        let silent: Vec<_> = happened.difference(&told).collect();
        let invented: Vec<_> = told.difference(&happened).collect();
        faults.push(format!(
            "events that nobody is told of: {silent:?}; told without or twice: {invented:?}"
        ));
    }
    let mut histories = BTreeMap::new();
    let mut series: BTreeMap<String, u32> = BTreeMap::new();
    for (id, number) in rows {
        let history = journal::history(connection, Subject::from(id))?;
        if let Err(version) = journal::verify(&history) {
            faults.push(format!("the chain of {id} breaks at {version}"));
        }
        let row = find(connection, Reference::Id(id))?.map(|found| found.hazard);
        if fold(history.iter().map(Entry::from))? != row {
            faults.push(format!(
                "the row of {id} is not the fold of its {} events",
                history.len()
            ));
        }
        let (prefix, running) = number.rsplit_once('-').expect("a number has parts");
        let last = series.entry(prefix.to_owned()).or_default();
        *last += 1;
        if running.parse() != Ok(*last) {
            faults.push(format!("number {number} where {last} is due"));
        }
        histories.insert(id.to_string(), history);
    }
    let events = events::table.count().get_result(connection)?;
    Ok((Ledger { histories, events }, faults))
}

mod tests {
    use diesel::connection::SimpleConnection as _;

    use super::read;
    use crate::support::app::App;
    use crate::support::on_both;

    on_both! {
        async fn a_half_written_hazard_is_found(app: App) {
            app.hazard().await;
            app.hazard().await;
            let faults = |breakage: &str| {
                app.read_store(|connection| {
                    connection.begin_write().unwrap();
                    connection.batch_execute(breakage).unwrap();
                    let (_, faults) = read(connection).unwrap();
                    connection.roll_back().unwrap();
                    Ok::<_, ()>(faults.join("; "))
                }).unwrap()
            };
            assert_eq!(faults("SELECT 1"), "");
            let unheard = faults("DELETE FROM outbox WHERE position = (SELECT max(position) FROM outbox)");
            assert!(unheard.contains("nobody is told"), "{unheard}");
            let older = faults("UPDATE hazards SET document = (SELECT min(document) FROM hazards)");
            assert!(older.contains("not the fold"), "{older}");
            let gap = faults("UPDATE hazards SET number = replace(number, '000002', '000003')");
            assert!(gap.contains("is due"), "{gap}");
        }
    }
}
