//! What a tip is, as the fold of its events. The row is this fold.
//!
//! An event holds codes, amounts and days: never a word of the tipster or of an officer, but for the purpose of an opening.

use serde::{Deserialize, Serialize};

use super::model::{Record, Reveal, Reward, Standing, Tip};
use crate::journal::{Draft, Event};
use crate::law::deadlines::{ClockStep, LedgerEntry};
use crate::law::tips::lifecycle::{DeclineReason, TipAction, TipClock, TipState};
use crate::store::StoreError;
use crate::values::{Day, Instant, Text, TipId, Vocabulary, Yuan};

/// Action of a message: the tipster's way of speaking, and the officer's.
pub const MESSAGE: &str = "message";
/// Action of an opening that was refused.
pub const REFUSE_REVEAL: &str = "refuse_reveal";
/// Action of the end of what is kept.
pub const ERASE: &str = "erase";

/// What an event of a tip says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Payload {
    /// What the tip is, with `tell`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<Record>,
    /// Why it is declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<DeclineReason>,
    /// Whether it was found true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub substantiated: Option<bool>,
    /// Whether nobody had told before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_to_tell: Option<bool>,
    /// The fine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fine_cny: Option<Yuan>,
    /// The amount of the reward.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_cny: Option<Yuan>,
    /// Until when the reward may be claimed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim_by: Option<Day>,
    /// Why the identity was to be opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Text<200, false>>,
    /// Code of the rule that kept it shut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// What happens to the clocks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<ClockStep<TipClock>>,
    /// Version of the policy that they run under.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

/// What the fold needs of an event.
#[derive(Debug, Clone)]
pub struct Entry {
    id: TipId,
    version: i64,
    action: String,
    to: Option<String>,
    at: Instant,
    by: String,
    payload: serde_json::Value,
}

impl From<&Event> for Entry {
    fn from(event: &Event) -> Self {
        Self {
            id: TipId::from_uuid(event.subject.id),
            version: event.version,
            action: event.action.clone(),
            to: event.to.clone(),
            at: event.at,
            by: event.actor.subject.clone(),
            payload: event.payload.clone(),
        }
    }
}

impl From<&Draft> for Entry {
    fn from(draft: &Draft) -> Self {
        Self {
            id: TipId::from_uuid(draft.subject.id),
            version: draft.version,
            action: draft.action.to_owned(),
            to: draft.to.map(str::to_owned),
            at: draft.at,
            by: draft.actor.subject.clone(),
            payload: draft.payload.clone(),
        }
    }
}

/// The tip that a history adds up to; nothing without a history.
///
/// # Errors
/// [`StoreError::Corrupt`] when it is no history of a tip.
pub fn fold(history: impl IntoIterator<Item = Entry>) -> Result<Option<Tip>, StoreError> {
    history
        .into_iter()
        .try_fold(None, |tip, entry| apply(tip, entry).map(Some))
}

/// The tip after one more event.
///
/// # Errors
/// As [`fold`].
pub fn apply(tip: Option<Tip>, entry: Entry) -> Result<Tip, StoreError> {
    let corrupt = |what: &str| StoreError::Corrupt(format!("event {} of a tip has a bad {what}", entry.version));
    let payload: Payload = serde_json::from_value(entry.payload.clone()).map_err(|_| corrupt("payload"))?;
    let to = entry.to.as_deref().and_then(TipState::from_code);
    let mut tip = match (tip, payload.record.clone()) {
        (Some(tip), None) => tip,
        (None, Some(record)) => Tip {
            id: entry.id,
            version: 0,
            status: to.ok_or_else(|| corrupt("status"))?,
            record,
            standing: Standing::default(),
        },
        (Some(_), Some(_)) | (None, None) => return Err(corrupt("record")),
    };
    tip.version = entry.version;
    tip.status = to.ok_or_else(|| corrupt("status"))?;
    match TipAction::from_code(&entry.action) {
        Some(action) => {
            tip.standing.follow(action, &entry, &payload);
            let lines = payload.clocks.iter().map(|step| LedgerEntry {
                step: *step,
                at: entry.at,
                action,
                version: entry.version,
                policy: payload.policy.clone().unwrap_or_default(),
            });
            tip.standing.clocks.extend(lines);
        }
        None if entry.action == REFUSE_REVEAL => {
            // Whoever was refused for want of another officer has asked for one by it.
            if payload.refused.as_deref() == Some(crate::law::tips::TipGuard::SecondOfficerApproved.code()) {
                tip.standing.reveal = Reveal {
                    asked_by: Some(entry.by),
                    approved_by: None,
                };
            }
        }
        None if entry.action == MESSAGE || entry.action == ERASE => {}
        None => return Err(corrupt("action")),
    }
    Ok(tip)
}

impl Standing {
    fn follow(&mut self, action: TipAction, entry: &Entry, payload: &Payload) {
        match action {
            TipAction::Decline => self.declined = payload.reason,
            TipAction::Extend => self.extensions += 1,
            TipAction::Conclude => {
                self.substantiated = payload.substantiated;
                self.first_to_tell = payload.first_to_tell;
            }
            TipAction::ProposeReward => {
                self.reward = payload.amount_cny.map(|amount_cny| Reward {
                    fine_cny: payload.fine_cny,
                    amount_cny,
                    proposed_by: entry.by.clone(),
                    claim_by: None,
                    paid_on: None,
                });
            }
            TipAction::ApproveReward => {
                if let Some(reward) = &mut self.reward {
                    reward.claim_by = payload.claim_by;
                }
            }
            TipAction::PayReward => {
                if let Some(reward) = &mut self.reward {
                    reward.paid_on = Some(entry.at.day());
                }
            }
            TipAction::Close => self.closed_on = Some(entry.at.day()),
            TipAction::ApproveReveal => self.reveal.approved_by = Some(entry.by.clone()),
            TipAction::Reveal => self.reveal = Reveal::default(),
            TipAction::Tell | TipAction::Accept | TipAction::StartVerification | TipAction::Answer => {}
        }
    }
}
