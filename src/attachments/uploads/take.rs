//! Bytes as they come: cut into parts, each made durable before the offset moves past it.
//!
//! What was told to the sender by an offset is never lost, whenever the process dies; what was not told is sent again. A
//! request that is cut off keeps what came, unless it names a checksum: then all of it counts or nothing.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};
use object_store::{ObjectStoreExt as _, PutPayload};

use super::checksum::Checksum;
use super::dock::{Dock, Trouble};
use super::model::{Part, Upload, UploadState};
use super::{KEPT_SECONDS, place, store};
use crate::attachments::object::remove;
use crate::store::StoreError;

/// Most bytes of one part, and so what one request holds in memory.
const PART: usize = 1024 * 1024;
/// How long nothing may come before what came is made durable: a line that is dead does not say so.
const PATIENCE: Duration = Duration::from_secs(1);
/// After how many such times a line is taken for dead.
const MOST_SILENT: u32 = 60;

/// Takes the bytes of one request in and returns the upload as it stands then.
///
/// # Errors
/// What kept bytes from being taken in; those before them stay.
pub async fn take<E>(
    dock: &Dock,
    upload: Upload,
    pieces: impl Stream<Item = Result<Bytes, E>> + Unpin,
    checksum: Option<Checksum>,
) -> Result<Upload, Trouble> {
    let mut taking = Taking {
        dock,
        upload,
        waiting: BytesMut::new(),
        checksum,
        held: Vec::new(),
    };
    match taking.all(pieces).await {
        Ok(()) => Ok(taking.upload),
        Err(trouble) => {
            taking.let_go().await;
            Err(trouble)
        }
    }
}

struct Taking<'a> {
    dock: &'a Dock,
    upload: Upload,
    waiting: BytesMut,
    checksum: Option<Checksum>,
    /// Parts that are durable and do not count yet.
    held: Vec<Part>,
}

impl Taking<'_> {
    async fn all<E>(&mut self, mut pieces: impl Stream<Item = Result<Bytes, E>> + Unpin) -> Result<(), Trouble> {
        let mut silent = 0;
        let is_whole = loop {
            match tokio::time::timeout(PATIENCE, pieces.next()).await {
                Ok(Some(Ok(piece))) => {
                    silent = 0;
                    self.piece(&piece).await?;
                }
                Ok(Some(Err(_))) => break false,
                Ok(None) => break true,
                Err(_) if silent == MOST_SILENT => break false,
                Err(_) => {
                    silent += 1;
                    if self.checksum.is_none() {
                        self.keep().await?;
                    }
                }
            }
        };
        self.keep().await?;
        match self.checksum.take() {
            Some(sum) if is_whole && sum.clone().holds() => {
                let held = std::mem::take(&mut self.held);
                self.count(held).await
            }
            Some(_) => Err(Trouble::Checksum),
            None => Ok(()),
        }
    }

    async fn piece(&mut self, piece: &[u8]) -> Result<(), Trouble> {
        let coming = i64::try_from(self.waiting.len() + piece.len()).map_err(|_| Trouble::TooMany)?;
        if self.reached() + coming > self.upload.length {
            return Err(Trouble::TooMany);
        }
        if let Some(sum) = &mut self.checksum {
            sum.update(piece);
        }
        self.waiting.extend_from_slice(piece);
        while self.waiting.len() >= PART {
            let part = self.waiting.split_to(PART).freeze();
            self.part(part).await?;
        }
        Ok(())
    }

    async fn keep(&mut self) -> Result<(), Trouble> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let part = self.waiting.split().freeze();
        self.part(part).await
    }

    /// Makes a part durable, and counts it unless a sum is to be waited for.
    async fn part(&mut self, bytes: Bytes) -> Result<(), Trouble> {
        let start = self.reached();
        let part = Part {
            start,
            size: i64::try_from(bytes.len()).map_err(|_| Trouble::TooMany)?,
            object: format!("{start}-{}", self.dock.clock.random_id().simple()),
        };
        let place = place::of_part(self.upload.id, &part.object);
        self.dock.objects.put(&place, PutPayload::from(bytes)).await?;
        if self.checksum.is_some() {
            self.held.push(part);
            Ok(())
        } else {
            self.count(vec![part]).await
        }
    }

    /// Moves the offset. When nobody knows whether that was kept, the parts stay: they go with the upload.
    async fn count(&mut self, parts: Vec<Part>) -> Result<(), Trouble> {
        let Some(last) = parts.last() else {
            return Ok(());
        };
        let received = last.start + last.size;
        let expires_at = self.dock.clock.now().plus_seconds(KEPT_SECONDS);
        let (before, moving) = (self.upload.clone(), parts.clone());
        let moved = self
            .dock
            .store
            .write("advance_upload", move |connection| {
                let moved = store::advance(connection, &before, &moving, expires_at)?;
                if moved && (before.received == 0 || received == before.length) {
                    store::tell_slots(connection, &before.owner, before.sha256)?;
                }
                Ok::<_, StoreError>(moved)
            })
            .await?;
        if !moved {
            self.held = parts;
            return Err(Trouble::Moved);
        }
        self.upload.received = received;
        self.upload.expires_at = expires_at;
        if received == self.upload.length {
            self.upload.state = UploadState::Whole;
        }
        Ok(())
    }

    /// Where the next byte stands.
    fn reached(&self) -> i64 {
        self.held
            .last()
            .map_or(self.upload.received, |part| part.start + part.size)
    }

    async fn let_go(&self) {
        for part in &self.held {
            let place = place::of_part(self.upload.id, &part.object);
            if let Err(error) = remove(self.dock.objects.as_ref(), &place).await {
                log::warn!("a part that does not count could not be removed: {error}");
            }
        }
    }
}
