//! What many clients did at once, and whether one thing after the other could have come to the same.

mod appends;
mod checker;
