//! Why a call was refused. The web floor turns each into a problem document; nothing was changed.

use super::guards::{Broken, Guard, Standing};
use super::lifecycle::{Action, State};
use super::scope::{Level, Role};
use super::table::Denial;
use super::tips;
use crate::values::{Faults, Label, Vocabulary};

/// Who could do what the caller may not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WhoCould {
    /// Roles that the table names.
    pub roles: Vec<Role>,
    /// The lowest rank that may, where the rank matters.
    pub level: Option<Level>,
}

/// A rule outside the lifecycle of hazards that said no, and about which member of the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenRule {
    /// Its code, in the table of problems.
    pub code: &'static str,
    /// RFC 6901 pointer into the body.
    pub pointer: String,
}

impl BrokenRule {
    /// The rule of that code, broken there.
    pub fn new(code: &'static str, pointer: impl Into<String>) -> Self {
        Self {
            code,
            pointer: pointer.into(),
        }
    }
}

/// A refusal of the law.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It does not exist, or the caller may not know that it does.
    NotFound,
    /// No role of the caller reads this at all.
    NoReadRight,
    /// No role of the caller may do this.
    RoleNotAllowed {
        /// Who could.
        who_could: WhoCould,
    },
    /// The state does not allow it.
    NotAllowedNow {
        /// Code of the state in which it stands.
        state: &'static str,
        /// Codes of what this caller may do instead.
        allowed: Vec<&'static str>,
    },
    /// Guards said no: all that did.
    Broken(Vec<Broken>),
    /// Rules outside the lifecycle of hazards said no: all that did.
    Rules(Vec<BrokenRule>),
    /// It is on record already, and the caller did not say which version of it they saw.
    VersionNotNamed,
    /// The caller saw an older version.
    Stale {
        /// The present one.
        current: i64,
    },
    /// The input names what it should not: all faults.
    Faults(Faults),
    /// It is on record already.
    Exists {
        /// Code of the problem.
        code: &'static str,
        /// What is on record.
        detail: Label,
    },
    /// Something else is on record under the caller's own id.
    Differs {
        /// Code of the problem.
        code: &'static str,
        /// RFC 6901 pointers into the body, of what is not as it was sent before.
        pointers: Vec<String>,
    },
    /// It cannot be opened, for the reason that the code names.
    Barred {
        /// Code of the problem.
        code: &'static str,
    },
    /// It can no longer be changed this way.
    Frozen {
        /// Code of the problem.
        code: &'static str,
        /// Why.
        detail: Label,
    },
}

impl Refusal {
    /// No role of the caller may do what `roles` may.
    pub fn role_not_allowed(roles: &[Role]) -> Self {
        Self::RoleNotAllowed {
            who_could: WhoCould {
                roles: roles.to_vec(),
                level: None,
            },
        }
    }

    /// The state does not allow it, but these actions.
    fn not_allowed_now<A: Vocabulary>(state: impl Vocabulary, allowed: &[A]) -> Self {
        Self::NotAllowedNow {
            state: state.code(),
            allowed: allowed.iter().map(|action| action.code()).collect(),
        }
    }

    /// One guard said no.
    pub fn one(guard: Guard, pointer: &str) -> Self {
        Self::Broken(vec![Broken {
            guard,
            pointer: pointer.to_owned(),
        }])
    }

    /// The broken guard that decides how the refusal is answered: the first that is about the caller, else the first.
    pub fn leading(broken: &[Broken]) -> Option<&Broken> {
        broken
            .iter()
            .find(|broken| broken.guard.standing() == Standing::Authority)
            .or_else(|| broken.first())
    }
}

impl From<Denial<State, Action, Guard>> for Refusal {
    fn from(denial: Denial<State, Action, Guard>) -> Self {
        match denial {
            Denial::Broken(broken) => Self::Broken(broken),
            Denial::Unknown => Self::NotFound,
            Denial::RoleNotAllowed(who_could) => Self::RoleNotAllowed { who_could },
            Denial::NotAllowedNow { state, allowed } => Self::not_allowed_now(state, &allowed),
        }
    }
}

impl From<tips::TipDenial> for Refusal {
    fn from(denial: tips::TipDenial) -> Self {
        match denial {
            Denial::Broken(broken) => {
                let rule = |broken: Broken<tips::TipGuard>| BrokenRule::new(broken.guard.code(), broken.pointer);
                Self::Rules(broken.into_iter().map(rule).collect())
            }
            Denial::Unknown => Self::NotFound,
            Denial::RoleNotAllowed(who_could) => Self::RoleNotAllowed { who_could },
            Denial::NotAllowedNow { state, allowed } => Self::not_allowed_now(state, &allowed),
        }
    }
}
