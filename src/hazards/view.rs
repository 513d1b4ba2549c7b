//! A hazard on the wire.

mod clocks;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::blind::{Seen, Sight};
use super::bodies::{self, Member};
use super::found::Found;
use super::model::{
    Accountability, Campaign, Completion, Dismissal, ExtensionRequest, Location, Penalty, Plan, Review, SignOff,
    Supervision, Suspension,
};
use crate::journal::{Actor, Event, encoded};
use crate::law::decide::{ActionAdvice, advise};
use crate::law::facts::HazardFacts;
use crate::law::lifecycle::{Action, Escalation, Production, Source, State};
use crate::law::policy::Policy;
use crate::law::scope::{Caller, Level, Role};
use crate::values::{
    AreaCode, AttachmentId, Day, EnterpriseId, HazardId, HazardNumber, IndustryCode, Instant, Label, Language,
    LongText, Title, Uscc,
};

pub use clocks::{ClocksView, DeadlineView};

/// The unit of a hazard.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnitView {
    /// Its id.
    pub id: EnterpriseId,
    /// Its unified social credit code.
    pub uscc: Uscc,
    /// Its present name.
    pub name: String,
}

/// An action that this caller may perform now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AvailableActionView {
    /// The action.
    pub action: Action,
    /// Where to call it.
    #[schema(example = "/v1/hazards/01900000-0000-7000-8000-000000000001/actions/confirm")]
    pub href: String,
}

/// Why an action is not open to this caller.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BlockView {
    /// The code that the real call would be refused with.
    #[schema(example = "signer_is_reviewer")]
    pub code: String,
    /// In words.
    pub detail: String,
}

/// Who could do it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WhoCouldView {
    /// Roles that the table names.
    pub roles: Vec<Role>,
    /// The lowest rank that may, where the rank matters.
    pub level: Option<Level>,
}

/// Every action of the present state: whether this caller may, why not, and who could.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ActionView {
    /// The action.
    pub action: Action,
    /// Where to call it.
    pub href: String,
    /// Whether this caller may perform it now with a body that is in order.
    pub enabled: bool,
    /// Why not, everything at once.
    pub blocked_by: Vec<BlockView>,
    /// Who could.
    pub who_could: WhoCouldView,
    /// The members of its body.
    pub requires: Vec<Member>,
}

/// A hazard, as this caller may see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HazardView {
    /// Its id.
    pub id: HazardId,
    /// The number that people speak.
    pub number: HazardNumber,
    /// How many events it has; the entity tag.
    pub version: i64,
    /// Where it stands.
    pub status: State,
    /// Where the report came from; `null` for the unit, whatever it was.
    pub source: Option<Source>,
    /// The day it was found.
    pub found_on: Day,
    /// Rank of the authority that found it; from confirmation on.
    pub found_level: Option<Level>,
    /// The unit.
    pub enterprise: UnitView,
    /// The industry.
    pub industry: IndustryCode,
    /// Where it lies.
    pub area: AreaCode,
    /// Where exactly.
    pub address: Title,
    /// On the map.
    pub location: Option<Location>,
    /// In a line.
    pub title: Title,
    /// In full.
    pub description: LongText,
    /// Present state and cause.
    pub cause: Option<LongText>,
    /// What harm it can do.
    pub harm: Option<LongText>,
    /// How hard it is to treat.
    pub difficulty: Option<LongText>,
    /// How people are kept safe meanwhile.
    pub interim_measures: Option<LongText>,
    /// Clauses it is judged under.
    #[schema(example = json!(["MEM10-2023/13.1"]))]
    pub criteria: Vec<String>,
    /// Campaigns it belongs to.
    pub campaigns: Vec<Campaign>,
    /// Evidence of the report; always empty for the unit.
    pub attachments: Vec<AttachmentId>,
    /// The order in force.
    pub supervision: Option<Supervision>,
    /// The plan.
    pub plan: Option<Plan>,
    /// The completion under review.
    pub completion: Option<Completion>,
    /// The last review.
    pub review: Option<Review>,
    /// The sign-off.
    pub sign_off: Option<SignOff>,
    /// The undecided request for more time.
    pub extension_request: Option<ExtensionRequest>,
    /// Whether the unit produces.
    pub production: Production,
    /// The stop in force.
    pub suspension: Option<Suspension>,
    /// Why it was dismissed.
    pub dismissal: Option<Dismissal>,
    /// The rung of the ladder it stands on.
    pub escalation: Escalation,
    /// Whether a running clock is past its end.
    pub overdue: bool,
    /// The day on which the next running clock ends.
    pub next_due_on: Option<Day>,
    /// Every clock that was ever started, oldest first; left out of lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadlines: Option<Vec<DeadlineView>>,
    /// Penalties, oldest first.
    pub penalties: Vec<Penalty>,
    /// The inquiry into who is to blame, where one was opened.
    pub accountability: Option<Accountability>,
    /// How often it was opened again.
    pub reopened: u32,
    /// The earlier hazard that came back.
    pub recurrence_of: Option<HazardId>,
    /// The hazard it was merged into.
    pub merged_into: Option<HazardId>,
    /// What this caller may do now.
    pub available_actions: Vec<AvailableActionView>,
    /// Every action of the present state, with `include=actions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actions: Option<Vec<ActionView>>,
    /// When it was put on record.
    pub reported_at: Instant,
    /// When somebody last changed it; a corrected calendar that moves a deadline is nobody.
    pub updated_at: Instant,
    /// When it was signed off.
    pub closed_at: Option<Instant>,
}

/// Who asks, when, and how much is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Viewing<'a> {
    /// The caller.
    pub caller: &'a Caller,
    /// The moment of the answer.
    pub now: Instant,
    /// The policy in force.
    pub policy: &'a Policy,
    /// The language of the sentences.
    pub language: Language,
    /// Whether blocked actions are wanted too.
    pub with_actions: bool,
}

impl HazardView {
    /// The view of one caller.
    pub fn of(found: Found, viewing: Viewing<'_>) -> Self {
        let deadlines = DeadlineView::all(&found.hazard, viewing.policy, viewing.now);
        Self {
            deadlines: Some(deadlines),
            ..Self::in_list(found, viewing)
        }
    }

    /// The view of one caller, as a row of a list.
    pub fn in_list(found: Found, viewing: Viewing<'_>) -> Self {
        let facts = found.facts(viewing.policy);
        let advice = advise(&facts, viewing.caller, viewing.now, viewing.policy);
        let view = Self::told(found, &facts, viewing);
        let href = |action: Action| format!("/v1/hazards/{}/actions/{action}", view.id);
        Self {
            available_actions: advice
                .iter()
                .filter(|advice| advice.enabled)
                .map(|advice| AvailableActionView {
                    action: advice.action,
                    href: href(advice.action),
                })
                .collect(),
            actions: viewing.with_actions.then(|| {
                advice
                    .iter()
                    .map(|advice| ActionView::of(advice, href(advice.action), viewing.language))
                    .collect()
            }),
            ..view
        }
    }

    /// The view of one caller of a hazard as it stood at the moment of the answer, which is past.
    pub fn of_past(found: Found, viewing: Viewing<'_>) -> Self {
        let deadlines = DeadlineView::all(&found.hazard, viewing.policy, viewing.now);
        Self {
            deadlines: Some(deadlines),
            ..Self::on_paper(found, viewing)
        }
    }

    /// The view of one caller, where nobody acts on it.
    pub fn on_paper(found: Found, viewing: Viewing<'_>) -> Self {
        let facts = found.facts(viewing.policy);
        Self::told(found, &facts, viewing)
    }

    fn told(found: Found, facts: &HazardFacts, viewing: Viewing<'_>) -> Self {
        let sight = Sight::of(viewing.caller);
        let hazard = sight.hazard(found.hazard);
        Self {
            available_actions: Vec::new(),
            actions: None,
            id: hazard.id,
            number: hazard.number,
            version: hazard.version,
            status: hazard.status,
            source: sight.origin.then_some(hazard.source),
            found_on: hazard.found_on,
            found_level: hazard.found_level,
            enterprise: UnitView {
                id: hazard.enterprise_id,
                uscc: hazard.uscc,
                name: found.enterprise_name,
            },
            industry: hazard.industry,
            area: hazard.area,
            address: hazard.address,
            location: hazard.location,
            title: hazard.title,
            description: hazard.description,
            cause: hazard.cause,
            harm: hazard.harm,
            difficulty: hazard.difficulty,
            interim_measures: hazard.interim_measures,
            criteria: hazard.criteria,
            campaigns: hazard.campaigns,
            attachments: hazard.attachments,
            supervision: hazard.supervision,
            plan: hazard.plan,
            completion: hazard.completion,
            review: hazard.review,
            sign_off: hazard.sign_off,
            extension_request: hazard.extension_request,
            production: hazard.production,
            suspension: hazard.suspension,
            dismissal: hazard.dismissal,
            escalation: hazard.escalation,
            overdue: facts.is_late(viewing.now.day()),
            next_due_on: facts.next_due_on,
            deadlines: None,
            penalties: hazard.penalties,
            accountability: hazard.accountability,
            reopened: hazard.reopened,
            recurrence_of: hazard.recurrence_of,
            merged_into: hazard.merged_into,
            reported_at: hazard.reported_at,
            updated_at: hazard.updated_at,
            closed_at: hazard.closed_at,
        }
    }
}

impl ActionView {
    fn of(advice: &ActionAdvice, href: String, language: Language) -> Self {
        Self {
            action: advice.action,
            href,
            enabled: advice.enabled,
            blocked_by: blocks(advice, language),
            who_could: WhoCouldView {
                roles: advice.who_could.roles.clone(),
                level: advice.who_could.level,
            },
            requires: bodies::members(advice.action),
        }
    }
}

fn blocks(advice: &ActionAdvice, language: Language) -> Vec<BlockView> {
    let role = advice.role_missing.then(|| BlockView {
        code: "role_not_allowed".to_owned(),
        detail: ROLE_MISSING.text(language).to_owned(),
    });
    let guards = advice.broken.iter().map(|broken| BlockView {
        code: broken.guard.code().to_owned(),
        detail: broken.guard.label().text(language).to_owned(),
    });
    role.into_iter().chain(guards).collect()
}

const ROLE_MISSING: Label = Label {
    zh: "您的身份无权进行此操作",
    en: "none of the caller's roles may do this",
};

/// What an event looks like to this caller.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventView {
    /// Its place in the history, from 1; a gap is an internal remark.
    pub version: i64,
    /// The action; `amend` for a description that was put right, `correct_deadlines` where a corrected calendar moved them.
    #[schema(example = "confirm")]
    pub action: String,
    /// When.
    pub at: Instant,
    /// Who; `null` where that could tell the unit who reported.
    pub actor: Option<ActorView>,
    /// Status before; `null` for the report.
    pub from: Option<String>,
    /// Status after.
    pub to: Option<String>,
    /// What the call held, what it did to the clocks, and under which policy.
    #[schema(value_type = Object)]
    pub payload: Value,
    /// Random, part of what is hashed, in unpadded base64url; not for the unit.
    pub salt: Option<String>,
    /// Hash of the event before in unpadded base64url; `null` for the first, and for the unit.
    pub previous_hash: Option<String>,
    /// SHA-256 of the event as canonical JSON (RFC 8785) in unpadded base64url; not for the unit.
    pub hash: Option<String>,
}

/// Who did something, as the token said then.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ActorView {
    /// Subject of the token.
    pub subject: String,
    /// Name.
    pub name: String,
    /// Roles.
    pub roles: Vec<Role>,
    /// Rank of the authority.
    pub level: Option<Level>,
    /// Code of the authority.
    pub organization: Option<String>,
}

impl From<Actor> for ActorView {
    fn from(actor: Actor) -> Self {
        Self {
            subject: actor.subject,
            name: actor.name,
            roles: actor.roles,
            level: actor.level,
            organization: actor.organization,
        }
    }
}

impl EventView {
    /// The view of one caller; nothing when the event is none of the caller's business.
    pub fn of(event: Event, caller: &Caller) -> Option<Self> {
        Sight::of(caller).event(event).map(Self::from)
    }
}

impl From<Seen> for EventView {
    fn from(seen: Seen) -> Self {
        let event = seen.event;
        Self {
            version: event.version,
            action: event.action,
            at: event.at,
            actor: seen.by.then(|| event.actor.into()),
            from: event.from,
            to: event.to,
            payload: event.payload,
            salt: seen.hashes.then(|| encoded(&event.salt)),
            previous_hash: event.previous_hash.filter(|_| seen.hashes).map(|hash| encoded(&hash)),
            hash: seen.hashes.then(|| encoded(&event.hash)),
        }
    }
}
