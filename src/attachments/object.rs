//! The bytes: sniffed, bounded, streamed to the object store, and kept once under their digest.

use std::fmt::Write as _;

use bytes::{Bytes, BytesMut};
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::values::AttachmentId;

/// What evidence may be: photographs, documents, video.
pub const MEDIA_TYPES: &[&str] = &[
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/heif",
    "image/heic",
    "application/pdf",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "video/mp4",
    "video/quicktime",
];

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
            place: Path::from(format!("incoming/{name}")),
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
        if self.part.len() >= PART { self.flush().await } else { Ok(()) }
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

/// True when the bytes begin like what the sender says they are, and that is taken.
fn fits(head: &[u8], said: &str) -> bool {
    let Some(kind) = infer::get(head) else {
        return false;
    };
    let photograph = ["image/heif", "image/heic"];
    let same = kind.mime_type() == said || (photograph.contains(&kind.mime_type()) && photograph.contains(&said));
    same && MEDIA_TYPES.contains(&said)
}
