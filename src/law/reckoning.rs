//! What of a policy the days of a hazard are computed from, kept so that a later policy can tell what it changes.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::calendar::Calendar;

/// The calendar and the reminders of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reckoning {
    /// Working days.
    pub calendar: Calendar,
    /// How many days before the end of what it owes a unit is reminded.
    pub remind_days_before: Vec<u32>,
    /// How many days after it.
    pub remind_days_after: Vec<u32>,
}

impl Reckoning {
    /// What two policies have in common that give every hazard the same days.
    pub fn mark(&self) -> Mark {
        // What holds days, names and numbers alone has a JSON form; without one it would match no row.
        let text = serde_json::to_vec(self).unwrap_or_default();
        let digest = Sha256::digest(text);
        Mark(
            digest
                .iter()
                .take(8)
                .fold(0, |mark, byte| (mark << 8) | i64::from(*byte)),
        )
    }
}

/// The beginning of a digest of a [`Reckoning`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mark(pub i64);

#[cfg(test)]
mod tests {
    use crate::law::policy::Policy;

    #[test]
    fn only_what_days_depend_on_changes_the_mark() {
        let mark = |text: &str| Policy::parse(text).unwrap().mark();
        let shipped = mark(Policy::EMBEDDED);
        let other = |from: &str, to: &str| {
            let text = Policy::EMBEDDED.replace(from, to);
            assert_ne!(text, Policy::EMBEDDED);
            mark(&text)
        };
        assert_eq!(other("2026.1", "2026.2"), shipped);
        assert_eq!(other("maximum_extensions = 2", "maximum_extensions = 3"), shipped);
        assert_ne!(other("[7, 3, 1]", "[7, 3]"), shipped);
        assert_ne!(other("to = \"2026-10-07\"", "to = \"2026-10-08\""), shipped);
        assert_ne!(other("\"2026-10-10\"", "\"2026-10-11\""), shipped);
    }
}
