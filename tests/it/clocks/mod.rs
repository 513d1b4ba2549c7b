//! Clocks: when they end, held against an independent script, what becomes of them when the policy changes, and the
//! faults of other deadline engines.

mod faults;
mod histories;
mod oracle;
mod policy;
