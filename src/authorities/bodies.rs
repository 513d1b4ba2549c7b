//! What callers send about authorities.

use deserr::Deserr;
use serde::Serialize;
use utoipa::ToSchema;

use super::model::{Authority, AuthorityCode};
use crate::law::scope::Level;
use crate::values::{AreaPrefix, Distinct, Fault, FaultCode, Faults, IndustryPrefix, Name, Patch};

/// Areas of one authority.
pub type AreaList = Distinct<AreaPrefix, 200>;
/// Industries of one authority.
pub type IndustryList = Distinct<IndustryPrefix, 200>;

/// An authority to be registered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct AuthorityBody {
    /// Its code, which never changes.
    pub code: AuthorityCode,
    /// What it is called.
    pub name: Name,
    /// Its rank.
    pub level: Level,
    /// Code of the authority above it, which must be on record and not of lower rank.
    #[deserr(default)]
    pub parent: Option<AuthorityCode>,
    /// Prefixes of the areas it is in charge of; one or more.
    #[schema(value_type = Vec<AreaPrefix>, min_items = 1, max_items = 200)]
    pub areas: AreaList,
    /// Prefixes of the industries it is in charge of; empty means all.
    #[deserr(default)]
    #[schema(value_type = Vec<IndustryPrefix>, required = false, max_items = 200)]
    pub industries: IndustryList,
}

/// A change of an authority (JSON Merge Patch): a member that is absent stays as it is.
#[derive(Debug, Clone, PartialEq, Default, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields = refuse_member)]
pub struct AuthorityPatch {
    /// What it is called.
    #[deserr(default)]
    #[schema(value_type = Name, required = false)]
    pub name: Patch<Name>,
    /// Its rank.
    #[deserr(default)]
    #[schema(value_type = Level, required = false)]
    pub level: Patch<Level>,
    /// Code of the authority above it; `null` for none.
    #[deserr(default)]
    #[schema(value_type = Option<AuthorityCode>, required = false)]
    pub parent: Patch<AuthorityCode>,
    /// Prefixes of the areas it is in charge of; one or more.
    #[deserr(default)]
    #[schema(value_type = Vec<AreaPrefix>, required = false, min_items = 1, max_items = 200)]
    pub areas: Patch<AreaList>,
    /// Prefixes of the industries it is in charge of; empty or `null` means all.
    #[deserr(default)]
    #[schema(value_type = Option<Vec<IndustryPrefix>>, required = false, max_items = 200)]
    pub industries: Patch<IndustryList>,
}

/// Members of the answer that cannot be changed are told apart from those that do not exist.
fn refuse_member(key: &str, _: &[&str], at: deserr::ValuePointerRef<'_>) -> Faults {
    let code = match key {
        "code" | "version" | "created_at" | "updated_at" => FaultCode::ReadOnly,
        _ => FaultCode::UnknownField,
    };
    Fault::new(
        crate::values::fault::joined(&crate::values::fault::pointer(at), key),
        code,
    )
    .into()
}

impl AuthorityPatch {
    /// The authority as it would become.
    ///
    /// # Errors
    /// `null` for a member that every authority has.
    pub fn applied_to(&self, before: &Authority) -> Result<Authority, Faults> {
        let mut after = before.clone();
        let mut faults = Faults::default();
        let patch = self.clone();
        required(patch.name, &mut after.name, "/name", &mut faults);
        required(patch.level, &mut after.level, "/level", &mut faults);
        patch.parent.change(&mut after.parent);
        match patch.areas {
            Patch::Absent => {}
            Patch::Null => faults.add("/areas", FaultCode::Missing),
            Patch::Value(areas) => after.areas = areas.into_vec(),
        }
        match patch.industries {
            Patch::Absent => {}
            Patch::Null => after.industries = Vec::new(),
            Patch::Value(industries) => after.industries = industries.into_vec(),
        }
        faults.none_or(after)
    }
}

fn required<T>(patch: Patch<T>, member: &mut T, pointer: &str, faults: &mut Faults) {
    match patch {
        Patch::Absent => {}
        Patch::Null => faults.add(pointer, FaultCode::Missing),
        Patch::Value(value) => *member = value,
    }
}
