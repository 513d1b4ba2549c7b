//! Who calls: the verified token of the request.

use std::collections::BTreeSet;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use super::app::App;
use super::problems::{Code, Problem};
use super::request_id;
use crate::law::scope::{Caller, Role};

/// A caller whose token was verified.
#[derive(Debug, Clone)]
pub struct Authenticated(pub Caller);

/// What the line in the log may know of a caller: in which roles, never who.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles(pub BTreeSet<Role>);

impl FromRequest for Authenticated {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(authenticate(request).map(|caller| {
            request.extensions_mut().insert(Roles(caller.roles.clone()));
            Self(caller)
        }))
    }
}

/// A caller who may come without a token. One that is given is verified all the same.
#[derive(Debug, Clone)]
pub struct Known(pub Option<Caller>);

impl FromRequest for Known {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if request.headers().contains_key(AUTHORIZATION) {
            let Authenticated(caller) = match Authenticated::from_request(request, payload).into_inner() {
                Ok(caller) => caller,
                Err(problem) => return ready(Err(problem)),
            };
            ready(Ok(Self(Some(caller))))
        } else {
            ready(Ok(Self(None)))
        }
    }
}

fn authenticate(request: &HttpRequest) -> Result<Caller, Problem> {
    let mut given = request.headers().get_all(AUTHORIZATION);
    let (Some(header), None) = (given.next(), given.next()) else {
        return Err(Problem::new(Code::Unauthenticated));
    };
    let token = header
        .to_str()
        .ok()
        .and_then(|header| header.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(|| Problem::new(Code::Unauthenticated))?;
    let app = request
        .app_data::<Data<App>>()
        .ok_or_else(|| Problem::new(Code::Internal).with_context("the service is not set up"))?;
    app.tokens.verify(token, app.clock.now()).map_err(|fault| {
        // The caller learns only that it was refused; whoever configures the identity provider needs the reason.
        log::debug!("request {}: {fault}", request_id::of(request));
        Problem::new(Code::InvalidToken)
    })
}
