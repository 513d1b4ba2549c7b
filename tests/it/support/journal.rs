//! The journal as it lies in the database: what the service wrote, and nothing of what it makes of it.

use diesel::prelude::*;
use major_hazards::store::schema::events;
use major_hazards::store::{Connection, StoreError};
use major_hazards::values::{HazardId, Instant};
use serde_json::Value;

/// An event.
#[derive(Debug, Clone)]
pub struct RawEvent {
    /// Id of what it is about.
    pub subject: String,
    /// Its number there, from 1.
    pub version: i64,
    pub action: String,
    /// The status after it; empty for what has none.
    pub to: String,
    /// Microseconds since 1970.
    pub at: i64,
    pub actor: Value,
    pub payload: Value,
}

/// The events about all things of a kind (`hazard`, `notice`), those of one thing together and in their order.
pub fn events_of(connection: &mut Connection, kind: &str) -> Result<Vec<RawEvent>, StoreError> {
    type Line = (HazardId, i64, String, Option<String>, Instant, String, String);
    let lines: Vec<Line> = events::table
        .filter(events::subject_kind.eq(kind))
        .order((events::subject_id, events::version))
        .select((
            events::subject_id,
            events::version,
            events::action,
            events::to_status,
            events::at,
            events::actor,
            events::payload,
        ))
        .load(connection)?;
    let event = |(subject, version, action, to, at, actor, payload): Line| RawEvent {
        subject: subject.to_string(),
        version,
        action,
        to: to.unwrap_or_default(),
        at: at.micros(),
        actor: serde_json::from_str(&actor).expect("an actor is JSON"),
        payload: serde_json::from_str(&payload).expect("a payload is JSON"),
    };
    Ok(lines.into_iter().map(event).collect())
}
