//! Sample data, loaded through the same doors as anyone's: every step is decided by the law, written as an event, and
//! would be refused where a real call would be.
//!
//! The stories play in the past, so they are acted out in the order of their moments with a clock that is set to each.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use object_store::ObjectStore;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::law::lifecycle::Action;
use crate::law::policy::Policy;
use crate::law::refusal::Refusal;
use crate::law::scope::{Areas, Caller, Level, Role};
use crate::store::{Failure, Store, StoreError};
use crate::values::{
    AreaPrefix, AttachmentId, Clock, EnterpriseId, Faults, HazardId, IndustryPrefix, Instant, Uscc, Vocabulary,
};
use crate::{attachments, authorities, enterprises, hazards};

const DATA: &str = include_str!("sample/sample.json");

/// What was loaded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Authorities.
    pub authorities: usize,
    /// Units.
    pub enterprises: usize,
    /// Hazards.
    pub hazards: usize,
    /// Events on them.
    pub events: usize,
}

/// Why the sample could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The file that the program carries is not in order.
    #[error("the sample data is not in order: {0}")]
    Data(String),
    /// The law refused a step, or the sample is on record already.
    #[error("{step} was refused: {refusal:?}")]
    Refused {
        /// Which step.
        step: String,
        /// Why.
        refusal: Refusal,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Debug, Deserialize)]
struct Sample {
    authorities: Vec<Value>,
    callers: HashMap<String, SampleCaller>,
    enterprises: Vec<Value>,
    files: HashMap<String, SampleFile>,
    stories: Vec<Story>,
}

#[derive(Debug, Deserialize)]
struct SampleCaller {
    subject: String,
    name: String,
    roles: Vec<Role>,
    level: Level,
    organization: String,
    areas: Vec<AreaPrefix>,
    #[serde(default)]
    industries: Vec<IndustryPrefix>,
}

#[derive(Debug, Deserialize)]
struct SampleFile {
    filename: String,
    media_type: String,
    base64: String,
}

#[derive(Debug, Deserialize)]
struct Story {
    key: String,
    enterprise: usize,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, Deserialize)]
struct Step {
    action: Action,
    by: String,
    at: Instant,
    body: Value,
}

/// A unit of the sample, with the person who speaks for it.
#[derive(Debug, Clone)]
struct Unit {
    id: EnterpriseId,
    uscc: Uscc,
    principal: String,
}
