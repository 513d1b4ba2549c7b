//! What holds in each state, whatever led to it.

use super::lifecycle::State;

impl State {
    /// True when nothing is owed any more. Only `reopen` leads out of `closed`, nothing out of the others.
    pub fn is_final(self) -> bool {
        match self {
            Self::Closed | Self::Dismissed | Self::Merged => true,
            Self::Reported
            | Self::Confirmed
            | Self::Supervised
            | Self::PlanReview
            | Self::Rectifying
            | Self::AwaitingReview
            | Self::AwaitingSignOff => false,
        }
    }

    /// True when something is still owed.
    pub fn is_open(self) -> bool {
        !self.is_final()
    }

    /// True when an order stands on record: from then on and after the sign-off.
    pub fn is_ordered(self) -> bool {
        match self {
            Self::Reported | Self::Confirmed | Self::Dismissed | Self::Merged => false,
            Self::Supervised
            | Self::PlanReview
            | Self::Rectifying
            | Self::AwaitingReview
            | Self::AwaitingSignOff
            | Self::Closed => true,
        }
    }
}
