//! A ledger of major accident hazards (重大事故隐患), from report through supervision (督办) and rectification (整改) to the
//! regulator's sign-off (销号).
//!
//! Floors, rooms, roof; imports go down only:
//!
//! - [`values`]: what things are. No HTTP, no SQL, no clock reading outside `values::clock`.
//! - [`law`]: what is allowed. Pure: it cannot fail for reasons other than the law.
//! - [`store`]: how things are kept. SQL is spoken here and in files named `store.rs`.
//! - [`web`]: how HTTP is spoken. Imported by files named `http.rs` and the roof alone.
//! - [`journal`], then [`authorities`], [`standards`], [`enterprises`], [`attachments`], then [`hazards`] and
//!   [`checklists`], then [`self_checks`], [`inspections`] and [`tips`], then [`accountability`], [`statistics`],
//!   [`subscriptions`], [`sync`], [`transparency`]: rooms, each entered by its `mod.rs`.
//! - the rest is the roof, imported by nobody.
//!
//! Invariants, each with a test: no state changes without a permit of the law; every write is one transaction of row,
//! event and outbox entry; a row equals the fold of its events; what a caller may not know of is as what does not
//! exist; nothing tells a unit a tip from an inspection.

pub mod values;

pub mod law;

pub mod store;

pub mod web;

pub mod journal;

pub mod attachments;
pub mod authorities;
pub mod enterprises;
pub mod notices;
pub mod standards;

pub mod checklists;
pub mod hazards;

pub mod inspections;
pub mod self_checks;
pub mod tips;

pub mod accountability;
pub mod statistics;
pub mod subscriptions;
pub mod sync;
pub mod transparency;

pub mod api;
pub mod background;
pub mod batch;
pub mod cli;
pub mod config;
pub mod dictionaries;
pub mod lifecycle_api;
pub mod logging;
pub mod pages;
pub mod sample;
pub mod server;
