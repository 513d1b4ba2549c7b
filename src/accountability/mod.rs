//! Room 4: accountability (责任倒查). What the record itself shows against a unit is proposed to those who may open an
//! inquiry, and decided by them.
//!
//! It reads the ledger and the self-checks and changes nothing. The rules are in `crate::law::accountability`. A
//! proposal says that others than the unit found a hazard, never who.

mod http;
mod proposals;
mod view;

pub use http::configure;
