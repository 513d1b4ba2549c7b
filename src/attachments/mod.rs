//! Room 1: evidence. The row says who stored what; the bytes lie in the object store under their digest.

mod http;
mod model;
mod object;
mod record;
mod sniff;
mod store;
mod view;

pub use http::configure;
pub use model::Attachment;
pub use object::{Kept, Refused, hexadecimal, keep, sweep};
pub use record::record;
pub use store::{cite, find_visible, known};
pub use view::{AttachmentView, FileBytes};
