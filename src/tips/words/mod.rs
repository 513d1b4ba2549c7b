//! Words that come after a tip: messages both ways, and what officers write with their actions. Each lies sealed, bound to
//! its tip and to the event that it came with.

mod store;

use serde_json::Value;

pub use self::store::{add, count, find, forget, of_tip};
use super::vault::{Key, Sealed};
use crate::store::Failure;
use crate::values::vocabulary::vocabulary;
use crate::values::{Day, TipId, TipWordsId};

vocabulary! {
    /// Who wrote a message.
    pub enum Author in "tip_authors" {
        Tipster = "tipster", "举报人", "the tipster";
        Officer = "officer", "受理人员", "the officer";
    }
}

vocabulary! {
    /// What words are.
    pub enum WordsKind in "tip_words" {
        Tipster = "tipster", "举报人留言", "a message of the tipster";
        Officer = "officer", "受理人员留言", "a message of an officer";
        Action = "action", "办理意见", "what an officer wrote with an action";
    }
}

/// Words, open.
#[derive(Clone, PartialEq, Eq)]
pub struct Words {
    /// The event that they came with.
    pub version: i64,
    /// What they are.
    pub kind: WordsKind,
    /// The day.
    pub written_on: Day,
    /// The words; an object of the body's members where they came with an action.
    pub text: Value,
}

/// Words as they are kept.
#[derive(Debug, Clone)]
pub struct SealedWords {
    /// Their id.
    pub id: TipWordsId,
    /// The event that they came with.
    pub version: i64,
    /// What they are.
    pub kind: WordsKind,
    /// The day.
    pub written_on: Day,
    /// Sealed.
    pub sealed: Sealed,
}

impl Words {
    /// The message; nothing for the words of an action.
    pub fn message(&self) -> Option<(Author, &str)> {
        let author = match self.kind {
            WordsKind::Tipster => Author::Tipster,
            WordsKind::Officer => Author::Officer,
            WordsKind::Action => return None,
        };
        self.text.as_str().map(|text| (author, text))
    }

    /// A member of what an officer wrote with an action.
    pub fn member(&self, name: &str) -> Option<&str> {
        match self.kind {
            WordsKind::Action => self.text.get(name).and_then(Value::as_str),
            WordsKind::Tipster | WordsKind::Officer => None,
        }
    }

    /// Seals them.
    ///
    /// # Errors
    /// When they cannot be sealed.
    pub fn seal(&self, key: &Key, tip: TipId, id: TipWordsId) -> Result<SealedWords, Failure> {
        Ok(SealedWords {
            id,
            version: self.version,
            kind: self.kind,
            written_on: self.written_on,
            sealed: key.seal_value(&about(tip, self.version), &self.text)?,
        })
    }
}

impl SealedWords {
    /// Opens them.
    ///
    /// # Errors
    /// When the key is another.
    pub fn open(&self, key: &Key, tip: TipId) -> Result<Words, Failure> {
        Ok(Words {
            version: self.version,
            kind: self.kind,
            written_on: self.written_on,
            text: key.open_value(&about(tip, self.version), &self.sealed)?,
        })
    }
}

fn about(tip: TipId, version: i64) -> String {
    format!("tip/{tip}/words/{version}")
}
