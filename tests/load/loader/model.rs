//! The model stories: the sample, acted out through the law on a database of its own, and read back row by row.
//!
//! What is read are the rows themselves, so a new column is copied without a change here; a new table is told by
//! [`Reader::new`], which refuses what it does not know.

use std::path::Path;
use std::sync::Arc;

use major_hazards::law::policy::Policy;
use major_hazards::sample;
use major_hazards::standards;
use major_hazards::store::{DatabaseUrl, Store, StoreError, migrate};
use major_hazards::values::{Clock, Instant};
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;

use super::Trouble;
use super::pattern::Pattern;
use super::reader::Reader;
use super::rows::{Cell, Table};

/// After the last moment of the sample.
const AFTER_ALL: &str = "2030-01-01T00:00:00Z";
/// An event with the text that its hash is made of.
#[derive(Debug)]
pub struct ModelEvent {
    pub cells: Vec<Cell>,
    pub envelope: Pattern,
}

/// A thing and everything on record about it: a hazard with its evidence, or a unit.
#[derive(Debug)]
pub struct Model {
    /// Rows with the place of their table in [`TABLES`].
    pub rows: Vec<(usize, Vec<Cell>)>,
    /// Histories: of the thing, then of each piece of evidence.
    pub chains: Vec<Vec<ModelEvent>>,
    /// How many ids a copy needs.
    pub ids: usize,
    /// Place of the id of the hazard that it was merged into.
    pub merged_into: Option<usize>,
    /// Place of the unit among the models.
    pub unit: usize,
    /// Status at the end.
    pub status: String,
    /// What full-text search looks through: title, description, address; the unit's name is the fourth.
    pub searched: [Pattern; 3],
    /// The whole hazard, for its deadline.
    pub document: Pattern,
    /// First moment.
    pub begun: i64,
    /// Last moment.
    pub ended: i64,
}

/// Everything that is copied.
#[derive(Debug)]
pub struct Models {
    pub stories: Vec<Model>,
    pub units: Vec<(String, Model)>,
    pub tables: Vec<Table>,
}

impl Models {
    /// Acts the sample out below `folder` and reads it back.
    pub fn read(folder: &Path) -> Result<Self, Trouble> {
        let url = DatabaseUrl::Sqlite(folder.join("models.db").display().to_string());
        let begin: Instant = AFTER_ALL.parse().map_err(|_| "the end of the sample is no moment")?;
        let mut connection = url.connect()?;
        migrate::apply(&mut connection)?;
        connection.begin_write().map_err(StoreError::from)?;
        standards::ensure_catalogue(&mut connection, &Clock::standing_at(begin))
            .map_err(|failure| format!("the catalogue: {failure:?}"))?;
        connection.commit().map_err(StoreError::from)?;
        let store = Store::open(&url)?;
        let objects: Arc<dyn ObjectStore> = Arc::new(LocalFileSystem::new_with_prefix(folder)?);
        let policy = Policy::embedded().map_err(|faults| format!("{faults:?}"))?;
        actix_web::rt::System::new().block_on(sample::load(&store, &objects, &Arc::new(policy), begin))?;
        Reader::new(&mut connection)?.models()
    }
}
