//! Tips to work with: told by somebody, each from an address of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use major_hazards::law::tips::lifecycle::TipAction;
use major_hazards::store::Store;
use major_hazards::tips::{self, Desk, Lost, VaultError};
use major_hazards::values::Vocabulary as _;
use object_store::local::LocalFileSystem;
use serde_json::{Value, json};

use super::app::{App, embedded};
use super::caller::Caller;
use super::client::{Answer, Request};
use super::fixtures::{AREA, photograph, text};

/// What a tipster saw; no other place of a test says so.
pub const SEEN: &str = "夜班让人下池清淤，没有通风也没有看护。";

/// A tip that is on record, and what its tipster holds.
#[derive(Debug, Clone)]
pub struct Told {
    /// The receipt, as it was handed out.
    pub receipt: String,
    /// The passphrase, as it was handed out.
    pub passphrase: String,
    /// The id, which only the office knows.
    pub id: String,
}

impl Told {
    /// Its path.
    pub fn path(&self) -> String {
        format!("/v1/tips/{}", self.id)
    }

    /// The way back, as a body.
    pub fn pair(&self) -> Value {
        json!({"receipt": self.receipt, "passphrase": self.passphrase})
    }
}

/// An anonymous tip.
pub fn anonymous_tip() -> Value {
    json!({
        "description": SEEN,
        "area": AREA,
        "address": "科苑街道示例路1号",
        "unit": {"name": "那家电镀厂"},
        "campaign": "confined_space",
        "since": "2026-10-20",
        "anonymous": true,
        "wants_feedback": true,
        "wants_reward": true,
    })
}

/// A tip of somebody who gives a name.
pub fn named_tip() -> Value {
    let mut body = anonymous_tip();
    body["anonymous"] = json!(false);
    body["contact"] = json!({"name": "钱某某", "phone": "13812345678"});
    body
}

impl App {
    /// A request of the public, from an address that no other request of the test comes from.
    pub fn public(&self, path: &str) -> Request {
        let number = self.next();
        let address = format!(
            "198.{}.{}.{}",
            18 + number / 62_500 % 2,
            number / 250 % 250,
            number % 250
        );
        self.post(path).header("x-forwarded-for", address)
    }

    /// Tells a tip.
    pub async fn tell(&self, body: &Value) -> Told {
        let before = self.tips().await;
        let answer = self
            .public("/v1/tips")
            .json(body)
            .send()
            .await
            .expect_status(201)
            .json();
        let new: Vec<String> = self
            .tips()
            .await
            .into_iter()
            .filter(|id| !before.contains(id))
            .collect();
        let [id] = new.as_slice() else {
            panic!("one tip is new: {new:?}");
        };
        Told {
            receipt: text(&answer["receipt"]),
            passphrase: text(&answer["passphrase"]),
            id: id.clone(),
        }
    }

    /// Ids of the tips on record, as the office of everywhere sees them.
    pub async fn tips(&self) -> Vec<String> {
        let everywhere = Caller::tip_officer().areas(&["*"]);
        let mut ids = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self
                .get(format!("/v1/tips?limit=200{cursor}"))
                .as_(&everywhere)
                .send()
                .await;
            let page = page.expect_status(200);
            ids.extend(page.items().iter().map(|tip| text(&tip["id"])));
            match page.json()["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return ids,
            }
        }
    }

    /// A tip with a photograph: the ids of both.
    pub async fn tip_with_photo(&self) -> (String, String) {
        let sent = self
            .public("/v1/tips/attachments")
            .body("image/png", photograph(self.next()));
        let photo = text(&sent.send().await.expect_status(201).json()["id"]);
        let mut body = anonymous_tip();
        body["attachments"] = json!([photo]);
        (self.tell(&body).await.id, photo)
    }

    /// Performs an action on a tip in the version that it has.
    pub async fn act_on_tip(&self, told: &Told, action: TipAction, caller: &Caller, body: &Value) -> Answer {
        let path = format!("{}/actions/{}", told.path(), action.code());
        let request = self
            .post(path)
            .as_(caller)
            .if_match(self.version_of_tip(&told.id).await);
        request.json(body).send().await
    }

    /// A tip at which the action is due, and its usual body. What asks for leave to open an identity must have been
    /// refused before: that is for the test.
    pub async fn tip_awaiting(&self, action: TipAction) -> (Told, Value) {
        let mut body = named_tip();
        body.as_object_mut().expect("an object").remove("since");
        let told = self.tell(&body).await;
        let unit = self.enterprise().await;
        let mut report = self.report_body(&unit);
        report["source"] = json!("public_tip");
        let conclusion = json!({"substantiated": true, "summary": "属实。", "report": report});
        let [accept, start, conclude] = to_conclusion(conclusion.clone());
        let propose = (TipAction::ProposeReward, json!({"basis": "属实。"}));
        let approve = (TipAction::ApproveReward, json!({}));
        let answer = (TipAction::Answer, json!({"feedback": "属实，感谢。"}));
        let pay = (TipAction::PayReward, json!({}));
        let before = match action {
            TipAction::Tell | TipAction::Reveal | TipAction::Accept | TipAction::Decline | TipAction::ApproveReveal => {
                vec![]
            }
            TipAction::StartVerification => vec![accept],
            TipAction::Extend | TipAction::Conclude => vec![accept, start],
            TipAction::Answer | TipAction::ProposeReward => vec![accept, start, conclude],
            TipAction::ApproveReward => vec![accept, start, conclude, propose],
            TipAction::PayReward => vec![accept, start, conclude, propose, approve],
            TipAction::Close => vec![accept, start, conclude, propose, approve, answer, pay],
        };
        self.walk_tip(&told, &before).await;
        let body = match action {
            TipAction::Conclude => conclusion,
            TipAction::PayReward => told.pair(),
            action => tips::sample(action),
        };
        (told, body)
    }

    /// The desk of a process over the same database that does nothing by itself.
    ///
    /// # Errors
    /// What keeps it from being opened over that folder of keys.
    pub async fn desk_over(&self, keys: &Path, lost: Lost) -> Result<Desk, VaultError> {
        let store = Store::open(&self.database_url()).expect("the store opens");
        let objects = LocalFileSystem::new_with_prefix(self.objects()).expect("the objects are there");
        Desk::open(store, self.clock(), Arc::new(embedded()), Arc::new(objects), keys, lost).await
    }

    /// The same over the folder of keys of the service.
    pub async fn desk(&self) -> Desk {
        self.desk_over(&self.tip_keys(), Lost::Keep)
            .await
            .expect("the desk opens")
    }

    /// Names of the files of keys that are in use.
    pub fn keys_of_tips(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.tip_keys().join("keys")).expect("the folder is there");
        entries.map(|entry| entry.expect("it is read").path()).collect()
    }

    /// The version of a tip.
    pub async fn version_of_tip(&self, id: &str) -> i64 {
        let everywhere = Caller::tip_officer().areas(&["*"]);
        let tip = self.get(format!("/v1/tips/{id}")).as_(&everywhere).send().await;
        tip.expect_status(200).etag()
    }

    /// Performs actions on a tip, each of which is allowed. What needs another officer is done by another.
    pub async fn walk_tip(&self, told: &Told, steps: &[(TipAction, Value)]) {
        for (action, body) in steps {
            let caller = usual_officer(*action);
            self.act_on_tip(told, *action, &caller, body)
                .await
                .expect_status(200)
                .done();
        }
    }
}

/// Another officer than the usual one.
pub fn another_officer() -> Caller {
    Caller::tip_officer().subject("tip_officer-2")
}

/// Who performs an action.
pub fn usual_officer(action: TipAction) -> Caller {
    match action {
        TipAction::ApproveReward | TipAction::ApproveReveal => another_officer(),
        TipAction::Tell
        | TipAction::Accept
        | TipAction::Decline
        | TipAction::StartVerification
        | TipAction::Extend
        | TipAction::Conclude
        | TipAction::Answer
        | TipAction::ProposeReward
        | TipAction::PayReward
        | TipAction::Close
        | TipAction::Reveal => Caller::tip_officer(),
    }
}

/// From the first look at a tip to the end of its verification.
pub fn to_conclusion(conclusion: Value) -> [(TipAction, Value); 3] {
    [
        (TipAction::Accept, json!({})),
        (TipAction::StartVerification, json!({})),
        (TipAction::Conclude, conclusion),
    ]
}
