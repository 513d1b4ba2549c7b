//! The queue: one file for each entry, in the order in which they were recorded.
//!
//! ```text
//! queue/00000007.json      waits
//! parked/<id>.json         was refused; the entry with the answer, for a person to look at
//! photographs/<sha256>     bytes of which an entry tells, there before the entry is
//! uploads/<sha256>         where bytes are going that were begun to be sent
//! ```
//!
//! Entries are numbered and not dated: the clock of a phone goes back at times.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Trouble;
use super::durable::{self, FRESH};
use super::entry::{Entry, Evidence};

const FOLDERS: [&str; 4] = ["queue", "parked", "photographs", "uploads"];

/// The queue of one phone.
#[derive(Debug, Clone)]
pub struct Queue {
    folder: PathBuf,
}

/// An entry that waits.
#[derive(Debug, Clone)]
pub struct Waiting {
    number: u64,
    pub entry: Entry,
}

/// For as long as it lives nobody else sends from the queue.
#[derive(Debug)]
pub struct Sending {
    _lock: File,
}

impl Queue {
    /// The queue in that folder.
    pub fn open(folder: &Path) -> Result<Self, Trouble> {
        for name in FOLDERS {
            fs::create_dir_all(folder.join(name))?;
        }
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// Puts an entry at the end. When this returns it is there for good, and its photographs are.
    pub fn push(&self, entry: &Entry, photographs: &[Vec<u8>]) -> Result<(), Trouble> {
        let _lock = self.lock()?;
        for (evidence, bytes) in entry.evidence().iter().zip(photographs) {
            durable::write(&self.photograph(evidence), bytes)?;
        }
        let last = self.numbers()?.into_iter().next_back().unwrap_or_default();
        durable::write(&self.place(last + 1), &serde_json::to_vec_pretty(entry)?)
    }

    /// What waits, the oldest first.
    pub fn waiting(&self) -> Result<Vec<Waiting>, Trouble> {
        let mut waiting = Vec::new();
        for number in self.numbers()? {
            if let Some(bytes) = durable::read(&self.place(number))? {
                let entry = serde_json::from_slice(&bytes)?;
                waiting.push(Waiting { number, entry });
            }
        }
        Ok(waiting)
    }

    /// Takes an entry out that the service has.
    pub fn done(&self, waiting: &Waiting) -> Result<(), Trouble> {
        durable::remove(&self.place(waiting.number))?;
        self.sweep()
    }

    /// Lays an entry aside that was refused, with the answer. Its photographs stay.
    pub fn park(&self, waiting: &Waiting, answer: &Value) -> Result<(), Trouble> {
        let name = match &waiting.entry {
            Entry::Inspection(inspection) => inspection.id,
            Entry::Action(action) => action.key,
        };
        let parked = json!({"entry": waiting.entry, "answer": answer});
        let path = self.folder.join("parked").join(format!("{name}.json"));
        durable::write(&path, &serde_json::to_vec_pretty(&parked)?)?;
        durable::remove(&self.place(waiting.number))
    }

    /// What was laid aside.
    pub fn parked(&self) -> Result<Vec<(Entry, Value)>, Trouble> {
        let mut parked = Vec::new();
        for file in files(&self.folder.join("parked"))? {
            let mut found: Value = serde_json::from_slice(&fs::read(file)?)?;
            let entry = serde_json::from_value(found["entry"].take())?;
            parked.push((entry, found["answer"].take()));
        }
        Ok(parked)
    }

    /// Keeps others from sending; nothing when somebody sends already.
    pub fn begin_sending(&self) -> Result<Option<Sending>, Trouble> {
        let lock = File::create(self.folder.join("sending.lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Sending { _lock: lock })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// The bytes of a photograph.
    pub fn bytes(&self, evidence: &Evidence) -> Result<Vec<u8>, Trouble> {
        let bytes = durable::read(&self.photograph(evidence))?;
        bytes.ok_or_else(|| format!("the photograph {} is not there", evidence.sha256).into())
    }

    /// Where it is written down where the bytes of a photograph are going.
    pub fn upload_of(&self, evidence: &Evidence) -> PathBuf {
        self.folder.join("uploads").join(&evidence.sha256)
    }

    /// Removes photographs that no entry tells of, and what was begun to be written and is not whole. Nobody may be
    /// recording meanwhile: photographs are there before their entry is.
    fn sweep(&self) -> Result<(), Trouble> {
        let _lock = self.lock()?;
        let mut needed = BTreeSet::new();
        let waiting = self.waiting()?.into_iter().map(|waiting| waiting.entry);
        let parked = self.parked()?.into_iter().map(|(entry, _)| entry);
        for entry in waiting.chain(parked) {
            needed.extend(entry.evidence().iter().map(|evidence| evidence.sha256.clone()));
        }
        for folder in ["photographs", "uploads"] {
            for entry in fs::read_dir(self.folder.join(folder))? {
                let entry = entry?;
                if !entry.file_name().to_str().is_some_and(|name| needed.contains(name)) {
                    durable::remove(&entry.path())?;
                }
            }
        }
        Ok(())
    }

    fn lock(&self) -> Result<File, Trouble> {
        let lock = File::create(self.folder.join("writing.lock"))?;
        lock.lock()?;
        Ok(lock)
    }

    fn numbers(&self) -> Result<BTreeSet<u64>, Trouble> {
        let numbers = files(&self.folder.join("queue"))?
            .into_iter()
            .filter_map(|file| file.file_stem()?.to_str()?.parse().ok());
        Ok(numbers.collect())
    }

    fn place(&self, number: u64) -> PathBuf {
        self.folder.join("queue").join(format!("{number:08}.json"))
    }

    fn photograph(&self, evidence: &Evidence) -> PathBuf {
        self.folder.join("photographs").join(&evidence.sha256)
    }
}

/// The files of a folder that are whole.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != FRESH) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
