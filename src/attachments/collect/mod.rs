//! Evidence that nothing cites goes thirty days after it came, and its bytes a day after the last row that holds them.
//!
//! Bytes are noted as held by no row before they are put into their place, because whoever brings them may die before the row
//! is written, or the row may be refused. A day later somebody looks whether they are held.
//!
//! Bytes are not removed where they lie: they are laid aside first. Whoever brings the same bytes meanwhile puts them into
//! their place anew, and a row that counted on those laid aside finds them there until they are put back. Nobody takes a
//! day from the look at a digest to the row that holds it.

mod store;

use object_store::{ObjectStore, ObjectStoreExt as _};
use serde_json::json;

use self::store::Loose;
use super::declare::salt;
use super::model::{Attachment, SlotState};
use super::object::{hexadecimal, laid_aside, place_of, remove};
use super::thumbnails::place_of_small;
use super::uploads::{Dock, Trouble};
use crate::journal::{self, Actor, Draft, Subject};
use crate::store::{Connection, StoreError};
use crate::values::Instant;

/// How many pieces of evidence are looked at in one transaction.
const AT_ONCE: i64 = 100;
/// How long bytes may wait for their row, and how long they are laid aside before they go, in seconds.
const LOOSE_SECONDS: i64 = 86_400;
/// When somebody looks again at evidence that is on its way, in seconds.
const LOOKED_AT_AGAIN_SECONDS: i64 = 86_400;

/// Looks at all evidence that is due and at all bytes that no row holds, and returns how many pieces went.
///
/// # Errors
/// The failures of both stores.
pub async fn collect(dock: &Dock) -> Result<usize, Trouble> {
    let mut gone = 0;
    loop {
        let (now, seed) = (dock.clock.now(), dock.seed()?);
        let (looked_at, collected) = dock
            .store
            .write("collect_evidence", move |connection| some(connection, now, seed))
            .await?;
        gone += collected;
        if looked_at == 0 {
            break;
        }
    }
    loop {
        let now = dock.clock.now();
        let loose = dock
            .store
            .read("loose_bytes", move |connection| store::loose(connection, now, AT_ONCE))
            .await?;
        if loose.is_empty() {
            return Ok(gone);
        }
        for bytes in loose {
            move_on(dock, bytes, now).await?;
        }
    }
}

/// Notes that bytes will be in their place soon, and that their row may never come.
///
/// # Errors
/// The failures of the store.
pub async fn announce(dock: &Dock, sha256: [u8; 32]) -> Result<(), StoreError> {
    let due = dock.clock.now().plus_seconds(LOOSE_SECONDS);
    dock.store
        .write("announce_bytes", move |connection| {
            store::note(connection, &sha256, due)
        })
        .await
}

/// How many pieces were looked at, and how many of them went.
fn some(connection: &mut Connection, now: Instant, seed: [u8; 16]) -> Result<(usize, usize), StoreError> {
    let due = store::due(connection, now, AT_ONCE)?;
    let mut gone = 0;
    for id in &due {
        let Some(attachment) = store::hold(connection, *id, now)? else {
            // Another node was first.
            continue;
        };
        if store::is_cited(connection, *id)? {
            store::look_again(connection, *id, None)?;
        } else if matches!(attachment.state, SlotState::Partial | SlotState::Stored) {
            let later = now.plus_seconds(LOOKED_AT_AGAIN_SECONDS);
            store::look_again(connection, *id, Some(later))?;
        } else {
            take_off(connection, &attachment, now, seed)?;
            gone += 1;
        }
    }
    Ok((due.len(), gone))
}

fn take_off(
    connection: &mut Connection,
    attachment: &Attachment,
    now: Instant,
    seed: [u8; 16],
) -> Result<(), StoreError> {
    let version = attachment.version + 1;
    store::remove(connection, attachment.id)?;
    store::note(connection, &attachment.sha256, now)?;
    journal::append(
        connection,
        Draft {
            subject: Subject::from(attachment.id),
            version,
            action: "collect",
            event_type: "attachment.collected".to_owned(),
            from: None,
            to: None,
            at: now,
            actor: Actor::service(),
            payload: json!({"sha256": hexadecimal(&attachment.sha256)}),
            salt: salt(attachment.id, version, seed),
        },
    )
}

/// Moves bytes on by one step: aside, back, or away. Whoever looks next finds them as they are, so a step may be taken twice.
async fn move_on(dock: &Dock, bytes: Loose, now: Instant) -> Result<(), Trouble> {
    let objects = dock.objects.as_ref();
    let (place, aside) = (place_of(&bytes.sha256), laid_aside(&bytes.sha256));
    if !bytes.held && bytes.moved_at.is_none() {
        move_over(objects, &place, &aside).await?;
        let due = now.plus_seconds(LOOSE_SECONDS);
        dock.store
            .write("lay_bytes_aside", move |connection| {
                store::moved(connection, &bytes, now, due)
            })
            .await?;
        return Ok(());
    }
    if bytes.held && !is_there(objects, &place).await? {
        move_over(objects, &aside, &place).await?;
    } else {
        remove(objects, &aside).await?;
    }
    if !bytes.held {
        remove(objects, &place_of_small(&bytes.sha256)).await?;
    }
    dock.store
        .write("settle_bytes", move |connection| store::settle(connection, &bytes))
        .await?;
    Ok(())
}

type Place = object_store::path::Path;

async fn is_there(objects: &dyn ObjectStore, place: &Place) -> Result<bool, object_store::Error> {
    match objects.head(place).await {
        Ok(_) => Ok(true),
        Err(object_store::Error::NotFound { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Nothing to move is as good as moved: another node was first.
async fn move_over(objects: &dyn ObjectStore, from: &Place, to: &Place) -> Result<(), object_store::Error> {
    match objects.rename(from, to).await {
        Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}
