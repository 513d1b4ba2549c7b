//! Serving notices: the rows, and the events for the caller to put on record.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::model::{Notice, Recipient};
use super::store;
use super::template::{self, Words};
use crate::journal::{Actor, Draft, Subject, encoded};
use crate::law::lifecycle::NoticeKind;
use crate::store::{Connection, StoreError};
use crate::values::{
    AreaCode, EnterpriseId, HazardId, HazardNumber, IndustryCode, Instant, Name, NoticeId, Uscc, Vocabulary,
};

/// The hazard that a notice is about.
#[derive(Debug, Clone)]
pub struct Matter {
    /// Its id.
    pub hazard: HazardId,
    /// Its number.
    pub number: HazardNumber,
    /// It in a line.
    pub title: String,
    /// The unit.
    pub enterprise: EnterpriseId,
    /// The unit's code.
    pub uscc: Uscc,
    /// The unit's name.
    pub unit: String,
    /// Where the hazard lies.
    pub area: AreaCode,
    /// Its industry.
    pub industry: IndustryCode,
}

/// What is to be served, on whom, and for what.
#[derive(Debug, Clone)]
pub struct Serving {
    /// The hazard.
    pub matter: Matter,
    /// The kind of notice.
    pub kind: NoticeKind,
    /// What it is served for, for example `event:7`. Serving twice for one cause leaves one notice.
    pub cause: String,
    /// On whom, with name and telephone number.
    pub persons: Vec<(Recipient, Name, Option<String>)>,
    /// What its template speaks of besides the hazard.
    pub facts: Map<String, Value>,
    /// The moment.
    pub now: Instant,
    /// Who caused it.
    pub actor: Actor,
    /// Random; ids and salts are made of it, so that a transaction that is run again makes the same.
    pub seed: [u8; 16],
}

/// Writes one notice for each person, and returns their events for the caller to put on record in the same transaction.
/// The caller holds the hazard's row, so that numbers run without gaps.
///
/// # Errors
/// A template that cannot be filled in, and the failures of the store.
pub fn serve(connection: &mut Connection, serving: &Serving) -> Result<Vec<Draft>, StoreError> {
    let mut drafts = Vec::new();
    let mut place = store::count(connection, serving.matter.hazard)?;
    for (recipient, name, phone) in &serving.persons {
        if store::is_served(connection, serving.matter.hazard, &serving.cause, *recipient)? {
            continue;
        }
        place += 1;
        let notice = notice(serving, place, *recipient, name, phone.as_deref())?;
        store::insert(connection, &notice)?;
        drafts.push(draft(serving, &notice));
    }
    Ok(drafts)
}

fn notice(
    serving: &Serving,
    place: i64,
    recipient: Recipient,
    name: &Name,
    phone: Option<&str>,
) -> Result<Notice, StoreError> {
    let matter = &serving.matter;
    let number = format!("{}-T{place:02}", matter.number);
    let words = Words {
        number: number.clone(),
        on: serving.now.day().to_string(),
        unit: matter.unit.clone(),
        recipient: recipient.label().zh.to_owned(),
        name: name.to_string(),
        hazard: matter.number.to_string(),
        title: matter.title.clone(),
        facts: serving.facts.clone(),
    };
    let content = template::render(serving.kind, &words).map_err(|fault| StoreError::Corrupt(fault.to_string()))?;
    let [_, _, random @ .., _, _, _, _, _, _] = derived(serving, recipient, "id");
    Ok(Notice {
        id: NoticeId::of_moment(serving.now, u16::try_from(place).unwrap_or(u16::MAX), random),
        number,
        hazard_id: matter.hazard,
        hazard_number: matter.number,
        enterprise_id: matter.enterprise,
        uscc: matter.uscc.clone(),
        area: matter.area.clone(),
        industry: matter.industry.clone(),
        kind: serving.kind,
        cause: serving.cause.clone(),
        recipient,
        recipient_name: name.clone(),
        recipient_phone: phone.map(str::to_owned),
        content,
        created_at: serving.now,
        delivered: Vec::new(),
        version: 1,
        acknowledged: None,
    })
}

/// The event holds what binds the text, and no personal data: that may have to be put right.
fn draft(serving: &Serving, notice: &Notice) -> Draft {
    let digest: [u8; 32] = Sha256::digest(notice.content.as_bytes()).into();
    Draft {
        subject: Subject::from(notice.id),
        version: 1,
        action: "serve",
        event_type: "notice.created".to_owned(),
        from: None,
        to: None,
        at: serving.now,
        actor: serving.actor.clone(),
        payload: json!({
            "number": notice.number,
            "hazard": notice.hazard_id,
            "kind": notice.kind,
            "cause": notice.cause,
            "recipient": notice.recipient,
            "content_sha256": encoded(&digest),
        }),
        salt: derived(serving, notice.recipient, "salt"),
    }
}

/// Sixteen bytes that nobody can guess who does not know the seed.
fn derived(serving: &Serving, recipient: Recipient, purpose: &str) -> [u8; 16] {
    let mut digest = Sha256::new();
    for part in [
        &serving.seed[..],
        serving.matter.hazard.uuid().as_bytes(),
        serving.cause.as_bytes(),
        recipient.code().as_bytes(),
        purpose.as_bytes(),
    ] {
        digest.update(part);
        digest.update([0]);
    }
    let whole: [u8; 32] = digest.finalize().into();
    let [first @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = whole;
    first
}
