//! Public tips: what is heard, how the tipster comes back, what the office does and sees, and what is gone when its time is
//! over.

mod canaries;
mod erasure;
mod folder;
mod guessing;
mod interference;
mod keys;
mod office;
mod photos;
mod reach;
mod reveal;
mod rewards;
mod telling;
mod way_back;

use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::Request;
use crate::support::tips::Told;

/// A request of the public with a body.
fn public(app: &App, path: &str, body: &Value) -> Request {
    app.public(path).json(body)
}

/// How it stands, as the tipster sees it.
async fn status(app: &App, told: &Told) -> Value {
    let answer = public(app, "/v1/tips/status", &told.pair()).send().await;
    answer.expect_status(200).json()
}

/// The tip, as that caller sees it.
async fn seen(app: &App, told: &Told, caller: &Caller) -> Value {
    app.get(told.path()).as_(caller).send().await.expect_status(200).json()
}

/// A hazard that a conclusion reports, in an officer's words.
async fn report(app: &App) -> Value {
    let unit = app.enterprise().await;
    let mut report = app.report_body(&unit);
    report["source"] = json!("public_tip");
    report
}
