//! The bytes: sniffed, bounded, streamed to the object store, and kept once under their digest.

use std::fmt::Write as _;

use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::{GetOptions, GetResult, MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::collect::announce;
use super::sniff::fits;
use super::uploads::Dock;
use crate::store::StoreError;
use crate::values::{AttachmentId, Instant};

/// Where uploads lie until they are whole.
const INCOMING: &str = "incoming";
/// How many bytes are looked at before anything is written.
const SNIFFED: usize = 16 * 1024;
/// How many bytes are handed to the object store at a time: the least that S3 takes for a part that is not the last.
const PART: usize = 5 * 1024 * 1024;
/// Where bytes lie that no row holds any more.
const ASIDE: &str = "collected";

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
    Objects(#[from] object_store::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
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
    dock: &'a Dock,
    media_type: &'a str,
    limit: usize,
    place: Path,
    looked_at: bool,
    part: BytesMut,
    upload: Option<Box<dyn MultipartUpload>>,
    hash: Sha256,
    size: usize,
}

/// Keeps bytes that are in memory already.
///
/// # Errors
/// When they cannot be taken.
pub async fn keep(dock: &Dock, media_type: &str, bytes: Bytes, id: AttachmentId) -> Result<Kept, Refused> {
    let mut intake = Intake::new(dock, media_type, bytes.len(), id.uuid());
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

/// Where bytes of that digest lie for a day after the last row that held them.
pub fn laid_aside(sha256: &[u8; 32]) -> Path {
    Path::from(format!("{ASIDE}/{}", hexadecimal(sha256)))
}

/// Bytes of that digest, wherever they lie.
///
/// # Errors
/// The failures of the object store.
pub async fn bytes_of(
    objects: &dyn ObjectStore,
    sha256: &[u8; 32],
    options: GetOptions,
) -> Result<GetResult, object_store::Error> {
    match objects.get_opts(&place_of(sha256), options.clone()).await {
        // A row that came back for them is answered before they are put back.
        Err(object_store::Error::NotFound { .. }) => objects.get_opts(&laid_aside(sha256), options).await,
        found => found,
    }
}

/// Removes an object that may be gone already.
///
/// # Errors
/// The failures of the object store.
pub async fn remove(objects: &dyn ObjectStore, place: &Path) -> Result<(), object_store::Error> {
    match objects.delete(place).await {
        Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
        Err(error) => Err(error),
    }
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
    pub fn new(dock: &'a Dock, media_type: &'a str, limit: usize, name: Uuid) -> Self {
        Self {
            dock,
            media_type,
            limit,
            place: Path::from(format!("{INCOMING}/{name}")),
            looked_at: false,
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
        self.part.extend_from_slice(&piece);
        if self.part.len() >= SNIFFED {
            self.look()?;
        }
        if self.part.len() >= PART {
            self.flush().await?;
        }
        Ok(())
    }

    /// Ends: the bytes are durable and kept under their digest, and a row has to hold them within a day.
    ///
    /// # Errors
    /// When they cannot be taken; the caller then aborts.
    pub async fn finish(&mut self, expected: Option<[u8; 32]>) -> Result<Kept, Refused> {
        if self.size == 0 {
            return Err(Refused::Empty);
        }
        self.look()?;
        let sha256: [u8; 32] = self.hash.clone().finalize().into();
        if expected.is_some_and(|expected| expected != sha256) {
            return Err(Refused::Digest);
        }
        if self.upload.is_some() {
            self.flush().await?;
        }
        if let Some(mut upload) = self.upload.take() {
            upload.complete().await?;
        } else {
            let whole = PutPayload::from(self.part.split().freeze());
            self.dock.objects.put(&self.place, whole).await?;
        }
        announce(self.dock, sha256).await?;
        // Over what may be there: the same bytes, which somebody may be about to lay aside.
        self.dock.objects.rename(&self.place, &place_of(&sha256)).await?;
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

    /// Looks, once, whether the bytes begin as what the sender says they are.
    fn look(&mut self) -> Result<(), Refused> {
        if !self.looked_at && !fits(&self.part, self.media_type) {
            return Err(Refused::MediaType);
        }
        self.looked_at = true;
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), Refused> {
        let part = self.part.split().freeze();
        if part.is_empty() {
            return Ok(());
        }
        let upload = match &mut self.upload {
            Some(upload) => upload,
            none => none.insert(self.dock.objects.put_multipart(&self.place).await?),
        };
        upload.put_part(part.into()).await?;
        Ok(())
    }
}
