//! The number that people speak: `370303-2024-000123`.

use std::fmt;
use std::str::FromStr;

use super::area::County;
use super::fault::{FaultCode, text_value};

/// County of the area, year of the report in Asia/Shanghai, and a number that runs without gaps in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HazardNumber {
    /// The county the hazard lies in.
    pub county: County,
    /// The year it was put on record, 2000 to 9999.
    pub year: i32,
    /// From 1.
    pub running: i64,
}

impl fmt::Display for HazardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:04}-{:06}", self.county, self.year, self.running)
    }
}

impl FromStr for HazardNumber {
    type Err = FaultCode;

    fn from_str(text: &str) -> Result<Self, FaultCode> {
        let mut parts = text.split('-');
        let (Some(county), Some(year), Some(running), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(FaultCode::BadFormat);
        };
        let number = Self {
            county: county.parse()?,
            year: year.parse().map_err(|_| FaultCode::BadFormat)?,
            running: running.parse().map_err(|_| FaultCode::BadFormat)?,
        };
        // One number has one spelling.
        if number.running < 1 || number.year < 2000 || number.to_string() != text {
            return Err(FaultCode::BadFormat);
        }
        Ok(number)
    }
}

text_value!(HazardNumber);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_exactly_one_spelling() {
        let number: HazardNumber = "370303-2024-000123".parse().unwrap();
        assert_eq!(number.running, 123);
        assert_eq!(number.to_string(), "370303-2024-000123");
        for wrong in [
            "370303-2024-123",
            "370303-2024-0000123",
            "370303-2024-+00123",
            "370303-24-000123",
            "37030-2024-000123",
            "370303-2024-000000",
        ] {
            assert!(wrong.parse::<HazardNumber>().is_err(), "{wrong}");
        }
        assert!("370303-2024-1000000".parse::<HazardNumber>().is_ok());
    }
}
