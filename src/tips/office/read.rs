//! What the office reads of a tip, and who of the office reads what.

use tokio::task::spawn_blocking;

use super::view::{Account, AccountState, AccountView};
use crate::law::deadlines;
use crate::law::policy::Policy;
use crate::law::refusal::Refusal;
use crate::law::scope::{Caller, Role};
use crate::law::tips::facts::TipFacts;
use crate::law::tips::lifecycle::TipClock;
use crate::store::{Connection, Failure, StoreError};
use crate::tips::desk::Desk;
use crate::tips::model::{Contact, Kept, Told, end_of};
use crate::tips::photos::{self, Photo};
use crate::tips::public::{about_contact, about_told, open};
use crate::tips::store;
use crate::tips::vault::Key;
use crate::tips::words::{self, SealedWords};
use crate::values::TipId;

/// A tip that the caller may know of. To everybody else it is as if it were not there.
///
/// # Errors
/// [`Refusal::NotFound`], and the failures of the store.
pub fn visible(connection: &mut Connection, caller: &Caller, id: TipId) -> Result<Kept, Failure> {
    let areas = caller.tip_areas().ok_or(Refusal::NotFound)?;
    let kept = store::find(connection, id)?.ok_or(Refusal::NotFound)?;
    if areas.cover(&kept.tip.record.area) {
        Ok(kept)
    } else {
        Err(Refusal::NotFound.into())
    }
}

/// What a tip is to the law.
///
/// # Errors
/// The failures of the store.
pub fn facts(connection: &mut Connection, kept: &Kept, policy: &Policy) -> Result<TipFacts, StoreError> {
    let (tip, standing) = (&kept.tip, &kept.tip.standing);
    let told_before = match kept.hazard {
        Some(hazard) => store::told_before(connection, tip.id, hazard, tip.record.received_on)?,
        None => false,
    };
    Ok(TipFacts {
        state: tip.status,
        anonymous: tip.record.anonymous,
        wants_reward: tip.record.wants_reward,
        found_true: standing.substantiated == Some(true),
        first_to_tell: standing.first_to_tell != Some(false) && !told_before,
        extensions: standing.extensions,
        verification_due_on: end_of(&standing.clocks, TipClock::Verification, policy.calendar()),
        running: deadlines::running(&standing.clocks),
        reward: standing.reward_standing(),
        reveal: (&standing.reveal).into(),
        identity_kept: kept.sealed.is_some(),
    })
}

/// What is sealed of a tip, as it lies on record.
#[derive(Debug, Clone)]
pub struct SealedAccount {
    words: Vec<SealedWords>,
    photos: Vec<Photo>,
}

/// Reads what is sealed of a tip.
///
/// # Errors
/// The failures of the store.
pub fn sealed_account(connection: &mut Connection, id: TipId) -> Result<SealedAccount, StoreError> {
    Ok(SealedAccount {
        words: words::of_tip(connection, id)?,
        photos: photos::of_tip(connection, id)?,
    })
}

/// Opens the words of a tip for a tip officer. An auditor reads what was decided and none of the words, by which a tipster
/// could be known.
///
/// # Errors
/// The failures of the folder of keys. That a key is not there is no failure: everything else can still be read.
pub async fn account(desk: &Desk, caller: &Caller, kept: &Kept, sealed: SealedAccount) -> Result<Account, Failure> {
    let Some(seal) = kept.sealed.as_ref() else {
        return Ok(Account::Hidden(AccountState::Erased));
    };
    if !caller.has(Role::TipOfficer) {
        return Ok(Account::Hidden(AccountState::Withheld));
    }
    let key = match desk.key_of(seal).await {
        Ok(key) => key,
        Err(Failure::Refusal(_)) => return Ok(Account::Hidden(AccountState::Missing)),
        Err(failure) => return Err(failure),
    };
    let kept = kept.clone();
    let opened = spawn_blocking(move || {
        let told = told(&key, &kept)?;
        let words = open(&sealed.words, &key, &kept)?;
        Ok::<_, Failure>(AccountView::of(told, sealed.photos, &words))
    });
    let account = opened
        .await
        .map_err(|error| StoreError::Unavailable(error.to_string()))??;
    Ok(Account::Shown(Box::new(account)))
}

/// What was told.
///
/// # Errors
/// When it is erased, or the key is another.
pub fn told(key: &Key, kept: &Kept) -> Result<Told, Failure> {
    let sealed = kept.sealed.as_ref().ok_or(Refusal::NotFound)?;
    Ok(key.open_value(&about_told(kept.tip.id), &sealed.told)?)
}

/// Who told; nothing for an anonymous tip. Only the reveal calls it.
///
/// # Errors
/// When it is erased, or the key is another.
pub fn contact(key: &Key, kept: &Kept) -> Result<Option<Contact>, Failure> {
    let sealed = kept.sealed.as_ref().ok_or(Refusal::NotFound)?;
    let opened = sealed
        .contact
        .as_ref()
        .map(|contact| key.open_value(&about_contact(kept.tip.id), contact));
    Ok(opened.transpose()?)
}
