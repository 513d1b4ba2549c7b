//! The use case of a gateway that took a notice to bring it to the person.

use serde_json::json;

use super::store;
use crate::journal::{self, Actor, Draft, Subject};
use crate::store::{Connection, StoreError};
use crate::values::{DeliveryId, Instant, NoticeId};

/// Puts on record that a gateway took a notice with that message; once for each message.
///
/// # Errors
/// The failures of the store.
pub fn delivered(
    connection: &mut Connection,
    id: NoticeId,
    delivery: DeliveryId,
    now: Instant,
    salt: [u8; 16],
) -> Result<(), StoreError> {
    let Some(version) = store::deliver(connection, id, delivery, now)? else {
        return Ok(());
    };
    journal::append(
        connection,
        Draft {
            subject: Subject::from(id),
            version,
            action: "deliver",
            event_type: "notice.delivered".to_owned(),
            from: None,
            to: None,
            at: now,
            actor: Actor::service(),
            payload: json!({"channel": "subscription", "delivery": delivery}),
            salt,
        },
    )
}
