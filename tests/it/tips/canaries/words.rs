//! Words that nobody would write, and where they are found: as they are, and in every dress in which a program puts text.

use std::collections::BTreeSet;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::support::hexadecimal;

/// A canary: what it is called when it is found, and the bytes of which no part of the service may hold a copy.
#[derive(Debug, Clone)]
pub(super) struct Canary {
    /// Where it was planted.
    pub planted: String,
    /// The word itself.
    pub bytes: Vec<u8>,
}

impl Canary {
    /// A word that was planted there.
    pub(super) fn word(planted: &str, word: &str) -> Self {
        Self {
            planted: planted.to_owned(),
            bytes: word.as_bytes().to_vec(),
        }
    }

    /// The latitude that an EXIF block holds.
    pub(super) fn position(planted: &str, bytes: Vec<u8>) -> Self {
        Self {
            planted: planted.to_owned(),
            bytes,
        }
    }
}

/// Finds canaries in bytes.
pub(super) struct Search {
    machine: AhoCorasick,
    planted: Vec<String>,
}

impl Search {
    /// For all of these, each in every dress.
    pub(super) fn of(canaries: &[Canary]) -> Self {
        let mut patterns = Vec::new();
        let mut planted = Vec::new();
        for canary in canaries {
            for dress in dresses(&canary.bytes) {
                patterns.push(dress);
                planted.push(canary.planted.clone());
            }
        }
        Self {
            machine: AhoCorasick::new(patterns).expect("patterns are few"),
            planted,
        }
    }

    /// Names of those that are in there.
    pub(super) fn found_in(&self, bytes: &[u8]) -> BTreeSet<&str> {
        self.machine
            .find_overlapping_iter(bytes)
            .map(|found| self.planted[found.pattern().as_usize()].as_str())
            .collect()
    }
}

/// The bytes as they are, as hexadecimal digits, as base64 wherever it begins, and as text of two bytes a letter.
fn dresses(bytes: &[u8]) -> Vec<Vec<u8>> {
    let digits = hexadecimal(bytes);
    let mut dresses = vec![bytes.to_vec(), digits.to_uppercase().into_bytes(), digits.into_bytes()];
    for before in 0..3 {
        let shifted = [vec![0; before], bytes.to_vec()].concat();
        let coded = STANDARD.encode(&shifted);
        // The first and the last letters depend on what stands beside the word.
        let whole = coded.len() / 4 * 4;
        let (from, to) = ((before * 8).div_ceil(6), whole.saturating_sub(4));
        let inner = &coded[from..to];
        dresses.push(inner.as_bytes().to_vec());
        dresses.push(inner.replace('+', "-").replace('/', "_").into_bytes());
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let wide = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
        dresses.push(wide(u16::to_le_bytes));
        dresses.push(wide(u16::to_be_bytes));
        let escaped = |unit: u16| format!("\\u{unit:04x}").into_bytes();
        dresses.push(text.encode_utf16().flat_map(escaped).collect());
    }
    dresses
}

#[test]
fn a_canary_is_found_in_every_dress() {
    let word = "Kanarienvogel-7";
    let search = Search::of(&[Canary::word("cage", word), Canary::word("other", "Nachtigall-3")]);
    let found = |text: &[u8]| search.found_in(text).into_iter().collect::<Vec<_>>();
    for before in ["", "a", "ab", "abc"] {
        let plain = format!("{before}{word}, he said");
        assert_eq!(found(plain.as_bytes()), ["cage"]);
        assert_eq!(found(STANDARD.encode(&plain).as_bytes()), ["cage"], "{plain}");
        assert_eq!(found(hexadecimal(plain.as_bytes()).as_bytes()), ["cage"]);
        let wide: Vec<u8> = plain.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(found(&wide), ["cage"]);
    }
    assert_eq!(found(b"Kanarienvogel-8"), Vec::<&str>::new());
}
