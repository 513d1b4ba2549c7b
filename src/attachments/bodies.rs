//! Evidence as a client announces it.

use std::fmt;
use std::str::FromStr;

use deserr::{Deserr, ValuePointerRef};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::object::hexadecimal;
use super::sniff;
use crate::values::fault::{joined, pointer, text_value};
use crate::values::{AttachmentId, Fault, FaultCode, Faults};

/// Bytes of the largest file that may be announced, which is the most that a resumable upload takes by default.
const LARGEST: i64 = 512 * 1024 * 1024;

/// Longest name of a file, in characters.
const LONGEST_NAME: usize = 200;

/// Evidence that is announced before its bytes are here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields, validate = sound -> Faults)]
pub struct Declared {
    /// A UUIDv7 of the client's own.
    pub id: AttachmentId,
    /// SHA-256 of the bytes, in hexadecimal.
    #[schema(value_type = String, example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", min_length = 64, max_length = 64)]
    pub sha256: Fingerprint,
    /// How many bytes.
    #[schema(example = 245_760, minimum = 1, maximum = 536_870_912)]
    pub size: i64,
    /// What they are, one of the media types of `POST /v1/attachments`.
    #[schema(example = "image/jpeg", max_length = 100)]
    pub media_type: String,
    /// Name of the file.
    #[deserr(default)]
    #[schema(value_type = Option<String>, example = "配电室.jpg", max_length = 200)]
    pub filename: Option<FileName>,
}

fn sound(declared: Declared, at: ValuePointerRef<'_>) -> Result<Declared, Faults> {
    let at = pointer(at);
    let mut faults = Faults::default();
    if !declared.id.is_time_ordered() {
        faults.push(Fault::new(joined(&at, "id"), FaultCode::BadFormat).hinting("UUIDv7"));
    }
    if !(1..=LARGEST).contains(&declared.size) {
        faults.push(Fault::new(joined(&at, "size"), FaultCode::OutOfRange).hinting("1..536870912"));
    }
    if sniff::known(&declared.media_type).is_none() {
        faults.push(Fault::new(joined(&at, "media_type"), FaultCode::UnknownValue));
    }
    faults.none_or(declared)
}

/// SHA-256 of bytes; on the wire 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub [u8; 32]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hexadecimal(&self.0))
    }
}

impl FromStr for Fingerprint {
    type Err = FaultCode;

    fn from_str(text: &str) -> Result<Self, FaultCode> {
        let digits = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let mut bytes = [0; 32];
        if text.len() != 2 * bytes.len() {
            return Err(FaultCode::BadFormat);
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = pair
                .iter()
                .try_fold(0, |value, digit| Some(value << 4 | digits(*digit)?))
                .ok_or(FaultCode::BadFormat)?;
        }
        Ok(Self(bytes))
    }
}

text_value!(Fingerprint);

/// Name of a file that is no path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName(String);

impl FileName {
    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for FileName {
    type Err = FaultCode;

    fn from_str(text: &str) -> Result<Self, FaultCode> {
        if text.trim().is_empty() {
            Err(FaultCode::Blank)
        } else if text.chars().any(char::is_control) {
            Err(FaultCode::ControlCharacter)
        } else if text.contains(['/', '\\']) {
            Err(FaultCode::BadFormat)
        } else if text.chars().nth(LONGEST_NAME).is_some() {
            Err(FaultCode::TooLong)
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

text_value!(FileName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_64_hexadecimal_digits() {
        let text = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        assert_eq!(
            text.parse::<Fingerprint>().map(|read| read.to_string()),
            Ok(text.to_owned())
        );
        for wrong in ["", "9f", &text.replace('9', "g"), &format!("{text}0"), &"é".repeat(32)] {
            assert_eq!(wrong.parse::<Fingerprint>(), Err(FaultCode::BadFormat), "{wrong}");
        }
    }

    #[test]
    fn the_name_of_a_file_is_no_path() {
        assert!("整改后.jpg".parse::<FileName>().is_ok());
        for wrong in ["", " ", "../a", "a\\b", "a\nb", &"a".repeat(LONGEST_NAME + 1)] {
            assert!(wrong.parse::<FileName>().is_err(), "{wrong}");
        }
    }
}
