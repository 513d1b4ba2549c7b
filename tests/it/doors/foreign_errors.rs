//! Errors that the server beneath makes by itself: as long as a request reaches a layer of this program, each is a
//! problem document like every other.

use std::time::Duration;

use super::problems::tells_nothing_of_the_inside;
use super::wire;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::Answer;
use crate::support::on_both;

/// How long to wait for the answer to a request that is not whole.
const GLIMPSE: Duration = Duration::from_millis(500);
/// What the server refuses before any layer of this program sees a request.
const HEAD_REFUSED: &[u16] = &[400, 408, 431];

const JSON: (&str, &str) = ("Content-Type", "application/json");

/// Method and path, headers, body, and the status that is due.
type Case = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static [u8],
    u16,
);

async fn ask(app: &App, line: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let token = format!("Bearer {}", Caller::office().token(&app.clock()));
    let headers = [&[("Authorization", token.as_str())], headers].concat();
    let address = app.url("");
    let bytes = wire::request(line, &headers, body);
    let answer = wire::ask(wire::PATIENCE, address.trim_start_matches("http://"), bytes).await;
    answer.unwrap_or_else(|| panic!("{line}: no answer"))
}

on_both! {
    async fn every_error_of_a_request_that_reaches_the_program_is_a_problem_document(app: App) {
        let cases: &[Case] = &[
            // Beside the good token that every one of these requests carries.
            ("GET /v1/hazards", &[("Authorization", "Bearer a.b.c")], b"", 401),
            ("GET /v1/hazards", &[("Authorization", "")], b"", 401),
            ("GET /v1/hazards/%zz", &[], b"", 404),
            ("GET /v1/hazards/%ff", &[], b"", 404),
            ("GET /v1/hazards/%00", &[], b"", 404),
            ("GET /v1/hazards/%", &[], b"", 404),
            ("GET /v1/dictionaries/%c3%28", &[], b"", 404),
            ("GET /v1/hazards?limit=%zz", &[], b"", 400),
            ("GET /v1/hazards?q=%ff", &[], b"", 400),
            ("GET /v1/hazards?limit", &[], b"", 400),
            ("GET /v1/hazards?=1", &[], b"", 400),
            ("GET /v1/nothing", &[], b"", 404),
            ("GET //v1/hazards", &[], b"", 404),
            ("GET /v1/hazards/", &[], b"", 404),
            ("GET /v1/../v1/hazards", &[], b"", 404),
            ("OPTIONS *", &[], b"", 404),
            ("DELETE /v1/hazards", &[], b"", 405),
            ("PUT /healthz", &[], b"", 405),
            ("BREW /v1/hazards", &[], b"", 405),
            ("POST /v1/hazards", &[("Content-Type", "application/json"), ("Content-Length", "99999999")], b"", 413),
            ("POST /v1/hazards", &[], b"{}", 415),
            ("POST /v1/hazards", &[("Content-Type", "/")], b"{}", 415),
            ("POST /v1/hazards", &[("Content-Type", "application/json; charset=\"")], b"{", 400),
            ("POST /v1/hazards", &[JSON, ("Content-Encoding", "gzip")], b"\x1f\x8b", 415),
            ("POST /v1/hazards", &[JSON], b"\xff\xfe", 400),
            ("POST /v1/hazards", &[JSON], b"\"\xed\xa0\x80\"", 400),
            ("POST /v1/hazards", &[JSON, ("Expect", "100-continue")], b"{", 400),
            ("GET /v1/hazards", &[("Accept-Encoding", "*;q=0")], b"", 406),
            ("GET /v1/hazards", &[("Accept-Encoding", "identity;q=0, *;q=0")], b"", 406),
            ("POST /v1/enterprises/import", &[("Content-Type", "text/plain")], b"x", 415),
            ("POST /v1/enterprises/import", &[("Content-Type", "text/csv")], b"\xff", 422),
            ("POST /v1/attachments", &[("Content-Type", "image/png")], b"x", 415),
        ];
        let mut wrong = Vec::new();
        for (line, headers, body, status) in cases {
            let answer = ask(&app, line, headers, body).await;
            if answer.status == *status {
                answer.any_problem();
                tells_nothing_of_the_inside(&answer);
            } else {
                wrong.push(format!("{line} {headers:?}: {} {}", answer.status, answer.text()));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    async fn a_request_that_cannot_be_read_is_refused_without_a_word_of_the_inside(app: App) {
        let address = app.url("").trim_start_matches("http://").to_owned();
        let long = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(200_000));
        let many = format!("GET /healthz HTTP/1.1\r\nHost: a\r\n{}\r\n", "X-A: b\r\n".repeat(20_000));
        let heads: &[&[u8]] = &[
            b"\r\n\r\n",
            b"nonsense\r\n\r\n",
            b"GET /healthz HTTP/9.9\r\n\r\n",
            b"GET /health z HTTP/1.1\r\nHost: a\r\n\r\n",
            b"GET /healthz HTTP/1.1\r\nHost: a\r\nA b: c\r\n\r\n",
            b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
            b"POST /v1/hazards HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
            b"POST /v1/hazards HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
            b"POST /v1/hazards HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
            b"POST /v1/hazards HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
            b"POST /v1/hazards HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: nonsense\r\n\r\n",
            b"POST /v1/hazards HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"POST /v1/hazards HTTP/1.1\r\nHost: a\r\nExpect: a-miracle\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
            long.as_bytes(),
            many.as_bytes(),
        ];
        let mut answered = 0;
        for head in heads {
            let shown = String::from_utf8_lossy(&head[..head.len().min(60)]).into_owned();
            // Closing the connection at once is an answer too.
            let Some(answer) = wire::ask(GLIMPSE, &address, head.to_vec()).await else { continue };
            answered += 1;
            assert!((400..500).contains(&answer.status), "{shown}: {}", answer.status);
            tells_nothing_of_the_inside(&answer);
            if answer.body.is_empty() {
                assert!(HEAD_REFUSED.contains(&answer.status), "{shown}: {} without a document", answer.status);
            } else {
                answer.any_problem();
            }
        }
        assert!(answered >= 8, "only {answered} of {} were answered", heads.len());
        app.get("/healthz").send().await.expect_status(200).done();
    }
}
