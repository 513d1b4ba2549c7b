//! What may stand in the query of an operation.

use deserr::Deserr;
use utoipa::IntoParams;

use crate::hazards::{Campaign, Include};
use crate::law::tips::lifecycle::TipState;
use crate::tips::store::Filter;
use crate::values::{AreaPrefix, Faults, HazardId};
use crate::web::filters::{Limit, Many, YesNo};

/// Filters and page of the list.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TipQuery {
    /// Where tips stand.
    #[deserr(default)]
    #[param(value_type = Option<Vec<TipState>>)]
    status: Many<TipState>,
    /// Area prefix.
    #[deserr(default)]
    #[param(value_type = Option<Vec<AreaPrefix>>)]
    area: Many<AreaPrefix>,
    /// Campaign.
    #[deserr(default)]
    #[param(value_type = Option<Vec<Campaign>>)]
    campaign: Many<Campaign>,
    /// The hazard that they were found to tell of.
    #[deserr(default)]
    #[param(value_type = Option<Vec<HazardId>>)]
    hazard: Many<HazardId>,
    /// Rows of a page.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    pub(super) limit: Limit,
    /// `next_cursor` of the page before.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    pub(super) cursor: Option<String>,
}

impl TipQuery {
    /// What is asked for.
    pub(super) fn filter(&self) -> Filter {
        Filter {
            status: self.status.to_vec(),
            area: self.area.to_vec(),
            campaign: self.campaign.to_vec(),
            hazard: self.hazard.to_vec(),
        }
    }
}

/// What an answer is to include.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GetQuery {
    /// `actions`: every action of this state, with why not and who could.
    #[deserr(default)]
    #[param(value_type = Option<Vec<Include>>)]
    pub(super) include: Many<Include>,
}

/// How an action is performed.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ActQuery {
    /// Runs every check and changes nothing; the answer is the tip as it would become.
    #[deserr(default)]
    #[param(value_type = Option<bool>)]
    pub(super) dry_run: Option<YesNo>,
    /// `actions`: every action of this state, with why not and who could.
    #[deserr(default)]
    #[param(value_type = Option<Vec<Include>>)]
    pub(super) include: Many<Include>,
}
