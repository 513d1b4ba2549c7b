//! The ledger, as its callers see it.

mod actions;
mod advertised;
mod asking;
mod events;
pub mod exports;
mod idempotency;
mod list;
mod overtaken;
mod past;
mod permissions;
mod plans;
mod pressing;
mod probes;
mod report;
mod together;
