//! Hazards by group: what was counted is put into its groups, and what is too small is left out.

use std::collections::BTreeMap;

use super::asked::{Asked, Dimension};
use super::figures::Figures;
use super::store::{self, Counted, Key, day_of};
use super::suppression::{self, Cell};
use crate::law::lifecycle::Source;
use crate::law::scope::Scope;
use crate::store::{Connection, StoreError};
use crate::values::Vocabulary;

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Codes in the order of the dimensions.
    pub codes: Vec<Option<String>>,
    /// What was counted; nothing where it is too small to be shown.
    pub figures: Option<Figures>,
}

/// Every group, and all of them together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Groups {
    /// The groups in the order of their codes.
    pub groups: Vec<Group>,
    /// The whole, in which a hazard of two groups counts once.
    pub total: Option<Figures>,
}

type BySource = BTreeMap<Option<Source>, Figures>;

/// Counts what is asked for within a scope.
///
/// # Errors
/// The failures of the store.
pub fn count(connection: &mut Connection, scope: &Scope, asked: &Asked) -> Result<Groups, StoreError> {
    grouped(asked, store::count(connection, scope, asked)?)
}

fn grouped(asked: &Asked, counted: Vec<Counted>) -> Result<Groups, StoreError> {
    let open: Vec<Dimension> = asked.grouping.open().collect();
    let mut whole = BySource::new();
    let mut cells: BTreeMap<Key, BySource> = BTreeMap::new();
    for row in counted {
        *whole.entry(row.source).or_default() += &row.figures;
        for key in keys(&open, row.key)? {
            *cells.entry(key).or_default().entry(row.source).or_default() += &row.figures;
        }
    }
    let mut kept: Vec<(Key, BySource)> = cells.into_iter().collect();
    kept.retain(|(_, by_source)| !cell(by_source).all.is_empty());
    let judged: Vec<Cell> = kept.iter().map(|(_, by_source)| cell(by_source)).collect();
    let hidden = if asked.splits_sources() {
        suppression::hidden(&judged)
    } else {
        std::collections::BTreeSet::new()
    };
    let mut groups = Vec::new();
    if !asked.grouping.by.is_empty() {
        for (place, (key, by_source)) in kept.iter().enumerate() {
            groups.extend(split(asked, key, by_source, hidden.contains(&place)));
        }
        groups.sort_by(|one, other| one.codes.cmp(&other.codes));
    }
    let small = !asked.filter.source.is_empty() && cell(&whole).is_small();
    let total = (!small).then(|| shown(asked, &whole));
    Ok(Groups { groups, total })
}

/// The groups that a row counts in: one, or one for each campaign.
fn keys(open: &[Dimension], key: Key) -> Result<Vec<Key>, StoreError> {
    let mut keys = vec![key];
    for (place, dimension) in open.iter().enumerate() {
        let mut cut = Vec::new();
        for key in keys {
            let code = key.get(place).cloned().flatten();
            let codes: Vec<Option<String>> = match (dimension, code) {
                (Dimension::Campaign, Some(codes)) => codes
                    .split(',')
                    .map(|code| Some(code.to_owned()).filter(|code| !code.is_empty()))
                    .collect(),
                (Dimension::Month, Some(days)) => {
                    let days = days
                        .parse()
                        .map_err(|_| StoreError::Corrupt(format!("`{days}` is no number of days")))?;
                    vec![Some(day_of(days)?.to_string().chars().take(7).collect())]
                }
                (_, code) => vec![code],
            };
            for code in codes {
                let mut key = key.clone();
                if let Some(part) = key.get_mut(place) {
                    *part = code;
                }
                cut.push(key);
            }
        }
        keys = cut;
    }
    Ok(keys)
}

fn cell(by_source: &BySource) -> Cell {
    let mut cell = Cell::default();
    for (source, figures) in by_source {
        cell.all += figures;
        if *source == Some(Source::PublicTip) {
            cell.tips += figures;
        }
    }
    cell
}

/// What a filter by source leaves of a group.
fn shown(asked: &Asked, by_source: &BySource) -> Figures {
    let mut shown = Figures::default();
    for (_, figures) in by_source
        .iter()
        .filter(|(source, _)| source.is_none_or(|source| asked.shows(source)))
    {
        shown += figures;
    }
    shown
}

/// One group, or one for each source. A hidden group has every source, so that it does not show which are there.
fn split(asked: &Asked, key: &Key, by_source: &BySource, hidden: bool) -> Vec<Group> {
    let codes = |source: Option<Source>| {
        let mut others = key.iter().cloned();
        asked
            .grouping
            .by
            .iter()
            .map(|by| match by {
                Dimension::Source => source.map(|source| source.code().to_owned()),
                _ => others.next().flatten(),
            })
            .collect()
    };
    if !asked.grouping.by_source() {
        return vec![Group {
            codes: codes(None),
            figures: (!hidden).then(|| shown(asked, by_source)),
        }];
    }
    Source::ALL
        .iter()
        .filter(|source| asked.shows(**source))
        .map(|source| Group {
            codes: codes(Some(*source)),
            figures: (!hidden).then(|| by_source.get(&Some(*source)).cloned().unwrap_or_default()),
        })
        .collect()
}
