//! Inspections: seen by officials where the unit lies, and by no unit.

use std::collections::{BTreeMap, BTreeSet};

use super::table::values;
use super::world::World;
use super::{Canary, NOTHING, Seer, walk};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::Unit;
use crate::support::openapi::Operation;

/// One inspection of every unit, each with the id of its unit.
pub(super) async fn file(app: &App, world: &World) -> BTreeMap<String, String> {
    let list = app.checklist().await;
    let everywhere = Caller::inspector().areas(&["*"]);
    let mut filed = BTreeMap::new();
    for unit in &world.units {
        let (id, uscc) = (unit.id.clone(), unit.uscc.to_string());
        let body = app.inspection_body(&Unit { id, uscc }, &list);
        let inspection = app.phone_id();
        let sent = app.send_inspection(&inspection, &body).as_(&everywhere).send().await;
        sent.expect_status(201).done();
        filed.insert(inspection, unit.id.clone());
    }
    filed
}

fn own(world: &World, filed: &BTreeMap<String, String>, seer: &Seer) -> BTreeSet<String> {
    let units = world.unit_ids(&seer.sight);
    let own = filed.iter().filter(|(_, unit)| units.contains(*unit));
    own.map(|(inspection, _)| inspection.clone()).collect()
}

fn may_read(seer: &Seer) -> bool {
    !seer.law.is_enterprise() && seer.law.ledger_scope().is_some()
}

pub(super) async fn list(
    app: &App,
    world: &World,
    filed: &BTreeMap<String, String>,
    operation: &Operation,
    seers: &[Seer],
) {
    let mut queries = vec!["limit=7".to_owned(), "sort=received_at&limit=11".to_owned()];
    for parameter in operation.parameters_in("query") {
        let values = values(&parameter, world).into_iter();
        queries.extend(values.map(|value| format!("{parameter}={value}&limit=11")));
    }
    let mut met = 0;
    for query in queries {
        let all = walk(app, &operation.path, &query, &seers[0])
            .await
            .expect("an auditor may ask so");
        met += all.len();
        for seer in seers {
            let seen = walk(app, &operation.path, &query, seer).await;
            assert_eq!(seen.is_some(), may_read(seer), "{query} as {}", seer.token.sub());
            let expected = if may_read(seer) {
                all.intersection(&own(world, filed, seer)).cloned().collect()
            } else {
                BTreeSet::new()
            };
            assert_eq!(seen.unwrap_or_default(), expected, "{query} as {}", seer.token.sub());
        }
    }
    assert!(met > 2 * filed.len(), "the filters meet something");
}

pub(super) async fn things(
    app: &App,
    world: &World,
    filed: &BTreeMap<String, String>,
    operation: &Operation,
    seers: &[Seer],
) {
    for seer in seers {
        let own = own(world, filed, seer);
        for name in filed.keys().map(String::as_str).chain([NOTHING]) {
            let answer = app
                .get(operation.path_with(|_| name.to_owned()))
                .as_(&seer.token)
                .send()
                .await;
            let status = match (may_read(seer), own.contains(name)) {
                (false, _) => 403,
                (true, true) => 200,
                (true, false) => 404,
            };
            assert_eq!(answer.status, status, "{} as {}", answer.asked, seer.token.sub());
            seer.sight.check(&answer);
            assert!(
                status == 200 || Canary::found_in(&answer).is_empty(),
                "{}",
                answer.text()
            );
        }
    }
}
