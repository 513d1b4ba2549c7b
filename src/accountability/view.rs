//! Proposals on the wire.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::proposals::Proposed;
use crate::law::accountability::{AccountabilityReason, Evidence};
use crate::law::lifecycle::AccountabilityGround;
use crate::values::{Day, EnterpriseId, HazardId, Instant, Quarter};

/// What speaks for an inquiry into a hazard.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!(sample()))]
pub struct AccountabilityProposalsView {
    /// The hazard.
    pub hazard: HazardId,
    /// One for each reason; empty when the record speaks for none.
    pub proposals: Vec<AccountabilityProposalView>,
}

/// A ground for an inquiry that the record shows. It is a proposal: people decide.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccountabilityProposalView {
    /// What `open_accountability` would name.
    pub ground: AccountabilityGround,
    /// What the record shows.
    pub reason: AccountabilityReason,
    /// What it rests on.
    pub facts: AccountabilityFactsView,
    /// When the inquiry into this hazard was opened on this ground; `null` when none was.
    pub inquiry_opened_at: Option<Instant>,
}

/// What a proposal rests on. Members that do not belong to its reason are `null` or empty.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct AccountabilityFactsView {
    /// `no_self_check`: the quarter in which the hazard was found.
    pub quarter: Option<Quarter>,
    /// `no_self_check`: when a self-check of that quarter came after its end; `null` when none came.
    pub filed_at: Option<Instant>,
    /// `ticked_as_clear`: the last self-check before the day on which the hazard was found.
    pub self_check: Option<ClearedBySelfCheckView>,
    /// `ticked_as_clear`: clauses that it ticked as clear and that the hazard is judged under.
    #[schema(example = json!(["MEM10-2023/13.1"]))]
    pub criteria: Vec<String>,
    /// `reviews_failed`: every review that was not passed, oldest first.
    pub reviews: Vec<FailedReviewView>,
    /// `last_extension_passed`: the extensions that were granted, oldest first.
    pub extensions: Vec<GrantedExtensionView>,
    /// `last_extension_passed`: the day that passed.
    pub due_on: Option<Day>,
}

/// A version of a self-check.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClearedBySelfCheckView {
    /// The unit.
    pub enterprise: EnterpriseId,
    /// Its quarter.
    pub quarter: Quarter,
    /// The version that was in force before the day.
    #[schema(minimum = 1)]
    pub version: i64,
}

/// A review that was not passed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FailedReviewView {
    /// By which event.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was recorded.
    pub recorded_at: Instant,
}

/// An extension that was granted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GrantedExtensionView {
    /// By which event.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was granted.
    pub granted_at: Instant,
    /// To the end of that day.
    pub until: Day,
}

impl From<Proposed> for AccountabilityProposalsView {
    fn from(Proposed { hazard, evidence }: Proposed) -> Self {
        let inquiry = hazard.accountability.as_ref();
        let proposals = evidence.into_iter().map(|evidence| {
            let reason = evidence.reason();
            let opened = inquiry.filter(|inquiry| inquiry.ground == reason.ground());
            AccountabilityProposalView {
                ground: reason.ground(),
                reason,
                facts: AccountabilityFactsView::of(evidence, hazard.enterprise_id),
                inquiry_opened_at: opened.map(|inquiry| inquiry.opened_at),
            }
        });
        Self {
            hazard: hazard.id,
            proposals: proposals.collect(),
        }
    }
}

impl AccountabilityFactsView {
    fn of(evidence: Evidence, enterprise: EnterpriseId) -> Self {
        let nothing = Self::default();
        match evidence {
            Evidence::NoSelfCheck { quarter, filed_at } => Self {
                quarter: Some(quarter),
                filed_at,
                ..nothing
            },
            Evidence::TickedAsClear { check, criteria } => Self {
                self_check: Some(ClearedBySelfCheckView {
                    enterprise,
                    quarter: check.quarter,
                    version: check.version,
                }),
                criteria,
                ..nothing
            },
            Evidence::ReviewsFailed(reviews) => Self {
                reviews: reviews
                    .into_iter()
                    .map(|review| FailedReviewView {
                        version: review.version,
                        recorded_at: review.at,
                    })
                    .collect(),
                ..nothing
            },
            Evidence::LastExtensionPassed { extensions, due_on } => Self {
                extensions: extensions
                    .into_iter()
                    .map(|extension| GrantedExtensionView {
                        version: extension.version,
                        granted_at: extension.at,
                        until: extension.until,
                    })
                    .collect(),
                due_on: Some(due_on),
                ..nothing
            },
        }
    }
}

/// What is answered.
pub fn sample() -> Value {
    json!({
        "hazard": "01900000-0000-7000-8000-000000000001",
        "proposals": [{
            "ground": "not_found",
            "reason": "ticked_as_clear",
            "facts": {
                "quarter": null,
                "filed_at": null,
                "self_check": {"enterprise": "01900000-0000-7000-8000-000000000002", "quarter": "2026Q3", "version": 1},
                "criteria": ["MEM10-2023/13.1"],
                "reviews": [],
                "extensions": [],
                "due_on": null,
            },
            "inquiry_opened_at": null,
        }],
    })
}
