//! An authority, as it stands on record.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use utoipa::ToSchema;

use crate::law::scope::Level;
use crate::values::fault::text_value;
use crate::values::{
    AreaCode, AreaPrefix, AuthorityId, FaultCode, IndustryCode, IndustryPrefix, Instant, Name, Prefix as _, code,
};

/// What people and tokens call an authority: 1 to 64 ASCII letters, digits, `.`, `_` and `-`, a letter or digit first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(value_type = String, pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", example = "keyuan-office")]
pub struct AuthorityCode(String);

impl AuthorityCode {
    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AuthorityCode {
    type Err = FaultCode;

    fn from_str(text: &str) -> Result<Self, FaultCode> {
        code::check(text).map(|()| Self(text.to_owned()))
    }
}

impl fmt::Display for AuthorityCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

text_value!(AuthorityCode);

/// A regulator, a committee or a community. Its JSON form is the payload of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Authority {
    /// The stream of its events.
    pub id: AuthorityId,
    /// Its code, which never changes.
    pub code: AuthorityCode,
    /// What it is called.
    pub name: Name,
    /// Its rank.
    pub level: Level,
    /// The authority above it.
    pub parent: Option<AuthorityCode>,
    /// Where it is in charge.
    pub areas: Vec<AreaPrefix>,
    /// Of which industries; empty means all.
    pub industries: Vec<IndustryPrefix>,
    /// How many events it has.
    pub version: i64,
    /// When it was registered.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

impl Authority {
    /// True when it is in charge of that industry in that area.
    pub fn covers(&self, area: &AreaCode, industry: &IndustryCode) -> bool {
        self.areas.iter().any(|prefix| prefix.contains(area.as_str()))
            && (self.industries.is_empty() || self.industries.iter().any(|prefix| prefix.contains(industry.as_str())))
    }
}
