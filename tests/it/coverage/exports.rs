//! The ledger as a file, and who took it along.

use super::scene::Scene;
use super::{Stranger, Thing, stranger_to};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::on_both;

on_both! {
    async fn a_file_leaves_out_what_is_not_ones_own(app: App) {
        let scene = Scene::set(&app).await;
        for operation in app.operations().await {
            if stranger_to(&operation) != Some(Stranger::File) {
                continue;
            }
            let number = &scene.names(Thing::Hazard)[1];
            let holds = async |caller: &Caller| {
                let file = app.get(&operation.path).as_(caller).send().await.expect_status(200);
                file.text().contains(number.as_str())
            };
            assert!(holds(&scene.insider(Thing::Hazard)).await, "the insider takes it along");
            for caller in scene.strangers(Thing::Hazard) {
                assert!(!holds(&caller).await, "{} takes it along", caller.sub());
            }
        }
    }

    async fn who_took_the_ledger_along_is_told_to_auditors(app: App) {
        for operation in app.operations().await {
            if stranger_to(&operation) != Some(Stranger::Exports) {
                continue;
            }
            for caller in Caller::of_every_role(&app.enterprise().await.uscc) {
                let answer = app.get(&operation.path).as_(&caller).send().await;
                let expected = if caller.sub() == Caller::auditor().sub() { 200 } else { 403 };
                assert_eq!(answer.status, expected, "{} as {}", answer.asked, caller.sub());
            }
        }
    }
}
