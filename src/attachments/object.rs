//! The bytes: sniffed, bounded, streamed to the object store, and kept once under their digest.

use std::fmt::Write as _;

use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::sniff::fits;
use crate::values::{AttachmentId, Instant};

/// Where uploads lie until they are whole.
const INCOMING: &str = "incoming";
/// How many bytes are looked at before anything is written.
const SNIFFED: usize = 16 * 1024;
/// How many bytes are handed to the object store at a time.
const PART: usize = 1024 * 1024;

/// Why bytes were not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// There are none.
    #[error("empty")]
    Empty,
    /// More than allowed.
    #[error("too large")]
    TooLarge,
    /// Not of a kind that is taken, or not what the sender said.
    #[error("media type")]
    MediaType,
    /// Not the bytes that the sender's digest is of.
    #[error("digest")]
    Digest,
    /// The object store failed.
    #[error("the object store failed: {0}")]
    Store(#[from] object_store::Error),
}

/// Bytes that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// SHA-256.
    pub sha256: [u8; 32],
    /// How many.
    pub size: usize,
}

/// Takes bytes piece by piece. Dropping it before [`Intake::finish`] leaves nothing behind but what [`Intake::abort`]
/// would have removed at once.
pub struct Intake<'a> {
    objects: &'a dyn ObjectStore,
    media_type: &'a str,
    limit: usize,
    place: Path,
    head: BytesMut,
    part: BytesMut,
    upload: Option<Box<dyn MultipartUpload>>,
    hash: Sha256,
    size: usize,
}

/// Keeps bytes that are in memory already.
///
/// # Errors
/// When they cannot be taken.
pub async fn keep(
    objects: &dyn ObjectStore,
    media_type: &str,
    bytes: Bytes,
    id: AttachmentId,
) -> Result<Kept, Refused> {
    let mut intake = Intake::new(objects, media_type, bytes.len(), id.uuid());
    intake.take(bytes).await?;
    intake.finish(None).await
}

/// Removes what a process that died left of its uploads a day ago or earlier, and returns how many that were.
///
/// # Errors
/// The failures of the object store.
pub async fn sweep(objects: &dyn ObjectStore, now: Instant) -> Result<usize, object_store::Error> {
    let oldest = now.plus_seconds(-24 * 3600).seconds();
    let abandoned: Vec<Path> = objects
        .list(Some(&Path::from(INCOMING)))
        .try_filter(|found| std::future::ready(found.last_modified.timestamp() < oldest))
        .map_ok(|found| found.location)
        .try_collect()
        .await?;
    for path in &abandoned {
        objects.delete(path).await?;
    }
    Ok(abandoned.len())
}

/// Where bytes of that digest are kept.
pub fn place_of(sha256: &[u8; 32]) -> Path {
    let name = hexadecimal(sha256);
    let (folder, rest) = name.split_at_checked(2).unwrap_or(("", &name));
    Path::from(format!("{folder}/{rest}"))
}

/// A digest as people write it.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl<'a> Intake<'a> {
    /// Begins. `name` is unique among uploads.
    pub fn new(objects: &'a dyn ObjectStore, media_type: &'a str, limit: usize, name: Uuid) -> Self {
        Self {
            objects,
            media_type,
            limit,
            place: Path::from(format!("{INCOMING}/{name}")),
            head: BytesMut::new(),
            part: BytesMut::new(),
            upload: None,
            hash: Sha256::new(),
            size: 0,
        }
    }

    /// Takes a piece.
    ///
    /// # Errors
    /// As soon as the bytes cannot be taken; the caller then aborts.
    pub async fn take(&mut self, piece: Bytes) -> Result<(), Refused> {
        self.size += piece.len();
        if self.size > self.limit {
            return Err(Refused::TooLarge);
        }
        self.hash.update(&piece);
        if self.upload.is_none() {
            self.head.extend_from_slice(&piece);
            if self.head.len() >= SNIFFED {
                self.begin().await?;
            }
            return Ok(());
        }
        self.part.extend_from_slice(&piece);
        if self.part.len() >= PART {
            self.flush().await
        } else {
            Ok(())
        }
    }

    /// Ends: the bytes are durable and kept under their digest.
    ///
    /// # Errors
    /// When they cannot be taken; the caller then aborts.
    pub async fn finish(&mut self, expected: Option<[u8; 32]>) -> Result<Kept, Refused> {
        if self.size == 0 {
            return Err(Refused::Empty);
        }
        let sha256: [u8; 32] = self.hash.clone().finalize().into();
        if self.upload.is_none() {
            self.begin().await?;
        }
        if expected.is_some_and(|expected| expected != sha256) {
            return Err(Refused::Digest);
        }
        self.flush().await?;
        if let Some(mut upload) = self.upload.take() {
            upload.complete().await?;
        }
        match self.objects.rename_if_not_exists(&self.place, &place_of(&sha256)).await {
            Ok(()) => {}
            Err(object_store::Error::AlreadyExists { .. }) => self.objects.delete(&self.place).await?,
            Err(error) => return Err(error.into()),
        }
        Ok(Kept {
            sha256,
            size: self.size,
        })
    }

    /// Removes what was written.
    pub async fn abort(&mut self) {
        if let Some(mut upload) = self.upload.take()
            && let Err(error) = upload.abort().await
        {
            log::warn!("an upload that was refused could not be removed: {error}");
        }
    }

    async fn begin(&mut self) -> Result<(), Refused> {
        if !fits(&self.head, self.media_type) {
            return Err(Refused::MediaType);
        }
        self.upload = Some(self.objects.put_multipart(&self.place).await?);
        self.part = std::mem::take(&mut self.head);
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), Refused> {
        let part = self.part.split().freeze();
        if let Some(upload) = self.upload.as_mut().filter(|_| !part.is_empty()) {
            upload.put_part(part.into()).await?;
        }
        Ok(())
    }
}
