//! Room 1: notices served on a unit's principal and actual controller, with proof of service.
//!
//! A notice is written in the transaction of what it is served for, by the room that knows of it: [`serve`] takes the
//! facts and writes the rows, and the caller puts the events on record with its own. There is one notice for each
//! recipient and cause, whoever tries to serve it again. A unit takes note of its notices, and a gateway that reaches people
//! delivers them ([`delivered`]); nothing else changes them.

mod acknowledge;
mod deliver;
mod http;
mod model;
mod serve;
mod store;
mod template;
mod view;

pub use acknowledge::visible;
pub use deliver::delivered;
pub use http::configure;
pub use model::{Notice, Recipient};
pub use serve::{Matter, Serving, serve};
pub use template::{TemplateFault, check_templates};
