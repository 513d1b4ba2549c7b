//! Inspections, which are read where the unit lies and by no unit.

use super::scene::Scene;
use super::{Stranger, Thing, ask, stranger_to, without_names};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::FOREIGN_AREA;
use crate::support::on_both;

on_both! {
    async fn inspections_are_read_where_the_unit_lies_and_by_no_unit(app: App) {
        let scene = Scene::set(&app).await;
        let id = scene.inspection.as_str();
        for operation in app.operations().await {
            if stranger_to(&operation) != Some(Stranger::Inspections) {
                continue;
            }
            let lists = operation.parameters_in("path").is_empty();
            let seen = ask(&app, &operation, id, &Caller::committee()).await.expect_status(200);
            assert!(seen.text().contains(id), "{}", operation.name());
            let mut strangers = scene.strangers(Thing::Hazard);
            strangers.extend([scene.hazard.unit.officer(), Caller::admin()]);
            for caller in strangers {
                let hidden = ask(&app, &operation, id, &caller).await;
                let absent = ask(&app, &operation, "01900000-0000-7000-8000-00000000dead", &caller).await;
                let reads = caller.reads_inspections();
                let status = match (reads, lists) {
                    (false, _) => 403,
                    (true, true) => 200,
                    (true, false) => 404,
                };
                assert_eq!(hidden.status, status, "{} as {}: {}", hidden.asked, caller.sub(), hidden.text());
                if lists && reads {
                    assert!(hidden.items().is_empty(), "{} as {}", hidden.asked, caller.sub());
                } else {
                    assert_eq!(without_names(&hidden), without_names(&absent), "{} as {}", hidden.asked, caller.sub());
                }
            }
        }
    }

    async fn an_inspection_is_filed_where_one_is_at_home(app: App) {
        let scene = Scene::set(&app).await;
        let list = app.checklist().await;
        let body = app.inspection_body(&scene.hazard.unit, &list);
        for caller in [
            Caller::inspector().subject("elsewhere").areas(&[FOREIGN_AREA]),
            Caller::inspector().subject("nowhere").areas(&[]),
            Caller::inspector().subject("of another trade").industries(&["F52"]),
        ] {
            let answer = app.send_inspection(&app.phone_id(), &body).as_(&caller).send().await;
            answer.expect_status(422).faults(&[("/enterprise", "enterprise_unknown")]);
        }
        for caller in [
            scene.hazard.unit.officer(),
            Caller::committee(),
            Caller::regulator(),
            Caller::office(),
            Caller::tip_officer(),
            Caller::auditor(),
            Caller::system(),
            Caller::admin(),
        ] {
            let answer = app.send_inspection(&app.phone_id(), &body).as_(&caller).send().await;
            answer.expect_status(403).problem("role_not_allowed");
        }
        app.send_inspection(&app.phone_id(), &body).send().await.expect_status(201).done();
    }
}
