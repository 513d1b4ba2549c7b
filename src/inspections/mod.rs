//! Room 3: inspections (执法检查) from the phones of inspectors, who may have been without a network for hours.
//!
//! An inspection is sent whole under an id of the phone's own, and sent again when the phone is unsure: the same from the
//! same sender changes nothing, and nothing else ever changes one, which the database sees to. It names the version of the
//! list that it was done by, and its evidence, whose bytes may come before or after. It belongs to where its unit lay when
//! it came. Units never learn of inspections.

mod bodies;
mod differ;
mod http;
mod model;
mod read;
mod receive;
mod rules;
mod store;
mod view;

pub use bodies::{ChecklistVersion, Finding, InspectionBody, Inspector};
pub use http::configure;
pub use model::{FindingResult, Inspection};
pub use read::visible;
pub use receive::{Received, Sending, receive};
pub use store::{Filter, Place, Plans, Sort, page, plans};
pub use view::{InspectionSummaryView, InspectionView};
