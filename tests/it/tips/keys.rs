//! What can be read when a key is lost, when the master key is a new one, when a tip was erased, and when the database of an
//! older day is brought back.

use std::path::Path;
use std::rc::Rc;

use major_hazards::law::tips::lifecycle::TipAction;
use major_hazards::tips::rotate;
use serde_json::{Value, json};

use super::canaries::photographs::{send, with_words};
use super::{public, seen};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::database::{Database, copy_folder};
use crate::support::fixtures::text;
use crate::support::tips::{SEEN, Told, named_tip};
use crate::support::{on_both, on_both_databases};

const PURPOSE: &str = "核实举报人反映的现场情况";

/// A named tip with a photograph and a message, and the photograph.
async fn full(app: &App) -> (Told, String) {
    let photo = send(app, "image/png", with_words("", &[])).await;
    let mut body = named_tip();
    body["attachments"] = json!([photo]);
    let told = app.tell(&body).await;
    let mut message = told.pair();
    message["text"] = json!("夜里又下去了两个人。");
    public(app, "/v1/tips/messages", &message)
        .send()
        .await
        .expect_status(201)
        .done();
    (told, photo)
}

/// Status codes of everything that opens the seal of a tip: its words, its photograph, its identity, the tipster's way back.
async fn opened(app: &App, told: &Told, photo: &str) -> [(u16, String); 4] {
    let officer = Caller::tip_officer();
    let account = app.get(told.path()).as_(&officer).send().await;
    let state = account.json()["account_state"].clone();
    let picture = app
        .get(format!("{}/attachments/{photo}", told.path()))
        .as_(&officer)
        .send()
        .await;
    let reporter = app
        .post(format!("{}/reporter", told.path()))
        .as_(&officer)
        .json(&json!({"purpose": PURPOSE}));
    let reporter = reporter.send().await;
    let way_back = public(app, "/v1/tips/status", &told.pair()).send().await;
    let code = |answer: &crate::support::client::Answer| {
        let told = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
        assert!(
            !answer.text().contains("钱某某") || answer.status == 200,
            "{}",
            answer.text()
        );
        (answer.status, told["code"].as_str().unwrap_or_default().to_owned())
    };
    [
        (account.status, text(&state)),
        code(&picture),
        code(&reporter),
        code(&way_back),
    ]
}

fn open() -> [(u16, String); 4] {
    [
        (200, "shown".to_owned()),
        (200, String::new()),
        (200, String::new()),
        (200, String::new()),
    ]
}

fn missing() -> [(u16, String); 4] {
    let refused = || (503, "tip_key_missing".to_owned());
    [(200, "missing".to_owned()), refused(), refused(), refused()]
}

/// Declined, answered and closed; from then on the retention runs.
async fn close(app: &App, told: &Told) {
    app.walk_tip(
        told,
        &[
            (TipAction::Decline, json!({"reason": "no_substance"})),
            (TipAction::Answer, json!({"feedback": "没有可供核查的线索。"})),
            (TipAction::Close, json!({})),
        ],
    )
    .await;
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder of keys");
    entries.map(|entry| entry.unwrap().path()).collect()
}

on_both! {
    async fn a_lost_key_closes_its_tip_for_good_and_no_other(app: App) {
        let (lost, lost_photo) = full(&app).await;
        let before = files(&app.tip_keys().join("keys"));
        let (kept, kept_photo) = full(&app).await;
        assert_eq!(opened(&app, &lost, &lost_photo).await, open());
        for key in before {
            std::fs::remove_file(key).unwrap();
        }
        assert_eq!(opened(&app, &lost, &lost_photo).await, missing());
        assert_eq!(opened(&app, &kept, &kept_photo).await, open());
        // What was decided can still be read, and the office can still bring it to an end.
        let events = app.get(format!("{}/events", lost.path())).as_(&Caller::auditor()).send().await;
        assert!(events.expect_status(200).items().len() > 2);
        let page = app.get("/v1/tips").as_(&Caller::tip_officer()).send().await.expect_status(200);
        assert_eq!(page.items().len(), 2);
    }

    async fn a_key_that_was_put_in_the_place_of_another_is_as_lost_as_one_that_is_gone(app: App) {
        let (one, one_photo) = full(&app).await;
        let first = files(&app.tip_keys().join("keys")).remove(0);
        let (other, other_photo) = full(&app).await;
        let second = files(&app.tip_keys().join("keys")).into_iter().find(|file| *file != first).unwrap();
        std::fs::copy(&second, &first).unwrap();
        assert_eq!(opened(&app, &one, &one_photo).await, missing());
        assert_eq!(opened(&app, &other, &other_photo).await, open());
    }

    async fn a_new_master_key_opens_everything_and_the_old_one_is_gone(app: App) {
        let (old, old_photo) = full(&app).await;
        let masters = files(&app.tip_keys().join("master"));
        rotate(&app.tip_keys(), &app.clock()).unwrap();
        for master in masters {
            assert!(!master.exists(), "an old master key was left behind");
        }
        let (young, young_photo) = full(&app).await;
        for (told, photo) in [(&old, &old_photo), (&young, &young_photo)] {
            assert_eq!(opened(&app, told, photo).await, open());
        }
        let node = app.another_node().await;
        assert_eq!(opened(&node, &old, &old_photo).await, open());
        node.stop().await;
    }
}

/// Waits for what a node does by itself at its start.
async fn erased(app: &App, told: &Told) {
    for _ in 0..200 {
        if seen(app, told, &Caller::tip_officer()).await["account_state"] == "erased" {
            return;
        }
        actix_web::rt::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("it was not erased");
}

/// A backup holds the database and the objects, and not the keys: it is brought back beside the keys of today.
async fn bring_back(backup: &Rc<Database>, keys: &Path, today: &App) -> App {
    copy_folder(keys, &backup.folder().join("tip-keys"));
    let node = App::over(Rc::clone(backup), today.clock()).await;
    assert_eq!(node.clock().now(), today.clock().now());
    node
}

on_both_databases! {
    fn a_backup_that_is_brought_back_does_not_bring_an_erased_tip_back(database: Database) {
        actix_web::rt::System::new().block_on(async {
            let app = App::start(database).await;
            let (gone, gone_photo) = full(&app).await;
            let (open_tip, open_photo) = full(&app).await;
            close(&app, &gone).await;
            let objects = app.objects();
            app.stop().await;
            let backup = Rc::new(app.database_as_it_stands());
            copy_folder(&objects, &backup.folder().join("objects"));
            std::fs::copy(app.log_key(), backup.folder().join("log-key")).unwrap();

            app.pass_days(4000);
            let node = app.another_node().await;
            erased(&node, &gone).await;
            assert_eq!(opened(&node, &open_tip, &open_photo).await, open());
            node.stop().await;

            let back = bring_back(&backup, &app.tip_keys(), &app).await;
            let [(status, state), rest @ ..] = opened(&back, &gone, &gone_photo).await;
            assert!(status == 200 && matches!(state.as_str(), "missing" | "erased"), "{state}");
            for (status, code) in rest {
                assert!((400..=503).contains(&status), "{status} {code}");
            }
            assert_eq!(opened(&back, &open_tip, &open_photo).await, open());
            let shown = seen(&back, &gone, &Caller::tip_officer()).await;
            assert!(!shown.to_string().contains(SEEN) && shown["account"] == Value::Null);
            erased(&back, &gone).await;
            back.stop().await;
        });
    }
}
