//! The ledger as a file, and who took it along.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, get};
use futures_util::stream;
use serde_json::json;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::may_ask;
use super::queries::ExportQuery;
use crate::attachments::FileBytes;
use crate::hazards::export::{self, Asked, Broken, ExportFormat, ExportState, ExportView, File, Walk};
use crate::hazards::list::Sort;
use crate::journal::Actor;
use crate::law::refusal::Refusal;
use crate::law::scope::READS_EXPORTS;
use crate::store::{Failure, StoreError, cut};
use crate::values::{ExportId, Language};
use crate::web::app::App;
use crate::web::caller::Authenticated;
use crate::web::filters::{Filters, YesNo};
use crate::web::page::{Page, PageQuery};
use crate::web::problems::Problem;
use crate::web::responses::{ExportProblems, ListProblems};
use crate::web::turns::Turn;

/// Pieces that wait for the receiver.
const WAITING: usize = 4;

/// Take the ledger along
///
/// The hazards of the list, all of them, as one file: the same filters, the same scope, the same sight. `csv` and `xlsx` are
/// for people, with headings and codes in words, days and moments of Asia/Shanghai, and no text that a spreadsheet would take
/// for a formula: in `csv` one that begins like one has an apostrophe in front, and so has one that begins with an apostrophe.
/// `jsonl` is for programs: an object in each line, whose members are the columns, with the codes and moments of the list.
/// Persons are left out.
///
/// A hazard that is what is asked for from the beginning to the end is in the file once, as it stood when it was read, which
/// happens while the file goes out; none is in it twice. One that changes meanwhile may be missing where it is no longer what
/// is asked for; one that is put on record meanwhile may be in it. With `q`, and in an order that changes move rows in
/// (`due_on`, `updated_at`), it is what was found at the beginning, 200,000 hazards at most. A file that breaks off ends
/// without the end of its transfer.
///
/// That somebody takes it along is on record before the first byte. A caller may have two exports on their way at once.
#[utoipa::path(
    operation_id = "export_hazards",
    tag = "hazards",
    params(ExportQuery),
    responses(
        (status = 200, description = "The file.",
            content(
                (String = "text/csv", example = json!("编号,状态,是否逾期\r\n370303-2026-000001,整改中,否\r\n")),
                (inline(FileBytes) = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
                (String = "application/jsonl", example = json!("{\"number\": \"370303-2026-000001\", \"status\": \"rectifying\", \"overdue\": false}\n")),
            ),
            headers(("Content-Disposition" = String, description = "A name for the file"))),
        ExportProblems,
    ),
)]
#[get("/v1/hazards/export")]
pub async fn export_hazards(
    app: Data<App>,
    request: HttpRequest,
    Authenticated(caller): Authenticated,
    language: Language,
    query: Filters<ExportQuery>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    may_ask(&caller, &query.source)?;
    let turn = app.exports.take(caller.key())?;
    let now = app.clock.now();
    let asked = Asked {
        by: Actor::from(&caller),
        query: json!(told(request.query_string())),
        format: query.format.unwrap_or(ExportFormat::Csv),
    };
    let (format, marked) = (asked.format, query.bom == Some(YesNo::Yes));
    let walk = Walk {
        store: app.store.clone(),
        policy: Arc::clone(&app.policy),
        caller,
        sort: query.sort.unwrap_or(Sort::ReportedAtDown),
        filter: query.filter(now.day()),
        now,
        language,
    };
    let way = walk.way().await?;
    let id = begun(&app, &walk, asked).await?;
    let file = File::begin(format, language, marked).map_err(|error| StoreError::Unavailable(error.to_string()))?;
    let (out, pieces) = channel(WAITING);
    tokio::spawn(async move {
        let went = walk.go(way, file, &out).await;
        ended(&app, (id, went.rows), went.end, (turn, out)).await;
    });
    Ok(answer(format, &now.day().to_string(), pieces))
}

/// Puts on record that an export begins.
async fn begun(app: &App, walk: &Walk, asked: Asked) -> Result<ExportId, Problem> {
    let scope = walk.caller.ledger_scope().ok_or(Refusal::NoReadRight)?;
    let (id, now, salt) = (ExportId::new(&app.clock), walk.now, app.random()?);
    app.store
        .write("begin_export", move |connection| {
            export::begin(connection, id, asked.clone(), &scope, (now, salt))
        })
        .await?;
    Ok(id)
}

/// Puts on record how an export ended. Only then its turn is over and the receiver told that this was all.
async fn ended(
    app: &App,
    (id, rows): (ExportId, i64),
    end: Result<(), Broken>,
    (turn, out): (Turn, Sender<io::Result<Bytes>>),
) {
    let state = if end.is_ok() {
        ExportState::Complete
    } else {
        ExportState::BrokenOff
    };
    let recorded = async {
        let (now, salt) = (app.clock.now(), app.random()?);
        let record = move |connection: &mut _| export::end(connection, id, (state, rows), (now, salt));
        app.store.write("end_export", record).await
    };
    if let Err(error) = recorded.await {
        log::error!("export {id}: that it ended is not on record: {error}");
    }
    drop(turn);
    if let Err(broken) = end {
        log::warn!("export {id} broke off: {broken}");
        // Whoever still receives must not take what came for all there is.
        let _ = out.send(Err(io::Error::other("broken off"))).await;
    }
}

/// The parameters of a query string, each with its values.
fn told(query: &str) -> BTreeMap<String, Vec<String>> {
    let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        told.entry(name.into_owned()).or_default().push(value.into_owned());
    }
    told
}

fn answer(format: ExportFormat, day: &str, pieces: Receiver<io::Result<Bytes>>) -> HttpResponse {
    let name = format!("attachment; filename=\"hazards-{day}.{format}\"");
    let body = stream::unfold(pieces, |mut pieces| async {
        let piece = pieces.recv().await?;
        Some((piece, pieces))
    });
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, format.media_type()))
        .insert_header((header::CONTENT_DISPOSITION, name));
    if format == ExportFormat::Xlsx {
        // A workbook is compressed already.
        response.insert_header((header::CONTENT_ENCODING, "identity"));
    }
    response.streaming(body)
}

/// List exports
///
/// Who took which part of the ledger along, and when; the newest first. For auditors: those that could reach into their areas.
#[utoipa::path(
    operation_id = "list_exports",
    tag = "hazards",
    params(PageQuery),
    responses(
        (status = 200, description = "A page.", body = Page<ExportView>,
            headers(("Link" = String, description = "`rel=\"next\"`: the next page, absent on the last"))),
        ListProblems,
    ),
)]
#[get("/v1/exports")]
pub async fn list_exports(
    app: Data<App>,
    request: HttpRequest,
    Authenticated(caller): Authenticated,
    query: Filters<PageQuery>,
) -> Result<HttpResponse, Problem> {
    if !caller.has_any(READS_EXPORTS) {
        return Err(Refusal::role_not_allowed(READS_EXPORTS).into());
    }
    let list = Page::<ExportView>::list_key(&request, "-id");
    let before: Option<ExportId> = app.open_cursor(&list, query.cursor.as_deref())?;
    let limit = query.limit.rows();
    let (exports, next) = app
        .store
        .search("list_exports", move |connection| {
            let mut exports = export::page(connection, &caller.areas, before, limit + 1)?;
            let next = cut(&mut exports, limit, |export| export.id);
            Ok::<_, Failure>((exports, next))
        })
        .await?;
    let views: Vec<ExportView> = exports.into_iter().map(ExportView::from).collect();
    Page::answer(&app, &request, &list, views, next.as_ref())
}
