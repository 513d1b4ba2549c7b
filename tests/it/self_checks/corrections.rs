//! A correction is a new version beside the old ones, which nothing changes.

use diesel::connection::SimpleConnection as _;
use major_hazards::self_checks::standing;
use major_hazards::store::StoreError;
use serde_json::{Value, json};

use super::{CRITERION, OTHER_CRITERION, QUARTER, clear_on, file, path};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::Unit;
use crate::support::on_both;

async fn versions(app: &App, unit: &Unit, query: &str) -> Value {
    let path = format!("{}/versions{query}", path(unit, QUARTER));
    app.get(path)
        .as_(&Caller::auditor())
        .send()
        .await
        .expect_status(200)
        .json()
}

on_both! {
    async fn a_correction_names_the_version_that_was_seen(app: App) {
        let unit = app.enterprise().await;
        let first = file(&app, &unit, QUARTER, &clear_on("2026-11-02")).if_match(1).send().await.expect_status(412);
        assert_eq!(first.problem("stale_version")["current_version"], 0, "there is none yet");
        file(&app, &unit, QUARTER, &clear_on("2026-11-02")).send().await.expect_status(201).done();
        let correction = clear_on("2026-11-03");
        let blind = file(&app, &unit, QUARTER, &correction).send().await.expect_status(428);
        blind.problem("precondition_required");
        file(&app, &unit, QUARTER, &correction).header("if-match", "*").send().await.expect_status(400).problem("bad_precondition");
        let corrected = file(&app, &unit, QUARTER, &correction).if_match(1).send().await.expect_status(200);
        assert_eq!(corrected.etag(), 2);
        let stale = file(&app, &unit, QUARTER, &clear_on("2026-11-04")).if_match(1).send().await.expect_status(412);
        assert_eq!(stale.problem("stale_version")["current_version"], 2);
        for repeat in [file(&app, &unit, QUARTER, &correction), file(&app, &unit, QUARTER, &correction).if_match(1)] {
            assert_eq!(repeat.send().await.expect_status(200).etag(), 2, "what is said already changes nothing");
        }
    }

    async fn the_old_versions_are_kept(app: App) {
        let unit = app.enterprise().await;
        let first = file(&app, &unit, QUARTER, &clear_on("2026-11-02")).send().await.expect_status(201).json();
        app.pass_days(1);
        let mut body = clear_on("2026-11-02");
        body["results"] = json!([{"criterion": OTHER_CRITERION, "result": "clear"}]);
        let second = file(&app, &unit, QUARTER, &body).if_match(1).send().await.expect_status(200).json();
        body["summary"] = json!("更正：补充说明。");
        let third = file(&app, &unit, QUARTER, &body).if_match(2).send().await.expect_status(200).json();
        assert_eq!(second["filed_at"], first["filed_at"], "when the first version came");
        assert_eq!(second["updated_at"], "2026-11-10T01:00:00.000000Z");
        let all = versions(&app, &unit, "").await;
        assert_eq!(all["items"], json!([first, second, third]));
        assert!(all.get("next_cursor").is_none());
        let read = app.get(path(&unit, QUARTER)).as_(&unit.officer()).send().await;
        assert_eq!(read.json(), third);
        let mut seen = Vec::new();
        let mut query = "?limit=1".to_owned();
        loop {
            let page = versions(&app, &unit, &query).await;
            seen.extend(page["items"].as_array().expect("items").iter().map(|item| item["version"].clone()));
            match page["next_cursor"].as_str() {
                Some(next) => query = format!("?limit=1&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen, [1, 2, 3]);
    }

    async fn the_database_refuses_to_change_a_version(app: App) {
        let unit = app.enterprise().await;
        file(&app, &unit, QUARTER, &clear_on("2026-11-02")).send().await.expect_status(201).done();
        let mut connection = app.connect();
        for statement in [
            "UPDATE self_check_versions SET document = '{}'",
            "DELETE FROM self_check_versions",
        ] {
            let error = connection.batch_execute(statement).expect_err(statement);
            assert!(error.to_string().contains("versions are append-only"), "{statement}: {error}");
        }
    }

    async fn corrections_of_one_version_at_once_leave_one(app: App) {
        let unit = app.enterprise().await;
        file(&app, &unit, QUARTER, &clear_on("2026-11-01")).send().await.expect_status(201).done();
        let mut asked = Vec::new();
        for day in 2..=7 {
            let body = clear_on(&format!("2026-11-0{day}"));
            asked.push(actix_web::rt::spawn(file(&app, &unit, QUARTER, &body).if_match(1).send()));
        }
        let mut statuses = Vec::new();
        for answer in asked {
            statuses.push(answer.await.expect("an answer").status);
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412, 412, 412, 412, 412]);
        assert_eq!(versions(&app, &unit, "").await["items"].as_array().map(Vec::len), Some(2));
    }

    async fn what_a_unit_had_cleared_is_read_as_it_stood_before_the_day(app: App) {
        let unit = app.enterprise().await;
        let id = unit.id.parse().expect("an id");
        let stood = |day: &str| {
            let found = app.read_store(|connection| {
                let (quarter, day) = (QUARTER.parse().expect("a quarter"), day.parse().expect("a day"));
                standing(connection, id, quarter, day)
            });
            let found = found.unwrap_or_else(|error: StoreError| panic!("{error}"));
            let last = found.last.iter().flat_map(|check| check.findings.cleared());
            (found.filed_at.is_some(), last.map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(stood("2026-11-10"), (false, vec![]));
        file(&app, &unit, QUARTER, &clear_on("2026-11-02")).send().await.expect_status(201).done();
        assert_eq!(stood("2026-11-09"), (true, vec![]), "nothing was said before the day on which it was filed");
        assert_eq!(stood("2026-11-10"), (true, vec![CRITERION.to_owned()]));
        app.pass_days(2);
        let mut body = clear_on("2026-11-02");
        body["results"] = json!([{"criterion": OTHER_CRITERION, "result": "clear"}]);
        file(&app, &unit, QUARTER, &body).if_match(1).send().await.expect_status(200).done();
        assert_eq!(stood("2026-11-11"), (true, vec![CRITERION.to_owned()]), "a correction does not reach back");
        assert_eq!(stood("2026-11-12"), (true, vec![OTHER_CRITERION.to_owned()]));
        file(&app, &unit, "2026Q3", &clear_on("2026-08-01")).send().await.expect_status(201).done();
        app.pass_days(1);
        assert_eq!(stood("2026-11-13"), (true, vec![OTHER_CRITERION.to_owned()]), "an earlier quarter is not the last");
    }
}
