//! Room 1: the register of units (生产经营单位).
//!
//! A unit is known by its unified social credit code. Officials see the units of their areas and industries, a unit sees
//! itself, an operator those of its areas; nobody learns of others. An office or an operator keeps the register, one unit
//! at a time or by [`import`]. Names and phones in it are personal data: they leave only towards those who may see the
//! unit.

mod bodies;
mod http;
mod import;
mod model;
mod register;
mod store;
mod view;

pub use bodies::{EnterpriseBody, EnterprisePatch};
pub use http::configure;
pub use import::{Format, Imported, Sheet, import};
pub use model::{Enterprise, Location, Person, Phone};
pub use register::{amend, find_visible, register, was_within};
pub use store::{AreaPlace, any_code, by_area, find, of_ids};
pub use view::EnterpriseView;
