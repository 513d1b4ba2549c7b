//! Who calls: the verified token of the request.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};

use super::app::App;
use super::problems::{Code, Problem};
use crate::law::scope::Caller;

/// A caller whose token was verified.
#[derive(Debug, Clone)]
pub struct Authenticated(pub Caller);

impl FromRequest for Authenticated {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(authenticate(request).map(Self))
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
    app.tokens
        .verify(token, app.clock.now())
        .map_err(|_| Problem::new(Code::InvalidToken))
}
