//! Where it all plays: the counties of a city with streets and communities, their authorities, and the units in them.

use major_hazards::authorities::{self, AuthorityBody};
use major_hazards::law::scope::{Areas, Caller, Level, Role};
use major_hazards::store::{Connection, StoreError};
use major_hazards::values::{AuthorityId, Faults, Instant, Uscc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Trouble;
use super::random::Random;

/// Counties of the city, as the reference data has them.
const COUNTIES: &[(&str, &str)] = &[
    ("370302", "淄川区"),
    ("370303", "张店区"),
    ("370304", "博山区"),
    ("370305", "临淄区"),
    ("370306", "周村区"),
    ("370321", "桓台县"),
    ("370322", "高青县"),
    ("370323", "沂源县"),
];
const STREETS_OF_A_COUNTY: u64 = 12;
const COMMUNITIES_OF_A_STREET: u64 = 8;
/// Branches that a street has a committee for, with their industries.
const COMMITTEES: &[(&str, &str, &[&str])] = &[
    ("industry", "工业生产", &["C"]),
    ("commerce", "商贸服务", &["F", "G59", "H"]),
    ("chemicals", "危险化学品", &["C25", "C26"]),
];

/// A unit that hazards are found at.
#[derive(Debug, Clone)]
pub struct Unit {
    pub id: Uuid,
    pub uscc: String,
    pub name: String,
    /// Twelve digits.
    pub community: String,
    /// County and street in words.
    pub quarter: String,
    pub house: u64,
}

impl Unit {
    /// The `place`-th unit, named after the model's unit.
    pub fn draw(place: usize, model_name: &str, at: i64, random: &mut Random) -> Result<Self, Trouble> {
        let (county, county_name) = random.pick(COUNTIES).ok_or("there are no counties")?;
        let street = 1 + random.below(STREETS_OF_A_COUNTY);
        let community = 1 + random.below(COMMUNITIES_OF_A_STREET);
        Ok(Self {
            id: random.id_at(at),
            uscc: uscc(county, place)?,
            name: format!("{model_name}第{place}厂"),
            community: format!("{county}{street:03}{community:03}"),
            quarter: format!("{county_name}第{street}街道"),
            house: 1 + random.below(400),
        })
    }

    /// Nine digits.
    pub fn street(&self) -> &str {
        self.community.get(..9).unwrap_or_default()
    }

    /// Six digits.
    pub fn county(&self) -> &str {
        self.community.get(..6).unwrap_or_default()
    }
}

/// A code with the check character that fits.
fn uscc(county: &str, place: usize) -> Result<String, Trouble> {
    "0123456789ABCDEFGHJKLMNPQRTUWXY"
        .chars()
        .map(|check| format!("91{county}L{place:08}{check}"))
        .find(|code| code.parse::<Uscc>().is_ok())
        .ok_or_else(|| format!("no check character fits unit {place}").into())
}

/// Registers the authorities of every county and street, through the door that an office uses.
pub fn register(connection: &mut Connection, at: Instant, random: &mut Random) -> Result<usize, Trouble> {
    let office = Caller {
        subject: "load-office".to_owned(),
        name: "安委会办公室".to_owned(),
        roles: std::iter::once(Role::Office).collect(),
        level: Some(Level::Municipal),
        organization: None,
        areas: Areas::All,
        industries: Vec::new(),
        unit: None,
    };
    let bodies = bodies();
    connection.begin_write().map_err(StoreError::from)?;
    for body in &bodies {
        let body: AuthorityBody =
            deserr::deserialize(body.clone()).map_err(|faults: Faults| format!("an authority: {faults:?}"))?;
        let id = AuthorityId::from_uuid(random.id_at(at.micros()));
        authorities::register(connection, &office, &body, id, at, random.bytes())
            .map_err(|failure| format!("an authority was refused: {failure:?}"))?;
    }
    connection.commit().map_err(StoreError::from)?;
    Ok(bodies.len())
}

fn bodies() -> Vec<Value> {
    let mut bodies = vec![json!({
        "code": "zibo-emergency", "name": "淄博市应急管理局", "level": "municipal", "areas": ["3703"], "industries": [],
    })];
    for (county, county_name) in COUNTIES {
        let above = format!("c{county}-emergency");
        bodies.push(json!({
            "code": above, "name": format!("{county_name}应急管理局"), "level": "district",
            "parent": "zibo-emergency", "areas": [county], "industries": [],
        }));
        for street in 1..=STREETS_OF_A_COUNTY {
            let area = format!("{county}{street:03}");
            let office = format!("s{area}-office");
            bodies.push(json!({
                "code": office, "name": format!("{county_name}第{street}街道办事处"), "level": "street",
                "parent": above, "areas": [area], "industries": [],
            }));
            for (branch, label, industries) in COMMITTEES {
                bodies.push(json!({
                    "code": format!("s{area}-committee-{branch}"),
                    "name": format!("{county_name}第{street}街道{label}专业安全生产委员会"), "level": "street",
                    "parent": office, "areas": [area], "industries": industries,
                }));
            }
        }
    }
    bodies
}
