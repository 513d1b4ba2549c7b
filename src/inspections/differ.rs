//! Where two inspections of one id differ, so that a phone can show its holder what it did not send the first time.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::values::fault::joined;

/// Places that are told; more help nobody.
const MOST: usize = 50;

/// JSON pointers of what differs, at most fifty, never what stands there. Of lists of different length the list alone is
/// told.
pub fn differences(kept: &Value, sent: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(kept, sent, "", &mut found);
    found
}

fn collect(kept: &Value, sent: &Value, at: &str, found: &mut Vec<String>) {
    if found.len() >= MOST || kept == sent {
        return;
    }
    match (kept, sent) {
        (Value::Object(kept), Value::Object(sent)) => {
            let names: BTreeSet<&String> = kept.keys().chain(sent.keys()).collect();
            for name in names {
                let [kept, sent] = [kept, sent].map(|members| members.get(name).unwrap_or(&Value::Null));
                collect(kept, sent, &joined(at, name), found);
            }
        }
        (Value::Array(kept), Value::Array(sent)) if kept.len() == sent.len() => {
            for (index, (kept, sent)) in kept.iter().zip(sent).enumerate() {
                collect(kept, sent, &format!("{at}/{index}"), found);
            }
        }
        _ => found.push(at.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_places_of_all_that_differs_are_named() {
        let kept = json!({"a": 1, "b": {"c": [1, {"d": 2}], "e": null}, "f": [1, 2]});
        assert!(differences(&kept, &kept).is_empty());
        let sent = json!({"a": 1, "b": {"c": [1, {"d": 3}], "x/y": 1}, "f": [1, 2, 3]});
        assert_eq!(differences(&kept, &sent), ["/b/c/1/d", "/b/x~1y", "/f"]);
        // What is absent says nothing, as what is null says nothing.
        assert!(differences(&json!({"a": null}), &json!({})).is_empty());
    }

    #[test]
    fn there_is_an_end_to_what_is_named() {
        let list = |fill: i32| Value::from(vec![fill; 300]);
        assert_eq!(differences(&list(1), &list(2)).len(), MOST);
    }
}
