//! When and where a photograph was taken, read from what the camera wrote into it.
//!
//! It is proof, and no more than the word of a camera: nothing is decided by it.

use exif::{Exif, In, Reader, Tag, Value};
use object_store::{GetOptions, GetRange, ObjectStore};

use super::model::{Exposure, ExposureLocation};
use super::object::place_of;
use crate::values::Instant;

/// How many bytes are looked at; cameras write what is read here before the picture.
const LOOKED_AT: u64 = 256 * 1024;

/// What a camera wrote into the bytes of that digest; nothing where they hold none of it, or cannot be read.
pub async fn of(objects: &dyn ObjectStore, sha256: &[u8; 32]) -> Exposure {
    let options = GetOptions {
        range: Some(GetRange::Bounded(0..LOOKED_AT)),
        ..GetOptions::default()
    };
    let head = match objects.get_opts(&place_of(sha256), options).await {
        Ok(found) => found.bytes().await,
        Err(error) => Err(error),
    };
    match head {
        Ok(head) => tokio::task::spawn_blocking(move || read(&head))
            .await
            .unwrap_or_default(),
        Err(error) => {
            log::warn!("what a camera wrote could not be looked up: {error}");
            Exposure::default()
        }
    }
}

fn read(head: &[u8]) -> Exposure {
    let mut head = std::io::Cursor::new(head);
    Reader::new().read_from_container(&mut head).map_or_else(
        |_| Exposure::default(),
        |exif| Exposure {
            captured_at: captured_at(&exif),
            location: location(&exif),
        },
    )
}

/// A camera that does not name its zone is one of here.
fn captured_at(exif: &Exif) -> Option<Instant> {
    let text = |tag| match &exif.get_field(tag, In::PRIMARY)?.value {
        Value::Ascii(lines) => std::str::from_utf8(lines.first()?).ok().map(str::trim),
        _ => None,
    };
    let (day, time) = text(Tag::DateTimeOriginal)?.split_once(' ')?;
    let zone = text(Tag::OffsetTimeOriginal).unwrap_or("+08:00");
    format!("{}T{time}{zone}", day.replace(':', "-")).parse().ok()
}

fn location(exif: &Exif) -> Option<ExposureLocation> {
    let location = ExposureLocation {
        latitude: degrees(exif, Tag::GPSLatitude, Tag::GPSLatitudeRef, b"S")?,
        longitude: degrees(exif, Tag::GPSLongitude, Tag::GPSLongitudeRef, b"W")?,
    };
    let on_earth = location.latitude.abs() <= 90.0 && location.longitude.abs() <= 180.0;
    on_earth.then_some(location)
}

/// Degrees, minutes and seconds as degrees; `negative` is the half of the earth that counts downwards.
fn degrees(exif: &Exif, tag: Tag, half: Tag, negative: &[u8]) -> Option<f64> {
    let Value::Rational(parts) = &exif.get_field(tag, In::PRIMARY)?.value else {
        return None;
    };
    let [degrees, minutes, seconds] = parts.first_chunk::<3>()?;
    let value = degrees.to_f64() + minutes.to_f64() / 60.0 + seconds.to_f64() / 3600.0;
    let Value::Ascii(half) = &exif.get_field(half, In::PRIMARY)?.value else {
        return None;
    };
    let value = if half.first()?.as_slice() == negative {
        -value
    } else {
        value
    };
    value.is_finite().then_some(value)
}
