//! Room 1: regulators, committees and communities: who is in charge of which area and industry.
//!
//! Everyone with a token may read them; an office or an operator keeps them, within its own areas.

mod bodies;
mod http;
mod model;
mod register;
mod store;
mod view;

pub use bodies::{AuthorityBody, AuthorityPatch};
pub use http::configure;
pub use model::{Authority, AuthorityCode};
pub use register::{amend, register};
pub use store::{Filter, find, of_ids, page};
pub use view::AuthorityView;
