//! A policy that changed is followed: the days that rows keep are computed again, and a deadline that moves because the
//! calendar was corrected moves by an event that says from where, to where, and which days are to blame.
//!
//! Every row says under which policy its days were computed. Whoever follows holds some rows of another policy, moves
//! them and marks them, all in one transaction: killed in between, it has not happened, and another does it.

mod store;

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use super::act::{self, to_json};
use super::fold::{self, CORRECT, CorrectBody, Entry, Payload};
use super::model::Hazard;
use super::store as ledger;
use super::store::Reference;
use crate::journal::{self, Actor, Draft, Subject};
use crate::law::deadlines::moves::{self, Move};
use crate::law::policy::Policy;
use crate::law::reckoning::Mark;
use crate::store::{Connection, StoreError};
use crate::values::{HazardId, Instant, Vocabulary};

pub use store::adopt;

/// Hazards that one transaction moves.
const AT_ONCE: i64 = 50;

/// Computes the days of some hazards again that were computed under another policy, and returns how many those were. To
/// be called until it returns none. A node whose policy is no longer the one in force moves nothing.
///
/// # Errors
/// The failures of the store; nothing was moved then.
pub fn follow(connection: &mut Connection, policy: &Policy, now: Instant, seed: [u8; 16]) -> Result<usize, StoreError> {
    if store::in_force(connection)? != Some(policy.mark()) {
        return Ok(0);
    }
    let behind: Vec<Reference> = store::behind(connection, policy.mark(), AT_ONCE)?
        .into_iter()
        .map(Reference::Id)
        .collect();
    // A row that another transaction holds is looked at again the next time.
    let held = ledger::hold_many(connection, &behind)?;
    let ids: Vec<HazardId> = held.iter().map(|found| found.hazard.id).collect();
    let mut kept = store::kept(connection, &ids, policy.mark())?;
    let mut known = HashMap::new();
    let mut followed = 0;
    for found in held {
        // Gone when another node was first.
        let Some(row) = kept.remove(&found.hazard.id) else {
            continue;
        };
        let before = match known.entry(row.mark) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => entry.insert(store::known(connection, row.mark)?),
        };
        one(
            connection,
            &found.hazard,
            &row,
            before.as_ref(),
            &Following { policy, now, seed },
        )?;
        followed += 1;
    }
    Ok(followed)
}

/// Under which policy, when, and the chance that salts are made of.
struct Following<'a> {
    policy: &'a Policy,
    now: Instant,
    seed: [u8; 16],
}

/// A policy that was in force.
#[derive(Debug)]
struct Known {
    version: String,
    reckoning: crate::law::reckoning::Reckoning,
}

/// What a row keeps.
#[derive(Debug)]
struct Kept {
    next_due_on: crate::values::Day,
    remind_on: crate::values::Day,
    mark: Mark,
}

fn one(
    connection: &mut Connection,
    hazard: &Hazard,
    row: &Kept,
    before: Option<&Known>,
    following: &Following<'_>,
) -> Result<(), StoreError> {
    let policy = following.policy;
    let moves = not_on_record(hazard, moved(hazard, row, before, policy));
    let mut days = act::days(hazard, policy, following.now);
    let other_reminders = before.is_none_or(|before| {
        let (was, is) = (&before.reckoning, policy.reckoning());
        (&was.remind_days_before, &was.remind_days_after) != (&is.remind_days_before, &is.remind_days_after)
    });
    if moves.is_empty() && !other_reminders {
        // Whoever reminded last wrote the day, and nothing of what it came from has changed.
        days.remind_on = row.remind_on;
    }
    if moves.is_empty() {
        return store::mark(connection, hazard.id, row, days);
    }
    let body = CorrectBody {
        policy_before: before.map(|before| before.version.clone()),
        moves,
    };
    let draft = draft(hazard, following, &body)?;
    let after = fold::apply(Some(hazard.clone()), Entry::from(&draft))?;
    ledger::correct(connection, hazard, &after, days)?;
    journal::append(connection, draft)
}

fn moved(hazard: &Hazard, row: &Kept, before: Option<&Known>, policy: &Policy) -> Vec<Move> {
    match before {
        Some(before) => moves::moved(&hazard.clocks, &before.reckoning.calendar, policy.calendar()),
        None => moves::moved_from(&hazard.clocks, row.next_due_on, policy.calendar())
            .into_iter()
            .collect(),
    }
}

/// Without what is on record already: a node that still ran under the policy before may have written the row since.
fn not_on_record(hazard: &Hazard, moves: Vec<Move>) -> Vec<Move> {
    let told = |moved: &Move| {
        let of_clock = |known: &&Move| known.clock == moved.clock && known.begun == moved.begun;
        let corrections = hazard.corrections.iter().rev();
        corrections
            .flat_map(|correction| &correction.moves)
            .find(of_clock)
            .is_some_and(|known| known.from == moved.from && known.to == moved.to)
    };
    moves.into_iter().filter(|moved| !told(moved)).collect()
}

fn draft(hazard: &Hazard, following: &Following<'_>, body: &CorrectBody) -> Result<Draft, StoreError> {
    Ok(Draft {
        subject: Subject::from(hazard.id),
        version: hazard.version + 1,
        action: CORRECT,
        event_type: "hazard.deadlines_corrected".to_owned(),
        from: Some(hazard.status.code()),
        to: Some(hazard.status.code()),
        at: following.now,
        actor: Actor::service(),
        payload: to_json(&Payload {
            body: to_json(body)?,
            clocks: Vec::new(),
            policy: following.policy.version().to_owned(),
            record: None,
        })?,
        salt: salt(hazard, following.seed),
    })
}

/// Sixteen bytes that nobody can guess who does not know the seed.
fn salt(hazard: &Hazard, seed: [u8; 16]) -> [u8; 16] {
    let digest = Sha256::new()
        .chain_update(seed)
        .chain_update(hazard.id.uuid().as_bytes())
        .finalize();
    let mut salt = [0; 16];
    salt.iter_mut().zip(digest).for_each(|(byte, chance)| *byte = chance);
    salt
}
