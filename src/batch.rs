//! Many calls in one request: a day's queue of a phone, sent when there is a signal.
//!
//! Each call goes through the door through which it would go alone: the same readers of token, key, version and body, the
//! same refusals, the same kept answers. The batch adds nothing and takes nothing away; so it has no key of its own, its
//! calls carry theirs, and a batch that was cut off is sent again as a whole.

mod bodies;
mod door;
mod view;

use actix_web::web::ReqData;
use actix_web::{HttpRequest, HttpResponse, post};
use tokio::time::Instant as Moment;
use utoipa_actix_web::service_config::ServiceConfig;

pub use bodies::CallMethod;
pub use door::Door;
pub use view::NotRun;

use bodies::BatchBody;
use view::{AnswerView, BatchView};

use crate::law::refusal::Refusal;
use crate::store::StoreError;
use crate::web::body::Body;
use crate::web::caller::Authenticated;
use crate::web::limits::Deadline;
use crate::web::problems::Problem;
use crate::web::responses::WriteProblems;

/// Bytes of answers after which no more calls are made; the last may go beyond.
const MOST_ANSWERED: usize = 8 * 1024 * 1024;

/// The operation of this file.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(send_batch);
}

/// Make many calls at once
///
/// Up to 100 writes, made one after the other in their order, each with its own `idempotency_key` and its own answer: that
/// which it would have had alone, and a call that was made alone before is answered as then. A call that fails takes nothing
/// back of the others. After one that was answered 400 or above, `stop_on_failure` leaves the rest; so do the time and the
/// size of a request when they run out. What was not made has no status, it says why in `not_run`, and can be sent again
/// under its key, with the whole batch or without it.
///
/// The batch takes no `Idempotency-Key` of its own. It may have 4 MiB, each of its calls what it may have alone. It holds no batch,
/// no bytes of files and nothing of tips.
#[utoipa::path(
    operation_id = "send_batch",
    tag = "batch",
    request_body(content = BatchBody, example = json!(view::sample_body())),
    responses((status = 200, description = "An answer for each call, in their order.", body = BatchView), WriteProblems),
)]
#[post("/v1/batch")]
pub async fn send_batch(
    request: HttpRequest,
    deadline: ReqData<Deadline>,
    _caller: Authenticated,
    body: Body<BatchBody>,
) -> Result<HttpResponse, Problem> {
    // Within a batch there is no door to another.
    let door = request.app_data::<Door>().ok_or(Refusal::NotFound)?;
    let deadline = deadline.for_a_part();
    let batch = body.value;
    let bodies = bodies::written(&body.bytes).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let mut answers = Vec::with_capacity(batch.calls.len());
    let (mut answered, mut failed) = (0, false);
    for (place, call) in batch.calls.into_iter().zip(bodies).enumerate() {
        let standstill = if failed && batch.stop_on_failure {
            Some(NotRun::Stopped)
        } else if Moment::now() >= deadline.0 {
            Some(NotRun::OutOfTime)
        } else if answered >= MOST_ANSWERED {
            Some(NotRun::TooMuch)
        } else {
            None
        };
        let answer = match standstill {
            Some(reason) => AnswerView::not_run(reason),
            None => door.ask(&request, place, call, deadline).await?,
        };
        failed |= answer.has_failed();
        answered += answer.size();
        answers.push(answer);
    }
    Ok(HttpResponse::Ok().json(BatchView { answers }))
}
