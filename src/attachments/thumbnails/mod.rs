//! Small pictures of photographs, for lists on a telephone. They are made when somebody first asks and kept under the digest.

mod http;

use std::io::Cursor;
use std::sync::Arc;

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};
use object_store::path::Path;
use object_store::{GetOptions, ObjectStore, ObjectStoreExt as _, PutPayload};
use tokio::sync::Semaphore;

pub use http::configure;

use super::model::Attachment;
use super::object::{bytes_of, hexadecimal};

/// Where they lie.
const PLACE: &str = "thumbnails";
/// Length of the longest side, in pixels.
const LONGEST_SIDE: u32 = 320;
/// How good the JPEG is, of 100.
const QUALITY: u8 = 80;
/// Bytes of the largest photograph that is made small.
const LARGEST_FILE: i64 = 40 * 1024 * 1024;
/// Longest side of a photograph that is made small, in pixels.
const LONGEST_READ: u32 = 20_000;
/// Most memory that one picture may take while it is read, in bytes: 64 million points.
const MOST_MEMORY: u64 = 256 * 1024 * 1024;
/// How many pictures are read at a time.
const AT_A_TIME: usize = 2;

/// Where photographs are made small, few at a time.
#[derive(Debug, Clone)]
pub struct Darkroom(Arc<Semaphore>);

impl Default for Darkroom {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_A_TIME)))
    }
}

/// Where the small picture of that digest lies.
pub fn place_of_small(sha256: &[u8; 32]) -> Path {
    Path::from(format!("{PLACE}/{}", hexadecimal(sha256)))
}

/// What a photograph of that media type is read as; nothing for what cannot be made small.
fn format(media_type: &str) -> Option<ImageFormat> {
    match media_type {
        "image/jpeg" => Some(ImageFormat::Jpeg),
        "image/png" => Some(ImageFormat::Png),
        "image/webp" => Some(ImageFormat::WebP),
        _ => None,
    }
}

/// The small picture of a photograph as JPEG; nothing for what has none.
///
/// # Errors
/// The failures of the object store.
async fn small(
    objects: &dyn ObjectStore,
    darkroom: &Darkroom,
    attachment: &Attachment,
) -> Result<Option<Bytes>, object_store::Error> {
    let Some(format) = format(&attachment.media_type).filter(|_| attachment.size <= LARGEST_FILE) else {
        return Ok(None);
    };
    let place = place_of_small(&attachment.sha256);
    match objects.get(&place).await {
        Ok(made) => return Ok(Some(made.bytes().await?)),
        Err(object_store::Error::NotFound { .. }) => {}
        Err(error) => return Err(error),
    }
    // Nobody closes it.
    let Ok(turn) = Arc::clone(&darkroom.0).acquire_owned().await else {
        return Ok(None);
    };
    let whole = bytes_of(objects, &attachment.sha256, GetOptions::default())
        .await?
        .bytes()
        .await?;
    // The turn is over when the work is, though nobody may wait for it any more.
    let made = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        make(&whole, format)
    })
    .await
    .ok()
    .flatten();
    let Some(made) = made.map(Bytes::from) else {
        return Ok(None);
    };
    objects.put(&place, PutPayload::from(made.clone())).await?;
    Ok(Some(made))
}

/// Nothing for what cannot be read, or is larger than anything that a camera writes.
fn make(photograph: &[u8], format: ImageFormat) -> Option<Vec<u8>> {
    let mut reader = ImageReader::with_format(Cursor::new(photograph), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_READ);
    limits.max_image_height = Some(LONGEST_READ);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    if decoder.total_bytes() > MOST_MEMORY {
        return None;
    }
    let turn = decoder.orientation().ok()?;
    let picture = DynamicImage::from_decoder(decoder).ok()?;
    let mut picture = if picture.width().max(picture.height()) > LONGEST_SIDE {
        picture.thumbnail(LONGEST_SIDE, LONGEST_SIDE)
    } else {
        picture
    };
    picture.apply_orientation(turn);
    let mut made = Vec::new();
    picture
        .to_rgb8()
        .write_with_encoder(JpegEncoder::new_with_quality(&mut made, QUALITY))
        .ok()?;
    Some(made)
}
