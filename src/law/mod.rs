//! Floor 1: what is allowed.
