//! Operations on tips: those of the public, which need no token, and those of the office.

use utoipa_actix_web::service_config::ServiceConfig;

pub use super::public::Doors;
use super::{office, public};

/// The operations of this room.
pub fn configure(config: &mut ServiceConfig) {
    config.configure(public::configure).configure(office::configure);
}
