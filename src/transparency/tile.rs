//! Tiles as they are named and written (C2SP `tlog-tiles`).

use std::str::FromStr;

use super::store;
use super::tree::{Hash, TILE};
use crate::store::{Connection, StoreError};

/// How large the number of a tile can be: no log has more entries.
const LARGEST: u64 = 1 << 48;
/// Levels of tiles above that of the entries that a log of the largest size has.
const LEVELS: u32 = 6;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contents {
    /// Entries, each behind its length.
    Entries,
    /// Hashes of that level.
    Hashes(u32),
}

/// A tile, or the beginning of one that is not whole yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TileName {
    contents: Contents,
    place: u64,
    width: u64,
}

impl FromStr for TileName {
    type Err = ();

    /// Reads `0/x001/234`, `entries/000.p/7`. Each tile has one name.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (contents, rest) = text.split_once('/').ok_or(())?;
        let contents = match contents {
            "entries" => Contents::Entries,
            level => Contents::Hashes(plain(level).and_then(|level| level.try_into().ok()).ok_or(())?),
        };
        let (place, width) = match rest.split_once(".p/") {
            None => (rest, TILE),
            Some((place, width)) => (place, plain(width).filter(|width| (1..TILE).contains(width)).ok_or(())?),
        };
        let place = place_of(place).ok_or(())?;
        match contents {
            Contents::Hashes(level) if level > LEVELS => Err(()),
            Contents::Entries | Contents::Hashes(_) => Ok(Self { contents, place, width }),
        }
    }
}

/// A number without sign or leading zeros.
fn plain(text: &str) -> Option<u64> {
    let number = text.parse::<u64>().ok()?;
    (number.to_string() == text).then_some(number)
}

/// A number in groups of three digits, of which each but the last is marked by an `x`.
fn place_of(text: &str) -> Option<u64> {
    let (marked, last) = text
        .rsplit_once('/')
        .map_or((None, text), |(marked, last)| (Some(marked), last));
    let mut place = 0;
    for group in marked.into_iter().flat_map(|marked| marked.split('/')) {
        place = place * 1000 + digits(group.strip_prefix('x')?)?;
        // A leading group of zeros would be another name of the same tile.
        if place == 0 || place > LARGEST {
            return None;
        }
    }
    Some(place * 1000 + digits(last)?)
}

fn digits(group: &str) -> Option<u64> {
    let is_group = group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit());
    is_group.then(|| group.parse().ok())?
}

/// The bytes of a tile; nothing when the newest checkpoint does not cover all of it.
///
/// # Errors
/// The failures of the store.
pub fn read(connection: &mut Connection, name: TileName) -> Result<Option<Vec<u8>>, StoreError> {
    let Some((size, _)) = store::newest_checkpoint(connection)? else {
        return Ok(None);
    };
    let (from, to) = (name.place * TILE, name.place * TILE + name.width);
    let covered = match name.contents {
        Contents::Entries => size,
        Contents::Hashes(level) => size >> (8 * level),
    };
    if to > covered {
        return Ok(None);
    }
    let bytes = match name.contents {
        Contents::Entries => store::entries(connection, from, to, i64::MAX)?
            .iter()
            .flat_map(|entry| [0, 32].into_iter().chain(*entry))
            .collect(),
        Contents::Hashes(level) => {
            let hashes = store::tile(connection, level, name.place)?;
            let wanted = usize::try_from(name.width).map_err(|error| StoreError::Corrupt(error.to_string()))?;
            hashes.iter().take(wanted).flat_map(|hash: &Hash| *hash).collect()
        }
    };
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_has_one_name() {
        let tile = |contents, place, width| Ok(TileName { contents, place, width });
        assert_eq!("0/000".parse(), tile(Contents::Hashes(0), 0, 256));
        assert_eq!("1/x001/x234/067".parse(), tile(Contents::Hashes(1), 1_234_067, 256));
        assert_eq!("entries/x001/000.p/7".parse(), tile(Contents::Entries, 1000, 7));
        for wrong in [
            "",
            "0",
            "0/",
            "00/000",
            "+0/000",
            "7/000",
            "-1/000",
            "0/0",
            "0/0000",
            "0/x000/001",
            "0/001/x002",
            "0/001/002",
            "0/x01/002",
            "0/000.p/0",
            "0/000.p/256",
            "0/000.p/07",
            "0/000.p/",
            "0/000.p",
            "0/000.p/1/2",
            "entry/000",
            "0/x999/x999/x999/x999/x999/x999/x999/999",
            "0/+01",
            "0/x+01/000",
        ] {
            assert_eq!(wrong.parse::<TileName>(), Err(()), "{wrong}");
        }
    }
}
