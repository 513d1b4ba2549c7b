//! The document that the service gives out, read by operation.

use std::rc::Rc;

use reqwest::Method;
use serde_json::Value;

use super::app::App;

/// One operation of the document.
#[derive(Clone)]
pub struct Operation {
    /// `operationId`.
    pub id: String,
    /// The method.
    pub method: Method,
    /// The path with its parameters in braces.
    pub path: String,
    /// What the document says about it.
    pub says: Value,
    document: Rc<Value>,
}

/// A parameter of an operation, references resolved.
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// `path`, `query` or `header`.
    pub place: String,
    /// What the document says about it.
    pub says: Value,
}

impl App {
    /// The document as it is served.
    pub async fn document(&self) -> Value {
        self.get("/openapi.json").send().await.expect_status(200).json()
    }

    /// Every operation of the document.
    pub async fn operations(&self) -> Vec<Operation> {
        operations(self.document().await)
    }
}

/// Every operation of a document, in its order.
pub fn operations(document: Value) -> Vec<Operation> {
    let document = Rc::new(document);
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, says) in item.as_object().expect("a path item") {
            let Ok(parsed) = Method::from_bytes(method.to_uppercase().as_bytes()) else {
                continue;
            };
            if matches!(
                method.as_str(),
                "get" | "put" | "post" | "patch" | "delete" | "head" | "options"
            ) {
                found.push(Operation {
                    id: says["operationId"].as_str().unwrap_or_default().to_owned(),
                    method: parsed,
                    path: path.clone(),
                    says: says.clone(),
                    document: Rc::clone(&document),
                });
            }
        }
    }
    found
}

impl Operation {
    /// `GET /v1/hazards`.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// True unless the document says that it is open to everyone.
    pub fn needs_token(&self) -> bool {
        let security = self.says.get("security").or_else(|| self.document.get("security"));
        security.and_then(Value::as_array).is_some_and(|schemes| {
            !schemes.is_empty()
                && schemes
                    .iter()
                    .all(|scheme| scheme.as_object().is_some_and(|one| !one.is_empty()))
        })
    }

    /// Its parameters.
    pub fn parameters(&self) -> Vec<Parameter> {
        let listed = self.says["parameters"].as_array().cloned().unwrap_or_default();
        listed
            .iter()
            .map(|parameter| {
                let says = self.resolved(parameter);
                Parameter {
                    name: says["name"].as_str().unwrap_or_default().to_owned(),
                    place: says["in"].as_str().unwrap_or_default().to_owned(),
                    says: says.clone(),
                }
            })
            .collect()
    }

    /// Names of the parameters of one place.
    pub fn parameters_in(&self, place: &str) -> Vec<String> {
        self.parameters()
            .into_iter()
            .filter(|one| one.place == place)
            .map(|one| one.name)
            .collect()
    }

    /// The path with every parameter replaced by what `value` makes of its name.
    pub fn path_with(&self, value: impl Fn(&str) -> String) -> String {
        let mut path = self.path.clone();
        for name in self.parameters_in("path") {
            path = path.replace(&format!("{{{name}}}"), &value(&name));
        }
        assert!(
            !path.contains('{'),
            "{}: a parameter of the path is not described",
            self.name()
        );
        path
    }

    /// The path of something that is not on record.
    pub fn path_to_nothing(&self) -> String {
        self.path_with(|name| match name {
            "code" => "NOTHING".to_owned(),
            "name" => "nothing".to_owned(),
            _ => "01900000-0000-7000-8000-00000000dead".to_owned(),
        })
    }

    /// True when it takes a JSON body.
    pub fn takes_json(&self) -> bool {
        self.says["requestBody"]["content"].get("application/json").is_some()
    }

    /// Example bodies of one media type.
    pub fn examples(&self, media_type: &str) -> Vec<Value> {
        examples_of(&self.says["requestBody"]["content"][media_type])
    }

    /// The answer that the document describes for a status; `4XX` and `default` do not count.
    pub fn answer(&self, status: u16) -> Option<&Value> {
        self.says["responses"]
            .get(status.to_string())
            .map(|answer| self.resolved(answer))
    }

    /// What a reference stands for.
    pub fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
            Some(pointer) => self
                .document
                .pointer(pointer)
                .unwrap_or_else(|| panic!("{pointer} leads nowhere")),
            None => value,
        }
    }
}

/// Examples that stand at a media type.
pub fn examples_of(content: &Value) -> Vec<Value> {
    let one = content.get("example").cloned();
    let many = content["examples"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(_, example)| example["value"].clone());
    one.into_iter().chain(many).collect()
}
