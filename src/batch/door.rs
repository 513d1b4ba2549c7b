//! The door through which a batch makes its calls: the service itself, made once more by each worker that needs it, with
//! every layer but the compression. Nothing goes over the network.

use std::rc::Rc;

use actix_http::{Payload, Request};
use actix_service::IntoServiceFactory;
use actix_web::body::{MessageBody, to_bytes};
use actix_web::dev::{AppConfig, Service, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, FORWARDED, HeaderName, HeaderValue, IF_MATCH, X_FORWARDED_FOR,
};
use actix_web::web::Bytes;
use actix_web::{App as ActixApp, Error, HttpMessage, HttpRequest, HttpResponse};
use futures_util::future::LocalBoxFuture;
use tokio::sync::OnceCell;

use super::bodies::{Call, CallMethod, HeaderText};
use super::view::AnswerView;
use crate::web::idempotency::KEY;
use crate::web::limits::Deadline;
use crate::web::problems::{Code, Problem};
use crate::web::request_id;

/// What of the batch's own request each of its calls brings along: who calls, in which language, and from where.
fn brought() -> [HeaderName; 4] {
    [AUTHORIZATION, ACCEPT_LANGUAGE, FORWARDED, X_FORWARDED_FOR]
}

type Asked = LocalBoxFuture<'static, HttpResponse>;
type Inner = Rc<dyn Fn(Request) -> Asked>;

/// The service as one worker has it for batches.
pub struct Door {
    make: Box<dyn Fn() -> LocalBoxFuture<'static, Result<Inner, ()>>>,
    made: OnceCell<Inner>,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Door")
    }
}

impl Door {
    /// A door to what `make` makes when the first batch comes.
    pub fn to<T, B>(make: impl Fn() -> ActixApp<T> + 'static) -> Self
    where
        T: ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<B>, Error = Error, InitError = ()>
            + 'static,
        B: MessageBody + 'static,
    {
        Self {
            make: Box::new(move || {
                let making = make().into_factory().new_service(AppConfig::default());
                Box::pin(async move { Ok(inner(Rc::new(making.await?))) })
            }),
            made: OnceCell::new(),
        }
    }

    /// The answer to a call of the batch `request`, the `place`th of it.
    ///
    /// # Errors
    /// When the service cannot be made, or its answer cannot be read.
    pub async fn ask(
        &self,
        request: &HttpRequest,
        place: usize,
        (call, body): (Call, Option<Bytes>),
        deadline: Deadline,
    ) -> Result<AnswerView, Problem> {
        let made = self.made.get_or_try_init(&self.make).await;
        let inner = made.map_err(|()| broken("the service of a batch was not made"))?;
        let answer = inner(as_request(request, place, (call, body), deadline)?).await;
        let (answer, body) = answer.into_parts();
        let body = to_bytes(body).await.map_err(|error| broken(&error.to_string()))?;
        Ok(AnswerView::of(answer.status().as_u16(), answer.headers(), &body))
    }
}

fn inner<S, B>(service: Rc<S>) -> Inner
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    Rc::new(move |request| {
        let answering = service.call(request);
        Box::pin(async move {
            match answering.await {
                Ok(response) => response.into_parts().1.map_into_boxed_body(),
                Err(error) => error.error_response(),
            }
        })
    })
}

/// The call as a request of its own.
fn as_request(
    outer: &HttpRequest,
    place: usize,
    (call, body): (Call, Option<Bytes>),
    deadline: Deadline,
) -> Result<Request, Problem> {
    let has_body = body.is_some();
    let mut request = Request::with_payload(Payload::from(body.unwrap_or_default()));
    let head = request.head_mut();
    head.method = match call.method {
        CallMethod::Post => Method::POST,
        CallMethod::Put => Method::PUT,
        CallMethod::Patch => Method::PATCH,
    };
    head.uri = call.path.into_uri();
    head.peer_addr = outer.peer_addr();
    for name in brought() {
        for value in outer.headers().get_all(&name) {
            head.headers.append(name.clone(), value.clone());
        }
    }
    // Cut, so that it stays an id that is taken over.
    let id = format!("{:.120}.{place}", request_id::of(outer));
    let given = |text: Option<&HeaderText>| text.map(|text| text.as_str().to_owned());
    for (name, value) in [
        (request_id::HEADER, Some(id)),
        (KEY, given(call.idempotency_key.as_ref())),
        (IF_MATCH, given(call.if_match.as_ref())),
        (CONTENT_TYPE, has_body.then(|| "application/json".to_owned())),
    ] {
        if let Some(value) = value {
            let value = HeaderValue::try_from(value).map_err(|error| broken(&error.to_string()))?;
            head.headers.insert(name, value);
        }
    }
    request.extensions_mut().insert(deadline);
    Ok(request)
}

fn broken(what: &str) -> Problem {
    Problem::new(Code::Internal).with_context(what)
}
