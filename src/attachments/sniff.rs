//! What evidence may be, and how its bytes begin.
//!
//! To accept another media type, add its row to [`KINDS`].

/// True when bytes that begin so can be of the kind.
type Begins = fn(&[u8]) -> bool;

/// Every media type that is taken.
const KINDS: &[(&str, Begins)] = &[
    ("image/jpeg", infer::image::is_jpeg),
    ("image/png", infer::image::is_png),
    ("image/webp", infer::image::is_webp),
    ("image/heic", infer::image::is_heif),
    ("image/heif", infer::image::is_heif),
    ("application/pdf", infer::archive::is_pdf),
    (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        |head| holds(head, b"word/"),
    ),
    (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        |head| holds(head, b"xl/"),
    ),
    (
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        |head| holds(head, b"ppt/"),
    ),
    ("application/msword", is_compound),
    ("application/vnd.ms-excel", is_compound),
    ("application/vnd.ms-powerpoint", is_compound),
    ("video/mp4", |head| {
        infer::video::is_mp4(head) || infer::video::is_m4v(head)
    }),
    ("video/quicktime", infer::video::is_mov),
];

/// The media type as it is known here, when it is taken.
pub fn known(media_type: &str) -> Option<&'static str> {
    media_types().find(|known| *known == media_type)
}

/// Every media type that is taken.
pub fn media_types() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(media_type, _)| *media_type)
}

/// True when bytes that begin with `head` can be what the sender says they are, and that is taken.
pub fn fits(head: &[u8], said: &str) -> bool {
    KINDS
        .iter()
        .any(|(media_type, begins)| *media_type == said && begins(head))
}

/// The container of Office before 2007. Which of its programs wrote it stands too far inside to be looked up in a head.
fn is_compound(head: &[u8]) -> bool {
    head.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
}

/// A ZIP archive, the container of Office since 2007, with an entry below `folder`: names of entries are not compressed.
fn holds(head: &[u8], folder: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") && head.windows(folder.len()).any(|window| window == folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADS: &[(&[u8], &[&str])] = &[
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", &["image/jpeg"]),
        (b"\x89PNG\r\n\x1a\n", &["image/png"]),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", &["image/webp"]),
        (
            b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
            &["image/heic", "image/heif"],
        ),
        (b"%PDF-1.7\n", &["application/pdf"]),
        (
            b"PK\x03\x04....word/document.xml",
            &["application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
        ),
        (
            b"PK\x03\x04....xl/workbook.xml",
            &["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
        ),
        (
            b"PK\x03\x04....ppt/presentation.xml",
            &["application/vnd.openxmlformats-officedocument.presentationml.presentation"],
        ),
        (
            b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\x00\x00",
            &[
                "application/msword",
                "application/vnd.ms-excel",
                "application/vnd.ms-powerpoint",
            ],
        ),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2", &["video/mp4"]),
        (b"\x00\x00\x00\x14ftypqt  \x00\x00\x02\x00qt  ", &["video/quicktime"]),
    ];

    #[test]
    fn each_kind_is_told_from_the_others() {
        for (head, expected) in HEADS {
            let fitting: Vec<&str> = media_types().filter(|said| fits(head, said)).collect();
            assert_eq!(fitting, *expected);
        }
        let shown: usize = HEADS.iter().map(|(_, expected)| expected.len()).sum();
        assert_eq!(shown, media_types().count(), "every kind has its head here");
    }

    #[test]
    fn nothing_short_or_foreign_fits() {
        let short = HEADS.iter().flat_map(|(head, _)| (0..3).map(|length| &head[..length]));
        let foreign = [
            b"<html><script>".as_slice(),
            b"MZ\x90\x00",
            b"\x7fELF",
            b"PK\x03\x04evil.exe",
            b"<svg xmlns=",
        ];
        for head in short.chain(foreign) {
            assert!(media_types().all(|said| !fits(head, said)), "{head:?}");
        }
        assert_eq!(known("text/html"), None);
    }
}
