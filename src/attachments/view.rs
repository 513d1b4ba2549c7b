//! Evidence on the wire.

use serde::Serialize;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use super::model::{Attachment, Exposure, ExposureLocation, SlotState};
use super::object::hexadecimal;
use crate::law::scope::Caller;
use crate::values::{AttachmentId, Instant};

/// A piece of evidence.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AttachmentView {
    /// Its id.
    pub id: AttachmentId,
    /// SHA-256 of the bytes, in hexadecimal.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub sha256: String,
    /// How many bytes.
    #[schema(example = 245_760)]
    pub size: i64,
    /// What they are.
    #[schema(example = "image/jpeg")]
    pub media_type: String,
    /// Name that the sender gave.
    #[schema(example = "整改后.jpg")]
    pub filename: Option<String>,
    /// When it was stored or declared.
    pub created_at: Instant,
    /// How much of it is here.
    pub state: SlotState,
    /// When the photograph was taken, as the camera says; `null` for a unit.
    pub captured_at: Option<Instant>,
    /// Where the photograph was taken, as the camera says; `null` for a unit.
    pub location: Option<ExposureLocation>,
}

impl AttachmentView {
    /// The view of one caller.
    pub fn of(attachment: &Attachment, caller: &Caller) -> Self {
        let exposure = if caller.sees_sources() {
            attachment.exposure
        } else {
            Exposure::default()
        };
        Self {
            id: attachment.id,
            sha256: hexadecimal(&attachment.sha256),
            size: attachment.size,
            media_type: attachment.media_type.clone(),
            filename: attachment.filename.clone(),
            created_at: attachment.created_at,
            state: attachment.state,
            captured_at: exposure.captured_at,
            location: exposure.location,
        }
    }
}

/// The bytes of a file, for the document: neither JSON nor text.
pub struct FileBytes;

impl PartialSchema for FileBytes {
    fn schema() -> RefOr<Schema> {
        let binary = ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)));
        RefOr::T(Schema::Object(binary.build()))
    }
}

impl ToSchema for FileBytes {}
