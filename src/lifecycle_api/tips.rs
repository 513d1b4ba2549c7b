//! The lifecycle of public tips, as callers see it.

use serde::Serialize;
use utoipa::ToSchema;

use super::{ClockEffects, GuardView, target};
use crate::hazards::Member;
use crate::law::scope::Role;
use crate::law::tips::lifecycle::{TABLE, TipAction, TipClock, TipOutcome, TipState, TipTransition};
use crate::tips;
use crate::values::Vocabulary;

/// The state machine of public tips.
#[derive(Debug, Serialize, ToSchema)]
pub struct TipLifecycleView {
    /// Every state.
    pub states: Vec<TipStateView>,
    /// Every action.
    pub actions: Vec<TipActionSummaryView>,
    /// Every row of the table.
    pub transitions: Vec<TipTransitionView>,
}

/// A state of a tip.
#[derive(Debug, Serialize, ToSchema)]
pub struct TipStateView {
    /// Its code.
    pub code: TipState,
    /// 中文.
    #[schema(example = "核查中")]
    pub label_zh: &'static str,
    /// English.
    #[schema(example = "being verified")]
    pub label_en: &'static str,
    /// Whether nothing is owed any more.
    #[serde(rename = "final")]
    pub is_final: bool,
}

/// An action on a tip.
#[derive(Debug, Serialize, ToSchema)]
pub struct TipActionSummaryView {
    /// Its code.
    pub code: TipAction,
    /// 中文.
    #[schema(example = "受理")]
    pub label_zh: &'static str,
    /// English.
    #[schema(example = "accept")]
    pub label_en: &'static str,
    /// Under what name it stands in the tip's own history. Nobody outside the office hears of it.
    #[schema(example = "tip.accepted")]
    pub event_type: String,
    /// The members of its body; none for telling and for the opening of an identity, which are calls of their own.
    pub requires: Vec<Member>,
}

/// A row of the table of tips.
#[derive(Debug, Serialize, ToSchema)]
pub struct TipTransitionView {
    /// The action.
    pub action: TipAction,
    /// From where; empty for a tip that is told.
    pub from: Vec<TipState>,
    /// Where to; `null` when the state stays.
    pub to: Option<TipState>,
    /// For which outcome: `always`, `substantiated` or `unsubstantiated`.
    #[schema(example = "always")]
    pub outcome: &'static str,
    /// Who may; empty for telling, which asks for no token.
    pub roles: Vec<Role>,
    /// What is checked.
    pub guards: Vec<GuardView>,
    /// Clocks that it starts.
    pub starts: Vec<TipClock>,
    /// Clocks that it stops.
    pub stops: Vec<TipClock>,
    /// Clocks whose end it moves.
    pub extends: Vec<TipClock>,
}

pub(super) fn view() -> TipLifecycleView {
    let states = TipState::ALL.iter().map(|state| TipStateView {
        code: *state,
        label_zh: state.label().zh,
        label_en: state.label().en,
        is_final: state.is_final(),
    });
    let actions = TipAction::ALL.iter().map(|action| TipActionSummaryView {
        code: *action,
        label_zh: action.label().zh,
        label_en: action.label().en,
        event_type: format!("tip.{}", action.past_tense()),
        requires: tips::members(*action),
    });
    TipLifecycleView {
        states: states.collect(),
        actions: actions.collect(),
        transitions: TABLE.iter().map(row).collect(),
    }
}

fn row(row: &TipTransition) -> TipTransitionView {
    let clocks = ClockEffects::of(row);
    TipTransitionView {
        action: row.action,
        from: row.from.to_vec(),
        to: target(row),
        outcome: match row.outcome {
            TipOutcome::Always => "always",
            TipOutcome::Substantiated => "substantiated",
            TipOutcome::Unsubstantiated => "unsubstantiated",
        },
        roles: row.roles.to_vec(),
        guards: row.guards.iter().map(|guard| GuardView::from(*guard)).collect(),
        starts: clocks.starts,
        stops: clocks.stops,
        extends: clocks.extends,
    }
}
