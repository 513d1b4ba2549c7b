//! What is left out so that no table points at a tip.
//!
//! An answer *tells sources apart* when the source is one of its dimensions or filters. In such an answer the cells of
//! one group, whatever their source, are shown or hidden together: one cell alone could be computed from the others and
//! from the same question without sources. A group is hidden
//!
//! 1. when one of its sizes (found, confirmed, reopened, closed, open, overdue, penalties) counts at least one tip and fewer than
//!    [`THRESHOLD`];
//! 2. when it counts fewer than [`THRESHOLD`] hazards in all, tips or not: that a small group is hidden must not say
//!    that there is a tip in it;
//! 3. when, of one of these sizes, the hidden groups hold together fewer than [`THRESHOLD`] tips, which whoever has the
//!    whole could subtract: then the group with the fewest tips that is still shown is hidden too, until they do.
//!
//! The whole over all groups is judged as a group of its own. What a filter by source leaves out counts for this
//! judgment as if it were there, so asking for everything but tips shows no more than asking for tips.
//!
//! This keeps a table that is handed on from pointing at somebody. It takes nothing from a caller who may read the
//! source of every single hazard in the ledger.

use std::collections::BTreeSet;

use super::figures::Figures;

/// The least number that is shown of tips.
pub const THRESHOLD: i64 = 5;

/// A group, as far as it decides about itself.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    /// All of it.
    pub all: Figures,
    /// What came from tips.
    pub tips: Figures,
}

impl Cell {
    /// Whether it is too small on its own.
    pub fn is_small(&self) -> bool {
        let few = self.tips.sizes().into_iter().any(is_few);
        let all = self.all.sizes().into_iter().max().unwrap_or_default();
        few || is_few(all)
    }
}

fn is_few(count: i64) -> bool {
    (1..THRESHOLD).contains(&count)
}

/// Places of the cells that are not shown.
pub fn hidden(cells: &[Cell]) -> BTreeSet<usize> {
    let mut hidden: BTreeSet<usize> = (0..)
        .zip(cells)
        .filter(|(_, cell)| cell.is_small())
        .map(|(place, _)| place)
        .collect();
    loop {
        let mut together = Figures::default();
        for (_, cell) in (0..).zip(cells).filter(|(place, _)| hidden.contains(place)) {
            together += &cell.tips;
        }
        // Where no group shows any tips of that size, there is nothing to subtract them from: the whole is too small to
        // be shown itself.
        let next = (0..)
            .zip(together.sizes())
            .filter(|(_, size)| is_few(*size))
            .find_map(|(which, _)| fewest(cells, &hidden, which));
        match next {
            Some(place) => hidden.insert(place),
            None => return hidden,
        };
    }
}

/// The cell that is shown with the fewest tips of a size.
fn fewest(cells: &[Cell], hidden: &BTreeSet<usize>, which: usize) -> Option<usize> {
    let tips = |cell: &Cell| cell.tips.sizes().into_iter().nth(which).unwrap_or_default();
    (0..)
        .zip(cells)
        .filter(|(place, cell)| !hidden.contains(place) && tips(cell) > 0)
        .min_by_key(|(_, cell)| tips(cell))
        .map(|(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(all: i64, tips: i64) -> Cell {
        let found = |found| Figures {
            found,
            ..Figures::default()
        };
        Cell {
            all: found(all),
            tips: found(tips),
        }
    }

    fn places(cells: &[Cell]) -> Vec<usize> {
        hidden(cells).into_iter().collect()
    }

    #[test]
    fn a_group_without_tips_is_shown_unless_it_is_small() {
        assert!(places(&[cell(0, 0), cell(5, 0), cell(900, 0)]).is_empty());
        assert_eq!(places(&[cell(4, 0), cell(5, 0)]), [0]);
    }

    #[test]
    fn one_to_four_tips_are_not_shown_and_five_are() {
        for tips in 1..THRESHOLD {
            assert!(cell(100, tips).is_small(), "{tips}");
        }
        assert!(places(&[cell(100, 5), cell(100, 0)]).is_empty());
    }

    #[test]
    fn what_is_hidden_cannot_be_subtracted() {
        // 3 alone would be the whole less 5 and 9: the group with the fewest is hidden beside it.
        assert_eq!(places(&[cell(50, 9), cell(50, 3), cell(50, 5)]), [1, 2]);
        // 3 and 2 are five together.
        assert_eq!(places(&[cell(50, 9), cell(50, 3), cell(50, 2)]), [1, 2]);
        // Nothing more to hide: the whole has three tips and is hidden too.
        assert_eq!(places(&[cell(50, 0), cell(50, 3)]), [1]);
    }

    #[test]
    fn each_size_is_judged_on_its_own() {
        let mut many_found_few_closed = cell(50, 20);
        many_found_few_closed.tips.to_close.insert(3, 1);
        let mut closed = cell(50, 20);
        closed.tips.to_close.insert(3, 6);
        assert_eq!(
            places(&[closed.clone(), many_found_few_closed, closed, cell(50, 20)]),
            [0, 1]
        );
    }

    /// Whatever the groups: what is hidden holds no tips or five of them, unless all tips there are hold fewer.
    #[test]
    fn every_difference_to_the_whole_is_none_or_large() {
        let mut state = 7_u64;
        let mut draw = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            i64::try_from((state >> 33) % below).unwrap()
        };
        for _ in 0..4000 {
            let cells: Vec<Cell> = (0..=draw(6))
                .map(|_| {
                    let mut cell = cell(draw(9), draw(9));
                    cell.all.found += cell.tips.found;
                    cell.tips.open = draw(12);
                    cell.all.open = cell.tips.open + draw(3);
                    cell.tips.overdue = draw(3) * 4;
                    cell.all.overdue = cell.tips.overdue;
                    cell
                })
                .collect();
            let hidden = hidden(&cells);
            let sums = |wanted: bool| -> [i64; 7] {
                let mut sum = Figures::default();
                for (_, cell) in (0..).zip(&cells).filter(|(place, _)| hidden.contains(place) == wanted) {
                    sum += &cell.tips;
                }
                sum.sizes()
            };
            for (left_out, shown) in sums(true).into_iter().zip(sums(false)) {
                assert!(!is_few(left_out) || shown == 0, "{cells:?}");
            }
            for (place, cell) in (0..).zip(&cells) {
                assert!(!cell.is_small() || hidden.contains(&place), "{cells:?}");
            }
        }
    }
}
