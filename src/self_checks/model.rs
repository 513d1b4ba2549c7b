//! A quarterly self-check, as it stands on record.

use deserr::Deserr;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::values::vocabulary::vocabulary;
use crate::values::{Day, EnterpriseId, Faults, HazardId, Instant, LongText, Name, Quarter, SelfCheckId, Title};

vocabulary! {
    /// What the check of one clause came to.
    pub enum CheckResult in "self_check_results" {
        Clear = "clear", "未发现隐患", "nothing was found";
        Found = "found", "发现隐患", "a hazard was found";
        NotApplicable = "not_applicable", "不适用", "does not apply to the unit";
    }
}

vocabulary! {
    /// How a unit stands with the self-check of a quarter.
    pub enum CheckState in "self_check_states" {
        Missing = "missing", "未报", "not filed";
        Filed = "filed", "按时上报", "filed within the quarter";
        Late = "late", "逾期上报", "filed after the quarter's end";
    }
}

impl CheckState {
    /// The state of what was first filed at that moment; a later correction does not change it.
    pub fn of(quarter: Quarter, filed_at: Instant) -> Self {
        if quarter.is_over(filed_at) {
            Self::Late
        } else {
            Self::Filed
        }
    }
}

/// Who checked. Personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct Performer {
    /// Name.
    #[schema(example = "王某")]
    pub name: Name,
    /// Position in the unit.
    #[schema(example = "主要负责人")]
    pub position: Name,
}

/// What the check of one clause came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct CheckedCriterion {
    /// Code of the clause, in force on the day of the check.
    #[schema(value_type = String, example = "MEM10-2023/13.1")]
    pub criterion: Title,
    /// What it came to.
    pub result: CheckResult,
}

/// What one version says. Its JSON form is the document of the version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// The day of the check.
    pub performed_on: Day,
    /// Who checked.
    pub performed_by: Performer,
    /// In words.
    pub summary: LongText,
    /// Clause by clause, in the order of the unit.
    pub results: Vec<CheckedCriterion>,
    /// Hazards of the unit that were found, those reported by the same call last.
    pub hazards: Vec<HazardId>,
}

impl Findings {
    /// Clauses that the unit ticked as clear.
    pub fn cleared(&self) -> impl Iterator<Item = &Title> {
        self.results
            .iter()
            .filter(|checked| checked.result == CheckResult::Clear)
            .map(|checked| &checked.criterion)
    }
}

/// One version of a self-check. Its JSON form is the payload of its event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SelfCheck {
    /// Its id.
    pub id: SelfCheckId,
    /// The unit.
    pub enterprise: EnterpriseId,
    /// The quarter.
    pub quarter: Quarter,
    /// When the first version was filed.
    pub filed_at: Instant,
    /// How many versions there are up to this one.
    pub version: i64,
    /// When this version was filed.
    pub updated_at: Instant,
    /// What it says.
    #[serde(flatten)]
    pub findings: Findings,
}
