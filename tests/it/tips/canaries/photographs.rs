//! Photographs with everything in them that a telephone writes beside the picture.

use serde_json::Value;

use super::super::public;
use crate::support::app::App;
use crate::support::fixtures::{photograph, text};

/// Sends a photograph as the public does, and returns its id.
pub(crate) async fn send(app: &App, media_type: &str, bytes: Vec<u8>) -> String {
    let request = public(app, "/v1/tips/attachments", &Value::Null);
    let stored = request.body(media_type, bytes).send().await.expect_status(201).json();
    text(&stored["id"])
}

/// A PNG file with a word in a comment, in its EXIF data as the owner's name, and behind its end, and with a position.
pub(crate) fn with_words(word: &str, position: &[u8]) -> Vec<u8> {
    let picture = photograph(0);
    let (head, rest) = picture.split_at(8 + 25);
    [
        head,
        &chunk(*b"tEXt", format!("Comment\0{word}").as_bytes()),
        &chunk(
            *b"iTXt",
            format!("XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta>{word}</x:xmpmeta>").as_bytes(),
        ),
        &chunk(*b"eXIf", &exif(word, position)),
        rest,
        word.as_bytes(),
    ]
    .concat()
}

/// A JPEG file with a word in a comment, in EXIF, IPTC and XMP data, and behind its end, and with a position.
pub(crate) fn jpeg_with_words(word: &str, position: &[u8]) -> Vec<u8> {
    let segment = |marker: u8, contents: &[u8]| {
        let length = u16::try_from(contents.len() + 2).unwrap().to_be_bytes();
        [&[0xFF, marker], length.as_slice(), contents].concat()
    };
    let xmp = format!("http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>{word}</x:xmpmeta>");
    let iptc = format!("Photoshop 3.0\x008BIM\x04\x04{word}");
    [
        vec![0xFF, 0xD8],
        segment(0xE1, &[b"Exif\0\0".as_slice(), &exif(word, position)].concat()),
        segment(0xE1, xmp.as_bytes()),
        segment(0xED, iptc.as_bytes()),
        segment(0xDB, &[1; 65]),
        segment(0xC0, b"\x08\x00\x10\x00\x10\x01\x01\x11\x00"),
        segment(0xFE, word.as_bytes()),
        segment(0xDA, b"\x01\x01\x00\x00\x3f\x00"),
        b"coded data".to_vec(),
        vec![0xFF, 0xD9],
        word.as_bytes().to_vec(),
    ]
    .concat()
}

/// A TIFF block with the owner's name and the latitude of the place, the latter as the numbers that a telephone writes.
fn exif(word: &str, position: &[u8]) -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: usize, value: usize| {
        let number = |value: usize| u32::try_from(value).unwrap().to_be_bytes();
        [
            tag.to_be_bytes().as_slice(),
            &kind.to_be_bytes(),
            &number(count),
            &number(value),
        ]
        .concat()
    };
    let gps = 8 + 2 + 2 * 12 + 4;
    let words = gps + 2 + 12 + 4;
    [
        b"MM\0*\0\0\0\x08".to_vec(),
        2_u16.to_be_bytes().to_vec(),
        entry(0x013B, 2, word.len(), words),
        entry(0x8825, 4, 1, gps),
        vec![0; 4],
        1_u16.to_be_bytes().to_vec(),
        entry(0x0002, 5, 3, words + word.len()),
        vec![0; 4],
        word.as_bytes().to_vec(),
        position.to_vec(),
    ]
    .concat()
}

fn chunk(kind: [u8; 4], contents: &[u8]) -> Vec<u8> {
    let length = u32::try_from(contents.len()).unwrap().to_be_bytes();
    let check = checksum(&[kind.as_slice(), contents].concat()).to_be_bytes();
    [length.as_slice(), &kind, contents, &check].concat()
}

/// The CRC of PNG.
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |rest, byte| {
        (0..8).fold(rest ^ u32::from(*byte), |rest, _| {
            (rest >> 1) ^ (0xEDB8_8320 * (rest & 1))
        })
    })
}
