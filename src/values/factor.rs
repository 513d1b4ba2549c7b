//! What an amount is multiplied by: a decimal fraction, never a floating-point number.

use std::fmt;
use std::str::FromStr;

use super::fault::{FaultCode, text_value};

const WHOLE: u32 = 10_000;
const LARGEST: u32 = 100 * WHOLE;
const PLACES: usize = 4;

/// A factor, 0 to 100 with at most four decimal places. Written as a decimal string, such as `"0.15"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Factor {
    ten_thousandths: u32,
}

impl Factor {
    /// What changes nothing.
    pub const ONE: Self = Self { ten_thousandths: WHOLE };

    /// How many ten-thousandths it is.
    pub fn ten_thousandths(self) -> u32 {
        self.ten_thousandths
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}.{:04}",
            self.ten_thousandths / WHOLE,
            self.ten_thousandths % WHOLE
        )
    }
}

impl FromStr for Factor {
    type Err = FaultCode;

    /// Digits, and optionally a point with one to four more.
    fn from_str(text: &str) -> Result<Self, FaultCode> {
        let (whole, places) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(places) || places.len() > PLACES {
            return Err(FaultCode::BadFormat);
        }
        let whole: u32 = whole.parse().map_err(|_| FaultCode::OutOfRange)?;
        let places: u32 = format!("{places:0<PLACES$}")
            .parse()
            .map_err(|_| FaultCode::BadFormat)?;
        whole
            .checked_mul(WHOLE)
            .and_then(|all| all.checked_add(places))
            .filter(|all| *all <= LARGEST)
            .map(|ten_thousandths| Self { ten_thousandths })
            .ok_or(FaultCode::OutOfRange)
    }
}

text_value!(Factor);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_to_the_last_place() {
        for (text, ten_thousandths) in [
            ("0.15", 1500),
            ("1", 10_000),
            ("1.0", 10_000),
            ("0.0001", 1),
            ("100", 1_000_000),
        ] {
            assert_eq!(text.parse::<Factor>().unwrap().ten_thousandths(), ten_thousandths);
        }
        assert_eq!("1.5".parse::<Factor>().unwrap().to_string(), "1.5000");
        for wrong in [
            "",
            "-1",
            ".5",
            "1.",
            "0.00001",
            "100.0001",
            "1e3",
            "99999999999999999999",
        ] {
            assert!(wrong.parse::<Factor>().is_err(), "{wrong}");
        }
    }
}
