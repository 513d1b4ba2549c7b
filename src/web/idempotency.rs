//! `Idempotency-Key`: a request that is sent again under the same key is answered as it was the first time.
//!
//! The answer is kept in the transaction of its effect. Refusals that were decided there are kept too; answers of the
//! 5xx kind never are.

use std::collections::HashSet;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderName};
use actix_web::{FromRequest, HttpRequest, HttpResponse};

use super::answers::PROBLEM_JSON;
use super::app::App;
use super::caller::Authenticated;
use super::language;
use super::problems::{Code, Problem};
use super::request_id;
use crate::law::refusal::Refusal;
use crate::store::{Claim, Connection, Failure, Outcome, Reply, StoreError, replies};
use crate::values::Language;

/// The header that tells a repeated answer from a first one.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The header that names a request.
pub const KEY: HeaderName = HeaderName::from_static("idempotency-key");

const LONGEST_KEY: usize = 255;

/// What a write must know of its request: who sent it, under which key, and how to word a refusal.
#[derive(Debug, Clone)]
pub struct WriteContext {
    caller: String,
    operation: String,
    key: Option<String>,
    language: Language,
    instance: String,
    request_id: String,
}

impl WriteContext {
    /// The language of the answer.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The same for what neither looks for an answer that was kept nor keeps one.
    #[must_use]
    pub fn without_key(self) -> Self {
        Self { key: None, ..self }
    }

    /// A problem as an answer that can be kept.
    pub fn told(&self, problem: &Problem) -> Reply {
        Reply {
            status: problem.status(),
            headers: vec![
                ("content-type".to_owned(), PROBLEM_JSON.to_owned()),
                ("content-language".to_owned(), self.language.tag().to_owned()),
            ],
            body: problem
                .document(self.language, &self.instance, &self.request_id)
                .to_string()
                .into_bytes(),
        }
    }
}

impl FromRequest for WriteContext {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Authenticated::from_request(request, payload).into_inner();
        ready(caller.and_then(|Authenticated(caller)| {
            Ok(Self {
                caller: caller.key(),
                operation: format!("{} {}", request.method(), request.path()),
                key: key(request)?,
                language: language::preferred(request),
                instance: request.path().to_owned(),
                request_id: request_id::of(request),
            })
        }))
    }
}

/// The key of a request that nobody signs for, when it has one. Its answer is not kept; what comes back to a repeat is
/// for the operation to know.
#[derive(Debug, Clone)]
pub struct GivenKey(pub Option<String>);

impl FromRequest for GivenKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(key(request).map(Self))
    }
}

fn key(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let bad = || Problem::new(Code::BadIdempotencyKey);
    let mut given = request.headers().get_all(KEY);
    let (first, second) = (given.next(), given.next());
    let Some(value) = first else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| bad())?;
    let printable = text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if second.is_some() || !printable || !(1..=LONGEST_KEY).contains(&text.len()) {
        return Err(bad());
    }
    Ok(Some(text.to_owned()))
}

/// Keys that this process is working on.
#[derive(Debug, Default)]
pub struct InFlight(Mutex<HashSet<Claim>>);

/// Holds a key until the work on it ends, however it ends.
#[derive(Debug)]
struct Held {
    keys: Arc<InFlight>,
    claim: Claim,
}

impl InFlight {
    fn hold(self: &Arc<Self>, claim: &Claim) -> Option<Held> {
        // Another body under the same key is in the way as well.
        let place = Claim {
            digest: [0; 32],
            ..claim.clone()
        };
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.insert(place.clone()).then(|| Held {
            keys: Arc::clone(self),
            claim: place,
        })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut keys = self.keys.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.remove(&self.claim);
    }
}

/// A request under its key, if it has one: the key is held by this process until the pledge is dropped.
#[derive(Debug)]
pub struct Pledge {
    context: WriteContext,
    claim: Option<Claim>,
    // The key stays held until the transaction ends, although the caller may have gone.
    _held: Option<Held>,
}

impl WriteContext {
    /// Holds the key of the request; `digest` is that of its body.
    ///
    /// # Errors
    /// The key is held by another request.
    pub fn pledge(self, app: &App, digest: [u8; 32]) -> Result<Pledge, Problem> {
        let claim = self.key.clone().map(|key| Claim {
            caller: self.caller.clone(),
            operation: self.operation.clone(),
            key,
            digest,
        });
        let held = match &claim {
            Some(claim) => Some(
                app.in_flight
                    .hold(claim)
                    .ok_or_else(|| Problem::new(Code::IdempotencyKeyInUse))?,
            ),
            None => None,
        };
        Ok(Pledge {
            context: self,
            claim,
            _held: held,
        })
    }
}

impl Pledge {
    /// What is claimed.
    pub fn claim(&self) -> Option<&Claim> {
        self.claim.as_ref()
    }

    /// A refusal as the answer that is kept.
    ///
    /// # Errors
    /// When the refusal cannot be told, which is a fault of this program; such an answer is not kept.
    pub fn refused(&self, refusal: Refusal) -> Result<Reply, Failure> {
        let problem = Problem::from(refusal);
        if problem.status() >= 500 {
            let context = problem.context().unwrap_or(problem.code());
            return Err(StoreError::Corrupt(context.to_owned()).into());
        }
        Ok(self.told(&problem))
    }

    /// A problem as the answer that is kept.
    pub fn told(&self, problem: &Problem) -> Reply {
        self.context.told(problem)
    }
}

/// Runs `f` in one write and answers with what it returns, once for each key.
///
/// # Errors
/// The refusals of `f`, those of a key that is in use or was used for another request, and the failures of the store.
pub async fn answer<F>(
    app: &App,
    context: WriteContext,
    name: &'static str,
    digest: [u8; 32],
    mut f: F,
) -> Result<HttpResponse, Problem>
where
    F: FnMut(&mut Connection) -> Result<Reply, Failure> + Send + 'static,
{
    let pledge = context.pledge(app, digest)?;
    let now = app.clock.now();
    let outcome = app
        .store
        .write(name, move |connection| {
            replies::once(connection, pledge.claim(), now, &mut f, |refusal| {
                pledge.refused(refusal)
            })
        })
        .await?;
    tell(outcome)
}

/// What a request came to, as an answer.
///
/// # Errors
/// Those of a key that is in use or was used for another request.
pub fn tell(outcome: Outcome) -> Result<HttpResponse, Problem> {
    match outcome {
        Outcome::First(reply) => Ok(respond(reply)),
        Outcome::Again(reply) => Ok(respond(reply.with(REPLAYED.as_str(), "true"))),
        Outcome::OtherBody => Err(Problem::new(Code::IdempotencyKeyReused)),
        Outcome::InUse => Err(Problem::new(Code::IdempotencyKeyInUse)),
    }
}

/// A reply as an answer.
pub fn respond(reply: Reply) -> HttpResponse {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    for (name, value) in &reply.headers {
        response.insert_header((name.as_str(), value.as_str()));
    }
    if !reply.headers.iter().any(|(name, _)| name == CONTENT_TYPE.as_str()) {
        response.insert_header((CONTENT_TYPE, "application/json"));
    }
    response.body(reply.body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn read(keys: &[&str]) -> Result<Option<String>, &'static str> {
        let mut request = TestRequest::default();
        for given in keys {
            request = request.append_header((KEY, *given));
        }
        key(&request.to_http_request()).map_err(|problem| problem.code())
    }

    #[test]
    fn a_key_is_printable_short_and_there_once() {
        let longest = "k".repeat(LONGEST_KEY);
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&["a key ~!"]), Ok(Some("a key ~!".to_owned())));
        assert_eq!(read(&[&longest]), Ok(Some(longest.clone())));
        for wrong in ["", "隐患", "a\tb", &format!("{longest}k")] {
            assert_eq!(read(&[wrong]), Err("bad_idempotency_key"), "{wrong}");
        }
        assert_eq!(read(&["a", "a"]), Err("bad_idempotency_key"));
    }

    #[test]
    fn a_key_is_held_by_one_whatever_the_body_until_it_is_let_go() {
        let claim = |operation: &str, digest: u8| Claim {
            caller: "u1".to_owned(),
            operation: operation.to_owned(),
            key: "k".to_owned(),
            digest: [digest; 32],
        };
        let keys = Arc::new(InFlight::default());
        let held = keys.hold(&claim("POST /a", 1));
        assert!(held.is_some());
        assert!(keys.hold(&claim("POST /a", 2)).is_none());
        assert!(keys.hold(&claim("POST /b", 1)).is_some());
        drop(held);
        assert!(keys.hold(&claim("POST /a", 2)).is_some());
    }

    #[test]
    fn a_reply_goes_out_as_it_is() {
        let reply = Reply {
            status: 201,
            headers: vec![("etag".to_owned(), "\"1\"".to_owned())],
            body: b"{}".to_vec(),
        };
        let response = respond(reply.with("location", "/v1/hazards/1"));
        assert_eq!(response.status(), 201);
        let header = |name: &str| response.headers().get(name).unwrap().to_str().unwrap().to_owned();
        assert_eq!(header("etag"), "\"1\"");
        assert_eq!(header("location"), "/v1/hazards/1");
        assert_eq!(header("content-type"), "application/json");
    }
}
