//! Questions drawn by chance, and the answers that the recount expects to them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::recount::{Tally, Told};
use super::world::{AREAS, CAMPAIGNS, INDUSTRIES};
use crate::support::caller::Caller;
use crate::support::days::{date, day, midnight};
use crate::support::fixtures::Unit;
use crate::support::seed::Random;

const DIMENSIONS: &[&str] = &[
    "area",
    "industry",
    "source",
    "status",
    "campaign",
    "committee",
    "level",
    "month",
];
const SOURCES: &[&str] = &["self_report", "inspection", "public_tip"];

/// Who asks: a caller, and what is within the caller's scope.
pub struct Asker {
    pub caller: Caller,
    pub areas: Option<Vec<&'static str>>,
    pub industries: Vec<&'static str>,
    pub unit: Option<String>,
}

impl Asker {
    pub fn some(units: &[Unit]) -> Vec<Self> {
        let asker = |caller: Caller, areas: Option<Vec<&'static str>>, industries: Vec<&'static str>| Self {
            caller,
            areas,
            industries,
            unit: None,
        };
        let mut askers = vec![
            asker(Caller::office().areas(&["*"]), None, vec![]),
            asker(Caller::auditor().areas(&["3703"]), Some(vec!["3703"]), vec![]),
            asker(
                Caller::committee().areas(&["370303009"]),
                Some(vec!["370303009"]),
                vec![],
            ),
            asker(
                Caller::regulator().areas(&["370304", "370303010"]).industries(&["C26"]),
                Some(vec!["370304", "370303010"]),
                vec!["C26"],
            ),
            asker(Caller::system().areas(&[]), Some(vec![]), vec![]),
        ];
        for unit in &units[..2] {
            askers.push(Self {
                caller: unit.officer(),
                areas: None,
                industries: vec![],
                unit: Some(unit.uscc.clone()),
            });
        }
        askers
    }

    pub fn is_unit(&self) -> bool {
        self.unit.is_some()
    }

    pub fn covers(&self, hazard: &Told) -> bool {
        if let Some(unit) = &self.unit {
            return hazard.uscc == *unit;
        }
        let area = self
            .areas
            .as_ref()
            .is_none_or(|areas| areas.iter().any(|area| hazard.area.starts_with(area)));
        let industry = &self.industries;
        area && (industry.is_empty() || industry.iter().any(|industry| hazard.industry.starts_with(industry)))
    }
}

/// A question.
#[derive(Debug, Clone)]
pub struct Question {
    pub query: Vec<(&'static str, String)>,
    pub by: Vec<&'static str>,
    area_length: usize,
    industry_length: usize,
    pub from: i64,
    pub until: i64,
}

impl Question {
    /// Draws one; `now` is the service's now.
    pub fn draw(random: &mut Random, units: &[Unit], told: &[Told], asker: &Asker, now: i64) -> Self {
        let mut question = Self {
            query: Vec::new(),
            by: Vec::new(),
            area_length: 6,
            industry_length: 3,
            from: i64::MIN,
            until: midnight(day(now) + 1) - 1,
        };
        for _ in 0..random.number(3) {
            let dimension = random.pick(DIMENSIONS);
            let barred = asker.is_unit() && dimension == "source";
            if !barred && !question.by.contains(&dimension) {
                question.by.push(dimension);
            }
        }
        if !question.by.is_empty() {
            question.query.push(("group_by", question.by.join(",")));
        }
        if random.one_in(2) {
            let length = random.pick(&["2", "4", "6", "9", "12"]);
            question.area_length = length.parse().expect("a number");
            question.query.push(("area_length", length.to_owned()));
        }
        if random.one_in(2) {
            let length = random.pick(&["1", "3"]);
            question.industry_length = length.parse().expect("a number");
            question.query.push(("industry_length", length.to_owned()));
        }
        question.draw_period(random, told, now);
        question.draw_filters(random, units, told, asker);
        question
    }

    fn draw_period(&mut self, random: &mut Random, told: &[Told], now: i64) {
        let first = told.iter().map(|hazard| hazard.reported).min().expect("a hazard");
        let days = u64::try_from(day(now) - day(first) + 3).expect("time has passed");
        match random.number(4) {
            0 => {}
            1 => {
                // Often the very moment of something.
                let hazard = &told[random.index(told.len())];
                let moments = hazard
                    .open
                    .iter()
                    .flat_map(|period| [Some(period.0), period.1])
                    .flatten();
                let moment = moments.last().unwrap_or(hazard.reported) - random.number(2);
                self.until = moment;
                let told = major_hazards::values::Instant::from_micros(moment).expect("a moment");
                self.query.push(("as_of", told.to_string()));
            }
            _ => {
                let from = day(first) - 1 + random.number(days);
                let to = from + random.number(days);
                if random.one_in(4) {
                    self.until = midnight(to + 1) - 1;
                } else {
                    self.from = midnight(from);
                    self.until = midnight(to + 1) - 1;
                    self.query.push(("from", date(from)));
                }
                self.query.push(("to", date(to)));
            }
        }
    }

    fn draw_filters(&mut self, random: &mut Random, units: &[Unit], told: &[Told], asker: &Asker) {
        if random.one_in(4) {
            let area = random.pick(AREAS);
            let length = area.len().min([4, 6, 9, 12][random.index(4)]);
            self.query.push(("area", area[..length].to_owned()));
        }
        if random.one_in(4) {
            let industry = random.pick(INDUSTRIES);
            self.query
                .push(("industry", industry[..[1, 3][random.index(2)]].to_owned()));
        }
        if random.one_in(6) {
            let units: Vec<String> = (0..3).map(|place| units[place * 4].id.clone()).collect();
            self.query.push(("enterprise", units.join(",")));
        }
        if random.one_in(5) {
            let campaign = random.pick(CAMPAIGNS).to_owned();
            self.query.push(("campaign", format!("hot_work,{campaign}")));
        }
        if random.one_in(6) {
            let status = &told[random.index(told.len())].status;
            self.query.push(("status", format!("closed,{status}")));
        }
        if random.one_in(6) {
            self.query.push(("level", "district,municipal".to_owned()));
        }
        if random.one_in(6) && !asker.is_unit() {
            let mut sources = vec![random.pick(SOURCES)];
            if random.one_in(2) {
                sources.push("inspection");
            }
            self.query.push(("source", sources.join(",")));
        }
    }

    pub fn path(&self) -> String {
        let query: Vec<String> = self
            .query
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        format!("/v1/statistics/hazards?{}", query.join("&"))
    }

    fn values(&self, name: &str) -> Option<Vec<&str>> {
        let found = self.query.iter().find(|(known, _)| *known == name);
        found.map(|(_, values)| values.split(',').collect())
    }

    /// Whether it tells sources apart.
    pub fn splits(&self) -> bool {
        self.by.contains(&"source") || self.values("source").is_some()
    }

    /// Whether a source is among those that are asked for.
    pub fn wants(&self, source: &str) -> bool {
        self.values("source").is_none_or(|sources| sources.contains(&source))
    }

    /// Whether a hazard is asked for, wherever its report came from.
    pub fn chooses(&self, hazard: &Told) -> bool {
        let one_of = |name: &str, fits: &dyn Fn(&str) -> bool| {
            self.values(name)
                .is_none_or(|values| values.iter().any(|value| fits(value)))
        };
        one_of("area", &|area| hazard.area.starts_with(area))
            && one_of("industry", &|industry| hazard.industry.starts_with(industry))
            && one_of("enterprise", &|unit| hazard.unit == unit)
            && one_of("campaign", &|campaign| hazard.campaigns.contains(campaign))
            && one_of("status", &|status| hazard.status == status)
            && one_of("level", &|level| hazard.level.as_deref() == Some(level))
    }

    /// Codes of the groups of a hazard as JSON, the source left out.
    fn keys(&self, hazard: &Told) -> Vec<String> {
        let mut keys = vec![Vec::new()];
        for dimension in self.by.iter().filter(|by| **by != "source") {
            let cut = |code: &str, length: usize| json!(code.chars().take(length).collect::<String>());
            let codes = match *dimension {
                "area" => vec![cut(&hazard.area, self.area_length)],
                "industry" => vec![cut(&hazard.industry, self.industry_length)],
                "status" => vec![json!(hazard.status)],
                "committee" => vec![json!(hazard.committee)],
                "level" => vec![json!(hazard.level)],
                "month" => vec![cut(&date(day(hazard.reported)), 7)],
                "campaign" if hazard.campaigns.is_empty() => vec![Value::Null],
                "campaign" => hazard.campaigns.iter().map(|campaign| json!(campaign)).collect(),
                other => panic!("`{other}`"),
            };
            keys = keys
                .iter()
                .flat_map(|key| {
                    codes
                        .iter()
                        .map(|code| [key.as_slice(), std::slice::from_ref(code)].concat())
                })
                .collect();
        }
        keys.into_iter().map(|key| json!(key).to_string()).collect()
    }

    /// Counts it from scratch: by the codes of the group, then by source.
    pub fn counted<'t>(&self, told: impl Iterator<Item = &'t Told>) -> Counted {
        let mut counted = Counted::default();
        for hazard in told {
            let mut add = |key: String| {
                let group = counted.groups.entry(key).or_default();
                let tally = group.entry(hazard.source.clone()).or_default();
                tally.count(hazard, self.from, self.until);
            };
            self.keys(hazard).into_iter().for_each(&mut add);
            let tally = counted.whole.entry(hazard.source.clone()).or_default();
            tally.count(hazard, self.from, self.until);
            counted.hazards.push(hazard.clone());
        }
        counted
    }

    /// The figures of some sources together, as the service must show them.
    pub fn shown(&self, counted: &Counted, key: Option<&str>, sources: &BTreeSet<&str>, sees: bool) -> Value {
        let mut tally = Tally::default();
        for hazard in counted
            .hazards
            .iter()
            .filter(|hazard| sources.contains(hazard.source.as_str()))
        {
            let inside = key.is_none_or(|key| self.keys(hazard).iter().any(|own| own == key));
            if inside {
                tally.count(hazard, self.from, self.until);
            }
        }
        tally.shown(sees)
    }
}

/// What the recount found.
#[derive(Default)]
pub struct Counted {
    /// By the codes of a group as JSON, then by source.
    pub groups: BTreeMap<String, BTreeMap<String, Tally>>,
    pub whole: BTreeMap<String, Tally>,
    hazards: Vec<Told>,
}

/// The sizes of some sources together.
pub fn sizes(by_source: &BTreeMap<String, Tally>, wanted: impl Fn(&str) -> bool) -> [i64; 7] {
    let mut sizes = [0; 7];
    for (_, tally) in by_source.iter().filter(|(source, _)| wanted(source)) {
        for (size, more) in sizes.iter_mut().zip(tally.sizes()) {
            *size += more;
        }
    }
    sizes
}
