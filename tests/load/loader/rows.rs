//! Rows to be written, and the cells of the model that they are made of.

use super::pattern::{Copy, Days, Link, Pattern};

/// The tables that are copied. What a row refers to stands before it.
pub const TABLES: &[&str] = &[
    "enterprises",
    "attachments",
    "hazards",
    "hazard_measures",
    "hazard_reopenings",
    "hazard_penalties",
    "hazard_criteria",
    "hazard_campaigns",
    "hazard_attachments",
    "hazard_search",
    "events",
    "outbox",
];

/// Place of the journal in [`TABLES`].
pub const EVENTS: usize = 10;

/// A table and its columns in the order of the rows.
#[derive(Debug, Clone)]
pub struct Table {
    pub name: &'static str,
    pub columns: Vec<String>,
}

/// A value as SQLite keeps it.
#[derive(Debug, Clone)]
pub enum Value {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

/// What a column of a copy holds.
#[derive(Debug, Clone)]
pub enum Cell {
    Fixed(Value),
    Text(Pattern),
    /// One of the copy's ids.
    Id(usize),
    /// The unit's id.
    Unit,
    /// Digest of one of the copy's pieces of evidence.
    Digest(usize),
    /// A moment of the model.
    Moment(i64),
    Salt,
    Previous,
    Hash,
    /// End of the clock that ends first.
    Due,
    /// Terms for full-text search.
    Tokens,
}

/// What a copy needs besides itself.
#[derive(Debug, Default, Clone)]
pub struct Computed {
    pub link: Link,
    pub hash: [u8; 32],
    pub due: String,
    pub tokens: String,
}

impl Cell {
    pub fn value(&self, copy: &Copy<'_>, computed: &Computed, days: &Days) -> Value {
        let blob = |bytes: &[u8]| Value::Blob(bytes.to_vec());
        match self {
            Self::Fixed(value) => value.clone(),
            Self::Text(pattern) => Value::Text(pattern.text(copy, computed.link, days)),
            Self::Id(place) => blob(copy.ids.get(*place).copied().unwrap_or_default().as_bytes()),
            Self::Unit => blob(copy.unit.id.as_bytes()),
            Self::Digest(place) => blob(&copy.digests.get(*place).copied().unwrap_or_default()),
            Self::Moment(micros) => Value::Integer(micros + copy.micros),
            Self::Salt => blob(&computed.link.salt),
            Self::Previous => computed.link.previous.map_or(Value::Null, |hash| blob(&hash)),
            Self::Hash => blob(&computed.hash),
            Self::Due => Value::Text(computed.due.clone()),
            Self::Tokens => Value::Text(computed.tokens.clone()),
        }
    }
}

/// Rows of every table, one value after the other.
#[derive(Debug)]
pub struct Batch {
    pub values: Vec<Vec<Value>>,
    pub hazards: u64,
}

impl Default for Batch {
    fn default() -> Self {
        Self {
            values: TABLES.iter().map(|_| Vec::new()).collect(),
            hazards: 0,
        }
    }
}
