//! The line between phones and the service, as it is in a cellar: it drops, delays, truncates, duplicates and reorders
//! what goes over it, drawn from a seed. Each connection carries one request.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::message::{read_answer, read_request};
use crate::support::seed::Random;

/// Longest delay of a request, and how much later another copy of one comes.
const LONGEST_DELAY: u64 = 150;
const LATEST_COPY: u64 = 2_000;
/// An answer that does not come by then was lost.
const PATIENCE: Duration = Duration::from_secs(20);

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Carried,
    /// The connection breaks before anything is read.
    Dropped,
    /// It comes later than what was sent after it.
    Delayed,
    /// The service sees its beginning.
    Truncated,
    /// The service acts and nobody hears of it.
    Unanswered,
    /// The phone sees the beginning of the answer.
    AnswerTruncated,
    /// It comes twice at once.
    Doubled,
    /// It comes again when it was answered long ago, maybe by a service that was started since.
    Repeated,
}

/// Of twenty requests, how many meet which fate.
const FATES: [(Fate, u64); 8] = [
    (Fate::Carried, 10),
    (Fate::Dropped, 1),
    (Fate::Delayed, 2),
    (Fate::Truncated, 1),
    (Fate::Unanswered, 2),
    (Fate::AnswerTruncated, 1),
    (Fate::Doubled, 1),
    (Fate::Repeated, 2),
];

/// The line. It outlives the service, which changes its address with each start.
#[derive(Clone)]
pub struct Line {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

struct State {
    service: Option<SocketAddr>,
    random: Random,
    met: BTreeMap<Fate, u64>,
}

impl Line {
    /// A line that leads nowhere yet.
    pub fn new(random: Random) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let line = Self {
            address: listener.local_addr().expect("it is bound"),
            state: Arc::new(Mutex::new(State {
                service: None,
                random,
                met: BTreeMap::new(),
            })),
        };
        let accepting = line.clone();
        // It ends with the program: a test's lines are few.
        thread::spawn(move || {
            for phone in listener.incoming().map_while(Result::ok) {
                let line = accepting.clone();
                // Whoever breaks off is what this is about.
                thread::spawn(move || line.carry(phone).ok());
            }
        });
        line
    }

    /// Where phones call.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Leads to a service from now on, or nowhere.
    pub fn lead_to(&self, service: Option<SocketAddr>) {
        self.state().service = service;
    }

    /// What became of the requests so far.
    pub fn told(&self) -> String {
        format!("{:?}", self.state().met)
    }

    /// Fails unless every kind of mishap was met.
    pub fn assert_rough(&self) {
        let met = &self.state().met;
        for (fate, _) in FATES {
            assert!(met.contains_key(&fate), "no request was {fate:?}: {met:?}");
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A fate, and two numbers to carry it out by.
    fn draw(&self) -> (Fate, u64, u64) {
        let mut state = self.state();
        let mut drawn = state.random.below(FATES.iter().map(|(_, share)| share).sum());
        let mut fate = Fate::Carried;
        for (one, share) in FATES {
            if drawn < share {
                fate = one;
                break;
            }
            drawn -= share;
        }
        *state.met.entry(fate).or_default() += 1;
        (fate, state.random.below(1 << 20), state.random.below(1 << 20))
    }

    fn carry(&self, mut phone: TcpStream) -> io::Result<()> {
        let (fate, one, other) = self.draw();
        if fate == Fate::Dropped {
            return Ok(());
        }
        phone.set_read_timeout(Some(PATIENCE))?;
        let request = read_request(&mut phone)?;
        match fate {
            Fate::Dropped => {}
            Fate::Carried => phone.write_all(&self.ask(&request)?)?,
            Fate::Delayed => {
                thread::sleep(Duration::from_millis(one % LONGEST_DELAY));
                phone.write_all(&self.ask(&request)?)?;
            }
            Fate::Truncated => {
                let mut service = self.connect()?;
                service.write_all(&request[..part(&request, one)])?;
                service.shutdown(Shutdown::Both)?;
            }
            Fate::Unanswered => {
                // The phone may be gone before the service begins.
                if other.is_multiple_of(2) {
                    phone.shutdown(Shutdown::Both)?;
                }
                self.ask(&request)?;
            }
            Fate::AnswerTruncated => {
                let answer = self.ask(&request)?;
                phone.write_all(&answer[..part(&answer, one)])?;
            }
            Fate::Doubled => {
                let (line, copy) = (self.clone(), request.clone());
                let second = thread::spawn(move || line.ask(&copy).ok());
                let answer = self.ask(&request);
                // It is lost where the service is.
                let _ = second.join();
                phone.write_all(&answer?)?;
            }
            Fate::Repeated => {
                phone.write_all(&self.ask(&request)?)?;
                phone.shutdown(Shutdown::Both)?;
                thread::sleep(Duration::from_millis(one % LATEST_COPY));
                self.ask(&request)?;
            }
        }
        Ok(())
    }

    /// The answer of the service to a request.
    fn ask(&self, request: &[u8]) -> io::Result<Vec<u8>> {
        let mut service = self.connect()?;
        service.write_all(request)?;
        read_answer(&mut service, request)
    }

    fn connect(&self) -> io::Result<TcpStream> {
        let address = self.state().service.ok_or(io::ErrorKind::ConnectionRefused)?;
        let service = TcpStream::connect(address)?;
        service.set_read_timeout(Some(PATIENCE))?;
        service.set_nodelay(true)?;
        Ok(service)
    }
}

/// A length shorter than the whole.
fn part(message: &[u8], drawn: u64) -> usize {
    usize::try_from(drawn).expect("a small number") % message.len()
}
