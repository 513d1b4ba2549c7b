//! How far a phone has come.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::snapshot::Walk;
use crate::journal::Horizon;
use crate::law::scope::{Areas, Scope};

/// What a cursor says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Of the scope that it was made for.
    scope: String,
    /// How far.
    pub place: Place,
}

/// How far a phone has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// It was handed nothing yet, because what was being written when it asked first is not decided.
    Waiting(Horizon),
    /// It has a part of all there is. Changes after `from` follow.
    Within {
        /// The position of the outbox up to which everything was on record before the first page.
        from: i64,
        /// How far the walk has come.
        walk: Walk,
    },
    /// It has everything up to a position of the outbox.
    After {
        /// That position.
        position: i64,
        /// How far the outbox was seen when that was not decided.
        ahead: Option<Horizon>,
    },
}

impl Cursor {
    /// A cursor for a scope.
    pub fn new(scope: &Scope, place: Place) -> Self {
        Self {
            scope: fingerprint(scope),
            place,
        }
    }

    /// Whether it was made for that scope. What lies in another was never handed out, and nobody would take away what does
    /// not lie in it any more.
    pub fn is_for(&self, scope: &Scope) -> bool {
        self.scope == fingerprint(scope)
    }
}

/// The same for scopes that cover the same by the same prefixes, in whatever order a token names them.
fn fingerprint(scope: &Scope) -> String {
    let areas = match &scope.areas {
        Areas::All => "*".to_owned(),
        Areas::Within(prefixes) => listed(prefixes),
    };
    let said = format!("{areas}/{}", listed(&scope.industries));
    let digest: [u8; 32] = Sha256::digest(said).into();
    let (first, _) = digest.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
    format!("{:016x}", u64::from_be_bytes(*first))
}

fn listed(prefixes: &[impl ToString]) -> String {
    let distinct: BTreeSet<String> = prefixes.iter().map(ToString::to_string).collect();
    distinct.into_iter().collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(areas: &[&str], industries: &[&str]) -> Scope {
        Scope {
            areas: Areas::Within(areas.iter().map(|area| area.parse().unwrap()).collect()),
            industries: industries.iter().map(|industry| industry.parse().unwrap()).collect(),
            unit: None,
        }
    }

    #[test]
    fn a_cursor_is_for_one_scope_in_whatever_order_it_is_named() {
        let place = Place::After {
            position: 7,
            ahead: None,
        };
        let cursor = Cursor::new(&scope(&["370303", "370304"], &["C"]), place);
        assert!(cursor.is_for(&scope(&["370304", "370303", "370304"], &["C"])));
        let everywhere = Scope {
            areas: Areas::All,
            ..scope(&[], &["C"])
        };
        for other in [
            scope(&["370303"], &["C"]),
            scope(&["370303", "370304"], &[]),
            scope(&["370303", "370304"], &["C", "D"]),
            scope(&[], &["C"]),
            everywhere,
        ] {
            assert!(!cursor.is_for(&other), "{other:?}");
        }
    }
}
