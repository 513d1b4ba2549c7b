//! The end of what is kept: when the time of a closed tip is over its key is destroyed, and with it all that it opened,
//! in every copy of the database there may be. Then the row says so. Codes, amounts and days stay.
//!
//! Each step may be the last before the machine loses power; what was begun is begun again until the row says that it is
//! done. Beside it, whatever was left half made is swept.

use std::collections::BTreeSet;

use futures_util::TryStreamExt as _;
use object_store::{ObjectStore as _, ObjectStoreExt as _};

use super::desk::Desk;
use super::fold::{self, ERASE, Entry, Payload};
use super::vault::{KeyName, Standing};
use super::{photos, store, words};
use crate::journal::{self, Actor, Draft, Subject};
use crate::law::refusal::Refusal;
use crate::store::{Connection, Failure, StoreError};
use crate::values::{Instant, TipId, Vocabulary};

/// Tips that are erased in one go.
const BATCH: i64 = 20;
/// Photographs that nobody claimed by the second day are looked for in such numbers.
const UNCLAIMED: i64 = 100;
/// A sealed object without a row was left by a request that ended halfway; no request lasts that long.
const ORPHANED_SECONDS: i64 = 86_400;

/// Erases some tips whose time is over, and returns how many.
///
/// # Errors
/// The failures of the folder of keys, of the object store and of the store. What was erased until then stays erased.
pub async fn erase_due(desk: &Desk) -> Result<usize, Failure> {
    let today = desk.clock.now().day();
    let due = desk
        .store
        .read("tips_to_erase", move |connection| {
            store::due_to_erase(connection, today, BATCH)
        })
        .await?;
    let mut erased = 0;
    for (id, name) in due {
        erased += usize::from(erase(desk, id, name).await?);
    }
    Ok(erased)
}

async fn erase(desk: &Desk, id: TipId, name: KeyName) -> Result<bool, Failure> {
    desk.with_vault(move |vault| vault.destroy(&name)).await?;
    let photos = desk
        .store
        .read("photos_to_erase", move |connection| photos::of_tip(connection, id))
        .await?;
    for photo in &photos {
        photos::remove(desk.objects.as_ref(), photo).await?;
    }
    let (now, salt) = (desk.clock.now(), desk.random()?);
    let erased = desk
        .store
        .write("erase_tip", move |connection| erase_row(connection, id, now, salt))
        .await;
    match erased {
        // Somebody wrote to it at this moment; it is due again.
        Err(Failure::Refusal(Refusal::Stale { .. })) => Ok(false),
        erased => erased,
    }
}

/// False when another node was first.
fn erase_row(connection: &mut Connection, id: TipId, now: Instant, salt: [u8; 16]) -> Result<bool, Failure> {
    let Some(kept) = store::find(connection, id)?.filter(|kept| kept.sealed.is_some()) else {
        return Ok(false);
    };
    let before = kept.tip;
    let draft = Draft {
        subject: Subject::from(id),
        version: before.version + 1,
        action: ERASE,
        event_type: format!("tip.{ERASE}"),
        from: Some(before.status.code()),
        to: Some(before.status.code()),
        at: now,
        actor: Actor::service(),
        payload: serde_json::to_value(Payload::default()).map_err(|error| StoreError::Corrupt(error.to_string()))?,
        salt,
    };
    let after = fold::apply(Some(before.clone()), Entry::from(&draft))?;
    words::forget(connection, id)?;
    photos::forget(connection, id)?;
    store::erase(connection, &before, &after)?;
    journal::append(connection, draft)?;
    Ok(true)
}

/// Sweeps what was left half made. It remembers what it saw, because nothing in the folder of keys says how old it is.
#[derive(Debug, Default)]
pub struct Sweeper {
    seen: BTreeSet<KeyName>,
}

impl Sweeper {
    /// Settles keys whose tips are on record, destroys those that were made for nothing since before the last sweep, and
    /// takes away photographs that nobody claimed. Returns how many things it took away.
    ///
    /// # Errors
    /// As [`erase_due`].
    pub async fn sweep(&mut self, desk: &Desk) -> Result<usize, Failure> {
        Ok(sweep_photos(desk).await? + sweep_objects(desk).await? + self.sweep_keys(desk).await?)
    }

    async fn sweep_keys(&mut self, desk: &Desk) -> Result<usize, Failure> {
        let new = desk.with_vault(|vault| vault.names(Standing::New)).await?;
        let (mut seen, mut swept) = (BTreeSet::new(), 0);
        for name in new {
            let wanted = name.clone();
            let is_used = desk
                .store
                .read("use_of_tip_key", move |connection| {
                    Ok::<_, StoreError>(
                        store::is_key_of_a_tip(connection, &wanted)? || photos::is_key_of_a_photo(connection, &wanted)?,
                    )
                })
                .await?;
            if is_used {
                desk.with_vault(move |vault| vault.keep(&name)).await?;
            } else if self.seen.contains(&name) {
                desk.with_vault(move |vault| vault.destroy(&name)).await?;
                swept += 1;
            } else {
                seen.insert(name);
            }
        }
        self.seen = seen;
        Ok(swept)
    }
}

async fn sweep_photos(desk: &Desk) -> Result<usize, Failure> {
    let yesterday = desk.clock.now().day().minus_days(1);
    let unclaimed = desk
        .store
        .read("unclaimed_tip_photos", move |connection| {
            photos::unclaimed_before(connection, yesterday, UNCLAIMED)
        })
        .await?;
    let mut swept = 0;
    for photos::Unclaimed { photo, key } in unclaimed {
        let id = photo.id;
        let was_unclaimed = desk
            .store
            .write("forget_tip_photo", move |connection| {
                photos::forget_unclaimed(connection, id)
            })
            .await?;
        if was_unclaimed {
            desk.with_vault(move |vault| vault.destroy(&key)).await?;
            photos::remove(desk.objects.as_ref(), &photo).await?;
            swept += 1;
        }
    }
    Ok(swept)
}

async fn sweep_objects(desk: &Desk) -> Result<usize, Failure> {
    let unavailable = |error: object_store::Error| StoreError::Unavailable(error.to_string());
    let before = desk.clock.now().plus_seconds(-ORPHANED_SECONDS).seconds();
    let objects: Vec<_> = desk
        .objects
        .list(Some(&photos::folder()))
        .try_collect()
        .await
        .map_err(unavailable)?;
    let mut swept = 0;
    for object in objects {
        if object.last_modified.timestamp() > before {
            continue;
        }
        let name = object.location.filename().unwrap_or_default().to_owned();
        let is_used = desk
            .store
            .read("use_of_tip_object", move |connection| {
                photos::is_object_of_a_photo(connection, &name)
            })
            .await?;
        if !is_used {
            desk.objects.delete(&object.location).await.map_err(unavailable)?;
            swept += 1;
        }
    }
    Ok(swept)
}
