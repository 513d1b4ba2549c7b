//! The tree over the entries, after RFC 6962: its hashes, its root at any size, and the proofs that lead to it.
//!
//! Hashes are kept in tiles of 256 (C2SP `tlog-tiles`): level 0 holds those of the leaves, and each hash of a level above is
//! the root of a whole tile below. All else is computed when it is asked for, from a few tiles at any size.

use sha2::{Digest, Sha256};

use crate::store::StoreError;

/// SHA-256.
pub type Hash = [u8; 32];

/// Hashes of a whole tile.
pub const TILE: u64 = 256;
/// Levels of the tree in one level of tiles.
const HEIGHT: u32 = 8;

/// The hash of a leaf.
pub fn leaf_hash(entry: &Hash) -> Hash {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(entry);
    hash.finalize().into()
}

/// The hash of a node over its two children.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut hash = Sha256::new();
    hash.update([1]);
    hash.update(left);
    hash.update(right);
    hash.finalize().into()
}

/// A tree that grows to the right, of which nothing is kept but the roots of its whole parts, the largest first.
#[derive(Debug, Clone, Default)]
pub struct Peaks {
    size: u64,
    roots: Vec<Hash>,
}

impl Peaks {
    /// Puts a hash to the right of the others. Returns the roots of the parts that it made whole, from itself upwards.
    pub fn push(&mut self, hash: Hash) -> Vec<Hash> {
        let mut whole = vec![hash];
        let (mut newest, mut rest) = (hash, self.size);
        while rest & 1 == 1
            && let Some(left) = self.roots.pop()
        {
            newest = node_hash(&left, &newest);
            whole.push(newest);
            rest >>= 1;
        }
        self.roots.push(newest);
        self.size += 1;
        whole
    }

    /// The root over all of them.
    pub fn root(&self) -> Hash {
        let joined = self.roots.iter().rev().copied();
        joined
            .reduce(|right, left| node_hash(&left, &right))
            .unwrap_or_else(|| Sha256::digest([]).into())
    }
}

impl FromIterator<Hash> for Peaks {
    fn from_iter<I: IntoIterator<Item = Hash>>(hashes: I) -> Self {
        let mut peaks = Self::default();
        for hash in hashes {
            peaks.push(hash);
        }
        peaks
    }
}

/// Where the hashes of tiles come from.
pub trait Tiles {
    /// `count` hashes of a level of tiles from `first` on, all within one tile.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when one is missing, and the other failures of the store.
    fn hashes(&mut self, level: u32, first: u64, count: u64) -> Result<Vec<Hash>, StoreError>;
}

/// The root over the leaves from `from` to before `to`, which is a part of the tree as it is cut for its nodes.
///
/// # Errors
/// As [`Tiles::hashes`].
pub fn root(tiles: &mut impl Tiles, from: u64, to: u64) -> Result<Hash, StoreError> {
    let mut roots = Vec::new();
    let mut start = from;
    while start < to {
        let level = (to - start).ilog2();
        let (height, below) = (level / HEIGHT, level % HEIGHT);
        let first = (start >> level) << below;
        let hashes = tiles.hashes(height, first, 1 << below)?;
        roots.push(hashes.into_iter().collect::<Peaks>().root());
        start += 1 << level;
    }
    let joined = roots.into_iter().rev();
    Ok(joined
        .reduce(|right, left| node_hash(&left, &right))
        .unwrap_or_else(|| Sha256::digest([]).into()))
}

/// The proof that the leaf at `place` is in the tree of that size: the hashes beside its way up to the root.
///
/// # Errors
/// As [`Tiles::hashes`].
pub fn inclusion(tiles: &mut impl Tiles, place: u64, size: u64) -> Result<Vec<Hash>, StoreError> {
    let (mut from, mut to) = (0, size);
    let mut beside = Vec::new();
    while to - from > 1 {
        let middle = from + cut(to - from);
        if place < middle {
            beside.push(root(tiles, middle, to)?);
            to = middle;
        } else {
            beside.push(root(tiles, from, middle)?);
            from = middle;
        }
    }
    beside.reverse();
    Ok(beside)
}

/// The proof that the tree of size `old` is the beginning of that of size `new`; `old` is not the larger.
///
/// # Errors
/// As [`Tiles::hashes`].
pub fn consistency(tiles: &mut impl Tiles, old: u64, new: u64) -> Result<Vec<Hash>, StoreError> {
    let (mut from, mut to) = (0, new);
    let mut beside = Vec::new();
    while old > 0 && old != to {
        let middle = from + cut(to - from);
        if old <= middle {
            beside.push(root(tiles, middle, to)?);
            to = middle;
        } else {
            beside.push(root(tiles, from, middle)?);
            from = middle;
        }
    }
    // Whoever asks has the root of the old tree, but of no other part of it.
    if from > 0 {
        beside.push(root(tiles, from, to)?);
    }
    beside.reverse();
    Ok(beside)
}

/// How many of so many leaves, two at least, lie to the left of the uppermost node.
fn cut(leaves: u64) -> u64 {
    1 << (leaves - 1).ilog2()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tlog_tiles::HashReader;

    /// A tree in memory, for our own way of keeping hashes.
    struct Own(Vec<Vec<Hash>>);

    /// The same tree as the second implementation keeps it.
    struct Theirs(Vec<tlog_tiles::Hash>);

    impl Tiles for Own {
        fn hashes(&mut self, level: u32, first: u64, count: u64) -> Result<Vec<Hash>, StoreError> {
            assert_eq!(first / TILE, (first + count - 1) / TILE, "all within one tile");
            let from = index(first);
            Ok(self.0[index(level.into())][from..from + index(count)].to_vec())
        }
    }

    impl HashReader for Theirs {
        fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
            Ok(indexes.iter().map(|place| self.0[index(*place)]).collect())
        }
    }

    fn index(number: u64) -> usize {
        usize::try_from(number).unwrap()
    }

    fn entry(number: u64) -> Hash {
        Sha256::digest(number.to_be_bytes()).into()
    }

    fn trees(size: u64) -> (Own, Theirs, Peaks) {
        let (mut own, mut theirs, mut peaks) = (Own(vec![Vec::new(); 4]), Theirs(Vec::new()), Peaks::default());
        for number in 0..size {
            let whole = peaks.push(leaf_hash(&entry(number)));
            for (level, hash) in whole.iter().step_by(index(HEIGHT.into())).enumerate() {
                own.0[level].push(*hash);
            }
            let stored = tlog_tiles::stored_hashes(number, &entry(number), &theirs).unwrap();
            theirs.0.extend(stored);
        }
        (own, theirs, peaks)
    }

    /// Roots of the eight leaves with which implementations of Certificate Transparency are compared.
    #[test]
    fn known_roots_come_out() {
        let leaves: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let hashes = leaves.map(|leaf| Sha256::digest([b"\x00", leaf].concat()).into());
        let root =
            |count: usize| crate::attachments::hexadecimal(&hashes.into_iter().take(count).collect::<Peaks>().root());
        assert_eq!(
            root(0),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(
            root(1),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
        assert_eq!(
            root(8),
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
        );
    }

    fn agree(size: u64, places: impl Iterator<Item = u64>, sizes: impl Iterator<Item = u64>) {
        let (mut own, theirs, peaks) = trees(size);
        let hash = root(&mut own, 0, size).unwrap();
        assert_eq!(hash, peaks.root(), "{size}");
        let known = tlog_tiles::Hash(hash);
        assert_eq!(known, tlog_tiles::tree_hash(size, &theirs).unwrap(), "{size}");
        let wrapped = |path: Vec<Hash>| path.into_iter().map(tlog_tiles::Hash).collect::<Vec<_>>();
        for place in places {
            let path = wrapped(inclusion(&mut own, place, size).unwrap());
            assert_eq!(
                path,
                tlog_tiles::prove_record(size, place, &theirs).unwrap(),
                "{place} in {size}"
            );
            let leaf = tlog_tiles::record_hash(&entry(place));
            tlog_tiles::check_record(&path, size, known, place, leaf).unwrap();
            let other = tlog_tiles::record_hash(&entry(place + 1));
            assert!(tlog_tiles::check_record(&path, size, known, place, other).is_err());
        }
        for old in sizes {
            let path = wrapped(consistency(&mut own, old, size).unwrap());
            if old == 0 {
                assert!(path.is_empty());
                continue;
            }
            assert_eq!(
                path,
                tlog_tiles::prove_tree(size, old, &theirs).unwrap(),
                "{old} in {size}"
            );
            let root_then = tlog_tiles::Hash(root(&mut own, 0, old).unwrap());
            tlog_tiles::check_tree(&path, size, known, old, root_then).unwrap();
        }
    }

    #[test]
    fn all_small_trees_are_those_of_the_second_implementation() {
        for size in 0..=40 {
            agree(size, 0..size, 0..=size);
        }
    }

    #[test]
    fn so_are_trees_around_whole_tiles() {
        for size in [255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 65_792] {
            let places = [
                0,
                1,
                127,
                128,
                254,
                255,
                256,
                511,
                512,
                65_535,
                65_536,
                size - 2,
                size - 1,
            ];
            let places: Vec<u64> = places.into_iter().filter(|place| *place < size).collect();
            let sizes = places.iter().map(|place| place + 1).collect::<Vec<_>>();
            agree(size, places.into_iter(), sizes.into_iter());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn so_is_any_tree(size in 1_u64..3000, place: u64, old: u64) {
            agree(size, [place % size].into_iter(), [old % size + 1].into_iter());
        }
    }
}
