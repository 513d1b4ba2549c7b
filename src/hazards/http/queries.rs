//! The queries of the operations on hazards.

use deserr::Deserr;
use utoipa::IntoParams;

use crate::hazards::export::{ExportFormat, ExportState};
use crate::hazards::list::{Filter, Sort, stands_still};
use crate::hazards::model::Campaign;
use crate::law::lifecycle::{Escalation, OrderKind, Production, Source, State};
use crate::law::scope::Level;
use crate::values::vocabulary::vocabulary;
use crate::values::{AreaPrefix, Day, EnterpriseId, FaultCode, Faults, IndustryPrefix, Instant, Title, Uscc};
use crate::web::filters::{Limit, Many, YesNo};
use crate::web::schemas::vocabularies;

vocabulary! {
    /// What an answer can hold besides the hazard.
    pub enum Include in "includes" {
        Actions = "actions", "全部操作及原因", "every action, with reasons";
    }
}

/// Declares a query that narrows the ledger as the list does, besides its own members.
macro_rules! narrowed {
    ($(#[$meta:meta])* pub struct $name:ident { $($own:tt)* }) => {
        $(#[$meta])*
        pub struct $name {
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
            $($own)*
        }

        impl $name {
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
    };
}

narrowed! {
    /// Filters, sort and page of the list.
    #[derive(Debug, Deserr, IntoParams)]
    #[deserr(error = Faults, deny_unknown_fields)]
    #[into_params(parameter_in = Query)]
    pub struct HazardQuery {
        /// The list as it stood at this moment.
        #[deserr(default)]
        pub(super) as_of: Option<Instant>,
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
}

narrowed! {
    /// What of the ledger is taken along, and as what.
    #[derive(Debug, Deserr, IntoParams)]
    #[deserr(error = Faults, deny_unknown_fields)]
    #[into_params(parameter_in = Query)]
    pub struct ExportQuery {
        /// What kind of file.
        #[deserr(default)]
        #[param(value_type = Option<ExportFormat>)]
        pub(super) format: Option<ExportFormat>,
        /// Whether a CSV begins with the mark by which a spreadsheet tells that it is UTF-8.
        #[param(value_type = Option<bool>)]
        #[deserr(default)]
        pub(super) bom: Option<YesNo>,
        /// Order of the rows; `-reported_at` when absent.
        #[deserr(default)]
        pub(super) sort: Option<Sort>,
    }
}

impl HazardQuery {
    /// What cannot be asked of a list as it stood earlier: words, which are those of now, and orders that the engines alone keep.
    pub(super) fn check_past(&self, now: Instant) -> Result<(), Faults> {
        let Some(moment) = self.as_of else {
            return Ok(());
        };
        let mut faults = is_past(moment, now);
        if self.q.is_some() {
            faults.add("?q", FaultCode::Contradiction);
        }
        if self.sort.is_some_and(|sort| !stands_still(sort)) {
            faults.add("?sort", FaultCode::Contradiction);
        }
        faults.none_or(())
    }
}

impl GetQuery {
    /// What cannot be asked of a hazard as it stood earlier: what could be done with it.
    pub(super) fn check_past(&self, now: Instant) -> Result<(), Faults> {
        let Some(moment) = self.as_of else {
            return Ok(());
        };
        let mut faults = is_past(moment, now);
        if !self.include.is_empty() {
            faults.add("?include", FaultCode::Contradiction);
        }
        faults.none_or(())
    }
}

/// Nobody knows how things will stand.
fn is_past(moment: Instant, now: Instant) -> Faults {
    let mut faults = Faults::default();
    if moment > now {
        faults.add("?as_of", FaultCode::OutOfRange);
    }
    faults
}

vocabularies! {
    Campaign = "Campaign";
    ExportFormat = "ExportFormat";
    ExportState = "ExportState";
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
    /// The hazard as it stood at this moment.
    #[deserr(default)]
    pub(super) as_of: Option<Instant>,
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
