//! Rows of inspections, and their list.
//!
//! The list is a walk along the moments at which inspections came; what is not asked for is passed over in the index. Where
//! few inspections wait for evidence, those are gathered by it and then put in order.

use std::collections::{HashMap, HashSet};

use diesel::dsl::{case_when, exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer};
use serde::{Deserialize, Serialize};

use super::bodies::{ChecklistVersion, InspectionBody};
use super::model::{Inspection, Summary};
use crate::checklists::ChecklistCode;
use crate::law::scope::Scope;
use crate::store::schema::{attachments, checklists, enterprises, inspection_attachments, inspections};
use crate::store::scope::{Condition, any_prefix, covered, ranged, within};
use crate::store::{Connection, MultiBackend, StoreError, plan};
use crate::values::vocabulary::vocabulary;
use crate::values::{
    AreaCode, AreaPrefix, AttachmentId, ChecklistId, Day, EnterpriseId, IndustryCode, IndustryPrefix, InspectionId,
    Instant, Name, Title, Uscc,
};

/// Pieces of evidence that are still to come and count as few, so that they are gathered and not looked for along the walk.
const FEW: i64 = 4000;

/// An offset of nothing. With one, PostgreSQL looks the evidence up for each inspection that is met, where it would else
/// read all evidence before the first row.
const ONE_BY_ONE: i64 = 0;

/// Rows for which a plan is made.
const PLANNED: i64 = 51;

vocabulary! {
    /// Order of a list of inspections.
    pub enum Sort in "inspection_sorts" {
        ReceivedAt = "received_at", "收到时间", "when it came, oldest first";
        ReceivedAtDown = "-received_at", "收到时间倒序", "when it came, newest first";
    }
}

/// What is asked for. Values of one filter are alternatives; filters narrow each other.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Units.
    pub enterprise: Vec<EnterpriseId>,
    /// Area prefixes.
    pub area: Vec<AreaPrefix>,
    /// Industry prefixes.
    pub industry: Vec<IndustryPrefix>,
    /// Subjects of the tokens that sent them.
    pub inspector: Vec<Title>,
    /// Whether all evidence has come.
    pub complete: Option<bool>,
    /// The first day on which they came.
    pub received_from: Option<Day>,
    /// The last day on which they came.
    pub received_to: Option<Day>,
}

/// A place in a list.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Place {
    /// When the last row came, in microseconds since 1970.
    pub at: i64,
    /// Its id.
    pub id: InspectionId,
}

/// How an engine plans the query of a list.
#[derive(Debug)]
pub struct Plans {
    /// Whether rows are gathered and then put in order.
    pub gathers: bool,
    /// The steps.
    pub steps: Vec<String>,
}

/// A row of the list.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its id.
    pub id: InspectionId,
    /// The unit.
    pub enterprise: EnterpriseId,
    /// Unified social credit code of the unit.
    pub uscc: Uscc,
    /// Name of the unit, as the register has it now.
    pub name: Name,
    /// Where the unit lay when it came.
    pub area: AreaCode,
    /// The unit's industry then.
    pub industry: IndustryCode,
    /// The list that it was done by.
    pub checklist: ChecklistVersion,
    /// Subject of the token that sent it.
    pub sent_by: String,
    /// When it came.
    pub received_at: Instant,
    /// What else is shown.
    pub summary: Summary,
    /// Whether all evidence has come.
    pub is_complete: bool,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = inspections)]
struct InspectionRow {
    id: InspectionId,
    uscc: Uscc,
    area: AreaCode,
    industry: IndustryCode,
    checklist_id: ChecklistId,
    sent_by: String,
    received_at: Instant,
    document: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = inspections)]
struct ListedRow {
    id: InspectionId,
    enterprise_id: EnterpriseId,
    uscc: Uscc,
    area: AreaCode,
    industry: IndustryCode,
    checklist_id: ChecklistId,
    checklist_version: i64,
    sent_by: String,
    received_at: Instant,
    summary: String,
}

/// One query of the list.
struct Asked<'f> {
    scope: &'f Scope,
    filter: &'f Filter,
    sort: Sort,
    place: Option<Place>,
    gathers: bool,
}

/// What inspections name and is still to come; the query goes on behind it.
macro_rules! outstanding {
    () => {
        inspection_attachments::table
            .inner_join(attachments::table.on(attachments::id.eq(inspection_attachments::attachment_id)))
            .filter(is_outstanding())
    };
}

type Inspections<'a> = inspections::BoxedQuery<'a, MultiBackend>;

impl Place {
    /// The place of a row.
    pub fn of(listed: &Listed) -> Self {
        Self {
            at: listed.received_at.micros(),
            id: listed.id,
        }
    }
}

/// An inspection, whoever asks.
///
/// # Errors
/// The failures of the store.
pub fn find(connection: &mut Connection, id: InspectionId) -> Result<Option<Inspection>, StoreError> {
    let row: Option<InspectionRow> = inspections::table
        .find(id)
        .select(InspectionRow::as_select())
        .first(connection)
        .optional()?;
    row.map(InspectionRow::into_inspection).transpose()
}

/// An inspection within a scope.
///
/// # Errors
/// The failures of the store.
pub fn find_within(
    connection: &mut Connection,
    scope: &Scope,
    id: InspectionId,
) -> Result<Option<Inspection>, StoreError> {
    let row: Option<InspectionRow> = within!(inspections::table.into_boxed(), scope, inspections)
        .filter(inspections::id.eq(id))
        .select(InspectionRow::as_select())
        .first(connection)
        .optional()?;
    row.map(InspectionRow::into_inspection).transpose()
}

/// Writes a new inspection.
///
/// # Errors
/// [`StoreError::Unique`] when the id is taken, and the other failures of the store.
pub fn insert(connection: &mut Connection, inspection: &Inspection) -> Result<(), StoreError> {
    let body = &inspection.body;
    diesel::insert_into(inspections::table)
        .values((
            inspections::id.eq(inspection.id),
            inspections::enterprise_id.eq(body.enterprise),
            inspections::uscc.eq(&inspection.uscc),
            inspections::area.eq(&inspection.area),
            inspections::industry.eq(&inspection.industry),
            inspections::checklist_id.eq(inspection.checklist),
            inspections::checklist_version.eq(body.checklist.version),
            inspections::sent_by.eq(&inspection.sent_by),
            inspections::received_at.eq(inspection.received_at),
            inspections::started_at.eq(body.started_at.instant()),
            inspections::finished_at.eq(body.finished_at.instant()),
            inspections::summary.eq(to_json(&Summary::of(body))?),
            inspections::document.eq(to_json(body)?),
        ))
        .execute(connection)?;
    Ok(())
}

/// Records which evidence an inspection names.
///
/// # Errors
/// The failures of the store.
pub fn attach(connection: &mut Connection, id: InspectionId, evidence: &[AttachmentId]) -> Result<(), StoreError> {
    for attachment in evidence {
        diesel::insert_into(inspection_attachments::table)
            .values((
                inspection_attachments::attachment_id.eq(*attachment),
                inspection_attachments::inspection_id.eq(id),
            ))
            .execute(connection)?;
    }
    Ok(())
}

/// At most `limit` inspections that the scope covers, after `place`.
///
/// # Errors
/// The failures of the store.
pub fn page(
    connection: &mut Connection,
    scope: &Scope,
    filter: &Filter,
    sort: Sort,
    place: Option<Place>,
    limit: i64,
) -> Result<Vec<Listed>, StoreError> {
    let asked = Asked {
        gathers: gathers(connection, filter)?,
        scope,
        filter,
        sort,
        place,
    };
    let rows: Vec<ListedRow> = asked
        .query(connection)
        .limit(limit)
        .select(ListedRow::as_select())
        .load(connection)?;
    listed(connection, rows)
}

/// How the engine would run the query of [`page`], for whoever tends the indexes.
///
/// # Errors
/// The failures of the store.
pub fn plans(connection: &mut Connection, scope: &Scope, filter: &Filter, sort: Sort) -> Result<Plans, StoreError> {
    let asked = Asked {
        gathers: gathers(connection, filter)?,
        scope,
        filter,
        sort,
        place: None,
    };
    let query = asked.query(connection).limit(PLANNED).select(inspections::id);
    Ok(Plans {
        gathers: asked.gathers,
        steps: plan::of(connection, query)?,
    })
}

/// Whether what is asked for is few and gathered: what waits for evidence, where little evidence is still to come.
fn gathers(connection: &mut Connection, filter: &Filter) -> Result<bool, StoreError> {
    if filter.complete != Some(false) {
        return Ok(false);
    }
    let one_too_many: Option<AttachmentId> = attachments::table
        .filter(is_outstanding())
        .order(attachments::id.asc())
        .select(attachments::id)
        .offset(FEW)
        .limit(1)
        .first(connection)
        .optional()?;
    Ok(one_too_many.is_none())
}

/// In the words of the index over what is still to come; with a parameter in them SQLite would not know the index again.
fn is_outstanding() -> diesel::expression::SqlLiteral<Bool> {
    sql::<Bool>("attachments.state <> 'verified'")
}

impl Asked<'_> {
    fn query<'a>(&self, connection: &Connection) -> Inspections<'a> {
        let filter = self.filter;
        let mut query = inspections::table.into_boxed();
        if !filter.enterprise.is_empty() {
            query = query.filter(inspections::enterprise_id.eq_any(filter.enterprise.clone()));
        }
        if !filter.inspector.is_empty() {
            let subjects: Vec<String> = filter.inspector.iter().map(ToString::to_string).collect();
            query = query.filter(inspections::sent_by.eq_any(subjects));
        }
        if let Some(day) = filter.received_from {
            query = query.filter(inspections::received_at.ge(day.start()));
        }
        if let Some(day) = filter.received_to {
            query = query.filter(inspections::received_at.le(day.end()));
        }
        if self.gathers {
            let waiting = outstanding!().select(inspection_attachments::inspection_id);
            query = query.filter(inspections::id.eq_any(waiting));
        }
        for condition in self.passed_over() {
            query = query.filter(if connection.is_postgres() {
                condition
            } else {
                hidden(condition)
            });
        }
        self.in_order(query)
    }

    /// What is looked at in each row that is met.
    fn passed_over<'a>(&self) -> Vec<Condition<'a, inspections::table>> {
        let covered = covered!(self.scope, inspections);
        let area = any_prefix(&self.filter.area, ranged!(inspections, area));
        let industry = any_prefix(&self.filter.industry, ranged!(inspections, industry));
        let waiting = outstanding!()
            .filter(inspection_attachments::inspection_id.eq(inspections::id))
            .offset(ONE_BY_ONE);
        let complete: Option<Condition<'a, inspections::table>> = match self.filter.complete {
            Some(true) => Some(Box::new(not(exists(waiting)))),
            Some(false) if !self.gathers => Some(Box::new(exists(waiting))),
            Some(false) | None => None,
        };
        let all = [covered.unit, covered.area, covered.industry, area, industry, complete];
        all.into_iter().flatten().collect()
    }

    /// The first bound alone is a range of the index; the second steps over what the last page showed of its end.
    fn in_order<'a>(&self, mut query: Inspections<'a>) -> Inspections<'a> {
        let place = self
            .place
            .and_then(|place| Some((Instant::from_micros(place.at)?, place.id)));
        match self.sort {
            Sort::ReceivedAt => {
                if let Some((at, id)) = place {
                    query = query
                        .filter(inspections::received_at.ge(at))
                        .filter(inspections::received_at.gt(at).or(inspections::id.gt(id)));
                }
                query.order((inspections::received_at.asc(), inspections::id.asc()))
            }
            Sort::ReceivedAtDown => {
                if let Some((at, id)) = place {
                    query = query
                        .filter(inspections::received_at.le(at))
                        .filter(inspections::received_at.lt(at).or(inspections::id.lt(id)));
                }
                query.order((inspections::received_at.desc(), inspections::id.desc()))
            }
        }
    }
}

/// The same condition, put so that SQLite does not look for an index that would meet it: it has no statistics to tell
/// that nearly every inspection lies there.
fn hidden(condition: Condition<'_, inspections::table>) -> Condition<'_, inspections::table> {
    Box::new(case_when::<_, _, Integer>(condition, 1).otherwise(0).eq(1))
}

/// Rows with what is kept elsewhere.
fn listed(connection: &mut Connection, rows: Vec<ListedRow>) -> Result<Vec<Listed>, StoreError> {
    let ids: Vec<InspectionId> = rows.iter().map(|row| row.id).collect();
    let units: Vec<EnterpriseId> = rows.iter().map(|row| row.enterprise_id).collect();
    let names: HashMap<EnterpriseId, Name> = enterprises::table
        .filter(enterprises::id.eq_any(units))
        .select((enterprises::id, enterprises::name))
        .load(connection)?
        .into_iter()
        .collect();
    let lists: Vec<ChecklistId> = rows.iter().map(|row| row.checklist_id).collect();
    let codes: HashMap<ChecklistId, ChecklistCode> = checklists::table
        .filter(checklists::id.eq_any(lists))
        .select((checklists::id, checklists::code))
        .load(connection)?
        .into_iter()
        .collect();
    let waiting: HashSet<InspectionId> = outstanding!()
        .filter(inspection_attachments::inspection_id.eq_any(ids))
        .select(inspection_attachments::inspection_id)
        .load(connection)?
        .into_iter()
        .collect();
    let with = |row: ListedRow| {
        let corrupt = |what: &str| StoreError::Corrupt(format!("inspection {}: {what}", row.id));
        Ok(Listed {
            name: names
                .get(&row.enterprise_id)
                .cloned()
                .ok_or_else(|| corrupt("no unit"))?,
            checklist: ChecklistVersion {
                code: codes
                    .get(&row.checklist_id)
                    .cloned()
                    .ok_or_else(|| corrupt("no checklist"))?,
                version: row.checklist_version,
            },
            summary: serde_json::from_str(&row.summary).map_err(|error| corrupt(&error.to_string()))?,
            is_complete: !waiting.contains(&row.id),
            id: row.id,
            enterprise: row.enterprise_id,
            uscc: row.uscc,
            area: row.area,
            industry: row.industry,
            sent_by: row.sent_by,
            received_at: row.received_at,
        })
    };
    rows.into_iter().map(with).collect()
}

fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}

impl InspectionRow {
    fn into_inspection(self) -> Result<Inspection, StoreError> {
        let body: InspectionBody = serde_json::from_str(&self.document)
            .map_err(|error| StoreError::Corrupt(format!("inspection {}: {error}", self.id)))?;
        Ok(Inspection {
            id: self.id,
            uscc: self.uscc,
            area: self.area,
            industry: self.industry,
            checklist: self.checklist_id,
            sent_by: self.sent_by,
            received_at: self.received_at,
            body,
        })
    }
}
