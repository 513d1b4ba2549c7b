//! Whose a subscription is, and what its messages may hold: what the owner's token said when the owner last called on it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::law::scope::{Areas, Caller, Level, Role};
use crate::values::{AreaPrefix, IndustryPrefix};

/// The owner, with rights. Its JSON form is a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// `sub`.
    pub subject: String,
    name: String,
    roles: Vec<Role>,
    level: Option<Level>,
    organization: Option<String>,
    /// Nothing means everywhere.
    areas: Option<Vec<AreaPrefix>>,
    industries: Vec<IndustryPrefix>,
}

impl From<&Caller> for Owner {
    fn from(caller: &Caller) -> Self {
        Self {
            subject: caller.subject.clone(),
            name: caller.name.clone(),
            roles: caller.roles.iter().copied().collect(),
            level: caller.level,
            organization: caller.organization.clone(),
            areas: match &caller.areas {
                Areas::All => None,
                Areas::Within(prefixes) => Some(prefixes.clone()),
            },
            industries: caller.industries.clone(),
        }
    }
}

impl Owner {
    /// The owner as a reader of what is sent. Not as a tip officer: whoever holds that role besides reads of tips in this
    /// service, and no message carries a word of them outside the office.
    pub fn reader(&self) -> Caller {
        let roles: BTreeSet<Role> = self
            .roles
            .iter()
            .copied()
            .filter(|role| *role != Role::TipOfficer)
            .collect();
        Caller {
            subject: self.subject.clone(),
            name: self.name.clone(),
            roles,
            level: self.level,
            organization: self.organization.clone(),
            areas: self.areas.clone().map_or(Areas::All, Areas::Within),
            industries: self.industries.clone(),
            // A unit subscribes to nothing.
            unit: None,
        }
    }

    /// True for another system, which may be a gateway that reaches people.
    pub fn is_system(&self) -> bool {
        self.roles.contains(&Role::System)
    }
}
