//! One fault of an input, and the list of all of them.
//!
//! A caller is told everything that is wrong with a body or a query at once: readers collect into [`Faults`] and only
//! then refuse.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::ControlFlow;

use deserr::{DeserializeError, ErrorKind, IntoValue, MergeWithError, ValuePointerRef};

use super::label::{Label, Language};

/// Why one member of an input cannot be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultCode {
    /// The member is not part of the contract.
    UnknownField,
    /// A required member is absent.
    Missing,
    /// The JSON kind is wrong, for example a number where a text belongs.
    WrongType,
    /// The code is not in the list.
    UnknownValue,
    /// Text over its limit, counted in characters.
    TooLong,
    /// Empty or only white space.
    Blank,
    /// A control character, which no text may hold.
    ControlCharacter,
    /// Not of the form that the member has.
    BadFormat,
    /// The check character of a code does not fit.
    BadChecksum,
    /// A number or date outside its range.
    OutOfRange,
    /// A list over its limit.
    TooMany,
    /// A list under its minimum.
    TooFew,
    /// The same value twice.
    Duplicate,
    /// Members that contradict each other.
    Contradiction,
    /// Something named that is not on record, or that the caller may not know.
    NotFound,
    /// A member that cannot be changed.
    ReadOnly,
    /// Names a member that this caller may not send.
    NotAllowed,
}

impl FaultCode {
    /// Every code, for the dictionary of codes.
    pub const ALL: &'static [Self] = &[
        Self::UnknownField,
        Self::Missing,
        Self::WrongType,
        Self::UnknownValue,
        Self::TooLong,
        Self::Blank,
        Self::ControlCharacter,
        Self::BadFormat,
        Self::BadChecksum,
        Self::OutOfRange,
        Self::TooMany,
        Self::TooFew,
        Self::Duplicate,
        Self::Contradiction,
        Self::NotFound,
        Self::ReadOnly,
        Self::NotAllowed,
    ];

    /// The code on the wire.
    pub fn code(self) -> &'static str {
        match self {
            Self::UnknownField => "unknown_field",
            Self::Missing => "missing",
            Self::WrongType => "wrong_type",
            Self::UnknownValue => "unknown_value",
            Self::TooLong => "too_long",
            Self::Blank => "blank",
            Self::ControlCharacter => "control_character",
            Self::BadFormat => "bad_format",
            Self::BadChecksum => "bad_checksum",
            Self::OutOfRange => "out_of_range",
            Self::TooMany => "too_many",
            Self::TooFew => "too_few",
            Self::Duplicate => "duplicate",
            Self::Contradiction => "contradiction",
            Self::NotFound => "not_found",
            Self::ReadOnly => "read_only",
            Self::NotAllowed => "not_allowed",
        }
    }

    /// A sentence for a person.
    pub fn label(self) -> Label {
        let (zh, en) = match self {
            Self::UnknownField => ("没有这个成员", "there is no such member"),
            Self::Missing => ("缺少必填成员", "a required member is missing"),
            Self::WrongType => ("JSON 类型不符", "the JSON kind is wrong"),
            Self::UnknownValue => ("取值不在代码表内", "the value is not in the list"),
            Self::TooLong => ("超过字数上限", "longer than the limit, counted in characters"),
            Self::Blank => ("不能为空", "must not be blank"),
            Self::ControlCharacter => ("含有控制字符", "holds a control character"),
            Self::BadFormat => ("格式不符", "not of the expected form"),
            Self::BadChecksum => ("校验码不符", "the check character does not fit"),
            Self::OutOfRange => ("超出取值范围", "outside the allowed range"),
            Self::TooMany => ("条数超过上限", "more entries than allowed"),
            Self::TooFew => ("条数不足", "fewer entries than required"),
            Self::Duplicate => ("重复", "given more than once"),
            Self::Contradiction => ("与其他成员矛盾", "contradicts another member"),
            Self::NotFound => ("查无此项", "not on record"),
            Self::ReadOnly => ("不可修改", "cannot be changed"),
            Self::NotAllowed => ("无权提交该成员", "this caller may not send the member"),
        };
        Label { zh, en }
    }
}

/// One fault: where, what, and a hint that does not depend on the language (a limit, the accepted codes).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// RFC 6901 pointer into the body, or `?name` for a query parameter.
    pub pointer: String,
    /// What is wrong.
    pub code: FaultCode,
    /// For example the limit, or the accepted values.
    pub hint: Option<Cow<'static, str>>,
}

impl Fault {
    /// A fault at `pointer` without a hint.
    pub fn new(pointer: impl Into<String>, code: FaultCode) -> Self {
        Self {
            pointer: pointer.into(),
            code,
            hint: None,
        }
    }

    /// The same fault with a hint.
    #[must_use]
    pub fn hinting(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The sentence for a person, with the hint behind it.
    pub fn detail(&self, language: Language) -> String {
        let mut detail = self.code.label().text(language).to_owned();
        if let Some(hint) = &self.hint {
            match language {
                Language::Chinese => {
                    detail.push('：');
                    detail.push_str(hint);
                }
                Language::English => {
                    detail.push_str(": ");
                    detail.push_str(hint);
                }
            }
        }
        detail
    }
}

/// Every fault of one input, in the order of reading.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    /// Adds one.
    pub fn push(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Adds one at `pointer`.
    pub fn add(&mut self, pointer: impl Into<String>, code: FaultCode) {
        self.push(Fault::new(pointer, code));
    }

    /// `value` when nothing was found wrong, else all that was.
    pub fn none_or<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

impl MergeWithError<Self> for Faults {
    fn merge(self_: Option<Self>, other: Self, _: ValuePointerRef) -> ControlFlow<Self, Self> {
        let mut faults = self_.unwrap_or_default();
        faults.0.extend(other.0);
        ControlFlow::Continue(faults)
    }
}

impl DeserializeError for Faults {
    fn error<V: IntoValue>(
        self_: Option<Self>,
        error: ErrorKind<V>,
        location: ValuePointerRef,
    ) -> ControlFlow<Self, Self> {
        let at = pointer(location);
        let fault = match error {
            ErrorKind::IncorrectValueKind { accepted, .. } => {
                let kinds: Vec<String> = accepted.iter().map(ToString::to_string).collect();
                Fault::new(at, FaultCode::WrongType).hinting(kinds.join(" | "))
            }
            ErrorKind::MissingField { field } => Fault::new(joined(&at, field), FaultCode::Missing),
            ErrorKind::UnknownKey { key, .. } => Fault::new(joined(&at, key), FaultCode::UnknownField),
            ErrorKind::UnknownValue { accepted, .. } => {
                Fault::new(at, FaultCode::UnknownValue).hinting(accepted.join(", "))
            }
            ErrorKind::BadSequenceLen { expected, .. } => {
                Fault::new(at, FaultCode::OutOfRange).hinting(expected.to_string())
            }
            ErrorKind::Unexpected { .. } => Fault::new(at, FaultCode::BadFormat),
        };
        let mut faults = self_.unwrap_or_default();
        faults.push(fault);
        ControlFlow::Continue(faults)
    }
}

/// The RFC 6901 pointer of a place that is being read.
pub fn pointer(location: ValuePointerRef) -> String {
    match location {
        ValuePointerRef::Origin => String::new(),
        ValuePointerRef::Key { key, prev } => joined(&pointer(*prev), key),
        ValuePointerRef::Index { index, prev } => {
            let mut text = pointer(*prev);
            // Writing to a `String` cannot fail.
            let _ = write!(text, "/{index}");
            text
        }
    }
}

/// `base` followed by the member `key`, escaped after RFC 6901.
pub fn joined(base: &str, key: &str) -> String {
    format!("{base}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// A fault at the place that is being read; for hand-written readers.
pub fn fault_at(location: ValuePointerRef, code: FaultCode) -> Faults {
    Fault::new(pointer(location), code).into()
}

/// A type that is a text on the wire: its `FromStr` (with [`FaultCode`] as error) checks it, its `Display` writes it.
/// Gives it `Serialize`, `Deserialize` and the body reader.
macro_rules! text_value {
    ($name:ident $(<const $($param:ident : $kind:ty),+>)?) => {
        impl $(<$(const $param: $kind),+>)? serde::Serialize for $name $(<$($param),+>)? {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de $($(, const $param: $kind)+)?> serde::Deserialize<'de> for $name $(<$($param),+>)? {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(|code: $crate::values::FaultCode| {
                    serde::de::Error::custom(format_args!("{}: {}", stringify!($name), code.code()))
                })
            }
        }

        impl $(<$(const $param: $kind),+>)? deserr::Deserr<$crate::values::Faults> for $name $(<$($param),+>)? {
            fn deserialize_from_value<V: deserr::IntoValue>(
                value: deserr::Value<V>,
                location: deserr::ValuePointerRef,
            ) -> Result<Self, $crate::values::Faults> {
                let text = <String as deserr::Deserr<$crate::values::Faults>>::deserialize_from_value(value, location)?;
                text.parse().map_err(|code| $crate::values::fault::fault_at(location, code))
            }
        }
    };
}

pub(crate) use text_value;
