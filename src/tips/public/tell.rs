//! The use case of a tip: hear it, seal it, and hand out the only way back to it.

use std::sync::Arc;

use crate::journal::{self, Actor, Draft, Subject};
use crate::law::policy::Policy;
use crate::law::refusal::Refusal;
use crate::law::tips::decide::told;
use crate::law::tips::lifecycle::TipAction;
use crate::store::{Connection, Failure, StoreError};
use crate::tips::bodies::TipBody;
use crate::tips::desk::Desk;
use crate::tips::fold::{self, Entry, Payload};
use crate::tips::model::{Record, SealedTip, Told};
use crate::tips::photos::{self, Claim};
use crate::tips::receipt::{Passphrase, Receipt};
use crate::tips::store::{self, NewSeals};
use crate::tips::vault::{Key, KeyName};
use crate::values::{Fault, FaultCode, Faults, TipId, Vocabulary};

/// What somebody tells, and how the request can be known again.
#[derive(Clone)]
pub struct Telling {
    /// What is told.
    pub body: TipBody,
    /// SHA-256 of the request.
    pub digest: [u8; 32],
    /// The `Idempotency-Key`.
    pub key: Option<String>,
}

/// What the tipster is given.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The receipt.
    pub receipt: Receipt,
    /// The passphrase, shown this once.
    pub passphrase: Passphrase,
    /// Whether the same request had come before.
    pub again: bool,
}

/// Puts a tip on record. A request that is repeated under its key is given the same receipt and passphrase, which are
/// derived from the key again and kept nowhere.
///
/// # Errors
/// What the body names and is not there; `idempotency_key_reused` for another request under the same key; and the
/// failures of the folder of keys and of the store. Nothing is on record then.
pub async fn tell(desk: &Desk, telling: Telling) -> Result<Heard, Failure> {
    let today = desk.clock.now().day();
    if telling.body.since.is_some_and(|since| since > today) {
        return Err(Refusal::Faults(Fault::new("/since", FaultCode::OutOfRange).into()).into());
    }
    let pair = pair(desk, telling.key.as_deref())?;
    if telling.key.is_some() && is_on_record(desk, &pair.receipt).await? {
        return again(desk, &telling, pair).await;
    }
    let new = seal(desk, &telling, &pair).await?;
    let (name, claimed) = (new.sealed.key.clone(), new.claims.clone());
    let outcome = desk
        .store
        .write("tell_tip", move |connection| put_on_record(connection, &new))
        .await;
    match outcome {
        Ok(()) => {
            settle(desk, name, claimed).await;
            Ok(pair)
        }
        Err(Failure::Store(error)) if store::is_taken(&error) => {
            desk.with_vault(move |vault| vault.destroy(&name)).await?;
            again(desk, &telling, pair).await
        }
        Err(failure @ Failure::Refusal(_)) => {
            desk.with_vault(move |vault| vault.destroy(&name)).await?;
            Err(failure)
        }
        // Nobody knows here whether it was committed; whoever sweeps will look.
        Err(failure) => Err(failure),
    }
}

/// The digest under which a receipt is looked up. Without the folder of keys nobody can compute it.
pub fn lookup(desk: &Desk, receipt: &Receipt) -> [u8; 32] {
    desk.vault.derive("receipt look-up", receipt.digits().as_bytes())
}

fn pair(desk: &Desk, key: Option<&str>) -> Result<Heard, Failure> {
    let (receipt, passphrase) = match key {
        Some(key) => (
            desk.vault.derive("receipt of a request", key.as_bytes()),
            desk.vault.derive("passphrase of a request", key.as_bytes()),
        ),
        None => (desk.random()?, desk.random()?),
    };
    Ok(Heard {
        receipt: Receipt::of_bytes(receipt),
        passphrase: Passphrase::of_bytes(passphrase),
        again: false,
    })
}

async fn is_on_record(desk: &Desk, receipt: &Receipt) -> Result<bool, Failure> {
    let digest = lookup(desk, receipt);
    let hash = desk
        .store
        .read("tip_of_request", move |connection| {
            store::passphrase_of(connection, digest)
        })
        .await?;
    Ok(hash.is_some())
}

/// The same request is known by its digest, which only the key of the tip opens.
async fn again(desk: &Desk, telling: &Telling, pair: Heard) -> Result<Heard, Failure> {
    let digest = lookup(desk, &pair.receipt);
    let found = desk
        .store
        .read("tip_of_request", move |connection| {
            store::find_by_receipt(connection, digest)
        })
        .await?;
    let Some((id, sealed)) = found.and_then(|kept| Some((kept.tip.id, kept.sealed?))) else {
        return Err(StoreError::Busy.into());
    };
    let told: Told = desk.key_of(&sealed).await?.open_value(&about_told(id), &sealed.told)?;
    if told.digest == telling.digest {
        Ok(Heard { again: true, ..pair })
    } else {
        Err(Refusal::Barred {
            code: "idempotency_key_reused",
        }
        .into())
    }
}

/// All that goes on record, sealed.
struct New {
    policy: Arc<Policy>,
    id: TipId,
    record: Record,
    receipt: [u8; 32],
    passphrase: String,
    sealed: SealedTip,
    claims: Vec<Claim>,
    salt: [u8; 16],
}

async fn seal(desk: &Desk, telling: &Telling, pair: &Heard) -> Result<New, Failure> {
    let body = &telling.body;
    let id = TipId::new(&desk.clock);
    let passphrase = desk.passphrases.hash(pair.passphrase.clone(), desk.random()?).await?;
    let clock = desk.clock.clone();
    let (name, key) = desk.with_vault(move |vault| vault.make_key(&clock)).await?;
    let claims = match claims(desk, body, id, &key).await {
        Ok(claims) => claims,
        Err(failure) => {
            desk.with_vault(move |vault| vault.destroy(&name)).await?;
            return Err(failure);
        }
    };
    Ok(New {
        policy: Arc::clone(&desk.policy),
        id,
        record: Record {
            area: body.area.clone(),
            campaign: body.campaign,
            received_on: desk.clock.now().day(),
            anonymous: body.anonymous,
            wants_feedback: body.wants_feedback,
            wants_reward: body.wants_reward,
        },
        receipt: lookup(desk, &pair.receipt),
        passphrase,
        sealed: sealed(&key, name, id, telling)?,
        claims,
        salt: desk.random()?,
    })
}

fn sealed(key: &Key, name: KeyName, id: TipId, telling: &Telling) -> Result<SealedTip, Failure> {
    let body = &telling.body;
    let words = Told {
        description: body.description.clone(),
        address: body.address.clone(),
        unit: body.unit.clone(),
        since: body.since,
        digest: telling.digest,
    };
    let contact = body.contact.as_ref();
    Ok(SealedTip {
        key: name,
        told: key.seal_value(&about_told(id), &words)?,
        contact: contact
            .map(|contact| key.seal_value(&about_contact(id), contact))
            .transpose()?,
    })
}

async fn claims(desk: &Desk, body: &TipBody, id: TipId, key: &Key) -> Result<Vec<Claim>, Failure> {
    let mut claims = Vec::with_capacity(body.attachments.len());
    let mut faults = Faults::default();
    for (index, photo) in body.attachments.iter().enumerate() {
        match photos::prepare(desk, *photo, id, key).await? {
            Some(claim) => claims.push(claim),
            None => faults.add(format!("/attachments/{index}"), FaultCode::NotFound),
        }
    }
    faults.none_or(claims).map_err(|faults| Refusal::Faults(faults).into())
}

fn put_on_record(connection: &mut Connection, new: &New) -> Result<(), Failure> {
    let permit = told(&new.policy);
    let payload = Payload {
        record: Some(new.record.clone()),
        clocks: permit.clock_steps().to_vec(),
        policy: Some(permit.policy_version().to_owned()),
        ..Payload::default()
    };
    let draft = Draft {
        subject: Subject::from(new.id),
        version: 1,
        action: TipAction::Tell.code(),
        event_type: format!("tip.{}", TipAction::Tell.past_tense()),
        from: None,
        to: Some(permit.to().code()),
        // The hour could tell who was seen at the telephone.
        at: new.record.received_on.start(),
        actor: Actor::public(),
        payload: serde_json::to_value(&payload).map_err(|error| StoreError::Corrupt(error.to_string()))?,
        salt: new.salt,
    };
    let tip = fold::apply(None, Entry::from(&draft))?;
    let seals = NewSeals {
        receipt: new.receipt,
        passphrase: &new.passphrase,
        sealed: &new.sealed,
    };
    store::insert(connection, permit, &tip, &seals)?;
    for (index, claim) in new.claims.iter().enumerate() {
        if !photos::claim(connection, claim.id, new.id, &claim.sealed_key)? {
            let fault = Fault::new(format!("/attachments/{index}"), FaultCode::NotFound);
            return Err(Refusal::Faults(fault.into()).into());
        }
    }
    Ok(journal::append(connection, draft)?)
}

/// The key of the tip is one that stays; those of its photographs lie under it now.
async fn settle(desk: &Desk, name: KeyName, claimed: Vec<Claim>) {
    let settled = desk.with_vault(move |vault| {
        vault.keep(&name)?;
        claimed.iter().try_for_each(|claim| vault.destroy(&claim.name))
    });
    // The tip is on record and its key is durable; what was left undone here is done by whoever sweeps.
    if settled.await.is_err() {
        log::warn!("a key in the folder of tip keys could not be moved");
    }
}

/// What the words of a tip are sealed as.
pub fn about_told(id: TipId) -> String {
    format!("tip/{id}/told")
}

/// What the identity of a tipster is sealed as.
pub fn about_contact(id: TipId) -> String {
    format!("tip/{id}/contact")
}
