//! Log lines, as text or as one JSON object each. No name, address, token or query ever stands in one.

use std::io::Write as _;

use env_logger::Builder;
use log::kv::{Error, Key, Value, VisitSource};
use serde_json::Map;

use crate::values::Clock;

/// How lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl Format {
    /// Reads `text` or `json`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// Begins to log to standard error, as much as `filter` says in the form of `RUST_LOG`.
pub fn start(format: Format, filter: &str) {
    let mut builder = Builder::new();
    builder.parse_filters(filter);
    if format == Format::Json {
        builder.format(|out, record| {
            let mut line = Map::new();
            line.insert("at".to_owned(), Clock::system().now().to_string().into());
            line.insert("level".to_owned(), record.level().as_str().into());
            line.insert("target".to_owned(), record.target().into());
            line.insert("message".to_owned(), record.args().to_string().into());
            // A member that cannot be read is left out; the line is worth more than the member.
            let _ = record.key_values().visit(&mut Members(&mut line));
            writeln!(out, "{}", serde_json::Value::Object(line))
        });
    }
    // A second start in one process finds the first still there.
    let _ = builder.try_init();
}

struct Members<'a>(&'a mut Map<String, serde_json::Value>);

impl<'kvs> VisitSource<'kvs> for Members<'_> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), Error> {
        let value = value
            .to_u64()
            .map_or_else(|| value.to_string().into(), serde_json::Value::from);
        self.0.insert(key.to_string(), value);
        Ok(())
    }
}
