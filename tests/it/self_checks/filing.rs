//! What is filed is on record with its event, and the hazards that it reports with theirs.

use diesel::prelude::*;
use major_hazards::journal::{self, Subject};
use major_hazards::store::StoreError;
use major_hazards::store::schema::{events, outbox, self_checks};
use major_hazards::values::SelfCheckId;
use serde_json::json;

use super::{CRITERION, OTHER_CRITERION, QUARTER, clear_on, file, path, self_report};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::text;
use crate::support::on_both;

/// How many events there are of everything.
fn events_on_record(app: &App) -> i64 {
    app.read_store(|connection| Ok::<_, StoreError>(events::table.count().get_result(connection)?))
        .expect("events are counted")
}

on_both! {
    async fn a_self_check_is_filed_and_read_back(app: App) {
        let unit = app.enterprise().await;
        let body = clear_on("2026-11-02");
        let filed = file(&app, &unit, QUARTER, &body).send().await.expect_status(201);
        assert_eq!(filed.header("location"), Some(path(&unit, QUARTER).as_str()));
        assert_eq!(filed.etag(), 1);
        let view = filed.json();
        for (member, value) in body.as_object().expect("an object") {
            assert_eq!(&view[member], value, "{member}");
        }
        assert_eq!((&view["quarter"], &view["state"], &view["version"]), (&json!(QUARTER), &json!("filed"), &json!(1)));
        assert_eq!(view["enterprise"]["uscc"], unit.uscc);
        assert_eq!((&view["hazards"], &view["filed_at"]), (&json!([]), &view["updated_at"]));
        let read = app.get(path(&unit, QUARTER)).as_(&Caller::office()).send().await.expect_status(200);
        assert_eq!((read.json(), read.etag()), (view, 1));
        assert_eq!(read.header("cache-control"), Some("no-store"));
        let known = app.get(path(&unit, QUARTER)).as_(&unit.officer()).header("if-none-match", "\"1\"");
        known.send().await.expect_status(304).done();
        app.get(path(&unit, "2026Q3")).as_(&unit.officer()).send().await.expect_status(404).problem("not_found");
    }

    async fn each_version_has_its_event_and_its_entry_in_the_outbox(app: App) {
        let unit = app.enterprise().await;
        file(&app, &unit, QUARTER, &clear_on("2026-11-02")).send().await.expect_status(201).done();
        file(&app, &unit, QUARTER, &clear_on("2026-11-03")).if_match(1).send().await.expect_status(200).done();
        let (history, told) = app.read_store(|connection| {
            let id: SelfCheckId = self_checks::table.select(self_checks::id).first(connection)?;
            let told: Vec<(i64, String)> = outbox::table
                .filter(outbox::subject_kind.eq("self_check"))
                .order(outbox::position)
                .select((outbox::version, outbox::event_type))
                .load(connection)?;
            Ok::<_, StoreError>((journal::history(connection, Subject::from(id))?, told))
        }).expect("the journal is read");
        let kind = || "self_check.filed".to_owned();
        assert_eq!(told, [(1, kind()), (2, kind())]);
        assert_eq!(journal::verify(&history), Ok(()));
        let days: Vec<_> = history.iter().map(|event| (event.action.clone(), text(&event.payload["performed_on"]))).collect();
        assert_eq!(days, [("file".to_owned(), "2026-11-02".to_owned()), ("correct".to_owned(), "2026-11-03".to_owned())]);
        assert_eq!(history[0].actor.subject, unit.officer().sub());
    }

    async fn hazards_are_reported_by_the_same_call(app: App) {
        let unit = app.enterprise().await;
        let known = app.report(&unit.officer(), &unit, &self_report(&app, &unit)).await;
        let (one, other) = (self_report(&app, &unit), self_report(&app, &unit));
        let mut body = clear_on("2026-11-09");
        body["results"] = json!([{"criterion": CRITERION, "result": "found"}, {"criterion": OTHER_CRITERION, "result": "clear"}]);
        body["hazards"] = json!([known.id]);
        body["reports"] = json!([one, other]);
        let view = file(&app, &unit, QUARTER, &body).send().await.expect_status(201).json();
        assert_eq!(view["hazards"], json!([known.id, one["id"], other["id"]]));
        assert!(view.get("reports").is_none(), "they are hazards now");
        for report in [&one, &other] {
            let hazard = app.get(format!("/v1/hazards/{}", text(&report["id"]))).as_(&Caller::committee()).send().await;
            let hazard = hazard.expect_status(200).json();
            assert_eq!((&hazard["status"], &hazard["source"]), (&json!("reported"), &json!("self_report")));
            assert_eq!(hazard["enterprise"]["id"], unit.id.as_str());
        }
        let before = events_on_record(&app);
        let again = file(&app, &unit, QUARTER, &body).send().await.expect_status(200);
        assert_eq!((again.json(), again.etag()), (view, 1));
        assert_eq!(events_on_record(&app), before, "a repeat changes nothing");
        body["reports"][1]["title"] = json!("另一条隐患");
        let answer = file(&app, &unit, QUARTER, &body).send().await.expect_status(409);
        answer.faults(&[("/reports/1/id", "already_exists")]);
        assert_eq!(answer.problem("already_exists")["code"], "already_exists");
    }

    async fn a_key_is_answered_as_the_first_time(app: App) {
        let unit = app.enterprise().await;
        let body = clear_on("2026-11-02");
        let first = file(&app, &unit, QUARTER, &body).key("k").send().await.expect_status(201);
        let again = file(&app, &unit, QUARTER, &body).key("k").send().await.expect_status(201);
        assert_eq!((again.header("idempotent-replayed"), &again.body), (Some("true"), &first.body));
        assert_eq!(again.etag(), 1);
        let other = file(&app, &unit, QUARTER, &clear_on("2026-11-03")).key("k").send().await.expect_status(422);
        other.problem("idempotency_key_reused");
    }

    async fn of_equal_calls_at_once_one_files_and_the_others_find_it(app: App) {
        let unit = app.enterprise().await;
        let mut body = clear_on("2026-11-02");
        body["reports"] = json!([self_report(&app, &unit)]);
        let mut asked = Vec::new();
        for _ in 0..6 {
            asked.push(actix_web::rt::spawn(file(&app, &unit, QUARTER, &body).send()));
        }
        let mut statuses = Vec::new();
        for answer in asked {
            statuses.push(answer.await.expect("an answer").status);
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 200, 200, 200, 201]);
        let read = app.get(path(&unit, QUARTER)).as_(&unit.officer()).send().await;
        assert_eq!(read.etag(), 1);
    }

    async fn of_different_calls_at_once_one_files_and_the_others_are_told(app: App) {
        let unit = app.enterprise().await;
        let mut asked = Vec::new();
        for day in 1..=6 {
            let body = clear_on(&format!("2026-11-0{day}"));
            asked.push(actix_web::rt::spawn(file(&app, &unit, QUARTER, &body).send()));
        }
        let mut statuses = Vec::new();
        for answer in asked {
            statuses.push(answer.await.expect("an answer").status);
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 428, 428, 428, 428, 428]);
    }
}
