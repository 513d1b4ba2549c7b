//! The law of public tips (plan, item 25): received, judged, looked into, answered, rewarded, closed.
//!
//! [`lifecycle`] is the table, [`decide`] asks it, [`reward`] counts the money, [`policy`] holds the lengths and figures.
//! Nothing here knows who told: the law is given facts, and none of them is a name, a number or a word of the reporter.

pub mod decide;
pub mod facts;
pub mod guards;
pub mod lifecycle;
pub mod policy;
pub mod reward;

pub use decide::TipDenial;
pub use guards::TipGuard;
