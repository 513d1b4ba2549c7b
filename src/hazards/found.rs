//! A hazard as it was found: its document, and what changes without it.

use super::model::Hazard;
use crate::attachments;
use crate::law::facts::HazardFacts;
use crate::law::lifecycle::State;
use crate::law::policy::Policy;
use crate::store::{Connection, StoreError};
use crate::values::HazardId;

/// A hazard with the name of its unit, which changes without the hazard.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The hazard.
    pub hazard: Hazard,
    /// The unit's present name.
    pub enterprise_name: String,
    /// Whether bytes of evidence that it cites are still to come. Looked up while it waits for the sign-off alone.
    pub evidence_outstanding: bool,
}

impl Found {
    /// What the law needs to know of it, under a policy.
    pub fn facts(&self, policy: &Policy) -> HazardFacts {
        HazardFacts {
            evidence_outstanding: self.evidence_outstanding,
            ..self.hazard.facts(policy)
        }
    }

    /// The same hazard after something was done to it.
    ///
    /// # Errors
    /// The failures of the store.
    pub fn followed_by(&self, connection: &mut Connection, hazard: Hazard) -> Result<Self, StoreError> {
        let moved = hazard.status != self.hazard.status;
        let mut after = [Self { hazard, ..self.clone() }];
        if moved {
            look_at_evidence(connection, &mut after)?;
        }
        let [after] = after;
        Ok(after)
    }
}

/// Looks up, in one query and only where one waits for the sign-off, whether bytes are still to come.
///
/// # Errors
/// The failures of the store.
pub fn look_at_evidence(connection: &mut Connection, found: &mut [Found]) -> Result<(), StoreError> {
    let waiting: Vec<HazardId> = found
        .iter()
        .map(|found| &found.hazard)
        .filter(|hazard| hazard.status == State::AwaitingSignOff)
        .map(|hazard| hazard.id)
        .collect();
    let outstanding = if waiting.is_empty() {
        Vec::new()
    } else {
        attachments::awaited_by(connection, &waiting)?
    };
    for found in found {
        found.evidence_outstanding = outstanding.contains(&found.hazard.id);
    }
    Ok(())
}
