//! The last step of an upload: its parts become evidence, or are refused.
//!
//! It may be taken by several nodes at once and again after each died: the bytes are written anew by each, and the first
//! transaction says what became of them.

use futures_util::TryStreamExt as _;
use object_store::ObjectStoreExt as _;

use super::dock::{Dock, Trouble};
use super::model::{Part, Upload, UploadState};
use super::{place, store};
use crate::attachments::exposure;
use crate::attachments::model::Brought;
use crate::attachments::object::{Intake, Kept, Refused};
use crate::attachments::record::record;
use crate::attachments::store as rows;
use crate::law::guards::Guard;
use crate::law::refusal::Refusal;
use crate::store::{Connection, Failure, StoreError};
use crate::values::{AttachmentId, Instant};

/// Makes evidence of an upload whose bytes are all here, and returns the upload as it stands then.
///
/// # Errors
/// The failures of both stores; the upload stays whole.
pub async fn finish(dock: &Dock, upload: Upload) -> Result<Upload, Trouble> {
    let id = upload.id;
    let parts = dock
        .store
        .read("upload_parts", move |connection| store::parts(connection, id))
        .await?;
    let outcome = match assemble(dock, &upload, &parts).await {
        Ok(kept) => Ok(brought(dock, &upload, kept).await),
        Err(Refused::Objects(object_store::Error::NotFound { .. })) => return again(dock, upload).await,
        Err(Refused::Objects(error)) => return Err(error.into()),
        Err(Refused::Store(error)) => return Err(error.into()),
        Err(Refused::Digest) => Err("digest_mismatch"),
        Err(Refused::MediaType | Refused::Empty | Refused::TooLarge) => Err("unsupported_media_type"),
    };
    let (now, seed, fresh) = (dock.clock.now(), dock.seed()?, AttachmentId::new(&dock.clock));
    let settled = dock
        .store
        .write("finish_upload", move |connection| {
            settle(connection, &upload, &outcome, fresh, now, seed)
        })
        .await?;
    let settled = settled.ok_or(Trouble::Gone)?;
    place::clear(dock.objects.as_ref(), id).await?;
    Ok(settled)
}

/// Another node took the parts away: it has said what became of them.
async fn again(dock: &Dock, upload: Upload) -> Result<Upload, Trouble> {
    let id = upload.id;
    let found = dock
        .store
        .read("find_upload", move |connection| store::find(connection, id))
        .await?;
    found.ok_or(Trouble::Gone)
}

async fn assemble(dock: &Dock, upload: &Upload, parts: &[Part]) -> Result<Kept, Refused> {
    let limit = usize::try_from(upload.length).map_err(|_| Refused::TooLarge)?;
    let objects = dock.objects.as_ref();
    let mut intake = Intake::new(dock, &upload.media_type, limit, dock.clock.random_id());
    let kept = async {
        for part in parts {
            let mut bytes = objects
                .get(&place::of_part(upload.id, &part.object))
                .await?
                .into_stream();
            while let Some(piece) = bytes.try_next().await? {
                intake.take(piece).await?;
            }
        }
        if parts.is_empty() {
            let source = "no parts".into();
            return Err(Refused::Objects(object_store::Error::NotFound {
                path: upload.id.to_string(),
                source,
            }));
        }
        intake.finish(upload.sha256).await
    }
    .await;
    if kept.is_err() {
        intake.abort().await;
    }
    kept
}

async fn brought(dock: &Dock, upload: &Upload, kept: Kept) -> Brought {
    Brought {
        sha256: kept.sha256,
        size: upload.length,
        media_type: upload.media_type.clone(),
        filename: upload.filename.clone(),
        exposure: exposure::of(dock.objects.as_ref(), &kept.sha256).await,
    }
}

/// Nothing when the upload is not on record any more.
fn settle(
    connection: &mut Connection,
    upload: &Upload,
    outcome: &Result<Brought, &'static str>,
    fresh: AttachmentId,
    now: Instant,
    seed: [u8; 16],
) -> Result<Option<Upload>, StoreError> {
    if let Ok(brought) = outcome {
        rows::hold(connection, &upload.owner, &[brought.sha256])?;
    }
    let standing = store::find(connection, upload.id)?;
    let Some(mut settled) = standing.filter(|standing| standing.state == UploadState::Whole) else {
        return store::find(connection, upload.id);
    };
    let became = match outcome {
        Ok(brought) => {
            let sender = settled.sender();
            let recorded = connection.nested(|connection| record(connection, &sender, brought, fresh, now, seed));
            match recorded {
                Ok(attachment) => Ok(attachment.id),
                Err(Failure::Refusal(refusal)) => Err(code(&refusal)),
                Err(Failure::Store(error)) => return Err(error),
            }
        }
        Err(code) => Err(*code),
    };
    match became {
        Ok(id) => {
            settled.state = UploadState::Done;
            settled.attachment_id = Some(id);
        }
        Err(code) => {
            settled.state = UploadState::Refused;
            settled.refusal = Some(code.to_owned());
        }
    }
    store::settle(connection, &settled)?;
    store::tell_slots(connection, &settled.owner, settled.sha256)?;
    Ok(Some(settled))
}

fn code(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Rules(rules) => rules.first().map_or("bad_request", |rule| rule.code),
        Refusal::Broken(broken) => Refusal::leading(broken)
            .map_or(Guard::EvidenceKnown, |broken| broken.guard)
            .code(),
        _ => "role_not_allowed",
    }
}
