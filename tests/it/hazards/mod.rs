//! The ledger, as its callers see it.

mod actions;
mod events;
mod idempotency;
mod list;
mod permissions;
mod plans;
mod pressing;
mod report;
mod together;
