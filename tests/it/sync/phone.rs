//! A phone: it applies pages as the document says, and fails where one breaks a promise.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::Answer;
use crate::support::fixtures::text;

/// A phone with what it keeps.
pub struct Phone {
    /// Whose it is.
    pub caller: Caller,
    /// What it keeps, by kind and id.
    pub kept: BTreeMap<(String, String), Value>,
    /// Every kind and id that it was ever told.
    pub told: BTreeSet<(String, String)>,
    /// Where it is.
    pub cursor: Option<String>,
}

impl Phone {
    /// A phone that has nothing.
    pub fn of(caller: &Caller) -> Self {
        Self {
            caller: caller.clone(),
            kept: BTreeMap::new(),
            told: BTreeSet::new(),
            cursor: None,
        }
    }

    /// Asks for the next page.
    pub async fn ask(&self, app: &App, limit: usize) -> Answer {
        let after = self.cursor.as_ref().map(|cursor| format!("&after={cursor}"));
        let path = format!("/v1/sync?limit={limit}{}", after.unwrap_or_default());
        app.get(path).as_(&self.caller).send().await
    }

    /// Takes one page over and returns what it held; true with it when there is more.
    pub async fn step(&mut self, app: &App, limit: usize) -> (Vec<Value>, bool) {
        let page = self.ask(app, limit).await.expect_status(200).json();
        let items = page["items"].as_array().expect("items").clone();
        assert!(
            items.len() <= limit,
            "{} things where {limit} were asked for",
            items.len()
        );
        let distinct: BTreeSet<_> = items.iter().map(name).collect();
        assert_eq!(distinct.len(), items.len(), "a thing stands twice in a page");
        for item in &items {
            self.apply(item);
        }
        self.cursor = Some(text(&page["next_cursor"]));
        (items, page["more"].as_bool().expect("`more`"))
    }

    /// Steps until there is no more, and returns what came.
    pub async fn catch_up(&mut self, app: &App, limit: usize) -> Vec<Value> {
        let mut came = Vec::new();
        loop {
            let (items, more) = self.step(app, limit).await;
            came.extend(items);
            if !more {
                return came;
            }
        }
    }

    /// Forgets everything, to begin again.
    pub fn forget(&mut self) {
        self.kept.clear();
        self.cursor = None;
    }

    /// Ids of one kind that it keeps.
    pub fn ids(&self, kind: &str) -> BTreeSet<String> {
        of_kind(self.kept.keys(), kind)
    }

    /// Ids of one kind that it was ever told.
    pub fn ids_told(&self, kind: &str) -> BTreeSet<String> {
        of_kind(self.told.iter(), kind)
    }

    fn apply(&mut self, item: &Value) {
        let name = name(item);
        self.told.insert(name.clone());
        if item["change"] == "delete" {
            assert_eq!(*item, json!({"kind": name.0, "id": name.1, "change": "delete"}));
            self.kept.remove(&name);
            return;
        }
        assert_eq!(item["change"], "upsert", "{item}");
        assert!(item[&name.0].is_object(), "{item}");
        let before = self.kept.insert(name, item.clone());
        let before = before.map_or(0, |before| before["version"].as_i64().expect("a version"));
        assert!(
            item["version"].as_i64() >= Some(before),
            "{item} is older than {before}"
        );
    }
}

fn of_kind<'n>(names: impl Iterator<Item = &'n (String, String)>, kind: &str) -> BTreeSet<String> {
    names.filter(|name| name.0 == kind).map(|name| name.1.clone()).collect()
}

fn name(item: &Value) -> (String, String) {
    (text(&item["kind"]), text(&item["id"]))
}
