//! Room 2: lists of points to check (重点事项清单): the one by which inspectors enforce (执法检查) and the one by which units
//! check themselves (排查), built from the clauses of the judgment standards.
//!
//! A list is published whole, and again whole when it changes. Every version is kept and the database refuses to change
//! it, so whatever was done by a version can be read beside it for ever.

mod bodies;
mod http;
mod model;
mod publish;
mod store;
mod view;

pub use bodies::{ChecklistBody, ItemBody};
pub use http::configure;
pub use model::{Checklist, ChecklistCode, ChecklistKind, Contents, Item, ItemCode};
pub use publish::{Published, publish};
pub use store::{Filter, Reference, find, of_ids, page, version};
pub use view::{ChecklistSummaryView, ChecklistView};
