//! Operations of this room.

use actix_web::http::header;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deserr::Deserr;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::keys::LogKeys;
use super::proof::{self, Growth, Inclusion, Proof};
use super::store;
use super::tile::{self, TileName};
use super::tree::Hash;
use super::view::{GrowthView, InclusionView, LogEntryView, LogKeyView, LogKeysView, LogProofView};
use crate::hazards::{self, Reference};
use crate::journal::encoded;
use crate::law::refusal::Refusal;
use crate::store::{Failure, StoreError};
use crate::values::{Fault, FaultCode, Faults};
use crate::web::app::App;
use crate::web::caller::Known;
use crate::web::filters::{Bounded, Filters, Limit};
use crate::web::page::{Page, PageQuery};
use crate::web::problems::{Code, Problem};
use crate::web::responses::{PublicProblems, ReadProblems};

/// What never changes.
const FOR_EVER: (header::HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=31536000, immutable");
/// What may be another at the next call.
const ANEW: (header::HeaderName, &str) = (header::CACHE_CONTROL, "no-cache");
/// What changes when an operator changes it.
const FOR_MINUTES: (header::HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=300");

/// The operations of this room.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(get_log_checkpoint)
        .service(get_log_tile)
        .service(list_log_entries)
        .service(get_log_proof)
        .service(list_log_keys);
}

/// A number of entries.
type Size = Bounded<0, 4_294_967_295, 0>;

/// Which checkpoint is asked for.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CheckpointQuery {
    /// How many entries it speaks of; the newest when absent.
    #[deserr(default)]
    #[param(value_type = Option<u32>)]
    size: Option<Size>,
}

/// Read a checkpoint of the log
///
/// Name, size and root of the transparency log, signed (C2SP `checkpoint`, `signed-note`). Whoever keeps one can show later
/// that something was taken from the log or changed in it. Every checkpoint is kept for ever and found by its size.
#[utoipa::path(
    operation_id = "get_log_checkpoint",
    tag = "log",
    security(()),
    params(CheckpointQuery),
    responses((status = 200, description = "The checkpoint.", body = String, content_type = "text/plain"), PublicProblems),
)]
#[get("/v1/log/checkpoint")]
pub async fn get_log_checkpoint(app: Data<App>, query: Filters<CheckpointQuery>) -> Result<HttpResponse, Problem> {
    let size = query.into_inner().size.map(number);
    let note = app
        .store
        .read("get_log_checkpoint", move |connection| match size {
            Some(size) => store::checkpoint_of(connection, size),
            None => Ok::<_, StoreError>(store::newest_checkpoint(connection)?.map(|(_, note)| note)),
        })
        .await?
        .ok_or_else(|| Problem::new(Code::NotFound))?;
    Ok(HttpResponse::Ok()
        .insert_header(if size.is_some() { FOR_EVER } else { ANEW })
        .content_type("text/plain; charset=utf-8")
        .body(note))
}

/// Read a tile of the log
///
/// As C2SP `tlog-tiles` names and writes them: `0/x001/234` for hashes, `entries/x001/234` for entries, with `.p/<width>` for
/// the beginning of a tile that is not whole yet. What a checkpoint covers never changes, so it may be kept for ever. An
/// entry is 32 bytes: the hash of an event of a hazard as its history shows it, or what stands for all that happened to
/// public tips within a day.
#[utoipa::path(
    operation_id = "get_log_tile",
    tag = "log",
    security(()),
    params(("path" = String, Path, description = "Level or `entries`, number and width of the tile", example = "0/000.p/7")),
    responses(
        (status = 200, description = "The tile.", body = Vec<u8>, content_type = "application/octet-stream"),
        PublicProblems,
    ),
)]
#[get("/v1/log/tile/{path:.+}")]
pub async fn get_log_tile(app: Data<App>, path: Path<String>) -> Result<HttpResponse, Problem> {
    let nothing = || Problem::new(Code::NotFound);
    let name: TileName = path.parse().map_err(|()| nothing())?;
    let bytes = app
        .store
        .read("get_log_tile", move |connection| tile::read(connection, name))
        .await?
        .ok_or_else(nothing)?;
    Ok(HttpResponse::Ok()
        .insert_header(FOR_EVER)
        .content_type("application/octet-stream")
        .body(bytes))
}

/// List the entries of the log
///
/// From the first on, as far as the newest checkpoint covers them. The tiles hold the same, for programs.
#[utoipa::path(
    operation_id = "list_log_entries",
    tag = "log",
    security(()),
    params(PageQuery),
    responses(
        (status = 200, description = "A page.", body = Page<LogEntryView>,
            headers(("Link" = String, description = "`rel=\"next\"`: the next page, absent on the last"))),
        PublicProblems,
    ),
)]
#[get("/v1/log/entries")]
pub async fn list_log_entries(
    app: Data<App>,
    request: HttpRequest,
    query: Filters<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let list = Page::<LogEntryView>::list_key(&request, "index");
    let from: u64 = app.open_cursor(&list, query.cursor.as_deref())?.unwrap_or(0);
    let limit = query.limit.rows();
    let (entries, size) = app
        .store
        .read("list_log_entries", move |connection| {
            let size = store::newest_checkpoint(connection)?.map_or(0, |(size, _)| size);
            Ok::<_, StoreError>((store::entries(connection, from, size, limit)?, size))
        })
        .await?;
    let items: Vec<LogEntryView> = (from..)
        .zip(&entries)
        .map(|(index, entry)| LogEntryView::new(index, entry))
        .collect();
    let next = items.last().map(|last| last.index + 1).filter(|next| *next < size);
    Page::answer(&app, &request, &list, items, next.as_ref())
}

/// What is to be proven.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProofQuery {
    /// That the events of this hazard, by id or number, are in the log.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    hazard: Option<String>,
    /// That the event with this hash, in unpadded base64url, is in the log.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    event: Option<String>,
    /// That the log only grew since it had so many entries.
    #[deserr(default)]
    #[param(value_type = Option<u32>)]
    from: Option<Size>,
    /// With `from`: until it had so many; until the newest checkpoint when absent.
    #[deserr(default)]
    #[param(value_type = Option<u32>)]
    to: Option<Size>,
    /// With `hazard`: events of a page.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    limit: Limit,
    /// With `hazard`: `next_cursor` of the page before.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    cursor: Option<String>,
}

/// Prove what is in the log
///
/// Either that the events of a hazard are in it (`hazard`), or an event that is known by its hash (`event`), or that the log
/// of one size is the beginning of that of another (`from`, `to`). Inclusion is proven for the newest checkpoint, which comes
/// along; an event is in the log within a second. `hazard` needs a token of somebody who may read the hazard and is shown
/// hashes; a unit is not.
#[utoipa::path(
    operation_id = "get_log_proof",
    tag = "log",
    security((), ("token" = [])),
    params(ProofQuery),
    responses((status = 200, description = "The proof.", body = LogProofView), ReadProblems),
)]
#[get("/v1/log/proof")]
pub async fn get_log_proof(
    app: Data<App>,
    request: HttpRequest,
    caller: Known,
    query: Filters<ProofQuery>,
) -> Result<HttpResponse, Problem> {
    let view = match wanted(&query)? {
        Wanted::Hazard(name) => of_hazard(&app, &request, caller, hazards::reference(&name)?, &query).await?,
        Wanted::Event(hash) => {
            let read = move |connection: &mut _| proof::of_event(connection, hash);
            of_event(found(app.store.read("prove_event", read).await?)?)
        }
        Wanted::Growth(from, to) => {
            let read = move |connection: &mut _| proof::of_growth(connection, from, to);
            of_growth(from, found(app.store.read("prove_growth", read).await?)?)
        }
    };
    Ok(HttpResponse::Ok().json(view))
}

enum Wanted {
    Hazard(String),
    Event(Hash),
    Growth(u64, Option<u64>),
}

fn wanted(query: &ProofQuery) -> Result<Wanted, Faults> {
    let fault = |name: &'static str, code| Err(Fault::new(name, code).into());
    match (&query.hazard, &query.event, query.from, query.to) {
        (Some(hazard), None, None, None) => Ok(Wanted::Hazard(hazard.clone())),
        (None, Some(event), None, None) => {
            let bytes = URL_SAFE_NO_PAD.decode(event).ok();
            match bytes.and_then(|bytes| bytes.try_into().ok()) {
                Some(hash) => Ok(Wanted::Event(hash)),
                None => fault("?event", FaultCode::BadFormat),
            }
        }
        (None, None, Some(from), to) => match to.map(number) {
            Some(to) if to < number(from) => fault("?to", FaultCode::Contradiction),
            to => Ok(Wanted::Growth(number(from), to)),
        },
        (None, None, None, None) => fault("?hazard", FaultCode::Missing),
        (None, None, None, Some(_)) => fault("?from", FaultCode::Missing),
        (Some(_), Some(_), _, _) => fault("?event", FaultCode::Contradiction),
        (_, _, Some(_), _) => fault("?from", FaultCode::Contradiction),
        (_, _, None, Some(_)) => fault("?to", FaultCode::Contradiction),
    }
}

async fn of_hazard(
    app: &App,
    request: &HttpRequest,
    Known(caller): Known,
    hazard: Reference,
    query: &ProofQuery,
) -> Result<LogProofView, Problem> {
    let caller = caller.ok_or_else(|| Problem::new(Code::Unauthenticated))?;
    if !caller.sees_sources() {
        return Err(Refusal::NoReadRight.into());
    }
    let list = Page::<InclusionView>::list_key(request, "version");
    let after: i64 = app.open_cursor(&list, query.cursor.as_deref())?.unwrap_or(0);
    let limit = query.limit.rows();
    let proven = app
        .store
        .read("prove_hazard", move |connection| {
            let id = hazards::visible(connection, &caller, hazard)?.hazard.id;
            Ok::<_, Failure>(proof::of_hazard(connection, id, after, limit)?)
        })
        .await?;
    let proof = found(proven)?;
    let next_cursor = app.make_cursor(&list, proof.proven.next.as_ref())?;
    Ok(LogProofView {
        size: proof.size,
        checkpoint: proof.note,
        items: Some(proof.proven.items.into_iter().map(InclusionView::from).collect()),
        growth: None,
        next_cursor,
    })
}

fn of_event(proof: Proof<Inclusion>) -> LogProofView {
    LogProofView {
        size: proof.size,
        checkpoint: proof.note,
        items: Some(vec![proof.proven.into()]),
        growth: None,
        next_cursor: None,
    }
}

fn of_growth(from: u64, proof: Proof<Growth>) -> LogProofView {
    let Growth { to, path } = proof.proven;
    let path = path.iter().map(|hash| encoded(hash)).collect();
    LogProofView {
        size: proof.size,
        checkpoint: proof.note,
        items: None,
        growth: Some(GrowthView { from, to, path }),
        next_cursor: None,
    }
}

/// List the keys that sign for the log
///
/// A JSON Web Key Set (RFC 7517) of the Ed25519 keys that sign checkpoints, those that did so earlier among them. Keep them
/// from a place that you trust: whoever asks here for them trusts this server.
#[utoipa::path(
    operation_id = "list_log_keys",
    tag = "log",
    security(()),
    responses((status = 200, description = "The keys.", body = LogKeysView), PublicProblems),
)]
#[get("/.well-known/jwks.json")]
pub async fn list_log_keys(keys: Data<LogKeys>) -> HttpResponse {
    let keys = keys.known().iter().map(LogKeyView::from).collect();
    HttpResponse::Ok().insert_header(FOR_MINUTES).json(LogKeysView { keys })
}

fn number(size: Size) -> u64 {
    u64::from(size.small())
}

fn found<T>(thing: Option<T>) -> Result<T, Problem> {
    thing.ok_or_else(|| Problem::new(Code::NotFound))
}
