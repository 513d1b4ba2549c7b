//! Clocks: when they end, held against an independent script, and what becomes of them when the policy changes.

mod histories;
mod oracle;
mod policy;
