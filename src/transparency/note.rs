//! A checkpoint: name, size and root of the log, signed (C2SP `checkpoint` and `signed-note`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::keys::{LogKeys, PublicKey};
use super::tree::Hash;

/// What stands before a signature.
const DASH: &str = "\u{2014} ";

/// What a checkpoint says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// How many entries the log had.
    pub size: u64,
    /// The root of their tree.
    pub root: Hash,
}

/// What is wrong with a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteFault {
    /// It is none.
    #[error("it has not the form of a checkpoint")]
    Form,
    /// It is that of another log.
    #[error("it is that of another log")]
    Foreign,
    /// A key of the log is named and did not sign this.
    #[error("a signature is forged")]
    Forged,
    /// No key of the log signed it.
    #[error("no key of the log signed it")]
    Unsigned,
}

impl Checkpoint {
    /// The note, signed by every key that signs.
    pub fn sign(&self, keys: &LogKeys) -> String {
        let text = format!("{}\n{}\n{}\n", keys.origin(), self.size, STANDARD.encode(self.root));
        let lines: String = keys
            .signatures(&text)
            .map(|(key, signature)| signature_line(key, &signature))
            .collect();
        format!("{text}\n{lines}")
    }

    /// Reads a note that a key of the log signed. Signatures of others are passed over.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(note: &str, known: &[PublicKey]) -> Result<Self, NoteFault> {
        let at = note.rfind("\n\n").ok_or(NoteFault::Form)?;
        let (text, signatures) = note.split_at_checked(at + 1).ok_or(NoteFault::Form)?;
        let mut lines = text.lines();
        let (origin, size, root) = (lines.next(), lines.next(), lines.next());
        let (Some(origin), Some(size), Some(root)) = (origin, size, root) else {
            return Err(NoteFault::Form);
        };
        if known.first().is_none_or(|key| key.name() != origin) {
            return Err(NoteFault::Foreign);
        }
        let mut is_signed = false;
        for line in signatures.lines().skip(1) {
            is_signed |= is_signed_by(line, text, known)?;
        }
        if !is_signed {
            return Err(NoteFault::Unsigned);
        }
        let root = STANDARD.decode(root).map_err(|_| NoteFault::Form)?;
        Ok(Self {
            size: size.parse().map_err(|_| NoteFault::Form)?,
            root: root.try_into().map_err(|_| NoteFault::Form)?,
        })
    }
}

fn signature_line(key: &PublicKey, signature: &[u8]) -> String {
    let mut bytes = key.id().to_vec();
    bytes.extend_from_slice(signature);
    format!("{DASH}{} {}\n", key.name(), STANDARD.encode(bytes))
}

/// Whether a line holds the signature of a known key.
fn is_signed_by(line: &str, text: &str, known: &[PublicKey]) -> Result<bool, NoteFault> {
    let (name, encoded) = line
        .strip_prefix(DASH)
        .and_then(|line| line.split_once(' '))
        .ok_or(NoteFault::Form)?;
    let bytes = STANDARD.decode(encoded).map_err(|_| NoteFault::Form)?;
    let (id, signature) = bytes.split_first_chunk::<4>().ok_or(NoteFault::Form)?;
    match known.iter().find(|key| key.name() == name && key.id() == *id) {
        None => Ok(false),
        Some(key) if key.has_signed(text, signature) => Ok(true),
        Some(_) => Err(NoteFault::Forged),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transparency::keys::new_key;
    use crate::values::Clock;
    use signed_note::{Note, StandardVerifier, VerifierList};

    const ROOT: Hash = [7; 32];

    fn made() -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log-key");
        LogKeys::open(&path, None, &Clock::system()).unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        (folder, text)
    }

    /// With another key of the same log.
    fn another(text: &str) -> String {
        let keys = LogKeys::read(text).unwrap();
        format!("{text}{}\n", new_key(keys.origin(), &Clock::system()).unwrap())
    }

    fn checkpoint() -> Checkpoint {
        Checkpoint { size: 42, root: ROOT }
    }

    #[test]
    fn the_second_implementation_verifies_what_is_signed_and_reads_what_it_says() {
        let keys = LogKeys::read(&another(&made().1)).unwrap();
        let note = checkpoint().sign(&keys);
        let read = Note::from_bytes(note.as_bytes()).unwrap();
        for key in keys.known() {
            let verifier = StandardVerifier::new(&key.to_string()).unwrap();
            let (signed, others) = read.verify(&VerifierList::new(vec![Box::new(verifier)])).unwrap();
            assert_eq!((signed.len(), others.len()), (1, 1), "each key alone suffices");
        }
        let said = tlog_tiles::Checkpoint::from_bytes(read.text()).unwrap();
        assert_eq!((said.origin(), said.size(), said.hash().0), (keys.origin(), 42, ROOT));
        assert_eq!(Checkpoint::read(&note, keys.known()), Ok(checkpoint()));
    }

    #[test]
    fn what_was_changed_in_a_checkpoint_is_found() {
        let keys = LogKeys::read(&made().1).unwrap();
        let note = checkpoint().sign(&keys);
        for at in 0..note.len() {
            let mut bytes = note.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else {
                continue;
            };
            assert!(Checkpoint::read(&changed, keys.known()).is_err(), "{changed}");
        }
        let forged = note.replace("\n42\n", "\n43\n");
        assert_eq!(Checkpoint::read(&forged, keys.known()), Err(NoteFault::Forged));
        let unsigned = note.split("\n\n").next().unwrap().to_owned() + "\n\n";
        assert_eq!(Checkpoint::read(&unsigned, keys.known()), Err(NoteFault::Unsigned));
        let foreign = LogKeys::read(&made().1).unwrap();
        assert_eq!(Checkpoint::read(&note, foreign.known()), Err(NoteFault::Foreign));
    }

    #[test]
    fn a_key_that_went_still_tells_that_what_it_signed_is_genuine() {
        let both = another(&made().1);
        let old = LogKeys::read(&both).unwrap();
        let note = checkpoint().sign(&old);
        let retired = old.known()[0].to_string();
        let newer = both.lines().last().unwrap();
        let keys = LogKeys::read(&format!("{retired}\n{newer}\n")).unwrap();
        assert_eq!(Checkpoint::read(&note, keys.known()), Ok(checkpoint()));
        assert_eq!(
            checkpoint().sign(&keys).lines().count(),
            note.lines().count() - 1,
            "it signs no more"
        );
    }
}
