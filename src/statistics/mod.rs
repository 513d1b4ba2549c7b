//! Room 4: statistics. It reads the ledger and changes nothing.
//!
//! One file for each subject: [`hazards`] counts by group, `trend` by month, `zeroing` by year against the plan,
//! [`slow`] lists what is late or stalled, [`forecast`] tells what will be. What each figure means stands in
//! [`definitions`] and nowhere else. Where a report came from is told apart in
//! [`suppression`]: read that file before changing what a group shows.

mod asked;
mod definitions;
mod figures;
mod forecast;
mod hazards;
mod http;
mod penalties;
mod series;
mod slow;
mod store;
mod suppression;
mod trend;
mod view;
mod zeroing;

pub use asked::{AreaLength, Dimension, IndustryLength};
pub use definitions::Measure;
pub use http::configure;
