//! The client: a request is built in one chain, an answer is asked in one.
//!
//! `app.post("/v1/hazards").as_(&Caller::inspector()).key("k").json(&body).send().await.expect_status(201).json()`

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::app::App;
use super::caller::Caller;

/// A request that was not sent yet.
pub struct Request {
    app: App,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The body, whole.
    pub body: Vec<u8>,
    /// Method and path that it answers.
    pub asked: String,
}

impl App {
    /// A GET of that path and query.
    pub fn get(&self, path: impl Into<String>) -> Request {
        self.request(Method::GET, path)
    }

    /// A POST.
    pub fn post(&self, path: impl Into<String>) -> Request {
        self.request(Method::POST, path)
    }

    /// A PATCH.
    pub fn patch(&self, path: impl Into<String>) -> Request {
        self.request(Method::PATCH, path)
    }

    /// Any method.
    pub fn request(&self, method: Method, path: impl Into<String>) -> Request {
        Request {
            app: self.clone(),
            method,
            path: path.into(),
            headers: HeaderMap::new(),
            body: None,
        }
    }
}

impl Request {
    /// With the token of that caller.
    #[must_use]
    pub fn as_(self, caller: &Caller) -> Self {
        let token = caller.token(&self.app.clock());
        self.header("authorization", format!("Bearer {token}"))
    }

    /// With `If-Match` of a version.
    #[must_use]
    pub fn if_match(self, version: i64) -> Self {
        self.header("if-match", format!("\"{version}\""))
    }

    /// With an `Idempotency-Key`.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// With a header, instead of one of the same name.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header's name");
        self.headers
            .insert(name, HeaderValue::from_bytes(value.as_ref()).expect("a header's value"));
        self
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// With a body as it is.
    #[must_use]
    pub fn body(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self.header(CONTENT_TYPE.as_str(), media_type)
    }

    /// Sends it.
    pub async fn send(self) -> Answer {
        let asked = format!("{} {}", self.method, self.path);
        self.try_send()
            .await
            .unwrap_or_else(|error| panic!("{asked}: {error:?}"))
    }

    /// Sends it and leaves the body to be read bit by bit, or never.
    pub async fn open(self) -> reqwest::Response {
        let request = self.app.client().request(self.method, self.app.url(&self.path));
        let answer = request.headers(self.headers).send().await;
        answer.unwrap_or_else(|error| panic!("{}: {error:?}", self.path))
    }

    /// Sends it to a service that may be gone before it has answered.
    pub async fn try_send(self) -> reqwest::Result<Answer> {
        let asked = format!("{} {}", self.method, self.path);
        let mut request = self
            .app
            .client()
            .request(self.method, self.app.url(&self.path))
            .headers(self.headers);
        if let Some(body) = self.body {
            request = request.body(body);
        }
        let answer = request.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = answer.bytes().await?.to_vec();
        Ok(Answer {
            status,
            headers,
            body,
            asked,
        })
    }
}

impl Answer {
    /// Fails with the body unless the status is that one.
    #[must_use = "an answer is usually read on; end the chain with `.done()`"]
    pub fn expect_status(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.text());
        self
    }

    /// Ends a chain.
    pub fn done(self) {
        drop(self);
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{}: {error}: {}", self.asked, self.text()))
    }

    /// `items` of a page.
    pub fn items(&self) -> Vec<Value> {
        match self.json() {
            Value::Object(mut page) => match page.remove("items") {
                Some(Value::Array(items)) => items,
                other => panic!("{}: `items` is {other:?}", self.asked),
            },
            other => panic!("{}: not a page: {other}", self.asked),
        }
    }

    /// A header, when it is there once and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The version in `ETag`.
    pub fn etag(&self) -> i64 {
        let tag = self.header("etag").unwrap_or_else(|| panic!("{}: no ETag", self.asked));
        tag.trim_matches('"')
            .parse()
            .unwrap_or_else(|_| panic!("{}: ETag {tag} is no version", self.asked))
    }

    /// The problem document; fails unless it is one, whole, of that code.
    pub fn problem(&self, code: &str) -> Value {
        let document = self.any_problem();
        assert_eq!(document["code"], code, "{}: {}", self.asked, self.text());
        document
    }

    /// The problem document, whatever its code; fails unless the answer is one and is whole.
    pub fn any_problem(&self) -> Value {
        let asked = &self.asked;
        let media_type = self.header("content-type").unwrap_or_default();
        assert!(
            media_type.starts_with("application/problem+json"),
            "{asked}: {} `{media_type}` is no problem document: {}",
            self.status,
            self.text()
        );
        let document = self.json();
        assert_eq!(document["status"], self.status, "{asked}: {document}");
        let code = document["code"]
            .as_str()
            .unwrap_or_else(|| panic!("{asked}: no code: {document}"));
        assert_eq!(document["type"], format!("/problems/{code}"), "{asked}: {document}");
        for member in ["title", "detail", "instance", "request_id"] {
            assert!(
                document[member].as_str().is_some_and(|text| !text.is_empty()),
                "{asked}: `{member}`: {document}"
            );
        }
        if self.header("idempotent-replayed").is_none() {
            assert_eq!(
                document["request_id"].as_str(),
                self.header("x-request-id"),
                "{asked}: {document}"
            );
        }
        document
    }

    /// Fails unless it is a problem that names exactly these places (`/title`, or `?limit` for a parameter) with these
    /// codes.
    pub fn faults(&self, expected: &[(&str, &str)]) {
        let document = self.any_problem();
        let mut found: Vec<(String, String)> = document["errors"]
            .as_array()
            .unwrap_or_else(|| panic!("{}: no `errors`: {document}", self.asked))
            .iter()
            .map(|fault| {
                let place = match fault["parameter"].as_str() {
                    Some(parameter) => format!("?{parameter}"),
                    None => fault["pointer"].as_str().unwrap_or_default().to_owned(),
                };
                (place, fault["code"].as_str().unwrap_or_default().to_owned())
            })
            .collect();
        found.sort();
        let mut expected: Vec<(String, String)> = expected
            .iter()
            .map(|(place, code)| ((*place).to_owned(), (*code).to_owned()))
            .collect();
        expected.sort();
        assert_eq!(found, expected, "{}", self.asked);
    }
}
