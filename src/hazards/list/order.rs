//! The order of a list in the language of the engines.

use diesel::prelude::*;
use diesel::sql_types::SingleValue;

use super::{Key, Ledger, Place, Sort};
use crate::store::schema::hazards;
use crate::store::scope::Condition;
use crate::store::{Connection, StoreError, plan};

diesel::define_sql_function! {
    /// The first of two that is not null.
    fn coalesce<T: SingleValue>(one: T, other: T) -> T;
}

/// Whether the order runs from the greatest to the least.
pub fn is_down(sort: Sort) -> bool {
    match sort {
        Sort::ReportedAt | Sort::UpdatedAt | Sort::DueOn | Sort::Number => false,
        Sort::ReportedAtDown | Sort::UpdatedAtDown | Sort::DueOnDown | Sort::NumberDown => true,
    }
}

/// Selects sort key and id alone, which the indexes of the walks hold, and goes on with the query.
macro_rules! by_key {
    ($query:expr, $sort:expr, |$selected:ident, $key:ident| $go_on:expr) => {
        match $sort {
            Sort::ReportedAt | Sort::ReportedAtDown => {
                let ($selected, $key) = ($query.select((hazards::id, hazards::reported_at)), Key::At);
                $go_on
            }
            Sort::UpdatedAt | Sort::UpdatedAtDown => {
                let ($selected, $key) = ($query.select((hazards::id, hazards::updated_at)), Key::At);
                $go_on
            }
            Sort::DueOn | Sort::DueOnDown => {
                let ($selected, $key) = ($query.select((hazards::id, hazards::next_due_on)), Key::On);
                $go_on
            }
            Sort::Number | Sort::NumberDown => {
                let ($selected, $key) = ($query.select((hazards::id, hazards::number)), Key::Number);
                $go_on
            }
        }
    };
}

/// Runs a query for the places of its rows.
///
/// # Errors
/// The failures of the store.
pub fn places(connection: &mut Connection, query: Ledger<'_>, sort: Sort) -> Result<Vec<Place>, StoreError> {
    by_key!(query, sort, |selected, key| {
        let rows = selected.load(connection)?;
        Ok(rows
            .into_iter()
            .map(|(id, value)| Place { key: key(value), id })
            .collect())
    })
}

/// How the engine would run such a query.
///
/// # Errors
/// The failures of the store.
pub fn plan(connection: &mut Connection, query: Ledger<'_>, sort: Sort) -> Result<Vec<String>, StoreError> {
    by_key!(query, sort, |selected, _key| plan::of(connection, selected))
}

/// In the order, so that an index that gives it is walked.
pub fn along(query: Ledger<'_>, sort: Sort) -> Ledger<'_> {
    match sort {
        Sort::ReportedAt => query.order((hazards::reported_at.asc(), hazards::id.asc())),
        Sort::ReportedAtDown => query.order((hazards::reported_at.desc(), hazards::id.desc())),
        Sort::UpdatedAt => query.order((hazards::updated_at.asc(), hazards::id.asc())),
        Sort::UpdatedAtDown => query.order((hazards::updated_at.desc(), hazards::id.desc())),
        Sort::DueOn => query.order((hazards::next_due_on.asc(), hazards::id.asc())),
        Sort::DueOnDown => query.order((hazards::next_due_on.desc(), hazards::id.desc())),
        Sort::Number => query.order(hazards::number.asc()),
        Sort::NumberDown => query.order(hazards::number.desc()),
    }
}

/// In the order, put so that no index seems to give it: an engine that took one for what is rare would walk the whole
/// ledger.
pub fn afterwards(query: Ledger<'_>, sort: Sort) -> Ledger<'_> {
    macro_rules! hidden {
        ($column:ident) => {
            coalesce(hazards::$column, hazards::$column)
        };
    }
    match sort {
        Sort::ReportedAt => query.order((hidden!(reported_at).asc(), hazards::id.asc())),
        Sort::ReportedAtDown => query.order((hidden!(reported_at).desc(), hazards::id.desc())),
        Sort::UpdatedAt => query.order((hidden!(updated_at).asc(), hazards::id.asc())),
        Sort::UpdatedAtDown => query.order((hidden!(updated_at).desc(), hazards::id.desc())),
        Sort::DueOn => query.order((hidden!(next_due_on).asc(), hazards::id.asc())),
        Sort::DueOnDown => query.order((hidden!(next_due_on).desc(), hazards::id.desc())),
        Sort::Number => query.order(hidden!(number).asc()),
        Sort::NumberDown => query.order(hidden!(number).desc()),
    }
}

/// What comes after a place. The first bound alone is a range of the index; the second steps over what the last page
/// showed of its end.
pub fn after<'a>(sort: Sort, place: &Place) -> Condition<'a, hazards::table> {
    let id = place.id;
    macro_rules! after {
        ($column:ident, $key:expr) => {
            if is_down(sort) {
                Box::new(
                    hazards::$column
                        .le($key)
                        .and(hazards::$column.lt($key).or(hazards::id.lt(id))),
                )
            } else {
                Box::new(
                    hazards::$column
                        .ge($key)
                        .and(hazards::$column.gt($key).or(hazards::id.gt(id))),
                )
            }
        };
    }
    match place.key {
        Key::At(moment) => match sort {
            Sort::UpdatedAt | Sort::UpdatedAtDown => after!(updated_at, moment),
            _ => after!(reported_at, moment),
        },
        Key::On(day) => after!(next_due_on, day),
        Key::Number(number) => after!(number, number),
    }
}

/// What comes no later than a key.
pub fn until<'a>(sort: Sort, key: &Key) -> Condition<'a, hazards::table> {
    macro_rules! until {
        ($column:ident, $key:expr) => {
            if is_down(sort) {
                Box::new(hazards::$column.ge($key))
            } else {
                Box::new(hazards::$column.le($key))
            }
        };
    }
    match *key {
        Key::At(moment) => match sort {
            Sort::UpdatedAt | Sort::UpdatedAtDown => until!(updated_at, moment),
            _ => until!(reported_at, moment),
        },
        Key::On(day) => until!(next_due_on, day),
        Key::Number(number) => until!(number, number),
    }
}
