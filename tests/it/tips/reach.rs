//! Everything that somebody can read: every GET of the document, with every id that is on record and every value of every
//! filter. A new operation is reached without being named here, unless its path holds what nobody could guess.

use reqwest::Method;
use serde_json::Value;

use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::Answer;
use crate::support::openapi::{Operation, Parameter};

/// What is on record, by the names that paths and filters take.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// Ids and numbers of hazards.
    pub hazards: Vec<String>,
    /// Ids of units.
    pub units: Vec<String>,
    /// Their codes.
    pub codes: Vec<String>,
    /// Ids of tips.
    pub tips: Vec<String>,
    /// Ids of photographs of tips.
    pub photos: Vec<String>,
    /// Ids of evidence.
    pub attachments: Vec<String>,
    /// Ids of inspections.
    pub inspections: Vec<String>,
    /// Words to search for.
    pub words: Vec<String>,
}

/// Every address that can be read, with all that can be asked of it.
pub(super) struct Reach {
    paths: Vec<String>,
}

impl Reach {
    /// What the document of the service and what is on record come to.
    pub(super) async fn of(app: &App, known: &Known) -> Self {
        let mut paths = Vec::new();
        let operations = app.operations().await;
        for operation in operations.iter().filter(|one| one.method == Method::GET) {
            for path in addresses(operation, known) {
                let parameters = operation.parameters();
                for parameter in parameters.iter().filter(|one| one.place == "query") {
                    for value in values(operation, parameter, known) {
                        paths.push(format!("{path}?{}={value}", parameter.name));
                    }
                }
                paths.push(path);
            }
        }
        assert!(paths.len() > 100, "only {} addresses", paths.len());
        Self { paths }
    }

    /// What `caller` is answered at each of them; nobody in particular comes without a token.
    pub(super) async fn read(&self, app: &App, caller: Option<&Caller>) -> Vec<Answer> {
        let mut answers = Vec::with_capacity(self.paths.len());
        for path in &self.paths {
            let request = app.get(path);
            let request = match caller {
                Some(caller) => request.as_(caller),
                None => request,
            };
            answers.push(request.send().await);
        }
        answers
    }
}

/// The path with each of its parameters, by what they name there.
fn addresses(operation: &Operation, known: &Known) -> Vec<String> {
    let mut addresses = vec![operation.path.clone()];
    for name in operation.parameters_in("path") {
        let named = candidates(&operation.path, &name, known);
        let place = format!("{{{name}}}");
        addresses = addresses
            .iter()
            .flat_map(|path| named.iter().map(|value| path.replace(&place, value)))
            .collect();
    }
    addresses
}

fn candidates(path: &str, name: &str, known: &Known) -> Vec<String> {
    let of = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let room = path.strip_prefix("/v1/").unwrap_or(path);
    match (room.split('/').next().unwrap_or_default(), name) {
        ("hazards", "id") => known.hazards.clone(),
        ("enterprises", "id") => known.units.clone(),
        ("tips", "id") => known.tips.clone(),
        ("tips", _) => known.photos.clone(),
        // A photograph of a tip is no evidence, whoever has learned its id.
        ("attachments", _) => [known.attachments.clone(), known.photos.clone()].concat(),
        ("inspections", _) => known.inspections.clone(),
        (_, "quarter") => of(&["2026Q4"]),
        ("dictionaries", _) => of(&["statuses", "tip_statuses", "sources"]),
        ("standards", _) => of(&["MEM10-2023"]),
        ("criteria", _) => of(&["MEM10-2023/13.1"]),
        _ => of(&["nothing"]),
    }
}

/// Every code of a list of codes, what is on record, and else what the document gives as an example.
fn values(operation: &Operation, parameter: &Parameter, known: &Known) -> Vec<String> {
    match parameter.name.as_str() {
        // A cursor is sealed; pages are the business of other tests.
        "cursor" => Vec::new(),
        "limit" => vec!["1".to_owned()],
        "enterprise" => known.units.clone(),
        "hazard" => known.hazards.clone(),
        "uscc" => known.codes.clone(),
        "q" => known.words.clone(),
        _ => of_schema(operation, &parameter.says),
    }
}

fn of_schema(operation: &Operation, says: &Value) -> Vec<String> {
    let schema = operation.resolved(&says["schema"]);
    let schema = match schema.get("items") {
        Some(items) => operation.resolved(items),
        None => schema,
    };
    let schema = match schema["oneOf"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|one| one["type"] != "null")
    {
        Some(one) => operation.resolved(one),
        None => schema,
    };
    let plain = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if let Some(codes) = schema["enum"].as_array() {
        return codes.iter().map(plain).collect();
    }
    let examples = [&says["example"], &schema["example"], &schema["examples"][0]];
    let example = examples.into_iter().find(|example| !example.is_null());
    example.map(plain).into_iter().collect()
}
