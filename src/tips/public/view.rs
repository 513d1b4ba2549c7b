//! What whoever told is shown.

use serde::Serialize;
use utoipa::ToSchema;

use super::tell::Heard;
use crate::law::tips::lifecycle::TipState;
use crate::law::tips::reward::RewardState;
use crate::tips::model::Kept;
use crate::tips::photos::Photo;
use crate::tips::words::{Author, Words};
use crate::values::{Day, Label, TipPhotoId, Yuan};

/// A sentence in both languages.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SentenceView {
    /// 中文.
    #[schema(example = "举报受理人员")]
    pub zh: String,
    /// English.
    #[schema(example = "the officers who handle tips")]
    pub en: String,
}

impl From<Label> for SentenceView {
    fn from(label: Label) -> Self {
        Self {
            zh: label.zh.to_owned(),
            en: label.en.to_owned(),
        }
    }
}

/// Who sees what of a tip.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DisclosureView {
    /// Who.
    pub who: SentenceView,
    /// What.
    pub sees: SentenceView,
}

/// What the tipster takes along.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HeardView {
    /// The receipt: may be read out on the telephone.
    #[schema(example = "4821 9034 7756 1202")]
    pub receipt: String,
    /// The passphrase: shown this once, known to nobody else, and to be told to nobody.
    #[schema(example = "ACDE-FHJK-MNPR-TUVW-XY34")]
    pub passphrase: String,
    /// Where the tip stands.
    pub status: TipState,
    /// Who will see what of it.
    pub disclosure: Vec<DisclosureView>,
}

impl HeardView {
    /// Of a tip that was heard.
    pub fn of(heard: &Heard) -> Self {
        Self {
            receipt: heard.receipt.to_string(),
            passphrase: heard.passphrase.to_string(),
            status: TipState::Received,
            disclosure: disclosure(),
        }
    }
}

/// What is promised to a tipster. Each line has a test.
fn disclosure() -> Vec<DisclosureView> {
    let line = |who: Label, sees: Label| DisclosureView {
        who: who.into(),
        sees: sees.into(),
    };
    vec![
        line(
            Label {
                zh: "辖区内的举报受理人员",
                en: "officers who handle tips of the area",
            },
            Label {
                zh: "举报内容、照片和留言；不显示姓名和电话",
                en: "what was told, photographs and messages; not the name and telephone number",
            },
        ),
        line(
            Label {
                zh: "说明用途的举报受理人员，每次均留痕并接受审计",
                en: "an officer who states a purpose; every time is on record for the auditors",
            },
            Label {
                zh: "姓名和电话（匿名举报没有）",
                en: "the name and telephone number (there are none of an anonymous tip)",
            },
        ),
        line(
            Label {
                zh: "辖区内的审计监督人员",
                en: "auditors of the area",
            },
            Label {
                zh: "收到日期、区域、办理经过和奖励金额；看不到举报内容和身份",
                en: "the day it came, the area, what was decided and the amount of a reward; not what was told, nor by whom",
            },
        ),
        line(
            Label {
                zh: "被举报单位",
                en: "the unit",
            },
            Label {
                zh: "查证属实后由受理人员另行撰写的隐患描述，与检查发现的隐患没有区别；看不到有人举报",
                en: "what an officer writes of a hazard that was found true, told apart in nothing from one that an inspection \
                     found; not that anybody told",
            },
        ),
        line(
            Label {
                zh: "其他任何人",
                en: "anybody else",
            },
            Label {
                zh: "什么也看不到；服务不记录您的网络地址",
                en: "nothing; the service records no network address of yours",
            },
        ),
    ]
}

/// A photograph of a tip.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TipPhotoView {
    /// Its id, to be named in a tip.
    pub id: TipPhotoId,
    /// What it is.
    #[schema(example = "image/jpeg")]
    pub media_type: String,
    /// Bytes that are left of it without position, time, camera and comments.
    #[schema(example = 245_760)]
    pub size: i64,
}

impl From<Photo> for TipPhotoView {
    fn from(photo: Photo) -> Self {
        Self {
            id: photo.id,
            media_type: photo.media_type,
            size: photo.size,
        }
    }
}

/// How it stands with the reward.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RewardView {
    /// The state.
    pub state: RewardState,
    /// The amount in yuan; `null` before it is approved.
    pub amount_cny: Option<Yuan>,
    /// Until the end of which day it may be claimed.
    pub claim_by: Option<Day>,
}

impl RewardView {
    /// Of a tip on that day.
    pub fn of(kept: &Kept, today: Day) -> Self {
        let standing = &kept.tip.standing;
        let approved = standing.reward.as_ref().filter(|reward| reward.claim_by.is_some());
        Self {
            state: standing.reward_standing().state(today),
            amount_cny: approved.map(|reward| reward.amount_cny),
            claim_by: approved.and_then(|reward| reward.claim_by),
        }
    }
}

/// A message.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TipMessageView {
    /// Who wrote it.
    pub author: Author,
    /// The day.
    pub written_on: Day,
    /// The words.
    pub text: String,
}

/// The messages among words, oldest first.
pub fn messages(words: &[Words]) -> Vec<TipMessageView> {
    let view = |words: &Words| {
        words.message().map(|(author, text)| TipMessageView {
            author,
            written_on: words.written_on,
            text: text.to_owned(),
        })
    };
    words.iter().filter_map(view).collect()
}

/// What the tipster sees. It is little on purpose: a receipt that falls into other hands shows neither what was told nor
/// where.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TipStatusView {
    /// Where the tip stands.
    pub status: TipState,
    /// The day it came.
    pub received_on: Day,
    /// What the office answers.
    pub feedback: Option<String>,
    /// The authority that it was referred to, when it was not for this one.
    pub referred_to: Option<String>,
    /// How it stands with the reward.
    pub reward: RewardView,
    /// The conversation with the officer, oldest first.
    pub messages: Vec<TipMessageView>,
}

impl TipStatusView {
    /// Of a tip, with its words.
    pub fn of(kept: &Kept, words: &[Words], today: Day) -> Self {
        let last = |name: &str| {
            words
                .iter()
                .rev()
                .find_map(|words| words.member(name))
                .map(str::to_owned)
        };
        Self {
            status: kept.tip.status,
            received_on: kept.tip.record.received_on,
            feedback: last("feedback"),
            referred_to: last("referred_to"),
            reward: RewardView::of(kept, today),
            messages: messages(words),
        }
    }
}
