//! The types of events that other systems may be told of, and how a subscription names them.
//!
//! What is not in [`published`] is nobody's to subscribe to: tips send no events outside the office. To publish a type, add
//! it there and say in `message.rs` what a message about it holds.

use std::fmt;
use std::str::FromStr;

use crate::law::lifecycle::Action;
use crate::values::fault::text_value;
use crate::values::{FaultCode, Vocabulary};

/// What a receiver is sent to try itself out; nobody subscribes to it.
pub const PING: &str = "ping";
/// That a notice was served.
pub const NOTICE_CREATED: &str = "notice.created";

/// Types besides those of the lifecycle, whose actions each have one.
const OTHERS: &[&str] = &[
    "hazard.amended",
    "hazard.deadlines_corrected",
    NOTICE_CREATED,
    "notice.acknowledged",
    "self_check.filed",
    "inspection.received",
];

/// Every type, those of hazards in the order of the lifecycle first.
fn published() -> impl Iterator<Item = String> {
    let of_actions = Action::ALL
        .iter()
        .map(|action| format!("hazard.{}", action.past_tense()));
    of_actions.chain(OTHERS.iter().map(|name| (*name).to_owned()))
}

/// What a subscription asks for: one type, `hazard.closed`, or all of one kind of thing, `hazard.*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventType(String);

impl EventType {
    /// True when an event of that type is asked for.
    pub fn covers(&self, event_type: &str) -> bool {
        let is_asked_for = match self.0.strip_suffix('*') {
            Some(kind) => event_type.starts_with(kind),
            None => self.names(event_type),
        };
        is_asked_for && published().any(|known| known == event_type)
    }

    /// True when it is that type and no other.
    pub fn names(&self, event_type: &str) -> bool {
        self.0 == event_type
    }
}

impl FromStr for EventType {
    type Err = FaultCode;

    fn from_str(text: &str) -> Result<Self, FaultCode> {
        let is_known = match text.strip_suffix('*') {
            Some(kind) => kind.ends_with('.') && published().any(|known| known.starts_with(kind)),
            None => published().any(|known| known == text),
        };
        if is_known {
            Ok(Self(text.to_owned()))
        } else {
            Err(FaultCode::UnknownValue)
        }
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

text_value!(EventType);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_type_or_all_of_one_kind_can_be_asked_for() {
        let asked = |text: &str, event_type: &str| text.parse::<EventType>().unwrap().covers(event_type);
        assert!(asked("hazard.closed", "hazard.closed"));
        assert!(!asked("hazard.closed", "hazard.reopened"));
        assert!(asked("hazard.*", "hazard.deadlines_corrected"));
        assert!(!asked("hazard.*", "notice.created"));
        assert!(asked("notice.*", "notice.created"));
    }

    #[test]
    fn nobody_subscribes_to_what_is_not_told() {
        for wrong in [
            "tip.received",
            "tip.*",
            "*",
            "hazard",
            "hazard.",
            "hazard*",
            "hazard.clo*",
            ".*",
            "enterprise.registered",
            "enterprise.*",
            "attachment.stored",
            "notice.delivered",
            "subscription.created",
            "ping",
            "",
        ] {
            assert_eq!(wrong.parse::<EventType>(), Err(FaultCode::UnknownValue), "{wrong}");
        }
    }

    #[test]
    fn all_of_one_kind_is_all_that_is_told_of_it() {
        let notices: EventType = "notice.*".parse().unwrap();
        assert!(!notices.covers("notice.delivered"));
        let hazards: EventType = "hazard.*".parse().unwrap();
        assert!(!hazards.covers("hazard.reporter_revealed"));
    }
}
