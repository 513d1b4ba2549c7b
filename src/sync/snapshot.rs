//! All there is for a scope, one kind after the other, each along an index.
//!
//! Whoever writes meanwhile may move a thing from before the place of the walk to behind it or the other way: it then is
//! handed out twice or not at all, and either way once more among the changes that follow.

use serde::{Deserialize, Serialize};

use super::view::ItemView;
use crate::authorities::{self, AuthorityCode};
use crate::checklists::{self, ChecklistCode};
use crate::enterprises;
use crate::hazards::{self, Filter, Sort};
use crate::law::lifecycle::State;
use crate::law::policy::Policy;
use crate::law::scope::Scope;
use crate::standards::{self, StandardCode};
use crate::store::{Connection, StoreError};
use crate::values::Vocabulary as _;

/// How far a walk through all there is has come: the kind, and the last thing of it. Reference data comes first, because
/// the rest refers to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Walk {
    /// Among the authorities.
    Authorities(Option<AuthorityCode>),
    /// Among the judgment standards.
    Standards(Option<StandardCode>),
    /// Among the lists of points to check.
    Checklists(Option<ChecklistCode>),
    /// Among the units.
    Enterprises(Option<enterprises::AreaPlace>),
    /// Among the open hazards.
    Hazards(Option<hazards::Place>),
}

impl Walk {
    /// Where every walk begins.
    pub fn begin() -> Self {
        Self::Authorities(None)
    }
}

/// At most `limit` things behind the place of a walk, and where it goes on; nothing at its end.
///
/// # Errors
/// The failures of the store.
pub fn page(
    connection: &mut Connection,
    scope: &Scope,
    policy: &Policy,
    mut walk: Walk,
    limit: usize,
) -> Result<(Vec<ItemView>, Option<Walk>), StoreError> {
    let mut items: Vec<ItemView> = Vec::new();
    while items.len() < limit {
        let rest = limit - items.len();
        let rows = i64::try_from(rest).unwrap_or(i64::MAX);
        walk = match walk {
            Walk::Authorities(place) => {
                let found = authorities::page(connection, &authorities::Filter::default(), place.as_ref(), rows)?;
                let last = found.last().map(|authority| authority.code.clone());
                let next = going_on(found.len(), rest, last);
                items.extend(found.into_iter().map(ItemView::authority));
                next.map_or(Walk::Standards(None), |code| Walk::Authorities(Some(code)))
            }
            Walk::Standards(place) => {
                let found = standards::page(connection, &standards::Filter::default(), place.as_ref(), rows)?;
                let last = found.last().map(|standard| standard.code.clone());
                let next = going_on(found.len(), rest, last);
                for standard in found {
                    let clauses = standards::criteria_of(connection, &standard.code)?;
                    items.push(ItemView::standard(standard, clauses));
                }
                next.map_or(Walk::Checklists(None), |code| Walk::Standards(Some(code)))
            }
            Walk::Checklists(place) => {
                let found = checklists::page(connection, &checklists::Filter::default(), place.as_ref(), rows)?;
                let last = found.last().map(|checklist| checklist.code.clone());
                let next = going_on(found.len(), rest, last);
                items.extend(found.into_iter().map(ItemView::checklist));
                next.map_or(Walk::Enterprises(None), |code| Walk::Checklists(Some(code)))
            }
            Walk::Enterprises(place) => {
                let found = enterprises::by_area(connection, scope, place.as_ref(), rows)?;
                let last = found.last().map(enterprises::AreaPlace::of);
                let next = going_on(found.len(), rest, last);
                items.extend(found.into_iter().map(ItemView::enterprise));
                next.map_or(Walk::Hazards(None), |place| Walk::Enterprises(Some(place)))
            }
            Walk::Hazards(place) => {
                let (found, next) = hazards::page(connection, scope, &open(), Sort::Number, place.as_ref(), rows)?;
                items.extend(found.into_iter().map(|found| ItemView::hazard(found, policy)));
                let Some(place) = next else {
                    return Ok((items, None));
                };
                Walk::Hazards(Some(place))
            }
        };
    }
    Ok((items, Some(walk)))
}

/// Where a kind goes on; nothing when it gave less than was asked for.
fn going_on<P>(found: usize, asked: usize, last: Option<P>) -> Option<P> {
    last.filter(|_| found == asked)
}

fn open() -> Filter {
    Filter {
        status: State::ALL.iter().copied().filter(|state| state.is_open()).collect(),
        ..Filter::default()
    }
}
