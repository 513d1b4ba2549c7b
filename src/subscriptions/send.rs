//! One attempt: a POST to a receiver that may be slow, hostile, or inside our own network.
//!
//! Every wait has a limit, the answer is read no further than its first kilobytes, no redirect is followed, no proxy is
//! used. A name is looked up by [`CheckedNames`] and the connection goes to an address that was checked there, so that a
//! name which leads elsewhere a moment later leads nobody in.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};

use super::address::{Gate, WebhookUrl};
use super::model::DeliveryFault;
use super::retry;
use crate::values::Instant;

/// How long a connection may take, the lookup of the name included.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// How long an attempt may take as a whole.
pub const ATTEMPT_LIMIT: Duration = Duration::from_secs(15);
/// How long a connection is kept for the next message.
const IDLE_LIMIT: Duration = Duration::from_secs(30);
/// How much of an answer is read, in bytes. Nothing of it is kept; a connection whose answer was read can be used again.
const ANSWER_LIMIT: usize = 16 * 1024;
/// The media type of CloudEvents in structured mode.
const CLOUD_EVENT: &str = "application/cloudevents+json";

/// A message, ready to be sent.
#[derive(Debug)]
pub struct Letter {
    /// Where it goes.
    pub url: WebhookUrl,
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`: the moment of the attempt.
    pub moment: Instant,
    /// `webhook-signature`.
    pub signatures: String,
    /// The event.
    pub body: Vec<u8>,
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// What was wrong; nothing when the message was taken.
    pub fault: Option<DeliveryFault>,
    /// When the receiver asked to be called again.
    pub wished: Option<Instant>,
}

impl Answer {
    /// True when the receiver says that it will never take a message again.
    pub fn is_gone(self) -> bool {
        self.status == Some(StatusCode::GONE.as_u16())
    }

    fn failed(fault: DeliveryFault) -> Self {
        Self {
            status: None,
            fault: Some(fault),
            wished: None,
        }
    }
}

/// Sends messages. Cloning shares the connections.
#[derive(Debug, Clone)]
pub struct Sender {
    /// Made for the first message, because reading the machine's certificates takes its time.
    client: Arc<OnceLock<Option<Client>>>,
    gate: Gate,
}

impl Sender {
    /// A sender that calls what the gate admits.
    pub fn new(gate: Gate) -> Self {
        Self {
            client: Arc::default(),
            gate,
        }
    }

    /// Sends a message once.
    pub async fn send(&self, letter: Letter) -> Answer {
        // The lookup is not asked for a host that is a number.
        if !self.gate.admits_host(&letter.url) {
            return Answer::failed(DeliveryFault::ForbiddenAddress);
        }
        let Some(client) = self.client.get_or_init(|| client(&self.gate)) else {
            return Answer::failed(DeliveryFault::Unreachable);
        };
        let request = client
            .post(letter.url.url().clone())
            .header(CONTENT_TYPE, CLOUD_EVENT)
            .header("webhook-id", letter.id)
            .header("webhook-timestamp", letter.moment.seconds())
            .header("webhook-signature", letter.signatures)
            .body(letter.body);
        match request.send().await {
            Ok(response) => answered(response, letter.moment).await,
            Err(error) => Answer::failed(fault_of(&error)),
        }
    }
}

/// Where the machine has no certificates to judge others by, no receiver that speaks TLS is believed.
fn client(gate: &Gate) -> Option<Client> {
    let made = builder(gate).build().or_else(|error| {
        log::warn!("receivers over TLS are not believed, because their certificates cannot be judged: {error}");
        builder(gate).tls_certs_only([]).build()
    });
    made.map_err(|error| log::error!("nothing can be sent: {error}")).ok()
}

fn builder(gate: &Gate) -> reqwest::ClientBuilder {
    Client::builder()
        .user_agent(concat!("major-hazards/", env!("CARGO_PKG_VERSION")))
        .no_proxy()
        .redirect(Policy::none())
        .referer(false)
        .connect_timeout(CONNECT_LIMIT)
        .timeout(ATTEMPT_LIMIT)
        .pool_idle_timeout(IDLE_LIMIT)
        .pool_max_idle_per_host(1)
        .dns_resolver(Arc::new(CheckedNames(gate.clone())))
}

async fn answered(mut response: Response, now: Instant) -> Answer {
    let status = response.status();
    let wished = response
        .headers()
        .get(RETRY_AFTER)
        .filter(|_| matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE))
        .and_then(|value| value.to_str().ok())
        .and_then(|value| retry::wished(value, now));
    let fault = if status.is_success() {
        None
    } else if status.is_redirection() {
        Some(DeliveryFault::Redirect)
    } else {
        Some(DeliveryFault::Refused)
    };
    let mut read = 0;
    // The status has said it all; what the body does, whether it ends or not, changes nothing.
    while let Ok(Some(chunk)) = response.chunk().await {
        read += chunk.len();
        if read > ANSWER_LIMIT {
            break;
        }
    }
    Answer {
        status: Some(status.as_u16()),
        fault,
        wished,
    }
}

fn fault_of(error: &reqwest::Error) -> DeliveryFault {
    let mut cause: Option<&dyn Error> = Some(error);
    while let Some(one) = cause {
        if one.is::<NothingAdmitted>() {
            return DeliveryFault::ForbiddenAddress;
        }
        cause = one.source();
    }
    if error.is_timeout() {
        DeliveryFault::Timeout
    } else {
        DeliveryFault::Unreachable
    }
}

/// Looks names up, and knows only the addresses that may be called.
#[derive(Debug)]
struct CheckedNames(Gate);

/// A name leads nowhere that may be called.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to no address that may be called")]
struct NothingAdmitted;

impl Resolve for CheckedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let gate = self.0.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let admitted: Vec<SocketAddr> = found.filter(|address| gate.admits(address.ip())).collect();
            if admitted.is_empty() {
                return Err(NothingAdmitted.into());
            }
            let addresses: Addrs = Box::new(admitted.into_iter());
            Ok(addresses)
        })
    }
}
