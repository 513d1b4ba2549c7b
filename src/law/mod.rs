//! Floor 1: what is allowed. Pure functions of facts; no clock is read here, no file opened, no row loaded.
//!
//! [`lifecycle`] is the table of hazards, [`decide`] asks it, [`tips`] is the same for public tips; [`table`] is the one
//! evaluator of both. [`scope`] says what a caller may see, [`accountability`] what the record itself shows against a unit.

pub mod accountability;
pub mod calendar;
pub mod consumers;
pub mod deadlines;
pub mod decide;
pub mod diagram;
pub mod facts;
pub mod guards;
pub mod ladder;
pub mod lifecycle;
pub mod policy;
pub mod reckoning;
pub mod refusal;
pub mod reminders;
pub mod scope;
mod states;
pub mod table;
mod terms;
pub mod tips;
