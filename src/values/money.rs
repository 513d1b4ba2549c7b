//! Money in yuan, counted in fen and never in floating point.

use std::fmt;
use std::str::FromStr;

use super::fault::{FaultCode, text_value};

/// No amount on the ledger comes near ten thousand billion yuan; the bound keeps sums far from overflow.
const MAX_FEN: i64 = 1_000_000_000_000_000;

/// An amount in yuan, 0.00 to 10,000,000,000,000.00. On the wire a decimal string with two places, such as `"120000.00"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Yuan {
    fen: i64,
}

impl Yuan {
    /// The amount of that many fen; nothing when it is negative or over the bound.
    pub fn from_fen(fen: i64) -> Option<Self> {
        (0..=MAX_FEN).contains(&fen).then_some(Self { fen })
    }

    /// The amount in fen.
    pub fn fen(self) -> i64 {
        self.fen
    }
}

impl fmt::Display for Yuan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.fen / 100, self.fen % 100)
    }
}

impl FromStr for Yuan {
    type Err = FaultCode;

    /// Digits, and optionally a point with one or two more.
    fn from_str(text: &str) -> Result<Self, FaultCode> {
        let (whole, places) = text.split_once('.').unwrap_or((text, "00"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(places) || places.len() > 2 {
            return Err(FaultCode::BadFormat);
        }
        let whole: i64 = whole.parse().map_err(|_| FaultCode::OutOfRange)?;
        let fen: i64 = format!("{places:0<2}").parse().map_err(|_| FaultCode::BadFormat)?;
        whole
            .checked_mul(100)
            .and_then(|all| all.checked_add(fen))
            .and_then(Self::from_fen)
            .ok_or(FaultCode::OutOfRange)
    }
}

text_value!(Yuan);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_and_written_to_the_fen() {
        for (text, written) in [
            ("0", "0.00"),
            ("12.5", "12.50"),
            ("120000.00", "120000.00"),
            ("0.07", "0.07"),
        ] {
            assert_eq!(text.parse::<Yuan>().unwrap().to_string(), written);
        }
        for wrong in ["", "-1", "1.234", ".5", "1.", "1e3", "１", "+1", "99999999999999999999"] {
            assert!(wrong.parse::<Yuan>().is_err(), "{wrong}");
        }
    }
}
