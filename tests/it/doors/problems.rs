//! Every problem code is provoked over HTTP in both languages. The codes come from the product's table; one that nobody
//! provokes and that is not named in [`OUT_OF_REACH`] fails here.

use std::cell::RefCell;
use std::collections::BTreeSet;

use major_hazards::values::Language;
use major_hazards::web::problems::{self, Entry};
use serde_json::Value;

use super::{guards, refusals, tips};
use crate::support::app::App;
use crate::support::client::{Answer, Request};
use crate::support::database::Database;
use crate::support::on_both_databases;

/// Codes that no request can meet today, and why.
const OUT_OF_REACH: &[(&str, &str)] = &[
    ("not_closed", "it belongs to the certificate, which is no operation yet"),
    (
        "foreign_unit",
        "a unit does not know of others: 404 for their hazards, `enterprise_unknown` for a report",
    ),
    (
        "request_timeout",
        "the server itself answers a head that comes too slowly, before any layer of this program",
    ),
    (
        "headers_too_large",
        "the server itself answers it, before any layer of this program",
    ),
    (
        "uri_too_long",
        "the server itself bounds the head of a request as a whole",
    ),
];

/// Words that an answer to a caller must never hold: they tell of the inside of the program, its store or its machine.
const INSIDE: &[&str] = &[
    ".rs:",
    "src/",
    "panicked",
    "backtrace",
    "select ",
    "insert into",
    "update ",
    " where ",
    "no such table",
    "does not exist\"",
    "relation ",
    "diesel",
    "sqlite",
    "postgres",
    "libpq",
    "actix",
    "serde",
    "deserr",
    "tokio",
    "hyper",
    "object_store",
    "jsonwebtoken",
    "/home",
    "/tmp",
    "/dev",
    "/root",
    "/var",
    "hazards.db",
    "os error",
];

/// What was provoked so far.
pub(super) struct Lab {
    pub(super) app: App,
    provoked: RefCell<BTreeSet<&'static str>>,
}

impl Lab {
    pub(super) fn new(app: &App) -> Self {
        Self {
            app: app.clone(),
            provoked: RefCell::default(),
        }
    }

    /// Sends the request once in each language, which a refused request allows, and checks both answers.
    pub(super) async fn refused(&self, code: &str, request: impl Fn() -> Request) {
        let chinese = request().header("accept-language", "zh-CN,zh;q=0.9").send().await;
        let english = request().header("accept-language", "en").send().await;
        self.answered(code, &chinese, &english);
    }

    /// Checks the two answers that one refusal has.
    pub(super) fn answered(&self, code: &str, chinese: &Answer, english: &Answer) {
        let entry = problems::all()
            .find(|entry| entry.code == code)
            .unwrap_or_else(|| panic!("`{code}` is not in the table"));
        check(entry, chinese, Language::Chinese);
        check(entry, english, Language::English);
        self.provoked.borrow_mut().insert(entry.code);
    }
}

/// Fails unless the answer is the problem document of that row of the table, in that language, and tells nothing more.
fn check(entry: Entry, answer: &Answer, language: Language) {
    let (asked, told) = (&answer.asked, answer.text());
    assert_eq!(answer.status, entry.status, "{asked}: `{}`: {told}", entry.code);
    let document = answer.problem(entry.code);
    assert_eq!(document["title"], entry.title.text(language), "{asked}: {told}");
    assert_eq!(
        answer.header("content-language"),
        Some(language.tag()),
        "{asked}: {told}"
    );
    let path = asked.split([' ', '?']).nth(1).unwrap_or_default();
    assert_eq!(document["instance"], path, "{asked}");
    let sentence = document["detail"].as_str().unwrap_or_default();
    if language == Language::English {
        assert!(!sentence.chars().any(is_chinese), "{asked}: {sentence}");
    }
    for member in members_of(entry) {
        assert!(!document[*member].is_null(), "{asked}: no `{member}`: {told}");
    }
    for fault in document["errors"].as_array().into_iter().flatten() {
        assert!(
            fault["code"].is_string() && fault["detail"].is_string(),
            "{asked}: {fault}"
        );
        assert!(
            fault["pointer"].is_string() != fault["parameter"].is_string(),
            "{asked}: {fault}"
        );
    }
    let needed = match entry.status {
        401 => Some("www-authenticate"),
        405 => Some("allow"),
        416 => Some("content-range"),
        429 | 503 => Some("retry-after"),
        _ => None,
    };
    if let Some(name) = needed {
        assert!(
            answer.header(name).is_some(),
            "{asked}: no `{name}`: {:?}",
            answer.headers
        );
    }
    tells_nothing_of_the_inside(answer);
}

/// Fails when an answer names what only the operator may know.
pub(super) fn tells_nothing_of_the_inside(answer: &Answer) {
    let told = answer.text().to_lowercase();
    for word in INSIDE {
        assert!(!told.contains(word), "{}: tells `{word}`: {told}", answer.asked);
    }
}

fn is_chinese(letter: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&letter)
}

/// Members that a code has beside those of every problem.
fn members_of(entry: Entry) -> &'static [&'static str] {
    match entry.code {
        "invalid_input" | "unknown_field" | "import_rejected" => &["errors"],
        "inspection_differs" => &["differs"],
        "malformed_json" => &["line", "column"],
        "role_not_allowed" => &["who_could"],
        "action_not_allowed" => &["current_status", "allowed_actions"],
        "stale_version" => &["current_version", "current", "since"],
        _ if entry.source.is_some() => &["errors"],
        _ => &[],
    }
}

on_both_databases! {
    fn every_code_is_provoked_in_both_languages(database: Database) {
        let url = database.parsed_url();
        let provoked = actix_web::rt::System::new().block_on(async {
            let app = App::start(database).await;
            let lab = Lab::new(&app);
            guards::provoke(&lab).await;
            refusals::provoke(&lab).await;
            refusals::provoke_special(&lab, &url).await;
            tips::provoke(&lab).await;
            app.stop().await;
            lab.provoked.into_inner()
        });
        let known: BTreeSet<&str> = problems::all().map(|entry| entry.code).collect();
        let excused: BTreeSet<&str> = OUT_OF_REACH.iter().map(|(code, _)| *code).collect();
        let missing: Vec<_> = known.iter().filter(|code| !provoked.contains(**code) && !excused.contains(**code)).collect();
        assert!(missing.is_empty(), "nobody provokes {missing:?}");
        let needless: Vec<_> = excused.iter().filter(|code| provoked.contains(**code) || !known.contains(**code)).collect();
        assert!(needless.is_empty(), "these are within reach or gone: {needless:?}");
    }
}

#[test]
#[should_panic(expected = "tells `diesel`")]
fn the_check_of_what_is_told_notices_the_name_of_a_library() {
    tells_nothing_of_the_inside(&Answer {
        status: 500,
        headers: reqwest::header::HeaderMap::new(),
        body: Value::from("Diesel says no").to_string().into_bytes(),
        asked: "GET /".to_owned(),
    });
}
