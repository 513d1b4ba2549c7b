//! Reads the log with the implementations of others: `signed_note` and `tlog_tiles`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use signed_note::{Note, StandardVerifier, Verifier, VerifierList};
use tlog_tiles::{Checkpoint, Hash, HashReader, check_record, check_tree, record_hash, stored_hashes, tree_hash};

use crate::support::app::App;

/// Somebody who took the keys of a log from its service once.
pub struct Reader {
    keys: Vec<String>,
    newest: String,
}

impl Reader {
    /// Takes keys and newest checkpoint.
    pub async fn of(app: &App) -> Self {
        let keys = app.get("/.well-known/jwks.json").send().await.expect_status(200).json();
        let keys = keys["keys"].as_array().expect("keys").iter();
        let newest = app.get("/v1/log/checkpoint").send().await.expect_status(200);
        assert_eq!(newest.header("content-type"), Some("text/plain; charset=utf-8"));
        Self {
            keys: keys
                .map(|key| key["note_key"].as_str().expect("a key").to_owned())
                .collect(),
            newest: newest.text(),
        }
    }

    /// The newest checkpoint.
    pub fn checkpoint(&self) -> Checkpoint {
        self.verified(&self.newest)
    }

    /// The checkpoint of that size.
    pub async fn checkpoint_of(&self, app: &App, size: u64) -> Checkpoint {
        let note = app
            .get(format!("/v1/log/checkpoint?size={size}"))
            .send()
            .await
            .expect_status(200)
            .text();
        let checkpoint = self.verified(&note);
        assert_eq!(checkpoint.size(), size);
        checkpoint
    }

    /// What a note says, once its signature is verified.
    pub fn verified(&self, note: &str) -> Checkpoint {
        let note = Note::from_bytes(note.as_bytes()).expect("a signed note");
        let known = self.keys.iter().map(|key| {
            let verifier: Box<dyn Verifier> = Box::new(StandardVerifier::new(key).expect("a key of signed notes"));
            verifier
        });
        let (signed, _) = note
            .verify(&VerifierList::new(known.collect()))
            .expect("signed by the log");
        assert_eq!(signed.len(), self.keys.len());
        Checkpoint::from_bytes(note.text()).expect("a checkpoint")
    }
}

/// Fails unless the entry of a proof is in the log of a checkpoint.
pub fn check_inclusion(item: &Value, checkpoint: &Checkpoint) {
    let index = item["index"].as_u64().expect("an index");
    let leaf = record_hash(&decoded(&item["entry"]));
    assert_eq!(leaf.0.to_vec(), decoded(&item["leaf_hash"]));
    check_record(
        &hashes(&item["path"]),
        checkpoint.size(),
        *checkpoint.hash(),
        index,
        leaf,
    )
    .expect("it is in the log");
}

/// Fails unless the one log is the beginning of the other.
pub fn check_growth(growth: &Value, older: &Checkpoint, newer: &Checkpoint) {
    assert_eq!(
        (growth["from"].as_u64(), growth["to"].as_u64()),
        (Some(older.size()), Some(newer.size()))
    );
    let path = hashes(&growth["path"]);
    check_tree(&path, newer.size(), *newer.hash(), older.size(), *older.hash()).expect("it only grew");
}

/// All entries that a checkpoint covers, from tiles of entries.
pub async fn entries_by_tiles(app: &App, checkpoint: &Checkpoint) -> Vec<Vec<u8>> {
    let mut entries = Vec::new();
    for tile in 0..checkpoint.size().div_ceil(256) {
        let width = (checkpoint.size() - tile * 256).min(256);
        let part = if width == 256 {
            String::new()
        } else {
            format!(".p/{width}")
        };
        let bytes = app
            .get(format!("/v1/log/tile/entries/{tile:03}{part}"))
            .send()
            .await
            .expect_status(200)
            .body;
        for entry in bytes.chunks(34) {
            assert_eq!(entry[..2], [0, 32], "its length stands before it");
            entries.push(entry[2..].to_vec());
        }
    }
    entries
}

/// The root over entries, as others compute it.
pub fn root_of(entries: &[Vec<u8>]) -> Hash {
    let mut stored = Stored(Vec::new());
    for (number, entry) in (0..).zip(entries) {
        let new = stored_hashes(number, entry, &stored).expect("hashes of an entry");
        stored.0.extend(new);
    }
    tree_hash(u64::try_from(entries.len()).expect("few entries"), &stored).expect("a root")
}

/// The bytes of a text in base64url.
pub fn decoded(text: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD
        .decode(text.as_str().expect("a text"))
        .expect("base64url")
}

fn hashes(path: &Value) -> Vec<Hash> {
    let path = path.as_array().expect("a path").iter();
    path.map(|hash| Hash(decoded(hash).try_into().expect("a hash")))
        .collect()
}

struct Stored(Vec<Hash>);

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        let index = |index: &u64| usize::try_from(*index).expect("few hashes");
        Ok(indexes.iter().map(|at| self.0[index(at)]).collect())
    }
}
