//! What the two tests of "may this caller do this now" share: people, hazards in many situations, bodies that keep or
//! break each rule, and the law's own answer to compare with.

pub(super) mod bodies;
pub(super) mod facts;
pub(super) mod people;
pub(super) mod shown;
pub(super) mod situations;
pub(super) mod verdict;
pub(super) mod world;
