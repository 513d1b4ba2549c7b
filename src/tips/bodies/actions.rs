//! The bodies of the actions of the office.

use deserr::Deserr;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::hazards::{self, Member, ReportBody};
use crate::law::tips::facts::TipBodyFacts;
use crate::law::tips::lifecycle::{DeclineReason, TipAction};
use crate::tips::receipt::{Passphrase, Receipt};
use crate::values::{Faults, HazardId, LongText, Title, Yuan};

/// `accept`, `start_verification`, `approve_reward`, `close`, `approve_reveal`: nothing to say.
#[derive(Clone, Deserr, Serialize, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct PlainTipBody {}

/// `decline`: not for this office, known, or nothing to look into.
#[derive(Clone, Deserr, Serialize, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct DeclineBody {
    /// The ground.
    pub reason: DeclineReason,
    /// The authority that the tip is referred to; required for `not_ours`. It is told to the tipster.
    #[deserr(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referred_to: Option<Title>,
}

/// `extend`: the verification takes longer.
#[derive(Clone, Deserr, Serialize, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct ExtendBody {
    /// Why.
    pub reason: LongText,
}

/// `conclude`: true or not. What is true names a hazard on the ledger or reports one, in the officer's own words.
#[derive(Clone, Deserr, Serialize, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct ConcludeBody {
    /// Whether what was told is true.
    pub substantiated: bool,
    /// What was looked into and found.
    pub summary: LongText,
    /// A hazard that stands already; the first to tell of it is rewarded.
    #[deserr(default)]
    pub hazard: Option<HazardId>,
    /// A hazard that is put on record now, with `public_tip` as its source. The unit reads its words; they must not be
    /// the tipster's.
    #[deserr(default)]
    #[schema(value_type = Option<ReportBody>)]
    pub report: Option<Box<ReportBody>>,
}

/// `answer`: what the tipster is told.
#[derive(Clone, Deserr, Serialize, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct AnswerBody {
    /// The words; the tipster reads them with receipt and passphrase.
    pub feedback: LongText,
}

/// `propose_reward`: the amount follows from the fine.
#[derive(Clone, Deserr, Serialize, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct ProposeRewardBody {
    /// The fine imposed, in yuan; absent where there was none.
    #[deserr(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fine_cny: Option<Yuan>,
    /// On what the proposal rests.
    pub basis: LongText,
    /// Whether the tipster works for the unit, which policy may reward higher. It stays under the seal.
    #[deserr(default)]
    #[schema(required = false)]
    pub insider: bool,
}

/// `pay_reward`: who claims shows receipt and passphrase, which an anonymous tipster must.
#[derive(Clone, Deserr, Serialize, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct PayRewardBody {
    /// The receipt of the one who claims.
    #[deserr(default)]
    #[schema(value_type = Option<String>, example = "4821 9034 7756 1202")]
    pub receipt: Option<Receipt>,
    /// The passphrase of the one who claims.
    #[deserr(default)]
    #[schema(value_type = Option<String>, example = "ACDE-FHJK-MNPR-TUVW-XY34")]
    pub passphrase: Option<Passphrase>,
}

/// Members that are no words: what a tip was found to tell of lies in its row and on the ledger, and what a claim is
/// proven with lies nowhere.
const KEPT_ELSEWHERE: &[&str] = &["hazard", "report", "receipt", "passphrase"];

/// Binds each action to its body. `tell` and `reveal` are calls of their own.
macro_rules! action_bodies {
    ($($action:ident => $body:ident,)+) => {
        /// The body of an action, read and checked.
        #[derive(Clone)]
        pub enum ActionBody {
            $($action($body),)+
        }

        impl ActionBody {
            /// Reads the body of `action`; nothing for one that is no action of the office.
            ///
            /// # Errors
            /// Every fault of it.
            pub fn read(action: TipAction, json: Value) -> Option<Result<Self, Faults>> {
                match action {
                    $(TipAction::$action => Some(deserr::deserialize(json).map(Self::$action)),)+
                    TipAction::Tell | TipAction::Reveal => None,
                }
            }

            /// What goes under the seal of the tip: every member that is in words, and what only the seal may hold.
            ///
            /// # Errors
            /// When a number has no JSON form.
            pub fn words(&self) -> Result<Value, serde_json::Error> {
                let mut words = match self {
                    $(Self::$action(body) => serde_json::to_value(body)?,)+
                };
                if let Some(members) = words.as_object_mut() {
                    members.retain(|name, _| !KEPT_ELSEWHERE.contains(&name.as_str()));
                }
                Ok(words)
            }
        }

        /// Name and schema of the body of `action`.
        pub fn schema(action: TipAction) -> Option<(std::borrow::Cow<'static, str>, utoipa::openapi::RefOr<utoipa::openapi::Schema>)> {
            use utoipa::PartialSchema;
            match action {
                $(TipAction::$action => Some(($body::name(), $body::schema())),)+
                TipAction::Tell | TipAction::Reveal => None,
            }
        }
    };
}

action_bodies! {
    Accept => PlainTipBody,
    Decline => DeclineBody,
    StartVerification => PlainTipBody,
    Extend => ExtendBody,
    Conclude => ConcludeBody,
    Answer => AnswerBody,
    ProposeReward => ProposeRewardBody,
    ApproveReward => PlainTipBody,
    PayReward => PayRewardBody,
    Close => PlainTipBody,
    ApproveReveal => PlainTipBody,
}

impl ActionBody {
    /// What the law needs to know of it. Whether a hazard is known and a claim proven is for whoever looked.
    pub fn facts(&self, hazard_known: Option<bool>, claim_proven: Option<bool>) -> TipBodyFacts {
        let none = TipBodyFacts::default();
        match self {
            Self::Decline(body) => TipBodyFacts {
                reason: Some(body.reason),
                referred: body.referred_to.is_some(),
                ..none
            },
            Self::Conclude(body) => TipBodyFacts {
                substantiated: Some(body.substantiated),
                hazard: hazard_known,
                report: body.report.is_some(),
                ..none
            },
            Self::ProposeReward(body) => TipBodyFacts {
                fine: body.fine_cny,
                insider: body.insider,
                ..none
            },
            Self::PayReward(_) => TipBodyFacts { claim_proven, ..none },
            Self::Accept(_)
            | Self::StartVerification(_)
            | Self::Extend(_)
            | Self::Answer(_)
            | Self::ApproveReward(_)
            | Self::Close(_)
            | Self::ApproveReveal(_) => none,
        }
    }
}

/// Schemas that the bodies refer to.
pub fn body_schemas() -> Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)> {
    let mut schemas = Vec::new();
    DeclineBody::schemas(&mut schemas);
    ConcludeBody::schemas(&mut schemas);
    ProposeRewardBody::schemas(&mut schemas);
    schemas
}

/// The members of the body of `action`, in the order of the contract.
pub fn members(action: TipAction) -> Vec<Member> {
    schema(action).map_or_else(Vec::new, |(_, schema)| hazards::members_of(schema))
}

/// A sample of the body of `action`, for the document. Tests send it too, so it is always valid.
pub fn sample(action: TipAction) -> Value {
    match action {
        TipAction::Decline => json!({"reason": "not_ours", "referred_to": "张店区消防救援大队"}),
        TipAction::Extend => json!({"reason": "检测机构排期在下月，需补充检测报告。"}),
        TipAction::Conclude => json!({
            "substantiated": true,
            "summary": "经现场核查，污水处理站有限空间未辨识、未设警示标志，属实。",
            "hazard": "01900000-0000-7000-8000-000000000001",
        }),
        TipAction::Answer => json!({"feedback": "经核查属实，已责令限期整改，感谢您对安全生产工作的支持。"}),
        TipAction::ProposeReward => json!({
            "fine_cny": "123456.78",
            "basis": "张应急罚〔2026〕15号行政处罚决定书",
        }),
        TipAction::PayReward => json!({
            "receipt": "4821 9034 7756 1202",
            "passphrase": "ACDE-FHJK-MNPR-TUVW-XY34",
        }),
        TipAction::Tell
        | TipAction::Accept
        | TipAction::StartVerification
        | TipAction::ApproveReward
        | TipAction::Close
        | TipAction::ApproveReveal
        | TipAction::Reveal => json!({}),
    }
}
