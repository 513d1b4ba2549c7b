//! The reward of a tip that was found true: a share of the fine, not less than a floor and not more than a cap
//! (《安全生产领域举报奖励办法》, 安监总财〔2018〕19号). Counted in fen and rounded once, half up.

use crate::values::vocabulary::vocabulary;
use crate::values::{Day, Factor, Yuan};

vocabulary! {
    /// How it stands with the reward of a tip.
    pub enum RewardState in "reward_states" {
        None = "none", "无", "none";
        Proposed = "proposed", "待批准", "proposed";
        Approved = "approved", "待领取", "approved, may be claimed";
        Paid = "paid", "已发放", "paid";
        Lapsed = "lapsed", "逾期未领，视为放弃", "not claimed in time";
    }
}

/// How it stands with the reward, as it is on record. That it lapsed is on no record: it is a matter of reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RewardStanding {
    /// None was proposed.
    None,
    /// One waits for another officer.
    Proposed {
        /// Subject of the token that proposed it.
        by: String,
    },
    /// One may be claimed.
    Approved {
        /// Until the end of which day.
        claim_by: Day,
    },
    /// It was paid.
    Paid,
}

impl RewardStanding {
    /// The state on that day.
    pub fn state(&self, today: Day) -> RewardState {
        match self {
            Self::None => RewardState::None,
            Self::Proposed { .. } => RewardState::Proposed,
            Self::Approved { claim_by } if *claim_by < today => RewardState::Lapsed,
            Self::Approved { .. } => RewardState::Approved,
            Self::Paid => RewardState::Paid,
        }
    }

    /// Who proposed what waits for another officer.
    pub fn proposed_by(&self) -> Option<&String> {
        match self {
            Self::Proposed { by } => Some(by),
            Self::None | Self::Approved { .. } | Self::Paid => None,
        }
    }
}

/// How a reward is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RewardRule {
    /// The share of the fine.
    pub share: Factor,
    /// The least.
    pub floor: Yuan,
    /// The most, for insiders too.
    pub cap: Yuan,
    /// By how much more somebody is rewarded who works for the unit (《生产经营单位从业人员安全生产举报处理规定》,
    /// 应急〔2020〕69号).
    pub insider_multiplier: Factor,
}

impl RewardRule {
    /// The amount for that fine; without a fine the floor. What an insider gets more is laid on before the cap.
    pub fn amount(&self, fine: Option<Yuan>, insider: bool) -> Yuan {
        let more = if insider { self.insider_multiplier } else { Factor::ONE };
        let share = fine.map(|fine| fine.times(&[self.share, more]));
        self.floor.times(&[more]).max(share.unwrap_or_default()).min(self.cap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::policy::Policy;

    fn amount(rule: &RewardRule, fine: Option<&str>, insider: bool) -> String {
        rule.amount(fine.map(|fine| fine.parse().unwrap()), insider).to_string()
    }

    #[test]
    fn every_worked_example_comes_out_to_the_fen() {
        let policy = Policy::embedded().unwrap();
        for (fine, expected) in [
            ("0.00", "3000.00"),
            ("10000.00", "3000.00"),
            ("20000.00", "3000.00"),
            ("20000.10", "3000.02"),
            ("123456.78", "18518.52"),
            ("2000000.00", "300000.00"),
            ("5000000.00", "300000.00"),
        ] {
            for insider in [false, true] {
                assert_eq!(amount(policy.tips().reward(), Some(fine), insider), expected, "{fine}");
            }
        }
        assert_eq!(amount(policy.tips().reward(), None, false), "3000.00");
    }

    #[test]
    fn half_a_fen_is_rounded_up_and_less_is_not() {
        let rule = RewardRule {
            share: "0.15".parse().unwrap(),
            floor: Yuan::default(),
            cap: "300000".parse().unwrap(),
            insider_multiplier: Factor::ONE,
        };
        // 15 % of these end in 0.15, 0.45, 0.50 and 0.60 of a fen.
        for (fine, expected) in [("0.01", "0.00"), ("0.03", "0.00"), ("0.10", "0.02"), ("0.04", "0.01")] {
            assert_eq!(amount(&rule, Some(fine), false), expected, "{fine}");
        }
    }

    #[test]
    fn an_insider_gets_more_in_one_rounding_but_never_more_than_the_cap() {
        let rule = RewardRule {
            share: "0.15".parse().unwrap(),
            floor: "3000".parse().unwrap(),
            cap: "300000".parse().unwrap(),
            insider_multiplier: "1.5".parse().unwrap(),
        };
        assert_eq!(amount(&rule, None, true), "4500.00");
        assert_eq!(amount(&rule, Some("123456.78"), false), "18518.52");
        // 123,456.78 x 0.15 x 1.5 = 27,777.7755; rounded in between it would be 27,777.78 as well, 20,000.10 would not.
        assert_eq!(amount(&rule, Some("123456.78"), true), "27777.78");
        assert_eq!(amount(&rule, Some("20000.10"), true), "4500.02");
        assert_eq!(amount(&rule, Some("1999999.99"), true), "300000.00");
        assert_eq!(amount(&rule, Some("10000000000000"), true), "300000.00");
    }

    #[test]
    fn a_reward_lapses_when_the_last_day_of_its_claim_is_over() {
        let approved = RewardStanding::Approved {
            claim_by: "2026-12-31".parse().unwrap(),
        };
        let on = |day: &str| approved.state(day.parse().unwrap());
        assert_eq!(on("2026-12-31"), RewardState::Approved);
        assert_eq!(on("2027-01-01"), RewardState::Lapsed);
    }
}
