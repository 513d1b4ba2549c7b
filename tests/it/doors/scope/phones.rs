//! A phone keeps the units and the open hazards of its owner's scope, and is told a word of nothing else.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Seer;
use super::world::{Canary, World};
use crate::support::app::App;
use crate::support::caller::Caller;

/// States in which nothing is owed any more.
const ENDED: &str = "status=closed,dismissed,merged";

pub(super) async fn carried(app: &App, world: &World, seers: &[Seer]) {
    let ended = super::walk(app, "/v1/hazards", &format!("{ENDED}&limit=200"), &seers[0]).await;
    let ended = ended.expect("an auditor may ask so");
    for seer in seers {
        let scope = seer.law.ledger_scope();
        if scope.is_none_or(|scope| scope.unit.is_some()) {
            let answer = app.get("/v1/sync").as_(&seer.token).send().await;
            answer.problem("role_not_allowed");
            assert!(Canary::found_in(&answer).is_empty(), "{}", answer.text());
            continue;
        }
        let kept = handed(app, seer, &seer.token).await;
        let open: BTreeSet<String> = world.hazard_ids(&seer.sight).difference(&ended).cloned().collect();
        assert_eq!(ids(&kept, "hazard"), open, "as {}", seer.token.sub());
        assert_eq!(
            ids(&kept, "enterprise"),
            world.unit_ids(&seer.sight),
            "as {}",
            seer.token.sub()
        );
    }
}

/// Everything that a phone is handed from its first call to the last.
async fn handed(app: &App, seer: &Seer, token: &Caller) -> Vec<Value> {
    let (mut handed, mut after) = (Vec::new(), String::new());
    loop {
        let answer = app.get(format!("/v1/sync?limit=700{after}")).as_(token).send().await;
        seer.sight.check(&answer);
        let page = answer.expect_status(200).json();
        handed.extend(page["items"].as_array().expect("items").iter().cloned());
        if page["more"] == false {
            return handed;
        }
        after = format!("&after={}", page["next_cursor"].as_str().expect("a cursor"));
    }
}

fn ids(handed: &[Value], kind: &str) -> BTreeSet<String> {
    let of_kind = handed.iter().filter(|item| item["kind"] == kind);
    of_kind
        .map(|item| item["id"].as_str().expect("an id").to_owned())
        .collect()
}
