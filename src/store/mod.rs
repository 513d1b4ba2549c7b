//! Floor 2: how things are kept.
