//! The side of the public: telling, and the way back. Nobody shows a token here.

mod http;
mod tell;
mod view;
mod way_back;

pub use http::{Doors, configure};
pub use tell::{about_contact, about_told};
pub use view::{RewardView, TipMessageView, TipPhotoView, messages};
pub use way_back::{Message, add, open, proves};
