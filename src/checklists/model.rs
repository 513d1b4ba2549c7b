//! A list of points to check, as it stands on record.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::standards::CriterionCode;
use crate::values::fault::text_value;
use crate::values::vocabulary::vocabulary;
use crate::values::{ChecklistId, FaultCode, IndustryPrefix, Instant, LongText, Title, code};

vocabulary! {
    /// Whose list it is.
    pub enum ChecklistKind in "checklist_kinds" {
        Enforcement = "enforcement", "执法检查重点事项清单", "for inspectors";
        SelfCheck = "self_check", "排查重点事项清单", "for units that check themselves";
    }
}

/// What people call a list: 1 to 64 ASCII letters, digits, `.`, `_` and `-`, a letter or digit first, and no UUID.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(value_type = String, pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", example = "ZD-CONFINED-SPACE")]
pub struct ChecklistCode(String);

/// What an item is called within its list: 1 to 64 ASCII letters, digits, `.`, `_` and `-`, a letter or digit first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(value_type = String, pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", example = "1.2")]
pub struct ItemCode(String);

impl FromStr for ChecklistCode {
    type Err = FaultCode;

    /// What looks like an id would be taken for one in a path.
    fn from_str(text: &str) -> Result<Self, FaultCode> {
        code::check(text)?;
        if Uuid::try_parse(text).is_ok() {
            return Err(FaultCode::BadFormat);
        }
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for ItemCode {
    type Err = FaultCode;

    fn from_str(text: &str) -> Result<Self, FaultCode> {
        code::check(text).map(|()| Self(text.to_owned()))
    }
}

impl fmt::Display for ChecklistCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ItemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

text_value!(ChecklistCode);
text_value!(ItemCode);

/// A point to check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Item {
    /// What it is called within its list.
    pub code: ItemCode,
    /// The clause that it comes from, where it comes from one.
    pub criterion: Option<CriterionCode>,
    /// What to check.
    pub text: LongText,
}

/// What one version says. Its JSON form is the document of the version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// Its title.
    pub title: Title,
    /// Prefixes of the industries that it is for; empty means all.
    pub industries: Vec<IndustryPrefix>,
    /// What to check, in order.
    pub items: Vec<Item>,
}

/// One version of a list. Its JSON form is the payload of its event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checklist {
    /// Its id; the stream of its events.
    pub id: ChecklistId,
    /// What people call it; it never changes.
    pub code: ChecklistCode,
    /// Whose it is; it never changes.
    pub kind: ChecklistKind,
    /// When the first version was published.
    pub created_at: Instant,
    /// How many versions there are up to this one.
    pub version: i64,
    /// When this version was published.
    pub published_at: Instant,
    /// What it says.
    #[serde(flatten)]
    pub contents: Contents,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_not_mistaken_for_an_id() {
        assert!("ZD-CONFINED-SPACE".parse::<ChecklistCode>().is_ok());
        for wrong in [
            "01900000-0000-7000-8000-000000000009",
            "01900000000070008000000000000009",
            "a b",
            "",
        ] {
            assert!(wrong.parse::<ChecklistCode>().is_err(), "{wrong}");
        }
    }
}
