//! `GET /v1/lifecycle`: the tables, for callers.

mod tips;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get};
use deserr::Deserr;
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::hazards::{self, Member};
use crate::law::diagram;
use crate::law::guards::Guard;
use crate::law::lifecycle::{Action, ClockEffect, ClockKind, Outcome, State, TABLE, Target, Transition};
use crate::law::scope::Role;
use crate::law::table::Row;
use crate::law::tips::TipGuard;
use crate::law::tips::lifecycle::TABLE as TIP_TABLE;
use crate::store::StoreError;
use crate::values::vocabulary::vocabulary;
use crate::values::{Faults, Label, Vocabulary};
use crate::web::conditions::matches_tag;
use crate::web::filters::Filters;
use crate::web::problems::Problem;
use crate::web::responses::PublicProblems;
use crate::web::schemas::vocabularies;

/// The operation of this file.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(get_lifecycle);
}

vocabulary! {
    /// How the lifecycle is written.
    pub enum LifecycleFormat in "lifecycle_formats" {
        Json = "json", "JSON", "JSON";
        Mermaid = "mermaid", "Mermaid 状态图", "Mermaid state diagram";
    }
}

vocabulary! {
    /// Which lifecycle.
    pub enum Machine in "machines" {
        Hazard = "hazard", "重大事故隐患", "major hazard";
        Tip = "tip", "群众举报", "public tip";
    }
}

vocabularies! {
    LifecycleFormat = "LifecycleFormat";
    Machine = "Machine";
}

/// How it is wanted.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LifecycleQuery {
    /// Whose lifecycle; `hazard` when absent.
    #[deserr(default)]
    machine: Option<Machine>,
    /// `mermaid` for a diagram; `json` when absent.
    #[deserr(default)]
    format: Option<LifecycleFormat>,
}

/// The state machine that was asked for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum MachineView {
    /// Of hazards.
    Hazard(LifecycleView),
    /// Of public tips.
    Tip(tips::TipLifecycleView),
}

/// The state machine of hazards.
#[derive(Debug, Serialize, ToSchema)]
pub struct LifecycleView {
    /// Every state.
    pub states: Vec<StateView>,
    /// Every action.
    pub actions: Vec<ActionSummaryView>,
    /// Every row of the table.
    pub transitions: Vec<TransitionView>,
}

/// A state.
#[derive(Debug, Serialize, ToSchema)]
pub struct StateView {
    /// Its code.
    pub code: State,
    /// 中文.
    #[schema(example = "整改中")]
    pub label_zh: &'static str,
    /// English.
    #[schema(example = "plan approved, work under way")]
    pub label_en: &'static str,
    /// Whether nothing is owed any more.
    #[serde(rename = "final")]
    pub is_final: bool,
}

/// An action.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionSummaryView {
    /// Its code.
    pub code: Action,
    /// 中文.
    #[schema(example = "销号")]
    pub label_zh: &'static str,
    /// English.
    #[schema(example = "sign off")]
    pub label_en: &'static str,
    /// What other systems hear of it.
    #[schema(example = "hazard.closed")]
    pub event_type: String,
    /// The members of its body.
    pub requires: Vec<Member>,
}

/// A row of the table.
#[derive(Debug, Serialize, ToSchema)]
pub struct TransitionView {
    /// The action.
    pub action: Action,
    /// From where; empty for a report.
    pub from: Vec<State>,
    /// Where to; `null` when the state stays.
    pub to: Option<State>,
    /// For which outcome: `always`, `passed` or `failed`.
    #[schema(example = "always")]
    pub outcome: &'static str,
    /// Who may.
    pub roles: Vec<Role>,
    /// What is checked.
    pub guards: Vec<GuardView>,
    /// Clocks that it starts.
    pub starts: Vec<ClockKind>,
    /// Clocks that it stops.
    pub stops: Vec<ClockKind>,
    /// Clocks whose end it may move.
    pub extends: Vec<ClockKind>,
    /// Whether a notice is served on the unit's principal and controller.
    pub serves_notice: bool,
}

/// A named check.
#[derive(Debug, Serialize, ToSchema)]
pub struct GuardView {
    /// The code it refuses with.
    #[schema(example = "criteria_required")]
    pub code: &'static str,
    /// 中文.
    #[schema(example = "认定必须引用至少一条判定标准")]
    pub label_zh: &'static str,
    /// English.
    #[schema(example = "confirmation must cite a clause of a judgment standard")]
    pub label_en: &'static str,
    /// The rule it comes from.
    #[schema(example = "plan, items 11 and 12")]
    pub source: &'static str,
}

/// Read the lifecycle
///
/// States, actions and transitions of hazards or, with `machine=tip`, of public tips: who may do what from where, what the
/// body holds, what is checked, and which clocks start and stop. It is the very table that decides every call.
#[utoipa::path(
    operation_id = "get_lifecycle",
    tag = "lifecycle",
    params(LifecycleQuery),
    security(()),
    responses(
        (status = 200, description = "The table, or its diagram.", content(
            (MachineView = "application/json"),
            (String = "text/vnd.mermaid", example = "stateDiagram-v2"),
        ), headers(("ETag" = String, description = "Digest of the answer"))),
        (status = 304, description = "It is still what `If-None-Match` names."),
        PublicProblems,
    ),
)]
#[get("/v1/lifecycle")]
pub async fn get_lifecycle(request: HttpRequest, query: Filters<LifecycleQuery>) -> Result<HttpResponse, Problem> {
    let machine = query.machine.unwrap_or(Machine::Hazard);
    let (media_type, body) = match query.format {
        Some(LifecycleFormat::Mermaid) => ("text/vnd.mermaid; charset=utf-8", drawn(machine).into_bytes()),
        Some(LifecycleFormat::Json) | None => (
            "application/json",
            serde_json::to_vec(&told(machine)).map_err(|error| StoreError::Corrupt(error.to_string()))?,
        ),
    };
    Ok(cacheable(&request, media_type, body))
}

/// A public answer that caches may keep.
pub fn cacheable(request: &HttpRequest, media_type: &str, body: Vec<u8>) -> HttpResponse {
    let digest = crate::journal::encoded(&Sha256::digest(&body));
    let tag = format!("\"{digest}\"");
    let mut response = if matches_tag(request, &tag) {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((header::ETAG, tag.clone()))
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .insert_header((header::VARY, "Accept-Encoding"));
    if matches_tag(request, &tag) {
        response.finish()
    } else {
        response.insert_header((header::CONTENT_TYPE, media_type)).body(body)
    }
}

fn drawn(machine: Machine) -> String {
    match machine {
        Machine::Hazard => diagram::mermaid(TABLE),
        Machine::Tip => diagram::mermaid(TIP_TABLE),
    }
}

fn told(machine: Machine) -> MachineView {
    match machine {
        Machine::Hazard => MachineView::Hazard(view()),
        Machine::Tip => MachineView::Tip(tips::view()),
    }
}

fn view() -> LifecycleView {
    LifecycleView {
        states: State::ALL
            .iter()
            .map(|state| StateView {
                code: *state,
                label_zh: state.label().zh,
                label_en: state.label().en,
                is_final: state.is_final(),
            })
            .collect(),
        actions: Action::ALL
            .iter()
            .map(|action| ActionSummaryView {
                code: *action,
                label_zh: action.label().zh,
                label_en: action.label().en,
                event_type: format!("hazard.{}", action.past_tense()),
                requires: hazards::members(*action),
            })
            .collect(),
        transitions: TABLE.iter().map(row).collect(),
    }
}

fn row(row: &Transition) -> TransitionView {
    let clocks = ClockEffects::of(row);
    TransitionView {
        action: row.action,
        from: row.from.to_vec(),
        to: target(row),
        outcome: match row.outcome {
            Outcome::Always => "always",
            Outcome::Passed => "passed",
            Outcome::Failed => "failed",
        },
        roles: row.roles.to_vec(),
        guards: row.guards.iter().map(|guard| GuardView::from(*guard)).collect(),
        starts: clocks.starts,
        stops: clocks.stops,
        extends: clocks.extends,
        serves_notice: row.notice.is_some(),
    }
}

fn target<R: Row>(row: &R) -> Option<R::State> {
    match row.to() {
        Target::To(state) => Some(state),
        Target::Same => None,
    }
}

/// What a row does to the clocks, told apart by what happens to them.
struct ClockEffects<K> {
    starts: Vec<K>,
    stops: Vec<K>,
    extends: Vec<K>,
}

impl<K: Vocabulary> ClockEffects<K> {
    fn of<R: Row<Clock = K>>(row: &R) -> Self {
        let mut effects = Self {
            starts: Vec::new(),
            stops: Vec::new(),
            extends: Vec::new(),
        };
        for effect in row.clocks() {
            match effect {
                ClockEffect::Start(kind) | ClockEffect::Restart(kind) => effects.starts.push(*kind),
                ClockEffect::Stop(kind) => effects.stops.push(*kind),
                ClockEffect::Extend(kind) => effects.extends.push(*kind),
                ClockEffect::StopAll => effects.stops.extend(K::ALL),
            }
        }
        effects
    }
}

impl GuardView {
    fn of(code: &'static str, label: Label, source: &'static str) -> Self {
        Self {
            code,
            label_zh: label.zh,
            label_en: label.en,
            source,
        }
    }
}

impl From<Guard> for GuardView {
    fn from(guard: Guard) -> Self {
        Self::of(guard.code(), guard.label(), guard.source())
    }
}

impl From<TipGuard> for GuardView {
    fn from(guard: TipGuard) -> Self {
        Self::of(guard.code(), guard.label(), guard.source())
    }
}
