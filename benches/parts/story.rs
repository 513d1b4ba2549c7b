//! The longest history of the sample, acted out through the law, for the benches to work on.

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::Arc;

use diesel::{QueryDsl as _, RunQueryDsl as _};
use major_hazards::hazards::{self, Found, Reference};
use major_hazards::journal::{self, Event, Subject};
use major_hazards::law::policy::Policy;
use major_hazards::law::scope::{Areas, Caller, Level, Role};
use major_hazards::store::schema::hazards as ledger;
use major_hazards::store::{DatabaseUrl, Failure, Store, StoreError, migrate};
use major_hazards::values::{Clock, HazardId, Instant};
use major_hazards::{sample, standards};
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;

/// Whatever went wrong.
pub type Trouble = Box<dyn Error + Send + Sync>;

/// After the last moment of the sample.
const AFTER_ALL: &str = "2030-01-01T00:00:00Z";

/// A hazard with everything that a bench asks about it.
pub struct Story {
    pub history: Vec<Event>,
    pub found: Found,
    pub policy: Policy,
    pub regulator: Caller,
    pub now: Instant,
}

impl Story {
    /// Acts the sample out and takes its longest story.
    pub fn read() -> Result<Self, Trouble> {
        let folder = tempfile::tempdir()?;
        let url = DatabaseUrl::Sqlite(folder.path().join("sample.db").display().to_string());
        let now: Instant = AFTER_ALL.parse().map_err(|_| "the end of the sample is no moment")?;
        let mut connection = url.connect()?;
        migrate::apply(&mut connection)?;
        connection.begin_write().map_err(StoreError::from)?;
        standards::ensure_catalogue(&mut connection, &Clock::standing_at(now)).map_err(told)?;
        connection.commit().map_err(StoreError::from)?;
        let policy = Policy::embedded().map_err(|faults| format!("{faults:?}"))?;
        let store = Store::open(&url)?;
        let objects: Arc<dyn ObjectStore> = Arc::new(LocalFileSystem::new_with_prefix(folder.path())?);
        actix_web::rt::System::new().block_on(sample::load(&store, &objects, &Arc::new(policy.clone()), now))?;
        let longest: HazardId = ledger::table
            .order(diesel::ExpressionMethods::desc(ledger::version))
            .select(ledger::id)
            .first(&mut connection)?;
        Ok(Self {
            history: journal::history(&mut connection, Subject::from(longest))?,
            found: hazards::find(&mut connection, Reference::Id(longest))?.ok_or("the sample is empty")?,
            policy,
            regulator: regulator(),
            now,
        })
    }
}

fn regulator() -> Caller {
    Caller {
        subject: "zibo-regulator-09".to_owned(),
        name: "薛凌".to_owned(),
        roles: BTreeSet::from([Role::Regulator]),
        level: Some(Level::Municipal),
        organization: Some("zibo-emergency".to_owned()),
        areas: Areas::All,
        industries: Vec::new(),
        unit: None,
    }
}

fn told(failure: Failure) -> String {
    format!("{failure:?}")
}
