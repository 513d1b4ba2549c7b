//! What can stand in a cell, and how each kind of file writes it.

use std::borrow::Cow;

use serde::ser::{Serialize, Serializer};

use crate::values::{Day, Instant, Label, Language, Vocabulary, Yuan};

/// The value of one column of one hazard.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// There is none.
    Nothing,
    /// What somebody wrote, or a name that things have.
    Text(String),
    /// Several of these.
    Texts(Vec<String>),
    /// A code of a table.
    Code(Coded),
    /// Several of these.
    Codes(Vec<Coded>),
    /// A day in Asia/Shanghai.
    Day(Day),
    /// A moment.
    Moment(Instant),
    /// A count.
    Whole(i64),
    /// A place on the map, in degrees.
    Degrees(f64),
    /// Yuan.
    Money(Yuan),
    /// Yes or no.
    Truth(bool),
}

/// A code with what people call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coded {
    /// What programs read.
    pub code: &'static str,
    /// What people read.
    pub label: Label,
}

impl<T: Vocabulary> From<T> for Coded {
    fn from(value: T) -> Self {
        Self {
            code: value.code(),
            label: value.label(),
        }
    }
}

const YES: Label = Label { zh: "是", en: "yes" };
const NO: Label = Label { zh: "否", en: "no" };
/// Between values of one cell.
const BETWEEN: &str = "; ";

impl Cell {
    /// What a value that may be absent makes of its cell.
    pub fn of<T>(value: Option<T>, cell: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::Nothing, cell)
    }

    /// A text.
    pub fn text(value: impl ToString) -> Self {
        Self::Text(value.to_string())
    }

    /// A code.
    pub fn code(value: impl Vocabulary) -> Self {
        Self::Code(value.into())
    }

    /// What a person reads in it, where it is told in words; nothing for what a sheet knows a type for.
    pub fn words(&self, language: Language) -> Option<Cow<'_, str>> {
        let label = |coded: &Coded| coded.label.text(language);
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Texts(texts) => Some(Cow::Owned(texts.join(BETWEEN))),
            Self::Code(coded) => Some(Cow::Borrowed(label(coded))),
            Self::Codes(codes) => Some(Cow::Owned(codes.iter().map(label).collect::<Vec<_>>().join(BETWEEN))),
            Self::Truth(truth) => Some(Cow::Borrowed(if *truth { YES } else { NO }.text(language))),
            Self::Nothing | Self::Day(_) | Self::Moment(_) | Self::Whole(_) | Self::Degrees(_) | Self::Money(_) => None,
        }
    }
}

/// As programs read it: codes instead of words, moments in UTC.
impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Nothing => serializer.serialize_none(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Texts(texts) => texts.serialize(serializer),
            Self::Code(coded) => serializer.serialize_str(coded.code),
            Self::Codes(codes) => serializer.collect_seq(codes.iter().map(|coded| coded.code)),
            Self::Day(day) => day.serialize(serializer),
            Self::Moment(moment) => moment.serialize(serializer),
            Self::Whole(number) => serializer.serialize_i64(*number),
            Self::Degrees(degrees) => serializer.serialize_f64(*degrees),
            Self::Money(yuan) => yuan.serialize(serializer),
            Self::Truth(truth) => serializer.serialize_bool(*truth),
        }
    }
}

/// What a program for tables takes for the beginning of a formula, or drops and then looks behind, the wide forms of a Chinese
/// keyboard included.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Whether a program for tables might take a text for a formula.
pub fn looks_like_formula(text: &str) -> bool {
    text.starts_with(FORMULA)
}
