//! The national judgment standards that come with the program.
//!
//! Clauses whose wording is not certain are left out or paraphrased and marked so; an office imports the wording. To
//! ship another standard or clause, add it to `catalogue.json`: the next start puts it on record.

use super::model::NewStandard;
use super::publish::{self, Stamp};
use super::store;
use crate::journal::Actor;
use crate::store::{Connection, Failure, StoreError};
use crate::values::{Clock, StandardId};

const CATALOGUE: &str = include_str!("catalogue.json");

/// Puts on record what the catalogue has and the database lacks, and returns how many standards that touched. What is on
/// record, an office's wording above all, stays as it is. The caller holds the transaction; nodes that start at once
/// wait for each other.
///
/// # Errors
/// A catalogue that cannot be read, which is a defect; and the failures of the store.
pub fn ensure_catalogue(connection: &mut Connection, clock: &Clock) -> Result<usize, Failure> {
    store::lock_catalogue(connection)?;
    let mut touched = 0;
    for given in read()? {
        let stamp = Stamp {
            actor: program(),
            at: clock.now(),
            salts: [salt(clock)?, salt(clock)?],
        };
        let changed = match store::find(connection, &given.code)? {
            None => {
                publish::add(connection, &given, StandardId::new(clock), &stamp)?;
                true
            }
            Some(standard) => {
                let clauses = store::criteria_of(connection, &given.code)?;
                publish::complete(connection, standard, &given, &clauses, &stamp)?.is_some()
            }
        };
        touched += usize::from(changed);
    }
    Ok(touched)
}

fn read() -> Result<Vec<NewStandard>, StoreError> {
    serde_json::from_str(CATALOGUE).map_err(|error| StoreError::Corrupt(format!("the embedded catalogue: {error}")))
}

/// Nobody's token stands behind what the program itself writes.
fn program() -> Actor {
    Actor {
        subject: "major-hazards".to_owned(),
        name: "系统内置目录".to_owned(),
        roles: Vec::new(),
        level: None,
        organization: None,
    }
}

fn salt(clock: &Clock) -> Result<[u8; 16], StoreError> {
    Ok(clock.random_bytes()?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::standards::model::CriterionCode;

    #[test]
    fn the_catalogue_is_whole() {
        let standards = read().unwrap();
        let codes: BTreeSet<_> = standards.iter().map(|standard| standard.code.clone()).collect();
        assert_eq!(codes.len(), standards.len());
        assert_eq!(standards.len(), 11);
        for standard in &standards {
            assert!(!standard.industries.is_empty(), "{}", standard.code);
            let mut clauses = BTreeSet::new();
            for criterion in &standard.criteria {
                let expected = CriterionCode::of(&standard.code, criterion.code.as_str());
                assert_eq!(expected.as_ref(), Ok(&criterion.code));
                assert!(clauses.insert(criterion.code.clone()), "{}", criterion.code.as_str());
            }
        }
    }
}
