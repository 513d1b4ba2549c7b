//! Room 1: evidence. The row says who stored what; the bytes lie in the object store under their digest.
//!
//! A piece of evidence is a slot: [`declare`] announces one, and the bytes with its digest fill it when its own sender
//! brings them. What comes without a declaration is a slot that was filled at once.

mod audit;
mod bodies;
mod collect;
mod declare;
mod exposure;
mod http;
mod model;
mod object;
mod record;
mod sniff;
mod store;
mod thumbnails;
mod uploads;
mod view;

pub use audit::difference;
pub use bodies::{Declared, FileName, Fingerprint};
pub use collect::collect;
pub use declare::declare;
pub use http::configure;
pub use model::{Attachment, Brought, Exposure, ExposureLocation, SlotState};
pub use object::{Kept, Refused, hexadecimal, keep, sweep};
pub use record::record;
pub use store::{awaited_by, brought_after, cite, find_visible, slots, standing};
pub use thumbnails::Darkroom;
pub use uploads::{Dock, Trouble, UploadState, tend as tend_uploads};
pub use view::{AttachmentView, FileBytes};
