//! The doors: who sees what, what may be written, which tokens are believed, and how every refusal is worded.
//!
//! Each subject walks the document or a table of the product, so what is new is tried here or fails here.

mod foreign_errors;
mod guards;
mod members;
mod problems;
mod refusals;
mod rotation;
pub mod scope;
mod service;
mod tips;
mod wire;
