//! stub
pub mod values;
pub mod law;
pub mod store;
pub mod web;
pub mod journal;
