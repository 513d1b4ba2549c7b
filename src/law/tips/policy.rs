//! The section `tips` of the policy: lengths of the clocks, figures of the reward, how long the identity is kept.

use serde::Deserialize;
use toml::Spanned;

use super::lifecycle::TipClock;
use super::reward::RewardRule;
use crate::law::deadlines::Budget;
use crate::law::policy::{Length, Reader};
use crate::values::{Day, Factor, Yuan};

/// An identity is kept for as long as somebody may ask for it and no longer; ten years are a slip of the pen.
const LONGEST_RETENTION_DAYS: u32 = 3660;

/// What the policy says of public tips.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TipPolicy {
    acceptance: Budget,
    verification: Budget,
    feedback: Budget,
    closing: Budget,
    claim: Budget,
    extension_days: u32,
    retention_days: u32,
    second_officer_for_reveal: bool,
    reward: RewardRule,
}

/// The section, as it stands in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::law) struct TipsFile {
    acceptance: Spanned<Length>,
    verification: Spanned<Length>,
    verification_extension_days: Spanned<u32>,
    feedback: Spanned<Length>,
    closing: Spanned<Length>,
    claim: Spanned<Length>,
    retention_days: Spanned<u32>,
    second_officer_for_reveal: bool,
    reward: RewardFile,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RewardFile {
    share: Spanned<String>,
    floor_cny: Spanned<String>,
    cap_cny: Spanned<String>,
    insider_multiplier: Spanned<String>,
}

impl TipPolicy {
    /// Reads the section; `reader` takes what is wrong with the line at which it stands.
    pub(in crate::law) fn read(file: &TipsFile, reader: &mut Reader<'_>) -> Self {
        Self {
            acceptance: reader.length(&file.acceptance),
            verification: reader.length(&file.verification),
            feedback: reader.length(&file.feedback),
            closing: reader.length(&file.closing),
            claim: reader.length(&file.claim),
            extension_days: reader.days(&file.verification_extension_days, "verification_extension_days", 366),
            retention_days: reader.days(&file.retention_days, "retention_days", LONGEST_RETENTION_DAYS),
            second_officer_for_reveal: file.second_officer_for_reveal,
            reward: rule(&file.reward, reader),
        }
    }

    /// How long a clock may run.
    pub fn budget(&self, kind: TipClock) -> Budget {
        match kind {
            TipClock::Acceptance => self.acceptance,
            TipClock::Verification => self.verification,
            TipClock::Feedback => self.feedback,
            TipClock::Closing => self.closing,
            TipClock::Claim => self.claim,
        }
    }

    /// By how many days the verification may be extended, once.
    pub fn extension_days(&self) -> u32 {
        self.extension_days
    }

    /// The last day on which what was told, and who told it, is kept of a tip that was closed on that day.
    pub fn kept_until(&self, closed_on: Day) -> Day {
        closed_on.plus_days(self.retention_days)
    }

    /// Whether another officer must approve before the identity of a reporter is opened.
    pub fn second_officer_for_reveal(&self) -> bool {
        self.second_officer_for_reveal
    }

    /// How a reward is counted.
    pub fn reward(&self) -> &RewardRule {
        &self.reward
    }
}

fn rule(file: &RewardFile, reader: &mut Reader<'_>) -> RewardRule {
    let share = factor(&file.share, "share", reader);
    if share > Factor::ONE {
        reader.fault(&file.share, "`share` must be 0 to 1");
    }
    let insider_multiplier = factor(&file.insider_multiplier, "insider_multiplier", reader);
    if insider_multiplier < Factor::ONE {
        reader.fault(&file.insider_multiplier, "`insider_multiplier` must be 1 to 100");
    }
    let floor = amount(&file.floor_cny, "floor_cny", reader);
    let cap = amount(&file.cap_cny, "cap_cny", reader);
    if cap < floor {
        reader.fault(&file.cap_cny, "`cap_cny` must not be less than `floor_cny`");
    }
    RewardRule {
        share,
        floor,
        cap,
        insider_multiplier,
    }
}

/// One where the text is no factor, so that what depends on it is not told as a second fault.
fn factor(text: &Spanned<String>, name: &str, reader: &mut Reader<'_>) -> Factor {
    text.get_ref().parse().unwrap_or_else(|_| {
        reader.fault(
            text,
            format!("`{name}` must be a decimal string of 0 to 100 with at most four places, such as \"0.15\""),
        );
        Factor::ONE
    })
}

fn amount(text: &Spanned<String>, name: &str, reader: &mut Reader<'_>) -> Yuan {
    text.get_ref().parse().unwrap_or_else(|_| {
        reader.fault(text, format!("`{name}` must be an amount in yuan, such as \"3000.00\""));
        Yuan::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::policy::Policy;

    #[test]
    fn the_shipped_lengths_are_those_of_the_rules() {
        let policy = Policy::embedded().unwrap();
        let tips = policy.tips();
        assert_eq!(tips.budget(TipClock::Acceptance), Budget::WorkingDays(7));
        assert_eq!(tips.budget(TipClock::Verification), Budget::Days(60));
        assert_eq!(tips.extension_days(), 30);
        assert_eq!(tips.budget(TipClock::Feedback), Budget::WorkingDays(10));
        assert_eq!(tips.budget(TipClock::Claim), Budget::Days(60));
        assert_eq!(tips.kept_until("2026-11-09".parse().unwrap()).to_string(), "2027-11-09");
        assert!(!tips.second_officer_for_reveal());
    }

    #[test]
    fn every_fault_of_the_section_is_told_with_its_line() {
        for (right, wrong, reason) in [
            (
                "claim = { days = 60 }",
                "claim = { days = 0 }",
                "the length of a clock must be 1 to 366 days",
            ),
            (
                "verification_extension_days = 30",
                "verification_extension_days = 0",
                "`verification_extension_days` must be 1 to 366",
            ),
            (
                "retention_days = 365",
                "retention_days = 4000",
                "`retention_days` must be 1 to 3660",
            ),
            ("share = \"0.15\"", "share = \"1.15\"", "`share` must be 0 to 1"),
            (
                "share = \"0.15\"",
                "share = \"15 %\"",
                "`share` must be a decimal string of 0 to 100 with at most four places, such as \"0.15\"",
            ),
            (
                "insider_multiplier = \"1.0\"",
                "insider_multiplier = \"0.9\"",
                "`insider_multiplier` must be 1 to 100",
            ),
            (
                "cap_cny = \"300000.00\"",
                "cap_cny = \"2999.99\"",
                "`cap_cny` must not be less than `floor_cny`",
            ),
            (
                "floor_cny = \"3000.00\"",
                "floor_cny = \"three thousand\"",
                "`floor_cny` must be an amount in yuan, such as \"3000.00\"",
            ),
        ] {
            assert!(Policy::EMBEDDED.contains(right), "{right}");
            let text = Policy::EMBEDDED.replace(right, wrong);
            let faults = Policy::parse(&text).unwrap_err();
            assert_eq!(faults.len(), 1, "{wrong}: {faults:?}");
            assert_eq!(faults[0].reason, reason);
            let line = text.lines().nth(faults[0].line - 1).unwrap();
            assert!(line.contains(wrong), "{line}");
        }
    }
}
