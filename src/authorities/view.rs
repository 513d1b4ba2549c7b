//! An authority on the wire.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::model::{Authority, AuthorityCode};
use crate::law::scope::Level;
use crate::values::{AreaPrefix, IndustryPrefix, Instant, Name};

/// A regulator, a committee or a community.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!(sample()))]
pub struct AuthorityView {
    /// Its code; tokens name it as `organization`.
    pub code: AuthorityCode,
    /// What it is called.
    pub name: Name,
    /// Its rank.
    pub level: Level,
    /// Code of the authority above it.
    pub parent: Option<AuthorityCode>,
    /// Prefixes of the areas it is in charge of.
    pub areas: Vec<AreaPrefix>,
    /// Prefixes of the industries it is in charge of; empty means all.
    pub industries: Vec<IndustryPrefix>,
    /// How many events it has; the entity tag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was registered.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

impl From<Authority> for AuthorityView {
    fn from(authority: Authority) -> Self {
        Self {
            code: authority.code,
            name: authority.name,
            level: authority.level,
            parent: authority.parent,
            areas: authority.areas,
            industries: authority.industries,
            version: authority.version,
            created_at: authority.created_at,
            updated_at: authority.updated_at,
        }
    }
}

/// What callers send, for the document; a test sends it too.
pub fn sample_body() -> Value {
    json!({
        "code": "keyuan-committee-industry",
        "name": "科苑街道工业生产专业安全生产委员会",
        "level": "street",
        "areas": ["370303009"],
        "industries": ["C"],
    })
}

/// What is answered.
pub fn sample() -> Value {
    json!({
        "code": "keyuan-committee-industry",
        "name": "科苑街道工业生产专业安全生产委员会",
        "level": "street",
        "parent": "keyuan-office",
        "areas": ["370303009"],
        "industries": ["C"],
        "version": 1,
        "created_at": "2026-11-02T01:30:00.000000Z",
        "updated_at": "2026-11-02T01:30:00.000000Z",
    })
}
