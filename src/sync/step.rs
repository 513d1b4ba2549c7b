//! One step of a phone: from where it is to where it is after the next page.

use std::sync::Arc;
use std::time::Duration;

use super::changes;
use super::cursor::Place;
use super::snapshot::{self, Walk};
use super::view::ItemView;
use crate::journal::{self, Horizon};
use crate::law::policy::Policy;
use crate::law::scope::Scope;
use crate::store::{Connection, Store, StoreError};

/// How often it is looked whether what was being written is decided, before a phone is told to ask again.
const LOOKS: u32 = 20;
/// How long somebody waits between two looks. Nearly every transaction takes less.
const PAUSE: Duration = Duration::from_millis(25);

/// What comes of a step.
#[derive(Debug)]
pub enum Step {
    /// A page.
    Page {
        /// Its things.
        items: Vec<ItemView>,
        /// Where the phone is afterwards.
        place: Place,
        /// Whether there is more to be had at once.
        more: bool,
    },
    /// The ledger knows nothing of where the phone is: it was brought back from an older copy.
    Lost,
}

/// For whom a step is made, and how far it may go.
#[derive(Clone)]
pub struct Asked {
    /// What the caller may have.
    pub scope: Scope,
    /// The policy in force.
    pub policy: Arc<Policy>,
    /// Things of a page.
    pub limit: usize,
}

/// Makes a step from `place`, or the first.
///
/// # Errors
/// The failures of the store.
pub async fn step(store: &Store, asked: Asked, place: Option<Place>) -> Result<Step, StoreError> {
    match place {
        None => begin(store, asked, None).await,
        Some(Place::Waiting(seen)) => begin(store, asked, Some(seen)).await,
        Some(Place::Within { from, walk }) => walk_on(store, asked, from, walk).await,
        Some(Place::After { position, ahead }) => follow(store, asked, position, ahead).await,
    }
}

/// What is on record at a decided position is met by the walk, and what comes later by the changes after it.
async fn begin(store: &Store, asked: Asked, seen: Option<Horizon>) -> Result<Step, StoreError> {
    let sight = look(store, seen).await?;
    match sight.until {
        Some(from) => walk_on(store, asked, from, Walk::begin()).await,
        None => Ok(Step::Page {
            items: Vec::new(),
            place: Place::Waiting(sight.ahead.unwrap_or(sight.fresh)),
            more: true,
        }),
    }
}

async fn walk_on(store: &Store, asked: Asked, from: i64, walk: Walk) -> Result<Step, StoreError> {
    let (items, next) = store
        .search("sync_snapshot", move |connection| {
            snapshot::page(connection, &asked.scope, &asked.policy, walk, asked.limit)
        })
        .await?;
    let place = match next {
        Some(walk) => Place::Within { from, walk },
        None => Place::After {
            position: from,
            ahead: None,
        },
    };
    Ok(Step::Page {
        items,
        place,
        more: true,
    })
}

async fn follow(store: &Store, asked: Asked, position: i64, ahead: Option<Horizon>) -> Result<Step, StoreError> {
    let sight = look(store, ahead).await?;
    if position > sight.fresh.position {
        return Ok(Step::Lost);
    }
    // Nothing is missing of what was committed before the call only where the phone is as far as could be seen.
    let behind = |position: i64| position < sight.fresh.position;
    let Some(until) = sight.until.filter(|until| *until > position) else {
        let ahead = sight.ahead;
        return Ok(Step::Page {
            items: Vec::new(),
            place: Place::After { position, ahead },
            more: behind(position),
        });
    };
    let page = store
        .search("sync_changes", move |connection| {
            changes::page(connection, &asked.scope, &asked.policy, (position, until), asked.limit)
        })
        .await?;
    Ok(Step::Page {
        items: page.items,
        place: Place::After {
            position: page.position,
            ahead: sight.ahead,
        },
        more: behind(page.position),
    })
}

/// How far the outbox can be read.
struct Sight {
    /// How far it was seen.
    fresh: Horizon,
    /// Up to here nothing can come to light any more; nothing where that is not known.
    until: Option<i64>,
    /// What is to be asked for next time.
    ahead: Option<Horizon>,
}

/// Looks how far the outbox is decided, with the help of how far it was `seen` earlier; waits a little where something is
/// being written.
async fn look(store: &Store, seen: Option<Horizon>) -> Result<Sight, StoreError> {
    // Two statements that are transactions of their own: the number is drawn after the look.
    let fresh = store.read("look_at_outbox", journal::horizon).await?;
    for turn in 0..LOOKS {
        if turn > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        let is_fresh = store
            .read("is_outbox_decided", move |connection| {
                journal::is_decided(connection, fresh)
            })
            .await?;
        if is_fresh {
            return Ok(Sight {
                fresh,
                until: Some(fresh.position),
                ahead: None,
            });
        }
    }
    let is_seen = match seen {
        Some(seen) => {
            let look = move |connection: &mut Connection| journal::is_decided(connection, seen);
            store.read("is_outbox_decided", look).await?
        }
        None => false,
    };
    Ok(match seen {
        Some(seen) if is_seen => Sight {
            fresh,
            until: Some(seen.position),
            ahead: Some(fresh),
        },
        _ => Sight {
            fresh,
            until: None,
            // The older is decided sooner.
            ahead: Some(seen.unwrap_or(fresh)),
        },
    })
}
