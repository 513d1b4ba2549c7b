//! Tips: seen by officers and auditors of their area, whatever the trade, and by nobody else; their words by officers
//! alone.

use std::collections::BTreeSet;

use serde_json::json;

use super::world::AREAS;
use super::{NOTHING, Seer, ask, unnamed};
use crate::support::app::App;
use crate::support::fixtures::{photograph, text};
use crate::support::openapi::Operation;
use crate::support::tips::anonymous_tip;

/// A tip in some area.
pub(super) struct Placed {
    id: String,
    photo: String,
    area: &'static str,
}

/// What each tipster saw.
const SEEN: &str = "only those who work on it read this";

/// Two tips in every area.
pub(super) async fn tell(app: &App) -> Vec<Placed> {
    let mut told = Vec::new();
    for (number, area) in (0..).zip(AREAS.iter().chain(AREAS.iter())) {
        let sent = app.public("/v1/tips/attachments").body("image/png", photograph(number));
        let photo = text(&sent.send().await.expect_status(201).json()["id"]);
        let mut body = anonymous_tip();
        body["area"] = json!(area);
        body["description"] = json!(SEEN);
        body["attachments"] = json!([photo]);
        let id = app.tell(&body).await.id;
        told.push(Placed { id, photo, area });
    }
    told
}

fn covered<'t>(told: &'t [Placed], seer: &Seer) -> Vec<&'t Placed> {
    let areas = seer.law.tip_areas();
    let covers = |area: &str| areas.is_some_and(|areas| areas.cover(&area.parse().expect("an area")));
    told.iter().filter(|tip| covers(tip.area)).collect()
}

pub(super) async fn list(app: &App, told: &[Placed], operation: &Operation, seers: &[Seer]) {
    for seer in seers {
        let own: BTreeSet<&str> = covered(told, seer).iter().map(|tip| tip.id.as_str()).collect();
        for filter in [
            "limit=200",
            "limit=3",
            "limit=5&status=received",
            "limit=5&campaign=confined_space",
        ] {
            let mut seen = BTreeSet::new();
            let mut cursor = String::new();
            loop {
                let path = format!("{}?{filter}{cursor}", operation.path);
                let page = app.get(path).as_(&seer.token).send().await;
                assert!(!page.text().contains(SEEN), "{}", page.text());
                if seer.law.tip_areas().is_none() {
                    page.expect_status(403).problem("role_not_allowed");
                    break;
                }
                let page = page.expect_status(200);
                for tip in page.items() {
                    assert!(seen.insert(text(&tip["id"])), "a tip came twice");
                }
                match page.json()["next_cursor"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
            let seen: BTreeSet<&str> = seen.iter().map(String::as_str).collect();
            assert_eq!(seen, own, "{filter} as {}", seer.token.sub());
        }
    }
}

pub(super) async fn things(app: &App, told: &[Placed], operation: &Operation, seers: &[Seer]) {
    for seer in seers {
        let absent = ask(app, operation, NOTHING, seer, None).await;
        let known: BTreeSet<&str> = covered(told, seer).iter().map(|tip| tip.id.as_str()).collect();
        let works = seer.law.has(major_hazards::law::scope::Role::TipOfficer);
        for tip in told {
            let path = operation.path_with(|parameter| match parameter {
                "photo" => tip.photo.clone(),
                _ => tip.id.clone(),
            });
            let answer = app.get(&path).as_(&seer.token).send().await;
            let is_photo = operation.id == "get_tip_photo";
            if !known.contains(tip.id.as_str()) {
                assert_eq!(unnamed(&answer), unnamed(&absent), "{path} as {}", seer.token.sub());
            } else if is_photo && !works {
                answer.expect_status(403).problem("role_not_allowed");
            } else {
                let answer = answer.expect_status(200);
                let shows = operation.id == "get_tip" && works;
                assert_eq!(answer.text().contains(SEEN), shows, "{path} as {}", seer.token.sub());
            }
        }
    }
}
