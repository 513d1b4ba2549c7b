//! The operation on small pictures.

use actix_web::http::header;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Darkroom, small};
use crate::attachments::http::brought;
use crate::attachments::object::hexadecimal;
use crate::attachments::view::FileBytes;
use crate::values::AttachmentId;
use crate::web::app::App;
use crate::web::caller::Authenticated;
use crate::web::conditions::matches_tag;
use crate::web::problems::{Code, Problem};
use crate::web::responses::ReadProblems;

/// The operations of this part of the room.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(get_thumbnail);
}

/// Read a small picture of a photograph
///
/// A JPEG whose longer side has at most 320 pixels, upright, of whoever may read the photograph. What is no JPEG, PNG or
/// WebP, or cannot be read, has none.
#[utoipa::path(
    operation_id = "get_thumbnail",
    tag = "attachments",
    params(("id" = AttachmentId, Path, description = "Id of the evidence")),
    responses(
        (status = 200, description = "The picture.", content((inline(FileBytes) = "image/jpeg")),
            headers(("ETag" = String, description = "Changes with the photograph"))),
        (status = 304, description = "It is still what `If-None-Match` names."),
        (status = 409, description = "`bytes_outstanding`: it was declared, and its bytes are still to come",
            body = crate::web::responses::ProblemView, content_type = "application/problem+json"),
        ReadProblems,
    ),
)]
#[get("/v1/attachments/{id}/thumbnail")]
pub async fn get_thumbnail(
    app: Data<App>,
    darkroom: Data<Darkroom>,
    request: HttpRequest,
    Authenticated(caller): Authenticated,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let attachment = brought(&app, caller, &id, "get_thumbnail").await?;
    let tag = format!("\"{}-small\"", hexadecimal(&attachment.sha256));
    if matches_tag(&request, &tag) {
        return Ok(HttpResponse::NotModified().insert_header((header::ETAG, tag)).finish());
    }
    let made = small(app.objects.as_ref(), &darkroom, &attachment)
        .await
        .map_err(|error| Problem::new(Code::Unavailable).with_context(error.to_string()))?;
    let made = made.ok_or_else(|| Problem::new(Code::NoThumbnail))?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "image/jpeg"))
        .insert_header((header::ETAG, tag))
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        // A JPEG is compressed already.
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .insert_header((header::CONTENT_DISPOSITION, "inline"))
        .body(made))
}
