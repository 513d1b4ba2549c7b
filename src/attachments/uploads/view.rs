//! An upload on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use super::model::{Upload, UploadState};
use crate::values::{AttachmentId, Instant, UploadId};

/// Bytes on their way to become evidence.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UploadView {
    /// Its id.
    pub id: UploadId,
    /// Where it stands.
    pub state: UploadState,
    /// How many bytes are here, from the first on.
    #[schema(example = 1_048_576)]
    pub offset: i64,
    /// How many bytes there will be.
    #[schema(example = 3_145_728)]
    pub length: i64,
    /// The evidence that they became, once they are verified.
    pub attachment: Option<AttachmentId>,
    /// When it is removed, unless more bytes come before.
    pub expires_at: Instant,
}

impl From<&Upload> for UploadView {
    fn from(upload: &Upload) -> Self {
        Self {
            id: upload.id,
            state: upload.state,
            offset: upload.received,
            length: upload.length,
            attachment: upload.attachment_id,
            expires_at: upload.expires_at,
        }
    }
}
