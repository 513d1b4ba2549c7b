//! The tipster's way back: receipt and passphrase show how it stands, and let the tipster speak with the officer.
//!
//! A guess costs the same whether the receipt exists or not, and is answered the same. No receipt is ever locked, so that
//! nobody can shut a tipster out by guessing; what is limited is how often one origin may be wrong.

use uuid::Builder;

use super::tell::lookup;
use crate::journal::{self, Actor, Draft, Subject};
use crate::law::refusal::{BrokenRule, Refusal};
use crate::store::{Connection, Failure, StoreError};
use crate::tips::desk::Desk;
use crate::tips::fold::{self, Entry, MESSAGE, Payload};
use crate::tips::model::{Kept, Tip};
use crate::tips::receipt::{Passphrase, Receipt};
use crate::tips::store;
use crate::tips::vault::Key;
use crate::tips::words::{self, SealedWords, Words, WordsKind};
use crate::values::{Instant, LongText, TipWordsId, Vocabulary};

/// Messages of one side of one tip; a longer conversation is had by other means.
const MOST_MESSAGES: i64 = 100;

/// How often a message is tried that meets another change of the tip.
const ATTEMPTS: u32 = 5;

/// A tip whose tipster has shown receipt and passphrase.
pub struct Entered {
    /// The tip.
    pub kept: Kept,
    /// What was written since, oldest first.
    pub words: Vec<Words>,
    key: Key,
}

/// Enters with receipt and passphrase.
///
/// # Errors
/// `wrong_receipt`, and the failures of the folder of keys and of the store.
pub async fn enter(desk: &Desk, receipt: &Receipt, passphrase: Passphrase) -> Result<Entered, Failure> {
    let wrong = || Failure::from(Refusal::Barred { code: "wrong_receipt" });
    let digest = lookup(desk, receipt);
    let hash = desk
        .store
        .read("passphrase_of_tip", move |connection| {
            store::passphrase_of(connection, digest)
        })
        .await?;
    if !desk.passphrases.is(passphrase, hash).await? {
        return Err(wrong());
    }
    let found = desk
        .store
        .read("tip_of_receipt", move |connection| {
            let Some(kept) = store::find_by_receipt(connection, digest)? else {
                return Ok::<_, StoreError>(None);
            };
            let words = words::of_tip(connection, kept.tip.id)?;
            Ok(Some((kept, words)))
        })
        .await?;
    let (kept, sealed) = found.ok_or_else(wrong)?;
    let seal = kept.sealed.clone().ok_or_else(wrong)?;
    let key = desk.key_of(&seal).await?;
    let words = open(&sealed, &key, &kept)?;
    Ok(Entered { kept, words, key })
}

/// Whether receipt and passphrase are those of a tip, for whoever claims its reward.
///
/// # Errors
/// The failures of the store.
pub async fn proves(desk: &Desk, tip: &Tip, receipt: &Receipt, passphrase: Passphrase) -> Result<bool, Failure> {
    let (digest, id) = (lookup(desk, receipt), tip.id);
    let hash = desk
        .store
        .read("passphrase_of_tip", move |connection| {
            let is_its = store::is_receipt_of(connection, id, digest)?;
            let hash = store::passphrase_of(connection, digest)?;
            Ok::<_, StoreError>(hash.filter(|_| is_its))
        })
        .await?;
    Ok(desk.passphrases.is(passphrase, hash).await?)
}

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoken {
    /// It is with the tip now.
    First,
    /// The same request had come before.
    Again,
}

/// Adds a message of the tipster. A request that is repeated under its key adds nothing.
///
/// # Errors
/// `idempotency_key_reused` for another message under the same key, `tip_messages_full`, and the failures of the store.
pub async fn speak(
    desk: &Desk,
    entered: &mut Entered,
    text: &LongText,
    request_key: Option<&str>,
) -> Result<Spoken, Failure> {
    let tip = entered.kept.tip.id;
    let id = match request_key {
        Some(key) => id_of_request(desk, tip.to_string().as_str(), key),
        None => TipWordsId::new(&desk.clock),
    };
    let message = Message {
        id,
        kind: WordsKind::Tipster,
        text: text.clone(),
        actor: Actor::public(),
        // The hour is nobody's business.
        at: desk.clock.now().day().start(),
        key: entered.key.clone(),
        salt: desk.random()?,
    };
    for _ in 0..ATTEMPTS {
        let message = message.clone();
        let added = desk
            .store
            .write("tipster_message", move |connection| {
                let kept = store::find(connection, tip)?.ok_or(Refusal::NotFound)?;
                add(connection, &kept.tip, &message)
            })
            .await;
        match added {
            Ok((spoken, words)) => {
                entered.words.retain(|known| known.version != words.version);
                entered.words.push(words);
                entered.words.sort_by_key(|words| words.version);
                return Ok(spoken);
            }
            // Somebody was quicker, which is no business of the tipster's.
            Err(Failure::Refusal(Refusal::Stale { .. })) => {}
            Err(failure) => return Err(failure),
        }
    }
    Err(StoreError::Busy.into())
}

/// A message that is about to be added.
#[derive(Clone)]
pub struct Message {
    /// Its id.
    pub id: TipWordsId,
    /// Whose it is.
    pub kind: WordsKind,
    /// The words.
    pub text: LongText,
    /// Who speaks.
    pub actor: Actor,
    /// When.
    pub at: Instant,
    /// The key of the tip.
    pub key: Key,
    /// Salt of the event.
    pub salt: [u8; 16],
}

/// Adds a message to a tip, unless the same message is there under the same id already.
///
/// # Errors
/// As [`speak`].
pub fn add(connection: &mut Connection, before: &Tip, message: &Message) -> Result<(Spoken, Words), Failure> {
    if let Some(there) = words::find(connection, message.id)? {
        let there = there.open(&message.key, before.id)?;
        return if there.text == message.text.as_str() {
            Ok((Spoken::Again, there))
        } else {
            Err(Refusal::Barred {
                code: "idempotency_key_reused",
            }
            .into())
        };
    }
    if words::count(connection, before.id, message.kind)? >= MOST_MESSAGES {
        return Err(Refusal::Rules(vec![BrokenRule::new("tip_messages_full", "/text")]).into());
    }
    let draft = Draft {
        subject: Subject::from(before.id),
        version: before.version + 1,
        action: MESSAGE,
        event_type: format!("tip.{MESSAGE}"),
        from: Some(before.status.code()),
        to: Some(before.status.code()),
        at: message.at,
        actor: message.actor.clone(),
        payload: serde_json::to_value(Payload::default()).map_err(|error| StoreError::Corrupt(error.to_string()))?,
        salt: message.salt,
    };
    let words = Words {
        version: draft.version,
        kind: message.kind,
        written_on: message.at.day(),
        text: message.text.as_str().into(),
    };
    let after = fold::apply(Some(before.clone()), Entry::from(&draft))?;
    store::follow(connection, before, &after)?;
    words::add(connection, before.id, &words.seal(&message.key, before.id, message.id)?)?;
    journal::append(connection, draft)?;
    Ok((Spoken::First, words))
}

/// The words of a tip, opened.
///
/// # Errors
/// When the key is another.
pub fn open(sealed: &[SealedWords], key: &Key, kept: &Kept) -> Result<Vec<Words>, Failure> {
    sealed.iter().map(|words| words.open(key, kept.tip.id)).collect()
}

/// The same for a request that is repeated, and nobody without the folder of keys can tell from which request it came.
fn id_of_request(desk: &Desk, tip: &str, key: &str) -> TipWordsId {
    let drawn = desk
        .vault
        .derive("message of a request", format!("{tip} {key}").as_bytes());
    let (first, _) = drawn.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
    TipWordsId::from_uuid(Builder::from_random_bytes(*first).into_uuid())
}
