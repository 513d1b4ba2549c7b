//! The use case of taking note of a notice.

use serde_json::json;

use super::model::{Acknowledgement, Notice};
use super::store;
use crate::journal::{self, Actor, Draft, Subject};
use crate::law::refusal::Refusal;
use crate::law::scope::{Caller, Role};
use crate::store::{Connection, Failure};
use crate::values::{Instant, NoticeId};

/// Takes note of a notice of the caller's unit. Taking note again changes nothing: the first who did stays on record.
///
/// # Errors
/// [`Refusal::NotFound`] for a notice that the caller may not know of, a role other than the unit's; and the failures of
/// the store.
pub fn acknowledge(
    connection: &mut Connection,
    caller: &Caller,
    id: NoticeId,
    now: Instant,
    salt: [u8; 16],
) -> Result<Notice, Failure> {
    let mut notice = visible(connection, caller, id)?;
    if !caller.is_enterprise() {
        return Err(Refusal::role_not_allowed(&[Role::Enterprise]).into());
    }
    if notice.acknowledged.is_some() {
        return Ok(notice);
    }
    let acknowledged = Acknowledgement {
        at: now,
        by: caller.subject.clone(),
        by_name: caller.name.clone(),
    };
    notice.version += 1;
    if !store::acknowledge(connection, id, notice.version, &acknowledged)? {
        // Another of the unit was quicker, or a gateway; of the latter this one comes after.
        return acknowledge(connection, caller, id, now, salt);
    }
    journal::append(
        connection,
        Draft {
            subject: Subject::from(id),
            version: notice.version,
            action: "acknowledge",
            event_type: "notice.acknowledged".to_owned(),
            from: None,
            to: None,
            at: now,
            actor: Actor::from(caller),
            payload: json!({}),
            salt,
        },
    )?;
    notice.acknowledged = Some(acknowledged);
    Ok(notice)
}

/// The notice, when the caller may know of it.
///
/// # Errors
/// [`Refusal::NotFound`] when it does not exist or lies outside the caller's scope, [`Refusal::NoReadRight`] for a
/// caller who reads no hazard at all; and the failures of the store.
pub fn visible(connection: &mut Connection, caller: &Caller, id: NoticeId) -> Result<Notice, Failure> {
    let scope = caller.ledger_scope().ok_or(Refusal::NoReadRight)?;
    Ok(store::find(connection, &scope, id)?.ok_or(Refusal::NotFound)?)
}
