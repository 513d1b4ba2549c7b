//! The same again changes nothing, another under the same id is told where it differs, and nothing ever changes an
//! inspection.

use diesel::prelude::*;
use diesel::sql_query;
use major_hazards::store::StoreError;
use serde_json::{Value, json};

use super::{counted, read};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::{Unit, text};
use crate::support::on_both;

/// An inspection that has something of everything.
async fn full(app: &App) -> (Unit, Value) {
    let (unit, list) = (app.enterprise().await, app.checklist().await);
    let mut body = app.inspection_body(&unit, &list);
    let slot = app.declaration(&app.next().to_be_bytes());
    let mut hazard = app.found_hazard(&unit);
    hazard["location"] = json!({"latitude": 36.812_345_678_901_23, "longitude": 118.053_219_876_543_21});
    hazard["attachments"] = json!([slot["id"]]);
    body["findings"][1]["hazard"] = hazard;
    body["findings"][1]["attachments"] = json!([slot["id"]]);
    body["evidence"] = json!([slot]);
    (unit, body)
}

on_both! {
    async fn the_same_again_is_answered_and_changes_nothing(app: App) {
        let (_, body) = full(&app).await;
        let id = app.phone_id();
        let first = app.send_inspection(&id, &body).send().await.expect_status(201).json();
        let before = counted(&app);
        app.pass_days(3);
        let again = app.send_inspection(&id, &body).send().await.expect_status(200);
        assert_eq!((again.json(), again.header("location")), (first.clone(), None));
        // What says the same is the same, however it is written.
        let mut written_otherwise = body.clone();
        let members = written_otherwise.as_object_mut().expect("an object");
        members.insert("started_at".to_owned(), json!("2026-11-09T07:10:00.000000+08:00"));
        let finding = members["findings"][0].as_object_mut().expect("an object");
        finding.remove("hazard");
        finding.remove("attachments");
        let again = app.send_inspection(&id, &written_otherwise).send().await.expect_status(200);
        assert_eq!(again.json(), first);
        assert_eq!(counted(&app), before);
    }

    async fn what_differs_is_named_without_what_was_kept(app: App) {
        let (_, body) = full(&app).await;
        let id = app.phone_id();
        app.send_inspection(&id, &body).send().await.expect_status(201).done();
        let before = counted(&app);
        let mut other = body.clone();
        other["finished_at"] = json!("2026-11-09T00:30:00.250Z");
        other["inspectors"][1]["name"] = json!("孙三");
        other["findings"][0]["note"] = Value::Null;
        other["findings"][1]["hazard"]["title"] = json!("另一件事");
        other["evidence"][0]["size"] = json!(7);
        other["location"]["latitude"] = json!(36.812_345_678_901_22);
        let refused = app.send_inspection(&id, &other).send().await.expect_status(409);
        let problem = refused.problem("inspection_differs");
        assert_eq!(problem["differs"], json!([
            "/evidence/0/size",
            "/findings/0/note",
            "/findings/1/hazard/title",
            "/finished_at",
            "/inspectors/1/name",
            "/location/latitude",
        ]));
        for kept in ["台账齐全", "钱二", "36.8"] {
            assert!(!refused.text().contains(kept), "{kept} is told");
        }
        let mut longer = body.clone();
        longer["findings"] = json!([]);
        longer["enterprise"] = json!(app.enterprise().await.id);
        let refused = app.send_inspection(&id, &longer).send().await.expect_status(409);
        assert_eq!(refused.problem("inspection_differs")["differs"], json!(["/enterprise", "/findings"]));
        assert_eq!(counted(&app)[..4], before[..4]);
    }

    async fn whoever_else_chose_the_id_learns_that_it_is_taken_and_no_more(app: App) {
        let (_, body) = full(&app).await;
        let id = app.phone_id();
        app.send_inspection(&id, &body).send().await.expect_status(201).done();
        let colleague = Caller::inspector().subject("inspector-2");
        let stranger = Caller::inspector().subject("inspector-3").areas(&["110101"]);
        let mut other = body.clone();
        other["note"] = json!("x");
        for (caller, body) in [(&colleague, &body), (&colleague, &other), (&stranger, &body)] {
            let refused = app.send_inspection(&id, body).as_(caller).send().await.expect_status(409);
            let problem = refused.problem("already_exists");
            assert!(problem.get("differs").is_none() && problem.get("errors").is_none(), "{problem}");
        }
    }

    async fn a_key_is_answered_as_the_first_time(app: App) {
        let (_, body) = full(&app).await;
        let id = app.phone_id();
        let first = app.send_inspection(&id, &body).key("k").send().await.expect_status(201);
        let again = app.send_inspection(&id, &body).key("k").send().await.expect_status(201);
        assert_eq!((again.header("idempotent-replayed"), &again.body), (Some("true"), &first.body));
        let mut other = body.clone();
        other["note"] = json!("x");
        app.send_inspection(&id, &other).key("k").send().await.expect_status(422).problem("idempotency_key_reused");
    }

    async fn of_equal_calls_at_once_one_is_first_and_the_others_find_it(app: App) {
        let (_, body) = full(&app).await;
        let (id, before) = (app.phone_id(), counted(&app));
        let mut asked = Vec::new();
        for _ in 0..5 {
            asked.push(actix_web::rt::spawn(app.send_inspection(&id, &body).send()));
        }
        let mut statuses = Vec::new();
        for answer in asked {
            statuses.push(answer.await.expect("an answer").status);
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 200, 200, 201]);
        let added: Vec<i64> = counted(&app).iter().zip(before).map(|(now, then)| now - then).collect();
        // The inspection, its hazard and its evidence, each once and each with an event.
        assert_eq!(added, [1, 1, 1, 1, 3, 3]);
    }

    async fn of_different_calls_at_once_one_is_first_and_the_others_are_told(app: App) {
        let (_, body) = full(&app).await;
        let id = app.phone_id();
        let mut asked = Vec::new();
        for number in 0..5 {
            let mut other = body.clone();
            other["note"] = json!(format!("第{number}稿"));
            asked.push(actix_web::rt::spawn(app.send_inspection(&id, &other).send()));
        }
        let mut notes = Vec::new();
        for answer in asked {
            let answer = answer.await.expect("an answer");
            if answer.status == 201 {
                notes.push(text(&answer.json()["note"]));
            } else {
                assert_eq!(answer.problem("inspection_differs")["differs"], json!(["/note"]));
            }
        }
        assert_eq!(notes, [text(&read(&app, &id).await["note"])], "the first one stays");
    }

    async fn the_database_refuses_to_change_an_inspection(app: App) {
        let (_, body) = full(&app).await;
        app.send_inspection(&app.phone_id(), &body).send().await.expect_status(201).done();
        for statement in ["UPDATE inspections SET document = '{}'", "DELETE FROM inspections"] {
            let refused = app.read_store(|connection| Ok::<_, StoreError>(sql_query(statement).execute(connection)?));
            assert!(format!("{refused:?}").contains("never changed"), "{statement}: {refused:?}");
        }
    }
}
