//! Sample data, loaded through the same doors as anyone's: every step is decided by the law, written as an event, and
//! would be refused where a real call would be.
//!
//! The stories play in the past, so they are acted out in the order of their moments with a clock that is set to each.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use object_store::ObjectStore;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::law::lifecycle::Action;
use crate::law::policy::Policy;
use crate::law::refusal::Refusal;
use crate::law::scope::{Areas, Caller, Level, Role};
use crate::store::{Failure, Store, StoreError};
use crate::values::{
    AreaPrefix, AttachmentId, ChecklistId, Clock, EnterpriseId, Faults, HazardId, IndustryPrefix, InspectionId,
    Instant, Uscc, Vocabulary,
};
use crate::{attachments, authorities, checklists, enterprises, hazards, inspections};

const DATA: &str = include_str!("sample/sample.json");

/// What was loaded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Authorities.
    pub authorities: usize,
    /// Units.
    pub enterprises: usize,
    /// Hazards.
    pub hazards: usize,
    /// Events on them.
    pub events: usize,
    /// Inspections.
    pub inspections: usize,
}

/// Why the sample could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The file that the program carries is not in order.
    #[error("the sample data is not in order: {0}")]
    Data(String),
    /// The law refused a step, or the sample is on record already.
    #[error("{step} was refused: {refusal:?}")]
    Refused {
        /// Which step.
        step: String,
        /// Why.
        refusal: Refusal,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Debug, Deserialize)]
struct Sample {
    authorities: Vec<Value>,
    callers: HashMap<String, SampleCaller>,
    enterprises: Vec<Value>,
    files: HashMap<String, SampleFile>,
    checklists: Vec<SampleChecklist>,
    stories: Vec<Story>,
    inspections: Vec<SampleInspection>,
}

#[derive(Debug, Deserialize)]
struct SampleCaller {
    subject: String,
    name: String,
    roles: Vec<Role>,
    level: Level,
    organization: String,
    areas: Vec<AreaPrefix>,
    #[serde(default)]
    industries: Vec<IndustryPrefix>,
}

#[derive(Debug, Deserialize)]
struct SampleFile {
    filename: String,
    media_type: String,
    base64: String,
}

#[derive(Debug, Deserialize)]
struct SampleChecklist {
    by: String,
    body: Value,
}

#[derive(Debug, Clone, Deserialize)]
struct SampleInspection {
    enterprise: usize,
    by: String,
    at: Instant,
    body: Value,
}

/// What somebody does at a moment.
#[derive(Debug)]
enum Act {
    /// A step of the story in that place.
    Step(usize, Step),
    /// An inspection comes from a phone.
    Inspection(SampleInspection),
}

impl Act {
    fn at(&self) -> Instant {
        match self {
            Self::Step(_, step) => step.at,
            Self::Inspection(inspection) => inspection.at,
        }
    }
}

#[derive(Debug, Deserialize)]
struct Story {
    key: String,
    enterprise: usize,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, Deserialize)]
struct Step {
    action: Action,
    by: String,
    at: Instant,
    body: Value,
}

/// A unit of the sample, with the person who speaks for it.
#[derive(Debug, Clone)]
struct Unit {
    id: EnterpriseId,
    uscc: Uscc,
    principal: String,
}

/// Loads the sample up to `until`. It is refused where anything of it is on record already.
///
/// # Errors
/// A step that the law refuses, which names it; and the failures of the store.
pub async fn load(
    store: &Store,
    objects: &Arc<dyn ObjectStore>,
    policy: &Arc<Policy>,
    until: Instant,
) -> Result<Loaded, SampleError> {
    let sample: Sample = serde_json::from_str(DATA).map_err(|error| SampleError::Data(error.to_string()))?;
    let steps = sample.stories.iter().enumerate().flat_map(|(story, told)| {
        let steps = told.steps.iter().cloned();
        steps.map(move |step| Act::Step(story, step))
    });
    let inspections = sample.inspections.iter().cloned().map(Act::Inspection);
    let mut acts: Vec<Act> = steps.chain(inspections).filter(|act| act.at() <= until).collect();
    acts.sort_by_key(Act::at);
    let begun = acts.first().map_or(until, |act| act.at().plus_seconds(-86_400));
    let mut loader = Loader {
        store: store.clone(),
        objects: Arc::clone(objects),
        policy: Arc::clone(policy),
        clock: Clock::standing_at(begun),
        units: Vec::new(),
        hazards: HashMap::new(),
        loaded: Loaded::default(),
        sample,
    };
    loader.register().await?;
    loader.publish().await?;
    for act in acts {
        loader.clock.set(act.at());
        match act {
            Act::Step(place, step) => loader.perform(place, step).await?,
            Act::Inspection(inspection) => loader.inspect(inspection).await?,
        }
    }
    Ok(loader.loaded)
}

/// The code of a unit on record, for the tokens of the first screen.
pub async fn a_unit(store: &Store) -> Option<Uscc> {
    store.read("a_unit", enterprises::any_code).await.ok().flatten()
}

struct Loader {
    sample: Sample,
    store: Store,
    objects: Arc<dyn ObjectStore>,
    policy: Arc<Policy>,
    clock: Clock,
    units: Vec<Unit>,
    hazards: HashMap<String, (HazardId, i64)>,
    loaded: Loaded,
}

impl Loader {
    async fn register(&mut self) -> Result<(), SampleError> {
        let office = Caller {
            subject: "sample-office".to_owned(),
            name: "安委会办公室（示例）".to_owned(),
            roles: std::iter::once(Role::Office).collect(),
            level: Some(Level::Municipal),
            organization: Some("zibo-emergency".to_owned()),
            areas: Areas::All,
            industries: Vec::new(),
            unit: None,
        };
        for value in self.sample.authorities.clone() {
            let body: authorities::AuthorityBody = read(value)?;
            let (caller, now, salt) = (office.clone(), self.clock.now(), self.salt()?);
            let id = crate::values::AuthorityId::new(&self.clock);
            self.store
                .write("sample", move |connection| {
                    authorities::register(connection, &caller, &body, id, now, salt)
                })
                .await
                .map_err(refused("an authority"))?;
            self.loaded.authorities += 1;
        }
        for value in self.sample.enterprises.clone() {
            let body: enterprises::EnterpriseBody = read(value)?;
            let (caller, now, salt) = (office.clone(), self.clock.now(), self.salt()?);
            let id = EnterpriseId::new(&self.clock);
            let unit = self
                .store
                .write("sample", move |connection| {
                    enterprises::register(connection, &caller, &body, id, now, salt)
                })
                .await
                .map_err(refused("a unit"))?;
            self.units.push(Unit {
                id,
                uscc: unit.uscc,
                principal: unit.principal.name.to_string(),
            });
            self.loaded.enterprises += 1;
        }
        Ok(())
    }

    async fn publish(&mut self) -> Result<(), SampleError> {
        let unit = self.units.first().cloned().ok_or_else(|| bad("there is no unit"))?;
        for SampleChecklist { by, body } in std::mem::take(&mut self.sample.checklists) {
            let body: checklists::ChecklistBody = read(body)?;
            let (caller, now, salt) = (self.caller(&by, &unit)?, self.clock.now(), self.salt()?);
            let fresh = ChecklistId::new(&self.clock);
            self.store
                .write("sample", move |connection| {
                    checklists::publish(connection, &caller, &body, fresh, now, salt).map(drop)
                })
                .await
                .map_err(refused("a list of points to check"))?;
        }
        Ok(())
    }

    async fn inspect(&mut self, inspection: SampleInspection) -> Result<(), SampleError> {
        let unit = self
            .units
            .get(inspection.enterprise)
            .cloned()
            .ok_or_else(|| bad("a unit is missing"))?;
        let mut body = inspection.body;
        put(&mut body, "enterprise", json!(unit.id));
        let writing = hazards::Writing {
            caller: self.caller(&inspection.by, &unit)?,
            now: self.clock.now(),
            policy: Arc::clone(&self.policy),
            salt: self.salt()?,
        };
        let sending = inspections::Sending {
            id: InspectionId::new(&self.clock),
            body: read(body)?,
            salts: Vec::new(),
            seed: self.salt()?,
        };
        self.store
            .write("sample", move |connection| {
                inspections::receive(connection, &writing, &sending).map(drop)
            })
            .await
            .map_err(refused("an inspection"))?;
        self.loaded.inspections += 1;
        Ok(())
    }

    async fn perform(&mut self, story: usize, step: Step) -> Result<(), SampleError> {
        let told = self
            .sample
            .stories
            .get(story)
            .ok_or_else(|| bad("a story is missing"))?;
        let key = told.key.clone();
        let unit = self
            .units
            .get(told.enterprise)
            .cloned()
            .ok_or_else(|| bad("a unit is missing"))?;
        let caller = self.caller(&step.by, &unit)?;
        let name = format!("{key} {}", step.action);
        let body = self.filled_in(step.body, step.action, &unit, &caller).await?;
        let writing = hazards::Writing {
            caller,
            now: self.clock.now(),
            policy: Arc::clone(&self.policy),
            salt: self.salt()?,
        };
        if step.action == Action::Report {
            let body: hazards::ReportBody = read(body)?;
            let fresh = HazardId::new(&self.clock);
            self.store
                .write("sample", move |connection| {
                    hazards::report(connection, &writing, &body, fresh).map(drop)
                })
                .await
                .map_err(refused(&name))?;
            self.hazards.insert(key, (fresh, 1));
            self.loaded.hazards += 1;
        } else {
            let place = self
                .hazards
                .get_mut(&key)
                .ok_or_else(|| bad("a story begins without a report"))?;
            let request = hazards::Request {
                reference: hazards::Reference::Id(place.0),
                expected_version: place.1,
                action: step.action,
                body: hazards::ActionBody::read(step.action, body)
                    .map_err(|faults| bad(&format!("{name}: {faults:?}")))?,
            };
            place.1 += 1;
            self.store
                .write("sample", move |connection| {
                    hazards::act(connection, &writing, &request).map(drop)
                })
                .await
                .map_err(refused(&name))?;
        }
        self.loaded.events += 1;
        Ok(())
    }

    fn caller(&self, by: &str, unit: &Unit) -> Result<Caller, SampleError> {
        if by == Role::Enterprise.code() {
            return Ok(Caller {
                subject: format!("unit-{}", unit.uscc),
                name: unit.principal.clone(),
                roles: std::iter::once(Role::Enterprise).collect(),
                level: None,
                organization: None,
                areas: Areas::Within(Vec::new()),
                industries: Vec::new(),
                unit: Some(unit.uscc.clone()),
            });
        }
        let known = self.sample.callers.get(by).ok_or_else(|| bad("a caller is missing"))?;
        Ok(Caller {
            subject: known.subject.clone(),
            name: known.name.clone(),
            roles: known.roles.iter().copied().collect(),
            level: Some(known.level),
            organization: Some(known.organization.clone()),
            areas: Areas::Within(known.areas.clone()),
            industries: known.industries.clone(),
            unit: None,
        })
    }

    /// Puts ids where the sample only has names: of the unit, of evidence, of another story's hazard.
    async fn filled_in(
        &mut self,
        mut body: Value,
        action: Action,
        unit: &Unit,
        caller: &Caller,
    ) -> Result<Value, SampleError> {
        if action == Action::Report {
            put(&mut body, "enterprise", json!(unit.id));
        }
        if let Some(names) = body.get("attachments").and_then(Value::as_array).cloned() {
            let mut ids = Vec::new();
            for name in &names {
                ids.push(json!(self.evidence(name, caller).await?));
            }
            put(&mut body, "attachments", Value::Array(ids));
        }
        if let Some(name) = body.pointer("/evaluation/attachment").cloned() {
            let id = self.evidence(&name, caller).await?;
            if let Some(evaluation) = body.get_mut("evaluation") {
                put(evaluation, "attachment", json!(id));
            }
        }
        if let Some(other) = body.get("into").and_then(Value::as_str) {
            let place = self.hazards.get(other).ok_or_else(|| bad("a merge names no story"))?;
            let id = place.0;
            put(&mut body, "into", json!(id));
        }
        Ok(body)
    }

    async fn evidence(&mut self, name: &Value, caller: &Caller) -> Result<AttachmentId, SampleError> {
        let file = name
            .as_str()
            .and_then(|name| self.sample.files.get(name))
            .ok_or_else(|| bad("a file is missing"))?;
        let bytes = STANDARD.decode(&file.base64).map_err(|error| bad(&error.to_string()))?;
        let id = AttachmentId::new(&self.clock);
        let dock = attachments::Dock {
            store: self.store.clone(),
            objects: Arc::clone(&self.objects),
            clock: self.clock.clone(),
        };
        let kept = attachments::keep(&dock, &file.media_type, bytes.into(), id)
            .await
            .map_err(|error| bad(&error.to_string()))?;
        let brought = attachments::Brought {
            sha256: kept.sha256,
            size: i64::try_from(kept.size).unwrap_or(i64::MAX),
            media_type: file.media_type.clone(),
            filename: Some(file.filename.clone()),
            exposure: attachments::Exposure::default(),
        };
        let (caller, now, seed) = (caller.clone(), self.clock.now(), self.salt()?);
        let recorded = self
            .store
            .write("sample", move |connection| {
                attachments::record(connection, &caller, &brought, id, now, seed)
            })
            .await
            .map_err(refused("evidence"))?;
        Ok(recorded.id)
    }

    fn salt(&self) -> Result<[u8; 16], SampleError> {
        self.clock
            .random_bytes()
            .map_err(|error| SampleError::Data(error.to_string()))
    }
}

fn put(object: &mut Value, member: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(member.to_owned(), value);
    }
}

fn read<T: deserr::Deserr<Faults>>(value: Value) -> Result<T, SampleError> {
    deserr::deserialize(value).map_err(|faults: Faults| bad(&format!("{faults:?}")))
}

fn bad(what: &str) -> SampleError {
    SampleError::Data(what.to_owned())
}

fn refused(step: &str) -> impl FnOnce(Failure) -> SampleError {
    let step = step.to_owned();
    move |failure| match failure {
        Failure::Refusal(refusal) => SampleError::Refused { step, refusal },
        Failure::Store(error) => SampleError::Store(error),
    }
}
