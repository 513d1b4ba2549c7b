//! The use case of every action of the office: ask the law, fold what happened, and write the row with its event, its
//! sealed words and perhaps a hazard in one transaction.

use std::sync::Arc;

use super::read;
use crate::hazards::{self, Reference, ReportBody, Reported, Writing};
use crate::journal::{self, Actor, Draft, Subject};
use crate::law::deadlines::{self, LedgerEntry};
use crate::law::policy::Policy;
use crate::law::refusal::{BrokenRule, Refusal};
use crate::law::scope::Caller;
use crate::law::table::Denial;
use crate::law::tips::decide::{TipPermit, TipQuestion, decide};
use crate::law::tips::lifecycle::{TipAction, TipClock};
use crate::store::{Connection, Failure, StoreError};
use crate::tips::bodies::{ActionBody, ConcludeBody};
use crate::tips::fold::{self, Entry, Payload};
use crate::tips::model::{Kept, Tip, end_of};
use crate::tips::store;
use crate::tips::vault::Key;
use crate::tips::words::{self, Words, WordsKind};
use crate::values::{Day, HazardId, Instant, TipId, TipWordsId, Vocabulary};

/// What an action needs besides its body: who, when, under which policy, and what was drawn for it.
#[derive(Clone)]
pub struct Acting {
    /// The caller.
    pub caller: Caller,
    /// The moment.
    pub now: Instant,
    /// The policy in force.
    pub policy: Arc<Policy>,
    /// The key of the tip; nothing once it is erased.
    pub key: Option<Key>,
    /// Whether the claim in the body is that of the tipster; nothing where the body holds none.
    pub claim_proven: Option<bool>,
    /// The id of what is written with it.
    pub words: TipWordsId,
    /// The id of a hazard that it reports.
    pub hazard: HazardId,
    /// Salts of the events: of the tip and of a hazard that it reports.
    pub salts: [[u8; 16]; 2],
}

/// What the caller asks for.
#[derive(Clone)]
pub struct Request {
    /// Which tip.
    pub id: TipId,
    /// The version that the caller saw.
    pub expected_version: i64,
    /// The action.
    pub action: TipAction,
    /// Its body.
    pub body: ActionBody,
}

/// Performs an action and returns the tip as it stands after it.
///
/// # Errors
/// The refusals of the law, in this order: not to be known, not this role, stale, not in this state, a rule says no; what
/// the ledger holds against a hazard that is reported; and the failures of the store. Nothing is changed then.
pub fn act(connection: &mut Connection, acting: &Acting, request: &Request) -> Result<Kept, Failure> {
    let before = read::visible(connection, &acting.caller, request.id)?;
    let permit = permit(connection, acting, request, &before)?;
    let finding = match &request.body {
        ActionBody::Conclude(body) if body.substantiated => Some(finding(connection, acting, &before.tip, body)?),
        _ => None,
    };
    let draft = draft(acting, request, &before.tip, &permit, finding.as_ref())?;
    let after = fold::apply(Some(before.tip.clone()), Entry::from(&draft))?;
    keep_words(connection, acting, &request.body, &after)?;
    let closed_on = after.standing.closed_on;
    let erase_on = closed_on.map_or(Day::NEVER, |day| acting.policy.tips().kept_until(day));
    let hazard = finding.map(|finding| finding.hazard);
    store::advance(connection, permit, &before.tip, &after, hazard, erase_on)?;
    journal::append(connection, draft)?;
    Ok(Kept {
        tip: after,
        hazard: hazard.or(before.hazard),
        sealed: before.sealed,
    })
}

fn permit(
    connection: &mut Connection,
    acting: &Acting,
    request: &Request,
    before: &Kept,
) -> Result<TipPermit, Failure> {
    let facts = read::facts(connection, before, &acting.policy)?;
    let hazard_known = match &request.body {
        ActionBody::Conclude(ConcludeBody {
            hazard: Some(hazard), ..
        }) => Some(known(connection, &acting.caller, *hazard)?.is_some()),
        _ => None,
    };
    let verdict = decide(&TipQuestion {
        tip: &facts,
        caller: &acting.caller,
        action: request.action,
        body: Some(&request.body.facts(hazard_known, acting.claim_proven)),
        now: acting.now,
        policy: &acting.policy,
    });
    if let Err(denial @ Denial::RoleNotAllowed(_)) = verdict {
        return Err(Refusal::from(denial).into());
    }
    if before.tip.version != request.expected_version {
        return Err(Refusal::Stale {
            current: before.tip.version,
        }
        .into());
    }
    Ok(verdict.map_err(Refusal::from)?)
}

/// What a tip was found to tell of.
#[derive(Debug, Clone, Copy)]
struct Finding {
    hazard: HazardId,
    first_to_tell: bool,
}

fn finding(connection: &mut Connection, acting: &Acting, tip: &Tip, body: &ConcludeBody) -> Result<Finding, Failure> {
    if let Some(report) = &body.report {
        return Ok(Finding {
            hazard: report_hazard(connection, acting, report)?,
            first_to_tell: true,
        });
    }
    let unknown = || Refusal::Rules(vec![BrokenRule::new("finding_unknown", "/hazard")]);
    let hazard = body.hazard.ok_or_else(unknown)?;
    let found = known(connection, &acting.caller, hazard)?.ok_or_else(unknown)?;
    let day = tip.record.received_on;
    // Of tips of one day nobody knows the order; the one that was concluded first counts as the first.
    let told_before = store::told_before(connection, tip.id, hazard, day.next())?;
    Ok(Finding {
        hazard,
        first_to_tell: found.hazard.reported_at >= day.start() && !told_before,
    })
}

fn known(connection: &mut Connection, caller: &Caller, id: HazardId) -> Result<Option<hazards::Found>, Failure> {
    match hazards::visible(connection, caller, Reference::Id(id)) {
        Ok(found) => Ok(Some(found)),
        Err(Failure::Refusal(Refusal::NotFound | Refusal::NoReadRight)) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Reports a hazard through the door of the ledger. What the ledger holds against it is told with its place in the body.
fn report_hazard(connection: &mut Connection, acting: &Acting, report: &ReportBody) -> Result<HazardId, Failure> {
    let [_, salt] = acting.salts;
    let writing = Writing {
        caller: acting.caller.clone(),
        now: acting.now,
        policy: Arc::clone(&acting.policy),
        salt,
    };
    match hazards::report_at(connection, &writing, report, acting.hazard, "/report")? {
        Ok(Reported::New(found)) => Ok(found.hazard.id),
        Ok(Reported::Before(_)) => Err(Refusal::Rules(vec![BrokenRule::new("already_exists", "/report/id")]).into()),
        Err(broken) => Err(Refusal::Rules(broken).into()),
    }
}

/// The event: codes, amounts and days. What is in words goes under the seal.
fn draft(
    acting: &Acting,
    request: &Request,
    before: &Tip,
    permit: &TipPermit,
    finding: Option<&Finding>,
) -> Result<Draft, Failure> {
    let [salt, _] = acting.salts;
    let none = Payload::default();
    let said = match &request.body {
        ActionBody::Decline(body) => Payload {
            reason: Some(body.reason),
            ..none
        },
        ActionBody::Conclude(body) => Payload {
            substantiated: Some(body.substantiated),
            first_to_tell: finding.map(|finding| finding.first_to_tell),
            ..none
        },
        ActionBody::ProposeReward(body) => Payload {
            fine_cny: body.fine_cny,
            amount_cny: permit.reward(),
            ..none
        },
        ActionBody::ApproveReward(_) => Payload {
            claim_by: claim_by(acting, permit, request.action),
            ..none
        },
        ActionBody::Accept(_)
        | ActionBody::StartVerification(_)
        | ActionBody::Extend(_)
        | ActionBody::Answer(_)
        | ActionBody::PayReward(_)
        | ActionBody::Close(_)
        | ActionBody::ApproveReveal(_) => none,
    };
    let payload = Payload {
        clocks: deadlines::effective(permit.clock_steps(), &before.standing.clocks),
        policy: Some(permit.policy_version().to_owned()),
        ..said
    };
    Ok(Draft {
        subject: Subject::from(before.id),
        version: before.version + 1,
        action: request.action.code(),
        event_type: format!("tip.{}", request.action.past_tense()),
        from: Some(before.status.code()),
        to: Some(permit.to().code()),
        at: acting.now,
        actor: Actor::from(&acting.caller),
        payload: serde_json::to_value(&payload).map_err(|error| StoreError::Corrupt(error.to_string()))?,
        salt,
    })
}

/// The end of the clock that the approval starts.
fn claim_by(acting: &Acting, permit: &TipPermit, action: TipAction) -> Option<Day> {
    let started: Vec<_> = permit
        .clock_steps()
        .iter()
        .map(|step| LedgerEntry {
            step: *step,
            at: acting.now,
            action,
            version: 1,
            policy: String::new(),
        })
        .collect();
    end_of(&started, TipClock::Claim, acting.policy.calendar())
}

fn keep_words(connection: &mut Connection, acting: &Acting, body: &ActionBody, after: &Tip) -> Result<(), Failure> {
    let text = body.words().map_err(|error| StoreError::Corrupt(error.to_string()))?;
    if text.as_object().is_none_or(serde_json::Map::is_empty) {
        return Ok(());
    }
    let key = acting.key.as_ref().ok_or(Refusal::Barred {
        code: "tip_key_missing",
    })?;
    let words = Words {
        version: after.version,
        kind: WordsKind::Action,
        written_on: acting.now.day(),
        text,
    };
    let sealed = words.seal(key, after.id, acting.words)?;
    Ok(words::add(connection, after.id, &sealed)?)
}
