//! `verify`: holds everything on record against everything else, and names the first thing that does not agree.
//!
//! The database is read as it stands at one moment, so nodes may serve meanwhile. Exit code 0 says that all agrees, 1 that
//! something does not. To hold another thing against its events, add its arm to [`differs_from_row`].

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use object_store::ObjectStore;
use uuid::Uuid;

use super::{Ending, failed, say};
use crate::config::Config;
use crate::journal::{self, Event, SubjectKind};
use crate::store::{Connection, StoreError, migrate};
use crate::transparency::{self, AuditFault, Coverage, PublicKey};
use crate::values::AttachmentId;
use crate::{attachments, hazards, tips};

/// Events and pieces of evidence that are read at once.
const PAGE: i64 = 1000;
/// After so many events it is said how far the reading came.
const SAID_EVERY: u64 = 100_000;

/// What to hold the record against besides itself.
#[derive(Debug, Args)]
pub struct Options {
    /// A checkpoint of the log that was kept elsewhere
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
}

/// Looks at everything, in the order in which one thing rests on another.
pub(super) async fn run(config: Config, options: Options) -> Result<(), Ending> {
    let kept = options.checkpoint.as_deref().map(read).transpose()?;
    let mut connection = config.database.connect()?;
    if !migrate::state(&mut connection)?.pending.is_empty() {
        return Err(Ending::Failed(
            "migrations are pending; `migrate` applies them".to_owned(),
        ));
    }
    let known = keys(&mut connection, &config.log_key)?;
    let read = connection.at_one_moment(|connection| {
        let told = events(connection)?;
        let logged = transparency::audit(connection, &known, kept.as_deref())?;
        Ok::<_, AuditFault>((told, logged))
    });
    let (told, logged) = read.map_err(wrong)?;
    say(&format!(
        "ok      events: {told} events, every chain whole, every row what they say"
    ))?;
    say(&match logged {
        Some(logged) => format!(
            "ok      log: {} entries, {} checkpoints, all of them genuine",
            logged.entries, logged.checkpoints
        ),
        None => "notice  log: none was begun; `serve` begins it".to_owned(),
    })?;
    let objects = config.objects.open().map_err(failed)?;
    let pieces = evidence(&mut connection, objects.as_ref()).await.map_err(wrong)?;
    say(&format!(
        "ok      evidence: {pieces} pieces, all bytes those that were stored"
    ))
}

fn wrong(fault: AuditFault) -> Ending {
    Ending::Failed(match fault {
        AuditFault::Store(StoreError::Corrupt(what)) | AuditFault::Differs(what) => format!("WRONG   {what}"),
        AuditFault::Store(error) => error.to_string(),
    })
}

fn read(path: &Path) -> Result<String, Ending> {
    fs::read_to_string(path).map_err(|error| Ending::Failed(format!("cannot read `{}`: {error}", path.display())))
}

/// The keys that may have signed. Public ones suffice.
fn keys(connection: &mut Connection, path: &Path) -> Result<Vec<PublicKey>, Ending> {
    if transparency::origin(connection)?.is_none() {
        return Ok(Vec::new());
    }
    let known = transparency::known_keys(&read(path)?);
    known.map_err(|error| Ending::Failed(format!("HAZARDS_LOG_KEY: {error}")))
}

/// Reads every event: its chain, its row, its place in the log. Returns how many there are.
fn events(connection: &mut Connection) -> Result<u64, AuditFault> {
    let coverage = Coverage::begin(connection)?;
    let (mut count, mut after) = (0, None);
    let mut history: Vec<Event> = Vec::new();
    loop {
        let page = journal::walk(connection, after, PAGE)?;
        if let Some((id, version)) = coverage.missing(connection, &page)? {
            return Err(AuditFault::Differs(format!("event {id}/{version} is not in the log")));
        }
        let is_last = page.is_empty();
        for event in page {
            after = Some((event.subject.id, event.version));
            count += 1;
            if count % SAID_EVERY == 0 {
                log::info!("{count} events read");
            }
            if history.last().is_some_and(|last| last.subject.id != event.subject.id) {
                check_history(connection, &history)?;
                history.clear();
            }
            history.push(event);
        }
        if is_last {
            break;
        }
    }
    check_history(connection, &history)?;
    without_history(connection)?;
    Ok(count)
}

fn check_history(connection: &mut Connection, history: &[Event]) -> Result<(), AuditFault> {
    let Some(first) = history.first() else {
        return Ok(());
    };
    let (kind, id) = (first.subject.kind, first.subject.id);
    if let Err(version) = journal::verify(history) {
        return Err(AuditFault::Differs(format!(
            "{kind} {id}: the chain breaks at event {version}"
        )));
    }
    match differs_from_row(connection, kind, history)? {
        None => Ok(()),
        Some(what) => Err(AuditFault::Differs(format!("{kind} {id}: {what}"))),
    }
}

fn differs_from_row(
    connection: &mut Connection,
    kind: SubjectKind,
    history: &[Event],
) -> Result<Option<&'static str>, StoreError> {
    match kind {
        SubjectKind::Hazard => hazards::difference(connection, history),
        SubjectKind::Tip => tips::difference(connection, history),
        // Their rows are not computed from their events.
        SubjectKind::Enterprise
        | SubjectKind::Authority
        | SubjectKind::Standard
        | SubjectKind::Attachment
        | SubjectKind::Notice
        | SubjectKind::SelfCheck
        | SubjectKind::Checklist
        | SubjectKind::Inspection
        | SubjectKind::Subscription
        | SubjectKind::Export => Ok(None),
    }
}

fn without_history(connection: &mut Connection) -> Result<(), AuditFault> {
    let hazard = hazards::without_history(connection)?.map(|id| ("hazard", id.uuid()));
    let tip = tips::without_history(connection)?.map(|id| ("tip", id.uuid()));
    let found: Option<(&str, Uuid)> = hazard.or(tip);
    match found {
        None => Ok(()),
        Some((kind, id)) => Err(AuditFault::Differs(format!("{kind} {id}: it has a row and no events"))),
    }
}

/// Reads the bytes of every piece of evidence. Returns how many there are.
async fn evidence(connection: &mut Connection, objects: &dyn ObjectStore) -> Result<u64, AuditFault> {
    let (mut count, mut after) = (0, None::<AttachmentId>);
    loop {
        let page = attachments::brought_after(connection, after, PAGE)?;
        let Some(last) = page.last() else {
            return Ok(count);
        };
        after = Some(last.id);
        for piece in &page {
            count += 1;
            let difference = attachments::difference(objects, piece).await;
            let difference = difference.map_err(|error| StoreError::Unavailable(error.to_string()))?;
            // What nobody cites may have been collected since.
            if let Some(what) = difference
                && !attachments::slots(connection, &[piece.id])?.is_empty()
            {
                return Err(AuditFault::Differs(format!("attachment {}: {what}", piece.id)));
            }
        }
    }
}
