//! What the tables of the law share: how the row that a question asks for is found, how it is weighed, and what is told
//! of each action before a call.
//!
//! `law/decide.rs` asks of hazards and `law/tips/decide.rs` of public tips. Neither can advise one thing and permit
//! another, because both ask here.

use super::guards::Broken;
use super::refusal::WhoCould;
use super::scope::{Caller, Role};
use crate::values::Vocabulary;

/// Where a row leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<S> {
    /// To that state.
    To(S),
    /// Nowhere: the state stays.
    Same,
}

/// What a row does to a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockEffect<K> {
    /// Starts it, anew when it ran.
    Start(K),
    /// Stops it, when it runs.
    Stop(K),
    /// Moves its end, when the law says so.
    Extend(K),
    /// Stops every clock that runs.
    StopAll,
    /// Starts it anew, when it runs.
    Restart(K),
}

/// One row of a table.
pub trait Row: Sized + 'static {
    /// Where things of this kind stand.
    type State: Vocabulary;
    /// What can be done to them.
    type Action: Vocabulary;
    /// What is checked.
    type Guard: Copy + Eq + 'static;
    /// What is waited for.
    type Clock: Vocabulary;

    /// The whole table.
    const TABLE: &'static [Self];

    /// The action.
    fn action(&self) -> Self::Action;

    /// From where; empty for the row that puts a thing on record.
    fn from(&self) -> &'static [Self::State];

    /// For which outcome, in Chinese and in brackets; empty when for every one.
    fn outcome(&self) -> &'static str;

    /// Where to.
    fn to(&self) -> Target<Self::State>;

    /// Who may.
    fn roles(&self) -> &'static [Role];

    /// What is checked.
    fn guards(&self) -> &'static [Self::Guard];

    /// What it does to the clocks, in this order.
    fn clocks(&self) -> &'static [ClockEffect<Self::Clock>];

    /// True when nothing is owed any more in that state.
    fn is_final(state: Self::State) -> bool;
}

/// Who may perform an action somewhere in a table. Every row of one action names the same roles; a test holds them to it.
pub fn roles_of<R: Row>(action: R::Action) -> &'static [Role] {
    R::TABLE
        .iter()
        .find(|row| row.action() == action)
        .map_or(&[], Row::roles)
}

/// What is asked of a table.
pub(super) trait Asking<R: Row>: Sized {
    /// The caller.
    fn caller(&self) -> &Caller;

    /// The action.
    fn action(&self) -> R::Action;

    /// Where the thing stands; nothing while it is only being put on record.
    fn state(&self) -> Option<R::State>;

    /// Whether the row holds for what the body says. Without a body one row of each action stands for it.
    fn fits(&self, row: &R) -> bool;

    /// Every place at which the guard is broken.
    fn broken(&self, guard: R::Guard) -> Vec<Broken<R::Guard>>;

    /// Who could take the row.
    fn who_could(&self, row: &R) -> WhoCould;

    /// The same question about another action, before there is a body.
    fn before_a_body(&self, action: R::Action) -> Self;
}

/// Why a question was answered with no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denial<S, A, G> {
    /// The table does not know the action.
    Unknown,
    /// No role of the caller may do this.
    RoleNotAllowed(WhoCould),
    /// The state does not allow it.
    NotAllowedNow {
        /// Where the thing stands.
        state: S,
        /// What this caller may do instead.
        allowed: Vec<A>,
    },
    /// Guards said no: all that did.
    Broken(Vec<Broken<G>>),
}

/// What a caller is told of one action before the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice<A, G> {
    /// The action.
    pub action: A,
    /// Whether the caller may perform it with a body that is in order.
    pub enabled: bool,
    /// Whether the caller holds none of its roles.
    pub role_missing: bool,
    /// Every guard that stands in the way already.
    pub broken: Vec<Broken<G>>,
    /// Who could.
    pub who_could: WhoCould,
}

type Weighed<R> = Result<&'static R, Denial<<R as Row>::State, <R as Row>::Action, <R as Row>::Guard>>;

/// The row that the question may take, as if `left_out` were not there.
///
/// # Errors
/// [`Denial`], the first of its kinds that applies.
pub(super) fn weigh<R: Row>(question: &impl Asking<R>, left_out: Option<R::Guard>) -> Weighed<R> {
    let rows = || R::TABLE.iter().filter(|row| row.action() == question.action());
    let Some(first) = rows().next() else {
        return Err(Denial::Unknown);
    };
    if !question.caller().has_any(first.roles()) {
        return Err(Denial::RoleNotAllowed(question.who_could(first)));
    }
    let state = question.state();
    let leads = |row: &R| state.map_or(row.from().is_empty(), |state| row.from().contains(&state));
    let Some(row) = rows().find(|row| leads(row) && question.fits(row)) else {
        return Err(state.map_or(Denial::Unknown, |state| Denial::NotAllowedNow {
            state,
            allowed: allowed(state, question),
        }));
    };
    let broken = broken(row, question, left_out);
    if broken.is_empty() {
        Ok(row)
    } else {
        Err(Denial::Broken(broken))
    }
}

/// Every action of a state, in the order of the table. `ask` is the question about one of them before there is a body.
pub(super) fn advise<R: Row, Q: Asking<R>>(
    state: R::State,
    ask: impl Fn(R::Action) -> Q,
) -> Vec<Advice<R::Action, R::Guard>> {
    let mut advice: Vec<Advice<R::Action, R::Guard>> = Vec::new();
    for row in R::TABLE.iter().filter(|row| row.from().contains(&state)) {
        if advice.iter().any(|earlier| earlier.action == row.action()) {
            continue;
        }
        let question = ask(row.action());
        let verdict = weigh(&question, None);
        advice.push(Advice {
            action: row.action(),
            enabled: verdict.is_ok(),
            role_missing: matches!(verdict, Err(Denial::RoleNotAllowed(_))),
            broken: broken(row, &question, None),
            who_could: question.who_could(row),
        });
    }
    advice
}

fn allowed<R: Row>(state: R::State, question: &impl Asking<R>) -> Vec<R::Action> {
    advise(state, |action| question.before_a_body(action))
        .into_iter()
        .filter(|advice| advice.enabled)
        .map(|advice| advice.action)
        .collect()
}

fn broken<R: Row>(row: &R, question: &impl Asking<R>, left_out: Option<R::Guard>) -> Vec<Broken<R::Guard>> {
    row.guards()
        .iter()
        .filter(|guard| Some(**guard) != left_out)
        .flat_map(|guard| question.broken(*guard))
        .collect()
}
