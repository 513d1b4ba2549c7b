//! Bytes on their way.

use crate::journal::Actor;
use crate::law::scope::{Areas, Caller};
use crate::values::vocabulary::vocabulary;
use crate::values::{AttachmentId, Instant, UploadId};

vocabulary! {
    /// Where an upload stands.
    pub enum UploadState in "upload_states" {
        Open = "open", "上传中", "bytes are still to come";
        Whole = "whole", "待校验", "every byte is here, and they are being verified";
        Done = "done", "已完成", "they have become evidence";
        Refused = "refused", "未通过", "they were refused";
    }
}

/// Bytes on their way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Its id.
    pub id: UploadId,
    /// Subject of the token that sends them.
    pub owner: String,
    /// Who sends them, as the token said when the upload began.
    pub actor: Actor,
    /// How many bytes there will be.
    pub length: i64,
    /// What they are, as the sender says.
    pub media_type: String,
    /// Name that the sender gave.
    pub filename: Option<String>,
    /// Their digest, as the sender says.
    pub sha256: Option<[u8; 32]>,
    /// All that the sender said of them, in the form of the protocol.
    pub metadata: String,
    /// When the upload began.
    pub created_at: Instant,
    /// How many bytes are here, from the first on.
    pub received: i64,
    /// Where it stands.
    pub state: UploadState,
    /// The evidence that they became.
    pub attachment_id: Option<AttachmentId>,
    /// Code of the problem that ended it.
    pub refusal: Option<String>,
    /// When it is removed, unless more bytes come before.
    pub expires_at: Instant,
}

impl Upload {
    /// The sender, as far as putting evidence on record asks.
    pub fn sender(&self) -> Caller {
        Caller {
            subject: self.owner.clone(),
            name: self.actor.name.clone(),
            roles: self.actor.roles.iter().copied().collect(),
            level: self.actor.level,
            organization: self.actor.organization.clone(),
            areas: Areas::Within(Vec::new()),
            industries: Vec::new(),
            unit: None,
        }
    }

    /// True when bytes that begin at `offset` are those that come next.
    pub fn awaits(&self, offset: i64) -> bool {
        self.state == UploadState::Open && self.received == offset
    }
}

/// A piece of an upload, durable under a name of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Place of its first byte.
    pub start: i64,
    /// How many bytes.
    pub size: i64,
    /// Its name, below that of the upload.
    pub object: String,
}
