//! The keys that sign for the log. They lie in a file outside the database, so that whoever can write to the database
//! cannot sign for what was written.
//!
//! The file has one key a line, in the notation of signed notes (C2SP `signed-note`). Each private key signs every
//! checkpoint, so that a key which takes over is known before the older one goes; a public key signs nothing any more and
//! still tells that what it signed is genuine. Lines that begin with `#` are passed over.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::attachments::hexadecimal;
use crate::values::Clock;

/// How a private key begins in its file.
const PRIVATE: &str = "PRIVATE+KEY+";
/// What says in a key that it is for Ed25519.
const ALGORITHM: u8 = 1;
/// Bytes of a key, of its seed as of its public half.
const LENGTH: usize = 32;

/// Why there are no keys to sign with.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or made.
    #[error("the key of the log cannot be read or made: {0}")]
    File(#[from] io::Error),
    /// There is no randomness for a key.
    #[error("no randomness: {0}")]
    Randomness(String),
    /// A line is no key.
    #[error("line {0} of the key of the log is no key of a signed note for Ed25519")]
    Line(usize),
    /// Keys of more than one log.
    #[error("line {0} of the key of the log is that of another log than the lines before")]
    Mixed(usize),
    /// No line is a private key.
    #[error("the key of the log holds no private key")]
    Mute,
    /// The file is gone, and the log was signed by it.
    #[error("there is no key, and the log of this database, `{0}`, has one")]
    Lost(String),
    /// The file of another log.
    #[error("the key is that of the log `{file}`, and the log of this database is `{database}`")]
    Foreign {
        /// The name in the file.
        file: String,
        /// The name that the database knows.
        database: String,
    },
}

/// A public key, and what notes call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    name: String,
    key: [u8; LENGTH],
}

impl PublicKey {
    /// What stands in front of each of its signatures.
    pub fn id(&self) -> [u8; 4] {
        let mut hash = Sha256::new();
        hash.update(&self.name);
        hash.update([b'\n', ALGORITHM]);
        hash.update(self.key);
        let digest: [u8; 32] = hash.finalize().into();
        let [first, second, third, fourth, ..] = digest;
        [first, second, third, fourth]
    }

    /// The name of the log.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bytes of the key.
    pub fn bytes(&self) -> &[u8; LENGTH] {
        &self.key
    }

    /// Whether that is its signature of the text.
    pub fn has_signed(&self, text: &str, signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.key)
            .verify(text.as_bytes(), signature)
            .is_ok()
    }
}

/// As a verifier takes it: name, id and key.
impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = u32::from_be_bytes(self.id());
        write!(f, "{}+{id:08x}+{}", self.name, encoded(&self.key))
    }
}

impl FromStr for PublicKey {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (name, id, key) = parts(text).ok_or(())?;
        let key = Self { name, key };
        (key.id() == id).then_some(key).ok_or(())
    }
}

/// A private key.
struct SigningKey {
    public: PublicKey,
    pair: Ed25519KeyPair,
}

impl SigningKey {
    fn of_seed(name: String, seed: &[u8; LENGTH]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        let key = pair.public_key().as_ref().try_into().ok()?;
        Some(Self {
            public: PublicKey { name, key },
            pair,
        })
    }

    fn read(text: &str) -> Option<Self> {
        let (name, id, seed) = parts(text)?;
        Self::of_seed(name, &seed).filter(|key| key.public.id() == id)
    }
}

/// The keys of a log: one name, and one private key at least.
pub struct LogKeys {
    signing: Vec<SigningKey>,
    known: Vec<PublicKey>,
}

impl fmt::Debug for LogKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogKeys")
            .field("known", &self.known)
            .finish_non_exhaustive()
    }
}

impl LogKeys {
    /// Reads the file, or makes it where there is none and no log either.
    ///
    /// # Errors
    /// When there is a log and no file, when the file is that of another log, and when it cannot be read or made.
    pub fn open(path: &Path, log: Option<&str>, clock: &Clock) -> Result<Self, KeyError> {
        if let Some(log) = log {
            return Self::of_log(path, log);
        }
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(path, clock)?,
            read => read?,
        };
        Self::read(&text)
    }

    /// Reads the file of the log of that name.
    ///
    /// # Errors
    /// When there is none, when it is that of another log, and when it cannot be read.
    pub fn of_log(path: &Path, log: &str) -> Result<Self, KeyError> {
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(KeyError::Lost(log.to_owned())),
            read => read?,
        };
        let keys = Self::read(&text)?;
        if keys.origin() == log {
            return Ok(keys);
        }
        Err(KeyError::Foreign {
            file: keys.origin().to_owned(),
            database: log.to_owned(),
        })
    }

    /// Reads keys from the text of a file.
    ///
    /// # Errors
    /// The first line that is wrong.
    pub fn read(text: &str) -> Result<Self, KeyError> {
        let keys = Self::read_any(text)?;
        if keys.signing.is_empty() {
            return Err(KeyError::Mute);
        }
        Ok(keys)
    }

    fn read_any(text: &str) -> Result<Self, KeyError> {
        let mut keys = Self {
            signing: Vec::new(),
            known: Vec::new(),
        };
        let lines = (1..).zip(text.lines().map(str::trim));
        for (number, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
            let public = match line.strip_prefix(PRIVATE) {
                Some(private) => {
                    let key = SigningKey::read(private).ok_or(KeyError::Line(number))?;
                    let public = key.public.clone();
                    keys.signing.push(key);
                    public
                }
                None => line.parse().map_err(|()| KeyError::Line(number))?,
            };
            if keys.known.first().is_some_and(|first| first.name != public.name) {
                return Err(KeyError::Mixed(number));
            }
            if !keys.known.contains(&public) {
                keys.known.push(public);
            }
        }
        Ok(keys)
    }

    /// The name of the log.
    pub fn origin(&self) -> &str {
        self.signing.first().map_or("", |key| key.public.name())
    }

    /// Every key that may have signed for the log.
    pub fn known(&self) -> &[PublicKey] {
        &self.known
    }

    /// The signatures of a text by every private key, each with the key.
    pub fn signatures<'a>(&'a self, text: &str) -> impl Iterator<Item = (&'a PublicKey, Vec<u8>)> {
        let text = text.to_owned();
        self.signing
            .iter()
            .map(move |key| (&key.public, key.pair.sign(text.as_bytes()).as_ref().to_vec()))
    }
}

/// The public keys in the text of a file, for whoever only verifies: it need not hold a private one.
///
/// # Errors
/// The first line that is wrong.
pub fn known_keys(text: &str) -> Result<Vec<PublicKey>, KeyError> {
    Ok(LogKeys::read_any(text)?.known)
}

/// A new private key for the log of that name, as a line of the file.
///
/// # Errors
/// When there is no randomness.
pub fn new_key(name: &str, clock: &Clock) -> Result<String, KeyError> {
    let seed = random::<LENGTH>(clock)?;
    let key = SigningKey::of_seed(name.to_owned(), &seed).ok_or(KeyError::Mute)?;
    let id = u32::from_be_bytes(key.public.id());
    Ok(format!("{PRIVATE}{name}+{id:08x}+{}", encoded(&seed)))
}

/// Makes the file with a key under a name that no other log has. It is durable before anything is signed.
fn make(path: &Path, clock: &Clock) -> Result<String, KeyError> {
    let name = format!("major-hazards/{}", hexadecimal(&random::<8>(clock)?));
    let text = format!(
        "# Signs for the transparency log. Keep it out of the backups of the database.\n{}\n",
        new_key(&name, clock)?
    );
    let mut options = OpenOptions::new();
    let mut file = match options.write(true).create_new(true).mode(0o600).open(path) {
        // Another process over the same folder was first.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(fs::read_to_string(path)?),
        opened => opened?,
    };
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder)?.sync_all()?;
    }
    Ok(text)
}

fn random<const N: usize>(clock: &Clock) -> Result<[u8; N], KeyError> {
    clock
        .random_bytes()
        .map_err(|error| KeyError::Randomness(error.to_string()))
}

/// Name, id and key of `<name>+<id>+<key>`.
fn parts(text: &str) -> Option<(String, [u8; 4], [u8; LENGTH])> {
    let mut parts = text.splitn(3, '+');
    let (name, id, key) = (parts.next()?, parts.next()?, parts.next()?);
    let is_name = !name.is_empty()
        && !name
            .chars()
            .any(|character| character.is_whitespace() || character.is_control());
    let id = (id.len() == 8).then(|| u32::from_str_radix(id, 16).ok())??;
    let bytes = STANDARD.decode(key).ok()?;
    let (algorithm, key) = bytes.split_first()?;
    let key = key.try_into().ok()?;
    (is_name && *algorithm == ALGORITHM).then(|| (name.to_owned(), id.to_be_bytes(), key))
}

/// A key as its file and its verifiers write it, with what it is for.
fn encoded(key: &[u8; LENGTH]) -> String {
    let mut bytes = vec![ALGORITHM];
    bytes.extend_from_slice(key);
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn key(name: &str) -> String {
        new_key(name, &Clock::system()).unwrap()
    }

    #[test]
    fn a_key_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log-key");
        let open = |log: Option<&str>| LogKeys::open(&path, log, &Clock::system());
        assert!(matches!(open(Some("a log")), Err(KeyError::Lost(log)) if log == "a log"));
        assert!(!path.exists(), "a log that was signed gets no other key by itself");
        let first = open(None).unwrap();
        let again = open(Some(first.origin())).unwrap();
        assert_eq!(first.known(), again.known());
        assert!(matches!(open(Some("another log")), Err(KeyError::Foreign { .. })));
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn what_is_no_key_is_named_by_its_line() {
        let good = key("log");
        let line = |text: &str| match LogKeys::read(text) {
            Err(KeyError::Line(number) | KeyError::Mixed(number)) => number,
            other => panic!("{other:?}"),
        };
        assert_eq!(line(&format!("# old\n\n{good}x\n")), 3);
        assert_eq!(line(&good.replace("PRIVATE+KEY+log+", "PRIVATE+KEY+other+")), 1);
        assert_eq!(
            line(good.strip_prefix(PRIVATE).unwrap()),
            1,
            "a private key is not taken for a public one"
        );
        assert_eq!(line(&format!("{good}\n{}", key("other"))), 2);
        assert!(matches!(LogKeys::read(""), Err(KeyError::Mute)));
        let public = LogKeys::read(&good).unwrap().known()[0].to_string();
        assert!(matches!(LogKeys::read(&public), Err(KeyError::Mute)));
    }

    #[test]
    fn a_private_key_is_never_printed() {
        let line = key("log");
        let keys = LogKeys::read(&line).unwrap();
        let secret = line.splitn(5, '+').last().unwrap();
        assert!(!format!("{keys:?}{:?}", keys.known()).contains(secret));
    }
}
