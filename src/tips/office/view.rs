//! A tip as the office sees it.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::hazards::{Campaign, Member};
use crate::journal::{Event, encoded};
use crate::law::deadlines;
use crate::law::policy::Policy;
use crate::law::scope::{Caller, Role};
use crate::law::tips::decide::{TipAdvice, advise};
use crate::law::tips::facts::TipFacts;
use crate::law::tips::lifecycle::{DeclineReason, TipAction, TipState};
use crate::tips::bodies;
use crate::tips::model::{Contact, Kept, Told, UnitTold};
use crate::tips::photos::Photo;
use crate::tips::public::{RewardView, TipMessageView, TipPhotoView, messages};
use crate::tips::words::Words;
use crate::values::vocabulary::vocabulary;
use crate::values::{AreaCode, Day, HazardId, Instant, Label, Language, LongText, Name, TipId, Title, Yuan};

vocabulary! {
    /// Whether the words of a tip are shown.
    pub enum AccountState in "tip_account_states" {
        Shown = "shown", "已显示", "shown";
        LeftOut = "left_out", "此处不显示，请读取单条举报", "not shown here; read the tip itself";
        Withheld = "withheld", "仅举报受理人员可见", "for tip officers only";
        Erased = "erased", "保存期满，已销毁", "erased when its time was over";
        Missing = "missing", "密钥缺失，暂不可读", "the key is missing; not readable for now";
    }
}

/// What was told. It names nobody, but words can tell who wrote them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccountView {
    /// What the tipster saw.
    pub description: LongText,
    /// Where exactly.
    pub address: Option<Title>,
    /// The unit, as the tipster calls it.
    pub unit: Option<UnitTold>,
    /// Since when.
    pub since: Option<Day>,
    /// Photographs.
    pub attachments: Vec<TipPhotoView>,
    /// The conversation with the tipster, oldest first.
    pub messages: Vec<TipMessageView>,
    /// What officers wrote with their actions, by the version of the event.
    pub decisions: Vec<DecisionView>,
}

/// What an officer wrote with an action.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DecisionView {
    /// The event.
    #[schema(minimum = 1)]
    pub version: i64,
    /// The day.
    pub written_on: Day,
    /// The members of the body that are in words.
    #[schema(value_type = Object, example = json!({"summary": "经现场核查，属实。", "substantiated": true}))]
    pub words: Value,
}

/// What is sealed of a tip, as far as this caller may see it.
pub enum Account {
    /// It is shown.
    Shown(Box<AccountView>),
    /// It is not.
    Hidden(AccountState),
}

impl AccountView {
    /// Of what was opened.
    pub fn of(told: Told, photos: Vec<Photo>, words: &[Words]) -> Self {
        let decision = |words: &Words| {
            (words.message().is_none()).then(|| DecisionView {
                version: words.version,
                written_on: words.written_on,
                words: words.text.clone(),
            })
        };
        Self {
            description: told.description,
            address: told.address,
            unit: told.unit,
            since: told.since,
            attachments: photos.into_iter().map(Into::into).collect(),
            messages: messages(words),
            decisions: words.iter().filter_map(decision).collect(),
        }
    }
}

/// An action that the caller may perform now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AvailableTipActionView {
    /// The action.
    pub action: TipAction,
    /// Where to call it.
    #[schema(example = "/v1/tips/5f0c1c5e-6a53-4c0e-9d0e-3f6f5f6f7a10/actions/accept")]
    pub href: String,
}

/// Every action of the present state: whether this caller may, why not, and who could.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TipActionView {
    /// The action.
    pub action: TipAction,
    /// Where to call it.
    pub href: String,
    /// Whether this caller may perform it now with a body that is in order.
    pub enabled: bool,
    /// Why not, everything at once.
    pub blocked_by: Vec<TipBlockView>,
    /// Roles that could.
    pub who_could: Vec<Role>,
    /// The members of its body.
    pub requires: Vec<Member>,
}

/// Why an action is not open.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TipBlockView {
    /// Stable code; new ones may come.
    #[schema(example = "no_reward_proposed")]
    pub code: String,
    /// In words.
    #[schema(example = "没有待批准的奖励")]
    pub detail: String,
}

/// A tip, as this caller may see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!(sample()))]
#[expect(clippy::struct_excessive_bools, reason = "each is a member of its own on the wire")]
pub struct TipView {
    /// Its id. Random; it tells nothing of when it came.
    pub id: TipId,
    /// How many events it has; the entity tag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// Where it stands.
    pub status: TipState,
    /// The day it came; nobody keeps the hour.
    pub received_on: Day,
    /// Where the hazard lies.
    pub area: AreaCode,
    /// The campaign it belongs to.
    pub campaign: Option<Campaign>,
    /// Whether the tipster gave no name.
    pub anonymous: bool,
    /// Whether the tipster wants to hear what came of it.
    pub wants_feedback: bool,
    /// Whether the tipster wants a reward.
    pub wants_reward: bool,
    /// Why it was declined.
    pub declined: Option<DeclineReason>,
    /// Whether it was found true.
    pub substantiated: Option<bool>,
    /// The hazard that it was found to tell of. Nothing in the hazard leads back here.
    pub hazard: Option<HazardId>,
    /// How it stands with the reward.
    pub reward: RewardView,
    /// The amount that was proposed, which another officer approves.
    pub proposed_cny: Option<Yuan>,
    /// Whether an officer waits for leave to open the identity.
    pub reveal_asked: bool,
    /// The day on which the next clock ends.
    pub next_due_on: Option<Day>,
    /// Whether a clock is past its end.
    pub overdue: bool,
    /// The day it was closed.
    pub closed_on: Option<Day>,
    /// Whether its words are shown.
    pub account_state: AccountState,
    /// Its words; `null` unless they are shown.
    pub account: Option<AccountView>,
    /// What this caller may do now.
    pub available_actions: Vec<AvailableTipActionView>,
    /// Every action of this state; only with `include=actions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actions: Option<Vec<TipActionView>>,
}

/// For whom a tip is shown, and when.
#[derive(Clone, Copy)]
pub struct Viewing<'a> {
    /// The caller.
    pub caller: &'a Caller,
    /// The moment.
    pub now: Instant,
    /// The policy in force.
    pub policy: &'a Policy,
    /// The language of what is explained.
    pub language: Language,
    /// Whether actions that are not open are explained.
    pub with_actions: bool,
}

impl TipView {
    /// Of a tip, to the law what `facts` says.
    pub fn of(kept: Kept, facts: &TipFacts, account: Account, viewing: Viewing<'_>) -> Self {
        let today = viewing.now.day();
        let reward = RewardView::of(&kept, today);
        let next_due_on = deadlines::next_due_on(&kept.tip.standing.clocks, viewing.policy.calendar());
        let advice = advise(facts, viewing.caller, viewing.now, viewing.policy);
        let tip = kept.tip;
        let href = |action: TipAction| href(tip.id, action);
        let (account_state, account) = match account {
            Account::Shown(account) => (AccountState::Shown, Some(*account)),
            Account::Hidden(state) => (state, None),
        };
        let open = advice.iter().filter(|advice| advice.enabled);
        let explained = |advice: &TipAdvice| TipActionView::of(advice, href(advice.action), viewing.language);
        Self {
            id: tip.id,
            version: tip.version,
            status: tip.status,
            received_on: tip.record.received_on,
            campaign: tip.record.campaign,
            anonymous: tip.record.anonymous,
            wants_feedback: tip.record.wants_feedback,
            wants_reward: tip.record.wants_reward,
            declined: tip.standing.declined,
            substantiated: tip.standing.substantiated,
            hazard: kept.hazard,
            reward,
            proposed_cny: tip.standing.reward.as_ref().map(|reward| reward.amount_cny),
            reveal_asked: tip.standing.reveal.asked_by.is_some(),
            next_due_on,
            overdue: next_due_on.is_some_and(|due| due < today),
            closed_on: tip.standing.closed_on,
            account_state,
            account,
            available_actions: open
                .map(|advice| AvailableTipActionView {
                    action: advice.action,
                    href: href(advice.action),
                })
                .collect(),
            actions: viewing.with_actions.then(|| advice.iter().map(explained).collect()),
            area: tip.record.area,
        }
    }
}

/// The opening of the identity is a call of its own.
fn href(id: TipId, action: TipAction) -> String {
    match action {
        TipAction::Reveal => format!("/v1/tips/{id}/reporter"),
        action => format!("/v1/tips/{id}/actions/{action}"),
    }
}

impl TipActionView {
    fn of(advice: &TipAdvice, href: String, language: Language) -> Self {
        let role = advice.role_missing.then(|| TipBlockView {
            code: "role_not_allowed".to_owned(),
            detail: ROLE_MISSING.text(language).to_owned(),
        });
        let guards = advice.broken.iter().map(|broken| TipBlockView {
            code: broken.guard.code().to_owned(),
            detail: broken.guard.label().text(language).to_owned(),
        });
        Self {
            action: advice.action,
            href,
            enabled: advice.enabled,
            blocked_by: role.into_iter().chain(guards).collect(),
            who_could: advice.who_could.roles.clone(),
            requires: bodies::members(advice.action),
        }
    }
}

const ROLE_MISSING: Label = Label {
    zh: "您的身份无权进行此操作",
    en: "none of the caller's roles may do this",
};

/// An event of a tip: codes, amounts, days and purposes, but no words of the tipster.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TipEventView {
    /// Its place in the history of the tip, from 1.
    #[schema(minimum = 1)]
    pub version: i64,
    /// The action; also `message`, `refuse_reveal` and `erase`, which are no actions of the lifecycle.
    #[schema(example = "accept")]
    pub action: String,
    /// Where it stood before; `null` for the first.
    pub from: Option<String>,
    /// Where it stood after.
    pub to: Option<String>,
    /// When. What the public did is dated with the beginning of its day.
    pub at: Instant,
    /// Who: subject and name of the token, or `public`.
    pub by: TipActorView,
    /// What it says.
    #[schema(value_type = Object, example = json!({"reason": "already_known"}))]
    pub payload: Value,
    /// Hash of the event before, in unpadded base64url.
    pub previous_hash: Option<String>,
    /// Its hash.
    pub hash: String,
}

/// Who did it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TipActorView {
    /// `sub` of the token.
    #[schema(example = "tip-officer-1")]
    pub subject: String,
    /// `name` of the token.
    #[schema(example = "周某")]
    pub name: String,
}

impl From<Event> for TipEventView {
    fn from(event: Event) -> Self {
        Self {
            version: event.version,
            action: event.action,
            from: event.from,
            to: event.to,
            at: event.at,
            by: TipActorView {
                subject: event.actor.subject,
                name: event.actor.name,
            },
            payload: event.payload,
            previous_hash: event.previous_hash.map(|hash| encoded(&hash)),
            hash: encoded(&event.hash),
        }
    }
}

/// Who told. Kept by nobody on the way.
#[derive(Clone, Serialize, ToSchema)]
pub struct ReporterView {
    /// Whether the tipster gave no name.
    pub anonymous: bool,
    /// Name.
    pub name: Option<Name>,
    /// Telephone number.
    #[schema(value_type = Option<String>, example = "13900001001")]
    pub phone: Option<crate::tips::model::Phone>,
    /// What was told.
    pub description: LongText,
}

impl ReporterView {
    /// Of what was opened.
    pub fn of(contact: Option<Contact>, told: Told) -> Self {
        let (name, phone) = contact.map(|contact| (contact.name, contact.phone)).unzip();
        Self {
            anonymous: name.is_none(),
            name,
            phone,
            description: told.description,
        }
    }
}

/// A tip, for the document.
pub fn sample() -> Value {
    json!({
        "id": "5f0c1c5e-6a53-4c0e-9d0e-3f6f5f6f7a10",
        "version": 2,
        "status": "accepted",
        "received_on": "2026-11-02",
        "area": "370303009001",
        "campaign": "confined_space",
        "anonymous": true,
        "wants_feedback": true,
        "wants_reward": true,
        "declined": null,
        "substantiated": null,
        "hazard": null,
        "reward": {"state": "none", "amount_cny": null, "claim_by": null},
        "proposed_cny": null,
        "reveal_asked": false,
        "next_due_on": "2027-01-02",
        "overdue": false,
        "closed_on": null,
        "account_state": "left_out",
        "account": null,
        "available_actions": [{
            "action": "start_verification",
            "href": "/v1/tips/5f0c1c5e-6a53-4c0e-9d0e-3f6f5f6f7a10/actions/start_verification",
        }],
    })
}
