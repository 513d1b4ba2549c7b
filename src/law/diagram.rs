//! A table as a Mermaid state diagram.

use std::fmt::Write as _;

use super::table::{Row, Target};
use crate::values::Vocabulary;

/// The diagram of `table`. Rows that stay where they are are left out; they would hide the others.
pub fn mermaid<R: Row>(table: &[R]) -> String {
    let mut text = String::from("stateDiagram-v2\n");
    // Writing to a `String` cannot fail, so the results below hold nothing.
    for state in R::State::ALL {
        let _ = writeln!(text, "    {}: {}", state.code(), state.label().zh);
    }
    for row in table {
        let Target::To(to) = row.to() else { continue };
        let (to, action, outcome) = (to.code(), row.action().code(), row.outcome());
        if row.from().is_empty() {
            let _ = writeln!(text, "    [*] --> {to}: {action}{outcome}");
        }
        for from in row.from() {
            let _ = writeln!(text, "    {} --> {to}: {action}{outcome}", from.code());
        }
    }
    for state in R::State::ALL.iter().filter(|state| R::is_final(**state)) {
        let _ = writeln!(text, "    {} --> [*]", state.code());
    }
    text
}
