//! What is refused, every fault named, and that nothing is left of it.

use diesel::QueryDsl as _;
use diesel::RunQueryDsl as _;
use major_hazards::law::lifecycle::State;
use major_hazards::store::StoreError;
use major_hazards::store::schema::{events, hazards, self_check_versions, self_checks};
use serde_json::json;

use super::{CRITERION, OTHER_CRITERION, QUARTER, clear_on, file, path, self_report};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::FOREIGN_AREA;
use crate::support::on_both;

/// How many rows there are of all that a filing writes.
fn rows(app: &App) -> [i64; 4] {
    app.read_store(|connection| {
        Ok::<_, StoreError>([
            events::table.count().get_result(connection)?,
            hazards::table.count().get_result(connection)?,
            self_checks::table.count().get_result(connection)?,
            self_check_versions::table.count().get_result(connection)?,
        ])
    })
    .expect("rows are counted")
}

on_both! {
    async fn everything_that_cannot_be_understood_is_named(app: App) {
        let unit = app.enterprise().await;
        let wrong = json!({
            "performed_on": "2026-11-31",
            "performed_by": {"name": " ", "phone": "1"},
            "summary": "x".repeat(4001),
            "results": [{"criterion": CRITERION, "result": "fine"}, {"result": "clear"}],
            "hazards": ["x"],
            "reports": [{"source": "self_report"}],
            "status": "filed",
        });
        file(&app, &unit, QUARTER, &wrong).send().await.expect_status(400).faults(&[
            ("/performed_on", "bad_format"),
            ("/performed_by/name", "blank"),
            ("/performed_by/position", "missing"),
            ("/performed_by/phone", "unknown_field"),
            ("/summary", "too_long"),
            ("/results/0/result", "unknown_value"),
            ("/results/1/criterion", "missing"),
            ("/hazards/0", "bad_format"),
            ("/reports/0/enterprise", "missing"),
            ("/reports/0/title", "missing"),
            ("/reports/0/description", "missing"),
            ("/reports/0/area", "missing"),
            ("/reports/0/address", "missing"),
            ("/reports/0/found_on", "missing"),
            ("/status", "unknown_field"),
        ]);
        file(&app, &unit, QUARTER, &json!({})).send().await.expect_status(400).faults(&[
            ("/performed_on", "missing"),
            ("/performed_by", "missing"),
            ("/summary", "missing"),
            ("/results", "missing"),
        ]);
        let mut twice = clear_on("2026-11-02");
        twice["results"] = json!([
            {"criterion": CRITERION, "result": "clear"},
            {"criterion": OTHER_CRITERION, "result": "clear"},
            {"criterion": CRITERION, "result": "found"},
        ]);
        let (mut nameless, mut random, named) = (self_report(&app, &unit), self_report(&app, &unit), self_report(&app, &unit));
        nameless.as_object_mut().expect("an object").remove("id");
        random["id"] = json!("5f0c1c5e-6a53-4c0e-9d0e-3f6f5f6f7a10");
        twice["reports"] = json!([nameless, random, named, named]);
        file(&app, &unit, QUARTER, &twice).send().await.expect_status(400).faults(&[
            ("/results/2/criterion", "duplicate"),
            ("/reports/0/id", "missing"),
            ("/reports/1/id", "bad_format"),
            ("/reports/3/id", "duplicate"),
        ]);
        let mut empty = clear_on("2026-11-02");
        empty["results"] = json!([]);
        file(&app, &unit, QUARTER, &empty).send().await.expect_status(400).faults(&[("/results", "too_few")]);
        let mut crowded = clear_on("2026-11-02");
        crowded["reports"] = (0..21).map(|_| self_report(&app, &unit)).collect();
        file(&app, &unit, QUARTER, &crowded).send().await.expect_status(400).faults(&[("/reports", "too_many")]);
    }

    async fn every_rule_that_says_no_is_named_and_nothing_is_left(app: App) {
        let unit = app.enterprise().await;
        let stranger = app.hazard().await;
        let standard = json!({
            "code": "LATER-2026", "title": "示例判定标准", "document_number": "示例〔2026〕1号", "issued_by": "示例安委会",
            "effective_on": "2026-11-10", "industries": ["C"],
            "criteria": [{"code": "1", "article": "第一条", "text": "示例条款一。"}],
        });
        app.post("/v1/standards").as_(&Caller::office()).json(&standard).send().await.expect_status(201).done();
        let mut body = clear_on("2026-09-30");
        body["results"] = json!([
            {"criterion": CRITERION, "result": "found"},
            {"criterion": "NOTHING/1", "result": "clear"},
            {"criterion": "LATER-2026/1", "result": "clear"},
        ]);
        body["hazards"] = json!([stranger.id, "01900000-0000-7000-8000-00000000dead"]);
        let before = rows(&app);
        let refused = file(&app, &unit, QUARTER, &body).send().await.expect_status(422);
        refused.faults(&[
            ("/performed_on", "performed_outside_quarter"),
            ("/results/0/result", "found_without_hazard"),
            ("/results/1/criterion", "criterion_unknown"),
            ("/results/2/criterion", "criterion_not_in_force"),
            ("/hazards/0", "hazard_unknown"),
            ("/hazards/1", "hazard_unknown"),
        ]);
        let (good, mut bad) = (self_report(&app, &unit), self_report(&app, &unit));
        bad["source"] = json!("inspection");
        bad["found_on"] = json!("2026-11-10");
        bad["criteria"] = json!(["NOTHING/1"]);
        let mut foreign = self_report(&app, &unit);
        foreign["enterprise"] = json!(stranger.unit.id);
        body["reports"] = json!([good, bad, foreign]);
        for request in [file(&app, &unit, QUARTER, &body), file(&app, &unit, QUARTER, &body).key("k")] {
            request.send().await.expect_status(422).faults(&[
                ("/performed_on", "performed_outside_quarter"),
                ("/results/1/criterion", "criterion_unknown"),
                ("/results/2/criterion", "criterion_not_in_force"),
                ("/hazards/0", "hazard_unknown"),
                ("/hazards/1", "hazard_unknown"),
                ("/reports/1/source", "source_not_for_role"),
                ("/reports/1/found_on", "found_in_future"),
                ("/reports/1/criteria/0", "criterion_unknown"),
                ("/reports/2/enterprise", "enterprise_unknown"),
            ]);
        }
        assert_eq!(rows(&app), before, "what was reported on the way is taken back");
        file(&app, &unit, QUARTER, &clear_on("2026-11-02")).send().await.expect_status(201).done();
        let kept = rows(&app);
        file(&app, &unit, QUARTER, &body).if_match(1).send().await.expect_status(422).done();
        assert_eq!(rows(&app), kept);
        assert_eq!(app.get(path(&unit, QUARTER)).as_(&unit.officer()).send().await.etag(), 1);
    }

    async fn a_check_was_made_on_a_day_of_its_quarter_that_has_come(app: App) {
        let unit = app.enterprise().await;
        for (quarter, day, code) in [
            ("2026Q4", "2026-09-30", Some("performed_outside_quarter")),
            ("2026Q3", "2026-10-01", Some("performed_outside_quarter")),
            ("2026Q4", "2026-11-10", Some("performed_in_future")),
            ("2024Q1", "2024-02-29", None),
            ("2026Q3", "2026-07-01", None),
            ("2026Q2", "2026-06-30", None),
            ("2026Q4", "2026-11-09", None),
        ] {
            let answer = file(&app, &unit, quarter, &clear_on(day)).send().await;
            match code {
                Some(code) => answer.expect_status(422).faults(&[("/performed_on", code)]),
                None => answer.expect_status(201).done(),
            }
        }
        let next = file(&app, &unit, "2027Q1", &clear_on("2027-01-01")).send().await.expect_status(422);
        next.faults(&[("/performed_on", "performed_in_future")]);
        for nothing in ["2026Q5", "2026Q0", "2026q4", "26Q4", "2026-4", "2026Q04", "1999Q4"] {
            file(&app, &unit, nothing, &clear_on("2026-11-02")).send().await.expect_status(404).problem("not_found");
        }
    }

    async fn a_finding_is_borne_out_by_a_hazard(app: App) {
        let unit = app.enterprise().await;
        let found = |criterion: &str, hazards: &[&str]| {
            let mut body = clear_on("2026-11-02");
            body["results"] = json!([{"criterion": criterion, "result": "found"}]);
            body["hazards"] = json!(hazards);
            body
        };
        let judged = app.hazard_of_in(&unit, State::Confirmed).await;
        let open = app.hazard_of(&unit).await;
        let none = file(&app, &unit, QUARTER, &found(CRITERION, &[])).send().await.expect_status(422);
        none.faults(&[("/results/0/result", "found_without_hazard")]);
        let other = file(&app, &unit, QUARTER, &found(OTHER_CRITERION, &[&judged.id])).send().await.expect_status(422);
        other.faults(&[("/results/0/result", "found_without_hazard")]);
        file(&app, &unit, QUARTER, &found(CRITERION, &[&judged.id])).send().await.expect_status(201).done();
        let answer = file(&app, &unit, QUARTER, &found(OTHER_CRITERION, &[&judged.id, &open.id])).if_match(1).send().await;
        let view = answer.expect_status(200).json();
        assert_eq!(view["hazards"], json!([judged.id, open.id]), "one that is not judged may come under any clause");
    }

    async fn a_hazard_is_named_only_to_those_who_may_know_of_it(app: App) {
        let unit = app.enterprise().await;
        let mut elsewhere = self_report(&app, &unit);
        elsewhere["area"] = json!(FOREIGN_AREA);
        let here = self_report(&app, &unit);
        let mut body = clear_on("2026-11-09");
        body["reports"] = json!([elsewhere, here]);
        let filed = file(&app, &unit, QUARTER, &body).send().await.expect_status(201).json();
        assert_eq!(filed["hazards"], json!([elsewhere["id"], here["id"]]));
        for (caller, seen) in [
            (unit.officer(), json!([elsewhere["id"], here["id"]])),
            (Caller::office(), json!([here["id"]])),
            (Caller::auditor().areas(&["3703"]), json!([elsewhere["id"], here["id"]])),
        ] {
            let one = app.get(path(&unit, QUARTER)).as_(&caller).send().await.expect_status(200).json();
            assert_eq!(one["hazards"], seen, "{}", caller.sub());
            let all = app.get(format!("{}/versions", path(&unit, QUARTER))).as_(&caller).send().await;
            assert_eq!(all.items()[0]["hazards"], seen, "{}", caller.sub());
        }
    }
}
