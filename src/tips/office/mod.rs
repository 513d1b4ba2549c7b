//! The side of the office: reading, acting, speaking with the tipster, and opening an identity.

mod act;
mod http;
mod read;
mod reveal;
mod view;

pub use http::configure;
pub use view::AccountState;
