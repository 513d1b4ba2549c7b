//! What callers send about units.

use deserr::{Deserr, ValuePointerRef};
use utoipa::ToSchema;

use super::model::{Enterprise, Location, Person, Phone};
use crate::values::fault::{joined, pointer};
use crate::values::{AreaCode, Fault, FaultCode, Faults, IndustryCode, Name, Patch, Title, Uscc};

/// A unit to be registered.
#[derive(Debug, Clone, PartialEq, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct EnterpriseBody {
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
    /// The principal person in charge (主要负责人), who is told of every order.
    pub principal: Person,
    /// The actual controller (实际控制人), who is told as well.
    #[deserr(default)]
    pub controller: Option<Person>,
    /// Code of the committee in charge.
    #[deserr(default)]
    pub committee: Option<Name>,
    /// On the map.
    #[deserr(default)]
    pub location: Option<Location>,
}

/// A change of a unit (JSON Merge Patch): a member that is absent stays as it is, `null` takes an optional one away.
#[derive(Debug, Clone, PartialEq, Default, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields = refuse_member)]
pub struct EnterprisePatch {
    /// Its name.
    #[deserr(default)]
    #[schema(value_type = Name, required = false)]
    pub name: Patch<Name>,
    /// Its industry.
    #[deserr(default)]
    #[schema(value_type = IndustryCode, required = false)]
    pub industry: Patch<IndustryCode>,
    /// Where it lies.
    #[deserr(default)]
    #[schema(value_type = AreaCode, required = false)]
    pub area: Patch<AreaCode>,
    /// Where exactly.
    #[deserr(default)]
    #[schema(value_type = Title, required = false)]
    pub address: Patch<Title>,
    /// The principal person in charge.
    #[deserr(default)]
    #[schema(value_type = PersonPatch, required = false)]
    pub principal: Patch<PersonPatch>,
    /// The actual controller.
    #[deserr(default)]
    #[schema(value_type = Option<PersonPatch>, required = false)]
    pub controller: Patch<PersonPatch>,
    /// Code of the committee in charge.
    #[deserr(default)]
    #[schema(value_type = Option<Name>, required = false)]
    pub committee: Patch<Name>,
    /// On the map.
    #[deserr(default)]
    #[schema(value_type = Option<LocationPatch>, required = false)]
    pub location: Patch<LocationPatch>,
}

/// A change of a person.
#[derive(Debug, Clone, PartialEq, Default, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct PersonPatch {
    /// Name.
    #[deserr(default)]
    #[schema(value_type = Name, required = false)]
    pub name: Patch<Name>,
    /// Telephone number.
    #[deserr(default)]
    #[schema(value_type = Option<Phone>, required = false)]
    pub phone: Patch<Phone>,
}

/// A change of a point.
#[derive(Debug, Clone, PartialEq, Default, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct LocationPatch {
    /// Degrees north.
    #[deserr(default)]
    #[schema(value_type = f64, required = false, minimum = -90, maximum = 90)]
    pub latitude: Patch<f64>,
    /// Degrees east.
    #[deserr(default)]
    #[schema(value_type = f64, required = false, minimum = -180, maximum = 180)]
    pub longitude: Patch<f64>,
}

/// Members of the answer that cannot be changed are told apart from those that do not exist.
fn refuse_member(key: &str, _: &[&str], at: ValuePointerRef<'_>) -> Faults {
    let code = match key {
        "id" | "uscc" | "version" | "created_at" | "updated_at" => FaultCode::ReadOnly,
        _ => FaultCode::UnknownField,
    };
    Fault::new(joined(&pointer(at), key), code).into()
}

impl EnterprisePatch {
    /// The unit as it would become.
    ///
    /// # Errors
    /// `null` for a member that every unit has, half a point, a point that is not on the earth.
    pub fn applied_to(&self, before: &Enterprise) -> Result<Enterprise, Faults> {
        let mut after = before.clone();
        let mut faults = Faults::default();
        let patch = self.clone();
        required(patch.name, &mut after.name, "/name", &mut faults);
        required(patch.industry, &mut after.industry, "/industry", &mut faults);
        required(patch.area, &mut after.area, "/area", &mut faults);
        required(patch.address, &mut after.address, "/address", &mut faults);
        match patch.principal {
            Patch::Absent => {}
            Patch::Null => faults.add("/principal", FaultCode::Missing),
            Patch::Value(change) => {
                let person = change.applied_to(Some(after.principal.clone()), "/principal", &mut faults);
                after.principal = person.unwrap_or(after.principal);
            }
        }
        match patch.controller {
            Patch::Absent => {}
            Patch::Null => after.controller = None,
            Patch::Value(change) => {
                after.controller = change.applied_to(after.controller.take(), "/controller", &mut faults);
            }
        }
        patch.committee.change(&mut after.committee);
        match patch.location {
            Patch::Absent => {}
            Patch::Null => after.location = None,
            Patch::Value(change) => after.location = change.applied_to(after.location, &mut faults),
        }
        faults.none_or(after)
    }
}

impl PersonPatch {
    fn applied_to(self, before: Option<Person>, at: &str, faults: &mut Faults) -> Option<Person> {
        let mut name = before.as_ref().map(|person| person.name.clone());
        let mut phone = before.and_then(|person| person.phone);
        self.name.change(&mut name);
        self.phone.change(&mut phone);
        if name.is_none() {
            faults.add(joined(at, "name"), FaultCode::Missing);
        }
        name.map(|name| Person { name, phone })
    }
}

impl LocationPatch {
    fn applied_to(self, before: Option<Location>, faults: &mut Faults) -> Option<Location> {
        let mut latitude = before.map(|location| location.latitude);
        let mut longitude = before.map(|location| location.longitude);
        self.latitude.change(&mut latitude);
        self.longitude.change(&mut longitude);
        for (degrees, member) in [(latitude, "/location/latitude"), (longitude, "/location/longitude")] {
            if degrees.is_none() {
                faults.add(member, FaultCode::Missing);
            }
        }
        let location = Location {
            latitude: latitude?,
            longitude: longitude?,
        };
        location
            .on_earth("/location")
            .map_err(|found| faults.0.extend(found.0))
            .ok()
    }
}

fn required<T>(patch: Patch<T>, member: &mut T, pointer: &str, faults: &mut Faults) {
    match patch {
        Patch::Absent => {}
        Patch::Null => faults.add(pointer, FaultCode::Missing),
        Patch::Value(value) => *member = value,
    }
}
