//! A wire between the service and PostgreSQL that can be cut: it counts what the service says and, at the message it
//! was told, breaks the connection.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// How the message is lost at which the wire breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// It never reaches the server.
    Before,
    /// The server acts on it and nobody hears the answer.
    After,
}

/// Where the server listens.
#[derive(Debug, Clone)]
pub enum Server {
    /// On a socket in the file system.
    Socket(PathBuf),
    /// On a host and port.
    Port(String),
}

/// The wire. Every connection through it shares one count.
pub struct Proxy {
    port: u16,
    state: Arc<State>,
}

struct State {
    server: Server,
    /// Messages until the cut; below zero when none is to come.
    left: AtomicI64,
    swallows: AtomicBool,
    down: AtomicBool,
    open: Mutex<Vec<(TcpStream, TcpStream)>>,
}

impl Proxy {
    /// A wire to that server.
    pub fn to(server: Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let state = Arc::new(State {
            server,
            left: AtomicI64::new(-1),
            swallows: AtomicBool::new(false),
            down: AtomicBool::new(false),
            open: Mutex::default(),
        });
        let accepting = Arc::clone(&state);
        // It ends with the program: a test's wires are few.
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                accepting.join(client);
            }
        });
        Self { port, state }
    }

    /// Where the service is to connect to.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Breaks the wire at the `message`th message from now, counted from 0.
    pub fn cut_at(&self, message: i64, cut: Cut) {
        self.state.swallows.store(cut == Cut::After, Ordering::SeqCst);
        self.state.left.store(message, Ordering::SeqCst);
    }

    /// Whether the cut is still to come.
    pub fn is_whole(&self) -> bool {
        self.state.left.load(Ordering::SeqCst) >= 0
    }

    /// Lets everything through again.
    pub fn mend(&self) {
        self.state.left.store(-1, Ordering::SeqCst);
        self.state.down.store(false, Ordering::SeqCst);
    }

    /// Breaks every connection and refuses new ones, as a server that is stopped does.
    pub fn take_down(&self) {
        self.state.down.store(true, Ordering::SeqCst);
        self.state.hang_up();
    }
}

impl Server {
    /// Sockets of either kind are read, written and shut alike.
    fn connect(&self) -> io::Result<TcpStream> {
        match self {
            Self::Socket(path) => Ok(TcpStream::from(OwnedFd::from(UnixStream::connect(path)?))),
            Self::Port(address) => TcpStream::connect(address),
        }
    }
}

impl State {
    fn join(self: &Arc<Self>, client: TcpStream) {
        if self.down.load(Ordering::SeqCst) {
            return;
        }
        let Ok(server) = self.server.connect() else {
            return;
        };
        client.set_nodelay(true).expect("a socket takes options");
        let both = || {
            let client = client.try_clone().expect("a socket is shared");
            (client, server.try_clone().expect("a socket is shared"))
        };
        self.open.lock().unwrap_or_else(PoisonError::into_inner).push(both());
        let (mut asks, mut asked) = both();
        let (mut told, mut tells) = both();
        let state = Arc::clone(self);
        thread::spawn(move || {
            let (from, to) = (&mut asks, &mut asked);
            // Either end may be gone first.
            let _ = state.carry(from, to);
            let _ = from.shutdown(Shutdown::Both);
            let _ = to.shutdown(Shutdown::Write);
        });
        thread::spawn(move || {
            let _ = io::copy(&mut tells, &mut told);
            let _ = told.shutdown(Shutdown::Both);
        });
    }

    /// Carries what one client says; a read is what the client library sends at once, which is one call.
    fn carry(&self, from: &mut TcpStream, to: &mut TcpStream) -> io::Result<()> {
        let mut buffer = vec![0; 1 << 20];
        loop {
            let length = from.read(&mut buffer)?;
            if length == 0 {
                return Ok(());
            }
            let left = self.left.load(Ordering::SeqCst);
            if left > 0 {
                self.left.store(left - 1, Ordering::SeqCst);
            } else if left == 0 {
                self.left.store(-1, Ordering::SeqCst);
                if self.swallows.load(Ordering::SeqCst) {
                    from.shutdown(Shutdown::Both)?;
                    to.write_all(&buffer[..length])?;
                }
                return Ok(());
            }
            to.write_all(&buffer[..length])?;
        }
    }

    fn hang_up(&self) {
        for (client, server) in self.open.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            // It may be closed already.
            let _ = client.shutdown(Shutdown::Both);
            let _ = server.shutdown(Shutdown::Both);
        }
    }
}
