//! Headers of the protocol.

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderName};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::attachments::bodies::{FileName, Fingerprint};
use crate::attachments::sniff;
use crate::attachments::uploads::checksum::Checksum;
use crate::values::Label;
use crate::web::answers::TUS_VERSION;
use crate::web::problems::{Code, Problem};

/// The media type of bytes that continue an upload.
pub const CONTINUES: &str = "application/offset+octet-stream";

pub const LENGTH: HeaderName = HeaderName::from_static("upload-length");
pub const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
pub const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
pub const EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
/// Names the evidence that an upload became; a header of this service's own.
pub const ATTACHMENT: HeaderName = HeaderName::from_static("upload-attachment");

/// Longest `Upload-Metadata`, in bytes.
const LONGEST_METADATA: usize = 4096;

/// Whether the request speaks this version of the protocol.
///
/// # Errors
/// `tus_version_unsupported`.
pub fn speaks(request: &HttpRequest) -> Result<(), Problem> {
    if text(request, "tus-resumable") == Some(TUS_VERSION) {
        Ok(())
    } else {
        Err(Problem::new(Code::TusVersionUnsupported))
    }
}

/// A number of bytes.
///
/// # Errors
/// When it is absent, or no number.
pub fn bytes(request: &HttpRequest, name: &HeaderName) -> Result<i64, Problem> {
    text(request, name.as_str())
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Problem::new(Code::BadRequest).with_text(format!("{name}: 0…")))
}

/// True when the body is one that continues an upload.
pub fn continues(request: &HttpRequest) -> bool {
    text(request, header::CONTENT_TYPE.as_str()).is_some_and(|said| said.trim().eq_ignore_ascii_case(CONTINUES))
}

/// The sum that the request names, if it names one.
///
/// # Errors
/// When it cannot be read.
pub fn checksum(request: &HttpRequest) -> Result<Option<Checksum>, Problem> {
    let Some(value) = request.headers().get("upload-checksum") else {
        return Ok(None);
    };
    let read = value.to_str().ok().and_then(Checksum::read);
    read.map(Some).ok_or_else(|| {
        Problem::new(Code::BadRequest).with_detail(Label {
            zh: "Upload-Checksum 格式不符，请写成 sha1 或 sha256 加 Base64",
            en: "Upload-Checksum is not `sha1` or `sha256` and a sum in Base64",
        })
    })
}

/// What a sender says of the bytes that will come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// As it was sent.
    pub raw: String,
    /// `filetype`.
    pub media_type: &'static str,
    /// `filename`.
    pub filename: Option<String>,
    /// `sha256`, in hexadecimal.
    pub sha256: Option<[u8; 32]>,
}

/// Reads `Upload-Metadata`: pairs of a key and a value in Base64, separated by commas. Keys that are not known are kept and
/// given back.
///
/// # Errors
/// When it cannot be read, and when `filetype` is none that is taken.
pub fn said(request: &HttpRequest) -> Result<Said, Problem> {
    let bad = || {
        Problem::new(Code::BadRequest).with_detail(Label {
            zh: "Upload-Metadata 格式不符：filename、filetype、sha256 的值须为 Base64，文件名不含路径，摘要为 64 位十六进制",
            en: "Upload-Metadata cannot be read: values are Base64, `filename` is no path, `sha256` is 64 hexadecimal digits",
        })
    };
    let raw = text(request, METADATA.as_str()).unwrap_or_default();
    if raw.len() > LONGEST_METADATA {
        return Err(bad());
    }
    let mut pairs = Vec::new();
    for entry in raw.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        let (key, value) = entry.split_once(' ').unwrap_or((entry, ""));
        let value = STANDARD.decode(value.trim()).map_err(|_| bad())?;
        pairs.push((key, String::from_utf8(value).map_err(|_| bad())?));
    }
    let value = |key: &str| {
        pairs
            .iter()
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value.as_str())
    };
    let filename = value("filename")
        .map(str::parse::<FileName>)
        .transpose()
        .map_err(|_| bad())?;
    let sha256 = value("sha256")
        .map(str::parse::<Fingerprint>)
        .transpose()
        .map_err(|_| bad())?;
    let media_type = value("filetype").and_then(sniff::known).ok_or_else(|| {
        Problem::new(Code::UnsupportedMediaType).with_text(sniff::media_types().collect::<Vec<_>>().join(", "))
    })?;
    Ok(Said {
        raw: raw.to_owned(),
        media_type,
        filename: filename.map(|name| name.to_string()),
        sha256: sha256.map(|fingerprint| fingerprint.0),
    })
}

fn text<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}
