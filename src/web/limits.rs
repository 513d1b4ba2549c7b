//! Bounds of a request.

use std::time::Duration;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;

use super::app::App;
use super::problems::{Code, Problem};

/// How much of everything one request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a JSON body.
    pub json_bytes: usize,
    /// Bytes of an inspection, which is sent whole.
    pub inspection_bytes: usize,
    /// Bytes of an attachment.
    pub attachment_bytes: usize,
    /// Bytes of a photograph that somebody sends without a token.
    pub photo_bytes: usize,
    /// Bytes of an import.
    pub import_bytes: usize,
    /// Time from the first byte of the request to the first of the answer.
    pub request_time: Duration,
    /// The same for a request that carries a file or an inspection: 20 MiB take minutes over the line of a cellar.
    pub upload_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            json_bytes: 1024 * 1024,
            inspection_bytes: 4 * 1024 * 1024,
            attachment_bytes: 20 * 1024 * 1024,
            photo_bytes: 8 * 1024 * 1024,
            import_bytes: 20 * 1024 * 1024,
            request_time: Duration::from_secs(30),
            upload_time: Duration::from_secs(600),
        }
    }
}

impl Limits {
    /// Bytes of a JSON body that is sent to that path.
    pub fn json_bytes_at(&self, path: &str) -> usize {
        if path.starts_with(INSPECTIONS) {
            self.inspection_bytes
        } else {
            self.json_bytes
        }
    }
}

/// Beginning of the paths to which inspections are sent, from where the line is bad.
const INSPECTIONS: &str = "/v1/inspections/";

/// Paths of the requests that carry a file.
const UPLOADS: &[&str] = &["/v1/attachments", "/v1/enterprises/import", "/v1/tips/attachments"];

/// Ends a request that takes too long, a slowly sent body included. What it had begun to write still commits or not as
/// a whole; a repeat under the same idempotency key tells which.
pub async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let limits = request
        .app_data::<Data<App>>()
        .map_or_else(Limits::default, |app| app.limits);
    let limit = if UPLOADS.contains(&request.path()) || request.path().starts_with(INSPECTIONS) {
        limits.upload_time
    } else {
        limits.request_time
    };
    match tokio::time::timeout(limit, next.call(request)).await {
        Ok(response) => response,
        Err(_) => Err(Problem::new(Code::Timeout).into()),
    }
}
