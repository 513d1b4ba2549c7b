//! A piece of evidence.

use crate::values::{AttachmentId, Instant};

/// A piece of evidence. Its bytes are in the object store, under their digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// SHA-256 of the bytes.
    pub sha256: [u8; 32],
    /// How many bytes.
    pub size: i64,
    /// What they are, as sniffed and as the sender said.
    pub media_type: String,
    /// Name that the sender gave.
    pub filename: Option<String>,
    /// Subject of the token that sent it. Never shown.
    pub uploaded_by: String,
    /// When.
    pub created_at: Instant,
}
