//! The ledger, as its callers see it.

mod actions;
mod advertised;
mod asking;
mod events;
mod idempotency;
mod list;
mod overtaken;
mod permissions;
mod plans;
mod pressing;
mod probes;
mod report;
mod together;
