//! Room 1: the judgment standards (重大事故隐患判定标准) and their clauses, each in force from one day to another.
//!
//! The national standards come with the program ([`ensure_catalogue`]); an office imports others, and the wording of
//! clauses that the program only paraphrases. The ledger asks [`criteria_facts`] which clauses may be cited.

mod bodies;
mod catalogue;
mod http;
mod model;
mod publish;
mod store;
mod view;

pub use bodies::{CriterionBody, StandardBody};
pub use catalogue::ensure_catalogue;
pub use http::configure;
pub use model::{Criterion, CriterionCode, Standard, StandardCode};
pub use publish::{Published, publish};
pub use store::{Filter, criteria_facts, criteria_of, of_ids, page};
pub use view::{CriterionView, StandardSummaryView, StandardView};
