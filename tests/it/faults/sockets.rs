//! Callers over bare sockets: slow, many, endless. Each is bounded by the service; a normal caller is answered all the
//! while, and the memory of the process stays small. What they meet does not depend on the database.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::rc::Rc;
use std::thread::{sleep, spawn};
use std::time::Duration;

use major_hazards::values::Clock;

use crate::crash::process::Process;
use crate::support::caller::Caller;
use crate::support::database::{Database, Engine};

const IDLE_CONNECTIONS: usize = 2000;
const MOST_MEMORY_KIB: u64 = 300 * 1024;
/// Longer than the service waits for a head or a body.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn slow_heads_and_slow_bodies_are_ended_and_hold_nobody_up() {
    let mut process = start();
    let address = process.address();
    let callers = [
        "GET /v1/hazards HTTP/1.1\r\nx-slow: ".to_owned(),
        head("POST /v1/hazards", "content-length: 900000\r\n"),
        head("POST /v1/hazards", "transfer-encoding: chunked\r\n"),
    ];
    let slow: Vec<_> = (0..60)
        .map(|number| {
            let begin = callers[number % callers.len()].clone();
            spawn(move || trickle(address, &begin))
        })
        .collect();
    for _ in 0..20 {
        assert_answers(address);
        sleep(Duration::from_millis(100));
    }
    for caller in slow {
        let answer = caller.join().expect("a slow caller ends");
        let status = status(&answer);
        assert!(matches!(status, None | Some(400 | 408 | 503)), "{answer}");
    }
    assert_unharmed(&mut process);
}

#[test]
fn thousands_of_idle_connections_hold_nobody_up() {
    let mut process = start();
    let address = process.address();
    let mut idle: Vec<TcpStream> = Vec::new();
    while idle.len() < IDLE_CONNECTIONS {
        let mut stream = connect(address);
        if idle.len().is_multiple_of(2) {
            stream
                .write_all(b"GET /healthz HTTP/1.1\r\nhost: test\r\n\r\n")
                .expect("it is sent");
            let mut first = [0; 12];
            stream.read_exact(&mut first).expect("it is answered");
            assert_eq!(&first, b"HTTP/1.1 200");
        }
        idle.push(stream);
        if idle.len().is_multiple_of(100) {
            assert_answers(address);
        }
    }
    assert_unharmed(&mut process);
}

#[test]
fn bodies_and_heads_beyond_every_limit_are_refused_without_being_kept() {
    let mut process = start();
    let address = process.address();
    let endless = vec![b' '; 1 << 20];
    for _ in 0..3 {
        let announced = send(
            address,
            &head("POST /v1/hazards", "content-length: 104857600\r\n"),
            &endless,
            100,
        );
        assert_eq!(status(&announced), Some(413), "{announced}");
        let chunk = [b"100000\r\n".as_slice(), &endless, b"\r\n"].concat();
        let chunked = send(
            address,
            &head(
                "POST /v1/hazards",
                "connection: close\r\ntransfer-encoding: chunked\r\n",
            ),
            &chunk,
            100,
        );
        // The answer may be lost when the connection is reset under a sender who does not stop.
        assert!(matches!(status(&chunked), None | Some(413)), "{chunked}");
        let upload =
            head("POST /v1/attachments", "content-length: 104857600\r\n").replace("application/json", "image/png");
        let upload = send(address, &upload, &endless, 100);
        assert_eq!(status(&upload), Some(413), "{upload}");
        let huge = format!(
            "GET /healthz HTTP/1.1\r\nhost: test\r\nx-huge: {}\r\n\r\n",
            "a".repeat(4 << 20)
        );
        let huge = send(address, &huge, b"", 0);
        assert!(matches!(status(&huge), None | Some(400 | 431)), "{huge}");
        assert_answers(address);
    }
    assert_unharmed(&mut process);
}

#[test]
fn json_ten_thousand_levels_deep_is_a_fault_of_the_caller() {
    let mut process = start();
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
        let head = head(
            "POST /v1/hazards",
            &format!("connection: close\r\ncontent-length: {}\r\n", deep.len()),
        );
        let answer = send(process.address(), &head, deep.as_bytes(), 1);
        assert_eq!(status(&answer), Some(400), "{answer}");
        assert!(answer.contains("application/problem+json"), "{answer}");
    }
    assert_unharmed(&mut process);
}

#[test]
fn many_requests_in_one_write_are_answered_in_their_order() {
    const REQUESTS: usize = 2000;
    let mut process = start();
    let mut asked = String::new();
    for number in 0..REQUESTS {
        let path = if number % 2 == 0 { "/healthz" } else { "/nowhere" };
        let last = if number + 1 == REQUESTS {
            "connection: close\r\n"
        } else {
            ""
        };
        write!(asked, "GET {path} HTTP/1.1\r\nhost: test\r\n{last}\r\n").expect("a text takes what is written");
    }
    let mut stream = connect(process.address());
    let mut writer = stream.try_clone().expect("a socket is shared");
    let sender = spawn(move || writer.write_all(asked.as_bytes()));
    let mut answers = String::new();
    stream.read_to_string(&mut answers).expect("all is answered");
    sender.join().expect("the sender ends").expect("all is sent");
    let statuses: Vec<&str> = answers
        .match_indices("HTTP/1.1 ")
        .map(|(at, _)| &answers[at + 9..at + 12])
        .collect();
    let expected: Vec<&str> = ["200", "404"].into_iter().cycle().take(REQUESTS).collect();
    assert_eq!(statuses, expected);
    assert_unharmed(&mut process);
}

fn start() -> Process {
    let database = Database::migrated(Engine::Sqlite).expect("SQLite is built in");
    Process::start(&Rc::new(database))
}

fn assert_unharmed(process: &mut Process) {
    assert_answers(process.address());
    process.assert_healthy();
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).expect("it runs");
    let resident = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .expect("its memory is told");
    let memory: u64 = resident.trim().trim_end_matches(" kB").parse().expect("a number");
    assert!(memory < MOST_MEMORY_KIB, "{memory} KiB");
}

/// A normal caller is answered.
fn assert_answers(address: SocketAddr) {
    let head = head("GET /v1/hazards", "connection: close\r\n");
    let answer = send(address, &head, b"", 0);
    assert_eq!(status(&answer), Some(200), "{answer}");
}

fn head(line: &str, more: &str) -> String {
    let token = Caller::inspector().token(&Clock::system());
    format!(
        "{line} HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n{more}\r\n"
    )
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket takes options");
    stream
        .set_write_timeout(Some(PATIENCE))
        .expect("a socket takes options");
    stream
}

/// Sends a head and so many pieces, or as many as are taken, and returns the head of what comes back.
fn send(address: SocketAddr, head: &str, piece: &[u8], times: usize) -> String {
    let mut stream = connect(address);
    let mut sent = stream.write_all(head.as_bytes());
    for _ in 0..times {
        if sent.is_err() {
            break;
        }
        sent = stream.write_all(piece);
    }
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    // The head is enough, and the connection of a refused body may stay open. A reset takes nothing back that was read.
    while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(length) if length > 0 => answer.extend_from_slice(&buffer[..length]),
            _ => break,
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// Sends a byte a second until the service has had enough.
fn trickle(address: SocketAddr, begin: &str) -> String {
    let mut stream = connect(address);
    stream.write_all(begin.as_bytes()).expect("it is sent");
    stream
        .set_read_timeout(Some(Duration::from_secs(1)))
        .expect("a socket takes options");
    let mut answer = [0; 2048];
    for _ in 0..PATIENCE.as_secs() {
        match stream.read(&mut answer) {
            Ok(length) => return String::from_utf8_lossy(&answer[..length]).into_owned(),
            Err(error) if error.kind() != std::io::ErrorKind::WouldBlock => return String::new(),
            Err(_) => {}
        }
        if stream.write_all(b"1").is_err() {
            return String::new();
        }
    }
    panic!("a caller who sends a byte a second was never ended: {begin}");
}

fn status(answer: &str) -> Option<u16> {
    answer.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}
