//! The committed document is the one that the program prints.

use major_hazards::api;

use crate::support::source::root;

const REMEDY: &str = "cargo run -- openapi > openapi/openapi.json";

#[test]
fn the_committed_document_is_current() {
    let committed = std::fs::read_to_string(root().join("openapi/openapi.json")).unwrap_or_default();
    let generated = api::openapi_json().expect("the document can be written");
    let first = committed
        .lines()
        .zip(generated.lines())
        .position(|(committed, generated)| committed != generated);
    let at = first.unwrap_or_else(|| committed.lines().count().min(generated.lines().count()));
    assert!(
        committed.trim_end() == generated.trim_end(),
        "openapi/openapi.json is not what the program prints, from line {} on:\n- {}\n+ {}\nRead the difference that \
         `{REMEDY}` makes, and commit it.",
        at + 1,
        committed.lines().nth(at).unwrap_or("(nothing)"),
        generated.lines().nth(at).unwrap_or("(nothing)")
    );
}
