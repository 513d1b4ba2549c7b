//! Rows of notices.

use std::collections::HashMap;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::{Acknowledgement, Notice, Recipient};
use crate::law::lifecycle::NoticeKind;
use crate::law::scope::Scope;
use crate::store::columns::texts;
use crate::store::schema::{notice_deliveries, notices};
use crate::store::scope::within;
use crate::store::{Connection, StoreError};
use crate::values::vocabulary::vocabulary;
use crate::values::{
    AreaCode, DeliveryId, EnterpriseId, HazardId, HazardNumber, IndustryCode, Instant, Name, NoticeId, Uscc,
};

texts!(NoticeKind, Recipient);

vocabulary! {
    /// Order of a list of notices.
    pub enum Sort in "notice_sorts" {
        CreatedAt = "created_at", "送达时间", "when it was served, oldest first";
        CreatedAtDown = "-created_at", "送达时间倒序", "when it was served, newest first";
    }
}

/// What is asked for. Values of one filter are alternatives; filters narrow each other.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Hazards.
    pub hazard: Vec<HazardId>,
    /// Codes of units.
    pub uscc: Vec<Uscc>,
    /// Kinds.
    pub kind: Vec<NoticeKind>,
    /// Recipients.
    pub recipient: Vec<Recipient>,
    /// Whether somebody has taken note.
    pub acknowledged: Option<bool>,
}

/// A place in a list.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Place {
    /// When the last row was served.
    pub at: i64,
    /// Its id.
    pub id: NoticeId,
}

impl Place {
    /// The place of a row.
    pub fn of(notice: &Notice) -> Self {
        Self {
            at: notice.created_at.micros(),
            id: notice.id,
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = notices)]
struct NoticeRow {
    id: NoticeId,
    number: String,
    hazard_id: HazardId,
    hazard_number: HazardNumber,
    enterprise_id: EnterpriseId,
    uscc: Uscc,
    area: AreaCode,
    industry: IndustryCode,
    kind: NoticeKind,
    cause: String,
    recipient: Recipient,
    content: String,
    created_at: Instant,
    recipient_name: Name,
    recipient_phone: Option<String>,
    version: i64,
    acknowledged_at: Option<Instant>,
    acknowledged_by: Option<String>,
    acknowledged_by_name: Option<String>,
}

impl From<NoticeRow> for Notice {
    fn from(row: NoticeRow) -> Self {
        Self {
            acknowledged: match (row.acknowledged_at, row.acknowledged_by, row.acknowledged_by_name) {
                (Some(at), Some(by), Some(by_name)) => Some(Acknowledgement { at, by, by_name }),
                _ => None,
            },
            id: row.id,
            number: row.number,
            hazard_id: row.hazard_id,
            hazard_number: row.hazard_number,
            enterprise_id: row.enterprise_id,
            uscc: row.uscc,
            area: row.area,
            industry: row.industry,
            kind: row.kind,
            cause: row.cause,
            recipient: row.recipient,
            content: row.content,
            created_at: row.created_at,
            delivered: Vec::new(),
            recipient_name: row.recipient_name,
            recipient_phone: row.recipient_phone,
            version: row.version,
        }
    }
}

/// How many notices a hazard has.
///
/// # Errors
/// The failures of the store.
pub fn count(connection: &mut Connection, hazard: HazardId) -> Result<i64, StoreError> {
    Ok(notices::table
        .filter(notices::hazard_id.eq(hazard))
        .count()
        .get_result(connection)?)
}

/// Whether somebody was served for that cause already.
///
/// # Errors
/// The failures of the store.
pub fn is_served(
    connection: &mut Connection,
    hazard: HazardId,
    cause: &str,
    recipient: Recipient,
) -> Result<bool, StoreError> {
    let found: Option<NoticeId> = notices::table
        .filter(notices::hazard_id.eq(hazard))
        .filter(notices::cause.eq(cause))
        .filter(notices::recipient.eq(recipient))
        .select(notices::id)
        .first(connection)
        .optional()?;
    Ok(found.is_some())
}

/// Writes a new row.
///
/// # Errors
/// [`StoreError::Unique`] when it was served already, and the other failures of the store.
pub fn insert(connection: &mut Connection, notice: &Notice) -> Result<(), StoreError> {
    diesel::insert_into(notices::table)
        .values((
            (
                notices::id.eq(notice.id),
                notices::number.eq(&notice.number),
                notices::hazard_id.eq(notice.hazard_id),
                notices::hazard_number.eq(notice.hazard_number),
                notices::enterprise_id.eq(notice.enterprise_id),
                notices::uscc.eq(&notice.uscc),
                notices::area.eq(&notice.area),
                notices::industry.eq(&notice.industry),
            ),
            (
                notices::kind.eq(notice.kind),
                notices::cause.eq(&notice.cause),
                notices::recipient.eq(notice.recipient),
                notices::content.eq(&notice.content),
                notices::created_at.eq(notice.created_at),
                notices::recipient_name.eq(&notice.recipient_name),
                notices::recipient_phone.eq(notice.recipient_phone.as_ref()),
                notices::version.eq(notice.version),
            ),
        ))
        .execute(connection)?;
    Ok(())
}

/// The notice of that id within a scope.
///
/// # Errors
/// The failures of the store.
pub fn find(connection: &mut Connection, scope: &Scope, id: NoticeId) -> Result<Option<Notice>, StoreError> {
    let found: Option<NoticeRow> = within!(notices::table.into_boxed(), scope, notices)
        .filter(notices::id.eq(id))
        .select(NoticeRow::as_select())
        .first(connection)
        .optional()?;
    Ok(with_deliveries(connection, found.into_iter().collect())?.pop())
}

/// Writes that somebody has taken note, over the version before; false when another transaction was quicker.
///
/// # Errors
/// The failures of the store.
pub fn acknowledge(
    connection: &mut Connection,
    id: NoticeId,
    version: i64,
    acknowledged: &Acknowledgement,
) -> Result<bool, StoreError> {
    let touched = diesel::update(notices::table.find(id).filter(notices::version.eq(version - 1)))
        .set((
            notices::version.eq(version),
            notices::acknowledged_at.eq(acknowledged.at),
            notices::acknowledged_by.eq(&acknowledged.by),
            notices::acknowledged_by_name.eq(&acknowledged.by_name),
        ))
        .execute(connection)?;
    Ok(touched == 1)
}

/// At most `limit` notices that the scope covers, after `place`.
///
/// # Errors
/// The failures of the store.
pub fn page(
    connection: &mut Connection,
    scope: &Scope,
    filter: &Filter,
    sort: Sort,
    place: Option<&Place>,
    limit: i64,
) -> Result<Vec<Notice>, StoreError> {
    let mut query = within!(notices::table.into_boxed(), scope, notices);
    if !filter.hazard.is_empty() {
        query = query.filter(notices::hazard_id.eq_any(filter.hazard.clone()));
    }
    if !filter.uscc.is_empty() {
        query = query.filter(notices::uscc.eq_any(filter.uscc.clone()));
    }
    if !filter.kind.is_empty() {
        query = query.filter(notices::kind.eq_any(filter.kind.clone()));
    }
    if !filter.recipient.is_empty() {
        query = query.filter(notices::recipient.eq_any(filter.recipient.clone()));
    }
    match filter.acknowledged {
        Some(true) => query = query.filter(notices::acknowledged_at.is_not_null()),
        Some(false) => query = query.filter(notices::acknowledged_at.is_null()),
        None => {}
    }
    let place = place.and_then(|place| Some((Instant::from_micros(place.at)?, place.id)));
    // The first bound alone is a range of the index; the second steps over what the last page showed of its end.
    let query = match sort {
        Sort::CreatedAt => {
            if let Some((at, id)) = place {
                query = query
                    .filter(notices::created_at.ge(at))
                    .filter(notices::created_at.gt(at).or(notices::id.gt(id)));
            }
            query.order((notices::created_at.asc(), notices::id.asc()))
        }
        Sort::CreatedAtDown => {
            if let Some((at, id)) = place {
                query = query
                    .filter(notices::created_at.le(at))
                    .filter(notices::created_at.lt(at).or(notices::id.lt(id)));
            }
            query.order((notices::created_at.desc(), notices::id.desc()))
        }
    };
    let rows: Vec<NoticeRow> = query.limit(limit).select(NoticeRow::as_select()).load(connection)?;
    with_deliveries(connection, rows)
}

/// Writes that a gateway took a notice, and returns the version that the notice has by that; nothing when this message was
/// written down before.
///
/// # Errors
/// The failures of the store.
pub fn deliver(
    connection: &mut Connection,
    id: NoticeId,
    delivery: DeliveryId,
    at: Instant,
) -> Result<Option<i64>, StoreError> {
    let known: i64 = notice_deliveries::table.find(delivery).count().get_result(connection)?;
    if known > 0 {
        return Ok(None);
    }
    // Holds the row, so that the version read below is this transaction's own.
    diesel::update(notices::table.find(id))
        .set(notices::version.eq(notices::version + 1))
        .execute(connection)?;
    diesel::insert_into(notice_deliveries::table)
        .values((
            notice_deliveries::delivery_id.eq(delivery),
            notice_deliveries::notice_id.eq(id),
            notice_deliveries::at.eq(at),
        ))
        .execute(connection)?;
    Ok(notices::table
        .find(id)
        .select(notices::version)
        .first(connection)
        .optional()?)
}

fn with_deliveries(connection: &mut Connection, rows: Vec<NoticeRow>) -> Result<Vec<Notice>, StoreError> {
    let ids: Vec<NoticeId> = rows.iter().map(|row| row.id).collect();
    let found: Vec<(NoticeId, Instant)> = notice_deliveries::table
        .filter(notice_deliveries::notice_id.eq_any(ids))
        .order(notice_deliveries::at.asc())
        .select((notice_deliveries::notice_id, notice_deliveries::at))
        .load(connection)?;
    let mut delivered: HashMap<NoticeId, Vec<Instant>> = HashMap::new();
    for (id, at) in found {
        delivered.entry(id).or_default().push(at);
    }
    let notices = rows.into_iter().map(|row| {
        let mut notice = Notice::from(row);
        notice.delivered = delivered.remove(&notice.id).unwrap_or_default();
        notice
    });
    Ok(notices.collect())
}
