//! Who a caller is, and what a caller may see and act in.
//!
//! Scope is data: memory checks it with [`Scope::covers`], the store compiles the same data into every query.

use std::collections::BTreeSet;

use crate::values::vocabulary::vocabulary;
use crate::values::{AreaCode, AreaPrefix, IndustryCode, IndustryPrefix, Prefix, Uscc};

vocabulary! {
    /// What a token lets its holder be.
    pub enum Role in "roles" {
        Enterprise = "enterprise", "生产经营单位", "enterprise";
        Inspector = "inspector", "检查人员", "inspector";
        Committee = "committee", "专业安委会", "committee";
        Regulator = "regulator", "监管部门", "regulator";
        Office = "office", "安委会办公室", "office of the safety committee";
        TipOfficer = "tip_officer", "举报受理人员", "tip officer";
        Auditor = "auditor", "审计监督人员", "auditor";
        System = "system", "其他业务系统", "another system";
        Admin = "admin", "系统运维人员", "operator";
    }
}

vocabulary! {
    /// Rank of an authority, lowest first.
    pub enum Level in "levels" {
        Street = "street", "街道级", "street";
        District = "district", "区级", "district";
        Municipal = "municipal", "市级", "municipal";
        Provincial = "provincial", "省级", "provincial";
        National = "national", "国家级", "national";
    }
}

/// Roles that may change reference data.
pub const MANAGES_REFERENCE_DATA: &[Role] = &[Role::Office, Role::Admin];

/// Roles that may publish lists of points to check.
pub const PUBLISHES_CHECKLISTS: &[Role] = &[Role::Committee, Role::Regulator, Role::Office];

/// Roles that may read the ledger. An operator runs the service and has no business in it.
pub const READS_LEDGER: &[Role] = &[
    Role::Enterprise,
    Role::Inspector,
    Role::Committee,
    Role::Regulator,
    Role::Office,
    Role::TipOfficer,
    Role::Auditor,
    Role::System,
];

/// Roles that may read what units say of themselves: those of the ledger, but for tip officers, whose tips it is no part of.
pub const READS_SELF_CHECKS: &[Role] = &[
    Role::Enterprise,
    Role::Inspector,
    Role::Committee,
    Role::Regulator,
    Role::Office,
    Role::Auditor,
    Role::System,
];

/// Roles that may read inspections: officials, and other systems in their place. A unit never does, nor an operator.
pub const READS_INSPECTIONS: &[Role] = &[
    Role::Inspector,
    Role::Committee,
    Role::Regulator,
    Role::Office,
    Role::TipOfficer,
    Role::Auditor,
    Role::System,
];

/// Roles that may subscribe to events: other systems, and operators, who also keep those of others.
pub const KEEPS_SUBSCRIPTIONS: &[Role] = &[Role::System, Role::Admin];

/// Roles that may know of public tips at all.
pub const READS_TIPS: &[Role] = &[Role::TipOfficer, Role::Auditor];

/// Roles that may know who took which part of the ledger along.
pub const READS_EXPORTS: &[Role] = &[Role::Auditor];

/// Areas of a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Areas {
    /// `["*"]`.
    All,
    /// These prefixes; none of them means nothing.
    Within(Vec<AreaPrefix>),
}

impl Areas {
    /// True when `area` lies in one of them.
    pub fn cover(&self, area: &AreaCode) -> bool {
        match self {
            Self::All => true,
            Self::Within(prefixes) => prefixes.iter().any(|prefix| prefix.contains(area.as_str())),
        }
    }
}

/// What may be seen: one unit, or everything of some areas and industries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Areas; not looked at when `unit` is set.
    pub areas: Areas,
    /// Industries; empty means all. Not looked at when `unit` is set.
    pub industries: Vec<IndustryPrefix>,
    /// Only this unit.
    pub unit: Option<Uscc>,
}

impl Scope {
    /// True when a thing in that area, of that industry and unit may be seen.
    pub fn covers(&self, area: &AreaCode, industry: &IndustryCode, unit: &Uscc) -> bool {
        if let Some(own) = &self.unit {
            return own == unit;
        }
        let industry_fits =
            self.industries.is_empty() || self.industries.iter().any(|prefix| prefix.contains(industry.as_str()));
        industry_fits && self.areas.cover(area)
    }
}

/// The caller, as the verified token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// `sub`.
    pub subject: String,
    /// `name`.
    pub name: String,
    /// One or more.
    pub roles: BTreeSet<Role>,
    /// Rank of the caller's authority.
    pub level: Option<Level>,
    /// Code of the caller's authority.
    pub organization: Option<String>,
    /// Where the caller may see and act.
    pub areas: Areas,
    /// Industries the caller is limited to; empty means all.
    pub industries: Vec<IndustryPrefix>,
    /// The caller's own unit, for `enterprise`.
    pub unit: Option<Uscc>,
}

impl Caller {
    /// True when the caller holds the role. A unit's token is nothing but a unit's token, whatever else it claims.
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role) && (role == Role::Enterprise || !self.is_enterprise())
    }

    /// True when the caller holds one of the roles.
    pub fn has_any(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.has(*role))
    }

    /// True for a unit.
    pub fn is_enterprise(&self) -> bool {
        self.roles.contains(&Role::Enterprise)
    }

    /// What the caller may see of the ledger; nothing at all for a caller without a role that reads it.
    pub fn ledger_scope(&self) -> Option<Scope> {
        if self.is_enterprise() {
            return self.unit.clone().map(|unit| Scope {
                areas: Areas::Within(Vec::new()),
                industries: Vec::new(),
                unit: Some(unit),
            });
        }
        self.has_any(READS_LEDGER).then(|| self.official_scope())
    }

    /// What the caller may see of the register of units; an operator keeps it and so may read it.
    pub fn register_scope(&self) -> Option<Scope> {
        if self.has(Role::Admin) {
            Some(self.official_scope())
        } else {
            self.ledger_scope()
        }
    }

    /// Where the caller may know of public tips; nothing for a caller without a role that does. A tip has no industry.
    pub fn tip_areas(&self) -> Option<&Areas> {
        self.has_any(READS_TIPS).then_some(&self.areas)
    }

    /// False for a unit, which must never learn where a report came from.
    pub fn sees_sources(&self) -> bool {
        !self.is_enterprise()
    }

    /// True when the rank of the caller's authority is `level` or above.
    pub fn level_reaches(&self, level: Level) -> bool {
        self.level.is_some_and(|own| own >= level)
    }

    /// Under which the caller's idempotency keys are kept.
    pub fn key(&self) -> String {
        self.subject.clone()
    }

    fn official_scope(&self) -> Scope {
        Scope {
            areas: self.areas.clone(),
            industries: self.industries.clone(),
            unit: None,
        }
    }
}
