//! Operations on uploads, as a client of the tus protocol calls them. `HEAD` is the reading of an upload without its body.

mod headers;

use std::sync::Arc;

use actix_web::http::header;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, delete, get, options, patch, post};
use sha2::{Digest, Sha256};
use utoipa_actix_web::service_config::ServiceConfig;

use super::checksum::{ALGORITHMS, Checksum};
use super::dock::{Dock, Trouble};
use super::model::{Upload, UploadState};
use super::take::take;
use super::view::UploadView;
use super::{KEPT_SECONDS, finish, remove, store};
use crate::attachments::record::may_upload;
use crate::attachments::view::FileBytes;
use crate::journal::Actor;
use crate::law::refusal::Refusal;
use crate::store::{Failure, Reply};
use crate::values::UploadId;
use crate::web::app::App;
use crate::web::caller::Authenticated;
use crate::web::idempotency::{WriteContext, answer};
use crate::web::problems::{Code, Problem};
use crate::web::responses::{ReadProblems, WriteProblems};
use crate::web::schemas::vocabularies;

vocabularies! {
    UploadState = "UploadState";
}

/// Uploads that one caller may have on their way.
const MOST_UPLOADS: i64 = 200;

/// The operations of this part of the room.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(get_upload_options)
        .service(begin_upload)
        .service(get_upload)
        .service(continue_upload)
        .service(remove_upload);
}

/// Learn what uploads can do
///
/// Version, extensions, checksums and the largest size of the tus protocol as this service speaks it.
#[utoipa::path(
    operation_id = "get_upload_options",
    tag = "uploads",
    responses((status = 204, description = "In the headers.", headers(
        ("Tus-Version" = String, description = "Versions of the protocol"),
        ("Tus-Extension" = String, description = "Its extensions"),
        ("Tus-Max-Size" = i64, description = "Most bytes of one upload"),
        ("Tus-Checksum-Algorithm" = String, description = "Sums that `Upload-Checksum` may name"),
    )), ReadProblems),
)]
#[options("/v1/uploads")]
pub async fn get_upload_options(app: Data<App>, _caller: Authenticated) -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header(("tus-extension", "creation,checksum,expiration,termination"))
        .insert_header(("tus-max-size", app.limits.upload_bytes.to_string()))
        .insert_header(("tus-checksum-algorithm", ALGORITHMS))
        .finish()
}

/// Begin an upload
///
/// Of bytes that come in pieces (tus 1.0, extension `creation`). `Upload-Metadata` names `filetype`, one of the media types
/// of `POST /v1/attachments`, and may name `filename` and `sha256` (hexadecimal), each in Base64.
#[utoipa::path(
    operation_id = "begin_upload",
    tag = "uploads",
    params(
        ("Tus-Resumable" = String, Header, description = "Version of the protocol", example = "1.0.0"),
        ("Upload-Length" = i64, Header, description = "How many bytes there will be", example = 3_145_728),
        ("Upload-Metadata" = String, Header, description = "What they are", example = "filetype aW1hZ2UvanBlZw=="),
    ),
    responses(
        (status = 201, description = "Begun.", body = UploadView, headers(("Location" = String, description = "Path of the upload"))),
        WriteProblems,
    ),
)]
#[post("/v1/uploads")]
pub async fn begin_upload(
    app: Data<App>,
    request: HttpRequest,
    Authenticated(caller): Authenticated,
    context: WriteContext,
) -> Result<HttpResponse, Problem> {
    headers::speaks(&request)?;
    may_upload(&caller)?;
    let length = headers::bytes(&request, &headers::LENGTH)?;
    let limit = app.limits.upload_bytes;
    if usize::try_from(length).is_ok_and(|length| length > limit) {
        return Err(Problem::new(Code::TooLarge).with_text(format!("{limit} B")));
    }
    if length == 0 {
        return Err(Problem::new(Code::BadRequest).with_text("Upload-Length: 1…"));
    }
    let said = headers::said(&request)?;
    let now = app.clock.now();
    let upload = Upload {
        id: UploadId::new(&app.clock),
        owner: caller.subject.clone(),
        actor: Actor::from(&caller),
        length,
        media_type: said.media_type.to_owned(),
        filename: said.filename,
        sha256: said.sha256,
        metadata: said.raw,
        created_at: now,
        received: 0,
        state: UploadState::Open,
        attachment_id: None,
        refusal: None,
        expires_at: now.plus_seconds(KEPT_SECONDS),
    };
    let digest = digest(&upload);
    answer(&app, context, "begin_upload", digest, move |connection| {
        if store::count_unfinished(connection, &upload.owner, now)? >= MOST_UPLOADS {
            let code = "too_many_uploads";
            return Err(Failure::from(Refusal::Barred { code }));
        }
        store::insert(connection, &upload)?;
        Ok(Reply::json(201, &UploadView::from(&upload))?
            .with("location", format!("/v1/uploads/{}", upload.id))
            .with("upload-expires", upload.expires_at.to_http_date()))
    })
    .await
}

/// Read how far an upload is
///
/// With `HEAD` what a client of the protocol asks for before it goes on. An upload whose last byte is here and that nobody
/// has verified yet is verified now.
#[utoipa::path(
    operation_id = "get_upload",
    tag = "uploads",
    params(("id" = UploadId, Path, description = "Id of the upload")),
    responses(
        (status = 200, description = "Where it stands.", body = UploadView, headers(
            ("Upload-Offset" = i64, description = "How many bytes are here"),
            ("Upload-Length" = i64, description = "How many bytes there will be"),
            ("Upload-Expires" = String, description = "When it is removed"),
            ("Upload-Attachment" = String, description = "The evidence that they became"),
        )),
        (status = 410, description = "`upload_refused`: its bytes were refused",
            body = crate::web::responses::ProblemView, content_type = "application/problem+json"),
        ReadProblems,
    ),
)]
#[get("/v1/uploads/{id}")]
pub async fn get_upload(
    app: Data<App>,
    Authenticated(caller): Authenticated,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let upload = standing(&app, &caller.subject, &id).await?;
    let upload = finished(&Dock::of(&app), upload).await?;
    if let Some(refusal) = &upload.refusal {
        return Err(Problem::new(Code::UploadRefused).with_text(refusal.clone()));
    }
    Ok(told(&mut HttpResponse::Ok(), &upload)
        .insert_header((headers::METADATA, upload.metadata.clone()))
        .json(UploadView::from(&upload)))
}

/// Continue an upload
///
/// The bytes from `Upload-Offset` on. What came before the line broke stays, but for a request that names
/// `Upload-Checksum`, which counts as a whole or not at all. With the last byte all are verified, and `Upload-Attachment`
/// names the evidence that they became.
#[utoipa::path(
    operation_id = "continue_upload",
    tag = "uploads",
    params(
        ("id" = UploadId, Path, description = "Id of the upload"),
        ("Tus-Resumable" = String, Header, description = "Version of the protocol", example = "1.0.0"),
        ("Upload-Offset" = i64, Header, description = "Where these bytes begin", example = 0),
        ("Upload-Checksum" = Option<String>, Header, description = "`sha1` or `sha256` and the sum of these bytes in Base64",
            example = "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="),
    ),
    request_body(description = "The bytes", content((inline(FileBytes) = "application/offset+octet-stream"))),
    responses(
        (status = 204, description = "They are here.", headers(
            ("Upload-Offset" = i64, description = "How many bytes are here"),
            ("Upload-Expires" = String, description = "When the upload is removed"),
            ("Upload-Attachment" = String, description = "The evidence that they became, with the last of them"),
        )),
        (status = 410, description = "`upload_refused`: its bytes were refused before",
            body = crate::web::responses::ProblemView, content_type = "application/problem+json"),
        (status = 460, description = "`checksum_mismatch`: these are not the bytes that the sum is of",
            body = crate::web::responses::ProblemView, content_type = "application/problem+json"),
        WriteProblems,
    ),
)]
#[patch("/v1/uploads/{id}")]
pub async fn continue_upload(
    app: Data<App>,
    request: HttpRequest,
    Authenticated(caller): Authenticated,
    id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    headers::speaks(&request)?;
    if !headers::continues(&request) {
        return Err(Problem::new(Code::UnsupportedMediaType).with_text(headers::CONTINUES));
    }
    let offset = headers::bytes(&request, &headers::OFFSET)?;
    let checksum = headers::checksum(&request)?;
    let upload = standing(&app, &caller.subject, &id).await?;
    if upload.state == UploadState::Refused {
        return Err(Problem::new(Code::UploadRefused).with_text(upload.refusal.unwrap_or_default()));
    }
    if !upload.awaits(offset) && offset != upload.length {
        return Err(Problem::new(Code::OffsetMismatch));
    }
    // Whoever brings the bytes may be gone before they are durable; what came is kept all the same.
    let taken = actix_web::rt::spawn(taken(Dock::of(&app), upload, payload, checksum)).await;
    let upload = taken.map_err(|error| Problem::new(Code::Internal).with_context(error.to_string()))??;
    if let Some(refusal) = &upload.refusal {
        return Err(Problem::new(Code::from_code(refusal).unwrap_or(Code::UploadRefused)));
    }
    Ok(told(&mut HttpResponse::NoContent(), &upload).finish())
}

/// End an upload
///
/// Its bytes are removed (tus 1.0, extension `termination`). Evidence that they have become stays.
#[utoipa::path(
    operation_id = "remove_upload",
    tag = "uploads",
    params(
        ("id" = UploadId, Path, description = "Id of the upload"),
        ("Tus-Resumable" = String, Header, description = "Version of the protocol", example = "1.0.0"),
    ),
    responses((status = 204, description = "Ended."), WriteProblems),
)]
#[delete("/v1/uploads/{id}")]
pub async fn remove_upload(
    app: Data<App>,
    request: HttpRequest,
    Authenticated(caller): Authenticated,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    headers::speaks(&request)?;
    let upload = standing(&app, &caller.subject, &id).await?;
    remove(&Dock::of(&app), upload.id, upload.owner, upload.sha256)
        .await
        .map_err(problem)?;
    Ok(HttpResponse::NoContent().finish())
}

async fn taken(dock: Dock, upload: Upload, payload: Payload, checksum: Option<Checksum>) -> Result<Upload, Problem> {
    let upload = if upload.state == UploadState::Open {
        take(&dock, upload, payload, checksum).await.map_err(problem)?
    } else {
        upload
    };
    finished(&dock, upload).await
}

async fn finished(dock: &Dock, upload: Upload) -> Result<Upload, Problem> {
    if upload.state == UploadState::Whole {
        finish(dock, upload).await.map_err(problem)
    } else {
        Ok(upload)
    }
}

/// An upload of the caller's own.
async fn standing(app: &App, owner: &str, id: &str) -> Result<Upload, Problem> {
    let id: UploadId = id.parse().map_err(|_| Refusal::NotFound)?;
    let (owner, now) = (owner.to_owned(), app.clock.now());
    let found = app
        .store
        .read("find_upload", move |connection| {
            store::find_of(connection, &owner, id, now)
        })
        .await?;
    Ok(found.ok_or(Refusal::NotFound)?)
}

fn told<'a>(response: &'a mut HttpResponseBuilder, upload: &Upload) -> &'a mut HttpResponseBuilder {
    response
        .insert_header((headers::OFFSET, upload.received.to_string()))
        .insert_header((headers::LENGTH, upload.length.to_string()))
        .insert_header((headers::EXPIRES, upload.expires_at.to_http_date()))
        .insert_header((header::CACHE_CONTROL, "no-store"));
    if let Some(attachment) = upload.attachment_id {
        response.insert_header((headers::ATTACHMENT, attachment.to_string()));
    }
    response
}

impl Dock {
    /// That of the running service.
    pub fn of(app: &App) -> Self {
        Self {
            store: app.store.clone(),
            objects: Arc::clone(&app.objects),
            clock: app.clock.clone(),
        }
    }
}

/// What a repeated key must bring again: all that was said of the bytes.
fn digest(upload: &Upload) -> [u8; 32] {
    let said = format!("{} {}", upload.length, upload.metadata);
    Sha256::digest(said).into()
}

fn problem(trouble: Trouble) -> Problem {
    match trouble {
        Trouble::Gone => Refusal::NotFound.into(),
        Trouble::TooMany => Problem::new(Code::TooLarge).with_text("Upload-Length"),
        Trouble::Moved => Problem::new(Code::OffsetMismatch),
        Trouble::Checksum => Problem::new(Code::ChecksumMismatch),
        Trouble::Objects(error) => Problem::new(Code::Unavailable).with_context(error.to_string()),
        Trouble::Store(error) => error.into(),
    }
}
