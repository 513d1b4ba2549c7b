//! The service as a process of its own, killed at any moment: what it acknowledged is there, once, and whole.

mod keys;
mod kills;
pub mod ledger;
mod log;
mod messages;
mod midnight;
mod phones;
pub mod process;
mod reminders;
mod tips;
pub mod writes;
