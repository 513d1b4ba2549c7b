//! The tests of the service, in one program: linking is what costs.

#[cfg(test)]
mod support;

#[cfg(test)]
mod layers;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod schema_parity;
