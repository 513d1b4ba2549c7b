//! What is kept for counting: the migration fills it from the events, and counting it again finds what is wrong.

use diesel::connection::SimpleConnection as _;
use major_hazards::hazards::recount;
use major_hazards::store::migrate;

use super::world::World;
use crate::support::app::App;
use crate::support::on_both;
use crate::support::seed::Random;

on_both! {
    async fn the_migration_counts_what_was_there_before(app: App) {
        World::make(&app, Random::of_this_run(), 40).await;
        app.stop().await;
        let mut connection = app.connect();
        let before = recount(&mut connection).unwrap();
        assert!(before.hazards >= 40);
        while let Some(step) = migrate::revert_last(&mut connection).unwrap() {
            if step.contains("statistics") {
                break;
            }
        }
        let applied = migrate::apply(&mut connection).unwrap();
        assert!(applied.iter().any(|step| step.contains("statistics")), "{applied:?}");
        assert_eq!(recount(&mut connection).unwrap(), before);
        assert!(before.wrong.is_empty());
    }

    async fn counting_again_names_every_hazard_that_is_kept_wrong(app: App) {
        World::make(&app, Random::of_this_run(), 12).await;
        let mut connection = app.connect();
        let whole = recount(&mut connection).unwrap();
        assert!(whole.wrong.is_empty());
        for (damage, all) in [
            ("UPDATE hazard_measures SET reported_at = reported_at - 1", true),
            ("UPDATE hazard_measures SET source = 'public_tip' WHERE source <> 'public_tip'", false),
            ("UPDATE hazard_measures SET confirmed_at = confirmed_at + 1", false),
            ("UPDATE hazard_measures SET next_due_on = '2024-06-03'", true),
            ("UPDATE hazard_measures SET escalation = 'letter'", true),
            ("INSERT INTO hazard_reopenings (hazard_id, version, opened_at) SELECT hazard_id, 99, 0 FROM hazard_measures", true),
            ("DELETE FROM hazard_penalties", false),
            ("UPDATE hazard_penalties SET unit_fen = unit_fen + 1", false),
            ("DELETE FROM hazard_measures", true),
        ] {
            connection.begin_write().unwrap();
            connection.batch_execute(damage).unwrap();
            let found = recount(&mut connection).unwrap();
            connection.roll_back().unwrap();
            assert!(!found.wrong.is_empty(), "{damage}");
            assert!(!all || found.wrong.len() == whole.hazards, "{damage}: {found:?}");
        }
    }
}
