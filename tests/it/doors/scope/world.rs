//! A ledger full of canaries: every free text of a hazard holds a word that is found nowhere else, so that an answer
//! which shows it shows where it came from.

use std::collections::BTreeSet;
use std::sync::Arc;

use major_hazards::hazards::{self, ActionBody, Reference, ReportBody, Reported, Request, Writing};
use major_hazards::law::lifecycle::Action;
use major_hazards::law::policy::Policy;
use major_hazards::law::scope::{Caller as LawCaller, Scope};
use major_hazards::store::{Connection, Failure};
use major_hazards::values::{AreaCode, Faults, HazardId, IndustryCode, Secret, Uscc};
use major_hazards::web::tokens::{TokenSettings, Tokens};
use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::caller::{AUDIENCE, Caller, ISSUER, SECRET};
use crate::support::client::Answer;
use crate::support::fixtures::{CRITERION, photograph, text};

/// How many hazards there are.
pub(super) const HAZARDS: usize = 2000;
const UNITS: usize = 40;
/// One hazard of so many cites a photograph.
const WITH_EVIDENCE: usize = 111;

pub(super) const AREAS: [&str; 8] = [
    "370303009001",
    "370303009002",
    "370303010001",
    "370303999999",
    "370304001001",
    "370305002002",
    "370402001001",
    "110101001001",
];
/// Told by who reports, see [`place`].
const SOURCES: [&str; 3] = ["inspection", "public_tip", "self_report"];
const INDUSTRIES: [&str; 5] = ["C26", "C2614", "C34", "F52", "G59"];

/// A unit on record.
pub(super) struct PlacedUnit {
    pub(super) id: String,
    pub(super) uscc: Uscc,
    area: AreaCode,
    industry: IndustryCode,
}

/// A hazard on record.
pub(super) struct PlacedHazard {
    pub(super) id: String,
    pub(super) number: String,
    pub(super) unit: usize,
    pub(super) reporter: Caller,
    pub(super) photograph: Option<String>,
    area: AreaCode,
    industry: IndustryCode,
}

/// All that is on record.
pub(super) struct World {
    pub(super) units: Vec<PlacedUnit>,
    pub(super) hazards: Vec<PlacedHazard>,
}

/// What is planted, by the text that stands before its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Canary {
    Hazard,
    Reporter,
    Unit,
    Phone,
}

impl Canary {
    const ALL: [Self; 4] = [Self::Hazard, Self::Reporter, Self::Unit, Self::Phone];

    fn stem(self) -> &'static str {
        match self {
            Self::Hazard => "zxh",
            Self::Reporter => "zxr",
            Self::Unit => "zxu",
            Self::Phone => "1395555",
        }
    }

    /// The planted word.
    pub(super) fn word(self, number: usize) -> String {
        format!("{}{number:04}", self.stem())
    }

    /// Every canary in an answer, in its headers as well.
    pub(super) fn found_in(answer: &Answer) -> BTreeSet<(Self, usize)> {
        let headers = answer
            .headers
            .values()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let texts: Vec<String> = headers.chain([answer.text()]).collect();
        let mut found = BTreeSet::new();
        for canary in Self::ALL {
            for text in &texts {
                for (at, stem) in text.match_indices(canary.stem()) {
                    let digits = text.get(at + stem.len()..at + stem.len() + 4).unwrap_or_default();
                    // A sealed cursor holds any letters by chance; what is planted has its number behind it.
                    if digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_digit()) {
                        found.insert((canary, digits.parse().expect("four digits")));
                    }
                }
            }
        }
        found
    }
}

/// What a token says, read by the service's own reader of tokens.
pub fn law_caller(app: &App, caller: &Caller) -> LawCaller {
    let tokens = Tokens::new(TokenSettings {
        secret: Some(Secret::new(SECRET.as_bytes().to_vec())),
        jwks: None,
        issuer: Some(ISSUER.to_owned()),
        audience: Some(AUDIENCE.to_owned()),
    });
    let verified = tokens
        .expect("a verifier")
        .verify(&caller.token(&app.clock()), app.clock().now());
    verified.expect("the token is good")
}

impl World {
    /// Puts everything on record.
    pub(super) async fn make(app: &App) -> Self {
        let mut units = Vec::new();
        for number in 0..UNITS {
            units.push(register(app, number).await);
        }
        let mut hazards: Vec<PlacedHazard> = (0..HAZARDS).map(|number| place(&units, number)).collect();
        for (number, hazard) in hazards.iter_mut().enumerate().step_by(WITH_EVIDENCE) {
            let stored = app
                .post("/v1/attachments")
                .as_(&hazard.reporter)
                .header("x-filename", format!("UTF-8''{}.png", Canary::Hazard.word(number)))
                .body("image/png", photograph(u32::try_from(number).expect("a small number")))
                .send()
                .await;
            hazard.photograph = Some(text(&stored.expect_status(201).json()["id"]));
        }
        let judge = law_caller(app, &Caller::committee().areas(&["*"]));
        let policy = Arc::new(Policy::embedded().expect("the embedded policy is right"));
        let writing = |caller: LawCaller, number: usize| Writing {
            caller,
            now: app
                .clock()
                .now()
                .plus_seconds(-i64::try_from(number).expect("a small number")),
            policy: Arc::clone(&policy),
            salt: [7; 16],
        };
        let put = app.read_store(|connection| {
            connection.begin_write()?;
            for (number, hazard) in hazards.iter_mut().enumerate() {
                let reporting = writing(law_caller(app, &hazard.reporter), number);
                let found = put_on_record(app, connection, &reporting, number, hazard, &units)?;
                hazard.id = found.0.to_string();
                hazard.number = found.1;
                for (version, (action, body)) in (1..).zip(steps(app, number)) {
                    let request = Request {
                        reference: Reference::Id(found.0),
                        expected_version: version,
                        action,
                        body: ActionBody::read(action, body).expect("the body is right"),
                    };
                    hazards::act(connection, &writing(judge.clone(), number), &request)?;
                }
            }
            connection.commit()?;
            Ok::<_, Failure>(())
        });
        put.expect("everything is put on record");
        Self { units, hazards }
    }

    /// What a caller may see, as `Scope::covers` says.
    pub(super) fn sight(&self, caller: &LawCaller) -> Sight {
        let (ledger, register) = (caller.ledger_scope(), caller.register_scope());
        let covers = |scope: &Option<Scope>, area, industry, unit| {
            scope.as_ref().is_some_and(|scope| scope.covers(area, industry, unit))
        };
        let hazards: Vec<bool> = self
            .hazards
            .iter()
            .map(|one| covers(&ledger, &one.area, &one.industry, &self.units[one.unit].uscc))
            .collect();
        let units = self
            .units
            .iter()
            .map(|one| covers(&register, &one.area, &one.industry, &one.uscc))
            .collect();
        let mut named = vec![false; self.units.len()];
        for (hazard, seen) in self.hazards.iter().zip(&hazards) {
            named[hazard.unit] |= seen;
        }
        Sight {
            subject: caller.subject.clone(),
            reporters: !caller.is_enterprise(),
            hazards,
            units,
            named,
        }
    }

    /// Ids of the hazards in sight.
    pub(super) fn hazard_ids(&self, sight: &Sight) -> BTreeSet<String> {
        let in_sight = self.hazards.iter().zip(&sight.hazards).filter(|(_, seen)| **seen);
        in_sight.map(|(hazard, _)| hazard.id.clone()).collect()
    }

    /// Ids of the units in sight.
    pub(super) fn unit_ids(&self, sight: &Sight) -> BTreeSet<String> {
        let in_sight = self.units.iter().zip(&sight.units).filter(|(_, seen)| **seen);
        in_sight.map(|(unit, _)| unit.id.clone()).collect()
    }
}

/// What one caller may see, by number.
pub(super) struct Sight {
    subject: String,
    reporters: bool,
    pub(super) hazards: Vec<bool>,
    units: Vec<bool>,
    /// Units that a hazard in sight names.
    named: Vec<bool>,
}

impl Sight {
    /// Fails when an answer holds a canary that its caller may not know of.
    pub(super) fn check(&self, answer: &Answer) {
        for (canary, number) in Canary::found_in(answer) {
            let fits = match canary {
                Canary::Hazard => self.hazards[number],
                Canary::Reporter => self.reporters && self.hazards[number],
                Canary::Unit => self.units[number] || self.named[number],
                Canary::Phone => self.units[number],
            };
            assert!(
                fits,
                "{} as {}: shows {}",
                answer.asked,
                self.subject,
                canary.word(number)
            );
        }
    }
}

async fn register(app: &App, number: usize) -> PlacedUnit {
    let mut body = app.enterprise_body();
    let (area, industry) = (AREAS[number % AREAS.len()], INDUSTRIES[number / 8 % INDUSTRIES.len()]);
    let word = Canary::Unit.word(number);
    body["name"] = json!(format!("示例{word}有限公司"));
    body["area"] = json!(area);
    body["industry"] = json!(industry);
    body["principal"] = json!({"name": word, "phone": Canary::Phone.word(number)});
    let office = Caller::office().areas(&["*"]);
    let made = app.post("/v1/enterprises").as_(&office).json(&body).send().await;
    let made = made.expect_status(201).json();
    PlacedUnit {
        id: text(&made["id"]),
        uscc: text(&made["uscc"]).parse().expect("a code"),
        area: area.parse().expect("an area"),
        industry: industry.parse().expect("an industry"),
    }
}

/// Where a hazard will be, before it is on record.
fn place(units: &[PlacedUnit], number: usize) -> PlacedHazard {
    let unit = number % units.len();
    let reporter = match number % 3 {
        0 => Caller::inspector(),
        1 => Caller::tip_officer(),
        _ => Caller::enterprise(units[unit].uscc.as_str()),
    };
    let word = Canary::Reporter.word(number);
    let reporter = reporter.subject(&word).claim("name", json!(word));
    PlacedHazard {
        id: String::new(),
        number: String::new(),
        unit,
        reporter: if number % 3 == 2 {
            reporter
        } else {
            reporter.areas(&["*"])
        },
        photograph: None,
        area: AREAS[(number / 3 + number / 40) % AREAS.len()]
            .parse()
            .expect("an area"),
        industry: INDUSTRIES[number / 7 % INDUSTRIES.len()].parse().expect("an industry"),
    }
}

fn put_on_record(
    app: &App,
    connection: &mut Connection,
    writing: &Writing,
    number: usize,
    hazard: &PlacedHazard,
    units: &[PlacedUnit],
) -> Result<(HazardId, String), Failure> {
    let word = Canary::Hazard.word(number);
    let body = json!({
        "source": SOURCES[number % SOURCES.len()],
        "enterprise": units[hazard.unit].id,
        "title": format!("隐患 {word} 标题"),
        "description": format!("隐患 {word} 描述"),
        "area": hazard.area.as_str(),
        "industry": hazard.industry.to_string(),
        "address": format!("{word} 号"),
        "found_on": app.day(-1),
        "interim_measures": format!("{word} 措施"),
        "attachments": hazard.photograph.iter().collect::<Vec<_>>(),
    });
    let body: ReportBody = deserr::deserialize::<_, _, Faults>(body).expect("the body is right");
    match hazards::report(connection, writing, &body, HazardId::new(&app.clock()))? {
        Reported::New(found) | Reported::Before(found) => Ok((found.hazard.id, found.hazard.number.to_string())),
    }
}

/// How far a hazard goes after its report.
fn steps(app: &App, number: usize) -> Vec<(Action, Value)> {
    let word = Canary::Hazard.word(number);
    let remark = (Action::Remark, json!({"text": word}));
    let confirm = (
        Action::Confirm,
        json!({
            "criteria": [CRITERION], "found_level": "street", "cause": word, "harm": word, "difficulty": word,
            "interim_measures": word, "campaigns": ["confined_space"],
        }),
    );
    let order = (
        Action::Order,
        json!({
            "kind": "ordinary", "level": "street", "order_number": word, "requirements": word,
            "plan_due_on": app.day(7), "due_on": app.day(40),
        }),
    );
    let dismiss = (Action::Dismiss, json!({"reason": "not_major", "comment": word}));
    match number % 13 {
        0 => vec![remark, confirm],
        1 | 2 => vec![confirm, order],
        3 => vec![dismiss],
        _ => Vec::new(),
    }
}

#[test]
fn a_cursor_that_holds_the_letters_by_chance_is_no_canary() {
    let answer = |body: &str| Answer {
        status: 200,
        headers: reqwest::header::HeaderMap::new(),
        body: body.as_bytes().to_vec(),
        asked: "GET /".to_owned(),
    };
    assert!(Canary::found_in(&answer("zxu9a_Qzxh zxr12")).is_empty());
    assert_eq!(Canary::found_in(&answer("zxu0009")).len(), 1);
}

#[test]
#[should_panic(expected = "shows zxh0001")]
fn a_canary_out_of_sight_is_noticed_in_a_header_too() {
    let sight = Sight {
        subject: "somebody".to_owned(),
        reporters: true,
        hazards: vec![true, false],
        units: Vec::new(),
        named: Vec::new(),
    };
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("x-name", reqwest::header::HeaderValue::from_static("zxh0001"));
    sight.check(&Answer {
        status: 200,
        headers,
        body: b"zxh0000".to_vec(),
        asked: "GET /".to_owned(),
    });
}
