//! The disk that fails on demand: `disk.c`, built once a run and laid under the service.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::rc::Rc;
use std::sync::OnceLock;

use crate::crash::process::Process;
use crate::support::database::Database;
use crate::support::run::run;
use crate::support::source::root;

/// Why a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// The device is broken.
    Io,
    /// There is no room.
    NoSpace,
}

/// The disk of one process.
pub struct Disk {
    orders: File,
}

impl Disk {
    /// Starts the service over a disk that works until it is told otherwise.
    pub fn below(database: &Rc<Database>) -> (Self, Process) {
        let path = database.folder().join("disk-orders");
        let orders = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)
            .expect("a file for the orders");
        orders.set_len(40).expect("it takes five numbers");
        let disk = Self { orders };
        disk.mend();
        let process = Process::start_with(database, |command| {
            command.env("LD_PRELOAD", library()).env("FAULTY_DISK_ORDERS", &path);
        });
        (disk, process)
    }

    /// The call after so many more fails, once.
    pub fn fail_at(&self, call: i64, error: Error) {
        self.order(call, error, false);
    }

    /// From now on every call fails.
    pub fn fill_up(&self) {
        self.order(0, Error::NoSpace, true);
    }

    /// Every call goes through again.
    pub fn mend(&self) {
        self.set(0, -1);
    }

    /// Whether the call that is to fail has not come.
    pub fn is_whole(&self) -> bool {
        self.get(0) >= 0
    }

    /// How many calls failed.
    pub fn failed(&self) -> i64 {
        self.get(3)
    }

    fn order(&self, left: i64, error: Error, lasting: bool) {
        self.mend();
        let number = match error {
            Error::Io => 5,
            Error::NoSpace => 28,
        };
        self.set(1, number);
        self.set(2, i64::from(lasting));
        self.set(0, left);
    }

    fn set(&self, place: u64, value: i64) {
        let bytes = value.to_ne_bytes();
        self.orders.write_all_at(&bytes, place * 8).expect("an order is given");
    }

    fn get(&self, place: u64) -> i64 {
        let mut bytes = [0; 8];
        self.orders
            .read_exact_at(&mut bytes, place * 8)
            .expect("orders are read");
        i64::from_ne_bytes(bytes)
    }
}

/// The shared library, built with the C compiler that builds the product.
fn library() -> &'static PathBuf {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let library = run().folder().join("disk.so");
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
            .arg(&library)
            .arg(root().join("tests/it/faults/disk.c"))
            .arg("-ldl")
            .output()
            .expect("`cc` runs");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        library
    })
}
