//! Money in yuan, counted in fen and never in floating point.

use std::fmt;
use std::str::FromStr;

use super::factor::Factor;
use super::fault::{FaultCode, text_value};

/// No amount on the ledger comes near ten thousand billion yuan; the bound keeps sums far from overflow.
const MAX_FEN: i64 = 1_000_000_000_000_000;

/// An amount in yuan, 0.00 to 10,000,000,000,000.00. On the wire a decimal string with two places, such as `"120000.00"`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

    /// The product with every factor, computed exactly and rounded once to the fen, half up; the largest amount where it
    /// would be over the bound.
    #[must_use]
    pub fn times(self, factors: &[Factor]) -> Self {
        let largest = Self { fen: MAX_FEN };
        let product = factors
            .iter()
            .try_fold((i128::from(self.fen), 1_i128), |(amount, whole), factor| {
                let amount = amount.checked_mul(i128::from(factor.ten_thousandths()))?;
                Some((amount, whole.checked_mul(i128::from(Factor::ONE.ten_thousandths()))?))
            });
        product
            .and_then(|(amount, whole)| i64::try_from((amount + whole / 2) / whole).ok())
            .and_then(Self::from_fen)
            .unwrap_or(largest)
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

    #[test]
    fn a_product_is_exact_until_it_is_rounded_once() {
        let times = |amount: &str, factors: &[&str]| {
            let factors: Vec<Factor> = factors.iter().map(|factor| factor.parse().unwrap()).collect();
            amount.parse::<Yuan>().unwrap().times(&factors).to_string()
        };
        assert_eq!(times("20000.10", &["0.15"]), "3000.02");
        assert_eq!(times("0.01", &["0.4999"]), "0.00");
        assert_eq!(times("0.01", &["0.5"]), "0.01");
        // Rounded in between it would be 0.01.
        assert_eq!(times("0.01", &["0.5", "0.5"]), "0.00");
        assert_eq!(times("12.34", &[]), "12.34");
        let largest = "10000000000000.00";
        assert_eq!(times(largest, &["1"]), largest);
        assert_eq!(times(largest, &["100"]), largest);
        assert_eq!(times(largest, &["100"; 40]), largest);
    }
}
