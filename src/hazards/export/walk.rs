//! The walk over what was asked for, from the store to whoever takes it along.
//!
//! A hazard that is what was asked for from the beginning of the export to its end is in it once, as it stood when its stride
//! was read; none is in it twice. Between two strides nothing is held, and no more is read than the receiver takes.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc::Sender;

use super::file::File;
use crate::hazards::found::Found;
use crate::hazards::list::{self, Filter, Place, Sort};
use crate::hazards::view::{HazardView, Viewing};
use crate::law::policy::Policy;
use crate::law::refusal::Refusal;
use crate::law::scope::Caller;
use crate::store::{Failure, Store};
use crate::values::{Fault, FaultCode, Faults, HazardId, Instant, Language};

/// Hazards of a stride.
const STRIDE: i64 = 500;
/// Hazards whose ids are kept for an order that does not stand still, at most.
const MOST_NAMED: i64 = 200_000;
/// How much is handed over at once.
const PIECE: usize = 64 * 1024;
/// How long the receiver may take for a piece.
const PATIENCE: Duration = Duration::from_secs(60);

/// What of the ledger is taken along, by whom.
#[derive(Clone)]
pub struct Walk {
    /// The database.
    pub store: Store,
    /// The policy in force.
    pub policy: Arc<Policy>,
    /// The caller.
    pub caller: Caller,
    /// What is asked for.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// The moment as of which deadlines are told.
    pub now: Instant,
    /// The language of words.
    pub language: Language,
}

/// The way through the list.
#[derive(Debug)]
pub enum Way {
    /// Along an order that stands still.
    Along(Option<Place>),
    /// From one to the next of those that were found when the export began, the first of them last.
    Named(Vec<HazardId>),
}

/// Why it did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// The receiver is gone, or takes nothing.
    #[error("the receiver is gone")]
    Left,
    /// The next stride was not read.
    #[error("it could not be read: {0:?}")]
    Unread(Failure),
    /// The file was not written.
    #[error("it could not be written: {0}")]
    Unwritten(io::Error),
}

/// What comes of a walk.
#[derive(Debug)]
pub struct Went {
    /// How many hazards went out, those included of which a part may still have been on its way.
    pub rows: i64,
    /// How it ended.
    pub end: Result<(), Broken>,
}

impl Walk {
    /// Looks for the way: an order that moves, and words, are found once and for all.
    ///
    /// # Errors
    /// A caller who may read nothing; more than can be kept, as a fault of the parameter; and the failures of the store.
    pub async fn way(&self) -> Result<Way, Failure> {
        let scope = self.caller.ledger_scope().ok_or(Refusal::NoReadRight)?;
        let by_words = self.filter.q.is_some();
        if list::stands_still(self.sort) && !by_words {
            return Ok(Way::Along(None));
        }
        let (filter, sort) = (self.filter.clone(), self.sort);
        let look = move |connection: &mut _| list::ids(connection, &scope, &filter, sort, MOST_NAMED + 1);
        let mut ids = self.store.search("find_exported", look).await?;
        if i64::try_from(ids.len()).is_ok_and(|found| found > MOST_NAMED) {
            let fault = Fault::new(if by_words { "?q" } else { "?sort" }, FaultCode::TooMany);
            return Err(Refusal::Faults(Faults::from(fault.hinting(MOST_NAMED.to_string()))).into());
        }
        ids.reverse();
        Ok(Way::Named(ids))
    }

    /// Walks to the end, or until the receiver goes away.
    pub async fn go(&self, mut way: Way, mut file: File, out: &Sender<io::Result<Bytes>>) -> Went {
        let mut rows = 0;
        let end = loop {
            if out.is_closed() {
                break Err(Broken::Left);
            }
            let (found, onward) = match self.next(way).await {
                Ok(stride) => stride,
                Err(failure) => break Err(Broken::Unread(failure)),
            };
            rows += i64::try_from(found.len()).unwrap_or_default();
            let piece;
            (file, piece) = match self.written(file, found).await {
                Ok(written) => written,
                Err(error) => break Err(Broken::Unwritten(error)),
            };
            if let Err(left) = hand(out, piece).await {
                break Err(left);
            }
            match onward {
                Some(onward) => way = onward,
                None => {
                    break match file.finish() {
                        Ok(rest) => hand(out, rest).await,
                        Err(error) => Err(Broken::Unwritten(error)),
                    };
                }
            }
        };
        Went { rows, end }
    }

    /// The next stride, and the way from there.
    async fn next(&self, way: Way) -> Result<(Vec<Found>, Option<Way>), Failure> {
        let scope = self.caller.ledger_scope().ok_or(Refusal::NoReadRight)?;
        match way {
            Way::Along(place) => {
                let (filter, sort) = (self.filter.clone(), self.sort);
                let look =
                    move |connection: &mut _| list::stride(connection, &scope, &filter, sort, place.as_ref(), STRIDE);
                let (found, onward) = self.store.search("export_hazards", look).await?;
                Ok((found, onward.map(|place| Way::Along(Some(place)))))
            }
            Way::Named(mut left) => {
                let most = usize::try_from(STRIDE).unwrap_or_default();
                let mut named = left.split_off(left.len().saturating_sub(most));
                named.reverse();
                let look = move |connection: &mut _| list::in_order(connection, &named);
                let found = self.store.search("export_hazards", look).await?;
                Ok((found, (!left.is_empty()).then_some(Way::Named(left))))
            }
        }
    }

    /// The file with some hazards more, and what there is to send of it. Off the worker: it takes its time.
    async fn written(&self, mut file: File, found: Vec<Found>) -> io::Result<(File, Vec<u8>)> {
        let walk = self.clone();
        let write = move || {
            let viewing = Viewing {
                caller: &walk.caller,
                now: walk.now,
                policy: &walk.policy,
                language: walk.language,
                with_actions: false,
            };
            let views: Vec<HazardView> = found
                .into_iter()
                .map(|found| HazardView::on_paper(found, viewing))
                .collect();
            let piece = file.add(&views)?;
            Ok((file, piece))
        };
        tokio::task::spawn_blocking(write).await.map_err(io::Error::other)?
    }
}

/// Hands a piece over, a little at a time.
async fn hand(out: &Sender<io::Result<Bytes>>, piece: Vec<u8>) -> Result<(), Broken> {
    let mut rest = Bytes::from(piece);
    while !rest.is_empty() {
        let little = rest.split_to(PIECE.min(rest.len()));
        match tokio::time::timeout(PATIENCE, out.send(Ok(little))).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return Err(Broken::Left),
        }
    }
    Ok(())
}
