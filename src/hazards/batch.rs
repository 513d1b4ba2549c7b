//! Actions that are written together: loaded in one go, decided in memory, persisted in one go.
//!
//! Two actions on one hazard may meet in a batch; the second is decided on what the first made of it, and the row is
//! written once, as it stands in the end.

use std::collections::{HashMap, HashSet};

use super::act::{self, Request, Writing};
use super::found::Found;
use super::notify;
use super::resolve;
use super::store::{self, Advance, Reference};
use crate::journal::{self, Draft, Head, Heads};
use crate::law::refusal::Refusal;
use crate::store::{Claim, Command, Connection, Failure, Outcome, Reply, StoreError, Together, replies};
use crate::values::HazardId;

/// An action with what its answer takes.
pub struct ActCommand {
    /// Who acts, and when.
    pub writing: Writing,
    /// What is asked for.
    pub request: Request,
    /// Words the answer, and holds the key of the request.
    pub answering: Box<dyn Answering>,
}

/// How an action is answered.
pub trait Answering: Send + Sync {
    /// The key of the request, if it has one.
    fn claim(&self) -> Option<&Claim>;

    /// The hazard as it stands after the action.
    ///
    /// # Errors
    /// When it cannot be written.
    fn accepted(&self, writing: &Writing, found: Found) -> Result<Reply, StoreError>;

    /// What an action that ran alone came to: a stale version is told with what the caller missed.
    ///
    /// # Errors
    /// Every other failure, and when the answer cannot be written.
    fn answered(
        &self,
        connection: &mut Connection,
        writing: &Writing,
        request: &Request,
        acted: Result<Found, Failure>,
    ) -> Result<Reply, Failure>;

    /// A refusal, to be kept under the key.
    ///
    /// # Errors
    /// When it cannot be told.
    fn refused(&self, refusal: Refusal) -> Result<Reply, Failure>;
}

impl Command for ActCommand {
    const NAME: &'static str = "act";
    type Answer = Outcome;

    fn together(connection: &mut Connection, commands: &[&Self]) -> Result<Vec<Together<Outcome>>, StoreError> {
        let mut batch = Batch::load(connection, commands)?;
        let known = look(connection, commands)?;
        let answers = commands
            .iter()
            .zip(known)
            .map(|(command, known)| match known {
                Known::New => batch.run(connection, command),
                Known::Answered(outcome) => Ok(Some(Ok(outcome))),
                Known::Unclear => Ok(None),
            })
            .collect::<Result<Vec<_>, _>>()?;
        batch.persist(connection)?;
        keep(connection, commands, &answers)?;
        Ok(answers)
    }

    fn alone(&self, connection: &mut Connection) -> Result<Outcome, Failure> {
        let perform = |connection: &mut Connection| {
            let acted = act::act(connection, &self.writing, &self.request);
            self.answering.answered(connection, &self.writing, &self.request, acted)
        };
        let refused = |refusal| self.answering.refused(refusal);
        replies::once(connection, self.answering.claim(), self.writing.now, perform, refused)
    }
}

/// What is known of a command's key.
enum Known {
    New,
    Answered(Outcome),
    Unclear,
}

/// Looks the keys up. The hazards are held already, so an action under the same key on another node has either been
/// committed and is seen here, or holds the hazard and keeps this command out of the batch.
fn look(connection: &mut Connection, commands: &[&ActCommand]) -> Result<Vec<Known>, StoreError> {
    let claims: Vec<&Claim> = commands
        .iter()
        .filter_map(|command| command.answering.claim())
        .collect();
    let Some(now) = commands.iter().map(|command| command.writing.now).max() else {
        return Ok(Vec::new());
    };
    let mut found = if claims.is_empty() {
        Vec::new().into_iter()
    } else {
        replies::look_many(connection, &claims, now)?.into_iter()
    };
    Ok(commands
        .iter()
        .map(|command| match command.answering.claim().and_then(|_| found.next()) {
            None | Some(crate::store::Found::Nothing) => Known::New,
            Some(crate::store::Found::Replay(reply)) => Known::Answered(Outcome::Again(reply)),
            Some(crate::store::Found::OtherBody) => Known::Answered(Outcome::OtherBody),
            Some(crate::store::Found::InUse) => Known::Unclear,
        })
        .collect())
}

fn keep(
    connection: &mut Connection,
    commands: &[&ActCommand],
    answers: &[Together<Outcome>],
) -> Result<(), StoreError> {
    let mut kept = Vec::new();
    for (command, answer) in commands.iter().zip(answers) {
        if let (Some(claim), Some(Ok(Outcome::First(reply)))) = (command.answering.claim(), answer) {
            kept.push((claim, reply, command.writing.now));
        }
    }
    replies::keep_many(connection, &kept)
}

/// The hazards of a batch and what is to be written of them.
struct Batch {
    standing: HashMap<HazardId, Found>,
    numbers: HashMap<Reference, HazardId>,
    heads: Heads,
    advances: HashMap<HazardId, Advance>,
    drafts: Vec<Draft>,
    /// Events of the notices that the actions serve.
    notices: Vec<Draft>,
}

impl Batch {
    fn load(connection: &mut Connection, commands: &[&ActCommand]) -> Result<Self, StoreError> {
        let references: HashSet<Reference> = commands.iter().map(|command| command.request.reference).collect();
        let found = store::hold_many(connection, &references.into_iter().collect::<Vec<_>>())?;
        let heads: Vec<Head> = found
            .iter()
            .map(|found| Head {
                id: found.hazard.id.uuid(),
                version: found.hazard.version,
            })
            .collect();
        Ok(Self {
            numbers: found
                .iter()
                .map(|found| (Reference::Number(found.hazard.number), found.hazard.id))
                .collect(),
            heads: journal::heads(connection, &heads)?,
            standing: found.into_iter().map(|found| (found.hazard.id, found)).collect(),
            advances: HashMap::new(),
            drafts: Vec::new(),
            notices: Vec::new(),
        })
    }

    /// Runs one command on what the batch holds; nothing when the hazard is not among it.
    fn run(&mut self, connection: &mut Connection, command: &ActCommand) -> Result<Together<Outcome>, StoreError> {
        let id = match command.request.reference {
            Reference::Id(id) => Some(id),
            number @ Reference::Number(_) => self.numbers.get(&number).copied(),
        };
        let Some(before) = id.and_then(|id| self.standing.get(&id)).cloned() else {
            return Ok(None);
        };
        let answering = &command.answering;
        match self.advance(connection, command, before) {
            Ok(found) => {
                let reply = answering.accepted(&command.writing, found)?;
                Ok(Some(Ok(Outcome::First(reply))))
            }
            // What its caller missed may not be written yet; alone, it finds that on record.
            Err(Failure::Refusal(Refusal::Stale { .. })) => Ok(None),
            Err(Failure::Refusal(refusal)) if answering.claim().is_some() => match answering.refused(refusal) {
                Ok(reply) => Ok(Some(Ok(Outcome::First(reply)))),
                Err(failure) => Ok(Some(Err(failure))),
            },
            Err(refusal @ Failure::Refusal(_)) => Ok(Some(Err(refusal))),
            Err(Failure::Store(error)) => Err(error),
        }
    }

    fn advance(&mut self, connection: &mut Connection, command: &ActCommand, before: Found) -> Result<Found, Failure> {
        let ActCommand { writing, request, .. } = command;
        let scope = writing.caller.ledger_scope().ok_or(Refusal::NoReadRight)?;
        act::covered(&scope, &before.hazard)?;
        let facts = resolve::action_facts(connection, &writing.caller, &before.hazard, &request.body)?;
        let step = act::step(writing, &before, request, &facts)?;
        resolve::cite_action(connection, before.hazard.id, &request.body)?;
        if let Some(kind) = step.permit.notice() {
            let notices = notify::of_action(connection, writing, kind, &step.after, &request.body)?;
            self.notices.extend(notices);
        }
        let found = before.followed_by(connection, step.after.clone())?;
        let first = match self.advances.remove(&before.hazard.id) {
            Some(earlier) => earlier.before,
            None => before.hazard,
        };
        self.advances.insert(
            first.id,
            Advance {
                permit: step.permit,
                before: first,
                after: step.after,
                days: step.days,
            },
        );
        self.drafts.push(step.draft);
        self.standing.insert(found.hazard.id, found.clone());
        Ok(found)
    }

    fn persist(&mut self, connection: &mut Connection) -> Result<(), StoreError> {
        let advances: Vec<Advance> = std::mem::take(&mut self.advances).into_values().collect();
        store::advance_many(connection, &advances)?;
        let mut drafts = std::mem::take(&mut self.drafts);
        drafts.append(&mut self.notices);
        journal::append_many(connection, drafts, &mut self.heads)
    }
}
