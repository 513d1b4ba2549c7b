//! A receiver of messages on this machine, which answers as a test wants it to.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// A message as it came.
#[derive(Debug, Clone)]
pub struct Message {
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`.
    pub timestamp: i64,
    /// `webhook-signature`.
    pub signatures: String,
    /// `content-type`.
    pub content_type: String,
    /// The body, byte for byte.
    pub raw: Vec<u8>,
    /// The body, read.
    pub event: Value,
}

impl Message {
    /// `type` of the event.
    pub fn event_type(&self) -> &str {
        self.event["type"].as_str().unwrap_or_default()
    }

    /// `subject` of the event.
    pub fn subject(&self) -> &str {
        self.event["subject"].as_str().unwrap_or_default()
    }
}

/// What the receiver does with a message.
#[derive(Debug, Clone)]
pub enum Reaction {
    /// Answers with that status and these headers.
    Answer(u16, &'static str),
    /// Takes the message and never answers.
    Hang,
    /// Answers 200 with a body that never ends.
    Endless,
}

type Choice = Box<dyn Fn(&Message) -> Reaction + Send>;

/// A receiver that is listening. It ends with the program: a test's receivers are few.
pub struct Receiver {
    port: u16,
    state: Arc<State>,
}

struct State {
    messages: Mutex<Vec<Message>>,
    choice: Mutex<Choice>,
}

impl Receiver {
    /// One that takes every message.
    pub fn start() -> Self {
        Self::that(|_| Reaction::Answer(204, ""))
    }

    /// One that does with each message what `choice` says.
    pub fn that(choice: impl Fn(&Message) -> Reaction + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let state = Arc::new(State {
            messages: Mutex::default(),
            choice: Mutex::new(Box::new(choice)),
        });
        let accepting = Arc::clone(&state);
        thread::spawn(move || {
            for caller in listener.incoming().map_while(Result::ok) {
                let state = Arc::clone(&accepting);
                thread::spawn(move || state.serve(caller));
            }
        });
        Self { port, state }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook?key=hunter2", self.port)
    }

    /// Does with each message from now on what `choice` says.
    pub fn react(&self, choice: impl Fn(&Message) -> Reaction + Send + 'static) {
        *held(&self.state.choice) = Box::new(choice);
    }

    /// What came so far.
    pub fn messages(&self) -> Vec<Message> {
        held(&self.state.messages).clone()
    }

    /// Types of what came so far.
    pub fn types(&self) -> Vec<String> {
        let messages = self.messages();
        messages.iter().map(|message| message.event_type().to_owned()).collect()
    }
}

impl State {
    fn serve(&self, caller: TcpStream) {
        let mut writer = caller.try_clone().expect("a socket");
        let mut reader = BufReader::new(caller);
        while let Some(message) = read(&mut reader) {
            let reaction = held(&self.choice)(&message);
            held(&self.messages).push(message);
            let answered = match reaction {
                Reaction::Answer(status, headers) => write!(
                    writer,
                    "HTTP/1.1 {status} Whatever\r\n{headers}content-length: 0\r\n\r\n"
                ),
                Reaction::Hang => {
                    // Until the caller gives up.
                    let _ = reader.read(&mut [0]);
                    return;
                }
                Reaction::Endless => {
                    endless(&mut writer);
                    return;
                }
            };
            if answered.is_err() {
                return;
            }
        }
    }
}

fn endless(writer: &mut TcpStream) {
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
    let mut going_on = writer.write_all(head.as_bytes()).is_ok();
    while going_on {
        going_on = writer.write_all(chunk.as_bytes()).is_ok();
        thread::sleep(Duration::from_millis(1));
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Message> {
    let mut headers = std::collections::BTreeMap::new();
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let header = |name: &str| headers.get(name).cloned().unwrap_or_default();
    let mut raw = vec![0; header("content-length").parse().ok()?];
    reader.read_exact(&mut raw).ok()?;
    Some(Message {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp").parse().ok()?,
        signatures: header("webhook-signature"),
        content_type: header("content-type"),
        event: serde_json::from_slice(&raw).ok()?,
        raw,
    })
}

fn held<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
