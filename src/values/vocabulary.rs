//! Closed lists of codes: the enumerations of the contract, each code with its Chinese and English label.
//!
//! An enumeration is written once, with [`vocabulary!`]; the wire form, the column form, the code table and the
//! OpenAPI schema are read from it. To add a code, add a line; the compiler then names every place that must think
//! about it.

use super::label::Label;

/// An enumeration whose values have a stable `snake_case` code and a label in both languages.
pub trait Vocabulary: Copy + Eq + Sized + Send + Sync + 'static {
    /// Name of the code table under `/v1/dictionaries`.
    const NAME: &'static str;
    /// Every value, in the order of the contract.
    const ALL: &'static [Self];
    /// Every code, in the same order as [`Vocabulary::ALL`].
    const CODES: &'static [&'static str];

    /// The code that stands on the wire and in the database.
    fn code(self) -> &'static str;

    /// What a person calls it.
    fn label(self) -> Label;

    /// The value of a code, or nothing when the list does not hold it.
    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.code() == code)
    }
}

/// Declares a [`Vocabulary`]: `Variant = "code", "中文", "English";`.
macro_rules! vocabulary {
    (
        $(#[$meta:meta])*
        pub enum $name:ident in $table:literal {
            $($(#[$variant_meta:meta])* $variant:ident = $code:literal, $zh:literal, $en:literal;)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_meta])* #[doc = concat!($zh, ": ", $en)] $variant,)+
        }

        impl $crate::values::Vocabulary for $name {
            const NAME: &'static str = $table;
            const ALL: &'static [Self] = &[$(Self::$variant,)+];
            const CODES: &'static [&'static str] = &[$($code,)+];

            fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            fn label(self) -> $crate::values::Label {
                match self {
                    $(Self::$variant => $crate::values::Label { zh: $zh, en: $en },)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad($crate::values::Vocabulary::code(*self))
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::values::FaultCode;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::values::Vocabulary::from_code(text).ok_or($crate::values::FaultCode::UnknownValue)
            }
        }

        $crate::values::fault::text_value!($name);
    };
}

pub(crate) use vocabulary;
