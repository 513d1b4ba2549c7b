//! A standard and its clauses, as they stand on record.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::values::fault::text_value;
use crate::values::{Day, FaultCode, IndustryPrefix, Instant, LongText, Name, StandardId, Title, code};

/// What a standard is cited as: 1 to 64 ASCII letters, digits, `.`, `_` and `-`, a letter or digit first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(value_type = String, pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", example = "MEM10-2023")]
pub struct StandardCode(String);

/// What a clause is cited as: the standard, a slash, and its place in the standard.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(
    value_type = String,
    pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}/[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
    example = "MEM10-2023/13.1"
)]
pub struct CriterionCode(String);

impl StandardCode {
    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl CriterionCode {
    /// The clause of `standard` that `text` names, in full (`MEM10-2023/13.1`) or by its place alone (`13.1`).
    ///
    /// # Errors
    /// What is wrong with the place, or that it belongs to another standard.
    pub fn of(standard: &StandardCode, text: &str) -> Result<Self, FaultCode> {
        let full = if text.contains('/') {
            text.to_owned()
        } else {
            format!("{standard}/{text}")
        };
        let (given, _) = full.split_once('/').ok_or(FaultCode::BadFormat)?;
        if given != standard.as_str() {
            return Err(FaultCode::Contradiction);
        }
        full.parse()
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for StandardCode {
    type Err = FaultCode;

    fn from_str(text: &str) -> Result<Self, FaultCode> {
        code::check(text).map(|()| Self(text.to_owned()))
    }
}

impl FromStr for CriterionCode {
    type Err = FaultCode;

    fn from_str(text: &str) -> Result<Self, FaultCode> {
        let (standard, place) = text.split_once('/').ok_or(FaultCode::BadFormat)?;
        code::check(standard)?;
        code::check(place)?;
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for StandardCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for CriterionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

text_value!(StandardCode);
text_value!(CriterionCode);

/// A judgment standard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standard {
    /// The stream of its events.
    pub id: StandardId,
    /// What it is cited as.
    pub code: StandardCode,
    /// Its title.
    pub title: Title,
    /// The number of the document.
    pub document_number: Title,
    /// Who issued it.
    pub issued_by: Title,
    /// The first day on which its clauses can be cited.
    pub effective_on: Day,
    /// The first day on which they no longer can.
    pub repealed_on: Option<Day>,
    /// Code or document number of what it replaced.
    pub replaces: Option<Title>,
    /// Prefixes of the industries it applies to.
    pub industries: Vec<IndustryPrefix>,
    /// How many events it has.
    pub version: i64,
    /// When it was put on record.
    pub created_at: Instant,
}

/// A clause of a standard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    /// What it is cited as.
    pub code: CriterionCode,
    /// Its article, as people speak of it.
    pub article: Name,
    /// What it says.
    pub text: LongText,
    /// True where the text is ours and not the wording of the standard.
    #[serde(default)]
    pub paraphrase: bool,
}

/// A standard that is to be put on record, with clauses.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct NewStandard {
    /// What it is cited as.
    pub code: StandardCode,
    /// Its title.
    pub title: Title,
    /// The number of the document.
    pub document_number: Title,
    /// Who issued it.
    pub issued_by: Title,
    /// The first day on which its clauses can be cited.
    pub effective_on: Day,
    /// The first day on which they no longer can.
    pub repealed_on: Option<Day>,
    /// Code or document number of what it replaced.
    pub replaces: Option<Title>,
    /// Prefixes of the industries it applies to.
    pub industries: Vec<IndustryPrefix>,
    /// Its clauses.
    pub criteria: Vec<Criterion>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clause_is_named_in_full_or_by_its_place() {
        let standard: StandardCode = "MEM10-2023".parse().unwrap();
        let full: CriterionCode = "MEM10-2023/13.1".parse().unwrap();
        assert_eq!(CriterionCode::of(&standard, "13.1").unwrap(), full);
        assert_eq!(CriterionCode::of(&standard, "MEM10-2023/13.1").unwrap(), full);
        assert_eq!(
            CriterionCode::of(&standard, "MEM4-2020/1"),
            Err(FaultCode::Contradiction)
        );
        assert_eq!(
            CriterionCode::of(&standard, "MEM10-2023/13/1"),
            Err(FaultCode::BadFormat)
        );
        assert_eq!(CriterionCode::of(&standard, ""), Err(FaultCode::Blank));
    }
}
