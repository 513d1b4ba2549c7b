//! What a unit may not tell apart: a hazard that came from a tip and the same one from an inspection.
//!
//! Every answer to an `enterprise` caller goes through here and nowhere else. What could differ between the two is
//! taken away from both: the source, who reported, the evidence of the report, internal remarks, what an inquiry
//! holds against whom, and the hashes and clock steps that are computed over them.

use serde_json::Value;

use super::fold::AMEND;
use super::model::Hazard;
use crate::journal::Event;
use crate::law::lifecycle::Action;
use crate::law::scope::Caller;
use crate::values::Vocabulary;

/// What one caller may see of the origin of a hazard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    /// Whether source, reporter and the evidence of the report are shown.
    pub origin: bool,
}

impl Sight {
    /// The sight of a caller.
    pub fn of(caller: &Caller) -> Self {
        Self {
            origin: caller.sees_sources(),
        }
    }

    /// The hazard as this caller may see it. Both blind and seeing callers then get the same view of it.
    pub fn hazard(self, mut hazard: Hazard) -> Hazard {
        if !self.origin {
            hazard.attachments.clear();
            if let Some(inquiry) = &mut hazard.accountability {
                inquiry.summary = None;
            }
        }
        hazard
    }

    /// The event as this caller may see it; nothing when it is none of the caller's business.
    pub fn event(self, mut event: Event) -> Option<Seen> {
        if self.origin {
            return Some(Seen {
                by: true,
                hashes: true,
                event,
            });
        }
        if event.action == Action::Remark.code() {
            return None;
        }
        let of_the_report = event.action == Action::Report.code() || event.action == AMEND;
        if of_the_report {
            // What a reporter wrote and a judge put right is on the hazard itself; who wrote it, and when which word
            // was changed, is not the unit's to know.
            event.payload = Value::Object(serde_json::Map::new());
        } else if let Value::Object(payload) = &mut event.payload {
            payload.remove("clocks");
            if event.action == Action::OpenAccountability.code()
                && let Some(Value::Object(body)) = payload.get_mut("body")
            {
                body.remove("summary");
            }
        }
        Some(Seen {
            by: !of_the_report,
            hashes: false,
            event,
        })
    }
}

/// An event that a caller may see, and how much of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Whether the actor is shown.
    pub by: bool,
    /// Whether the hashes are shown. They are computed over what a unit may not see.
    pub hashes: bool,
    /// The event.
    pub event: Event,
}
