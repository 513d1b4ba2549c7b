//! The ledger as a file, and who took it along.

use std::collections::BTreeSet;

use major_hazards::law::scope::READS_EXPORTS;

use super::table::values;
use super::world::{Canary, World};
use super::{SHARE, Seer, everything};
use crate::hazards::exports::json_lines;
use crate::support::app::App;
use crate::support::openapi::Operation;

/// What a caller takes along; nothing where the caller may not ask so.
async fn taken_along(app: &App, path: &str, query: &str, seer: &Seer) -> Option<BTreeSet<String>> {
    let answer = app
        .get(format!("{path}?format=jsonl&{query}"))
        .as_(&seer.token)
        .send()
        .await;
    if answer.status != 200 {
        assert!(
            matches!(answer.status, 400 | 403),
            "{}: {}",
            answer.asked,
            answer.text()
        );
        return None;
    }
    seer.sight.check(&answer);
    let lines = json_lines(&answer);
    let ids: BTreeSet<String> = lines
        .iter()
        .map(|line| {
            assert!(!seer.law.is_enterprise() || line["source"].is_null(), "{line}");
            line["id"].as_str().expect("an id").to_owned()
        })
        .collect();
    assert_eq!(ids.len(), lines.len(), "{}: a row came twice", answer.asked);
    Some(ids)
}

/// Each caller takes along what is in sight, whatever is asked.
pub(super) async fn file(app: &App, world: &World, operation: &Operation, seers: &[Seer]) {
    let path = &operation.path;
    for seer in seers {
        let taken = taken_along(app, path, "sort=number", seer).await;
        assert_eq!(
            taken.is_none(),
            seer.law.ledger_scope().is_none(),
            "as {}",
            seer.token.sub()
        );
        assert_eq!(
            taken.unwrap_or_default(),
            world.hazard_ids(&seer.sight),
            "as {}",
            seer.token.sub()
        );
    }
    let mut filters = Vec::new();
    for parameter in operation.parameters_in("query") {
        let tried = values(&parameter, world).into_iter();
        filters.extend(tried.map(|value| format!("{parameter}={value}")));
    }
    for (index, filter) in filters.iter().enumerate() {
        let all = taken_along(app, path, filter, &seers[0])
            .await
            .expect("an auditor may ask so");
        for (turn, seer) in seers.iter().enumerate().skip(1) {
            if !everything() && (index + turn) % (SHARE * 3) != 0 {
                continue;
            }
            let own = world.hazard_ids(&seer.sight);
            if let Some(taken) = taken_along(app, path, filter, seer).await {
                let expected: BTreeSet<String> = all.intersection(&own).cloned().collect();
                assert_eq!(taken, expected, "{filter} as {}", seer.token.sub());
            }
        }
    }
}

/// Auditors know who took the ledger along, and no word of it.
pub(super) async fn taken(app: &App, operation: &Operation, seers: &[Seer]) {
    for seer in seers {
        let answer = app.get(&operation.path).as_(&seer.token).send().await;
        let expected = if seer.law.has_any(READS_EXPORTS) { 200 } else { 403 };
        assert_eq!(answer.status, expected, "{} as {}", answer.asked, seer.token.sub());
        let shown = Canary::found_in(&answer);
        // What somebody looked for is told as it was asked.
        assert!(
            shown
                .iter()
                .all(|(canary, _)| matches!(canary, Canary::Hazard | Canary::Unit)),
            "{shown:?}"
        );
    }
}
