//! Subscriptions: who keeps them, what they are told, in which order, and what a receiver may do without harm.

mod addresses;
mod inspections;
mod keeping;
pub mod late;
mod notices;
mod order;
pub mod receiver;
mod refusing;
mod scope;
mod signing;

use std::time::Duration;

use serde_json::{Value, json};

use self::receiver::Receiver;
use crate::support::app::App;
use crate::support::caller::Caller;

/// A subscription on record, with its secret.
pub struct Subscribed {
    /// Its id.
    pub id: String,
    /// `whsec_…`.
    pub secret: String,
    /// Whose it is.
    pub owner: Caller,
}

impl Subscribed {
    /// Its path.
    pub fn path(&self) -> String {
        format!("/v1/subscriptions/{}", self.id)
    }

    /// How it stands.
    pub async fn now(&self, app: &App) -> Value {
        app.get(self.path())
            .as_(&self.owner)
            .send()
            .await
            .expect_status(200)
            .json()
    }

    /// Its messages, the newest first.
    pub async fn deliveries(&self, app: &App) -> Vec<Value> {
        let path = format!("{}/deliveries?limit=200", self.path());
        app.get(path).as_(&self.owner).send().await.expect_status(200).items()
    }

    /// Its messages once `enough` of them.
    pub async fn deliveries_when(&self, app: &App, what: &str, enough: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        for _ in 0..PATIENCE {
            let found = self.deliveries(app).await;
            if enough(&found) {
                return found;
            }
            actix_web::rt::time::sleep(LOOK_EVERY).await;
        }
        panic!("{what}: {:#?}", self.deliveries(app).await);
    }
}

const LOOK_EVERY: Duration = Duration::from_millis(25);
const PATIENCE: u32 = 1200;

/// Waits until something has come to pass.
pub async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..PATIENCE {
        if is_so() {
            return;
        }
        actix_web::rt::time::sleep(LOOK_EVERY).await;
    }
    panic!("never: {what}");
}

impl App {
    /// Subscribes for somebody.
    pub async fn subscribe(&self, owner: &Caller, url: &str, types: &[&str]) -> Subscribed {
        let body = json!({"url": url, "types": types});
        let made = self
            .post("/v1/subscriptions")
            .as_(owner)
            .json(&body)
            .send()
            .await
            .expect_status(201)
            .json();
        let text = |member: &str| made[member].as_str().expect("a text").to_owned();
        Subscribed {
            id: text("id"),
            secret: text("secret"),
            owner: owner.clone(),
        }
    }

    /// Another system of the whole district subscribes with that receiver.
    pub async fn listen(&self, receiver: &Receiver, types: &[&str]) -> Subscribed {
        self.subscribe(&Caller::system(), &receiver.url(), types).await
    }
}
