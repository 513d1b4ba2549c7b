//! Whether the bytes of evidence are those that were stored.

use futures_util::TryStreamExt as _;
use object_store::{GetOptions, ObjectStore};
use sha2::{Digest, Sha256};

use super::model::Attachment;
use super::object::bytes_of;

/// What differs between a piece of evidence and its bytes; nothing when they agree.
///
/// # Errors
/// The failures of the object store.
pub async fn difference(
    objects: &dyn ObjectStore,
    attachment: &Attachment,
) -> Result<Option<&'static str>, object_store::Error> {
    let found = match bytes_of(objects, &attachment.sha256, GetOptions::default()).await {
        Err(object_store::Error::NotFound { .. }) => return Ok(Some("its bytes are gone")),
        found => found?,
    };
    let mut hash = Sha256::new();
    let mut pieces = found.into_stream();
    while let Some(piece) = pieces.try_next().await? {
        hash.update(&piece);
    }
    let digest: [u8; 32] = hash.finalize().into();
    Ok((digest != attachment.sha256).then_some("its bytes are not those that were stored"))
}
