//! Photographs without what a camera writes beside the picture: where, when, with which telephone, whose.
//!
//! Nothing is looked for that should go; only what a picture needs to be shown is kept. So position, owner, comments,
//! embedded thumbnails, colour profiles, second pictures and whatever stands behind the end are gone, and so is what
//! nobody here has heard of. The turn of the camera goes with them.

use bytes::Bytes;
use img_parts::jpeg::{Jpeg, markers};
use img_parts::png::Png;
use img_parts::riff::{RiffChunk, RiffContent};
use img_parts::webp::{CHUNK_ALPH, CHUNK_VP8, CHUNK_VP8L, CHUNK_VP8X, WebP};

/// A media type that is taken, and how its bytes are stripped.
type Strip = fn(Bytes) -> Option<Bytes>;

/// Every media type that is taken.
const KINDS: &[(&str, Strip)] = &[("image/jpeg", jpeg), ("image/png", png), ("image/webp", webp)];

/// Chunks of a PNG file that a picture needs.
const PNG_CHUNKS: [[u8; 4]; 9] = [
    *b"IHDR", *b"PLTE", *b"IDAT", *b"IEND", *b"tRNS", *b"gAMA", *b"cHRM", *b"sRGB", *b"sBIT",
];
/// The flag of a VP8X chunk that says that a picture is transparent.
const WEBP_ALPHA: u8 = 0b0001_0000;
/// What an Adobe segment holds that says how colours are coded; no more of it is kept.
const ADOBE: &[u8] = b"Adobe";
const ADOBE_LENGTH: usize = 12;

/// Every media type that is taken.
pub fn media_types() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(media_type, _)| *media_type)
}

/// The media type as it is known here, when it is taken.
pub fn known(media_type: &str) -> Option<&'static str> {
    media_types().find(|known| *known == media_type)
}

/// The picture and nothing else; nothing when the bytes are not of that media type, or hold no picture.
pub fn strip(media_type: &str, bytes: Bytes) -> Option<Bytes> {
    let (_, strip) = KINDS.iter().find(|(known, _)| *known == media_type)?;
    strip(bytes)
}

fn jpeg(bytes: Bytes) -> Option<Bytes> {
    let jpeg = Jpeg::from_bytes(bytes).ok()?;
    jpeg.dimensions()?;
    let mut picture = vec![markers::P, markers::SOI];
    let mut shows = false;
    for segment in jpeg.segments() {
        let contents = segment.contents();
        if segment.has_entropy() {
            push_segment(&mut picture, segment.marker(), contents)?;
            // The crate hands the coded data out only behind its segment.
            let whole = segment.clone().encoder().bytes();
            scans(&mut picture, whole.get(segment.len()..)?)?;
            shows = true;
        } else if is_of_picture(segment.marker()) {
            push_segment(&mut picture, segment.marker(), contents)?;
        } else if segment.marker() == markers::APP14 && contents.starts_with(ADOBE) {
            push_segment(&mut picture, segment.marker(), contents.get(..ADOBE_LENGTH)?)?;
        }
    }
    picture.extend_from_slice(&[markers::P, markers::EOI]);
    shows.then(|| Bytes::from(picture))
}

/// Frames, tables and scans.
fn is_of_picture(marker: u8) -> bool {
    matches!(marker, markers::SOF0..=markers::SOF15 | markers::SOS..=markers::EXP)
}

/// What stands between the first scan and the end of the picture: more scans with their tables, and perhaps segments
/// that are no part of it.
fn scans(picture: &mut Vec<u8>, mut rest: &[u8]) -> Option<()> {
    loop {
        let (end, marker) = next_marker(rest);
        picture.extend_from_slice(rest.get(..end)?);
        let Some(marker) = marker.filter(|marker| *marker != markers::EOI) else {
            return Some(());
        };
        rest = rest.get(end + 2..)?;
        if marker == markers::SOI {
            continue;
        }
        let (length, _) = rest.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        let contents = rest.get(2..length)?;
        if is_of_picture(marker) {
            push_segment(picture, marker, contents)?;
        }
        rest = rest.get(length..)?;
    }
}

/// Where the coded data ends, and which marker stands there; restarts are a part of the data.
fn next_marker(data: &[u8]) -> (usize, Option<u8>) {
    let found = data.windows(2).enumerate().find_map(|(place, pair)| match pair {
        [markers::P, marker] if !matches!(*marker, markers::Z | markers::P | markers::RST0..=markers::RST7) => {
            Some((place, *marker))
        }
        _ => None,
    });
    found.map_or((data.len(), None), |(place, marker)| (place, Some(marker)))
}

fn push_segment(picture: &mut Vec<u8>, marker: u8, contents: &[u8]) -> Option<()> {
    let length = u16::try_from(contents.len() + 2).ok()?;
    picture.extend_from_slice(&[markers::P, marker]);
    picture.extend_from_slice(&length.to_be_bytes());
    picture.extend_from_slice(contents);
    Some(())
}

fn png(bytes: Bytes) -> Option<Bytes> {
    let mut png = Png::from_bytes(bytes).ok()?;
    png.dimensions()?;
    png.chunks_mut().retain(|chunk| PNG_CHUNKS.contains(&chunk.kind()));
    png.chunk_by_type(*b"IDAT")?;
    Some(png.encoder().bytes())
}

fn webp(bytes: Bytes) -> Option<Bytes> {
    let mut webp = WebP::from_bytes(bytes).ok()?;
    webp.dimensions()?;
    let kept = [CHUNK_VP8, CHUNK_VP8L, CHUNK_ALPH, CHUNK_VP8X];
    webp.chunks_mut().retain(|chunk| kept.contains(&chunk.id()));
    // A moving picture keeps its frames in chunks of their own and has none of these.
    if !webp.has_chunk(CHUNK_VP8) && !webp.has_chunk(CHUNK_VP8L) {
        return None;
    }
    let flags = if webp.has_chunk(CHUNK_ALPH) { WEBP_ALPHA } else { 0 };
    let extended = webp.chunks_mut().iter_mut().find(|chunk| chunk.id() == CHUNK_VP8X);
    if let Some(RiffContent::Data(data)) = extended.map(RiffChunk::content_mut) {
        let mut rewritten = vec![flags, 0, 0, 0];
        rewritten.extend_from_slice(data.get(4..10)?);
        *data = Bytes::from(rewritten);
    }
    Some(webp.encoder().bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORD: &[u8] = b"canary";

    fn segment(marker: u8, contents: &[u8]) -> Vec<u8> {
        let mut segment = Vec::new();
        push_segment(&mut segment, marker, contents).unwrap();
        segment
    }

    /// A word in every place of a JPEG file that is not the picture.
    fn jpeg_of(words: bool) -> Vec<u8> {
        let word = |marker: u8, prefix: &[u8]| {
            if words {
                segment(marker, &[prefix, WORD].concat())
            } else {
                Vec::new()
            }
        };
        [
            vec![0xFF, markers::SOI],
            word(markers::APP0, b"JFIF\0"),
            word(markers::APP1, b"Exif\0\0"),
            word(markers::APP1, b"http://ns.adobe.com/xap/1.0/\0"),
            word(markers::APP2, b"ICC_PROFILE\0\x01\x01"),
            word(markers::APP2, b"MPF\0"),
            word(markers::APP13, b"Photoshop 3.0\0"),
            word(markers::COM, b""),
            segment(markers::APP14, b"Adobe\0\x64\0\0\0\0\x01"),
            segment(markers::DQT, &[0; 65]),
            segment(markers::SOF2, b"\x08\x00\x10\x00\x10\x01\x01\x11\x00"),
            segment(markers::SOS, b"\x01\x01\x00\x00\x3f\x00"),
            vec![1, 2, 0xFF, 0, 0xFF, markers::RST0, 3],
            word(markers::COM, b""),
            segment(markers::DHT, b"\x00table"),
            segment(markers::SOS, b"\x01\x01\x00\x00\x3f\x00"),
            vec![4, 5, 0xFF, markers::EOI],
            if words {
                [b"\xFF\xD8".as_slice(), WORD].concat()
            } else {
                Vec::new()
            },
        ]
        .concat()
    }

    fn png_of(words: bool) -> Vec<u8> {
        let chunk = |kind: &[u8; 4], contents: &[u8]| {
            let mut chunk = u32::try_from(contents.len()).unwrap().to_be_bytes().to_vec();
            let told = [kind.as_slice(), contents].concat();
            chunk.extend_from_slice(&told);
            chunk.extend_from_slice(&crc32(&told).to_be_bytes());
            chunk
        };
        let word = |kind: &[u8; 4]| if words { chunk(kind, WORD) } else { Vec::new() };
        [
            b"\x89PNG\r\n\x1a\n".to_vec(),
            chunk(b"IHDR", b"\0\0\0\x01\0\0\0\x01\x08\0\0\0\0"),
            word(b"eXIf"),
            word(b"tEXt"),
            word(b"iTXt"),
            word(b"zTXt"),
            word(b"tIME"),
            word(b"iCCP"),
            word(b"prVt"),
            chunk(b"IDAT", b"data"),
            word(b"tEXt"),
            chunk(b"IEND", b""),
            if words { WORD.to_vec() } else { Vec::new() },
        ]
        .concat()
    }

    /// The check of PNG chunks, bit by bit.
    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                (crc >> 1) ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 }
            })
        })
    }

    fn webp_of(words: bool) -> Vec<u8> {
        let chunk = |kind: &[u8; 4], contents: &[u8]| {
            let length = u32::try_from(contents.len()).unwrap().to_le_bytes();
            [kind.as_slice(), &length, contents].concat()
        };
        let word = |kind: &[u8; 4]| if words { chunk(kind, WORD) } else { Vec::new() };
        let flags = if words { b"\x3c" } else { b"\x10" };
        let chunks = [
            chunk(b"VP8X", &[flags.as_slice(), b"\0\0\0\x0f\0\0\x0f\0\0"].concat()),
            word(b"ICCP"),
            chunk(b"ALPH", b"\0\0"),
            chunk(b"VP8 ", b"\x50\x5a\x00\x9d\x01\x2a\x10\x00\x10\x00"),
            word(b"EXIF"),
            word(b"XMP "),
            word(b"PRIV"),
        ]
        .concat();
        let length = u32::try_from(chunks.len() + 4).unwrap().to_le_bytes();
        let tail = if words { WORD } else { b"" };
        [b"RIFF".as_slice(), &length, b"WEBP", &chunks, tail].concat()
    }

    #[test]
    fn the_picture_stays_and_every_word_beside_it_goes() {
        for (media_type, spoken, silent) in [
            ("image/jpeg", jpeg_of(true), jpeg_of(false)),
            ("image/png", png_of(true), png_of(false)),
            ("image/webp", webp_of(true), webp_of(false)),
        ] {
            assert!(spoken.windows(WORD.len()).any(|part| part == WORD), "{media_type}");
            let stripped = strip(media_type, Bytes::from(spoken)).unwrap();
            assert!(!stripped.windows(WORD.len()).any(|part| part == WORD), "{media_type}");
            assert_eq!(stripped, silent, "{media_type}");
            assert_eq!(strip(media_type, stripped.clone()).unwrap(), stripped, "{media_type}");
        }
    }

    #[test]
    fn what_is_no_picture_of_its_kind_is_refused() {
        assert_eq!(strip("image/png", Bytes::from(jpeg_of(false))), None);
        assert_eq!(strip("image/heic", Bytes::from(jpeg_of(false))), None);
        for whole in [jpeg_of(true), png_of(true), webp_of(true)] {
            for length in 0..40 {
                let cut = Bytes::from(whole[..length].to_vec());
                for media_type in media_types() {
                    assert_eq!(strip(media_type, cut.clone()), None, "{media_type} of {length} bytes");
                }
            }
        }
    }

    #[test]
    fn no_bytes_make_it_fail_otherwise() {
        let clock = crate::values::Clock::system();
        for whole in [jpeg_of(true), png_of(true), webp_of(true)] {
            for _ in 0..2000 {
                let mut damaged = whole.clone();
                let [place, high, byte] = clock.random_bytes::<3>().unwrap();
                let at = (usize::from(place) * 256 + usize::from(high)) % damaged.len();
                damaged[at] = byte;
                for media_type in media_types() {
                    let _ = strip(media_type, Bytes::from(damaged.clone()));
                }
            }
        }
    }
}
