//! Room 3: quarterly self-checks (季度自查). The principal of a unit checks for major hazards once a quarter and files
//! what was checked and found.
//!
//! There is one self-check of each unit and quarter. A correction is a new version beside the old ones, which the
//! database refuses to change. Who filed late stays late, whatever is corrected. A self-check names persons, and hazards
//! that not every reader of it may know of; what leaves is looked through for each caller.

mod bodies;
mod file;
mod http;
mod list;
mod model;
mod rules;
mod store;
mod view;

pub use bodies::SelfCheckBody;
pub use file::{Filed, Filing, Found, Standing, file, find_visible as visible, standing};
pub use http::configure;
pub use list::{Filter, Plans, page, plans};
pub use model::{CheckResult, CheckState, CheckedCriterion, Findings, Performer, SelfCheck};
pub use view::{SelfCheckStateView, SelfCheckView};
