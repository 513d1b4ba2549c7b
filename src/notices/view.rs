//! A notice on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use super::model::{Notice, Recipient};
use crate::law::lifecycle::NoticeKind;
use crate::law::scope::Caller;
use crate::values::{EnterpriseId, HazardId, HazardNumber, Instant, Name, NoticeId, Uscc};

/// The hazard that a notice is about.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticeHazardView {
    /// Its id.
    pub id: HazardId,
    /// Its number.
    pub number: HazardNumber,
}

/// The unit on which a notice is served.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticeUnitView {
    /// Its id.
    pub id: EnterpriseId,
    /// Its unified social credit code.
    pub uscc: Uscc,
}

/// On whom a notice is served.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AddresseeView {
    /// As what.
    pub role: Recipient,
    /// The name at that moment.
    pub name: Name,
    /// The telephone number at that moment; only for the unit itself.
    pub phone: Option<String>,
}

/// How a notice was delivered.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeliveryView {
    /// `service`: laid before the unit in this service; `subscription`: taken by a gateway that reaches the person.
    #[schema(example = "service")]
    pub channel: String,
    /// When.
    pub at: Instant,
}

/// That somebody of the unit has taken note.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AcknowledgementView {
    /// When.
    pub at: Instant,
    /// Subject of the token.
    pub by: String,
    /// Name in the token.
    pub by_name: String,
}

/// A notice (通知).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticeView {
    /// Its id.
    pub id: NoticeId,
    /// Its number: that of the hazard, `-T`, and its place among the notices of the hazard.
    #[schema(example = "370303-2026-000123-T01")]
    pub number: String,
    /// What it is.
    pub kind: NoticeKind,
    /// The hazard.
    pub hazard: NoticeHazardView,
    /// The unit.
    pub enterprise: NoticeUnitView,
    /// On whom it was served.
    pub recipient: AddresseeView,
    /// What it says.
    pub content: String,
    /// When it was served.
    pub created_at: Instant,
    /// How it was delivered.
    pub delivered: Vec<DeliveryView>,
    /// Who has taken note, and when; `null` while nobody has.
    pub acknowledged: Option<AcknowledgementView>,
    /// How many events it has; the entity tag.
    #[schema(minimum = 1)]
    pub version: i64,
}

impl NoticeView {
    /// The view of one caller. Who may see a hazard need not be one who may see the register's entry of its unit.
    pub fn of(notice: Notice, caller: &Caller) -> Self {
        Self {
            id: notice.id,
            number: notice.number,
            kind: notice.kind,
            hazard: NoticeHazardView {
                id: notice.hazard_id,
                number: notice.hazard_number,
            },
            enterprise: NoticeUnitView {
                id: notice.enterprise_id,
                uscc: notice.uscc,
            },
            recipient: AddresseeView {
                role: notice.recipient,
                name: notice.recipient_name,
                phone: notice.recipient_phone.filter(|_| caller.is_enterprise()),
            },
            content: notice.content,
            created_at: notice.created_at,
            delivered: std::iter::once(("service", notice.created_at))
                .chain(notice.delivered.into_iter().map(|at| ("subscription", at)))
                .map(|(channel, at)| DeliveryView {
                    channel: channel.to_owned(),
                    at,
                })
                .collect(),
            acknowledged: notice.acknowledged.map(|acknowledged| AcknowledgementView {
                at: acknowledged.at,
                by: acknowledged.by,
                by_name: acknowledged.by_name,
            }),
            version: notice.version,
        }
    }
}
