//! Floor 3: how HTTP is spoken.
