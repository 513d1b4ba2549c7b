//! Bytes over a bad line, after the tus 1.0 protocol: in pieces, and after a break from where the service has them.

use std::path::Path;
use std::str::FromStr as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderName, LOCATION};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::Trouble;
use super::durable;
use super::entry::{Evidence, fresh_id};
use super::queue::Queue;
use super::service::{Answer, Service, Unheard};
use super::verdict::Verdict;

const UPLOADS: &str = "/v1/uploads";
const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const CHECKSUM: HeaderName = HeaderName::from_static("upload-checksum");
const VERSION: &str = "1.0.0";

/// An upload that was begun. The key is there before the upload is, so that a lost answer begins no second one.
#[derive(Debug, Serialize, Deserialize)]
struct Begun {
    key: Uuid,
    /// Where the bytes go, once the service said so.
    place: Option<String>,
}

/// How far the service has the bytes.
enum Progress {
    /// It has the first so many.
    Has(usize),
    /// It knows nothing of the upload, or not any more.
    Unknown,
    /// It does not go on now.
    Stuck(Verdict),
}

/// Sends the bytes of a photograph, or what the service does not have of them.
pub async fn upload(service: &Service, queue: &Queue, evidence: &Evidence) -> Result<Verdict, Trouble> {
    let bytes = queue.bytes(evidence)?;
    let noted = queue.upload_of(evidence);
    let begun = durable::read(&noted)?
        .map(|noted| serde_json::from_slice(&noted))
        .transpose()?;
    let begun = match begun {
        Some(begun) => begun,
        None => note(&noted, fresh_id(), None)?,
    };
    let (place, mut progress) = if let Some(place) = begun.place {
        // As HEAD of the protocol, with the reason where the bytes were refused.
        let found = progress(&service.ask(tus(service, Method::GET, &place)).await);
        (place, found)
    } else {
        let created = create(service, evidence, begun.key).await;
        let Some(place) = location(&created) else {
            return Ok(refusal(&created));
        };
        note(&noted, begun.key, Some(&place))?;
        (place, Progress::Has(0))
    };
    loop {
        let offset = match progress {
            Progress::Has(offset) if offset >= bytes.len() => {
                durable::remove(&noted)?;
                return Ok(Verdict::Taken);
            }
            Progress::Has(offset) => offset,
            Progress::Unknown => {
                durable::remove(&noted)?;
                return Ok(Verdict::Again("the upload is gone".to_owned(), None));
            }
            Progress::Stuck(verdict) => return Ok(verdict),
        };
        let end = bytes.len().min(offset + service.patience.piece);
        let piece = bytes.get(offset..end).ok_or("the service has more than there is")?;
        progress = send(service, &place, offset, piece).await;
    }
}

fn note(noted: &Path, key: Uuid, place: Option<&str>) -> Result<Begun, Trouble> {
    let place = place.map(str::to_owned);
    let begun = Begun { key, place };
    durable::write(noted, &serde_json::to_vec(&begun)?)?;
    Ok(begun)
}

async fn create(service: &Service, evidence: &Evidence, key: Uuid) -> Result<Answer, Unheard> {
    let named = |name: &str, value: &str| format!("{name} {}", STANDARD.encode(value));
    let mut metadata = vec![
        named("filetype", &evidence.media_type),
        named("sha256", &evidence.sha256),
    ];
    metadata.extend(evidence.filename.as_deref().map(|name| named("filename", name)));
    let call = tus(service, Method::POST, UPLOADS)
        .header("idempotency-key", key.to_string())
        .header(LENGTH, evidence.size)
        .header(METADATA, metadata.join(","));
    service.ask(call).await
}

/// Sends one piece. What becomes of it when the answer is lost, the next look at the upload tells.
async fn send(service: &Service, place: &str, offset: usize, piece: &[u8]) -> Progress {
    let sum = STANDARD.encode(Sha256::digest(piece));
    let call = tus(service, Method::PATCH, place)
        .header(OFFSET, offset)
        .header(CONTENT_TYPE, "application/offset+octet-stream")
        .header(CHECKSUM, format!("sha256 {sum}"))
        .body(piece.to_vec());
    progress(&service.ask(call).await)
}

fn tus(service: &Service, method: Method, path: &str) -> reqwest::RequestBuilder {
    service.call(method, path).header(RESUMABLE, VERSION)
}

fn progress(answer: &Result<Answer, Unheard>) -> Progress {
    match answer {
        Ok(answer) if answer.status == 404 => Progress::Unknown,
        Ok(answer) if answer.is_success() => match answer.header(&OFFSET).map(usize::from_str) {
            Some(Ok(offset)) => Progress::Has(offset),
            _ => Progress::Stuck(Verdict::Again("no offset".to_owned(), None)),
        },
        // The piece was damaged, or the service has another part of the bytes than this phone thinks: it looks again.
        Ok(answer) if matches!(answer.status, 409 | 423 | 460) => {
            Progress::Stuck(Verdict::Again(format!("status {}", answer.status), None))
        }
        _ => Progress::Stuck(refusal(answer)),
    }
}

fn location(created: &Result<Answer, Unheard>) -> Option<String> {
    let created = created.as_ref().ok().filter(|created| created.status == 201)?;
    let location = created.header(&LOCATION)?;
    // A path; the service is called under one address, whatever it calls itself.
    Some(location.get(location.find(UPLOADS)?..)?.to_owned())
}

/// The verdict on an answer that is not what was asked for.
fn refusal(answer: &Result<Answer, Unheard>) -> Verdict {
    match Verdict::of(answer) {
        Verdict::Taken => Verdict::Again("not understood".to_owned(), None),
        verdict => verdict,
    }
}
