//! One call of the service over a line that may break.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, RETRY_AFTER};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use super::Trouble;

/// The service, as one inspector calls it.
#[derive(Debug, Clone)]
pub struct Service {
    client: reqwest::Client,
    address: String,
    token: String,
    pub patience: Patience,
}

/// How long a phone waits, and how often it tries.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For one answer.
    pub answer: Duration,
    /// After the first failure; twice as long after each that follows.
    pub pause: Duration,
    /// At most between two attempts.
    pub longest: Duration,
    /// Failures in a row after which the rest waits for another day.
    pub attempts: u32,
    /// Bytes that are sent at once.
    pub piece: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(60),
            pause: Duration::from_secs(1),
            longest: Duration::from_secs(60),
            attempts: 10,
            piece: 256 * 1024,
        }
    }
}

/// What came back, whole.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    headers: HeaderMap,
    /// JSON, or null where there is none.
    pub body: Value,
}

/// Nothing came back, or not all of it: nobody knows whether the service has acted.
#[derive(Debug)]
pub struct Unheard(pub String);

impl Service {
    pub fn at(address: &str, token: &str, patience: Patience) -> Result<Self, Trouble> {
        Ok(Self {
            client: reqwest::Client::builder()
                .timeout(patience.answer)
                .no_proxy()
                // A line that was lost while nothing was sent looks whole until the next call is lost with it.
                .pool_max_idle_per_host(0)
                .build()?,
            address: address.trim_end_matches('/').to_owned(),
            token: token.to_owned(),
            patience,
        })
    }

    /// A call of a path; what is sent with it can be added.
    pub fn call(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.address))
            .header(AUTHORIZATION, format!("Bearer {}", self.token))
    }

    /// Makes a call.
    pub async fn ask(&self, call: RequestBuilder) -> Result<Answer, Unheard> {
        let unheard = |error: reqwest::Error| Unheard(error.without_url().to_string());
        let answer = call.send().await.map_err(unheard)?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = answer.bytes().await.map_err(unheard)?;
        Ok(Answer {
            status,
            headers,
            body: serde_json::from_slice(&body).unwrap_or_default(),
        })
    }
}

impl Answer {
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// For how long the service wants to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        self.header(&RETRY_AFTER)?.parse().ok().map(Duration::from_secs)
    }
}
