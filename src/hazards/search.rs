//! Search terms that both engines index alike.
//!
//! Chinese is cut into pairs of characters, other text into words. Each term is written as ASCII, so that neither
//! engine's own word splitter has anything left to decide; the last character of a run stands alone as well, so that a
//! term of one character can be looked for as the beginning of a pair.

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// No more terms of one text are looked for; more would only cost time.
const QUERY_LIMIT: usize = 32;

/// The terms of `texts`, each once, for the index.
pub fn tokens<T: AsRef<str>>(texts: &[T]) -> String {
    let mut terms = BTreeSet::new();
    for text in texts {
        for run in runs(text.as_ref()) {
            match run {
                Run::Word(word) => {
                    terms.insert(written(&word));
                }
                Run::Chinese(characters) => {
                    terms.extend(
                        characters
                            .windows(2)
                            .map(|pair| written(&pair.iter().collect::<String>())),
                    );
                    terms.extend(characters.last().map(|last| written(&last.to_string())));
                }
            }
        }
    }
    terms.into_iter().collect::<Vec<_>>().join(" ")
}

/// What is looked for; nothing when `query` holds neither a letter nor a digit.
pub fn terms(query: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    for run in runs(query) {
        match run {
            Run::Word(word) => terms.push(Term::beginning(&word)),
            Run::Chinese(characters) => match characters.as_slice() {
                [one] => terms.push(Term::beginning(&one.to_string())),
                many => terms.extend(
                    many.windows(2)
                        .map(|pair| Term::whole(&pair.iter().collect::<String>())),
                ),
            },
        }
    }
    terms.truncate(QUERY_LIMIT);
    terms
}

/// A term to look for, whole or as a beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    written: String,
    whole: bool,
}

impl Term {
    fn whole(text: &str) -> Self {
        Self {
            written: written(text),
            whole: true,
        }
    }

    fn beginning(text: &str) -> Self {
        Self {
            written: written(text),
            whole: false,
        }
    }
}

/// All of `terms` in the language of PostgreSQL's `to_tsquery`.
pub fn postgres_query(terms: &[Term]) -> String {
    let written: Vec<String> = terms
        .iter()
        .map(|term| format!("{}{}", term.written, if term.whole { "" } else { ":*" }))
        .collect();
    written.join(" & ")
}

/// All of `terms` in the language of SQLite's `MATCH`.
pub fn sqlite_query(terms: &[Term]) -> String {
    let written: Vec<String> = terms
        .iter()
        .map(|term| format!("\"{}\"{}", term.written, if term.whole { "" } else { " *" }))
        .collect();
    written.join(" AND ")
}

enum Run {
    Word(String),
    Chinese(Vec<char>),
}

fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut between = true;
    for character in text.chars().flat_map(char::to_lowercase) {
        if is_chinese(character) {
            match runs.last_mut() {
                Some(Run::Chinese(characters)) if !between => characters.push(character),
                _ => runs.push(Run::Chinese(vec![character])),
            }
            between = false;
        } else if character.is_alphanumeric() {
            match runs.last_mut() {
                Some(Run::Word(word)) if !between => word.push(character),
                _ => runs.push(Run::Word(character.to_string())),
            }
            between = false;
        } else {
            between = true;
        }
    }
    runs
}

/// The blocks of Chinese characters in use; letters of other scripts are words.
fn is_chinese(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

/// A letter and the UTF-8 bytes in hexadecimal: a beginning of the text is a beginning of this.
fn written(text: &str) -> String {
    let mut written = String::with_capacity(1 + text.len() * 2);
    written.push('x');
    for byte in text.bytes() {
        // Writing to a `String` cannot fail.
        let _ = write!(written, "{byte:02x}");
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(text: &str, query: &str) -> bool {
        let tokens = tokens(&[text]);
        terms(query).iter().all(|term| {
            tokens.split(' ').any(|token| {
                if term.whole {
                    token == term.written
                } else {
                    token.starts_with(&term.written)
                }
            })
        })
    }

    #[test]
    fn two_chinese_characters_are_enough_and_one_is_too() {
        let text = "二号车间有限空间未设警示标志，PAC-3 加药罐";
        for query in ["空间", "有限空间", "志", "警", "pac", "加药 车间", "3"] {
            assert!(matches(text, query), "{query}");
        }
        for query in ["间空", "三号", "罐加", "pad"] {
            assert!(!matches(text, query), "{query}");
        }
    }

    #[test]
    fn what_holds_no_letter_asks_for_nothing() {
        assert!(terms("—— \"' *;").is_empty());
    }

    #[test]
    fn no_query_can_leave_its_language() {
        let terms = terms("\" OR 1=1 -- 隐患");
        assert!(
            sqlite_query(&terms)
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "\" *".contains(c))
        );
        assert!(
            postgres_query(&terms)
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || " &:*".contains(c))
        );
    }
}
