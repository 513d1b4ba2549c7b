//! Evidence that nothing cites goes thirty days after it came, and its bytes a day after the last row that holds them.
//!
//! Bytes are not removed where they lie: they are laid aside first. Whoever brings the same bytes meanwhile puts them into
//! their place anew, and a row that counted on those laid aside finds them there until they are put back. Nobody takes a
//! day from the look at a digest to the row that holds it.

mod store;

use object_store::{ObjectStore, ObjectStoreExt as _};
use serde_json::json;

use self::store::Aside;
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
/// How long bytes are laid aside before they go, in seconds.
const ASIDE_SECONDS: i64 = 86_400;
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
    let now = dock.clock.now();
    let aside = dock.store.read("collected_bytes", store::aside).await?;
    for bytes in aside {
        lay_aside(dock, bytes, now).await?;
    }
    Ok(gone)
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
    store::let_go(connection, &attachment.sha256)?;
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

/// Moves bytes on by one step: aside, back, or away.
async fn lay_aside(dock: &Dock, bytes: Aside, now: Instant) -> Result<(), Trouble> {
    let Aside { sha256, moved_at, held } = bytes;
    let objects = dock.objects.as_ref();
    let (place, aside) = (place_of(&sha256), laid_aside(&sha256));
    let kept_until = now.plus_seconds(-ASIDE_SECONDS);
    if held {
        if is_there(objects, &place).await? {
            remove(objects, &aside).await?;
        } else {
            move_over(objects, &aside, &place).await?;
        }
        return settle(dock, sha256, None).await;
    }
    match moved_at {
        None => {
            move_over(objects, &place, &aside).await?;
            settle(dock, sha256, Some(now)).await
        }
        Some(moved_at) if moved_at <= kept_until => {
            remove(objects, &aside).await?;
            remove(objects, &place_of_small(&sha256)).await?;
            settle(dock, sha256, None).await
        }
        Some(_) => Ok(()),
    }
}

async fn settle(dock: &Dock, sha256: [u8; 32], moved_at: Option<Instant>) -> Result<(), Trouble> {
    dock.store
        .write("settle_collected_bytes", move |connection| {
            store::settle(connection, &sha256, moved_at)
        })
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
