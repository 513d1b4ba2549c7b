//! Text in the two languages of the service.

use serde::Serialize;

/// A sentence or name in Chinese and in English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Label {
    /// Chinese, the language of the record.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

/// The languages an answer can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// `zh-CN`, the default.
    #[default]
    Chinese,
    /// `en`.
    English,
}

impl Language {
    /// The tag that stands in `Content-Language`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }
}

impl Label {
    /// The text in `language`.
    pub fn text(self, language: Language) -> &'static str {
        match language {
            Language::Chinese => self.zh,
            Language::English => self.en,
        }
    }
}
