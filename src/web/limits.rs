//! Bounds of a request.

use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage};
use tokio::time::Instant as Moment;

use super::app::App;
use super::problems::{Code, Problem};

/// How much of everything one request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a JSON body.
    pub json_bytes: usize,
    /// Bytes of an inspection, or of a batch of calls, each sent whole.
    pub day_bytes: usize,
    /// Bytes of an attachment.
    pub attachment_bytes: usize,
    /// Bytes of an upload that comes in pieces.
    pub upload_bytes: usize,
    /// Bytes of a photograph that somebody sends without a token.
    pub photo_bytes: usize,
    /// Bytes of an import.
    pub import_bytes: usize,
    /// Exports of one caller that may be on their way at once.
    pub exports_each: usize,
    /// Exports of all callers that may be on their way at once.
    pub exports_together: usize,
    /// Time from the first byte of the request to the first of the answer.
    pub request_time: Duration,
    /// The same for a request that carries a file, an inspection or a batch: 20 MiB take minutes over the line of a cellar.
    pub upload_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            json_bytes: 1024 * 1024,
            day_bytes: 4 * 1024 * 1024,
            attachment_bytes: 20 * 1024 * 1024,
            upload_bytes: 512 * 1024 * 1024,
            photo_bytes: 8 * 1024 * 1024,
            import_bytes: 20 * 1024 * 1024,
            exports_each: 2,
            exports_together: 4,
            request_time: Duration::from_secs(30),
            upload_time: Duration::from_secs(600),
        }
    }
}

impl Limits {
    /// Bytes of a JSON body that is sent to that path.
    pub fn json_bytes_at(&self, path: &str) -> usize {
        if is_of_a_day(path) {
            self.day_bytes
        } else {
            self.json_bytes
        }
    }
}

/// True for a path to which phones send what they recorded in a day, from where the line is bad.
fn is_of_a_day(path: &str) -> bool {
    path.starts_with("/v1/inspections/") || path == "/v1/batch"
}

/// Paths of the requests that carry a file.
const UPLOADS: &[&str] = &["/v1/attachments", "/v1/enterprises/import", "/v1/tips/attachments"];

/// Uploads in pieces, and each of them below it.
const IN_PIECES: &str = "/v1/uploads";

/// True for `root` and for every path below it.
pub fn is_within(path: &str, root: &str) -> bool {
    path.strip_prefix(root)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// True for a path of the tus protocol.
pub fn is_in_pieces(path: &str) -> bool {
    is_within(path, IN_PIECES)
}

/// True for a path under which files are sent.
pub fn is_upload(path: &str) -> bool {
    UPLOADS.contains(&path) || is_in_pieces(path)
}

/// When a request must have been answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline(pub Moment);

impl Deadline {
    /// The deadline of what answers a part of a request: a tenth of the time that is left is kept for the rest.
    #[must_use]
    pub fn for_a_part(self) -> Self {
        let left = self.0.saturating_duration_since(Moment::now());
        Self(self.0 - left / 10)
    }
}

/// Ends a request that takes too long, a slowly sent body included. What it had begun to write still commits or not as
/// a whole; a repeat under the same idempotency key tells which. A call of a batch brings its deadline along.
pub async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let given = request.extensions().get::<Deadline>().copied();
    let deadline = given.unwrap_or_else(|| {
        let limits = request
            .app_data::<Data<App>>()
            .map_or_else(Limits::default, |app| app.limits);
        let limit = if is_upload(request.path()) || is_of_a_day(request.path()) {
            limits.upload_time
        } else {
            limits.request_time
        };
        Deadline(Moment::now() + limit)
    });
    request.extensions_mut().insert(deadline);
    match tokio::time::timeout_at(deadline.0, next.call(request)).await {
        Ok(response) => response,
        Err(_) => Err(Problem::new(Code::Timeout).into()),
    }
}
