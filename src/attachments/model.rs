//! A piece of evidence: a slot that is filled by its bytes, at once or later.

use serde::Serialize;
use utoipa::ToSchema;

use crate::values::vocabulary::vocabulary;
use crate::values::{AttachmentId, Instant};

vocabulary! {
    /// How much of a piece of evidence is here.
    pub enum SlotState in "evidence_states" {
        Declared = "declared", "已登记", "announced, nothing of it is here";
        Partial = "partial", "上传中", "some of its bytes are here";
        Stored = "stored", "待校验", "all of its bytes are here, and are being verified";
        Verified = "verified", "已校验", "its bytes are here and are those that were announced";
    }
}

/// A piece of evidence. Once it is verified its bytes are in the object store, under their digest.
#[derive(Debug, Clone, PartialEq)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// SHA-256 of the bytes.
    pub sha256: [u8; 32],
    /// How many bytes.
    pub size: i64,
    /// What they are, as the sender said; once verified also as sniffed.
    pub media_type: String,
    /// Name that the sender gave.
    pub filename: Option<String>,
    /// Subject of the token that sent or declared it. Never shown.
    pub uploaded_by: String,
    /// When it was sent or declared.
    pub created_at: Instant,
    /// When it was declared; nothing for bytes that came without a declaration.
    pub declared_at: Option<Instant>,
    /// How much of it is here.
    pub state: SlotState,
    /// How many events it has.
    pub version: i64,
    /// What the camera wrote into it.
    pub exposure: Exposure,
}

/// When and where a photograph was taken, as the camera says. The clock of a camera may be wrong, and so may its place.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Exposure {
    /// When.
    pub captured_at: Option<Instant>,
    /// Where.
    pub location: Option<ExposureLocation>,
}

/// Where a photograph was taken, WGS 84.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct ExposureLocation {
    /// Degrees north, -90 to 90.
    #[schema(example = 36.80, minimum = -90, maximum = 90)]
    pub latitude: f64,
    /// Degrees east, -180 to 180.
    #[schema(example = 118.05, minimum = -180, maximum = 180)]
    pub longitude: f64,
}

/// Bytes that are kept, and what is known of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Brought {
    /// SHA-256 of the bytes.
    pub sha256: [u8; 32],
    /// How many bytes.
    pub size: i64,
    /// What they are, as the sender said and as sniffed.
    pub media_type: String,
    /// Name that the sender gave.
    pub filename: Option<String>,
    /// What the camera wrote into them.
    pub exposure: Exposure,
}
