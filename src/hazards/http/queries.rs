//! The queries of the operations on hazards.

use deserr::Deserr;
use utoipa::IntoParams;

use crate::hazards::list::{Filter, Sort};
use crate::hazards::model::Campaign;
use crate::law::lifecycle::{Escalation, OrderKind, Production, Source, State};
use crate::law::scope::Level;
use crate::values::vocabulary::vocabulary;
use crate::values::{AreaPrefix, Day, EnterpriseId, Faults, IndustryPrefix, Instant, Title, Uscc};
use crate::web::filters::{Limit, Many, YesNo};
use crate::web::schemas::vocabularies;

vocabulary! {
    /// What an answer can hold besides the hazard.
    pub enum Include in "includes" {
        Actions = "actions", "全部操作及原因", "every action, with reasons";
    }
}

/// Filters, sort and page of the list.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HazardQuery {
    /// Where it stands.
    #[deserr(default)]
    #[param(value_type = Option<Vec<State>>)]
    pub(super) status: Many<State>,
    /// Where the report came from. A unit cannot ask for it.
    #[deserr(default)]
    #[param(value_type = Option<Vec<Source>>)]
    pub(super) source: Many<Source>,
    /// Area prefix.
    #[deserr(default)]
    #[param(value_type = Option<Vec<AreaPrefix>>)]
    pub(super) area: Many<AreaPrefix>,
    /// Industry prefix.
    #[deserr(default)]
    #[param(value_type = Option<Vec<IndustryPrefix>>)]
    pub(super) industry: Many<IndustryPrefix>,
    /// Unit by id.
    #[deserr(default)]
    #[param(value_type = Option<Vec<EnterpriseId>>)]
    pub(super) enterprise: Many<EnterpriseId>,
    /// Unit by unified social credit code.
    #[deserr(default)]
    #[param(value_type = Option<Vec<Uscc>>)]
    pub(super) uscc: Many<Uscc>,
    /// Campaign.
    #[deserr(default)]
    #[param(value_type = Option<Vec<Campaign>>)]
    pub(super) campaign: Many<Campaign>,
    /// Clause it is judged under.
    #[deserr(default)]
    #[param(value_type = Option<Vec<String>>)]
    pub(super) criterion: Many<Title>,
    /// Kind of order.
    #[deserr(default)]
    #[param(value_type = Option<Vec<OrderKind>>)]
    pub(super) kind: Many<OrderKind>,
    /// Rank of the supervising authority.
    #[deserr(default)]
    #[param(value_type = Option<Vec<Level>>)]
    pub(super) level: Many<Level>,
    /// Code of the authority that ordered.
    #[deserr(default)]
    #[param(value_type = Option<Vec<String>>)]
    pub(super) authority: Many<Title>,
    /// Rung of the ladder.
    #[deserr(default)]
    #[param(value_type = Option<Vec<Escalation>>)]
    pub(super) escalation: Many<Escalation>,
    /// Whether the unit produces.
    #[deserr(default)]
    #[param(value_type = Option<Vec<Production>>)]
    pub(super) production: Many<Production>,
    /// Whether a running clock is past its end.
    #[param(value_type = Option<bool>)]
    #[deserr(default)]
    pub(super) overdue: Option<YesNo>,
    /// Next end of a clock on or before that day.
    #[deserr(default)]
    pub(super) due_before: Option<Day>,
    /// Next end of a clock on or after that day.
    #[deserr(default)]
    pub(super) due_after: Option<Day>,
    /// Put on record on or after that day.
    #[deserr(default)]
    pub(super) reported_from: Option<Day>,
    /// Put on record on or before that day.
    #[deserr(default)]
    pub(super) reported_to: Option<Day>,
    /// Signed off on or after that day.
    #[deserr(default)]
    pub(super) closed_from: Option<Day>,
    /// Signed off on or before that day.
    #[deserr(default)]
    pub(super) closed_to: Option<Day>,
    /// Changed after that moment.
    #[deserr(default)]
    pub(super) updated_after: Option<Instant>,
    /// Words in title, description, address and the unit's name; two Chinese characters are enough.
    #[param(value_type = Option<String>, max_length = 200)]
    #[deserr(default)]
    pub(super) q: Option<Title>,
    /// Order of the list; `-reported_at` when absent.
    #[deserr(default)]
    pub(super) sort: Option<Sort>,
    /// Rows of a page.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    pub(super) limit: Limit,
    /// `next_cursor` of the page before.
    #[deserr(default)]
    pub(super) cursor: Option<String>,
}

vocabularies! {
    Campaign = "Campaign";
    Include = "Include";
    Sort = "HazardSort";
}

/// What one hazard's answer holds.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GetQuery {
    /// `actions`: every action of the state, with the reasons why not.
    #[deserr(default)]
    #[param(value_type = Option<Vec<Include>>)]
    pub(super) include: Many<Include>,
}

/// Whether an action is performed or only checked.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ActQuery {
    /// Runs every check and changes nothing; the answer is the hazard as it would become.
    #[param(value_type = Option<bool>)]
    #[deserr(default)]
    pub(super) dry_run: Option<YesNo>,
    /// `actions`: every action of the state that follows, with the reasons why not.
    #[deserr(default)]
    #[param(value_type = Option<Vec<Include>>)]
    pub(super) include: Many<Include>,
}

/// A page of a history.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventQuery {
    /// Rows of a page.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    pub(super) limit: Limit,
    /// `next_cursor` of the page before.
    #[deserr(default)]
    pub(super) cursor: Option<String>,
}

impl HazardQuery {
    /// What is asked for, with today's date for what depends on it.
    pub(super) fn filter(self, today: Day) -> Filter {
        Filter {
            status: self.status.into_vec(),
            source: self.source.into_vec(),
            area: self.area.into_vec(),
            industry: self.industry.into_vec(),
            enterprise: self.enterprise.into_vec(),
            uscc: self.uscc.into_vec(),
            campaign: self.campaign.into_vec(),
            criterion: self.criterion.iter().map(ToString::to_string).collect(),
            kind: self.kind.into_vec(),
            level: self.level.into_vec(),
            authority: self.authority.iter().map(ToString::to_string).collect(),
            escalation: self.escalation.iter().map(ToString::to_string).collect(),
            production: self.production.into_vec(),
            overdue: self.overdue.map(|wanted| (wanted == YesNo::Yes, today)),
            due_before: self.due_before,
            due_after: self.due_after,
            reported_from: self.reported_from,
            reported_to: self.reported_to,
            closed_from: self.closed_from,
            closed_to: self.closed_to,
            updated_after: self.updated_after,
            updated_before: None,
            q: self.q.map(|words| words.to_string()),
        }
    }
}
