//! Evidence that is announced before its bytes are here, and the bytes that are brought for it.

use std::sync::Arc;

use major_hazards::attachments::{Declared, Dock, Fingerprint, collect, declare, slots, sweep, tend_uploads};
use major_hazards::law::scope::{Areas, Caller as Declarer, Role};
use major_hazards::store::{Failure, ObjectsUrl, Store};
use major_hazards::values::{AttachmentId, Clock, Vocabulary as _};
use object_store::local::LocalFileSystem;
use sha2::{Digest as _, Sha256};

use super::app::App;
use super::caller::Caller;
use super::fixtures::{photograph, text};

/// A PNG file of at least so many bytes, whose digest depends on its number.
pub fn photograph_of(number: u32, size: usize) -> Vec<u8> {
    let mut bytes = photograph(number);
    bytes.resize(size.max(bytes.len()), 0);
    bytes
}

/// What announces these bytes as a photograph, under an id of this moment.
pub fn announced(bytes: &[u8]) -> Declared {
    Declared {
        id: AttachmentId::new(&Clock::system()),
        sha256: Fingerprint(Sha256::digest(bytes).into()),
        size: i64::try_from(bytes.len()).expect("a size"),
        media_type: "image/png".to_owned(),
        filename: None,
    }
}

impl App {
    /// Declares evidence behind the service's back, in one transaction, as whoever records it does.
    pub fn try_to_declare(&self, caller: &Caller, declared: &[Declared]) -> Result<Vec<String>, Failure> {
        let sender = sender(caller);
        let now = self.clock().now();
        let mut connection = self.connect();
        let slots = connection.nested(|connection| declare(connection, &sender, now, declared, [7; 16]))?;
        Ok(slots.into_iter().map(|slot| slot.id.to_string()).collect())
    }

    /// A slot for these bytes.
    pub fn slot(&self, caller: &Caller, bytes: &[u8]) -> String {
        let slots = self.try_to_declare(caller, &[announced(bytes)]);
        slots.expect("it is declared").remove(0)
    }

    /// The id of an upload that the caller has begun.
    pub async fn upload_of(&self, caller: &Caller) -> String {
        let begun = self
            .post("/v1/uploads")
            .as_(caller)
            .header("tus-resumable", "1.0.0")
            .header("upload-length", "10")
            .header("upload-metadata", "filetype aW1hZ2UvcG5n");
        text(&begun.send().await.expect_status(201).json()["id"])
    }

    /// How much of a slot is here, as its row has it.
    pub fn slot_state(&self, slot: &str) -> &'static str {
        let id = slot.parse().expect("an id");
        let found = self
            .read_store(|connection| slots(connection, &[id]))
            .expect("it is read");
        found.first().expect("a slot").state.code()
    }

    /// Does at once what the service does now and then: finishes and removes uploads, collects evidence, removes what was
    /// begun.
    pub async fn tend_evidence(&self) {
        let dock = Dock {
            store: Store::open(&self.database_url()).expect("the database opens"),
            objects: Arc::new(LocalFileSystem::new_with_prefix(self.objects()).expect("a folder")),
            clock: self.clock(),
        };
        tend_uploads(&dock).await.expect("uploads are tended");
        collect(&dock).await.expect("evidence is collected");
        sweep(dock.objects.as_ref(), dock.clock.now())
            .await
            .expect("what was begun is removed");
        let folder = ObjectsUrl::Folder(self.objects());
        folder.sweep(dock.clock.now()).expect("what was begun is removed");
    }

    /// A slot whose bytes nobody will bring.
    pub fn empty_slot(&self, caller: &Caller) -> String {
        self.slot(caller, &photograph(self.next()))
    }
}

/// The caller as far as declaring asks.
fn sender(caller: &Caller) -> Declarer {
    Declarer {
        subject: caller.sub().to_owned(),
        name: caller.sub().to_owned(),
        roles: std::iter::once(Role::Inspector).collect(),
        level: None,
        organization: None,
        areas: Areas::All,
        industries: Vec::new(),
        unit: None,
    }
}
