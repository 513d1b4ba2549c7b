//! A notice, as it stands on record.

use crate::law::lifecycle::NoticeKind;
use crate::values::vocabulary::vocabulary;
use crate::values::{AreaCode, EnterpriseId, HazardId, HazardNumber, IndustryCode, Instant, Name, NoticeId, Uscc};

vocabulary! {
    /// On whom a notice is served.
    pub enum Recipient in "recipients" {
        Principal = "principal", "主要负责人", "principal person in charge";
        Controller = "controller", "实际控制人", "actual controller";
    }
}

/// A notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// Its number: that of the hazard, `-T`, and its place among the notices of the hazard.
    pub number: String,
    /// The hazard.
    pub hazard_id: HazardId,
    /// The hazard's number.
    pub hazard_number: HazardNumber,
    /// The unit.
    pub enterprise_id: EnterpriseId,
    /// The unit's code.
    pub uscc: Uscc,
    /// Where the hazard lies.
    pub area: AreaCode,
    /// The hazard's industry.
    pub industry: IndustryCode,
    /// What it is.
    pub kind: NoticeKind,
    /// What it was served for; no two notices of one hazard and recipient have the same.
    pub cause: String,
    /// On whom.
    pub recipient: Recipient,
    /// The name at that moment. Personal data.
    pub recipient_name: Name,
    /// The telephone number at that moment. Personal data.
    pub recipient_phone: Option<String>,
    /// What it says.
    pub content: String,
    /// When it was served.
    pub created_at: Instant,
    /// When gateways took it that reach people, oldest first.
    pub delivered: Vec<Instant>,
    /// How many events it has.
    pub version: i64,
    /// Who has taken note of it, and when.
    pub acknowledged: Option<Acknowledgement>,
}

/// That somebody of the unit has taken note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// When.
    pub at: Instant,
    /// Subject of the token.
    pub by: String,
    /// Name in the token.
    pub by_name: String,
}
