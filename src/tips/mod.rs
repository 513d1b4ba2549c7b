//! Room 3: public tips (群众举报). Heard, looked into, answered, rewarded; and never given away.
//!
//! This is the only room that knows who told. What they told and who they are is sealed under a key of the tip's own that
//! lies outside the database ([`Vault`]); events hold codes, amounts and days, and none goes to the outbox. Nothing on the
//! ledger leads to a tip: what the unit sees of it is what an officer reports through the ledger's door, in the officer's
//! own words. Receipt and passphrase are the tipster's only way back, and only their digests are kept.

mod audit;
mod bodies;
mod desk;
mod erase;
mod fold;
mod http;
mod model;
mod office;
mod passphrase;
mod photo;
mod photos;
mod public;
mod receipt;
mod store;
mod vault;
mod words;

pub use audit::difference;
pub use bodies::{body_schemas, members, sample, schema};
pub use desk::{Desk, Lost};
pub use erase::{Sweeper, erase_due};
pub use fold::{Entry, fold};
pub use http::{Doors, configure};
pub use model::Tip;
pub use office::AccountState;
pub use store::{names_of_keys, without_history};
pub use vault::{Rotated, Standing as KeyStanding, Vault, VaultError, rotate};
pub use words::Author;
