//! Area codes (GB/T 2260 with the statistical codes of street and community) and industry codes (GB/T 4754-2017).
//!
//! For both, one code contains another exactly when it is a prefix of it: prefix containment is jurisdiction.

use std::fmt;
use std::str::FromStr;

use super::fault::{FaultCode, text_value};

/// A county code of GB/T 2260: six digits, for example `370303` (张店区).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct County(u32);

impl fmt::Display for County {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

impl FromStr for County {
    type Err = FaultCode;

    fn from_str(text: &str) -> Result<Self, FaultCode> {
        if text.len() != 6 || !all_digits(text) {
            return Err(FaultCode::BadFormat);
        }
        text.parse().map(Self).map_err(|_| FaultCode::BadFormat)
    }
}

/// Where something lies: a county (6 digits), a street (9) or a community (12).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AreaCode(String);

impl AreaCode {
    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The county it lies in.
    ///
    /// # Errors
    /// Never for a code that was read by [`AreaCode::from_str`].
    pub fn county(&self) -> Result<County, FaultCode> {
        self.0.get(..6).ok_or(FaultCode::BadFormat)?.parse()
    }
}

impl FromStr for AreaCode {
    type Err = FaultCode;

    fn from_str(text: &str) -> Result<Self, FaultCode> {
        if matches!(text.len(), 6 | 9 | 12) && all_digits(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(FaultCode::BadFormat)
        }
    }
}

impl fmt::Display for AreaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An industry: section letter with two to four digits, for example `C26`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndustryCode(String);

impl IndustryCode {
    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IndustryCode {
    type Err = FaultCode;

    fn from_str(text: &str) -> Result<Self, FaultCode> {
        if (3..=5).contains(&text.len()) && is_industry(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(FaultCode::BadFormat)
        }
    }
}

impl fmt::Display for IndustryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The beginning of area codes: province (2 digits), city (4), county, street or community.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AreaPrefix(String);

impl AreaPrefix {
    /// The same areas with none lying in another, in order: each is then a range of an index of its own.
    pub fn disjoint(mut areas: Vec<Self>) -> Vec<Self> {
        // A prefix sorts right before what lies in it.
        areas.sort();
        areas.dedup_by(|later, kept| kept.contains(later.as_str()));
        areas
    }
}

impl FromStr for AreaPrefix {
    type Err = FaultCode;

    fn from_str(text: &str) -> Result<Self, FaultCode> {
        if matches!(text.len(), 2 | 4 | 6 | 9 | 12) && all_digits(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(FaultCode::BadFormat)
        }
    }
}

/// The beginning of industry codes: a section letter, alone or with one to four digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndustryPrefix(String);

impl FromStr for IndustryPrefix {
    type Err = FaultCode;

    fn from_str(text: &str) -> Result<Self, FaultCode> {
        if (1..=5).contains(&text.len()) && is_industry(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(FaultCode::BadFormat)
        }
    }
}

/// The beginning of codes, for containment in memory and as a range of an index.
pub trait Prefix {
    /// The prefix itself.
    fn as_str(&self) -> &str;

    /// True when `code` lies in it.
    fn contains(&self, code: &str) -> bool {
        code.starts_with(self.as_str())
    }

    /// The first text after every code of the prefix in byte order: `code >= prefix AND code < upper_bound` is the
    /// same set as [`Prefix::contains`], and an index can walk it.
    fn upper_bound(&self) -> String {
        let mut bound = self.as_str().to_owned();
        // Codes are ASCII letters and digits, so the next byte is ASCII too.
        if let Some(next) = bound.pop().and_then(|last| char::from_u32(u32::from(last) + 1)) {
            bound.push(next);
        }
        bound
    }
}

impl Prefix for AreaPrefix {
    fn as_str(&self) -> &str {
        &self.0
    }
}

impl Prefix for IndustryPrefix {
    fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AreaPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for IndustryPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

text_value!(County);
text_value!(AreaCode);
text_value!(IndustryCode);
text_value!(AreaPrefix);
text_value!(IndustryPrefix);

fn all_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

fn is_industry(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|b| (b'A'..=b'T').contains(&b)) && bytes.all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_of_a_prefix_is_its_containment() {
        let prefix: AreaPrefix = "370303".parse().unwrap();
        let codes = [
            "370302",
            "370302999999",
            "370303",
            "370303009001",
            "370303999999",
            "370304",
        ];
        for code in codes {
            let in_range = code >= prefix.as_str() && code < prefix.upper_bound().as_str();
            assert_eq!(in_range, prefix.contains(code), "{code}");
        }
        let nine: AreaPrefix = "370309".parse().unwrap();
        let bound = nine.upper_bound();
        assert!("370309999" < bound.as_str());
        assert!("370310" < nine.as_str() || "370310" >= bound.as_str());
    }

    #[test]
    fn areas_that_lie_in_another_are_left_out() {
        let read = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| text.parse().unwrap())
                .collect::<Vec<AreaPrefix>>()
        };
        let areas = read(&["370304", "370303009001", "3703", "11", "370402", "11"]);
        assert_eq!(AreaPrefix::disjoint(areas), read(&["11", "3703", "370402"]));
    }

    #[test]
    fn industries_are_a_section_letter_and_digits() {
        assert!("C26".parse::<IndustryCode>().is_ok());
        for wrong in ["26", "Z26", "C2", "C26111", "c26", "C2六"] {
            assert!(wrong.parse::<IndustryCode>().is_err(), "{wrong}");
        }
    }
}
