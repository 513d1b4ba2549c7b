//! Putting a hazard on record, and putting its description right.

use serde_json::json;

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::{CRITERION, FOREIGN_AREA};
use crate::support::on_both;

on_both! {
    async fn a_report_gets_a_number_a_place_and_a_clock(app: App) {
        let unit = app.enterprise().await;
        let answer = app.post("/v1/hazards").as_(&Caller::inspector()).json(&app.report_body(&unit)).send().await.expect_status(201);
        let hazard = answer.json();
        let year = &app.day(0)[..4];
        assert_eq!(hazard["number"], format!("370303-{year}-000001"));
        assert_eq!(hazard["status"], "reported");
        assert_eq!(answer.header("location"), Some(format!("/v1/hazards/{}", hazard["id"].as_str().unwrap()).as_str()));
        assert_eq!(answer.etag(), 1);
        assert!(hazard["next_due_on"].is_string());
        let by_number = app.get(format!("/v1/hazards/{}", hazard["number"].as_str().unwrap())).as_(&Caller::inspector()).send().await.expect_status(200).json();
        assert_eq!(by_number["id"], hazard["id"]);
        let clocks = app.get(format!("/v1/hazards/{}/clocks", hazard["id"].as_str().unwrap())).as_(&Caller::inspector()).send().await.expect_status(200).json();
        assert_eq!(clocks["clocks"][0]["kind"], "confirm");
        assert_eq!(clocks["clocks"][0]["budget"]["working_days"], 3);
        assert_eq!(clocks["clocks"][0]["due_on"], hazard["next_due_on"]);
    }

    async fn numbers_run_without_gaps_and_refusals_take_none(app: App) {
        let unit = app.enterprise().await;
        let mut late = app.report_body(&unit);
        late["found_on"] = json!(app.day(1));
        for expected in 1..=3 {
            let hazard = app.hazard_of(&unit).await;
            assert!(hazard.number.ends_with(&format!("{expected:06}")), "{}", hazard.number);
            app.post("/v1/hazards").as_(&Caller::inspector()).json(&late).send().await.expect_status(422).problem("found_in_future");
        }
    }

    async fn a_client_may_choose_the_id_and_repeat_itself(app: App) {
        let unit = app.enterprise().await;
        let mut body = app.report_body(&unit);
        body["id"] = json!("01926f3e-7c00-7000-8000-0000000000aa");
        app.post("/v1/hazards").as_(&Caller::inspector()).json(&body).send().await.expect_status(201).done();
        let again = app.post("/v1/hazards").as_(&Caller::inspector()).json(&body).send().await.expect_status(200);
        assert_eq!(again.json()["version"], 1);
        body["title"] = json!("另一件事");
        app.post("/v1/hazards").as_(&Caller::inspector()).json(&body).send().await.expect_status(409).problem("already_exists");
        // Places of as many digits as a phone has come back as they were sent.
        for number in 0..40 {
            let mut placed = app.report_body(&unit);
            placed["id"] = json!(app.clock().ordered_id().to_string());
            placed["location"] = json!({"latitude": 36.8 + f64::from(number) / 699.7, "longitude": 118.0 + f64::from(number) / 311.3});
            app.post("/v1/hazards").as_(&Caller::inspector()).json(&placed).send().await.expect_status(201).done();
            let again = app.post("/v1/hazards").as_(&Caller::inspector()).json(&placed).send().await.expect_status(200);
            assert_eq!(again.json()["location"], placed["location"]);
        }
        body["id"] = json!("01926f3e-7c00-4000-8000-0000000000aa");
        app.post("/v1/hazards").as_(&Caller::inspector()).json(&body).send().await.expect_status(400).faults(&[("/id", "bad_format")]);
    }

    async fn the_source_must_fit_the_role(app: App) {
        let unit = app.enterprise().await;
        for (caller, own) in [
            (unit.officer(), "self_report"),
            (Caller::inspector(), "inspection"),
            (Caller::tip_officer(), "public_tip"),
        ] {
            for source in ["self_report", "inspection", "public_tip"] {
                let mut body = app.report_body(&unit);
                body["source"] = json!(source);
                let answer = app.post("/v1/hazards").as_(&caller).json(&body).send().await;
                if source == own {
                    answer.expect_status(201).done();
                } else {
                    answer.expect_status(422).problem("source_not_for_role");
                }
            }
        }
        for caller in [Caller::committee(), Caller::regulator(), Caller::office(), Caller::auditor(), Caller::system(), Caller::admin()] {
            app.post("/v1/hazards").as_(&caller).json(&app.report_body(&unit)).send().await.expect_status(403).problem("role_not_allowed");
        }
    }

    async fn a_unit_or_place_outside_the_callers_scope_is_refused(app: App) {
        let unit = app.enterprise().await;
        let other = app.enterprise().await;
        let mut own = app.report_body(&unit);
        own["source"] = json!("self_report");
        app.post("/v1/hazards").as_(&other.officer()).json(&own).send().await.expect_status(422).problem("enterprise_unknown");
        let mut abroad = app.report_body(&unit);
        abroad["area"] = json!(FOREIGN_AREA);
        app.post("/v1/hazards").as_(&Caller::inspector()).json(&abroad).send().await.expect_status(403).problem("outside_scope");
    }

    async fn a_description_is_put_right_until_it_is_judged(app: App) {
        let mut hazard = app.hazard().await;
        let patch = json!({"title": "更正后的标题", "interim_measures": "拉警戒线", "criteria": [CRITERION]});
        app.patch(hazard.path()).as_(&Caller::inspector()).json(&patch).send().await.expect_status(428).problem("precondition_required");
        let put_right = app.patch(hazard.path()).as_(&Caller::inspector()).if_match(1).json(&patch).send().await.expect_status(200);
        assert_eq!(put_right.json()["title"], "更正后的标题");
        assert_eq!(put_right.etag(), 2);
        let found = app.get("/v1/hazards?q=%E6%9B%B4%E6%AD%A3%E5%90%8E").as_(&Caller::inspector()).send().await.items();
        assert_eq!(found.len(), 1);
        app.patch(hazard.path()).as_(&Caller::inspector()).if_match(1).json(&patch).send().await.expect_status(412).problem("stale_version");
        app.patch(hazard.path()).as_(&hazard.unit.officer()).if_match(2).json(&patch).send().await.expect_status(403).problem("role_not_allowed");
        let cleared = app.patch(hazard.path()).as_(&Caller::committee()).if_match(2).json(&json!({"interim_measures": null})).send().await.expect_status(200);
        assert!(cleared.json()["interim_measures"].is_null());
        hazard.version = 3;
        app.advance(&mut hazard, major_hazards::law::lifecycle::Action::Confirm).await;
        app.patch(hazard.path()).as_(&Caller::inspector()).if_match(4).json(&patch).send().await.expect_status(409).problem("hazard_already_judged");
    }
}
