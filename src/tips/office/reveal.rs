//! Opening the identity of a tipster. Every opening and every refusal is an event that auditors read: who, for which
//! purpose, when; never what was opened. It is on record before anything is opened.

use std::sync::Arc;

use super::read;
use super::view::ReporterView;
use crate::journal::{self, Actor, Draft, Subject};
use crate::law::policy::Policy;
use crate::law::refusal::Refusal;
use crate::law::scope::Caller;
use crate::law::tips::decide::{TipDenial, TipPermit, TipQuestion, decide};
use crate::law::tips::lifecycle::TipAction;
use crate::store::{Connection, Failure, StoreError};
use crate::tips::desk::Desk;
use crate::tips::fold::{self, Entry, Payload, REFUSE_REVEAL};
use crate::tips::model::Kept;
use crate::tips::store;
use crate::values::{Day, Instant, Text, TipId, Vocabulary};

/// Who wants to know, why, and when.
#[derive(Debug, Clone)]
pub struct Asking {
    /// The caller.
    pub caller: Caller,
    /// The tip.
    pub id: TipId,
    /// The purpose.
    pub purpose: Text<200, false>,
    /// The moment.
    pub now: Instant,
    /// The policy in force.
    pub policy: Arc<Policy>,
    /// Salt of the event.
    pub salt: [u8; 16],
}

/// Puts the opening on record, and opens.
///
/// # Errors
/// [`Refusal::NotFound`] for a tip that the caller may not know of, which leaves no trace; every other refusal of the law,
/// which does; and the failures of the folder of keys and of the store.
pub async fn reveal(desk: &Desk, asking: Asking) -> Result<ReporterView, Failure> {
    let outcome = desk
        .store
        .write("reveal_reporter", move |connection| put_on_record(connection, &asking))
        .await?;
    let kept = outcome?;
    let sealed = kept.sealed.clone().ok_or(Refusal::NotFound)?;
    let key = desk.key_of(&sealed).await?;
    Ok(ReporterView::of(read::contact(&key, &kept)?, read::told(&key, &kept)?))
}

/// The inner result is the law's; either way it is on record.
fn put_on_record(connection: &mut Connection, asking: &Asking) -> Result<Result<Kept, Failure>, Failure> {
    let kept = read::visible(connection, &asking.caller, asking.id)?;
    let facts = read::facts(connection, &kept, &asking.policy)?;
    let verdict = decide(&TipQuestion {
        tip: &facts,
        caller: &asking.caller,
        action: TipAction::Reveal,
        body: None,
        now: asking.now,
        policy: &asking.policy,
    });
    match verdict {
        Ok(permit) => {
            open(connection, asking, &kept, permit)?;
            Ok(Ok(kept))
        }
        Err(denial) => {
            refuse(connection, asking, &kept, &denial)?;
            Ok(Err(Refusal::from(denial).into()))
        }
    }
}

fn open(connection: &mut Connection, asking: &Asking, kept: &Kept, permit: TipPermit) -> Result<(), Failure> {
    let payload = Payload {
        purpose: Some(asking.purpose.clone()),
        ..Payload::default()
    };
    let draft = draft(asking, kept, TipAction::Reveal.code(), &payload)?;
    let after = fold::apply(Some(kept.tip.clone()), Entry::from(&draft))?;
    let closed_on = after.standing.closed_on;
    let erase_on = closed_on.map_or(Day::NEVER, |day| asking.policy.tips().kept_until(day));
    store::advance(connection, permit, &kept.tip, &after, None, erase_on)?;
    Ok(journal::append(connection, draft)?)
}

fn refuse(connection: &mut Connection, asking: &Asking, kept: &Kept, denial: &TipDenial) -> Result<(), Failure> {
    let payload = Payload {
        purpose: Some(asking.purpose.clone()),
        refused: Some(code_of(denial).to_owned()),
        ..Payload::default()
    };
    let draft = draft(asking, kept, REFUSE_REVEAL, &payload)?;
    let after = fold::apply(Some(kept.tip.clone()), Entry::from(&draft))?;
    store::follow(connection, &kept.tip, &after)?;
    Ok(journal::append(connection, draft)?)
}

fn code_of(denial: &TipDenial) -> &'static str {
    match denial {
        TipDenial::Broken(broken) => broken.first().map_or("", |broken| broken.guard.code()),
        TipDenial::RoleNotAllowed(_) => "role_not_allowed",
        TipDenial::NotAllowedNow { .. } => "action_not_allowed",
        TipDenial::Unknown => "not_found",
    }
}

fn draft(asking: &Asking, kept: &Kept, action: &'static str, payload: &Payload) -> Result<Draft, Failure> {
    let status = kept.tip.status.code();
    Ok(Draft {
        subject: Subject::from(asking.id),
        version: kept.tip.version + 1,
        action,
        event_type: format!("tip.{action}"),
        from: Some(status),
        to: Some(status),
        at: asking.now,
        actor: Actor::from(&asking.caller),
        payload: serde_json::to_value(payload).map_err(|error| StoreError::Corrupt(error.to_string()))?,
        salt: asking.salt,
    })
}
