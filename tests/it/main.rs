//! The tests of the service, in one program: linking is what costs.

#[cfg(test)]
mod support;

#[cfg(test)]
mod layers;
#[cfg(test)]
mod lifecycle;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod schema_parity;

#[cfg(test)]
mod clocks;
#[cfg(test)]
mod coverage;
#[cfg(test)]
mod hostile_input;
#[cfg(test)]
mod notices;
mod openapi_current;
#[cfg(test)]
mod openapi_quality;
#[cfg(test)]
mod pages;

#[cfg(test)]
mod accountability;
#[cfg(test)]
mod attachments;
#[cfg(test)]
mod authorities;
#[cfg(test)]
mod batch;
#[cfg(test)]
mod checklists;
#[cfg(test)]
mod enterprises;
#[cfg(test)]
mod inspections;
#[cfg(test)]
mod self_checks;
#[cfg(test)]
mod standards;
#[cfg(test)]
mod subscriptions;
#[cfg(test)]
mod sync;
#[cfg(test)]
mod tips;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod transparency;

#[cfg(test)]
mod doors;
#[cfg(test)]
mod hazards;
#[cfg(test)]
mod statistics;
#[cfg(test)]
mod year;

#[cfg(test)]
mod crash;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod histories;
#[cfg(test)]
mod orders;
