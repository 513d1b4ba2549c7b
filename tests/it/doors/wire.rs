//! Requests as bytes on the wire, for what no client library would send and for what must not wait for another.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::support::client::Answer;

/// Long enough for any answer; only a hanging service reaches it.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// A request, written out.
pub(super) fn request(line: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{line} HTTP/1.1\r\nHost: service\r\nConnection: close\r\n");
    if !body.is_empty() {
        write!(head, "Content-Length: {}\r\n", body.len()).expect("a text takes what is written");
    }
    for (name, value) in headers {
        write!(head, "{name}: {value}\r\n").expect("a text takes what is written");
    }
    head.push_str("\r\n");
    [head.as_bytes(), body].concat()
}

/// Sends the bytes from a thread of its own, so that the service beside can work, and reads one answer; nothing where
/// the connection was closed without one.
pub(super) async fn ask(patience: Duration, address: &str, request: Vec<u8>) -> Option<Answer> {
    let address = address.to_owned();
    let asking = tokio::task::spawn_blocking(move || exchange(patience, &address, &request));
    asking.await.expect("the exchange goes through")
}

/// As [`ask`], on this thread.
pub(super) fn exchange(patience: Duration, address: &str, request: &[u8]) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).expect("the service listens");
    stream.set_read_timeout(Some(patience)).expect("a limit");
    let line = request.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let asked = String::from_utf8_lossy(line).into_owned();
    // The service may answer and close before it has read everything; what it said until then is judged.
    stream.write_all(request).unwrap_or_default();
    let mut bytes = Vec::new();
    let mut piece = [0; 16 * 1024];
    loop {
        // What only announces another answer is none.
        if bytes.starts_with(CONTINUE) {
            bytes.drain(..CONTINUE.len());
        }
        let answer = parse(&bytes, &asked);
        if answer.as_ref().is_some_and(is_whole) {
            return answer;
        }
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return answer,
            Ok(length) => bytes.extend_from_slice(&piece[..length]),
        }
    }
}

fn is_whole(answer: &Answer) -> bool {
    let length = answer.header("content-length").and_then(|length| length.parse().ok());
    length.is_some_and(|length: usize| answer.body.len() >= length)
}

fn parse(bytes: &[u8], asked: &str) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let (head, body) = bytes.split_at(end + 4);
    let head = String::from_utf8_lossy(head).into_owned();
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        headers.append(
            HeaderName::from_bytes(name.as_bytes()).expect("a header's name"),
            HeaderValue::from_str(value).expect("a header's value"),
        );
    }
    Some(Answer {
        status,
        headers,
        body: body.to_vec(),
        asked: asked.to_owned(),
    })
}
