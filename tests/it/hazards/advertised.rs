//! What is advertised is what happens.
