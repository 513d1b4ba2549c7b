//! Room 4: subscriptions of other systems, and the messages that carry events to them.
//!
//! A message is an event as CloudEvents 1.0, signed after Standard Webhooks. It goes to whoever may know of the event at
//! that moment, decided by the scope that decides every other read. It is sent at least once, and however often it is sent,
//! its `webhook-id` is the same. Messages about one thing arrive in the order of what happened, or not at all: one that was
//! given up is a dead letter, which can be asked for again.

mod address;
mod bodies;
mod courier;
mod deliveries;
mod fan_out;
mod http;
mod manage;
mod message;
mod model;
mod owner;
mod retry;
mod send;
mod settle;
mod signature;
mod standing;
mod store;
mod types;
mod under_way;
mod view;

pub use address::Gate;
pub use courier::{Courier, Round, Taken};
pub use http::configure;
pub use model::{DeliveryFault, DeliveryState, Standstill, SubscriptionState};
pub use settle::Outcome;
pub use standing::{Standing, standing, sweep};
