//! What a tipster holds: a receipt that can be read out on the telephone, and a passphrase that must not be.
//!
//! A receipt is 15 random digits and a check digit (Damm), in groups of four: digits are heard right in every dialect.
//! One wrong digit or two neighbours that changed places are told at once, before anything is looked up. A passphrase is
//! 20 characters of an alphabet without look-alikes, some 89 bits.

use std::fmt;
use std::str::FromStr;

use zeroize::Zeroizing;

use crate::values::fault::text_value;
use crate::values::{FaultCode, Secret};

/// Digits of a receipt, the check digit included.
const DIGITS: usize = 16;
/// Characters of a group, of both.
const GROUP: usize = 4;
/// How many receipts there are without their check digits.
const RECEIPTS: u64 = 1_000_000_000_000_000;

/// Letters and digits that are not taken for one another in anybody's handwriting.
const ALPHABET: &[u8; 22] = b"ACDEFHJKMNPRTUVWXY3479";
/// Characters of a passphrase.
const CHARACTERS: usize = 20;

/// The quasigroup of order 10 of H. M. Damm: no row or column holds a digit twice, and the diagonal holds only zeros.
const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

/// A receipt. Whoever holds it and its passphrase is the tipster, so it is no more to be printed than a name.
#[derive(Clone)]
pub struct Receipt(Secret<Zeroizing<String>>);

impl Receipt {
    /// The receipt that random bytes make.
    pub fn of_bytes(bytes: [u8; 32]) -> Self {
        let (first, _) = bytes.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
        let mut digits = Zeroizing::new(format!("{:015}", u64::from_be_bytes(*first) % RECEIPTS));
        // Behind its check digit a number of Damm comes out as zero, so the digit is what comes out without it.
        let check = interim(&digits).unwrap_or(0);
        digits.push(char::from(b'0' + check));
        Self(Secret::new(digits))
    }

    /// The digits, without the gaps.
    pub fn digits(&self) -> &str {
        self.0.reveal()
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        grouped(self.digits(), ' ', f)
    }
}

impl FromStr for Receipt {
    type Err = FaultCode;

    /// Gaps and hyphens may stand anywhere.
    fn from_str(text: &str) -> Result<Self, FaultCode> {
        let digits: Zeroizing<String> = Zeroizing::new(text.chars().filter(|c| !is_gap(*c)).collect());
        if digits.len() != DIGITS {
            return Err(FaultCode::BadFormat);
        }
        match interim(&digits) {
            Some(0) => Ok(Self(Secret::new(digits))),
            Some(_) => Err(FaultCode::BadChecksum),
            None => Err(FaultCode::BadFormat),
        }
    }
}

text_value!(Receipt);

/// What digits come to after Damm; nothing when one of them is none.
fn interim(digits: &str) -> Option<u8> {
    digits.bytes().try_fold(0_u8, |interim, byte| {
        let digit = byte.checked_sub(b'0')?;
        DAMM.get(usize::from(interim))?.get(usize::from(digit)).copied()
    })
}

/// A passphrase. Only its Argon2id hash is kept.
#[derive(Clone)]
pub struct Passphrase(Secret<Zeroizing<String>>);

impl Passphrase {
    /// The passphrase that random bytes make.
    pub fn of_bytes(bytes: [u8; 32]) -> Self {
        let (first, _) = bytes.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
        let mut rest = u128::from_be_bytes(*first);
        let base = 22_u128;
        let characters: String = (0..CHARACTERS)
            .filter_map(|_| {
                let place = usize::try_from(rest % base).ok()?;
                rest /= base;
                ALPHABET.get(place).copied().map(char::from)
            })
            .collect();
        Self(Secret::new(Zeroizing::new(characters)))
    }

    /// The characters, without the gaps.
    pub fn characters(&self) -> &str {
        self.0.reveal()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        grouped(self.characters(), '-', f)
    }
}

impl FromStr for Passphrase {
    type Err = FaultCode;

    /// Gaps, hyphens and the case of letters do not count.
    fn from_str(text: &str) -> Result<Self, FaultCode> {
        let characters: String = text
            .chars()
            .filter(|c| !is_gap(*c))
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let is_one = characters.len() == CHARACTERS && characters.bytes().all(|byte| ALPHABET.contains(&byte));
        is_one
            .then(|| Self(Secret::new(Zeroizing::new(characters))))
            .ok_or(FaultCode::BadFormat)
    }
}

text_value!(Passphrase);

fn is_gap(c: char) -> bool {
    c.is_whitespace() || c == '-'
}

fn grouped(text: &str, gap: char, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (place, character) in text.chars().enumerate() {
        if place > 0 && place % GROUP == 0 {
            write!(f, "{gap}")?;
        }
        write!(f, "{character}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Clock;

    fn receipts() -> impl Iterator<Item = Receipt> {
        let clock = Clock::system();
        (0..200).map(move |_| Receipt::of_bytes(clock.random_bytes().unwrap()))
    }

    #[test]
    fn the_table_is_one_of_damm() {
        for place in 0..10 {
            assert_eq!(DAMM[place][place], 0);
            let mut row = DAMM[place].to_vec();
            let mut column: Vec<u8> = DAMM.iter().map(|row| row[place]).collect();
            row.sort_unstable();
            column.sort_unstable();
            assert_eq!((row, column), ((0..10).collect(), (0..10).collect()));
        }
        assert_eq!(interim("572"), Some(4), "the example of the thesis");
    }

    #[test]
    fn every_wrong_digit_and_every_swap_of_neighbours_is_found() {
        for receipt in receipts() {
            let digits = receipt.digits().to_owned();
            assert_eq!(digits.parse::<Receipt>().unwrap().digits(), digits);
            for place in 0..DIGITS {
                for digit in b'0'..=b'9' {
                    let mut wrong = digits.clone().into_bytes();
                    if wrong[place] != digit {
                        wrong[place] = digit;
                        let wrong = String::from_utf8(wrong).unwrap();
                        assert_eq!(wrong.parse::<Receipt>().err(), Some(FaultCode::BadChecksum), "{wrong}");
                    }
                }
                let mut swapped = digits.clone().into_bytes();
                if place + 1 < DIGITS && swapped[place] != swapped[place + 1] {
                    swapped.swap(place, place + 1);
                    let swapped = String::from_utf8(swapped).unwrap();
                    assert_eq!(
                        swapped.parse::<Receipt>().err(),
                        Some(FaultCode::BadChecksum),
                        "{swapped}"
                    );
                }
            }
        }
    }

    #[test]
    fn both_are_written_in_groups_and_read_however_they_were_noted() {
        let receipt = Receipt::of_bytes([3; 32]);
        assert_eq!(receipt.to_string().split(' ').map(str::len).collect::<Vec<_>>(), [4; 4]);
        assert_eq!(
            receipt.to_string().parse::<Receipt>().unwrap().digits(),
            receipt.digits()
        );
        let passphrase = Passphrase::of_bytes([3; 32]);
        let written = passphrase.to_string();
        assert_eq!(written.split('-').map(str::len).collect::<Vec<_>>(), [4; 5]);
        for noted in [written.clone(), written.to_lowercase(), written.replace('-', " ")] {
            assert_eq!(
                noted.parse::<Passphrase>().unwrap().characters(),
                passphrase.characters()
            );
        }
        for wrong in ["", "ACDE", "ACDE-FHJK-MNPR-TUVW-XYO0", &format!("{written}A")] {
            assert_eq!(wrong.parse::<Passphrase>().err(), Some(FaultCode::BadFormat), "{wrong}");
        }
    }

    #[test]
    fn neither_prints_in_a_log() {
        let (receipt, passphrase) = (Receipt::of_bytes([9; 32]), Passphrase::of_bytes([9; 32]));
        let printed = format!("{receipt:?} {passphrase:?}");
        assert_eq!(printed, "(secret) (secret)");
    }

    #[test]
    fn no_two_are_alike() {
        let distinct: std::collections::BTreeSet<String> = receipts().map(|receipt| receipt.to_string()).collect();
        assert_eq!(distinct.len(), 200);
    }
}
