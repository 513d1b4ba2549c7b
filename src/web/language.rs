//! The language of an answer: `Accept-Language`, Chinese unless English is preferred.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{AcceptLanguage, Header, LanguageTag, Preference, Quality};
use actix_web::{FromRequest, HttpRequest};

use crate::values::Language;

/// The language that the caller likes best among those there are.
pub fn preferred(request: &HttpRequest) -> Language {
    let Ok(mut accepted) = AcceptLanguage::parse(request) else {
        return Language::default();
    };
    // A quality of zero is a refusal, not the least of wishes.
    let refused: Vec<Language> = accepted
        .iter()
        .filter(|wish| wish.quality == Quality::ZERO)
        .filter_map(|wish| wish.item.item().and_then(spoken))
        .collect();
    accepted.retain(|wish| wish.quality > Quality::ZERO);
    accepted
        .ranked()
        .into_iter()
        .find_map(|preference| match preference {
            Preference::Any => [Language::default(), Language::English]
                .into_iter()
                .find(|language| !refused.contains(language)),
            Preference::Specific(tag) => spoken(&tag),
        })
        .unwrap_or_default()
}

fn spoken(tag: &LanguageTag) -> Option<Language> {
    match tag.primary_language() {
        "zh" => Some(Language::Chinese),
        "en" => Some(Language::English),
        _ => None,
    }
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
        assert_eq!(of("EN-us"), Language::English);
        assert_eq!(of("en;q=0"), Language::Chinese);
        assert_eq!(of("zh;q=0, *"), Language::English);
        assert_eq!(of("zh;q=0, en;q=0.1"), Language::English);
        assert_eq!(preferred(&TestRequest::default().to_http_request()), Language::Chinese);
    }
}
