//! Operations on evidence.

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse, get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt;
use object_store::{GetOptions, GetRange};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use utoipa_actix_web::service_config::ServiceConfig;

use super::bodies::FileName;
use super::exposure;
use super::model::{Attachment, Brought, SlotState};
use super::object::{Intake, Refused, bytes_of, hexadecimal};
use super::record::{may_upload, record};
use super::sniff;
use super::store;
use super::thumbnails;
use super::uploads::{self, Dock};
use super::view::{AttachmentView, FileBytes};
use crate::law::refusal::Refusal;
use crate::law::scope::Caller;
use crate::store::{Failure, Reply};
use crate::values::{AttachmentId, Label};
use crate::web::app::App;
use crate::web::body::announced_length;
use crate::web::caller::Authenticated;
use crate::web::conditions::matches_tag;
use crate::web::idempotency::{WriteContext, answer};
use crate::web::problems::{Code, Problem};
use crate::web::responses::{ReadProblems, WriteProblems};
use crate::web::schemas::vocabularies;

vocabularies! {
    SlotState = "EvidenceState";
}

/// Characters of a name that stand for themselves (RFC 8187, `attr-char`).
const NAME: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'.')
    .remove(b'-')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'^')
    .remove(b'`')
    .remove(b'|');

/// The operations of this room.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(store_attachment)
        .service(get_attachment)
        .configure(thumbnails::configure)
        .configure(uploads::configure);
}

/// Store evidence
///
/// The body is the bytes: a photograph, a PDF, an office document or a video of at most 20 MiB. What they are is
/// looked up in the bytes and must be what `Content-Type` says. The same bytes are stored once; each upload is a piece
/// of evidence of its own, unless the caller declared evidence with the digest of these bytes: then they fill it, and the
/// answer is the first piece that was so declared.
#[utoipa::path(
    operation_id = "store_attachment",
    tag = "attachments",
    params(
        ("Content-Digest" = Option<String>, Header, description = "RFC 9530, `sha-256=:…:`; checked when sent",
            example = "sha-256=:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=:"),
        ("X-Filename" = Option<String>, Header, description = "Name of the file in RFC 8187 encoding",
            example = "UTF-8''%E6%95%B4%E6%94%B9%E5%90%8E.jpg"),
    ),
    request_body(description = "The bytes", content(
        (inline(FileBytes) = "image/jpeg"), (inline(FileBytes) = "image/png"), (inline(FileBytes) = "image/webp"),
        (inline(FileBytes) = "image/heic"), (inline(FileBytes) = "image/heif"), (inline(FileBytes) = "application/pdf"),
        (inline(FileBytes) = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (inline(FileBytes) = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (inline(FileBytes) = "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
        (inline(FileBytes) = "application/msword"), (inline(FileBytes) = "application/vnd.ms-excel"),
        (inline(FileBytes) = "application/vnd.ms-powerpoint"),
        (inline(FileBytes) = "video/mp4"), (inline(FileBytes) = "video/quicktime"),
    )),
    responses(
        (status = 201, description = "Stored.", body = AttachmentView, headers(("Location" = String, description = "Path of the evidence"))),
        WriteProblems,
    ),
)]
#[post("/v1/attachments")]
pub async fn store_attachment(
    app: Data<App>,
    request: HttpRequest,
    Authenticated(caller): Authenticated,
    context: WriteContext,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    may_upload(&caller)?;
    let media_type = said_type(&request).ok_or_else(unsupported)?;
    let filename = filename(&request)?;
    let expected = digest(&request)?;
    let limit = app.limits.attachment_bytes;
    if announced_length(&request).is_some_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    let id = AttachmentId::new(&app.clock);
    let dock = Dock::of(&app);
    let mut intake = Intake::new(&dock, media_type, limit, id.uuid());
    let kept = async {
        while let Some(piece) = payload.next().await {
            let piece = piece.map_err(|error| Problem::new(Code::BadRequest).with_context(error.to_string()))?;
            intake.take(piece).await.map_err(|refused| problem(refused, limit))?;
        }
        intake.finish(expected).await.map_err(|refused| problem(refused, limit))
    }
    .await;
    let kept = match kept {
        Ok(kept) => kept,
        Err(problem) => {
            intake.abort().await;
            return Err(problem);
        }
    };
    let brought = Brought {
        sha256: kept.sha256,
        size: i64::try_from(kept.size).map_err(|_| too_large(limit))?,
        media_type: media_type.to_owned(),
        filename,
        exposure: exposure::of(app.objects.as_ref(), &kept.sha256).await,
    };
    let (now, seed) = (app.clock.now(), app.random()?);
    answer(&app, context, "store_attachment", kept.sha256, move |connection| {
        let attachment = record(connection, &caller, &brought, id, now, seed)?;
        let view = AttachmentView::of(&attachment, &caller);
        Ok(Reply::json(201, &view)?.with("location", format!("/v1/attachments/{}", attachment.id)))
    })
    .await
}

/// Read evidence
///
/// The bytes, whole or one range of them. Whoever stored it may read it, and whoever may see a hazard that cites it or an
/// inspection that names it; a unit never sees the evidence of a report that is not its own.
#[utoipa::path(
    operation_id = "get_attachment",
    tag = "attachments",
    params(
        ("id" = AttachmentId, Path, description = "Id of the evidence"),
        ("Range" = Option<String>, Header, description = "One range of bytes", example = "bytes=0-1023"),
    ),
    responses(
        (status = 200, description = "The bytes.", content((inline(FileBytes) = "application/octet-stream"))),
        (status = 206, description = "The range.", content((inline(FileBytes) = "application/octet-stream"))),
        (status = 304, description = "They are still what `If-None-Match` names."),
        (status = 409, description = "`bytes_outstanding`: it was declared, and its bytes are still to come",
            body = crate::web::responses::ProblemView, content_type = "application/problem+json"),
        (status = 416, description = "`range_not_satisfiable`: the range cannot be satisfied",
            body = crate::web::responses::ProblemView, content_type = "application/problem+json"),
        ReadProblems,
    ),
)]
#[get("/v1/attachments/{id}")]
pub async fn get_attachment(
    app: Data<App>,
    request: HttpRequest,
    Authenticated(caller): Authenticated,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let attachment = brought(&app, caller, &id, "get_attachment").await?;
    let tag = format!("\"{}\"", hexadecimal(&attachment.sha256));
    if matches_tag(&request, &tag) {
        return Ok(HttpResponse::NotModified().insert_header((header::ETAG, tag)).finish());
    }
    let size = u64::try_from(attachment.size).unwrap_or(0);
    let range = match range(&request, size) {
        Range::Whole => None,
        Range::Part(from, to) => Some((from, to)),
        Range::Outside => {
            let mut response = crate::web::answers::document(&request, &Problem::new(Code::RangeNotSatisfiable));
            if let Ok(whole) = format!("bytes */{size}").parse() {
                response.headers_mut().insert(header::CONTENT_RANGE, whole);
            }
            return Ok(response);
        }
    };
    let options = GetOptions {
        range: range.map(|(from, to)| GetRange::Bounded(from..to + 1)),
        ..GetOptions::default()
    };
    let found = bytes_of(app.objects.as_ref(), &attachment.sha256, options)
        .await
        .map_err(|error| Problem::new(Code::Internal).with_context(error.to_string()))?;
    let (status, length) = match range {
        Some((from, to)) => (StatusCode::PARTIAL_CONTENT, to - from + 1),
        None => (StatusCode::OK, size),
    };
    let mut response = HttpResponse::build(status);
    response
        .insert_header((header::CONTENT_TYPE, attachment.media_type))
        .insert_header((header::ETAG, tag))
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        // Photographs and videos are compressed already, and a range is one of these very bytes.
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .insert_header((header::CONTENT_DISPOSITION, disposition(attachment.filename.as_deref())));
    if let Some((from, to)) = range {
        response.insert_header((header::CONTENT_RANGE, format!("bytes {from}-{to}/{size}")));
    }
    Ok(response.no_chunking(length).streaming(found.into_stream()))
}

/// Evidence that the caller may read, all of whose bytes are here.
///
/// # Errors
/// `not_found`, `bytes_outstanding`, and the failures of the store.
pub(super) async fn brought(
    app: &App,
    caller: Caller,
    id: &str,
    operation: &'static str,
) -> Result<Attachment, Problem> {
    let id: AttachmentId = id.parse().map_err(|_| Refusal::NotFound)?;
    let attachment = app
        .store
        .read(operation, move |connection| {
            store::find_visible(connection, &caller, id)?.ok_or_else(|| Failure::from(Refusal::NotFound))
        })
        .await?;
    if attachment.state == SlotState::Verified {
        Ok(attachment)
    } else {
        Err(Problem::new(Code::BytesOutstanding))
    }
}

enum Range {
    Whole,
    Part(u64, u64),
    Outside,
}

/// One range; what cannot be read is as if it were absent (RFC 9110, 14.2).
fn range(request: &HttpRequest, size: u64) -> Range {
    let asked = request
        .headers()
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("bytes="))
        .and_then(|value| value.split_once('-'));
    let Some((from, to)) = asked else {
        return Range::Whole;
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // A number too large to hold lies behind every end.
    let number = |text: &str| text.parse().unwrap_or(u64::MAX);
    match (from, to) {
        ("", last) if digits(last) => match number(last) {
            0 => Range::Outside,
            last => Range::Part(size.saturating_sub(last), size.saturating_sub(1)),
        },
        (from, "") if digits(from) => part(number(from), u64::MAX, size),
        (from, to) if digits(from) && digits(to) && number(from) <= number(to) => part(number(from), number(to), size),
        _ => Range::Whole,
    }
}

fn part(from: u64, to: u64, size: u64) -> Range {
    if from < size {
        Range::Part(from, to.min(size.saturating_sub(1)))
    } else {
        Range::Outside
    }
}

fn said_type(request: &HttpRequest) -> Option<&'static str> {
    let said = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    let essence = said.split(';').next()?.trim().to_ascii_lowercase();
    sniff::known(&essence)
}

/// `sha-256=:…:` of RFC 9530; other algorithms beside it are passed over.
fn digest(request: &HttpRequest) -> Result<Option<[u8; 32]>, Problem> {
    let Some(value) = request.headers().get("content-digest") else {
        return Ok(None);
    };
    let malformed = || {
        Problem::new(Code::BadRequest).with_detail(Label {
            zh: "Content-Digest 格式不符，请写成 sha-256=:…:",
            en: "Content-Digest is not of the form `sha-256=:…:`",
        })
    };
    let encoded = value
        .to_str()
        .ok()
        .and_then(|text| {
            text.split(',')
                .find_map(|entry| entry.trim().strip_prefix("sha-256=:")?.strip_suffix(':'))
        })
        .ok_or_else(malformed)?;
    let bytes = STANDARD.decode(encoded).map_err(|_| malformed())?;
    bytes.try_into().map(Some).map_err(|_| malformed())
}

fn filename(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let Some(value) = request.headers().get("x-filename") else {
        return Ok(None);
    };
    let name = value
        .to_str()
        .ok()
        .and_then(|text| text.split_once("''"))
        .filter(|(charset, _)| charset.eq_ignore_ascii_case("utf-8"))
        .and_then(|(_, encoded)| percent_encoding::percent_decode_str(encoded).decode_utf8().ok())
        .and_then(|name| name.parse::<FileName>().ok());
    name.map(|name| Some(name.to_string())).ok_or_else(|| {
        Problem::new(Code::BadRequest).with_detail(Label {
            zh: "X-Filename 格式不符，请写成 UTF-8''… 且不含路径",
            en: "X-Filename is not of the form `UTF-8''…`, or holds a path",
        })
    })
}

fn disposition(filename: Option<&str>) -> String {
    filename.map_or_else(
        || "attachment".to_owned(),
        |name| format!("attachment; filename*=UTF-8''{}", utf8_percent_encode(name, NAME)),
    )
}

fn problem(refused: Refused, limit: usize) -> Problem {
    match refused {
        Refused::Empty => Problem::new(Code::BadRequest).with_detail(Label {
            zh: "内容为空",
            en: "the body is empty",
        }),
        Refused::TooLarge => too_large(limit),
        Refused::MediaType => unsupported(),
        Refused::Digest => Problem::new(Code::DigestMismatch),
        Refused::Objects(error) => Problem::new(Code::Unavailable).with_context(error.to_string()),
        Refused::Store(error) => error.into(),
    }
}

fn unsupported() -> Problem {
    Problem::new(Code::UnsupportedMediaType).with_text(sniff::media_types().collect::<Vec<_>>().join(", "))
}

fn too_large(limit: usize) -> Problem {
    Problem::new(Code::TooLarge).with_text(format!("{limit} B"))
}
