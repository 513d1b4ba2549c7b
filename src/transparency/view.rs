//! The log on the wire, where it is JSON.

use serde::Serialize;
use utoipa::ToSchema;

use super::keys::PublicKey;
use super::proof::Inclusion;
use super::tree::{Hash, leaf_hash};
use crate::attachments::hexadecimal;
use crate::journal::encoded;

/// An entry of the log.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LogEntryView {
    /// Index of the leaf, from 0.
    #[schema(example = 7)]
    pub index: u64,
    /// What the leaf holds, in unpadded base64url: the hash of an event of a hazard, or what stands for a day of tips.
    #[schema(example = "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    pub entry: String,
    /// Hash of the leaf (RFC 6962) in unpadded base64url.
    #[schema(example = "oLw2qxVYPxN4W2Xb1y8r1bQ0o8g3C1Vn1q0yW3f9c2E")]
    pub leaf_hash: String,
}

impl LogEntryView {
    /// The entry at an index.
    pub fn new(index: u64, entry: &Hash) -> Self {
        Self {
            index,
            entry: encoded(entry),
            leaf_hash: encoded(&leaf_hash(entry)),
        }
    }
}

/// Where an event is in the log, and the proof of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InclusionView {
    /// The event's place in the history of the hazard; absent when it was asked for by its hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 3)]
    pub version: Option<i64>,
    /// The entry.
    #[serde(flatten)]
    pub entry: LogEntryView,
    /// Hashes beside the way from the leaf up to the root, in unpadded base64url: the audit path of RFC 6962.
    pub path: Vec<String>,
}

impl From<Inclusion> for InclusionView {
    fn from(inclusion: Inclusion) -> Self {
        Self {
            version: inclusion.version,
            entry: LogEntryView::new(inclusion.place, &inclusion.entry),
            path: inclusion.path.iter().map(|hash| encoded(hash)).collect(),
        }
    }
}

/// That one log is the beginning of another.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GrowthView {
    /// How many entries the older had.
    #[schema(example = 100)]
    pub from: u64,
    /// How many the newer has.
    #[schema(example = 250)]
    pub to: u64,
    /// The consistency proof of RFC 6962, in unpadded base64url.
    pub path: Vec<String>,
}

/// Proofs for one checkpoint.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LogProofView {
    /// How many entries the log had at the checkpoint.
    #[schema(example = 250)]
    pub size: u64,
    /// The checkpoint, a signed note.
    #[schema(example = "major-hazards/0123456789abcdef\n250\nqg0u…=\n\n— major-hazards/0123456789abcdef Az3g…\n")]
    pub checkpoint: String,
    /// Events that are in the log, oldest first; absent where growth was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<InclusionView>>,
    /// That the log only grew; absent where events were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub growth: Option<GrowthView>,
    /// Where the next page of events begins; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// A public key (RFC 7517, RFC 8037).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LogKeyView {
    /// Id of the key in signed notes, in hexadecimal digits.
    #[schema(example = "8a7f12c4")]
    pub kid: String,
    /// Kind of key.
    #[schema(example = "OKP")]
    pub kty: &'static str,
    /// Curve.
    #[schema(example = "Ed25519")]
    pub crv: &'static str,
    /// Algorithm.
    #[schema(example = "EdDSA")]
    pub alg: &'static str,
    /// What it is for.
    #[serde(rename = "use")]
    #[schema(example = "sig")]
    pub purpose: &'static str,
    /// The key in unpadded base64url.
    #[schema(example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    pub x: String,
    /// The key as verifiers of signed notes take it.
    #[schema(example = "major-hazards/0123456789abcdef+8a7f12c4+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea")]
    pub note_key: String,
}

/// The keys that sign for the log, those that no longer do among them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LogKeysView {
    /// The keys.
    pub keys: Vec<LogKeyView>,
}

impl From<&PublicKey> for LogKeyView {
    fn from(key: &PublicKey) -> Self {
        Self {
            kid: hexadecimal(&key.id()),
            kty: "OKP",
            crv: "Ed25519",
            alg: "EdDSA",
            purpose: "sig",
            x: encoded(key.bytes()),
            note_key: key.to_string(),
        }
    }
}
