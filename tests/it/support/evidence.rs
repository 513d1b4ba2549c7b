//! Evidence that is announced before its bytes are here, and the bytes that are brought for it.

use major_hazards::attachments::{Declared, Fingerprint, declare};
use major_hazards::law::scope::{Areas, Caller as Declarer, Role};
use major_hazards::store::Failure;
use major_hazards::values::{AttachmentId, Clock};
use sha2::{Digest as _, Sha256};

use super::app::App;
use super::caller::Caller;
use super::fixtures::photograph;

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
