//! The unified social credit code (统一社会信用代码) of GB 32100-2015.

use std::fmt;
use std::str::FromStr;

use super::fault::{FaultCode, text_value};

/// The 31 characters of GB 32100-2015; a character's value is its place.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// A unified social credit code: 18 characters, the last of which checks the others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uscc(String);

impl Uscc {
    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Uscc {
    type Err = FaultCode;

    fn from_str(text: &str) -> Result<Self, FaultCode> {
        let (body, check) = text.split_at_checked(17).ok_or(FaultCode::BadFormat)?;
        let expected = check_character(body).ok_or(FaultCode::BadFormat)?;
        match check.as_bytes() {
            [given] if *given == expected => Ok(Self(text.to_owned())),
            [given] if value(*given).is_some() => Err(FaultCode::BadChecksum),
            _ => Err(FaultCode::BadFormat),
        }
    }
}

impl fmt::Display for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

text_value!(Uscc);

/// The check character of the first 17; nothing when one of them is not in the alphabet.
///
/// Weights are the powers of 3 modulo 31, and the check is what brings the sum to a multiple of 31.
pub fn check_character(body: &str) -> Option<u8> {
    let mut weight = 1;
    let mut sum = 0;
    for byte in body.bytes() {
        sum += value(byte)? * weight;
        weight = weight * 3 % 31;
    }
    ALPHABET.get((31 - sum % 31) % 31).copied()
}

fn value(byte: u8) -> Option<usize> {
    ALPHABET.iter().position(|known| *known == byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard_is_accepted() {
        assert!("91350100M000100Y43".parse::<Uscc>().is_ok());
    }

    #[test]
    fn every_other_check_character_is_refused() {
        for check in ALPHABET.iter().filter(|check| **check != b'3') {
            let code = format!("91350100M000100Y4{}", char::from(*check));
            assert_eq!(code.parse::<Uscc>(), Err(FaultCode::BadChecksum), "{code}");
        }
    }

    #[test]
    fn length_and_alphabet_are_checked() {
        for wrong in [
            "",
            "91350100M000100Y4",
            "91350100M000100Y433",
            "91350100I000100Y43",
            "91350100m000100Y43",
            "9135010隐M000100Y4",
        ] {
            assert_eq!(wrong.parse::<Uscc>(), Err(FaultCode::BadFormat), "{wrong}");
        }
    }
}
