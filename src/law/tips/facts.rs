//! What the law must know to decide on a tip: of the tip, and of the body of the call.

use super::lifecycle::{DeclineReason, TipClock, TipState};
use super::reward::RewardStanding;
use crate::values::{Day, Yuan};

/// What a tip is to the law.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is the answer to one guard's question"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TipFacts {
    /// Where it stands.
    pub state: TipState,
    /// Whether the reporter gave no name.
    pub anonymous: bool,
    /// Whether the reporter asked for a reward.
    pub wants_reward: bool,
    /// Whether it was concluded that it is true.
    pub found_true: bool,
    /// Whether nobody told of the hazard before: neither in another tip nor in a report that stood when this tip came.
    pub first_to_tell: bool,
    /// How often the verification was extended.
    pub extensions: u32,
    /// The day on which the verification ends; nothing while its clock does not run.
    pub verification_due_on: Option<Day>,
    /// How it stands with the reward.
    pub reward: RewardStanding,
    /// Who asked to open the identity of the reporter, and who approved. An opening uses both up.
    pub reveal: RevealFacts,
    /// Clocks that run.
    pub running: Vec<TipClock>,
    /// False once the retention is over and what the reporter told was destroyed.
    pub identity_kept: bool,
}

/// A request to open the identity of the reporter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RevealFacts {
    /// Subject of the token that asked.
    pub asked_by: Option<String>,
    /// Subject of the token that approved.
    pub approved_by: Option<String>,
}

/// What a body says, as far as a guard asks. A member that the action does not have stays at its default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TipBodyFacts {
    /// Why the tip is declined.
    pub reason: Option<DeclineReason>,
    /// Whether the body names the authority that the tip is referred to.
    pub referred: bool,
    /// Whether the tip was found true.
    pub substantiated: Option<bool>,
    /// Whether the hazard that the body names is on record and the caller may know of it; nothing when it names none.
    pub hazard: Option<bool>,
    /// Whether the body reports a hazard.
    pub report: bool,
    /// The fine that a reward is a share of; nothing where none was imposed.
    pub fine: Option<Yuan>,
    /// Whether the reporter works for the unit. It says who told, so it is kept under the seal of the tip alone.
    pub insider: bool,
    /// Whether receipt and passphrase of the one who claims are right; nothing when the body holds none.
    pub claim_proven: Option<bool>,
}
