//! Who sends inspections, who reads them, and that a unit learns nothing of them.

use serde_json::json;

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::{FOREIGN_AREA, text};
use crate::support::on_both;

/// Roles without business in inspections.
const SHUT_OUT: &[&str] = &["enterprise-1", "admin-1"];

on_both! {
    async fn whoever_may_report_an_inspection_sends_one(app: App) {
        let (unit, list) = (app.enterprise().await, app.checklist().await);
        let body = app.inspection_body(&unit, &list);
        for caller in Caller::of_every_role(&unit.uscc) {
            let answer = app.send_inspection(&app.phone_id(), &body).as_(&caller).send().await;
            if caller.sub() == "inspector-1" {
                answer.expect_status(201).done();
            } else {
                let problem = answer.expect_status(403).problem("role_not_allowed");
                assert_eq!(problem["who_could"]["roles"], json!(["inspector"]));
            }
        }
        let both = Caller::system().claim("roles", json!(["system", "inspector"]));
        app.send_inspection(&app.phone_id(), &body).as_(&both).send().await.expect_status(201).done();
    }

    async fn officials_read_where_the_unit_lay_and_units_never(app: App) {
        let (unit, list, id) = (app.enterprise().await, app.checklist().await, app.phone_id());
        app.send_inspection(&id, &app.inspection_body(&unit, &list)).send().await.expect_status(201).done();
        let paths = [format!("/v1/inspections/{id}"), "/v1/inspections".to_owned()];
        let absent = "/v1/inspections/01900000-0000-7000-8000-00000000dead";
        for caller in Caller::of_every_role(&unit.uscc) {
            for path in &paths {
                let answer = app.get(path).as_(&caller).send().await;
                if SHUT_OUT.contains(&caller.sub()) {
                    answer.expect_status(403).problem("role_not_allowed");
                    app.get(absent).as_(&caller).send().await.expect_status(403).problem("role_not_allowed");
                } else {
                    answer.expect_status(200).done();
                }
            }
        }
        let strangers = [
            Caller::inspector().areas(&[FOREIGN_AREA]),
            Caller::inspector().areas(&[]),
            Caller::auditor().industries(&["F"]),
        ];
        for caller in strangers {
            app.get(&paths[0]).as_(&caller).send().await.expect_status(404).problem("not_found");
            assert!(app.get(&paths[1]).as_(&caller).send().await.expect_status(200).items().is_empty());
        }
    }

    async fn a_hazard_outside_the_readers_sight_is_not_shown(app: App) {
        let (unit, list, id) = (app.enterprise().await, app.checklist().await, app.phone_id());
        let mut hazard = app.found_hazard(&unit);
        hazard["area"] = json!(FOREIGN_AREA);
        let mut body = app.inspection_body(&unit, &list);
        body["findings"] = json!([{"item": "1", "result": "fail", "hazard": hazard}]);
        let city = Caller::inspector().areas(&["3703"]);
        let view = app.send_inspection(&id, &body).as_(&city).send().await.expect_status(201).json();
        assert_eq!(view["findings"][0]["hazard"]["id"], hazard["id"]);
        let seen = app.get(format!("/v1/inspections/{id}")).as_(&Caller::office()).send().await.expect_status(200);
        assert!(seen.json()["findings"][0]["hazard"].is_null());
        assert!(!seen.text().contains(&text(&hazard["id"])));
    }
}
