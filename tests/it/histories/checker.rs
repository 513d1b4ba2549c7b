//! Strict serialisability of one list, from what its clients saw.
//!
//! Every value is unique, so the list at the end fixes the order of all appends that took effect. Each operation then
//! belongs to one length of the list, and the history is strictly serialisable when (a) what was read are beginnings of
//! that list and (b) nothing that began after another operation had ended belongs to an earlier length. An append whose
//! outcome nobody learned may or may not be in the list; when it is, it ended at some time after it began.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// One call, with the moments between which it took effect.
#[derive(Debug, Clone)]
pub struct Operation {
    /// When it was sent.
    pub begun: Duration,
    /// When its answer was there.
    pub ended: Duration,
    /// What was called and what came back.
    pub what: What,
}

/// A call with its outcome. A list of `n` values has version `n + 1`.
#[derive(Debug, Clone)]
pub enum What {
    /// An append to that version was acknowledged.
    Appended { value: u32, at: usize },
    /// An append was refused because another version is the present one.
    Refused { at: usize, present: usize },
    /// An append that nobody answered.
    Unknown { value: u32 },
    /// The whole list was read.
    Read(Vec<u32>),
    /// The version alone was read.
    Seen(usize),
}

/// How a history can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Anomaly {
    /// An acknowledged value is not in the list.
    LostUpdate,
    /// A value is in a list that nobody wrote: no append of it was sent, or the one that was sent was refused.
    Phantom,
    /// A value is in a list twice.
    Duplicate,
    /// Two lists are not one the beginning of the other.
    Fork,
    /// Two appends to one version were both acknowledged.
    TwoOnOneVersion,
    /// An append was acknowledged to a version that was not the present one.
    StaleAccepted,
    /// A version was called stale although it was the present one.
    FreshRefused,
    /// A read missed what was there before it began.
    StaleRead,
    /// An append came before one that had ended before it began, or was read before it was sent.
    Reordered,
}

/// Everything that is wrong with the history of one list; `end` is the list when all was over.
pub fn check(history: &[Operation], end: &[u32]) -> BTreeSet<Anomaly> {
    let mut found = BTreeSet::new();
    let written: BTreeSet<u32> = history.iter().filter_map(|operation| operation.what.writes()).collect();
    check_list(end, &written, &mut found);
    let mut versions = BTreeSet::new();
    for operation in history {
        match &operation.what {
            What::Appended { value, at } => {
                if !versions.insert(*at) {
                    found.insert(Anomaly::TwoOnOneVersion);
                }
                match place(end, *value) {
                    None => found.insert(Anomaly::LostUpdate),
                    Some(place) => place + 1 != *at && found.insert(Anomaly::StaleAccepted),
                };
            }
            What::Refused { at, present } if at == present => {
                found.insert(Anomaly::FreshRefused);
            }
            What::Read(list) => {
                check_list(list, &written, &mut found);
                if !end.starts_with(list) {
                    found.insert(Anomaly::Fork);
                }
            }
            What::Seen(version) | What::Refused { present: version, .. } if *version > end.len() + 1 => {
                found.insert(Anomaly::LostUpdate);
            }
            What::Refused { .. } | What::Unknown { .. } | What::Seen(_) => {}
        }
    }
    check_real_time(history, end, &mut found);
    found
}

fn check_list(list: &[u32], written: &BTreeSet<u32>, found: &mut BTreeSet<Anomaly>) {
    if list.iter().any(|value| !written.contains(value)) {
        found.insert(Anomaly::Phantom);
    }
    if list.iter().collect::<BTreeSet<_>>().len() != list.len() {
        found.insert(Anomaly::Duplicate);
    }
}

/// Holds each operation against the longest list that was certain when it began.
fn check_real_time(history: &[Operation], end: &[u32], found: &mut BTreeSet<Anomaly>) {
    let mut certain: BTreeMap<Duration, usize> = BTreeMap::new();
    for operation in history {
        if let (Some(length), false) = (operation.what.left(end), matches!(operation.what, What::Unknown { .. })) {
            let known = certain.entry(operation.ended).or_default();
            *known = length.max(*known);
        }
    }
    let mut longest = 0;
    for length in certain.values_mut() {
        longest = longest.max(*length);
        *length = longest;
    }
    for operation in history {
        let before = certain
            .range(..operation.begun)
            .next_back()
            .map_or(0, |(_, length)| *length);
        if let Some(length) = operation.what.met(end)
            && length < before
        {
            found.insert(match operation.what.writes() {
                Some(_) => Anomaly::Reordered,
                None => Anomaly::StaleRead,
            });
        }
    }
}

impl What {
    /// The value that it may have written.
    fn writes(&self) -> Option<u32> {
        match self {
            Self::Appended { value, .. } | Self::Unknown { value } => Some(*value),
            Self::Refused { .. } | Self::Read(_) | Self::Seen(_) => None,
        }
    }

    /// The length of the list that it met.
    fn met(&self, end: &[u32]) -> Option<usize> {
        match self {
            Self::Appended { value, .. } | Self::Unknown { value } => place(end, *value),
            Self::Read(list) => Some(list.len()),
            Self::Seen(version) | Self::Refused { present: version, .. } => Some(version - 1),
        }
    }

    /// The length of the list that it left.
    fn left(&self, end: &[u32]) -> Option<usize> {
        self.met(end)
            .map(|length| length + usize::from(self.writes().is_some()))
    }
}

fn place(list: &[u32], value: u32) -> Option<usize> {
    list.iter().position(|known| *known == value)
}

mod tests {
    use super::*;

    fn at(begun: u64, ended: u64, what: What) -> Operation {
        Operation {
            begun: Duration::from_millis(begun),
            ended: Duration::from_millis(ended),
            what,
        }
    }

    fn append(begun: u64, value: u32, at_version: usize) -> Operation {
        at(begun, begun + 5, What::Appended { value, at: at_version })
    }

    fn read(begun: u64, list: &[u32]) -> Operation {
        at(begun, begun + 5, What::Read(list.to_vec()))
    }

    /// Three values one after the other, read after each.
    fn honest() -> Vec<Operation> {
        vec![
            append(0, 1, 1),
            read(10, &[1]),
            append(20, 2, 2),
            at(20, 26, What::Refused { at: 2, present: 3 }),
            read(30, &[1, 2]),
            append(40, 3, 3),
            at(50, 52, What::Seen(4)),
        ]
    }

    fn found(more: &[Operation], end: &[u32]) -> Vec<Anomaly> {
        check(&[honest(), more.to_vec()].concat(), end).into_iter().collect()
    }

    #[test]
    fn an_honest_history_has_no_fault() {
        assert_eq!(found(&[], &[1, 2, 3]), []);
    }

    #[test]
    fn a_call_without_an_answer_may_or_may_not_have_been_done() {
        let unknown = at(55, 56, What::Unknown { value: 4 });
        assert_eq!(found(std::slice::from_ref(&unknown), &[1, 2, 3]), []);
        assert_eq!(found(std::slice::from_ref(&unknown), &[1, 2, 3, 4]), []);
        let late = read(90, &[1, 2, 3, 4]);
        assert_eq!(found(&[unknown, read(70, &[1, 2, 3]), late], &[1, 2, 3, 4]), []);
    }

    #[test]
    fn overlapping_calls_may_be_seen_in_either_order() {
        assert_eq!(found(&[read(41, &[1, 2]), read(41, &[1, 2, 3])], &[1, 2, 3]), []);
    }

    #[test]
    fn an_acknowledged_value_that_is_gone_is_found() {
        assert_eq!(found(&[append(60, 4, 4)], &[1, 2, 3]), [Anomaly::LostUpdate]);
    }

    #[test]
    fn an_acknowledged_version_that_is_gone_is_found() {
        assert_eq!(found(&[at(60, 61, What::Seen(7))], &[1, 2, 3]), [Anomaly::LostUpdate]);
    }

    #[test]
    fn a_value_that_nobody_wrote_is_found() {
        assert_eq!(found(&[], &[1, 2, 3, 77]), [Anomaly::Phantom]);
    }

    #[test]
    fn a_value_that_is_there_twice_is_found() {
        assert_eq!(found(&[], &[1, 2, 3, 3]), [Anomaly::Duplicate]);
    }

    #[test]
    fn lists_that_part_are_found() {
        let unknown = at(58, 59, What::Unknown { value: 4 });
        let parted = read(60, &[1, 2, 3, 4]);
        assert_eq!(
            found(&[unknown, parted, append(60, 5, 4)], &[1, 2, 3, 5]),
            [Anomaly::Fork]
        );
    }

    #[test]
    fn two_writes_on_one_version_are_found() {
        let both = [append(60, 4, 4), append(60, 5, 4)];
        let named = found(&both, &[1, 2, 3, 4, 5]);
        assert_eq!(named, [Anomaly::TwoOnOneVersion, Anomaly::StaleAccepted]);
        assert_eq!(
            found(&both, &[1, 2, 3, 4]),
            [Anomaly::LostUpdate, Anomaly::TwoOnOneVersion]
        );
    }

    #[test]
    fn a_stale_version_that_was_accepted_is_found() {
        assert!(found(&[append(60, 4, 2)], &[1, 2, 3, 4]).contains(&Anomaly::StaleAccepted));
    }

    #[test]
    fn a_present_version_that_was_refused_is_found() {
        let refused = at(60, 65, What::Refused { at: 4, present: 4 });
        assert_eq!(found(&[refused], &[1, 2, 3]), [Anomaly::FreshRefused]);
    }

    #[test]
    fn reads_of_the_past_are_found() {
        let refused = at(60, 65, What::Refused { at: 1, present: 3 });
        for stale in [read(60, &[1, 2]), at(60, 61, What::Seen(3)), refused] {
            assert_eq!(found(&[stale], &[1, 2, 3]), [Anomaly::StaleRead]);
        }
    }

    #[test]
    fn a_read_that_goes_back_behind_another_is_found() {
        let unknown = at(55, 56, What::Unknown { value: 4 });
        let reads = [unknown, read(60, &[1, 2, 3, 4]), read(70, &[1, 2, 3])];
        assert_eq!(found(&reads, &[1, 2, 3, 4]), [Anomaly::StaleRead]);
    }

    #[test]
    fn appends_in_another_order_than_they_were_made_are_found() {
        let swapped = [append(60, 5, 5), append(70, 4, 4)];
        assert_eq!(found(&swapped, &[1, 2, 3, 4, 5]), [Anomaly::Reordered]);
    }

    #[test]
    fn a_value_that_was_read_before_it_was_written_is_found() {
        let early = [read(60, &[1, 2, 3, 4]), append(70, 4, 4)];
        assert_eq!(found(&early, &[1, 2, 3, 4]), [Anomaly::Reordered]);
    }
}
