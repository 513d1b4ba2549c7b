//! The list of a quarter: the units that may be known, by area and then by registration, and how each stands.
//!
//! Units are walked along the index of areas, one stretch of it for each area that is asked for. A state is met on that
//! walk; where few units have it, they are gathered by what was filed and then put in order. No unit has two states, so
//! several of them are walks side by side whose rows are merged.

mod store;

use serde::{Deserialize, Serialize};

use self::store::{Asked, Part};
pub use self::store::{Filing, Unit};
use super::model::CheckState;
use crate::law::scope::{Areas, Scope};
use crate::store::{Connection, StoreError};
use crate::values::{AreaCode, AreaPrefix, EnterpriseId, IndustryPrefix, Prefix as _, Quarter, Vocabulary as _};

/// What is asked for. Values of one filter are alternatives; filters narrow each other.
#[derive(Debug, Clone)]
pub struct Filter {
    /// The quarter.
    pub quarter: Quarter,
    /// How units stand.
    pub state: Vec<CheckState>,
    /// Area prefixes.
    pub area: Vec<AreaPrefix>,
    /// Industry prefixes.
    pub industry: Vec<IndustryPrefix>,
}

/// Where a page ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    area: AreaCode,
    id: EnterpriseId,
}

/// A row of the list.
#[derive(Debug, Clone)]
pub struct Row {
    /// The unit.
    pub unit: Unit,
    /// What it filed for the quarter, if anything.
    pub filed: Option<Filing>,
}

/// How an engine plans the queries that [`page`] may run.
#[derive(Debug, Default)]
pub struct Plans {
    /// Of the walks.
    pub walks: Vec<Vec<String>>,
    /// Of what is rare and gathered.
    pub gatherings: Vec<Vec<String>>,
}

impl Place {
    /// The place of a row in the list.
    pub fn of(row: &Row) -> Self {
        Self::of_unit(&row.unit)
    }

    fn of_unit(unit: &Unit) -> Self {
        Self {
            area: unit.area.clone(),
            id: unit.id,
        }
    }
}

/// At most `limit` units that the scope covers, with what they filed, after `place`.
///
/// # Errors
/// The failures of the store.
pub fn page(
    connection: &mut Connection,
    scope: &Scope,
    filter: &Filter,
    place: Option<&Place>,
    limit: i64,
) -> Result<Vec<Row>, StoreError> {
    let mut units: Vec<Unit> = Vec::new();
    for asked in asked(connection, scope, filter, place)? {
        let rest = limit - i64::try_from(units.len()).unwrap_or(limit);
        if rest <= 0 {
            break;
        }
        let mut met: Vec<Unit> = Vec::new();
        for one in &asked {
            met.extend(store::units(connection, one, rest)?);
        }
        met.sort_by_cached_key(Place::of_unit);
        met.truncate(usize::try_from(rest).unwrap_or_default());
        units.extend(met);
    }
    let ids: Vec<EnterpriseId> = units.iter().map(|unit| unit.id).collect();
    let mut filed = store::filings(connection, filter.quarter, ids)?;
    Ok(units
        .into_iter()
        .map(|unit| Row {
            filed: filed.remove(&unit.id),
            unit,
        })
        .collect())
}

/// The plans of the queries that [`page`] may run, for whoever tends the indexes.
///
/// # Errors
/// The failures of the store.
pub fn plans(connection: &mut Connection, scope: &Scope, filter: &Filter) -> Result<Plans, StoreError> {
    let mut plans = Plans::default();
    for one in asked(connection, scope, filter, None)?.iter().flatten() {
        let plan = store::plan(connection, one)?;
        if one.is_rare {
            plans.gatherings.push(plan);
        } else {
            plans.walks.push(plan);
        }
    }
    Ok(plans)
}

/// What is asked for, stretch by stretch, and of each stretch part by part.
fn asked<'f>(
    connection: &mut Connection,
    scope: &'f Scope,
    filter: &'f Filter,
    place: Option<&'f Place>,
) -> Result<Vec<Vec<Asked<'f>>>, StoreError> {
    let parts = parts(connection, filter)?;
    let of_stretch = |stretch: Option<AreaPrefix>| {
        let asked = parts.iter().map(|(part, is_rare)| Asked {
            scope,
            filter,
            stretch: stretch.clone(),
            part: *part,
            is_rare: *is_rare,
            place,
        });
        asked.collect()
    };
    Ok(stretches(scope, filter).into_iter().map(of_stretch).collect())
}

/// The parts that make up the states which are asked for, and whether each is rare; no unit is in two of them.
fn parts(connection: &mut Connection, filter: &Filter) -> Result<Vec<(Part, bool)>, StoreError> {
    let asks = |state| filter.state.is_empty() || filter.state.contains(&state);
    let parts = if CheckState::ALL.iter().all(|state| asks(*state)) {
        vec![Part::Known, Part::Newcomers]
    } else {
        let parts = [
            (CheckState::Missing, Part::Missing),
            (CheckState::Filed, Part::InTime),
            (CheckState::Late, Part::Late),
        ];
        let asked = parts.into_iter().filter(|(state, _)| asks(*state));
        asked.map(|(_, part)| part).collect()
    };
    parts
        .into_iter()
        .map(|part| Ok((part, store::is_rare(connection, filter.quarter, part)?)))
        .collect()
}

/// Which areas the list runs through, one after the other, none lying in another; the one without a prefix is all there
/// is. Their order is that of the list, so each is a range of the index and none needs sorting.
fn stretches(scope: &Scope, filter: &Filter) -> Vec<Option<AreaPrefix>> {
    let within = match &scope.areas {
        Areas::Within(areas) if scope.unit.is_none() => Some(areas),
        Areas::Within(_) | Areas::All => None,
    };
    let areas: Vec<AreaPrefix> = match (within, filter.area.is_empty()) {
        (None, true) => return vec![None],
        (None, false) => filter.area.clone(),
        (Some(within), true) => within.clone(),
        (Some(within), false) => within
            .iter()
            .flat_map(|own| filter.area.iter().filter_map(move |asked| narrower(own, asked)))
            .cloned()
            .collect(),
    };
    AreaPrefix::disjoint(areas).into_iter().map(Some).collect()
}

fn narrower<'p>(one: &'p AreaPrefix, other: &'p AreaPrefix) -> Option<&'p AreaPrefix> {
    if one.contains(other.as_str()) {
        Some(other)
    } else if other.contains(one.as_str()) {
        Some(one)
    } else {
        None
    }
}
