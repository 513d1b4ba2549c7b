//! The messages of subscriptions: which are due, in which order, and what became of them.
//!
//! Messages about one thing are sent one after the other, in the order in which things happened; those about different
//! things side by side. A row says when it is to be looked at next. Whoever sends moves that moment beyond the time that an
//! attempt can take, so that no other node sends the same, and one that died in between is sent again under the same id.

mod store;

pub use store::{
    Change, Filter, ask_again, bring_forward, due, find, insert, oldest_pending, page, pending, remove, remove_all,
    settle, sweep, take,
};
