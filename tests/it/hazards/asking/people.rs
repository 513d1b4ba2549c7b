//! Everybody who asks: each role at each rank, inside and outside of the hazard's area and industry.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use major_hazards::law::facts::HazardFacts;
use major_hazards::law::lifecycle::TABLE;
use major_hazards::law::scope::{self, Areas, Role};
use major_hazards::values::{Clock, Vocabulary as _};
use serde_json::{Value, json};

use crate::support::caller::Caller;
use crate::support::fixtures::Unit;

/// Ranks that the people of the tests hold.
const LEVELS: &[&str] = &["street", "district", "municipal"];

/// Subject of whoever reviews first among them.
const REVIEWER: &str = "inspector street";

/// Somebody, as the service is told in a token and as the law knows a caller.
#[derive(Debug, Clone)]
pub(in crate::hazards) struct Person {
    /// The token's claims.
    pub(in crate::hazards) caller: Caller,
    /// The same to the law.
    pub(in crate::hazards) law: scope::Caller,
    /// Who it is, in a word.
    pub(in crate::hazards) name: String,
}

impl Person {
    fn new(name: impl Into<String>, caller: Caller, clock: &Clock) -> Self {
        Self {
            law: to_the_law(&caller, clock),
            caller,
            name: name.into(),
        }
    }

    /// Whether the person may know of the hazard.
    pub(in crate::hazards) fn sees(&self, facts: &HazardFacts) -> bool {
        let scope = self.law.ledger_scope();
        scope.is_some_and(|scope| scope.covers(&facts.area, &facts.industry, &facts.unit))
    }
}

/// Everybody. The unit's officer comes first.
pub(in crate::hazards) fn everybody(unit: &Unit, other: &Unit, clock: &Clock) -> Vec<Person> {
    let mut people = Vec::new();
    let mut add = |name: String, caller: Caller| people.push(Person::new(name, caller, clock));
    add("own officer".to_owned(), unit.officer());
    add("foreign officer".to_owned(), other.officer());
    for role in Role::ALL.iter().filter(|role| **role != Role::Enterprise) {
        let one = |kind: &str| Caller::of(role.code()).subject(&format!("{role} {kind}"));
        if !TABLE.iter().any(|row| row.roles.contains(role)) {
            add(role.code().to_owned(), one("alone").level("district"));
            continue;
        }
        for level in LEVELS {
            add(format!("{role} {level}"), one(level).level(level));
        }
        add(
            format!("{role} elsewhere"),
            one("elsewhere").level("municipal").areas(&["370304"]),
        );
        add(
            format!("{role} of farming"),
            one("of farming").level("municipal").industries(&["A"]),
        );
    }
    let regulator = || Caller::regulator().level("municipal");
    add(
        "regulator who reported".to_owned(),
        regulator().subject(Caller::inspector().sub()),
    );
    add("regulator who reviewed".to_owned(), regulator().subject(REVIEWER));
    add(
        "regulator who was on site".to_owned(),
        regulator().subject("on site").claim("name", json!("赵一")),
    );
    add(
        "regulator of the nation".to_owned(),
        regulator().subject("nation").level("national").areas(&["*"]),
    );
    add(
        "regulator without a rank".to_owned(),
        regulator().subject("rankless").without("level"),
    );
    add(
        "committee without a rank".to_owned(),
        Caller::committee().subject("rankless").without("level"),
    );
    add(
        "regulator without areas".to_owned(),
        regulator().subject("areas: none").areas(&[]),
    );
    let offices: Vec<&str> = Role::ALL
        .iter()
        .filter(|role| **role != Role::Enterprise)
        .map(|role| role.code())
        .collect();
    add(
        "every office at once".to_owned(),
        regulator().subject("everything").claim("roles", json!(offices)),
    );
    people
}

/// Reads the claims as the contract says, a second time: the service's own reader is not asked.
fn to_the_law(caller: &Caller, clock: &Clock) -> scope::Caller {
    let token = caller.token(clock);
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    let text = |name: &str| claims[name].as_str().map(str::to_owned);
    let texts = |name: &str| -> Vec<String> {
        let list = claims[name].as_array().into_iter().flatten();
        list.map(|one| one.as_str().unwrap().to_owned()).collect()
    };
    let roles: BTreeSet<Role> = texts("roles").iter().map(|role| role.parse().unwrap()).collect();
    let areas = texts("areas");
    scope::Caller {
        subject: text("sub").unwrap(),
        name: text("name").unwrap(),
        roles,
        level: text("level").map(|level| level.parse().unwrap()),
        organization: text("organization"),
        areas: if areas.iter().any(|area| area == "*") {
            Areas::All
        } else {
            Areas::Within(areas.iter().map(|area| area.parse().unwrap()).collect())
        },
        industries: texts("industries")
            .iter()
            .map(|industry| industry.parse().unwrap())
            .collect(),
        unit: text("uscc").map(|uscc| uscc.parse().unwrap()),
    }
}
