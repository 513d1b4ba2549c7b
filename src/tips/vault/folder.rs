//! The folder: a master key, a secret of its own, and one small file for each key.
//!
//! ```text
//! current          id of the master key that new keys are sealed under
//! master/<id>      32 bytes
//! secret           a key like the others; what is derived from it is the same for ever
//! new/<name>       the key of a tip that may not be on record yet
//! keys/<name>      the key of a tip that is
//! lock, rotating   held by whoever makes or destroys keys, and by whoever gives out a new master key
//! ```
//!
//! A key is durable in `new/` before its tip commits, and moves to `keys/` after. Only what is in `new/` is ever swept, so
//! that no database which was brought back from an older day can take the keys of younger tips away.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use aws_lc_rs::hmac;

use super::cipher::Key;
use super::{VaultError, files};
use crate::values::Clock;

/// Bytes of the id of a master key.
const MASTER_ID_LENGTH: usize = 16;

/// The name of a key's file: 32 hexadecimal digits that say nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for KeyName {
    type Err = VaultError;

    fn from_str(text: &str) -> Result<Self, VaultError> {
        let is_name = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_name.then(|| Self(text.to_owned())).ok_or(VaultError::Broken)
    }
}

/// Whether the tip of a key is known to be on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It may not be.
    New,
    /// It is, or was.
    Kept,
}

impl Standing {
    pub(super) const ALL: [Self; 2] = [Self::New, Self::Kept];

    fn folder(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Kept => "keys",
        }
    }
}

/// The folder of keys, opened.
#[derive(Debug)]
pub struct Vault {
    folder: PathBuf,
    secret: Key,
}

impl Vault {
    /// True when there is a folder of keys at that place.
    pub fn is_at(folder: &Path) -> bool {
        folder.join("current").exists()
    }

    /// Opens the folder; makes it where there is none.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn open_or_make(folder: &Path, clock: &Clock) -> Result<Self, VaultError> {
        files::make_folder(folder)?;
        let lock = Lock::alone(folder)?;
        if !Self::is_at(folder) {
            for below in ["master", Standing::New.folder(), Standing::Kept.folder()] {
                files::make_folder(&folder.join(below))?;
            }
            let master = Master::make(folder, clock)?;
            let secret = master.wrap("secret", &Key::draw(clock)?)?;
            files::write(&folder.join("secret"), &secret)?;
            master.make_current(folder)?;
        }
        drop(lock);
        Self::open(folder)
    }

    /// Opens the folder.
    ///
    /// # Errors
    /// [`VaultError::Lost`] when it is not there, and when it cannot be read.
    pub fn open(folder: &Path) -> Result<Self, VaultError> {
        if !Self::is_at(folder) {
            return Err(VaultError::Lost);
        }
        let sealed = files::read(&folder.join("secret"))?.ok_or(VaultError::Lost)?;
        Ok(Self {
            secret: unwrap(folder, "secret", &sealed)?,
            folder: folder.to_owned(),
        })
    }

    /// Tells this folder from every other, so that a database knows its own. It opens nothing.
    pub fn mark(&self) -> [u8; 32] {
        self.derive("folder", b"")
    }

    /// Bytes that only this folder gives for that purpose and input, and always the same.
    pub fn derive(&self, purpose: &str, input: &[u8]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, self.secret.bytes()));
        context.update(purpose.as_bytes());
        context.update(&[0]);
        context.update(input);
        let mut bytes = [0; 32];
        // The tag of SHA-256 is as long as the bytes, so none is left over.
        for (byte, drawn) in bytes.iter_mut().zip(context.sign().as_ref()) {
            *byte = *drawn;
        }
        bytes
    }

    /// Makes a key, durable before this returns. [`Vault::keep`] it when its tip is on record, [`Vault::destroy`] it
    /// when that failed.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn make_key(&self, clock: &Clock) -> Result<(KeyName, Key), VaultError> {
        let name = KeyName(clock.random_id().simple().to_string());
        let key = Key::draw(clock)?;
        // The master key must not change between its being chosen and the file's being there for who replaces it.
        let lock = Lock::shared(&self.folder)?;
        let wrapped = Master::current(&self.folder)?.wrap(&name.0, &key)?;
        files::write(&self.place(Standing::New, &name), &wrapped)?;
        drop(lock);
        Ok((name, key))
    }

    /// Puts a key among those whose tips are on record; fine when it is there already, or destroyed.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn keep(&self, name: &KeyName) -> Result<(), VaultError> {
        let lock = Lock::shared(&self.folder)?;
        let new = self.place(Standing::New, name);
        if new.exists() {
            files::rename(&new, &self.place(Standing::Kept, name))?;
        }
        drop(lock);
        Ok(())
    }

    /// The key of that name.
    ///
    /// # Errors
    /// [`VaultError::Missing`] when it was destroyed, lost or damaged, and when the folder cannot be read.
    pub fn key(&self, name: &KeyName) -> Result<Key, VaultError> {
        let mut last = Err(VaultError::Missing);
        // Whoever moves a key or seals it under another master key does it between two looks, not between four.
        for standing in [Standing::Kept, Standing::New, Standing::Kept, Standing::New] {
            if let Some(wrapped) = files::read(&self.place(standing, name))? {
                last = unwrap(&self.folder, &name.0, &wrapped);
                if last.is_ok() {
                    break;
                }
            }
        }
        // A key that cannot be opened is as lost as one that is not there, and no more of its tip is lost with it.
        last.map_err(|error| match error {
            VaultError::Broken => VaultError::Missing,
            other => other,
        })
    }

    /// Destroys a key; fine when that was done before.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn destroy(&self, name: &KeyName) -> Result<(), VaultError> {
        // A new master key must not bring it back.
        let lock = Lock::shared(&self.folder)?;
        for standing in Standing::ALL {
            files::remove(&self.place(standing, name))?;
        }
        drop(lock);
        Ok(())
    }

    /// Every key of that standing.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn names(&self, standing: Standing) -> Result<Vec<KeyName>, VaultError> {
        let names = files::names(&self.folder.join(standing.folder()))?;
        Ok(names.iter().filter_map(|name| name.parse().ok()).collect())
    }

    pub(super) fn place(&self, standing: Standing, name: &KeyName) -> PathBuf {
        self.folder.join(standing.folder()).join(&name.0)
    }
}

/// A master key.
pub(super) struct Master {
    pub(super) id: String,
    key: Key,
}

impl Master {
    /// Makes one, which nothing is sealed under yet.
    pub(super) fn make(folder: &Path, clock: &Clock) -> Result<Self, VaultError> {
        let master = Self {
            id: clock.random_id().simple().to_string(),
            key: Key::draw(clock)?,
        };
        files::write(&folder.join("master").join(&master.id), master.key.bytes())?;
        Ok(master)
    }

    /// The one that new keys are sealed under.
    pub(super) fn current(folder: &Path) -> Result<Self, VaultError> {
        let id = files::read(&folder.join("current"))?.ok_or(VaultError::Lost)?;
        let id = String::from_utf8(id).map_err(|_| VaultError::Broken)?;
        Self::named(folder, id)
    }

    fn named(folder: &Path, id: String) -> Result<Self, VaultError> {
        let bytes = files::read(&folder.join("master").join(&id))?.ok_or(VaultError::Missing)?;
        Ok(Self {
            id,
            key: Key::of_slice(&bytes)?,
        })
    }

    /// Has new keys sealed under it.
    pub(super) fn make_current(&self, folder: &Path) -> Result<(), VaultError> {
        let fresh = folder.join("current.new");
        files::write(&fresh, self.id.as_bytes())?;
        files::rename(&fresh, &folder.join("current"))
    }

    /// The id of this master key, then the key as only it opens it.
    pub(super) fn wrap(&self, name: &str, key: &Key) -> Result<Vec<u8>, VaultError> {
        let id = uuid::Uuid::try_parse(&self.id).map_err(|_| VaultError::Broken)?;
        let mut wrapped = id.as_bytes().to_vec();
        wrapped.extend(self.key.seal(&about(name), key.bytes().to_vec())?);
        Ok(wrapped)
    }
}

/// The id of the master key that a key is sealed under.
pub(super) fn master_of(wrapped: &[u8]) -> Result<String, VaultError> {
    let (id, _) = wrapped.split_at_checked(MASTER_ID_LENGTH).ok_or(VaultError::Broken)?;
    let id = uuid::Uuid::from_slice(id).map_err(|_| VaultError::Broken)?;
    Ok(id.simple().to_string())
}

pub(super) fn unwrap(folder: &Path, name: &str, wrapped: &[u8]) -> Result<Key, VaultError> {
    let master = Master::named(folder, master_of(wrapped)?)?;
    let sealed = wrapped.get(MASTER_ID_LENGTH..).unwrap_or_default();
    Key::of_slice(&master.key.open(&about(name), sealed)?)
}

fn about(name: &str) -> String {
    format!("key/{name}")
}

/// A lock on the folder, over every process of every node; let go when it is dropped.
pub(super) struct Lock(#[expect(dead_code, reason = "dropping the file lets the lock go")] File);

impl Lock {
    /// Held by many who make, move and destroy keys.
    pub(super) fn shared(folder: &Path) -> Result<Self, VaultError> {
        let path = folder.join("lock");
        let file = files::open_lock(&path)?;
        file.lock_shared()
            .map_err(|error| files::failed("cannot lock", &path, &error))?;
        Ok(Self(file))
    }

    /// Held by one.
    pub(super) fn alone(folder: &Path) -> Result<Self, VaultError> {
        let path = folder.join("lock");
        let file = files::open_lock(&path)?;
        file.lock()
            .map_err(|error| files::failed("cannot lock", &path, &error))?;
        Ok(Self(file))
    }

    /// Held by the one who gives out a new master key.
    pub(super) fn rotating(folder: &Path) -> Result<Self, VaultError> {
        let file = files::open_lock(&folder.join("rotating"))?;
        file.try_lock().map_err(|_| VaultError::Rotating)?;
        Ok(Self(file))
    }
}
