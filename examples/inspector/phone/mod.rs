//! A phone: a folder that holds what its owner recorded until the service has it, and what the service told last.
//!
//! Everything in the folder is written whole or not at all (`durable.rs`), so the phone may go out at any moment. What
//! is sent may be sent again: an inspection under its own id, an action under its own key, bytes by their digest.

mod durable;
mod entry;
mod pocket;
mod queue;
mod record;
mod send;
mod service;
mod upload;
mod verdict;

use std::error::Error;
use std::path::{Path, PathBuf};

pub use entry::{Entry, Inspector};
pub use queue::Queue;
pub use record::{Draft, Reviewed};
pub use send::{Outcome, Sender, Told};
pub use service::{Patience, Service};

use pocket::Pocket;

/// Whatever went wrong on the phone itself.
pub type Trouble = Box<dyn Error + Send + Sync>;

/// A phone.
#[derive(Debug, Clone)]
pub struct Phone {
    folder: PathBuf,
}

impl Phone {
    /// The phone whose data lie in that folder, which is made when it is not there.
    pub fn open(folder: &Path) -> Result<Self, Trouble> {
        std::fs::create_dir_all(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// What waits to be sent.
    pub fn queue(&self) -> Result<Queue, Trouble> {
        Queue::open(&self.folder)
    }

    /// Brings what the phone knows up to date, and tells how much that is.
    pub async fn sync(&self, service: &Service) -> Result<String, Trouble> {
        let pocket = Pocket::open(&self.folder)?
            .bring_up_to_date(&self.folder, service)
            .await?;
        Ok(pocket.summary())
    }

    /// Records an inspection, without a network; returns its id.
    pub fn record(&self, draft: Draft) -> Result<String, Trouble> {
        let (inspection, photographs) = draft.fill_in(&Pocket::open(&self.folder)?)?;
        let id = inspection.id.to_string();
        self.queue()?.push(&Entry::Inspection(inspection), &photographs)?;
        Ok(id)
    }

    /// Records a review of a hazard as the phone knows it, without a network.
    pub fn review(&self, hazard: &str, reviewed: &Reviewed) -> Result<(), Trouble> {
        let queue = self.queue()?;
        let action = reviewed.of(hazard, &Pocket::open(&self.folder)?, &queue)?;
        queue.push(&Entry::Action(action), &[])
    }
}
