//! Each refusal that is not a guard of the law: what is wrong with a request, and what is wrong with the service.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use diesel::connection::SimpleConnection as _;
use major_hazards::attachments::Declared;
use major_hazards::law::lifecycle::{Action, State};
use major_hazards::store::{DatabaseUrl, StoreError};
use reqwest::Method;
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};

use super::problems::Lab;
use super::service::Service;
use super::wire;
use crate::support::caller::Caller;
use crate::support::client::Answer;
use crate::support::evidence::announced;
use crate::support::fixtures::{CRITERION, photograph, text, usual_caller};

/// Provokes every refusal that needs no special set-up, then those that do.
pub(super) async fn provoke(lab: &Lab) {
    requests(lab).await;
    callers(lab).await;
    states(lab).await;
    keys(lab).await;
    evidence(lab).await;
    registers(lab).await;
    self_checks(lab).await;
    inspections(lab).await;
    phones(lab).await;
    subscriptions(lab).await;
    a_database_that_is_held(lab).await;
    a_table_that_is_gone(lab).await;
}

async fn requests(lab: &Lab) {
    let app = &lab.app;
    let report = || app.post("/v1/hazards").as_(&Caller::inspector());
    lab.refused("malformed_json", || report().body("application/json", "{"))
        .await;
    lab.refused("invalid_input", || report().json(&json!({}))).await;
    let unit = app.enterprise().await;
    let mut unknown = app.report_body(&unit);
    unknown["colour"] = json!("red");
    lab.refused("unknown_field", || report().json(&unknown)).await;
    lab.refused("unsupported_media_type", || report().body("text/plain", "{}"))
        .await;
    lab.refused("too_large", || report().json(&json!("a".repeat(1024 * 1024))))
        .await;
    let auditor = Caller::auditor();
    lab.refused("bad_cursor", || app.get("/v1/hazards?cursor=abc").as_(&auditor))
        .await;
    lab.refused("not_found", || app.get("/v1/hazards/none").as_(&auditor))
        .await;
    lab.refused("method_not_allowed", || {
        app.request(Method::DELETE, "/v1/hazards").as_(&auditor)
    })
    .await;
    lab.refused("not_acceptable", || {
        app.get("/v1/hazards").as_(&auditor).header("accept-encoding", "*;q=0")
    })
    .await;
    lab.refused("bad_request", || {
        app.post("/v1/attachments")
            .as_(&Caller::inspector())
            .header("content-digest", "md5=x")
            .body("image/png", photograph(1))
    })
    .await;
}

async fn callers(lab: &Lab) {
    let app = &lab.app;
    lab.refused("unauthenticated", || app.get("/v1/hazards")).await;
    lab.refused("invalid_token", || {
        app.get("/v1/hazards").header("authorization", "Bearer a.b.c")
    })
    .await;
    let unit = app.enterprise().await;
    let body = app.report_body(&unit);
    lab.refused("role_not_allowed", || {
        app.post("/v1/hazards").as_(&Caller::auditor()).json(&body)
    })
    .await;
}

async fn states(lab: &Lab) {
    let app = &lab.app;
    let hazard = app.hazard_in(State::Confirmed).await;
    let act = |action: Action| format!("{}/actions/{action}", hazard.path());
    let committee = Caller::committee();
    let order = app.usual_body(&hazard, Action::Order).await;
    lab.refused("precondition_required", || {
        app.post(act(Action::Order)).as_(&committee).json(&order)
    })
    .await;
    lab.refused("bad_precondition", || {
        app.post(act(Action::Order))
            .as_(&committee)
            .header("if-match", "*")
            .json(&order)
    })
    .await;
    lab.refused("stale_version", || {
        app.post(act(Action::Order)).as_(&committee).if_match(1).json(&order)
    })
    .await;
    let signer = usual_caller(&hazard.unit, Action::SignOff);
    lab.refused("action_not_allowed", || {
        app.post(act(Action::SignOff))
            .as_(&signer)
            .if_match(2)
            .json(&json!({"comment": "同意。"}))
    })
    .await;
    lab.refused("hazard_already_judged", || {
        app.patch(hazard.path())
            .as_(&committee)
            .if_match(2)
            .json(&json!({"title": "更正"}))
    })
    .await;
}

async fn keys(lab: &Lab) {
    let app = &lab.app;
    let unit = app.enterprise().await;
    let body = app.report_body(&unit);
    let report = |key: &str, body: &Value| app.post("/v1/hazards").as_(&Caller::inspector()).key(key).json(body);
    lab.refused("bad_idempotency_key", || report(&"k".repeat(256), &body))
        .await;
    report("used", &body).send().await.expect_status(201).done();
    let mut other = body.clone();
    other["title"] = json!("另一件事");
    lab.refused("idempotency_key_reused", || report("used", &other)).await;
}

async fn evidence(lab: &Lab) {
    let app = &lab.app;
    let inspector = Caller::inspector();
    lab.refused("digest_mismatch", || {
        let digest = "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:";
        app.post("/v1/attachments")
            .as_(&inspector)
            .header("content-digest", digest)
            .body("image/png", photograph(1))
    })
    .await;
    let slot = app.empty_slot(&inspector);
    lab.refused("bytes_outstanding", || {
        app.get(format!("/v1/attachments/{slot}")).as_(&inspector)
    })
    .await;
    let bytes = photograph(2);
    let wrong = Declared {
        size: 1,
        ..announced(&bytes)
    };
    app.try_to_declare(&inspector, &[wrong]).expect("it is declared");
    lab.refused("evidence_differs", || {
        app.post("/v1/attachments")
            .as_(&inspector)
            .body("image/png", bytes.clone())
    })
    .await;
    uploads(lab).await;
    let id = app.photograph(&inspector).await;
    let file = app
        .post("/v1/attachments")
        .as_(&inspector)
        .body("application/pdf", "%PDF-1.7\n");
    let file = text(&file.send().await.expect_status(201).json()["id"]);
    lab.refused("no_thumbnail", || {
        app.get(format!("/v1/attachments/{file}/thumbnail")).as_(&inspector)
    })
    .await;
    lab.refused("range_not_satisfiable", || {
        app.get(format!("/v1/attachments/{id}"))
            .as_(&inspector)
            .header("range", "bytes=9999-")
    })
    .await;
}

async fn uploads(lab: &Lab) {
    let app = &lab.app;
    let inspector = Caller::inspector();
    let path = format!("/v1/uploads/{}", app.upload_of(&inspector).await);
    let piece = |version: &str, offset: &str, sum: &str| {
        app.patch(&path)
            .as_(&inspector)
            .header("tus-resumable", version)
            .header("upload-offset", offset)
            .header("upload-checksum", sum)
            .body("application/offset+octet-stream", "0123456789")
    };
    let zero = "sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    lab.refused("tus_version_unsupported", || piece("0.2.2", "0", zero))
        .await;
    lab.refused("offset_mismatch", || piece("1.0.0", "3", zero)).await;
    lab.refused("checksum_mismatch", || piece("1.0.0", "0", zero)).await;
    let sum = STANDARD.encode(Sha1::digest("0123456789"));
    let refused = piece("1.0.0", "0", &format!("sha1 {sum}")).send().await;
    refused.expect_status(415).problem("unsupported_media_type");
    lab.refused("upload_refused", || app.get(&path).as_(&inspector)).await;
    let busy = Caller::inspector().subject("one with much to send");
    for _ in 0..200 {
        app.upload_of(&busy).await;
    }
    lab.refused("too_many_uploads", || {
        app.post("/v1/uploads")
            .as_(&busy)
            .header("tus-resumable", "1.0.0")
            .header("upload-length", "10")
            .header("upload-metadata", "filetype aW1hZ2UvcG5n")
    })
    .await;
}

async fn registers(lab: &Lab) {
    let app = &lab.app;
    let office = Caller::office().areas(&["*"]);
    let body = app.enterprise_body();
    app.post("/v1/enterprises")
        .as_(&office)
        .json(&body)
        .send()
        .await
        .expect_status(201)
        .done();
    lab.refused("already_exists", || {
        app.post("/v1/enterprises").as_(&office).json(&body)
    })
    .await;
    lab.refused("import_rejected", || {
        app.post("/v1/enterprises/import")
            .as_(&office)
            .body("application/jsonl", "{}")
    })
    .await;
}

async fn phones(lab: &Lab) {
    let app = &lab.app;
    let page = app.get("/v1/sync").as_(&Caller::inspector()).send().await.json();
    let after = page["next_cursor"].as_str().expect("a cursor");
    let moved = Caller::inspector().areas(&["370304"]);
    lab.refused("sync_restart", || {
        app.get(format!("/v1/sync?after={after}")).as_(&moved)
    })
    .await;
}

async fn self_checks(lab: &Lab) {
    let app = &lab.app;
    let unit = app.enterprise().await;
    let path = |quarter: &str| format!("/v1/enterprises/{}/self-checks/{quarter}", unit.id);
    let body = |day: &str, result: &str, hazards: Value| {
        json!({
            "performed_on": day,
            "performed_by": {"name": "王某", "position": "主要负责人"},
            "summary": "已自查。",
            "results": [{"criterion": CRITERION, "result": result}],
            "hazards": hazards,
        })
    };
    let nothing = json!(["01900000-0000-7000-8000-00000000dead"]);
    for (code, quarter, body) in [
        (
            "performed_outside_quarter",
            "2026Q4",
            body("2026-09-30", "clear", json!([])),
        ),
        ("performed_in_future", "2026Q4", body("2026-12-31", "clear", json!([]))),
        ("hazard_unknown", "2026Q4", body("2026-11-02", "clear", nothing)),
        ("found_without_hazard", "2026Q4", body("2026-11-02", "found", json!([]))),
    ] {
        lab.refused(code, || {
            app.request(Method::PUT, path(quarter)).as_(&unit.officer()).json(&body)
        })
        .await;
    }
}

async fn inspections(lab: &Lab) {
    let app = &lab.app;
    let (unit, list, id) = (app.enterprise().await, app.checklist().await, app.phone_id());
    let body = app.inspection_body(&unit, &list);
    app.send_inspection(&id, &body).send().await.expect_status(201).done();
    let mut other = body.clone();
    other["note"] = json!("另一次检查");
    lab.refused("inspection_differs", || app.send_inspection(&id, &other))
        .await;
    let id = app.phone_id();
    other["checklist"]["version"] = json!(2);
    lab.refused("checklist_unknown", || app.send_inspection(&id, &other))
        .await;
    other["checklist"]["version"] = json!(1);
    other["findings"][0]["item"] = json!("99");
    lab.refused("item_unknown", || app.send_inspection(&id, &other)).await;
}

/// Somebody else holds the database: of two writers under one key the first waits, the second is told so, and the one
/// who waits too long is told that the service is busy.
async fn subscriptions(lab: &Lab) {
    let make = || {
        let body = json!({"url": "https://receiver.example/", "types": ["hazard.closed"]});
        lab.app.post("/v1/subscriptions").as_(&Caller::system()).json(&body)
    };
    while make().send().await.status == 201 {}
    lab.refused("too_many_subscriptions", make).await;
}

async fn a_database_that_is_held(lab: &Lab) {
    let app = &lab.app;
    let unit = app.enterprise().await;
    let body = app.report_body(&unit).to_string();
    let address = app.url("").trim_start_matches("http://").to_owned();
    let token = format!("Bearer {}", Caller::inspector().token(&app.clock()));
    let report = |language: &str, key: &str| {
        let headers = [
            ("Authorization", token.as_str()),
            ("Content-Type", "application/json"),
            ("Accept-Language", language),
            ("Idempotency-Key", key),
        ];
        let bytes = wire::request("POST /v1/hazards", &headers, body.as_bytes());
        wire::exchange(wire::PATIENCE, &address, &bytes).expect("an answer")
    };
    let answers = app.read_store(|connection| {
        connection.begin_write()?;
        if connection.is_postgres() {
            connection.batch_execute("LOCK TABLE number_series IN ACCESS EXCLUSIVE MODE")?;
        }
        let answers = std::thread::scope(|threads| {
            let sent = [("zh-CN", "one"), ("en", "two")]
                .map(|(language, key)| [(); 2].map(|()| threads.spawn(move || report(language, key))));
            sent.map(|both| in_use_and_busy(both.map(|thread| thread.join().expect("an answer"))))
        });
        connection.roll_back()?;
        Ok::<_, StoreError>(answers)
    });
    let [(chinese, busy_chinese), (english, busy_english)] = answers.expect("the database was held");
    lab.answered("idempotency_key_in_use", &chinese, &english);
    lab.answered("busy", &busy_chinese, &busy_english);
}

/// Which of two requests under one key came first is for the machine to say: the one waits, the other is told so.
fn in_use_and_busy([one, other]: [Answer; 2]) -> (Answer, Answer) {
    if one.status == 409 { (one, other) } else { (other, one) }
}

async fn a_table_that_is_gone(lab: &Lab) {
    let app = &lab.app;
    let rename = |from: &str, to: &str| {
        app.read_store(|connection| connection.batch_execute(&format!("ALTER TABLE {from} RENAME TO {to}")))
            .expect("the table is renamed");
    };
    rename("number_series", "gone");
    let unit = app.enterprise().await;
    let body = app.report_body(&unit);
    lab.refused("internal_error", || {
        app.post("/v1/hazards").as_(&Caller::inspector()).json(&body)
    })
    .await;
    rename("gone", "number_series");
}

/// What only a service in a bad way answers.
pub(super) async fn provoke_special(lab: &Lab, database: &DatabaseUrl) {
    let hurried = Service::start(database, |config| {
        config.limits.request_time = Duration::ZERO;
        config.tip_keys = lab.app.tip_keys();
        config.log_key = lab.app.log_key();
    })
    .await;
    let line = "GET /v1/hazards";
    let chinese = too_late(&hurried, line, "zh-CN").await;
    lab.answered("timeout", &chinese, &too_late(&hurried, line, "en").await);
    hurried.stop().await;
    let homeless = Service::start(database, |config| {
        config.tip_keys = lab.app.tip_keys();
        config.log_key = lab.app.log_key();
    })
    .await;
    let objects = homeless.objects.path();
    std::fs::remove_dir_all(objects).expect("the folder is ours");
    std::fs::write(objects, "in the way").expect("the place is free");
    let line = "POST /v1/attachments";
    let chinese = ask(&homeless, line, "zh-CN", &photograph(7)).await;
    lab.answered(
        "unavailable",
        &chinese,
        &ask(&homeless, line, "en", &photograph(7)).await,
    );
    homeless.stop().await;
}

/// The answer of a service without patience. An answer that is ready before the clock has ticked once is not late.
async fn too_late(service: &Service, line: &str, language: &str) -> Answer {
    let mut answer = ask(service, line, language, b"").await;
    for _ in 0..100 {
        if answer.status != 200 {
            break;
        }
        answer = ask(service, line, language, b"").await;
    }
    answer
}

async fn ask(service: &Service, line: &str, language: &str, body: &[u8]) -> Answer {
    let token = format!("Bearer {}", Caller::inspector().token(&service.clock));
    let headers = [
        ("Authorization", token.as_str()),
        ("Content-Type", "image/png"),
        ("Accept-Language", language),
    ];
    let request = wire::request(line, &headers, body);
    wire::ask(wire::PATIENCE, &service.address(), request)
        .await
        .expect("an answer")
}
