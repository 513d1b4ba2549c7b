//! The transparency log: open to everybody, but for where the events of a hazard are in it.

use super::Seer;
use super::world::World;
use crate::support::app::App;

/// Every so many hazards are asked for.
const STEP: usize = 61;

/// Where the events of a hazard are in the log is told to whoever may read the hazard and is shown hashes.
pub(super) async fn proofs(app: &App, world: &World, seers: &[Seer]) {
    for (turn, seer) in seers.iter().enumerate() {
        let known = world.hazard_ids(&seer.sight);
        for hazard in world.hazards.iter().skip(turn).step_by(STEP) {
            let status = match known.contains(&hazard.id) {
                _ if seer.law.ledger_scope().is_none() || !seer.law.sees_sources() => 403,
                true => 200,
                false => 404,
            };
            for name in [&hazard.id, &hazard.number] {
                let answer = app
                    .get(format!("/v1/log/proof?hazard={name}"))
                    .as_(&seer.token)
                    .send()
                    .await;
                assert_eq!(
                    answer.status,
                    status,
                    "{name} as {}: {}",
                    seer.token.sub(),
                    answer.text()
                );
                seer.sight.check(&answer);
            }
        }
    }
}
