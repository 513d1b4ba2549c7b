//! The policy: lengths of clocks, limits and the calendar, read from one TOML file and checked whole.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::calendar::Calendar;
use super::deadlines::Budget;
use super::ladder::{Ladder, LadderFile};
use super::lifecycle::ClockKind;
use super::reckoning::{Mark, Reckoning};
use super::tips::policy::{TipPolicy, TipsFile};
use crate::values::Day;

/// The policy in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    version: String,
    clocks: Lengths,
    maximum_extensions: u32,
    stalled_after_days: u32,
    ladder: Ladder,
    tips: TipPolicy,
    reckoning: Reckoning,
    mark: Mark,
}

/// What is wrong with a policy, and in which line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct PolicyFault {
    /// From 1.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: Spanned<String>,
    maximum_extensions: Spanned<u32>,
    stalled_after_days: Spanned<u32>,
    clocks: LengthsFile,
    reminders: RemindersFile,
    ladder: LadderFile,
    tips: TipsFile,
    #[serde(default)]
    holidays: BTreeMap<Spanned<String>, Year>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LengthsFile {
    confirm: Spanned<Length>,
    order: Spanned<Length>,
    plan_review: Spanned<Length>,
    extension: Spanned<Length>,
    review: Spanned<Length>,
    sign_off: Spanned<Length>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RemindersFile {
    days_before: Spanned<Vec<u32>>,
    days_after: Spanned<Vec<u32>>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Length {
    WorkingDays(u32),
    Days(u32),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Year {
    notice: Spanned<String>,
    worked: Vec<Spanned<String>>,
    off: Vec<Spanned<Holiday>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Holiday {
    name: String,
    from: String,
    to: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lengths {
    confirm: Budget,
    order: Budget,
    plan_review: Budget,
    extension: Budget,
    review: Budget,
    sign_off: Budget,
}

/// Longer than any term of the law; a larger number is a slip of the pen.
const LONGEST_DAYS: u32 = 366;
/// Reminders of one clock on each side of its end; more would be noise.
const MOST_REMINDERS: usize = 20;
/// Longest run of days off in one entry.
const LONGEST_HOLIDAY: i64 = 31;

impl Policy {
    /// The policy that the program carries, as TOML.
    pub const EMBEDDED: &'static str = include_str!("policy.toml");

    /// The policy that the program carries.
    ///
    /// # Errors
    /// Never for the file that is shipped; a test reads it.
    pub fn embedded() -> Result<Self, Vec<PolicyFault>> {
        Self::parse(Self::EMBEDDED)
    }

    /// Reads a policy.
    ///
    /// # Errors
    /// Every fault with its line; what is not TOML, or lacks a member, stops at the first.
    pub fn parse(text: &str) -> Result<Self, Vec<PolicyFault>> {
        let file: File = toml::from_str(text).map_err(|error| {
            vec![PolicyFault {
                line: line_of(text, error.span().map_or(0, |span| span.start)),
                reason: error.message().to_owned(),
            }]
        })?;
        let mut reader = Reader {
            text,
            faults: Vec::new(),
        };
        if file.version.get_ref().trim().is_empty() || file.version.get_ref().len() > 50 {
            reader.fault(&file.version, "`version` must be 1 to 50 characters");
        }
        if *file.maximum_extensions.get_ref() > 100 {
            reader.fault(&file.maximum_extensions, "`maximum_extensions` must be 0 to 100");
        }
        let reckoning = Reckoning {
            calendar: reader.calendar(&file.holidays),
            remind_days_before: reader.reminders(&file.reminders.days_before),
            remind_days_after: reader.reminders(&file.reminders.days_after),
        };
        let policy = Self {
            version: file.version.get_ref().clone(),
            maximum_extensions: *file.maximum_extensions.get_ref(),
            stalled_after_days: reader.days(&file.stalled_after_days, "stalled_after_days", LONGEST_DAYS),
            clocks: Lengths {
                confirm: reader.length(&file.clocks.confirm),
                order: reader.length(&file.clocks.order),
                plan_review: reader.length(&file.clocks.plan_review),
                extension: reader.length(&file.clocks.extension),
                review: reader.length(&file.clocks.review),
                sign_off: reader.length(&file.clocks.sign_off),
            },
            ladder: Ladder::read(&file.ladder, &mut |at, reason| reader.fault_at(at, reason)),
            tips: TipPolicy::read(&file.tips, &mut reader),
            mark: reckoning.mark(),
            reckoning,
        };
        if reader.faults.is_empty() {
            Ok(policy)
        } else {
            Err(reader.faults)
        }
    }

    /// What the clocks record.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How often the date of one order may be moved.
    pub fn maximum_extensions(&self) -> u32 {
        self.maximum_extensions
    }

    /// After how many days without an event an open hazard counts as stalled.
    pub fn stalled_after_days(&self) -> u32 {
        self.stalled_after_days
    }

    /// How many days before the end of what it owes a unit is reminded.
    pub fn remind_days_before(&self) -> &[u32] {
        &self.reckoning.remind_days_before
    }

    /// How many days after the end of what it owed a unit is reminded.
    pub fn remind_days_after(&self) -> &[u32] {
        &self.reckoning.remind_days_after
    }

    /// When policy calls for which rung.
    pub fn ladder(&self) -> &Ladder {
        &self.ladder
    }

    /// What it says of public tips.
    pub fn tips(&self) -> &TipPolicy {
        &self.tips
    }

    /// Working days.
    pub fn calendar(&self) -> &Calendar {
        &self.reckoning.calendar
    }

    /// What the days of a hazard are computed from.
    pub fn reckoning(&self) -> &Reckoning {
        &self.reckoning
    }

    /// Tells policies apart that give a hazard other days.
    pub fn mark(&self) -> Mark {
        self.mark
    }

    /// How long a clock may run. Those that end on the dates in the order have nothing left once that is past.
    pub fn budget(&self, kind: ClockKind) -> Budget {
        match kind {
            ClockKind::Confirm => self.clocks.confirm,
            ClockKind::Order => self.clocks.order,
            ClockKind::PlanReview => self.clocks.plan_review,
            ClockKind::Extension => self.clocks.extension,
            ClockKind::Review => self.clocks.review,
            ClockKind::SignOff => self.clocks.sign_off,
            ClockKind::Plan | ClockKind::Rectify => Budget::Days(0),
        }
    }
}

/// What reads the sections of a policy, and collects what is wrong with them.
pub(super) struct Reader<'a> {
    text: &'a str,
    faults: Vec<PolicyFault>,
}

impl Reader<'_> {
    pub(super) fn fault<T>(&mut self, at: &Spanned<T>, reason: impl Into<String>) {
        self.fault_at(at.span().start, reason);
    }

    fn fault_at(&mut self, offset: usize, reason: impl Into<String>) {
        self.faults.push(PolicyFault {
            line: line_of(self.text, offset),
            reason: reason.into(),
        });
    }

    pub(super) fn length(&mut self, length: &Spanned<Length>) -> Budget {
        let (days, budget) = match *length.get_ref() {
            Length::WorkingDays(days) => (days, Budget::WorkingDays(days)),
            Length::Days(days) => (days, Budget::Days(days)),
        };
        if !(1..=LONGEST_DAYS).contains(&days) {
            self.fault(length, "the length of a clock must be 1 to 366 days");
        }
        budget
    }

    pub(super) fn days(&mut self, days: &Spanned<u32>, name: &str, most: u32) -> u32 {
        if !(1..=most).contains(days.get_ref()) {
            self.fault(days, format!("`{name}` must be 1 to {most}"));
        }
        *days.get_ref()
    }

    fn reminders(&mut self, days: &Spanned<Vec<u32>>) -> Vec<u32> {
        let given = days.get_ref();
        let mut distinct = given.clone();
        distinct.sort_unstable();
        distinct.dedup();
        if distinct.len() != given.len() || distinct.len() > MOST_REMINDERS {
            self.fault(days, "reminders must be at most 20 different numbers of days");
        }
        if distinct.iter().any(|days| !(1..=LONGEST_DAYS).contains(days)) {
            self.fault(days, "a reminder must be 1 to 366 days before or after");
        }
        distinct
    }

    fn calendar(&mut self, years: &BTreeMap<Spanned<String>, Year>) -> Calendar {
        let mut calendar = Calendar::default();
        for (name, year) in years {
            let Ok(number) = name.get_ref().parse::<i32>() else {
                self.fault(name, format!("`{}` is not a year", name.get_ref()));
                continue;
            };
            if year.notice.get_ref().trim().is_empty() {
                self.fault(&year.notice, "`notice` must name the official notice");
            }
            let worked = year.worked.iter().filter_map(|day| self.worked(day, number)).collect();
            let off: Vec<(Day, String)> = year
                .off
                .iter()
                .flat_map(|holiday| self.holiday(holiday, number))
                .collect();
            calendar.add_year(number, off, worked);
        }
        calendar
    }

    fn worked(&mut self, text: &Spanned<String>, year: i32) -> Option<Day> {
        let day = self.day(text, text.get_ref())?;
        if day.year() != year || !day.is_weekend() {
            self.fault(text, format!("`{day}` is not a weekend day of {year}"));
            return None;
        }
        Some(day)
    }

    fn holiday(&mut self, holiday: &Spanned<Holiday>, year: i32) -> Vec<(Day, String)> {
        let entry = holiday.get_ref();
        let (Some(from), Some(to)) = (self.day(holiday, &entry.from), self.day(holiday, &entry.to)) else {
            return Vec::new();
        };
        let length = to.days_since(from);
        if from.year() != year || to.year() != year || !(0..LONGEST_HOLIDAY).contains(&length) {
            self.fault(holiday, format!("`{from}` to `{to}` is not a holiday of {year}"));
            return Vec::new();
        }
        std::iter::successors(Some(from), |day| (*day < to).then(|| day.next()))
            .map(|day| (day, entry.name.clone()))
            .collect()
    }

    fn day<T>(&mut self, at: &Spanned<T>, text: &str) -> Option<Day> {
        let day = text.parse().ok();
        if day.is_none() {
            self.fault(at, format!("`{text}` is not a day; write `YYYY-MM-DD`"));
        }
        day
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_policy_is_in_order() {
        let policy = Policy::embedded().unwrap();
        assert_eq!(policy.budget(ClockKind::Review), Budget::Days(10));
        assert_eq!(policy.calendar().years().collect::<Vec<_>>(), [2024, 2025, 2026]);
    }

    #[test]
    fn every_fault_is_told_with_its_line() {
        let text = Policy::EMBEDDED
            .replace("maximum_extensions = 2", "maximum_extensions = 1000")
            .replace("review = { days = 10 }", "review = { days = 0 }")
            .replace("\"2024-02-04\"", "\"2024-02-05\"");
        let faults = Policy::parse(&text).unwrap_err();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(faults.len(), 3);
        assert!(lines[faults[0].line - 1].starts_with("maximum_extensions"));
        for fault in &faults {
            assert!(fault.line > 1 && fault.line <= lines.len(), "{fault}");
        }
        let unknown = Policy::parse(&format!("colour = 1\n{}", Policy::EMBEDDED)).unwrap_err();
        assert_eq!(unknown[0].line, 1);
    }

    #[test]
    fn a_ladder_names_every_rung_once_and_each_later_than_the_one_below() {
        let shipped = Policy::embedded().unwrap();
        assert_eq!(shipped.ladder().rungs().len(), 4);
        for (rung, wrong, reason) in [
            (
                "circular",
                "circular\", working_days = 1",
                "`circular` must be called for later than `letter`",
            ),
            ("circular", "letter\", working_days = 5", "`letter` stands here twice"),
            (
                "exposure",
                "letter\", working_days = 20",
                "`letter` must stand before `interview`",
            ),
            (
                "letter",
                "letter\", working_days = 0",
                "`letter` must be called for after 1 to 250 working days",
            ),
            (
                "exposure",
                "exposure\", working_days = 251",
                "`exposure` must be called for after 1 to 250 working days",
            ),
            (
                "exposure",
                "shame\", working_days = 20",
                "`shame` is not a rung; there are `letter`, `circular`, `interview`, `exposure`",
            ),
        ] {
            let line = Policy::EMBEDDED
                .lines()
                .position(|line| line.contains(&format!("rung = \"{rung}\"")))
                .unwrap();
            let mut lines: Vec<String> = Policy::EMBEDDED.lines().map(str::to_owned).collect();
            lines[line] = format!("  {{ rung = \"{wrong} }},");
            let faults = Policy::parse(&lines.join("\n")).unwrap_err();
            let told = faults.iter().find(|fault| fault.reason.contains(reason));
            assert_eq!(told.map(|fault| fault.line), Some(line + 1), "{wrong}: {faults:?}");
        }
        let without = Policy::EMBEDDED.replace("  { rung = \"interview\", working_days = 10 },\n", "");
        let faults = Policy::parse(&without).unwrap_err();
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].reason, "`interview` is missing");
        assert!(without.lines().nth(faults[0].line - 1).unwrap().starts_with("rungs"));
        let late = Policy::EMBEDDED.replace("work_begins_at_hour = 9", "work_begins_at_hour = 24");
        assert_eq!(
            Policy::parse(&late).unwrap_err()[0].reason,
            "`work_begins_at_hour` must be 0 to 23"
        );
    }
}
