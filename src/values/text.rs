//! Bounded text: counted in characters, free of control characters.

use std::fmt;
use std::str::FromStr;

use super::fault::{FaultCode, text_value};

/// Text of 1 to `MAX` characters that is not blank. A `MULTILINE` text may hold line feeds, carriage returns and tabs;
/// every other control character is refused in both.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: usize, const MULTILINE: bool>(String);

/// A name: one line of at most 100 characters.
pub type Name = Text<100, false>;
/// A title, an address or a document number: one line of at most 200 characters.
pub type Title = Text<200, false>;
/// Running text of at most 4,000 characters.
pub type LongText = Text<4000, true>;

impl<const MAX: usize, const MULTILINE: bool> Text<MAX, MULTILINE> {
    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize, const MULTILINE: bool> FromStr for Text<MAX, MULTILINE> {
    type Err = FaultCode;

    fn from_str(text: &str) -> Result<Self, FaultCode> {
        let allowed = |c: char| MULTILINE && matches!(c, '\n' | '\r' | '\t');
        if text.trim().is_empty() {
            Err(FaultCode::Blank)
        } else if text.chars().any(|c| c.is_control() && !allowed(c)) {
            Err(FaultCode::ControlCharacter)
        } else if text.chars().nth(MAX).is_some() {
            Err(FaultCode::TooLong)
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

impl<const MAX: usize, const MULTILINE: bool> fmt::Display for Text<MAX, MULTILINE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

text_value!(Text<const MAX: usize, MULTILINE: bool>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_not_bytes() {
        assert!("隐".repeat(100).parse::<Name>().is_ok());
        assert_eq!("隐".repeat(101).parse::<Name>(), Err(FaultCode::TooLong));
    }

    #[test]
    fn controls_are_refused_but_long_text_keeps_its_lines() {
        assert_eq!("a\u{7}b".parse::<LongText>(), Err(FaultCode::ControlCharacter));
        assert_eq!("a\0b".parse::<Name>(), Err(FaultCode::ControlCharacter));
        assert_eq!("a\nb".parse::<Title>(), Err(FaultCode::ControlCharacter));
        assert!("a\r\n\tb".parse::<LongText>().is_ok());
    }

    #[test]
    fn blank_is_refused() {
        assert_eq!(" \u{3000}".parse::<Name>(), Err(FaultCode::Blank));
    }
}
