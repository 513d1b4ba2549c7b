//! Resumable uploads after the tus 1.0 protocol: bytes that come in pieces over a line that breaks.
//!
//! Each part is an object of its own, and a row says which of them count. The offset moves only when a part is durable, and
//! only from where it stood, so of two that bring the same bytes one wins. When the last byte is here the parts are read
//! once, through the digest and the look at what they are, into the place of evidence.

mod checksum;
mod dock;
mod finish;
mod http;
mod model;
mod place;
mod store;
mod take;
mod view;

pub use dock::{Dock, Trouble};
use finish::finish;
pub use http::configure;
pub use model::UploadState;

use crate::values::{Instant, UploadId};

/// How long an upload is kept after its last byte came, in seconds.
const KEPT_SECONDS: i64 = 7 * 86_400;
/// How long whoever took the last byte has to make evidence of it before others do, in seconds.
const FINISHED_WITHIN_SECONDS: i64 = 600;
/// How long parts of an upload that is not on record may lie there, in seconds.
const LEFT_SECONDS: i64 = 86_400;
/// How many uploads are read at a time.
const AT_ONCE: i64 = 100;

/// Finishes what a process that died left whole, and removes what has expired. Returns how many uploads that were.
///
/// # Errors
/// The failures of both stores.
pub async fn tend(dock: &Dock) -> Result<usize, Trouble> {
    let now = dock.clock.now();
    let left = now.plus_seconds(KEPT_SECONDS - FINISHED_WITHIN_SECONDS);
    let whole = dock
        .store
        .read("whole_uploads", move |connection| {
            store::whole(connection, left, AT_ONCE)
        })
        .await?;
    let mut tended = 0;
    for upload in whole {
        finish(dock, upload).await?;
        tended += 1;
    }
    loop {
        let expired = dock
            .store
            .read("expired_uploads", move |connection| {
                store::expired(connection, now, AT_ONCE)
            })
            .await?;
        if expired.is_empty() {
            break;
        }
        for upload in expired {
            remove(dock, upload.id, upload.owner, upload.sha256).await?;
            tended += 1;
        }
    }
    tended += sweep(dock, now.plus_seconds(-LEFT_SECONDS)).await?;
    Ok(tended)
}

/// Removes an upload: first from the record, so that nothing counts on bytes that are gone.
async fn remove(dock: &Dock, id: UploadId, owner: String, sha256: Option<[u8; 32]>) -> Result<(), Trouble> {
    dock.store
        .write("remove_upload", move |connection| {
            store::remove(connection, id)?;
            store::tell_slots(connection, &owner, sha256)
        })
        .await?;
    Ok(place::clear(dock.objects.as_ref(), id).await?)
}

/// Removes what lies there of uploads that are not on record.
async fn sweep(dock: &Dock, since: Instant) -> Result<usize, Trouble> {
    let lying = place::lying_since(dock.objects.as_ref(), since).await?;
    let asked = lying.clone();
    let known = dock
        .store
        .read("uploads_on_record", move |connection| {
            store::on_record(connection, &asked)
        })
        .await?;
    let mut swept = 0;
    for id in lying.into_iter().filter(|id| !known.contains(id)) {
        place::clear(dock.objects.as_ref(), id).await?;
        swept += 1;
    }
    Ok(swept)
}
