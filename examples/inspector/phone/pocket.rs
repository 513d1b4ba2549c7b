//! What the phone knows without a network: units, lists of points to check, open hazards, as the service told last.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Trouble;
use super::durable;
use super::service::Service;

/// Things of a page.
const PAGE: usize = 2000;

/// What the phone knows, and how far the service told it. Both lie in one file, so that they agree.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Pocket {
    cursor: Option<String>,
    /// By kind and id.
    things: BTreeMap<String, BTreeMap<String, Value>>,
}

impl Pocket {
    pub fn open(folder: &Path) -> Result<Self, Trouble> {
        let kept = durable::read(&file(folder))?;
        Ok(kept
            .map(|bytes| serde_json::from_slice(&bytes))
            .transpose()?
            .unwrap_or_default())
    }

    /// Asks for what changed, page by page, and keeps each.
    pub async fn bring_up_to_date(mut self, folder: &Path, service: &Service) -> Result<Self, Trouble> {
        loop {
            let after = self.cursor.iter().map(|cursor| format!("&after={cursor}"));
            let path = format!("/v1/sync?limit={PAGE}{}", after.collect::<String>());
            let answer = service
                .ask(service.call(Method::GET, &path))
                .await
                .map_err(|unheard| unheard.0)?;
            match answer.status {
                200 => {
                    let more = answer.body["more"] == true;
                    self.apply(answer.body)?;
                    durable::write(&file(folder), &serde_json::to_vec(&self)?)?;
                    if !more {
                        return Ok(self);
                    }
                }
                // The service does not know any more what it told: all over again.
                410 => self = Self::default(),
                status => return Err(format!("status {status}: {}", answer.body).into()),
            }
        }
    }

    fn apply(&mut self, page: Value) -> Result<(), Trouble> {
        for item in page["items"].as_array().into_iter().flatten() {
            let (kind, id) = (text(&item["kind"])?, text(&item["id"])?);
            let things = self.things.entry(kind).or_default();
            match item["change"].as_str() {
                Some("delete") => things.remove(&id),
                _ => things.insert(id, item.clone()),
            };
        }
        self.cursor = Some(text(&page["next_cursor"])?);
        Ok(())
    }

    /// A unit by its id or unified social credit code: its id and what is known of it.
    pub fn unit(&self, named: &str) -> Result<(&str, &Value), Trouble> {
        let (id, unit) = self.find("enterprise", named, "uscc")?;
        Ok((id, &unit["enterprise"]))
    }

    /// The version in force of a list, by its code.
    pub fn checklist(&self, code: &str) -> Result<i64, Trouble> {
        version(self.find("checklist", code, "code")?.1)
    }

    /// A hazard by its id or number: its id and the version that the phone saw.
    pub fn hazard(&self, named: &str) -> Result<(&str, i64), Trouble> {
        let (id, hazard) = self.find("hazard", named, "number")?;
        Ok((id, version(hazard)?))
    }

    /// How many of each kind there are.
    pub fn summary(&self) -> String {
        let counts = self
            .things
            .iter()
            .map(|(kind, things)| format!("{kind} {}", things.len()));
        counts.collect::<Vec<_>>().join(", ")
    }

    fn find(&self, kind: &str, named: &str, member: &str) -> Result<(&str, &Value), Trouble> {
        let is_named = |(id, thing): &(&String, &Value)| *id == named || thing[kind][member] == named;
        let mut things = self.things.get(kind).into_iter().flatten();
        let (id, thing) = things
            .find(is_named)
            .ok_or_else(|| format!("the phone knows no {kind} {named}"))?;
        Ok((id, thing))
    }
}

fn version(thing: &Value) -> Result<i64, Trouble> {
    Ok(thing["version"].as_i64().ok_or("without a version")?)
}

fn text(value: &Value) -> Result<String, Trouble> {
    Ok(value.as_str().ok_or("the page is not as it is documented")?.to_owned())
}

fn file(folder: &Path) -> PathBuf {
    folder.join("pocket.json")
}
