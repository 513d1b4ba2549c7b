//! Rows of units.

use std::collections::BTreeSet;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::{Enterprise, Location, Person, Phone};
use crate::law::scope::{Areas, Scope};
use crate::store::schema::enterprises;
use crate::store::scope::{any_prefix, covered, ranged, within};
use crate::store::substring::{ESCAPE, containing, lower};
use crate::store::{Connection, StoreError};
use crate::values::vocabulary::vocabulary;
use crate::values::{
    AreaCode, AreaPrefix, EnterpriseId, FaultCode, IndustryCode, IndustryPrefix, Instant, Name, Title, Uscc,
};

vocabulary! {
    /// What the list of units can be sorted by. A minus in front turns the order round.
    pub enum Sort in "enterprise_sorts" {
        Name = "name", "名称", "name";
        NameDown = "-name", "名称（倒序）", "name, last first";
        Uscc = "uscc", "统一社会信用代码", "unified social credit code";
        UsccDown = "-uscc", "统一社会信用代码（倒序）", "unified social credit code, last first";
    }
}

/// What is asked for. Values of one filter are alternatives; filters narrow each other.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Area prefixes.
    pub area: Vec<AreaPrefix>,
    /// Industry prefixes.
    pub industry: Vec<IndustryPrefix>,
    /// Units by code.
    pub uscc: Vec<Uscc>,
    /// Codes of the committee in charge.
    pub committee: Vec<Name>,
    /// Part of the name.
    pub q: Option<String>,
}

/// Where a page ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    key: String,
    id: EnterpriseId,
}

impl Place {
    /// The place of a unit in the list of that order.
    pub fn of(unit: &Enterprise, sort: Sort) -> Self {
        Self {
            key: match sort {
                Sort::Name | Sort::NameDown => unit.name.to_string(),
                Sort::Uscc | Sort::UsccDown => unit.uscc.to_string(),
            },
            id: unit.id,
        }
    }
}

/// Where a walk by area ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AreaPlace {
    area: AreaCode,
    id: EnterpriseId,
}

impl AreaPlace {
    /// The place of a unit in the walk.
    pub fn of(unit: &Enterprise) -> Self {
        Self {
            area: unit.area.clone(),
            id: unit.id,
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = enterprises)]
struct EnterpriseRow {
    id: EnterpriseId,
    uscc: Uscc,
    created_at: Instant,
    name: Name,
    industry: IndustryCode,
    area: AreaCode,
    address: Title,
    principal_name: Name,
    principal_phone: String,
    controller_name: Option<Name>,
    controller_phone: Option<String>,
    committee: Option<Name>,
    latitude: Option<f64>,
    longitude: Option<f64>,
    version: i64,
    updated_at: Instant,
}

/// The unit of that id, whoever asks. Answers to callers go through `find_visible`.
///
/// # Errors
/// The failures of the store.
pub fn find(connection: &mut Connection, id: EnterpriseId) -> Result<Option<Enterprise>, StoreError> {
    enterprises::table
        .find(id)
        .select(EnterpriseRow::as_select())
        .first(connection)
        .optional()?
        .map(EnterpriseRow::into_enterprise)
        .transpose()
}

/// Those of `ids` that are on record, whoever asks.
///
/// # Errors
/// The failures of the store.
pub fn of_ids(connection: &mut Connection, ids: &[EnterpriseId]) -> Result<Vec<Enterprise>, StoreError> {
    enterprises::table
        .filter(enterprises::id.eq_any(ids.to_vec()))
        .select(EnterpriseRow::as_select())
        .load(connection)?
        .into_iter()
        .map(EnterpriseRow::into_enterprise)
        .collect()
}

/// At most `limit` units that the scope covers, by area and then by registration, after `place`: one area of the scope
/// after the other, each a range of the index.
///
/// # Errors
/// The failures of the store.
pub fn by_area(
    connection: &mut Connection,
    scope: &Scope,
    place: Option<&AreaPlace>,
    limit: i64,
) -> Result<Vec<Enterprise>, StoreError> {
    let stretches: Vec<Option<AreaPrefix>> = match &scope.areas {
        Areas::All => vec![None],
        Areas::Within(areas) => AreaPrefix::disjoint(areas.clone()).into_iter().map(Some).collect(),
    };
    let mut units = Vec::new();
    for stretch in stretches {
        let rest = limit - i64::try_from(units.len()).unwrap_or(limit);
        if rest <= 0 {
            break;
        }
        let mut query = enterprises::table.into_boxed();
        let covered = covered!(scope, enterprises);
        let stretch = any_prefix(stretch.as_slice(), ranged!(enterprises, area));
        for condition in [stretch, covered.unit, covered.industry].into_iter().flatten() {
            query = query.filter(condition);
        }
        if let Some(AreaPlace { area, id }) = place {
            query = query
                .filter(enterprises::area.ge(area))
                .filter(enterprises::area.gt(area).or(enterprises::id.gt(*id)));
        }
        let rows: Vec<EnterpriseRow> = query
            .order((enterprises::area.asc(), enterprises::id.asc()))
            .limit(rest)
            .select(EnterpriseRow::as_select())
            .load(connection)?;
        for row in rows {
            units.push(row.into_enterprise()?);
        }
    }
    Ok(units)
}

/// Those of `codes` that are on record.
///
/// # Errors
/// The failures of the store.
pub fn taken(connection: &mut Connection, codes: &[Uscc]) -> Result<BTreeSet<Uscc>, StoreError> {
    let mut taken = BTreeSet::new();
    for some in codes.chunks(500) {
        let found: Vec<Uscc> = enterprises::table
            .filter(enterprises::uscc.eq_any(some))
            .select(enterprises::uscc)
            .load(connection)?;
        taken.extend(found);
    }
    Ok(taken)
}

/// Orders by one column and the id, beginning after a place. The first bound alone is a range of the index; the second
/// steps over what the last page showed of its end.
macro_rules! walk {
    ($query:expr, $column:expr, $place:expr, $within:ident, $beyond:ident, $order:ident) => {{
        let mut query = $query;
        if let Some(place) = $place {
            query = query
                .filter($column.$within(place.key.clone()))
                .filter($column.$beyond(place.key.clone()).or(enterprises::id.$beyond(place.id)));
        }
        query.order(($column.$order(), enterprises::id.$order()))
    }};
}

/// At most `limit` units that the scope covers, after `place`.
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
) -> Result<Vec<Enterprise>, StoreError> {
    let mut query = within!(enterprises::table.into_boxed(), scope, enterprises);
    if let Some(any) = any_prefix(&filter.area, ranged!(enterprises, area)) {
        query = query.filter(any);
    }
    if let Some(any) = any_prefix(&filter.industry, ranged!(enterprises, industry)) {
        query = query.filter(any);
    }
    if !filter.uscc.is_empty() {
        query = query.filter(enterprises::uscc.eq_any(filter.uscc.clone()));
    }
    if !filter.committee.is_empty() {
        query = query.filter(enterprises::committee.eq_any(filter.committee.clone()));
    }
    if let Some(q) = &filter.q {
        query = query.filter(lower(enterprises::name).like(containing(q)).escape(ESCAPE));
    }
    let query = match sort {
        Sort::Name => walk!(query, enterprises::name, place, ge, gt, asc),
        Sort::NameDown => walk!(query, enterprises::name, place, le, lt, desc),
        Sort::Uscc => walk!(query, enterprises::uscc, place, ge, gt, asc),
        Sort::UsccDown => walk!(query, enterprises::uscc, place, le, lt, desc),
    };
    query
        .limit(limit)
        .select(EnterpriseRow::as_select())
        .load(connection)?
        .into_iter()
        .map(EnterpriseRow::into_enterprise)
        .collect()
}

/// Writes a new row.
///
/// # Errors
/// [`StoreError::Unique`] when the code is taken, and the other failures of the store.
pub fn insert(connection: &mut Connection, unit: &Enterprise) -> Result<(), StoreError> {
    diesel::insert_into(enterprises::table)
        .values((
            enterprises::id.eq(unit.id),
            enterprises::uscc.eq(&unit.uscc),
            enterprises::created_at.eq(unit.created_at),
            enterprises::name.eq(&unit.name),
            enterprises::industry.eq(&unit.industry),
            enterprises::area.eq(&unit.area),
            enterprises::address.eq(&unit.address),
            enterprises::principal_name.eq(&unit.principal.name),
            enterprises::principal_phone.eq(written(&unit.principal)),
            enterprises::controller_name.eq(unit.controller.as_ref().map(|person| &person.name)),
            enterprises::controller_phone.eq(unit.controller.as_ref().map(written)),
            enterprises::committee.eq(unit.committee.as_ref()),
            enterprises::latitude.eq(unit.location.map(|location| location.latitude)),
            enterprises::longitude.eq(unit.location.map(|location| location.longitude)),
            enterprises::version.eq(unit.version),
            enterprises::updated_at.eq(unit.updated_at),
        ))
        .execute(connection)?;
    Ok(())
}

/// Writes what may change, over the version before; false when another transaction was quicker.
///
/// # Errors
/// The failures of the store.
pub fn update(connection: &mut Connection, unit: &Enterprise) -> Result<bool, StoreError> {
    let before = enterprises::table
        .filter(enterprises::id.eq(unit.id))
        .filter(enterprises::version.eq(unit.version - 1));
    let changed = diesel::update(before)
        .set((
            enterprises::name.eq(&unit.name),
            enterprises::industry.eq(&unit.industry),
            enterprises::area.eq(&unit.area),
            enterprises::address.eq(&unit.address),
            enterprises::principal_name.eq(&unit.principal.name),
            enterprises::principal_phone.eq(written(&unit.principal)),
            enterprises::controller_name.eq(unit.controller.as_ref().map(|person| &person.name)),
            enterprises::controller_phone.eq(unit.controller.as_ref().map(written)),
            enterprises::committee.eq(unit.committee.as_ref()),
            enterprises::latitude.eq(unit.location.map(|location| location.latitude)),
            enterprises::longitude.eq(unit.location.map(|location| location.longitude)),
            enterprises::version.eq(unit.version),
            enterprises::updated_at.eq(unit.updated_at),
        ))
        .execute(connection)?;
    Ok(changed == 1)
}

/// A phone that nobody gave is an empty text: the columns tell a person without a phone from no person at all.
fn written(person: &Person) -> String {
    person.phone.as_ref().map(ToString::to_string).unwrap_or_default()
}

fn person(name: Name, phone: &str) -> Result<Person, FaultCode> {
    let phone: Option<Phone> = if phone.is_empty() { None } else { Some(phone.parse()?) };
    Ok(Person { name, phone })
}

impl EnterpriseRow {
    fn into_enterprise(self) -> Result<Enterprise, StoreError> {
        let corrupt = |code: FaultCode| StoreError::Corrupt(format!("a phone of unit {}: {}", self.id, code.code()));
        let controller = match (self.controller_name, self.controller_phone) {
            (Some(name), Some(phone)) => Some(person(name, &phone).map_err(corrupt)?),
            (None, _) | (_, None) => None,
        };
        let location = match (self.latitude, self.longitude) {
            (Some(latitude), Some(longitude)) => Some(Location { latitude, longitude }),
            (None, _) | (_, None) => None,
        };
        Ok(Enterprise {
            principal: person(self.principal_name, &self.principal_phone).map_err(corrupt)?,
            controller,
            location,
            id: self.id,
            uscc: self.uscc,
            name: self.name,
            industry: self.industry,
            area: self.area,
            address: self.address,
            committee: self.committee,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

/// The unified social credit code of some unit on record.
///
/// # Errors
/// The failures of the store.
pub fn any_code(connection: &mut Connection) -> Result<Option<Uscc>, StoreError> {
    Ok(enterprises::table
        .select(enterprises::uscc)
        .first(connection)
        .optional()?)
}
