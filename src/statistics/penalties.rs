//! Penalties in figures: how many of which kind, and what they come to.

pub mod store;

use std::collections::BTreeMap;
use std::ops::AddAssign;

use crate::law::lifecycle::PenaltyKind;

/// What was counted of the penalties of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Penalties {
    /// How many of each kind; a kind that was not imposed need not be there.
    kinds: BTreeMap<PenaltyKind, i64>,
    /// How many of them punish a person.
    pub persons: i64,
    /// What units pay.
    pub unit: Fen,
    /// What persons pay.
    pub person: Fen,
}

/// A penalty, as far as it is counted. Amounts are in fen.
#[derive(Debug, Clone, Copy)]
pub struct Penalty {
    /// What kind.
    pub kind: PenaltyKind,
    /// What the unit pays.
    pub unit_fen: Option<i64>,
    /// Whether a person is punished.
    pub person: bool,
    /// What the person pays.
    pub person_fen: Option<i64>,
}

/// A sum of amounts in fen: a million of the largest amounts that the ledger takes do not fit into 64 bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fen(i128);

impl Penalties {
    /// All of them.
    pub fn all(&self) -> i64 {
        self.kinds.values().sum()
    }

    /// Those of one kind.
    pub fn of_kind(&self, kind: PenaltyKind) -> i64 {
        self.kinds.get(&kind).copied().unwrap_or_default()
    }

    /// Counts one more.
    pub fn count(&mut self, penalty: &Penalty) {
        *self.kinds.entry(penalty.kind).or_default() += 1;
        self.persons += i64::from(penalty.person);
        self.unit.0 += i128::from(penalty.unit_fen.unwrap_or_default());
        self.person.0 += i128::from(penalty.person_fen.unwrap_or_default());
    }
}

impl AddAssign<&Self> for Penalties {
    fn add_assign(&mut self, other: &Self) {
        for (kind, count) in &other.kinds {
            *self.kinds.entry(*kind).or_default() += count;
        }
        self.persons += other.persons;
        self.unit.0 += other.unit.0;
        self.person.0 += other.person.0;
    }
}

impl Fen {
    /// In yuan with two places, such as `"120000.00"`.
    pub fn yuan(self) -> String {
        format!("{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_exact_far_beyond_one_amount() {
        let mut penalties = Penalties::default();
        penalties.count(&Penalty {
            kind: PenaltyKind::Fine,
            unit_fen: Some(1_000_000_000_000_000),
            person: true,
            person_fen: Some(7),
        });
        penalties.count(&Penalty {
            kind: PenaltyKind::Warning,
            unit_fen: None,
            person: true,
            person_fen: None,
        });
        let mut sum = Penalties::default();
        for _ in 0..100_000 {
            sum += &penalties;
        }
        assert_eq!(
            (sum.all(), sum.of_kind(PenaltyKind::Warning), sum.persons),
            (200_000, 100_000, 200_000)
        );
        assert_eq!(sum.unit.yuan(), "1000000000000000000.00");
        assert_eq!(sum.person.yuan(), "7000.00");
    }
}
