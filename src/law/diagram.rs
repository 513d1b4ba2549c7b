//! The table as a Mermaid state diagram.

use std::fmt::Write as _;

use super::lifecycle::{Outcome, State, Target, Transition};
use crate::values::Vocabulary;

/// The diagram of `table`. Rows that stay where they are are left out; they would hide the others.
pub fn mermaid(table: &[Transition]) -> String {
    let mut text = String::from("stateDiagram-v2\n");
    // Writing to a `String` cannot fail, so the results below hold nothing.
    for state in State::ALL {
        let _ = writeln!(text, "    {state}: {}", state.label().zh);
    }
    for row in table {
        let Target::To(to) = row.to else { continue };
        let outcome = match row.outcome {
            Outcome::Always => "",
            Outcome::Passed => "（通过）",
            Outcome::Failed => "（未通过）",
        };
        if row.from.is_empty() {
            let _ = writeln!(text, "    [*] --> {to}: {}{outcome}", row.action);
        }
        for from in row.from {
            let _ = writeln!(text, "    {from} --> {to}: {}{outcome}", row.action);
        }
    }
    for state in State::ALL.iter().filter(|state| state.is_final()) {
        let _ = writeln!(text, "    {state} --> [*]");
    }
    text
}
