//! All that can be read, without what the service itself gives out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::calls::{World, name, pair};
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::fixtures::text;
use crate::support::hexadecimal;

/// Members that hold nothing but what the service gives out.
const GIVEN: &[&str] = &["salt", "hash", "previous_hash", "number", "next_cursor", "as_of"];

/// What can be read, by the path that it is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State(BTreeMap<String, String>);

impl State {
    /// Reads it.
    pub async fn read(app: &App, world: &World) -> Self {
        let mut reading = Reading {
            app,
            known: world.ids.iter().map(String::as_str).collect(),
            today: app.day(0),
            state: BTreeMap::new(),
            evidence: BTreeSet::new(),
        };
        reading.hazards(world).await;
        reading.inspections().await;
        reading.bytes().await;
        for path in ["/v1/notices", "/v1/enterprises"] {
            let rows = reading.pages(path).await;
            reading.keep_rows(path, rows);
        }
        let counted = reading.get("/v1/statistics/hazards?group_by=area,source").await;
        reading.keep("/v1/statistics/hazards", &counted);
        reading.synced().await;
        Self(reading.state)
    }

    /// Where it is another than that one.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let paths: BTreeSet<&String> = self.0.keys().chain(other.0.keys()).collect();
        let differing = paths.into_iter().filter(|path| self.0.get(*path) != other.0.get(*path));
        differing
            .map(|path| format!("{path}:\n  {:?}\n  {:?}", self.0.get(path), other.0.get(path)))
            .collect()
    }

    /// All of it in one word.
    pub fn digest(&self) -> String {
        let digest = self.0.iter().fold(Sha256::new(), |digest, (path, read)| {
            digest
                .chain_update(path)
                .chain_update(" ")
                .chain_update(read)
                .chain_update("\n")
        });
        hexadecimal(&digest.finalize())
    }
}

struct Reading<'a> {
    app: &'a App,
    known: BTreeSet<&'a str>,
    today: String,
    state: BTreeMap<String, String>,
    evidence: BTreeSet<String>,
}

impl Reading<'_> {
    async fn hazards(&mut self, world: &World) {
        for row in self.pages("/v1/hazards").await {
            let path = format!("/v1/hazards/{}", text(&row["id"]));
            let pair = world
                .contested
                .iter()
                .position(|hazard| hazard.path() == path)
                .map(pair);
            let masked = |read: Value| match pair {
                Some(pair) => without(read, &pair.map(name)),
                None => read,
            };
            let hazard = masked(self.get(&path).await);
            self.cited(&hazard);
            self.keep(&path, &hazard);
            let mut history = self.pages(&format!("{path}/events")).await;
            for event in &mut history {
                // Which of two remarks stands first is for the order to say.
                event.as_object_mut().expect("an event").remove("version");
            }
            let history = history.into_iter().map(masked).collect();
            self.keep_rows(&format!("{path}/events"), history);
        }
    }

    async fn inspections(&mut self) {
        for row in self.pages("/v1/inspections").await {
            let path = format!("/v1/inspections/{}", text(&row["id"]));
            let inspection = self.get(&path).await;
            assert_eq!(inspection["complete"], true, "{inspection}");
            let named = inspection["evidence"].as_array().into_iter().flatten();
            self.evidence.extend(named.map(|evidence| text(&evidence["id"])));
            self.keep(&path, &inspection);
            self.keep(&format!("{path} in the list"), &row);
        }
    }

    /// Digests of all evidence that something cites.
    async fn bytes(&mut self) {
        for id in std::mem::take(&mut self.evidence) {
            let path = format!("/v1/attachments/{id}");
            let answer = self
                .app
                .get(&path)
                .as_(&Caller::auditor())
                .send()
                .await
                .expect_status(200);
            let path = self.plain(&path);
            self.state.insert(path, hexadecimal(&Sha256::digest(&answer.body)));
        }
    }

    /// What a phone is handed that has nothing.
    async fn synced(&mut self) {
        let mut after = String::new();
        loop {
            let page = self.get(&format!("/v1/sync?limit=2000{after}")).await;
            for item in page["items"].as_array().expect("items") {
                let path = self.plain(&format!("sync {} {}", text(&item["kind"]), text(&item["id"])));
                self.keep(&path, item);
            }
            if page["more"] == false {
                return;
            }
            after = format!("&after={}", text(&page["next_cursor"]));
        }
    }

    fn cited(&mut self, read: &Value) {
        match read {
            Value::Object(members) => {
                if let (Some(id), Some(_)) = (members.get("id"), members.get("sha256")) {
                    self.evidence.insert(text(id));
                }
                members.values().for_each(|member| self.cited(member));
            }
            Value::Array(items) => items.iter().for_each(|item| self.cited(item)),
            _ => {}
        }
    }

    async fn get(&self, path: &str) -> Value {
        self.app
            .get(path)
            .as_(&Caller::regulator())
            .send()
            .await
            .expect_status(200)
            .json()
    }

    /// The rows of a list, whole.
    async fn pages(&self, path: &str) -> Vec<Value> {
        let (mut rows, mut cursor) = (Vec::new(), String::new());
        loop {
            let mut page = self.get(&format!("{path}?limit=200{cursor}")).await;
            match page["items"].take() {
                Value::Array(items) => rows.extend(items),
                other => panic!("{path}: {other}"),
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return rows,
            }
        }
    }

    fn keep(&mut self, path: &str, read: &Value) {
        let read = self.canonical(read).to_string();
        let twice = self.state.insert(path.to_owned(), read);
        assert_eq!(twice, None, "{path} is there twice");
    }

    /// Rows whose order says nothing.
    fn keep_rows(&mut self, path: &str, rows: Vec<Value>) {
        let mut rows: Vec<String> = rows.iter().map(|row| self.canonical(row).to_string()).collect();
        rows.sort();
        self.keep(path, &json!(rows));
    }

    fn canonical(&self, read: &Value) -> Value {
        match read {
            Value::Object(members) => {
                let kept = members.iter().filter(|(name, _)| !GIVEN.contains(&name.as_str()));
                let kept: Map<String, Value> = kept
                    .map(|(name, value)| (name.clone(), self.canonical(value)))
                    .collect();
                Value::Object(kept)
            }
            Value::Array(items) => items.iter().map(|item| self.canonical(item)).collect(),
            Value::String(text) => Value::String(self.plain(text)),
            other => other.clone(),
        }
    }

    /// A text without moments of the service, days that it counted, its numbers and its ids.
    fn plain(&self, text: &str) -> String {
        let is_moment = text.len() > 10 && text.ends_with('Z') && is_day(&text[..10]);
        if is_moment {
            return "a moment".to_owned();
        }
        if is_day(text) && text > self.today.as_str() {
            return "a day to come".to_owned();
        }
        let is_of_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        let mut plain = String::new();
        for word in text.split_inclusive(|letter| !is_of_word(letter)) {
            let end = word.trim_end_matches(|letter| !is_of_word(letter)).len();
            let (word, joint) = word.split_at(end);
            let is_given =
                is_number(word) || (is_id(word) && !self.known.contains(word)) || (is_day(word) && *word > *self.today);
            plain.push_str(if is_given { "…" } else { word });
            plain.push_str(joint);
        }
        plain
    }
}

/// What was read with every one of the names replaced by that of all.
fn without(read: Value, names: &[String]) -> Value {
    match read {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| (name, without(value, names)))
            .collect(),
        Value::Array(items) => items.into_iter().map(|item| without(item, names)).collect(),
        Value::String(text) if names.contains(&text) => json!("one of the two"),
        other => other,
    }
}

fn is_day(word: &str) -> bool {
    has_form(word, "0000-00-00")
}

fn is_number(word: &str) -> bool {
    has_form(word, "000000-0000-000000")
}

fn is_id(word: &str) -> bool {
    word.len() == 36 && word.parse::<uuid::Uuid>().is_ok()
}

fn has_form(word: &str, form: &str) -> bool {
    word.len() == form.len()
        && word.chars().zip(form.chars()).all(|(found, wanted)| match wanted {
            '0' => found.is_ascii_digit(),
            other => found == other,
        })
}
