//! Room 2: the ledger of hazards.
//!
//! [`report`] puts one on record, [`act`] performs an action of the lifecycle, [`visible`] finds one. The table of the
//! lifecycle is in `crate::law::lifecycle`; nothing here decides what is allowed.

mod act;
mod audit;
mod batch;
mod blind;
mod bodies;
mod export;
mod fold;
mod follow;
mod found;
mod http;
mod list;
mod measures;
mod missed;
mod model;
mod notify;
mod past;
mod remind;
mod report;
mod resolve;
mod samples;
mod search;
mod store;
mod view;

pub use act::{Request, Writing, act, amend, visible};
pub use audit::{difference, without_history};
pub use batch::ActCommand;
pub use bodies::{ActionBody, AmendBody, Member, ReportBody, body_schemas, members, members_of, schema};
pub use export::{ExportFormat, ExportState};
pub use fold::{Entry, fold};
pub use follow::{adopt as adopt_policy, follow as follow_policy};
pub use found::Found;
pub use http::{Include, configure, reference};
pub use list::{Filter, Place, Plans, Sort, of_ids, page, plans, standing_within};
pub use measures::store::{Recount, is_counted, recount};
pub use model::{Campaign, Hazard, Location};
pub use notify::check as check_notices;
pub use remind::remind;
pub use report::{Reported, report, report_at};
pub use samples::action as sample;
pub use search::tokens as search_tokens;
pub use store::{Reference, find, plan_of_reminding};
pub use view::{EventView, HazardView, UnitView, Viewing};
