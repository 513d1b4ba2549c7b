//! What tipsters and officers send.
//!
//! The body of an action has its own type, as those on hazards have. Its codes, amounts and days go into the event; its
//! words go under the seal of the tip.

mod actions;

use deserr::{Deserr, ValuePointerRef};
use utoipa::ToSchema;

pub use self::actions::{ActionBody, ConcludeBody, body_schemas, members, sample, schema};
use super::model::{Contact, UnitTold};
use super::receipt::{Passphrase, Receipt};
use crate::hazards::Campaign;
use crate::values::{AreaCode, Day, Distinct, Fault, FaultCode, Faults, LongText, Text, TipPhotoId, Title};

/// Photographs of one tip.
pub const MOST_PHOTOS: usize = 10;

/// A tip (`POST /v1/tips`).
#[derive(Clone, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields, validate = sound -> Faults)]
pub struct TipBody {
    /// What was seen.
    pub description: LongText,
    /// Where it lies, as exactly as the tipster can say.
    pub area: AreaCode,
    /// Where exactly.
    #[deserr(default)]
    pub address: Option<Title>,
    /// The unit, as the tipster calls it.
    #[deserr(default)]
    pub unit: Option<UnitTold>,
    /// The campaign it belongs to.
    #[deserr(default)]
    pub campaign: Option<Campaign>,
    /// Since when, as far as the tipster knows.
    #[deserr(default)]
    pub since: Option<Day>,
    /// True to give no name. A reward can be claimed all the same, with receipt and passphrase.
    pub anonymous: bool,
    /// Who tells; required unless `anonymous`, and refused when it is.
    #[deserr(default)]
    pub contact: Option<Contact>,
    /// Whether the tipster wants to hear what came of it.
    #[deserr(default)]
    #[schema(required = false)]
    pub wants_feedback: bool,
    /// Whether the tipster wants the reward, should there be one.
    #[deserr(default)]
    #[schema(required = false)]
    pub wants_reward: bool,
    /// Photographs, sent before.
    #[deserr(default)]
    #[schema(required = false, value_type = Vec<TipPhotoId>, max_items = 10)]
    pub attachments: Distinct<TipPhotoId, MOST_PHOTOS>,
}

fn sound(body: TipBody, _: ValuePointerRef<'_>) -> Result<TipBody, Faults> {
    match (body.anonymous, &body.contact) {
        (false, None) => Err(Fault::new("/contact", FaultCode::Missing).into()),
        (true, Some(_)) => Err(Fault::new("/contact", FaultCode::Contradiction).into()),
        (false, Some(_)) | (true, None) => Ok(body),
    }
}

/// The tipster's way back in (`POST /v1/tips/status`).
#[derive(Clone, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct WayBackBody {
    /// The receipt; gaps and hyphens do not count.
    #[schema(value_type = String, example = "4821 9034 7756 1202")]
    pub receipt: Receipt,
    /// The passphrase; gaps, hyphens and the case of letters do not count.
    #[schema(value_type = String, example = "ACDE-FHJK-MNPR-TUVW-XY34")]
    pub passphrase: Passphrase,
}

/// A message of the tipster (`POST /v1/tips/messages`).
#[derive(Clone, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct TipsterMessageBody {
    /// The receipt; gaps and hyphens do not count.
    #[schema(value_type = String, example = "4821 9034 7756 1202")]
    pub receipt: Receipt,
    /// The passphrase; gaps, hyphens and the case of letters do not count.
    #[schema(value_type = String, example = "ACDE-FHJK-MNPR-TUVW-XY34")]
    pub passphrase: Passphrase,
    /// The message.
    pub text: LongText,
}

/// A message of an officer to the tipster.
#[derive(Clone, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct OfficerMessageBody {
    /// The message.
    pub text: LongText,
}

/// Why the identity of a tipster is to be opened.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields, validate = stated -> Faults)]
pub struct RevealBody {
    /// The purpose, in 10 characters or more. It stays on record, and auditors read it.
    #[schema(value_type = String, min_length = 10, max_length = 200, example = "发放举报奖励前核对领取人身份")]
    pub purpose: Text<200, false>,
}

/// Shorter than this no purpose can be stated.
const SHORTEST_PURPOSE: usize = 10;

fn stated(body: RevealBody, _: ValuePointerRef<'_>) -> Result<RevealBody, Faults> {
    if body.purpose.as_str().trim().chars().count() < SHORTEST_PURPOSE {
        return Err(Fault::new("/purpose", FaultCode::OutOfRange)
            .hinting(format!("{SHORTEST_PURPOSE}..200"))
            .into());
    }
    Ok(body)
}
