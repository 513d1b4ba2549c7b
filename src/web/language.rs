//! The language of an answer: `Accept-Language`, Chinese unless English is preferred.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{AcceptLanguage, Header, Preference};
use actix_web::{FromRequest, HttpRequest};

use crate::values::Language;

/// The language that the caller likes best among those there are.
pub fn preferred(request: &HttpRequest) -> Language {
    let Ok(accepted) = AcceptLanguage::parse(request) else {
        return Language::default();
    };
    accepted
        .ranked()
        .into_iter()
        .find_map(|preference| match preference {
            Preference::Any => Some(Language::default()),
            Preference::Specific(tag) => match tag.primary_language() {
                "zh" => Some(Language::Chinese),
                "en" => Some(Language::English),
                _ => None,
            },
        })
        .unwrap_or_default()
}

impl FromRequest for Language {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(preferred(request)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn english_only_when_it_is_preferred() {
        let of = |accept: &str| {
            preferred(
                &TestRequest::default()
                    .insert_header(("accept-language", accept))
                    .to_http_request(),
            )
        };
        assert_eq!(of("en"), Language::English);
        assert_eq!(of("en-GB, zh;q=0.5"), Language::English);
        assert_eq!(of("fr, zh-CN;q=0.8, en;q=0.5"), Language::Chinese);
        assert_eq!(of("fr"), Language::Chinese);
        assert_eq!(preferred(&TestRequest::default().to_http_request()), Language::Chinese);
    }
}
