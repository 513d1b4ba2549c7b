//! Rows of the ledger. Nothing here decides: [`insert`] and [`advance`] demand the [`Permit`] that the law gave.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Nullable, Text};

use super::found::{Found, look_at_evidence};
use super::measures::store as measures;
use super::model::{Campaign, Hazard};
use super::search;
use crate::law::decide::Permit;
use crate::law::lifecycle::{Escalation, OrderKind, Production, Source, State};
use crate::law::reckoning::Mark;
use crate::law::refusal::Refusal;
use crate::law::scope::Level;
use crate::store::arrays::over_arrays;
use crate::store::columns::{InstantColumn, UuidColumn, texts};
use crate::store::schema::{enterprises, hazard_campaigns, hazard_criteria, hazard_search, hazards, number_series};
use crate::store::{Connection, Failure, MultiBackend, StoreError, plan};
use crate::values::{AreaCode, County, Day, EnterpriseId, HazardId, HazardNumber, IndustryCode, Instant, Uscc};

texts!(Campaign, Escalation, Level, OrderKind, Production, Source, State);

/// A hazard as it is named in a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reference {
    /// By id.
    Id(HazardId),
    /// By number.
    Number(HazardNumber),
}

#[derive(Queryable)]
struct DocumentRow {
    document: String,
    enterprise_name: String,
}

/// One row, whoever asks.
///
/// # Errors
/// The failures of the store.
pub fn find(connection: &mut Connection, reference: Reference) -> Result<Option<Found>, StoreError> {
    let columns = (hazards::document, enterprises::name);
    let joined = hazards::table.inner_join(enterprises::table.on(enterprises::id.eq(hazards::enterprise_id)));
    let row: Option<DocumentRow> = match reference {
        Reference::Id(id) => joined
            .filter(hazards::id.eq(id))
            .select(columns)
            .first(connection)
            .optional()?,
        Reference::Number(number) => joined
            .filter(hazards::number.eq(number))
            .select(columns)
            .first(connection)
            .optional()?,
    };
    let mut found = row.map(DocumentRow::read).transpose()?;
    look_at_evidence(connection, found.as_mut_slice())?;
    Ok(found)
}

impl DocumentRow {
    fn read(self) -> Result<Found, StoreError> {
        read(&self.document, self.enterprise_name)
    }
}

/// A hazard from its document, before anybody looked at its evidence.
///
/// # Errors
/// When the document is not one that this program wrote.
pub fn read(document: &str, enterprise_name: String) -> Result<Found, StoreError> {
    Ok(Found {
        hazard: serde_json::from_str(document).map_err(|error| StoreError::Corrupt(error.to_string()))?,
        enterprise_name,
        evidence_outstanding: false,
    })
}

/// True when another hazard was merged into this one.
///
/// # Errors
/// The failures of the store.
pub fn has_merged(connection: &mut Connection, id: HazardId) -> Result<bool, StoreError> {
    let merged: Option<HazardId> = hazards::table
        .filter(hazards::merged_into.eq(id))
        .select(hazards::id)
        .first(connection)
        .optional()?;
    Ok(merged.is_some())
}

/// The next running number of a county and year. The row of the series is locked until the transaction ends, so
/// numbers run without gaps.
///
/// # Errors
/// The failures of the store.
pub fn next_number(connection: &mut Connection, county: County, year: i32) -> Result<HazardNumber, StoreError> {
    let series = number_series::table
        .filter(number_series::county.eq(county))
        .filter(number_series::year.eq(i64::from(year)));
    let touched = diesel::update(series)
        .set(number_series::last.eq(number_series::last + 1))
        .execute(connection)?;
    if touched == 0 {
        let begun: Result<usize, StoreError> = connection.nested(|connection| {
            Ok(diesel::insert_into(number_series::table)
                .values((
                    number_series::county.eq(county),
                    number_series::year.eq(i64::from(year)),
                    number_series::last.eq(1),
                ))
                .execute(connection)?)
        });
        match begun {
            Ok(_) => {}
            // Another node began the series meanwhile; its row is there now.
            Err(StoreError::Unique(_)) => return next_number(connection, county, year),
            Err(error) => return Err(error),
        }
    }
    let running = number_series::table
        .filter(number_series::county.eq(county))
        .filter(number_series::year.eq(i64::from(year)))
        .select(number_series::last)
        .first(connection)?;
    Ok(HazardNumber { county, year, running })
}

/// What a row keeps of the days ahead, so that the hazard is found by them; [`Day::NEVER`] when there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// The end of the clock that ends first.
    pub next_due_on: Day,
    /// When somebody has to look whether the unit is to be reminded.
    pub remind_on: Day,
    /// The policy that they were computed under.
    pub mark: Mark,
}

/// A row but for the search words, which lie elsewhere.
#[derive(Debug, PartialEq, Insertable, Queryable, Selectable)]
#[diesel(table_name = hazards)]
pub(super) struct Row {
    id: HazardId,
    number: HazardNumber,
    source: Source,
    enterprise_id: EnterpriseId,
    uscc: Uscc,
    reported_at: Instant,
    reported_by: String,
    recurrence_of: Option<HazardId>,
    version: i64,
    found_on: Day,
    industry: IndustryCode,
    area: AreaCode,
    next_due_on: Day,
    remind_on: Day,
    updated_at: Instant,
    document: String,
    #[diesel(embed)]
    standing: Standing,
}

impl Row {
    /// The row of a hazard with these days.
    ///
    /// # Errors
    /// When the hazard cannot be written as JSON.
    pub(super) fn new(hazard: &Hazard, next_due_on: Day, remind_on: Day) -> Result<Self, StoreError> {
        Ok(Self {
            id: hazard.id,
            number: hazard.number,
            source: hazard.source,
            enterprise_id: hazard.enterprise_id,
            uscc: hazard.uscc.clone(),
            reported_at: hazard.reported_at,
            reported_by: hazard.reported_by.clone(),
            recurrence_of: hazard.recurrence_of,
            version: hazard.version,
            found_on: hazard.found_on,
            industry: hazard.industry.clone(),
            area: hazard.area.clone(),
            next_due_on,
            remind_on,
            updated_at: hazard.updated_at,
            document: document(hazard)?,
            standing: Standing::of(hazard),
        })
    }

    /// When the clock that ends first does, and when somebody has to look.
    pub(super) fn days(&self) -> (Day, Day) {
        (self.next_due_on, self.remind_on)
    }
}

/// What a row repeats of its document, so that it is found by it.
#[derive(Debug, PartialEq, Insertable, Queryable, Selectable)]
#[diesel(table_name = hazards)]
pub(super) struct Standing {
    status: State,
    found_level: Option<Level>,
    supervision_kind: Option<OrderKind>,
    supervision_level: Option<Level>,
    supervision_authority: Option<String>,
    production: Production,
    escalation: Escalation,
    reviewed_by: Option<String>,
    signed_off_by: Option<String>,
    merged_into: Option<HazardId>,
    closed_at: Option<Instant>,
}

impl Standing {
    fn of(hazard: &Hazard) -> Self {
        let order = hazard.supervision.as_ref();
        let passed = hazard.review.as_ref().filter(|review| review.passed);
        Self {
            status: hazard.status,
            found_level: hazard.found_level,
            supervision_kind: order.map(|order| order.kind),
            supervision_level: order.map(|order| order.level),
            supervision_authority: hazard.authority().map(str::to_owned),
            production: hazard.production,
            escalation: hazard.escalation,
            reviewed_by: passed.map(|review| review.recorded_by.clone()),
            signed_off_by: hazard.sign_off.as_ref().map(|sign_off| sign_off.signed_by.clone()),
            merged_into: hazard.merged_into,
            closed_at: hazard.closed_at,
        }
    }
}

fn document(hazard: &Hazard) -> Result<String, StoreError> {
    serde_json::to_string(hazard).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// Puts a new hazard on the ledger.
///
/// # Errors
/// [`StoreError::Unique`] when the id or number is taken, and the other failures of the store.
pub fn insert(
    connection: &mut Connection,
    _permit: Permit,
    hazard: &Hazard,
    enterprise_name: &str,
    days: Days,
) -> Result<(), StoreError> {
    diesel::insert_into(hazards::table)
        .values(Row::new(hazard, days.next_due_on, days.remind_on)?)
        .execute(connection)?;
    insert_tags(connection, hazard)?;
    measures::begin(connection, hazard, days)?;
    diesel::insert_into(hazard_search::table)
        .values((
            hazard_search::hazard_id.eq(hazard.id),
            hazard_search::tokens.eq(search::tokens(&searched(hazard, enterprise_name))),
        ))
        .execute(connection)?;
    Ok(())
}

/// Writes a hazard that an action advanced. The row must still stand where the permit found it.
///
/// # Errors
/// [`Refusal::Stale`] when another transaction was first, and the failures of the store.
pub fn advance(
    connection: &mut Connection,
    permit: Permit,
    before: &Hazard,
    after: &Hazard,
    days: Days,
) -> Result<(), Failure> {
    debug_assert_eq!(permit.to(), after.status);
    write(connection, before, after, days)
}

/// Writes a hazard whose description was put right.
///
/// # Errors
/// As [`advance`].
pub fn amend(
    connection: &mut Connection,
    before: &Hazard,
    after: &Hazard,
    enterprise_name: &str,
    days: Days,
) -> Result<(), Failure> {
    write(connection, before, after, days)?;
    diesel::update(hazard_search::table.filter(hazard_search::hazard_id.eq(after.id)))
        .set(hazard_search::tokens.eq(search::tokens(&searched(after, enterprise_name))))
        .execute(connection)?;
    Ok(())
}

/// Writes a hazard whose deadlines a corrected calendar moved. The row is held.
///
/// # Errors
/// [`StoreError::Busy`] when it does not stand where it was found, and the other failures of the store.
pub fn correct(connection: &mut Connection, before: &Hazard, after: &Hazard, days: Days) -> Result<(), StoreError> {
    write(connection, before, after, days).map_err(unheld)
}

/// Rows of a batch, held until the transaction ends. On PostgreSQL a row that another transaction holds is left out, so
/// that nobody waits for it; so is what does not exist.
///
/// # Errors
/// The failures of the store.
pub fn hold_many(connection: &mut Connection, references: &[Reference]) -> Result<Vec<Found>, StoreError> {
    let Connection::Postgres(inner) = connection else {
        let found = references.iter().map(|reference| find(connection, *reference));
        return found.filter_map(Result::transpose).collect();
    };
    let mut by_id = HoldById::default();
    let mut by_number = HoldByNumber::default();
    for reference in references {
        match reference {
            Reference::Id(id) => by_id.ids.push(*id),
            Reference::Number(number) => by_number.numbers.push(*number),
        }
    }
    let mut rows: Vec<DocumentRow> = Vec::with_capacity(references.len());
    if !by_id.ids.is_empty() {
        rows.extend(by_id.load::<DocumentRow>(inner)?);
    }
    if !by_number.numbers.is_empty() {
        rows.extend(by_number.load::<DocumentRow>(inner)?);
    }
    let mut found = rows.into_iter().map(DocumentRow::read).collect::<Result<Vec<_>, _>>()?;
    look_at_evidence(connection, &mut found)?;
    Ok(found)
}

over_arrays! {
    HoldById: "SELECT hazards.document, enterprises.name FROM hazards JOIN enterprises ON enterprises.id = \
               hazards.enterprise_id WHERE hazards.id = ANY (",
    { ids: UuidColumn => HazardId },
    ") FOR NO KEY UPDATE OF hazards SKIP LOCKED"
}

over_arrays! {
    HoldByNumber: "SELECT hazards.document, enterprises.name FROM hazards JOIN enterprises ON enterprises.id = \
                   hazards.enterprise_id WHERE hazards.number = ANY (",
    { numbers: Text => HazardNumber },
    ") FOR NO KEY UPDATE OF hazards SKIP LOCKED"
}

impl diesel::query_builder::Query for HoldById {
    type SqlType = (Text, Text);
}

impl diesel::query_builder::Query for HoldByNumber {
    type SqlType = (Text, Text);
}

/// What a batch makes of one row.
#[derive(Debug)]
pub struct Advance {
    /// The law's word for the last step.
    pub permit: Permit,
    /// The row as the batch found it.
    pub before: Hazard,
    /// As it stands after the last step.
    pub after: Hazard,
    /// What its row keeps beside it.
    pub days: Days,
}

/// Writes the hazards of a batch, each of them once. All rows must still stand where the batch found them.
///
/// # Errors
/// [`StoreError::Busy`] when one does not, and the failures of the store.
pub fn advance_many(connection: &mut Connection, advances: &[Advance]) -> Result<(), StoreError> {
    let Connection::Postgres(inner) = connection else {
        for Advance {
            permit,
            before,
            after,
            days,
        } in advances
        {
            debug_assert_eq!(permit.to(), after.status);
            write(connection, before, after, *days).map_err(unheld)?;
        }
        return Ok(());
    };
    let mut rows = AdvanceMany::default();
    for Advance {
        permit,
        before,
        after,
        days,
    } in advances
    {
        debug_assert_eq!(permit.to(), after.status);
        rows.push(before, after, *days)?;
    }
    if !advances.is_empty() && rows.execute(inner)? != advances.len() {
        return Err(StoreError::Busy);
    }
    measures::follow_many(connection, advances)?;
    advances
        .iter()
        .try_for_each(|advance| retag(connection, &advance.before, &advance.after))
}

over_arrays! {
    AdvanceMany: "UPDATE hazards SET version = new.version, status = new.status, found_level = new.found_level, \
                  supervision_kind = new.supervision_kind, supervision_level = new.supervision_level, \
                  supervision_authority = new.supervision_authority, production = new.production, \
                  escalation = new.escalation, \
                  next_due_on = new.next_due_on, remind_on = new.remind_on, reviewed_by = new.reviewed_by, signed_off_by = new.signed_off_by, \
                  merged_into = new.merged_into, updated_at = new.updated_at, closed_at = new.closed_at, \
                  document = new.document FROM unnest(",
    {
        ids: UuidColumn => HazardId,
        expected: BigInt => i64,
        versions: BigInt => i64,
        statuses: Text => State,
        found_levels: Nullable<Text> => Option<Level>,
        kinds: Nullable<Text> => Option<OrderKind>,
        levels: Nullable<Text> => Option<Level>,
        authorities: Nullable<Text> => Option<String>,
        productions: Text => Production,
        escalations: Text => Escalation,
        due: Date => Day,
        remind: Date => Day,
        reviewers: Nullable<Text> => Option<String>,
        signers: Nullable<Text> => Option<String>,
        merged: Nullable<UuidColumn> => Option<HazardId>,
        updated: InstantColumn => Instant,
        closed: Nullable<InstantColumn> => Option<Instant>,
        documents: Text => String,
    },
    ") AS new (id, expected, version, status, found_level, supervision_kind, supervision_level, \
     supervision_authority, production, escalation, next_due_on, remind_on, reviewed_by, signed_off_by, merged_into, updated_at, closed_at, \
     document) WHERE hazards.id = new.id AND hazards.version = new.expected"
}

impl AdvanceMany {
    fn push(&mut self, before: &Hazard, after: &Hazard, days: Days) -> Result<(), StoreError> {
        let standing = Standing::of(after);
        self.ids.push(before.id);
        self.expected.push(before.version);
        self.versions.push(after.version);
        self.statuses.push(standing.status);
        self.found_levels.push(standing.found_level);
        self.kinds.push(standing.supervision_kind);
        self.levels.push(standing.supervision_level);
        self.authorities.push(standing.supervision_authority);
        self.productions.push(standing.production);
        self.escalations.push(standing.escalation);
        self.due.push(days.next_due_on);
        self.remind.push(days.remind_on);
        self.reviewers.push(standing.reviewed_by);
        self.signers.push(standing.signed_off_by);
        self.merged.push(standing.merged_into);
        self.updated.push(after.updated_at);
        self.closed.push(standing.closed_at);
        self.documents.push(document(after)?);
        Ok(())
    }
}

/// Hazards that somebody has to look at on or before that day, the longest waiting first.
///
/// # Errors
/// The failures of the store.
pub fn to_remind(connection: &mut Connection, today: Day, limit: i64) -> Result<Vec<HazardId>, StoreError> {
    Ok(due_to_remind(today, limit).select(hazards::id).load(connection)?)
}

/// How an engine finds them, for whoever tends the indexes.
///
/// # Errors
/// The failures of the store.
pub fn plan_of_reminding(connection: &mut Connection, today: Day) -> Result<Vec<String>, StoreError> {
    plan::of(connection, due_to_remind(today, 1).select(hazards::id))
}

fn due_to_remind<'a>(today: Day, limit: i64) -> hazards::BoxedQuery<'a, MultiBackend> {
    hazards::table
        .filter(hazards::remind_on.le(today))
        // In the words of the index: of a bound value SQLite cannot tell that it is what the index holds.
        .filter(sql::<Bool>("hazards.remind_on < '9999-12-31'"))
        .order((hazards::remind_on.asc(), hazards::id.asc()))
        .limit(limit)
        .into_boxed()
}

/// Writes the day on which somebody has to look at a hazard again. It is no change of the hazard.
///
/// # Errors
/// The failures of the store.
pub fn remind_again(connection: &mut Connection, id: HazardId, on: Day) -> Result<(), StoreError> {
    diesel::update(hazards::table.find(id))
        .set(hazards::remind_on.eq(on))
        .execute(connection)?;
    Ok(())
}

fn write(connection: &mut Connection, before: &Hazard, after: &Hazard, days: Days) -> Result<(), Failure> {
    let place = hazards::table
        .filter(hazards::id.eq(before.id))
        .filter(hazards::version.eq(before.version))
        .filter(hazards::status.eq(before.status));
    let kept: (Day, Day) = hazards::table
        .find(before.id)
        .select((hazards::next_due_on, hazards::remind_on))
        .first(connection)?;
    let (was, is) = (Standing::of(before), Standing::of(after));
    // SQLite writes every index that holds a column which is set, even to the value that it had; nearly every action
    // changes one or two.
    macro_rules! changed {
        ($column:ident) => {
            changed!($column, is.$column, was.$column)
        };
        ($column:ident, $is:expr, $was:expr) => {
            ($is != $was).then(|| hazards::$column.eq($is))
        };
    }
    let touched = diesel::update(place)
        .set((
            hazards::version.eq(after.version),
            hazards::updated_at.eq(after.updated_at),
            hazards::document.eq(document(after)?),
            changed!(next_due_on, days.next_due_on, kept.0),
            changed!(remind_on, days.remind_on, kept.1),
            changed!(status),
            changed!(found_level),
            changed!(supervision_kind),
            changed!(supervision_level),
            changed!(supervision_authority),
            changed!(production),
            changed!(escalation),
            changed!(reviewed_by),
            changed!(signed_off_by),
            changed!(merged_into),
            changed!(closed_at),
        ))
        .execute(connection)?;
    if touched != 1 {
        let current = hazards::table
            .filter(hazards::id.eq(before.id))
            .select(hazards::version)
            .first(connection)?;
        return Err(Refusal::Stale { current }.into());
    }
    measures::follow(connection, before, after, days)?;
    Ok(retag(connection, before, after)?)
}

fn unheld(failure: Failure) -> StoreError {
    match failure {
        Failure::Refusal(_) => StoreError::Busy,
        Failure::Store(error) => error,
    }
}

fn retag(connection: &mut Connection, before: &Hazard, after: &Hazard) -> Result<(), StoreError> {
    if (&before.criteria, &before.campaigns) != (&after.criteria, &after.campaigns) {
        diesel::delete(hazard_criteria::table.filter(hazard_criteria::hazard_id.eq(after.id))).execute(connection)?;
        diesel::delete(hazard_campaigns::table.filter(hazard_campaigns::hazard_id.eq(after.id))).execute(connection)?;
        insert_tags(connection, after)?;
    }
    Ok(())
}

fn insert_tags(connection: &mut Connection, hazard: &Hazard) -> Result<(), StoreError> {
    for criterion in &hazard.criteria {
        diesel::insert_into(hazard_criteria::table)
            .values((
                hazard_criteria::criterion.eq(criterion),
                hazard_criteria::hazard_id.eq(hazard.id),
            ))
            .execute(connection)?;
    }
    for campaign in &hazard.campaigns {
        diesel::insert_into(hazard_campaigns::table)
            .values((
                hazard_campaigns::campaign.eq(*campaign),
                hazard_campaigns::hazard_id.eq(hazard.id),
            ))
            .execute(connection)?;
    }
    Ok(())
}

fn searched(hazard: &Hazard, enterprise_name: &str) -> [String; 4] {
    [
        hazard.title.to_string(),
        hazard.description.to_string(),
        hazard.address.to_string(),
        enterprise_name.to_owned(),
    ]
}
