//! What a phone keeps: it ends with what there is, whatever was written meanwhile, and is never told of anything else.

mod first;
mod interleavings;
mod late;
mod pages;
pub mod phone;
mod tombstones;
