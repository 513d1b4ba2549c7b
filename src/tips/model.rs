//! A tip: what of it may stand in the open, and what never does.

use deserr::Deserr;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::hazards::Campaign;
use crate::law::calendar::Calendar;
use crate::law::deadlines::{self, LedgerEntry};
use crate::law::tips::facts::RevealFacts;
use crate::law::tips::lifecycle::{DeclineReason, TipAction, TipClock, TipState};
use crate::law::tips::reward::RewardStanding;
use crate::values::{AreaCode, Day, Faults, HazardId, LongText, Name, Text, TipId, Title, Uscc, Yuan};

/// A telephone number as people write it: at most 32 characters.
pub type Phone = Text<32, false>;

/// What of a tip stands in the open: the fold of its events, and the hazard that it was found to tell of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tip {
    /// Its id.
    pub id: TipId,
    /// How many events it has.
    pub version: i64,
    /// Where it stands.
    pub status: TipState,
    /// What does not change.
    pub record: Record,
    /// What the office decided.
    pub standing: Standing,
}

/// What a tip says in codes, and when it came. None of it is the tipster's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Where the hazard lies.
    pub area: AreaCode,
    /// The campaign it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<Campaign>,
    /// The day it came. Nobody keeps the hour.
    pub received_on: Day,
    /// Whether the tipster gave no name.
    pub anonymous: bool,
    /// Whether the tipster wants to hear what came of it.
    pub wants_feedback: bool,
    /// Whether the tipster wants a reward.
    pub wants_reward: bool,
}

/// What the office decided, in codes, amounts and days.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The ledger of its clocks.
    pub clocks: Vec<LedgerEntry<TipClock, TipAction>>,
    /// Why it was declined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declined: Option<DeclineReason>,
    /// Whether it was found true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub substantiated: Option<bool>,
    /// Whether nobody had told before, as it looked when that was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_to_tell: Option<bool>,
    /// How often the verification was extended.
    #[serde(default)]
    pub extensions: u32,
    /// The reward.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward: Option<Reward>,
    /// Who asked to open the identity, and who approved.
    #[serde(default)]
    pub reveal: Reveal,
    /// The day it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_on: Option<Day>,
}

/// A reward, from its proposal on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reward {
    /// The fine that it is a share of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fine_cny: Option<Yuan>,
    /// The amount.
    pub amount_cny: Yuan,
    /// Subject of the token that proposed it.
    pub proposed_by: String,
    /// Until the end of which day it may be claimed; from its approval on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_by: Option<Day>,
    /// The day it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_on: Option<Day>,
}

/// A request to open the identity of the tipster.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reveal {
    /// Subject of the token that asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<String>,
    /// Subject of the token that approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
}

impl From<&Reveal> for RevealFacts {
    fn from(reveal: &Reveal) -> Self {
        Self {
            asked_by: reveal.asked_by.clone(),
            approved_by: reveal.approved_by.clone(),
        }
    }
}

/// The day on which a clock of that kind ends; nothing while none runs.
pub fn end_of(clocks: &[LedgerEntry<TipClock, TipAction>], kind: TipClock, calendar: &Calendar) -> Option<Day> {
    deadlines::ends(clocks, calendar)
        .find(|clock| clock.kind == kind)
        .map(|clock| clock.due_on)
}

impl Standing {
    /// How it stands with the reward, to the law.
    pub fn reward_standing(&self) -> RewardStanding {
        match &self.reward {
            None => RewardStanding::None,
            Some(reward) if reward.paid_on.is_some() => RewardStanding::Paid,
            Some(reward) => match reward.claim_by {
                Some(claim_by) => RewardStanding::Approved { claim_by },
                None => RewardStanding::Proposed {
                    by: reward.proposed_by.clone(),
                },
            },
        }
    }
}

/// The words of a tip. Sealed wherever they lie.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// What the tipster saw.
    pub description: LongText,
    /// Where exactly.
    pub address: Option<Title>,
    /// The unit, as the tipster calls it.
    pub unit: Option<UnitTold>,
    /// Since when.
    pub since: Option<Day>,
    /// SHA-256 of the request, so that one that is repeated can be told from another under the same key.
    pub digest: [u8; 32],
}

/// The unit, as the tipster calls it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct UnitTold {
    /// Its name.
    #[deserr(default)]
    #[schema(example = "科苑路那家电镀厂")]
    pub name: Option<Title>,
    /// Its unified social credit code.
    #[deserr(default)]
    pub uscc: Option<Uscc>,
}

/// Who told. Sealed wherever it lies, apart from the words, and opened only for a purpose that is put on record.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct Contact {
    /// Name.
    #[schema(example = "赵某")]
    pub name: Name,
    /// Telephone number.
    #[schema(example = "13900001001")]
    pub phone: Phone,
}

/// A tip as it is kept: what stands in the open, and what is sealed.
#[derive(Debug, Clone)]
pub struct Kept {
    /// What stands in the open.
    pub tip: Tip,
    /// The hazard that it was found to tell of.
    pub hazard: Option<HazardId>,
    /// What is sealed; nothing once it is erased.
    pub sealed: Option<SealedTip>,
}

/// What of a tip is sealed, and the name of the key.
#[derive(Clone)]
pub struct SealedTip {
    /// Name of the key.
    pub key: super::vault::KeyName,
    /// [`Told`].
    pub told: super::vault::Sealed,
    /// [`Contact`]; nothing for an anonymous tip.
    pub contact: Option<super::vault::Sealed>,
}

impl std::fmt::Debug for SealedTip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(sealed)")
    }
}
