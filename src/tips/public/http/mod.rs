//! Operations of the public. None asks for a token, and none leaves an address behind.

mod doors;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, BytesMut, Data, Payload};
use actix_web::{HttpRequest, HttpResponse, post};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use utoipa_actix_web::service_config::ServiceConfig;

pub use self::doors::Doors;
use super::tell::{self, Telling};
use super::view::{HeardView, TipPhotoView, TipStatusView};
use super::way_back::{self, Entered, Spoken};
use crate::attachments::FileBytes;
use crate::law::refusal::Refusal;
use crate::store::{Failure, Reply};
use crate::tips::bodies::{TipBody, TipsterMessageBody, WayBackBody};
use crate::tips::desk::Desk;
use crate::tips::receipt::{Passphrase, Receipt};
use crate::tips::words::Author;
use crate::tips::{photo, photos};
use crate::web::app::App;
use crate::web::body::{Body, announced_length};
use crate::web::idempotency::{GivenKey, REPLAYED, respond};
use crate::web::origin::Origin;
use crate::web::problems::{Code, Problem};
use crate::web::responses::PublicWriteProblems;
use crate::web::schemas::vocabularies;

vocabularies! {
    Author = "TipAuthor";
}

/// The operations of this side.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(tell_tip)
        .service(store_tip_photo)
        .service(get_tip_status)
        .service(send_tipster_message);
}

/// Tell of a hazard
///
/// Needs no token, no account and no name. The answer holds all there is to come back with: keep both, for nobody can
/// bring them back. Under an `Idempotency-Key`, which should be random, a repeat of the same request is answered with the
/// same receipt and passphrase. No network address is recorded; how often one may tell within an hour is limited.
#[utoipa::path(
    operation_id = "tell_tip",
    tag = "tips",
    security(()),
    params(("Idempotency-Key" = Option<String>, Header, description = "Names the request, so that a repeat of it is given the same receipt",
        example = "6f1a52a6-2d6e-4f0b-9a57-8f1f1c7e4b0d")),
    request_body(content = TipBody, example = json!(sample_tip())),
    responses(
        (status = 201, description = "Heard.", body = HeardView),
        PublicWriteProblems,
    ),
)]
#[post("/v1/tips")]
pub async fn tell_tip(
    app: Data<App>,
    desk: Data<Desk>,
    doors: Data<Doors>,
    origin: Origin,
    GivenKey(key): GivenKey,
    body: Body<TipBody>,
) -> Result<HttpResponse, Problem> {
    let _counts = doors.tell(origin, app.clock.now())?;
    let telling = Telling {
        body: body.value,
        digest: body.digest,
        key,
    };
    let heard = tell::tell(&desk, telling).await?;
    let reply = Reply::json(201, &HeardView::of(&heard))?;
    Ok(respond(if heard.again {
        reply.with(REPLAYED.as_str(), "true")
    } else {
        reply
    }))
}

/// Send a photograph for a tip
///
/// Before the tip that names it, and without a token. Position, time, camera, owner, comments and thumbnails are taken out
/// before it is kept, and it is kept sealed. One that no tip names vanishes on the second day.
#[utoipa::path(
    operation_id = "store_tip_photo",
    tag = "tips",
    security(()),
    request_body(description = "The bytes, at most 8 MiB", content(
        (inline(FileBytes) = "image/jpeg"), (inline(FileBytes) = "image/png"), (inline(FileBytes) = "image/webp"),
    )),
    responses(
        (status = 201, description = "Kept for now.", body = TipPhotoView),
        PublicWriteProblems,
    ),
)]
#[post("/v1/tips/attachments")]
pub async fn store_tip_photo(
    app: Data<App>,
    desk: Data<Desk>,
    doors: Data<Doors>,
    request: HttpRequest,
    origin: Origin,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let media_type = said_type(&request).ok_or_else(unsupported)?;
    let limit = app.limits.photo_bytes;
    let announced = announced_length(&request).unwrap_or(limit);
    if announced > limit {
        return Err(too_large(limit));
    }
    let room = doors.photo(origin, app.clock.now(), announced)?;
    let bytes = read(payload, announced, limit).await?;
    let photo = photos::take(&desk, media_type, bytes).await?;
    drop(room);
    let photo = photo.ok_or_else(unsupported)?;
    Ok(HttpResponse::Created().json(TipPhotoView::from(photo)))
}

/// See how a tip stands
///
/// With receipt and passphrase. It shows little, so that a receipt in other hands shows little: neither what was told nor
/// where. A wrong pair takes as long and is answered the same whether the receipt exists or not.
#[utoipa::path(
    operation_id = "get_tip_status",
    tag = "tips",
    security(()),
    request_body(content = WayBackBody, example = json!(sample_way_back())),
    responses(
        (status = 200, description = "How it stands.", body = TipStatusView),
        PublicWriteProblems,
    ),
)]
#[post("/v1/tips/status")]
pub async fn get_tip_status(
    app: Data<App>,
    desk: Data<Desk>,
    doors: Data<Doors>,
    origin: Origin,
    body: Body<WayBackBody>,
) -> Result<HttpResponse, Problem> {
    let WayBackBody { receipt, passphrase } = body.value;
    let entered = enter(&app, &desk, &doors, origin, &receipt, passphrase).await?;
    Ok(HttpResponse::Ok().json(status(&app, &entered)))
}

/// Speak with the officer
///
/// With receipt and passphrase. The answer is how the tip stands, with the whole conversation.
#[utoipa::path(
    operation_id = "send_tipster_message",
    tag = "tips",
    security(()),
    params(("Idempotency-Key" = Option<String>, Header, description = "Names the request, so that a repeat of it adds nothing",
        example = "6f1a52a6-2d6e-4f0b-9a57-8f1f1c7e4b0d")),
    request_body(content = TipsterMessageBody, example = json!(sample_message())),
    responses(
        (status = 201, description = "It is with the officer.", body = TipStatusView),
        PublicWriteProblems,
    ),
)]
#[post("/v1/tips/messages")]
pub async fn send_tipster_message(
    app: Data<App>,
    desk: Data<Desk>,
    doors: Data<Doors>,
    origin: Origin,
    GivenKey(key): GivenKey,
    body: Body<TipsterMessageBody>,
) -> Result<HttpResponse, Problem> {
    let message = body.value;
    let mut entered = enter(&app, &desk, &doors, origin, &message.receipt, message.passphrase).await?;
    let spoken = way_back::speak(&desk, &mut entered, &message.text, key.as_deref()).await?;
    let reply = Reply::json(201, &status(&app, &entered))?;
    Ok(respond(match spoken {
        Spoken::First => reply,
        Spoken::Again => reply.with(REPLAYED.as_str(), "true"),
    }))
}

async fn enter(
    app: &App,
    desk: &Desk,
    doors: &Doors,
    origin: Origin,
    receipt: &Receipt,
    passphrase: Passphrase,
) -> Result<Entered, Problem> {
    let guess = doors.way_back(origin, app.clock.now())?;
    match way_back::enter(desk, receipt, passphrase).await {
        Err(Failure::Refusal(refusal @ Refusal::Barred { code: "wrong_receipt" })) => Err(refusal.into()),
        entered => {
            doors.was_right(guess);
            Ok(entered?)
        }
    }
}

fn status(app: &App, entered: &Entered) -> TipStatusView {
    TipStatusView::of(&entered.kept, &entered.words, app.clock.now().day())
}

/// The bytes of a photograph.
async fn read(mut payload: Payload, announced: usize, limit: usize) -> Result<Bytes, Problem> {
    let mut bytes = BytesMut::with_capacity(announced.min(limit));
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(|error| Problem::new(Code::BadRequest).with_context(error.to_string()))?;
        if bytes.len() + piece.len() > limit {
            return Err(too_large(limit));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes.freeze())
}

fn said_type(request: &HttpRequest) -> Option<&'static str> {
    let said = request.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = said.split(';').next()?.trim().to_ascii_lowercase();
    photo::known(&essence)
}

fn unsupported() -> Problem {
    Problem::new(Code::UnsupportedMediaType).with_text(photo::media_types().collect::<Vec<_>>().join(", "))
}

fn too_large(limit: usize) -> Problem {
    Problem::new(Code::TooLarge).with_text(format!("{limit} B"))
}

fn sample_tip() -> Value {
    json!({
        "description": "厂区西北角污水池经常开着盖子让人下去清淤，没有通风，也没有人在上面看护。",
        "area": "370303009001",
        "address": "科苑街道示例路1号",
        "unit": {"name": "示例化工"},
        "campaign": "confined_space",
        "anonymous": true,
        "wants_feedback": true,
        "wants_reward": true,
    })
}

fn sample_way_back() -> Value {
    json!({"receipt": "4821 9034 7756 1202", "passphrase": "ACDE-FHJK-MNPR-TUVW-XY34"})
}

fn sample_message() -> Value {
    let mut sample = sample_way_back();
    if let Some(members) = sample.as_object_mut() {
        members.insert("text".to_owned(), json!("昨天夜里又下去了两个人。"));
    }
    sample
}
