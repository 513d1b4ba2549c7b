//! Rows of what is counted. They are written by the store of the ledger, in the transaction of the hazard's row.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Nullable, Text};

use super::{Measures, Period};
use crate::hazards::model::{Hazard, Penalty};
use crate::hazards::store::{Advance, Days, read};
use crate::law::lifecycle::{Escalation, PenaltyKind, Source, State};
use crate::law::scope::Level;
use crate::store::arrays::over_arrays;
use crate::store::columns::{UuidColumn, texts};
use crate::store::schema::{hazard_measures, hazard_penalties, hazard_reopenings, hazards};
use crate::store::{Connection, StoreError};
use crate::values::{AreaCode, Day, HazardId, IndustryCode, Uscc, Yuan};

texts!(PenaltyKind);

/// Hazards that are counted again in one go.
const PAGE: i64 = 1000;

#[derive(Debug, PartialEq, Insertable, Queryable)]
#[diesel(table_name = hazard_measures)]
struct Row {
    hazard_id: HazardId,
    uscc: Uscc,
    area: AreaCode,
    industry: IndustryCode,
    source: Source,
    recurs: bool,
    reported_at: i64,
    status: State,
    escalation: Escalation,
    listed: bool,
    next_due_on: Day,
    campaigns: String,
    level: Option<Level>,
    committee: Option<String>,
    confirmed_at: Option<i64>,
    ended_at: Option<i64>,
    closed_on_time: Option<bool>,
    reckoned_by: Option<i64>,
}

#[derive(AsChangeset)]
#[diesel(table_name = hazard_measures, treat_none_as_null = true)]
struct Changes {
    status: State,
    escalation: Escalation,
    listed: bool,
    next_due_on: Day,
    campaigns: String,
    level: Option<Level>,
    committee: Option<String>,
    confirmed_at: Option<i64>,
    ended_at: Option<i64>,
    closed_on_time: Option<bool>,
}

#[derive(Debug, PartialEq, Insertable, Queryable)]
#[diesel(table_name = hazard_reopenings)]
struct Reopening {
    hazard_id: HazardId,
    version: i64,
    opened_at: i64,
    ended_at: Option<i64>,
    closed_on_time: Option<bool>,
}

#[derive(Debug, PartialEq, Insertable, Queryable)]
#[diesel(table_name = hazard_penalties)]
struct Punished {
    hazard_id: HazardId,
    place: i64,
    kind: PenaltyKind,
    decided_on: Day,
    unit_fen: Option<i64>,
    person: bool,
    person_fen: Option<i64>,
}

impl Row {
    fn of(id: HazardId, measures: Measures, next_due_on: Day, reckoned_by: Option<i64>) -> Self {
        let changes = Changes::of(&measures, next_due_on);
        Self {
            hazard_id: id,
            uscc: measures.uscc,
            area: measures.area,
            industry: measures.industry,
            source: measures.source,
            recurs: measures.recurs,
            reported_at: measures.reported_at.micros(),
            status: changes.status,
            escalation: changes.escalation,
            listed: changes.listed,
            next_due_on: changes.next_due_on,
            campaigns: changes.campaigns,
            level: changes.level,
            committee: changes.committee,
            confirmed_at: changes.confirmed_at,
            ended_at: changes.ended_at,
            closed_on_time: changes.closed_on_time,
            reckoned_by,
        }
    }
}

impl Changes {
    fn of(measures: &Measures, next_due_on: Day) -> Self {
        let first = measures.periods.first();
        let ending = first.and_then(|period| period.ending);
        Self {
            status: measures.status,
            escalation: measures.escalation,
            listed: measures.listed,
            next_due_on,
            campaigns: measures.campaigns.clone(),
            level: measures.level,
            committee: measures.committee.clone(),
            confirmed_at: first.map(|period| period.opened_at.micros()),
            ended_at: ending.map(|ending| ending.at.micros()),
            closed_on_time: ending.and_then(|ending| ending.closed_on_time),
        }
    }
}

impl Reopening {
    fn of(id: HazardId, period: &Period) -> Self {
        Self {
            hazard_id: id,
            version: period.version,
            opened_at: period.opened_at.micros(),
            ended_at: period.ending.map(|ending| ending.at.micros()),
            closed_on_time: period.ending.and_then(|ending| ending.closed_on_time),
        }
    }

    fn all(id: HazardId, measures: &Measures) -> Vec<Self> {
        let later = measures.periods.iter().skip(1);
        later.map(|period| Self::of(id, period)).collect()
    }
}

impl Punished {
    fn of(id: HazardId, place: i64, penalty: &Penalty) -> Self {
        Self {
            hazard_id: id,
            place,
            kind: penalty.kind,
            decided_on: penalty.decided_on,
            unit_fen: penalty.unit_amount_cny.map(Yuan::fen),
            person: penalty.person.is_some(),
            person_fen: penalty.person_amount_cny.map(Yuan::fen),
        }
    }

    fn all(id: HazardId, penalties: &[Penalty]) -> Vec<Self> {
        let placed = (0..).zip(penalties);
        placed.map(|(place, penalty)| Self::of(id, place, penalty)).collect()
    }
}

/// Begins to count a new hazard.
///
/// # Errors
/// The failures of the store.
pub fn begin(connection: &mut Connection, hazard: &Hazard, days: Days) -> Result<(), StoreError> {
    diesel::insert_into(hazard_measures::table)
        .values(Row::of(
            hazard.id,
            Measures::of(hazard),
            days.next_due_on,
            reckoned_by(days),
        ))
        .execute(connection)?;
    Ok(())
}

/// What is kept of the policy that the days were computed under; nothing where no clock runs.
fn reckoned_by(days: Days) -> Option<i64> {
    (days.next_due_on < Day::NEVER).then_some(days.mark.0)
}

/// Counts a hazard as it stands now.
///
/// # Errors
/// The failures of the store.
pub fn follow(connection: &mut Connection, before: &Hazard, after: &Hazard, days: Days) -> Result<(), StoreError> {
    let policy = reckoned_by(days);
    let kept: Option<i64> = hazard_measures::table
        .find(after.id)
        .select(hazard_measures::reckoned_by)
        .first(connection)?;
    diesel::update(hazard_measures::table.filter(hazard_measures::hazard_id.eq(after.id)))
        .set((
            Changes::of(&Measures::of(after), days.next_due_on),
            // Set alone where it changed: it stands in an index.
            (policy != kept).then(|| hazard_measures::reckoned_by.eq(policy)),
        ))
        .execute(connection)?;
    keep_apart(connection, before, after)
}

/// Counts the hazards of a batch as they stand now.
///
/// # Errors
/// The failures of the store.
pub fn follow_many(connection: &mut Connection, advances: &[Advance]) -> Result<(), StoreError> {
    let Connection::Postgres(inner) = connection else {
        return advances
            .iter()
            .try_for_each(|step| follow(connection, &step.before, &step.after, step.days));
    };
    let mut rows = FollowMany::default();
    for step in advances {
        rows.push(
            step.after.id,
            Changes::of(&Measures::of(&step.after), step.days.next_due_on),
            reckoned_by(step.days),
        );
    }
    if !advances.is_empty() {
        rows.execute(inner)?;
    }
    advances
        .iter()
        .try_for_each(|step| keep_apart(connection, &step.before, &step.after))
}

over_arrays! {
    FollowMany: "UPDATE hazard_measures SET status = new.status, escalation = new.escalation, listed = new.listed, next_due_on = new.next_due_on, \
                 campaigns = new.campaigns, level = new.level, committee = new.committee, \
                 confirmed_at = new.confirmed_at, ended_at = new.ended_at, closed_on_time = new.closed_on_time, \
                 reckoned_by = new.reckoned_by FROM unnest(",
    {
        ids: UuidColumn => HazardId,
        statuses: Text => State,
        escalations: Text => Escalation,
        listed: Bool => bool,
        due: Date => Day,
        campaigns: Text => String,
        levels: Nullable<Text> => Option<Level>,
        committees: Nullable<Text> => Option<String>,
        confirmed: Nullable<BigInt> => Option<i64>,
        ended: Nullable<BigInt> => Option<i64>,
        on_time: Nullable<Bool> => Option<bool>,
        policies: Nullable<BigInt> => Option<i64>,
    },
    ") AS new (id, status, escalation, listed, next_due_on, campaigns, level, committee, confirmed_at, ended_at, closed_on_time, \
     reckoned_by) \
     WHERE hazard_measures.hazard_id = new.id"
}

impl FollowMany {
    fn push(&mut self, id: HazardId, changes: Changes, reckoned_by: Option<i64>) {
        self.ids.push(id);
        self.statuses.push(changes.status);
        self.escalations.push(changes.escalation);
        self.listed.push(changes.listed);
        self.due.push(changes.next_due_on);
        self.campaigns.push(changes.campaigns);
        self.levels.push(changes.level);
        self.committees.push(changes.committee);
        self.confirmed.push(changes.confirmed_at);
        self.ended.push(changes.ended_at);
        self.on_time.push(changes.closed_on_time);
        self.policies.push(reckoned_by);
    }
}

/// Writes what has rows of its own.
fn keep_apart(connection: &mut Connection, before: &Hazard, after: &Hazard) -> Result<(), StoreError> {
    reopen(connection, before, after)?;
    let punished = Punished::all(after.id, &after.penalties);
    for penalty in punished.into_iter().skip(before.penalties.len()) {
        diesel::insert_into(hazard_penalties::table)
            .values(penalty)
            .execute(connection)?;
    }
    Ok(())
}

/// Writes what changed of the later periods, which is nothing at nearly every action.
fn reopen(connection: &mut Connection, before: &Hazard, after: &Hazard) -> Result<(), StoreError> {
    if after.reopened == 0 {
        return Ok(());
    }
    let known = Reopening::all(before.id, &Measures::of(before));
    for reopening in Reopening::all(after.id, &Measures::of(after)) {
        if known.contains(&reopening) {
            continue;
        }
        diesel::delete(
            hazard_reopenings::table
                .filter(hazard_reopenings::hazard_id.eq(reopening.hazard_id))
                .filter(hazard_reopenings::version.eq(reopening.version)),
        )
        .execute(connection)?;
        diesel::insert_into(hazard_reopenings::table)
            .values(reopening)
            .execute(connection)?;
    }
    Ok(())
}

/// What came of counting every hazard again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recount {
    /// How many hazards were counted.
    pub hazards: usize,
    /// Those of which something else is kept than their documents say.
    pub wrong: Vec<HazardId>,
}

/// Counts every hazard again from its document and compares that with what is kept. Changes nothing.
///
/// # Errors
/// The failures of the store, and a document that this program did not write.
pub fn recount(connection: &mut Connection) -> Result<Recount, StoreError> {
    let mut recount = Recount::default();
    let mut last: Option<HazardId> = None;
    loop {
        let mut query = hazards::table
            .order(hazards::id)
            .limit(PAGE)
            .select((hazards::id, hazards::document, hazards::next_due_on))
            .into_boxed();
        if let Some(last) = last {
            query = query.filter(hazards::id.gt(last));
        }
        let rows: Vec<(HazardId, String, Day)> = query.load(connection)?;
        last = rows.last().map(|(id, ..)| *id);
        if last.is_none() {
            return Ok(recount);
        }
        for (id, document, next_due_on) in rows {
            recount.hazards += 1;
            let hazard = read(&document, String::new())?.hazard;
            if !is_counted(connection, &hazard, next_due_on)? {
                recount.wrong.push(id);
            }
        }
    }
}

/// Whether what is kept of a hazard is what it says itself.
///
/// # Errors
/// The failures of the store.
pub fn is_counted(connection: &mut Connection, hazard: &Hazard, next_due_on: Day) -> Result<bool, StoreError> {
    let measures = Measures::of(hazard);
    let kept: Option<Row> = hazard_measures::table.find(hazard.id).first(connection).optional()?;
    let reopenings: Vec<Reopening> = hazard_reopenings::table
        .filter(hazard_reopenings::hazard_id.eq(hazard.id))
        .order(hazard_reopenings::version)
        .load(connection)?;
    let penalties: Vec<Punished> = hazard_penalties::table
        .filter(hazard_penalties::hazard_id.eq(hazard.id))
        .order(hazard_penalties::place)
        .load(connection)?;
    // A policy that is not followed yet makes nothing wrong; that somebody follows it, where a clock runs, must be kept.
    let policy = kept.as_ref().and_then(|row| row.reckoned_by);
    let told = Row::of(hazard.id, measures.clone(), next_due_on, policy);
    Ok(reopenings == Reopening::all(hazard.id, &measures)
        && penalties == Punished::all(hazard.id, &hazard.penalties)
        && kept == Some(told)
        && policy.is_some() == (next_due_on < Day::NEVER))
}
