//! A text of a model story, cut where a copy of the story has something else: ids, names, places, days, moments.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use major_hazards::values::{Day, Instant};
use uuid::Uuid;

use super::places::Unit;

/// Microseconds of a day.
pub const DAY_MICROS: i64 = 86_400_000_000;
/// Days from 1970 to 2000.
const DAYS_TO_2000: i64 = 10_957;
/// Stands before the number of a house in the sample.
const HOUSE: &str = "示例";

/// No slot but a hash and a name is longer.
const SLOT_LENGTH: usize = 36;

/// What a copy has of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// One of the copy's ids: 0 is the hazard.
    Id(usize),
    /// Digest of one of the copy's pieces of evidence.
    Digest(usize),
    Number,
    UnitId,
    Uscc,
    UnitName,
    /// Twelve digits.
    Community,
    /// Beginning of the codes of the street's authorities.
    StreetCode,
    /// Beginning of the codes of the county's authorities.
    CountyCode,
    /// County and street in words.
    Quarter,
    House,
    /// Days since 2000 in the model.
    Day(i64),
    /// Microseconds since 1970 in the model.
    Moment(i64),
    /// Of the event that is being written, in base64url.
    Salt,
    /// Hash of the event before, in base64url.
    Previous,
}

/// One copy of a story.
#[derive(Debug)]
pub struct Copy<'a> {
    pub ids: Vec<Uuid>,
    pub digests: Vec<[u8; 32]>,
    pub number: String,
    pub unit: &'a Unit,
    /// By how many days it plays later than the model.
    pub days: i64,
    /// And by how many microseconds more: as many days, and a part of one.
    pub micros: i64,
}

/// What binds the event that is being written.
#[derive(Debug, Default, Clone, Copy)]
pub struct Link {
    pub salt: [u8; 16],
    pub previous: Option<[u8; 32]>,
}

#[derive(Debug, Clone)]
enum Part {
    Fixed(String),
    Slot(Slot),
}

/// A text with slots.
#[derive(Debug, Clone, Default)]
pub struct Pattern(Vec<Part>);

impl Pattern {
    /// Cuts `text` at everything that `known` names and at every day and moment. Longer names must stand first.
    pub fn cut(text: &str, known: &[(String, Slot)]) -> Self {
        let mut parts = Vec::new();
        let mut fixed = String::new();
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            let found = known
                .iter()
                .find(|(name, _)| rest.starts_with(name.as_str()))
                .map(|(name, slot)| (name.len(), *slot))
                .or_else(|| moment(rest))
                .or_else(|| day(rest));
            let step = if let Some((length, slot)) = found {
                parts.push(Part::Fixed(std::mem::take(&mut fixed)));
                parts.push(Part::Slot(slot));
                length
            } else if let Some(length) = house(rest) {
                fixed.push_str(HOUSE);
                parts.push(Part::Fixed(std::mem::take(&mut fixed)));
                parts.push(Part::Slot(Slot::House));
                length
            } else {
                fixed.push(next);
                next.len_utf8()
            };
            rest = rest.get(step..).unwrap_or_default();
        }
        parts.push(Part::Fixed(fixed));
        Self(parts)
    }

    /// The text of a copy.
    pub fn text(&self, copy: &Copy<'_>, link: Link, days: &Days) -> String {
        let length = self.0.iter().map(|part| match part {
            Part::Fixed(fixed) => fixed.len(),
            Part::Slot(_) => SLOT_LENGTH,
        });
        let mut text = String::with_capacity(length.sum());
        for part in &self.0 {
            match part {
                Part::Fixed(fixed) => text.push_str(fixed),
                Part::Slot(slot) => write(&mut text, *slot, copy, link, days),
            }
        }
        text
    }
}

fn write(text: &mut String, slot: Slot, copy: &Copy<'_>, link: Link, days: &Days) {
    let unit = copy.unit;
    // Writing to a `String` cannot fail.
    let _ = match slot {
        Slot::Id(place) => write!(
            text,
            "{}",
            copy.ids.get(place).copied().unwrap_or_default().hyphenated()
        ),
        Slot::Digest(place) => copy
            .digests
            .get(place)
            .into_iter()
            .flatten()
            .try_for_each(|byte| write!(text, "{byte:02x}")),
        Slot::Number => text.write_str(&copy.number),
        Slot::UnitId => write!(text, "{}", unit.id.hyphenated()),
        Slot::Uscc => text.write_str(&unit.uscc),
        Slot::UnitName => text.write_str(&unit.name),
        Slot::Community => text.write_str(&unit.community),
        Slot::StreetCode => write!(text, "s{}", unit.street()),
        Slot::CountyCode => write!(text, "c{}", unit.county()),
        Slot::Quarter => text.write_str(&unit.quarter),
        Slot::House => write!(text, "{}", unit.house),
        Slot::Day(day) => text.write_str(days.text(day + copy.days)),
        Slot::Moment(micros) => days.write_moment(text, micros + copy.micros),
        Slot::Salt => text.write_str(&URL_SAFE_NO_PAD.encode(link.salt)),
        Slot::Previous => text.write_str(&URL_SAFE_NO_PAD.encode(link.previous.unwrap_or_default())),
    };
}

/// A day at the beginning of `text`. The day that never comes stays as it is.
fn day(text: &str) -> Option<(usize, Slot)> {
    let day: Day = text.get(..10)?.parse().ok()?;
    let goes_on = text.get(10..)?.starts_with(|next: char| next.is_ascii_digit());
    (day != Day::NEVER && !goes_on).then_some((10, Slot::Day(day.days_since_2000())))
}

/// A moment at the beginning of `text`, as the service writes it.
fn moment(text: &str) -> Option<(usize, Slot)> {
    let written = text.get(..27)?;
    let looks_so = written.ends_with('Z') && written.as_bytes().get(10) == Some(&b'T');
    let moment: Instant = looks_so.then(|| written.parse().ok())??;
    Some((27, Slot::Moment(moment.micros())))
}

/// The sample's word for a house and its number.
fn house(text: &str) -> Option<usize> {
    let rest = text.strip_prefix(HOUSE)?;
    let number = rest.split_once('号')?.0;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(HOUSE.len() + number.len())
}

/// The days of these decades, written once.
#[derive(Debug)]
pub struct Days(Vec<String>);

impl Days {
    pub fn new() -> Self {
        let written = |day| Day::from_days_since_2000(day).map(|day| day.to_string());
        Self((0..20_000).map_while(written).collect())
    }

    fn text(&self, day: i64) -> &str {
        usize::try_from(day)
            .ok()
            .and_then(|day| self.0.get(day))
            .map_or("9999-12-31", String::as_str)
    }

    fn write_moment(&self, text: &mut String, micros: i64) -> std::fmt::Result {
        let day = self.text(micros.div_euclid(DAY_MICROS) - DAYS_TO_2000);
        let within = micros.rem_euclid(DAY_MICROS);
        let (seconds, fraction) = (within / 1_000_000, within % 1_000_000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(text, "{day}T{hour:02}:{minute:02}:{second:02}.{fraction:06}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit() -> Unit {
        Unit {
            id: Uuid::nil(),
            uscc: "91370302L00000002A".to_owned(),
            name: "第2厂".to_owned(),
            community: "370302011001".to_owned(),
            quarter: "淄川区第11街道".to_owned(),
            house: 242,
        }
    }

    #[test]
    fn a_copy_plays_later_and_elsewhere() {
        let known = [
            ("370303009001".to_owned(), Slot::Community),
            ("张店区科苑街道".to_owned(), Slot::Quarter),
        ];
        let model =
            "张店区科苑街道兴学街示例1号 370303009001 2024-02-28 2024-02-28T23:59:59.999999Z 9999-12-31 示例证-0001";
        let unit = unit();
        let copy = Copy {
            ids: Vec::new(),
            digests: Vec::new(),
            number: String::new(),
            unit: &unit,
            days: 2,
            micros: 2 * DAY_MICROS + 1,
        };
        assert_eq!(
            Pattern::cut(model, &known).text(&copy, Link::default(), &Days::new()),
            "淄川区第11街道兴学街示例242号 370302011001 2024-03-01 2024-03-02T00:00:00.000000Z 9999-12-31 示例证-0001"
        );
    }
}
