//! Looks at a sample of what was loaded as an auditor would: does the row follow from the events, and do the events
//! hold together?

use diesel::prelude::*;
use major_hazards::hazards::{self, Entry, Hazard, Reference};
use major_hazards::journal::{self, Subject};
use major_hazards::law::deadlines;
use major_hazards::law::policy::Policy;
use major_hazards::store::Connection;
use major_hazards::store::schema::{hazard_attachments, hazard_criteria, hazard_search, hazards as ledger};
use major_hazards::values::{Day, HazardId, Instant};

use super::Trouble;

/// Of how many hazards the terms for full-text search are compared: SQLite finds them by a walk over all.
const SEARCHED: usize = 10;

/// Checks these hazards and returns how many events they had.
pub fn check(connection: &mut Connection, ids: &[HazardId]) -> Result<usize, Trouble> {
    let policy = Policy::embedded().map_err(|faults| format!("{faults:?}"))?;
    let mut events = 0;
    for id in ids {
        events += one(connection, *id, &policy).map_err(|trouble| format!("hazard {id}: {trouble}"))?;
    }
    for id in ids.iter().take(SEARCHED) {
        searchable(connection, *id).map_err(|trouble| format!("hazard {id}: {trouble}"))?;
    }
    Ok(events)
}

fn one(connection: &mut Connection, id: HazardId, policy: &Policy) -> Result<usize, Trouble> {
    let found = hazards::find(connection, Reference::Id(id))?.ok_or("it is not there")?;
    let history = journal::history(connection, Subject::from(id))?;
    journal::verify(&history).map_err(|version| format!("the chain breaks at event {version}"))?;
    let folded = hazards::fold(history.iter().map(Entry::from))?.ok_or("it has no history")?;
    if folded != found.hazard {
        return Err("the document is not the fold of the events".into());
    }
    let hazard = &found.hazard;
    let columns: (i64, String, String, String, String, Day, Instant, Instant) = ledger::table
        .find(id)
        .select((
            ledger::version,
            ledger::status,
            ledger::area,
            ledger::industry,
            ledger::uscc,
            ledger::next_due_on,
            ledger::reported_at,
            ledger::updated_at,
        ))
        .first(connection)?;
    let expected = (
        hazard.version,
        hazard.status.to_string(),
        hazard.area.to_string(),
        hazard.industry.to_string(),
        hazard.uscc.to_string(),
        deadlines::next_due_on(&hazard.clocks, policy.calendar()).unwrap_or(Day::NEVER),
        hazard.reported_at,
        hazard.updated_at,
    );
    if columns != expected {
        return Err(format!("the row says {columns:?}, the events {expected:?}").into());
    }
    if !hazards::is_counted(connection, hazard, expected.5)? {
        return Err("statistics count something else than the document says".into());
    }
    let mut criteria: Vec<String> = hazard_criteria::table
        .filter(hazard_criteria::hazard_id.eq(id))
        .select(hazard_criteria::criterion)
        .load(connection)?;
    let mut cited = hazard.criteria.clone();
    criteria.sort();
    cited.sort();
    if criteria != cited {
        return Err(format!("it cites {cited:?}, its rows say {criteria:?}").into());
    }
    evidence(connection, hazard)?;
    Ok(history.len())
}

fn searchable(connection: &mut Connection, id: HazardId) -> Result<(), Trouble> {
    let found = hazards::find(connection, Reference::Id(id))?.ok_or("it is not there")?;
    let tokens: String = hazard_search::table
        .find(id)
        .select(hazard_search::tokens)
        .first(connection)?;
    let Hazard {
        title,
        description,
        address,
        ..
    } = found.hazard;
    let [title, description, address] = [title.to_string(), description.to_string(), address.to_string()];
    if tokens == hazards::search_tokens(&[title, description, address, found.enterprise_name]) {
        Ok(())
    } else {
        Err("full-text search would not find it".into())
    }
}

fn evidence(connection: &mut Connection, hazard: &Hazard) -> Result<(), Trouble> {
    let completion = hazard.completion.iter().flat_map(|completion| &completion.attachments);
    let review = hazard.review.iter().flat_map(|review| &review.attachments);
    for piece in hazard.attachments.iter().chain(completion).chain(review) {
        let cited: i64 = hazard_attachments::table
            .filter(hazard_attachments::attachment_id.eq(piece))
            .filter(hazard_attachments::hazard_id.eq(hazard.id))
            .count()
            .get_result(connection)?;
        let history = journal::history(connection, Subject::from(*piece))?;
        if cited == 0 || history.is_empty() || journal::verify(&history).is_err() {
            return Err(format!("its evidence {piece} has no history that holds together").into());
        }
    }
    Ok(())
}
