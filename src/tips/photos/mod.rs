//! Photographs of tips: sent before the tip, sealed under a key of their own, and claimed by the tip that names them.
//!
//! Until then the key lies in the folder of keys; afterwards it lies sealed under the key of the tip, and goes with it.
//! One that nobody claims vanishes on the second day.

mod store;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload};
use tokio::task::spawn_blocking;

pub use self::store::{
    claim, forget, forget_unclaimed, is_key_of_a_photo, is_object_of_a_photo, of_tip, unclaimed_before,
};
use super::desk::Desk;
use super::photo;
use super::vault::{Key, KeyName, Sealed};
use crate::law::refusal::Refusal;
use crate::store::{Failure, StoreError};
use crate::values::{TipId, TipPhotoId};

/// Where the sealed bytes lie in the object store.
const PLACE: &str = "tips";

/// A photograph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// Its id. Whoever knows it may name it in a tip.
    pub id: TipPhotoId,
    /// Name of the sealed bytes.
    pub object: String,
    /// What it is.
    pub media_type: String,
    /// How large it is, in bytes.
    pub size: i64,
}

/// A photograph that no tip has claimed.
#[derive(Debug, Clone)]
pub struct Unclaimed {
    /// It.
    pub photo: Photo,
    /// The name of its key.
    pub key: KeyName,
}

/// Strips a photograph, seals it and puts it on record; nothing when the bytes are no photograph of that kind.
///
/// # Errors
/// The failures of the folder of keys, of the object store and of the store.
pub async fn take(desk: &Desk, media_type: &'static str, bytes: Bytes) -> Result<Option<Photo>, Failure> {
    let stripped = spawn_blocking(move || photo::strip(media_type, bytes)).await;
    let Some(stripped) = stripped.map_err(|error| StoreError::Unavailable(error.to_string()))? else {
        return Ok(None);
    };
    let photo = Photo {
        id: TipPhotoId::new(&desk.clock),
        object: desk.clock.random_id().simple().to_string(),
        media_type: media_type.to_owned(),
        size: i64::try_from(stripped.len()).map_err(|error| StoreError::Corrupt(error.to_string()))?,
    };
    let (clock, id) = (desk.clock.clone(), photo.id);
    let (name, sealed) = desk
        .with_vault(move |vault| {
            let (name, key) = vault.make_key(&clock)?;
            let sealed = key.seal(&about(id), stripped.to_vec())?;
            Ok((name, sealed))
        })
        .await?;
    let put = desk.objects.put(&place(&photo.object), PutPayload::from(sealed)).await;
    put.map_err(|error| StoreError::Unavailable(error.to_string()))?;
    let (kept, key, today) = (photo.clone(), name.clone(), desk.clock.now().day());
    desk.store
        .write("store_tip_photo", move |connection| {
            store::insert(connection, &kept, &key, today)
        })
        .await?;
    desk.with_vault(move |vault| vault.keep(&name)).await?;
    Ok(Some(photo))
}

/// A photograph that a tip is about to claim: its key, sealed under that of the tip.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The photograph.
    pub id: TipPhotoId,
    /// The file of its key, which goes when the tip is on record.
    pub name: KeyName,
    /// Its key under that of the tip.
    pub sealed_key: Sealed,
}

/// Prepares to claim a photograph for a tip; nothing when there is none that nobody has claimed.
///
/// # Errors
/// The failures of the folder and of the store.
pub async fn prepare(desk: &Desk, id: TipPhotoId, tip: TipId, key: &Key) -> Result<Option<Claim>, Failure> {
    let found = desk
        .store
        .read("unclaimed_tip_photo", move |connection| {
            store::unclaimed_key(connection, id)
        })
        .await?;
    let Some(name) = found else {
        return Ok(None);
    };
    let (of_photo, of_tip) = (name.clone(), key.clone());
    let sealed_key = desk
        .with_vault(move |vault| {
            let key = vault.key(&of_photo)?;
            of_tip.seal(&about_key(tip, id), key.bytes().to_vec())
        })
        .await?;
    Ok(Some(Claim { id, name, sealed_key }))
}

/// The bytes of a photograph of a tip.
///
/// # Errors
/// [`Refusal::NotFound`] when the tip has no such photograph; the failures of the object store and of the store.
pub async fn read(desk: &Desk, tip: TipId, id: TipPhotoId, key: &Key) -> Result<(Photo, Vec<u8>), Failure> {
    let found = desk
        .store
        .read("get_tip_photo", move |connection| store::find(connection, tip, id))
        .await?;
    let (photo, sealed_key) = found.ok_or(Refusal::NotFound)?;
    let unavailable = |error: object_store::Error| StoreError::Unavailable(error.to_string());
    let object = desk.objects.get(&place(&photo.object)).await.map_err(unavailable)?;
    let sealed = object.bytes().await.map_err(unavailable)?;
    let key = key.clone();
    let opened = spawn_blocking(move || {
        let bytes = key.open(&about_key(tip, id), &sealed_key)?;
        let own = Key::of_slice(&bytes)?;
        own.open(&about(id), &sealed).map(|bytes| bytes.to_vec())
    })
    .await;
    let bytes = opened.map_err(|error| StoreError::Unavailable(error.to_string()))??;
    Ok((photo, bytes))
}

/// Takes the sealed bytes of a photograph away; fine when they are gone.
///
/// # Errors
/// The failures of the object store.
pub async fn remove(objects: &dyn ObjectStore, photo: &Photo) -> Result<(), StoreError> {
    match objects.delete(&place(&photo.object)).await {
        Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
        Err(error) => Err(StoreError::Unavailable(error.to_string())),
    }
}

/// The folder of the sealed bytes.
pub fn folder() -> Path {
    Path::from(PLACE)
}

fn place(object: &str) -> Path {
    folder().join(object)
}

fn about(id: TipPhotoId) -> String {
    format!("photo/{id}")
}

fn about_key(tip: TipId, id: TipPhotoId) -> String {
    format!("tip/{tip}/photo/{id}")
}
