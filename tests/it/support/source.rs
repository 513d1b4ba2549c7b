//! Rust source read as words: comments and the content of strings are gone, so that a rule about the code is never
//! broken by a sentence about it.

use std::fs;
use std::path::{Path, PathBuf};

/// One file of the repository.
pub struct SourceFile {
    /// Path from the root of the repository, with `/`.
    pub path: String,
    /// What it says, comments and strings included.
    pub said: String,
    /// Lines of the whole file, tests included.
    pub lines: usize,
    /// Identifiers, `::`, and every other sign alone.
    pub words: Vec<Word>,
}

/// One word, and the line it stands on (from 1).
pub struct Word {
    /// The word.
    pub text: String,
    /// Its line.
    pub line: usize,
}

/// A path that the code names, `use` trees expanded.
pub struct NamedPath {
    /// Its segments; a glob ends with `*`.
    pub segments: Vec<String>,
    /// The line it begins on.
    pub line: usize,
}

/// Root of the repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below `folder`, in the order of their paths.
pub fn files(folder: &str) -> Vec<SourceFile> {
    let mut found = Vec::new();
    collect(&root().join(folder), &mut found);
    found.sort();
    found.iter().map(|path| SourceFile::read(path)).collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

impl SourceFile {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self {
            path: path
                .strip_prefix(root())
                .unwrap()
                .display()
                .to_string()
                .replace('\\', "/"),
            lines: text.lines().count(),
            words: words(&text),
            said: text,
        }
    }

    /// Name of the file without its folder.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Every path that the file names.
    pub fn paths(&self) -> Vec<NamedPath> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < self.words.len() {
            let continues = at > 1 && self.text(at - 1) == "::" && is_identifier(self.text(at - 2));
            if is_identifier(self.text(at)) && !continues {
                at = self.branch(at, &[], &mut found);
            } else {
                at += 1;
            }
        }
        found
    }

    /// The word at that place, or nothing behind the end.
    pub fn text(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |word| word.text.as_str())
    }

    /// Reads one path or one branch of a `use` tree and returns the place behind it.
    fn branch(&self, mut at: usize, stem: &[String], found: &mut Vec<NamedPath>) -> usize {
        let mut segments = stem.to_vec();
        let line = self.words.get(at).map_or(0, |word| word.line);
        loop {
            if self.text(at) == "{" {
                at += 1;
                while at < self.words.len() && self.text(at) != "}" {
                    at = match self.text(at) {
                        "as" => at + 2,
                        "," => at + 1,
                        _ => self.branch(at, &segments, found).max(at + 1),
                    };
                }
                return at + 1;
            }
            segments.push(self.text(at).to_owned());
            at += 1;
            let goes_on =
                self.text(at) == "::" && (is_identifier(self.text(at + 1)) || matches!(self.text(at + 1), "{" | "*"));
            if !goes_on {
                found.push(NamedPath { segments, line });
                return at;
            }
            at += 1;
        }
    }
}

/// True for a name, `r#` names included.
pub fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The words of a source text.
pub fn words(text: &str) -> Vec<Word> {
    let mut reader = Reader {
        rest: text.chars().collect(),
        at: 0,
        line: 1,
        words: Vec::new(),
    };
    reader.run();
    reader.words
}

struct Reader {
    rest: Vec<char>,
    at: usize,
    line: usize,
    words: Vec<Word>,
}

impl Reader {
    fn run(&mut self) {
        while let Some(c) = self.peek(0) {
            let next = self.peek(1);
            match c {
                '/' if next == Some('/') => self.skip_while(|c| c != '\n'),
                '/' if next == Some('*') => self.block_comment(),
                '"' => self.text(),
                '\'' => self.quote(),
                'r' | 'b' | 'c' if self.is_prefixed_text() => self.prefixed_text(),
                ':' if next == Some(':') => {
                    self.push("::".to_owned());
                    self.step();
                    self.step();
                }
                c if c.is_alphanumeric() || c == '_' => self.word(),
                c if c.is_whitespace() => self.step(),
                c => {
                    self.push(c.to_string());
                    self.step();
                }
            }
        }
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.rest.get(self.at + ahead).copied()
    }

    fn step(&mut self) {
        if self.peek(0) == Some('\n') {
            self.line += 1;
        }
        self.at += 1;
    }

    fn skip_while(&mut self, wanted: impl Fn(char) -> bool) {
        while self.peek(0).is_some_and(&wanted) {
            self.step();
        }
    }

    fn push(&mut self, text: String) {
        self.words.push(Word { text, line: self.line });
    }

    fn word(&mut self) {
        let from = self.at;
        self.skip_while(|c| c.is_alphanumeric() || c == '_');
        let word = self.rest[from..self.at].iter().collect();
        self.push(word);
    }

    /// Block comments nest.
    fn block_comment(&mut self) {
        let mut depth = 0;
        while self.peek(0).is_some() {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => {
                    depth += 1;
                    self.step();
                }
                (Some('*'), Some('/')) => {
                    depth -= 1;
                    self.step();
                }
                _ => {}
            }
            self.step();
            if depth == 0 {
                return;
            }
        }
    }

    fn text(&mut self) {
        self.step();
        while let Some(c) = self.peek(0) {
            if c == '\\' {
                self.step();
            }
            self.step();
            if c == '"' {
                return;
            }
        }
    }

    /// A lifetime or a character: a character has its second quote one sign on, or begins with a backslash.
    fn quote(&mut self) {
        if self.peek(1) == Some('\\') {
            self.step();
            self.step();
            self.step();
            self.skip_while(|c| c != '\'');
            self.step();
        } else if self.peek(2) == Some('\'') {
            self.at += 3;
        } else {
            self.step();
        }
    }

    /// True at `b"`, `r"`, `r#"`, `br##"` and the like, false at a name that begins with such a letter.
    fn is_prefixed_text(&self) -> bool {
        let mut ahead = 0;
        while matches!(self.peek(ahead), Some('b' | 'c' | 'r')) && ahead < 2 {
            ahead += 1;
        }
        while self.peek(ahead) == Some('#') {
            ahead += 1;
        }
        self.peek(ahead) == Some('"')
    }

    fn prefixed_text(&mut self) {
        let mut raw = false;
        while let Some(c @ ('b' | 'c' | 'r')) = self.peek(0) {
            raw |= c == 'r';
            self.step();
        }
        if !raw {
            return self.text();
        }
        let mut hashes = 0;
        while self.peek(0) == Some('#') {
            hashes += 1;
            self.step();
        }
        self.step();
        while self.peek(0).is_some() {
            let ends = self.peek(0) == Some('"') && (1..=hashes).all(|ahead| self.peek(ahead) == Some('#'));
            self.step();
            if ends {
                (0..hashes).for_each(|_| self.step());
                return;
            }
        }
    }
}

#[test]
fn words_leave_out_comments_and_strings() {
    let source = concat!(
        "use a::{b::C, d as e}; // x::y\n/* p::q /* r::s */ */ ",
        "let t = \"u::v\"; r#\"w\"x\"#; b'y'; 'z'; &'l str; '\\'';"
    );
    let words: Vec<_> = words(source).into_iter().map(|word| word.text).collect();
    assert_eq!(
        words.join(" "),
        "use a :: { b :: C , d as e } ; let t = ; ; b ; ; & l str ; ;"
    );
}
