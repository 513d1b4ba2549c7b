//! A unit, as it stands on record.

use deserr::{Deserr, ValuePointerRef};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::values::fault::{joined, pointer};
use crate::values::{AreaCode, EnterpriseId, Fault, FaultCode, Faults, IndustryCode, Instant, Name, Text, Title, Uscc};

/// A telephone number as people write it: at most 32 characters.
pub type Phone = Text<32, false>;

/// Someone who answers for a unit. Personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct Person {
    /// Name.
    #[schema(example = "王某")]
    pub name: Name,
    /// Telephone number.
    #[deserr(default)]
    #[schema(example = "13900001001")]
    pub phone: Option<Phone>,
}

/// A point on the earth, WGS 84.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields, validate = in_range -> Faults)]
pub struct Location {
    /// Degrees north, -90 to 90.
    #[schema(example = 36.80, minimum = -90, maximum = 90)]
    pub latitude: f64,
    /// Degrees east, -180 to 180.
    #[schema(example = 118.05, minimum = -180, maximum = 180)]
    pub longitude: f64,
}

impl Location {
    /// The point itself when it is on the earth.
    ///
    /// # Errors
    /// What is not, below the pointer `at`.
    pub fn on_earth(self, at: &str) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        if !(-90.0..=90.0).contains(&self.latitude) {
            faults.push(Fault::new(joined(at, "latitude"), FaultCode::OutOfRange).hinting("-90..90"));
        }
        if !(-180.0..=180.0).contains(&self.longitude) {
            faults.push(Fault::new(joined(at, "longitude"), FaultCode::OutOfRange).hinting("-180..180"));
        }
        faults.none_or(self)
    }
}

fn in_range(location: Location, at: ValuePointerRef) -> Result<Location, Faults> {
    location.on_earth(&pointer(at))
}

/// A unit. Its JSON form is the payload of its events.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Enterprise {
    /// Its id.
    pub id: EnterpriseId,
    /// Its unified social credit code, which never changes.
    pub uscc: Uscc,
    /// Its name.
    pub name: Name,
    /// Its industry.
    pub industry: IndustryCode,
    /// Where it lies.
    pub area: AreaCode,
    /// Where exactly.
    pub address: Title,
    /// The principal person in charge (主要负责人).
    pub principal: Person,
    /// The actual controller (实际控制人).
    pub controller: Option<Person>,
    /// Code of the committee in charge. Committees are another room, so it need not be on record.
    pub committee: Option<Name>,
    /// On the map.
    pub location: Option<Location>,
    /// How many events it has.
    pub version: i64,
    /// When it was registered.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}
