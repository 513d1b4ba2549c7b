//! One event: what was done to which thing, by whom, when, and the hash that binds it to the event before.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::law::scope::{Caller, Level, Role};
use crate::values::vocabulary::vocabulary;
use crate::values::{
    AttachmentId, ChecklistId, EnterpriseId, ExportId, HazardId, InspectionId, Instant, NoticeId, SelfCheckId,
    SubscriptionId, TipId,
};

vocabulary! {
    /// What an event can be about.
    pub enum SubjectKind in "subjects" {
        Hazard = "hazard", "隐患", "hazard";
        Enterprise = "enterprise", "单位", "enterprise";
        Authority = "authority", "机构", "authority";
        Standard = "standard", "判定标准", "standard";
        Attachment = "attachment", "证据", "attachment";
        Notice = "notice", "通知", "notice";
        SelfCheck = "self_check", "季度自查", "quarterly self-check";
        Checklist = "checklist", "重点事项清单", "list of points to check";
        Inspection = "inspection", "执法检查", "inspection";
        Subscription = "subscription", "订阅", "subscription";
        Tip = "tip", "举报", "public tip";
        Export = "hazard_export", "台账导出", "export of the ledger";
    }
}

impl SubjectKind {
    /// Whether others may hear that something happened. Of tips nobody does, so what happens to them has no place in the
    /// outbox.
    pub fn is_told(self) -> bool {
        match self {
            Self::Hazard
            | Self::Enterprise
            | Self::Authority
            | Self::Standard
            | Self::Attachment
            | Self::Notice
            | Self::SelfCheck
            | Self::Checklist
            | Self::Inspection
            | Self::Subscription
            | Self::Export => true,
            Self::Tip => false,
        }
    }
}

/// The thing that an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    /// Its kind.
    pub kind: SubjectKind,
    /// Its id; ids are unique over all kinds.
    pub id: Uuid,
}

impl From<HazardId> for Subject {
    fn from(id: HazardId) -> Self {
        Self {
            kind: SubjectKind::Hazard,
            id: id.uuid(),
        }
    }
}

impl From<EnterpriseId> for Subject {
    fn from(id: EnterpriseId) -> Self {
        Self {
            kind: SubjectKind::Enterprise,
            id: id.uuid(),
        }
    }
}

impl From<AttachmentId> for Subject {
    fn from(id: AttachmentId) -> Self {
        Self {
            kind: SubjectKind::Attachment,
            id: id.uuid(),
        }
    }
}

impl From<NoticeId> for Subject {
    fn from(id: NoticeId) -> Self {
        Self {
            kind: SubjectKind::Notice,
            id: id.uuid(),
        }
    }
}

impl From<SelfCheckId> for Subject {
    fn from(id: SelfCheckId) -> Self {
        Self {
            kind: SubjectKind::SelfCheck,
            id: id.uuid(),
        }
    }
}

impl From<ChecklistId> for Subject {
    fn from(id: ChecklistId) -> Self {
        Self {
            kind: SubjectKind::Checklist,
            id: id.uuid(),
        }
    }
}

impl From<InspectionId> for Subject {
    fn from(id: InspectionId) -> Self {
        Self {
            kind: SubjectKind::Inspection,
            id: id.uuid(),
        }
    }
}

impl From<SubscriptionId> for Subject {
    fn from(id: SubscriptionId) -> Self {
        Self {
            kind: SubjectKind::Subscription,
            id: id.uuid(),
        }
    }
}

impl From<ExportId> for Subject {
    fn from(id: ExportId) -> Self {
        Self {
            kind: SubjectKind::Export,
            id: id.uuid(),
        }
    }
}

impl From<TipId> for Subject {
    fn from(id: TipId) -> Self {
        Self {
            kind: SubjectKind::Tip,
            id: id.uuid(),
        }
    }
}

/// Who did it, as the token said at that moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// `sub` of the token.
    pub subject: String,
    /// `name` of the token.
    pub name: String,
    /// Every role the caller held.
    pub roles: Vec<Role>,
    /// Rank of the caller's authority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// Code of the caller's authority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
}

impl Actor {
    /// The service itself, for what nobody asked it to do at that moment.
    pub fn service() -> Self {
        Self {
            subject: "major-hazards".to_owned(),
            name: "系统".to_owned(),
            roles: Vec::new(),
            level: None,
            organization: None,
        }
    }

    /// Somebody of the public, of whom nothing is known here.
    pub fn public() -> Self {
        Self {
            subject: "public".to_owned(),
            name: "群众".to_owned(),
            roles: Vec::new(),
            level: None,
            organization: None,
        }
    }
}

impl From<&Caller> for Actor {
    fn from(caller: &Caller) -> Self {
        Self {
            subject: caller.subject.clone(),
            name: caller.name.clone(),
            roles: caller.roles.iter().copied().collect(),
            level: caller.level,
            organization: caller.organization.clone(),
        }
    }
}

/// What a use case wants to have on record.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The thing.
    pub subject: Subject,
    /// The version that the thing has after this event, which is the number of its events.
    pub version: i64,
    /// The action, for example `sign_off`.
    pub action: &'static str,
    /// What other systems hear, for example `hazard.closed`.
    pub event_type: String,
    /// Status before, where the thing has one.
    pub from: Option<&'static str>,
    /// Status after.
    pub to: Option<&'static str>,
    /// When.
    pub at: Instant,
    /// Who.
    pub actor: Actor,
    /// Everything that the fold needs, as JSON.
    pub payload: Value,
    /// Random, so that whoever knows the facts cannot confirm them against the hash.
    pub salt: [u8; 16],
}

/// An event on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The thing.
    pub subject: Subject,
    /// Its place in the history of the thing, from 1.
    pub version: i64,
    /// The action.
    pub action: String,
    /// Status before.
    pub from: Option<String>,
    /// Status after.
    pub to: Option<String>,
    /// When.
    pub at: Instant,
    /// Who.
    pub actor: Actor,
    /// What the action held and what it caused.
    pub payload: Value,
    /// See [`Draft::salt`].
    pub salt: [u8; 16],
    /// Hash of the event before; nothing for the first.
    pub previous_hash: Option<[u8; 32]>,
    /// Hash of this event.
    pub hash: [u8; 32],
}
