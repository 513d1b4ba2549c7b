//! What is there at the end, held against what was recorded on the phones.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use chrono::{DateTime, FixedOffset};
use diesel::prelude::*;
use major_hazards::store::schema::attachments;
use major_hazards::values::{AttachmentId, Clock};
use serde_json::Value;

use super::owner::Owner;
use crate::crash::ledger::Ledger;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::database::Database;
use crate::support::fixtures::text;

/// Days after which evidence that nothing cites is collected, and what is begun to be sent is given up, with one more.
const PERIOD_DAYS: i64 = 32;

/// Fails unless everything is there once; tells how much that is.
pub fn judge(database: &Rc<Database>, owners: &[Owner]) -> String {
    let ledger = Ledger::whole(database);
    let found = actix_web::rt::System::new().block_on(async {
        let app = App::over(Rc::clone(database), Clock::system()).await;
        let mut found = Found::default();
        for owner in owners {
            for id in &owner.acknowledged {
                assert!(
                    owner.recorded.contains_key(id),
                    "{id} is acknowledged and nobody recorded it"
                );
            }
            assert_eq!(
                owner.acknowledged.len(),
                owner.recorded.len(),
                "some were never acknowledged"
            );
            for (id, recorded) in &owner.recorded {
                found.inspection(&app, id, recorded, &owner.bytes).await;
            }
        }
        found.lists(&app).await;
        app.stop().await;
        app.check_books();
        found.collected(database).await;
        found
    });
    for hazard in &found.hazards {
        assert_eq!(ledger.history(hazard).len(), 1, "events of hazard {hazard}");
    }
    format!(
        "{} inspections, {} hazards, {} photographs of {} bytes",
        found.inspections.len(),
        found.hazards.len(),
        found.evidence.len(),
        found.bytes
    )
}

#[derive(Default)]
struct Found {
    inspections: BTreeSet<String>,
    hazards: BTreeSet<String>,
    /// Evidence with its digest.
    evidence: BTreeMap<String, String>,
    bytes: usize,
}

impl Found {
    /// An inspection says what was recorded, and its photographs are what was taken.
    async fn inspection(&mut self, app: &App, id: &str, recorded: &Value, bytes: &BTreeMap<String, Vec<u8>>) {
        let path = format!("/v1/inspections/{id}");
        let inspection = read(app, &path).await;
        assert_eq!(inspection["complete"], true, "{inspection}");
        assert_eq!(inspection["missing"], Value::Array(Vec::new()), "{inspection}");
        for member in ["checklist", "inspectors", "note"] {
            assert_eq!(inspection[member], recorded[member], "`{member}` of {id}");
        }
        for member in ["started_at", "finished_at"] {
            let [told, recorded] = [&inspection, recorded].map(|of| moment(&of[member]));
            assert_eq!(told, recorded, "`{member}` of {id}");
        }
        let findings = |of: &Value| of["findings"].as_array().expect("findings").clone();
        let (told, recorded_findings) = (findings(&inspection), findings(recorded));
        assert_eq!(told.len(), recorded_findings.len(), "{inspection}");
        for (told, recorded) in told.iter().zip(&recorded_findings) {
            for member in ["item", "result", "note", "attachments"] {
                assert_eq!(told[member], recorded[member], "{inspection}");
            }
            assert_eq!(told["hazard"]["id"], recorded["hazard"]["id"], "{inspection}");
            if let Some(hazard) = recorded["hazard"]["id"].as_str() {
                self.hazard(app, hazard, &recorded["hazard"]).await;
            }
        }
        for evidence in recorded["evidence"].as_array().expect("evidence") {
            let (id, sha256) = (text(&evidence["id"]), text(&evidence["sha256"]));
            let path = format!("/v1/attachments/{id}");
            let answer = app.get(path).as_(&Caller::auditor()).send().await.expect_status(200);
            assert!(
                answer.body == bytes[&sha256],
                "photograph {id} of {} bytes is another",
                answer.body.len()
            );
            self.bytes += answer.body.len();
            self.evidence.insert(id, sha256);
        }
        assert!(self.inspections.insert(id.to_owned()), "{id} twice");
    }

    async fn hazard(&mut self, app: &App, id: &str, recorded: &Value) {
        let hazard = read(app, &format!("/v1/hazards/{id}")).await;
        for member in [
            "source",
            "title",
            "description",
            "area",
            "address",
            "found_on",
            "criteria",
        ] {
            assert_eq!(hazard[member], recorded[member], "`{member}` of {id}");
        }
        assert_eq!(hazard["version"], 1, "{hazard}");
        assert!(self.hazards.insert(id.to_owned()), "{id} twice");
    }

    /// There is no inspection and no hazard that nobody recorded, and none twice.
    async fn lists(&self, app: &App) {
        for (path, expected) in [("/v1/inspections", &self.inspections), ("/v1/hazards", &self.hazards)] {
            let mut ids = Vec::new();
            let mut cursor = String::new();
            loop {
                let page = read(app, &format!("{path}?limit=200{cursor}")).await;
                ids.extend(
                    page["items"]
                        .as_array()
                        .expect("items")
                        .iter()
                        .map(|row| text(&row["id"])),
                );
                match page["next_cursor"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
            assert_eq!(ids.len(), expected.len(), "{path}");
            assert_eq!(&ids.into_iter().collect::<BTreeSet<_>>(), expected, "{path}");
        }
    }

    /// After the period there is no evidence but what an inspection names, and no bytes but theirs.
    async fn collected(&self, database: &Rc<Database>) {
        let clock = Clock::standing_at(Clock::system().now().plus_seconds(PERIOD_DAYS * 86_400));
        let app = App::over(Rc::clone(database), clock).await;
        app.tend_evidence().await;
        // Bytes are laid aside for a day first.
        app.pass_days(2);
        app.tend_evidence().await;
        let rows: Vec<AttachmentId> = app
            .read_store(|connection| attachments::table.select(attachments::id).load(connection))
            .expect("rows are read");
        let rows: BTreeSet<String> = rows.iter().map(ToString::to_string).collect();
        assert_eq!(rows, self.evidence.keys().cloned().collect(), "evidence that is left");
        let distinct: BTreeSet<&String> = self.evidence.values().collect();
        let objects = app.object_names();
        let left: Vec<&String> = objects.iter().filter(|object| !distinct.contains(object)).collect();
        assert!(left.is_empty(), "objects that are left: {left:?}");
        assert_eq!(objects.len(), distinct.len(), "objects that are gone");
        app.stop().await;
    }
}

/// A moment with its offset, however many digits it is written with.
fn moment(told: &Value) -> (DateTime<FixedOffset>, FixedOffset) {
    let moment: DateTime<FixedOffset> = text(told).parse().expect("a moment");
    (moment, *moment.offset())
}

async fn read(app: &App, path: &str) -> Value {
    app.get(path)
        .as_(&Caller::auditor())
        .send()
        .await
        .expect_status(200)
        .json()
}
