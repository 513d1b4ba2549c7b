//! The form of codes that people give to things: authorities, standards and their clauses, checklists and their items.

use super::fault::FaultCode;

/// The longest code.
const LONGEST: usize = 64;

/// Checks the form of a code: 1 to 64 ASCII letters, digits, `.`, `_` and `-`, a letter or digit first.
///
/// # Errors
/// What is wrong with it.
pub fn check(text: &str) -> Result<(), FaultCode> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if text.is_empty() {
        Err(FaultCode::Blank)
    } else if text.len() > LONGEST {
        Err(FaultCode::TooLong)
    } else if text.bytes().all(allowed) && text.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        Ok(())
    } else {
        Err(FaultCode::BadFormat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_short_and_of_plain_characters() {
        assert_eq!(check("MEM10-2023"), Ok(()));
        assert_eq!(check(&"a".repeat(64)), Ok(()));
        assert_eq!(check(&"a".repeat(65)), Err(FaultCode::TooLong));
        assert_eq!(check(""), Err(FaultCode::Blank));
        for wrong in ["-a", ".a", "a b", "a/b", "条款", "a\u{0}"] {
            assert_eq!(check(wrong), Err(FaultCode::BadFormat), "{wrong}");
        }
    }
}
